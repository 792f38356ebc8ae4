"""What all tests share: a header that names what is tested, and the same seeds for every test."""

from __future__ import annotations

import os
import random
import sys

import numpy as np
import pytest

import nncore


def pytest_report_header() -> list[str]:
    """Name the package under test: its place, level and threads decide what was shown."""
    from nncore import _native

    return [
        f"nncore {nncore.__version__} from {os.path.dirname(nncore.__file__)}",
        f"level {_native.isa()}, threads {_native.get_num_threads()}, numpy {np.__version__}",
    ]


@pytest.fixture(autouse=True)
def same_seeds() -> None:
    """A test that fails must fail again, alone or among others."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - tests of users' habits use it
    # Not loaded yet means nothing drawn yet; then Python's generator gives the seed.
    if "nncore.random.seed" in sys.modules:
        nncore.random.set_global_seed(0)

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
    lines = [f"nncore from {os.path.dirname(nncore.__file__)}, numpy {np.__version__}"]
    try:
        from nncore import _native
    except ImportError as error:
        return [*lines, f"no kernels: {error}"]
    return [
        *lines,
        f"version {_native.__version__}, {_native.compiler}, level {_native.isa()}, "
        f"threads {_native.get_num_threads()}",
    ]


@pytest.fixture(autouse=True)
def same_seeds() -> None:
    """A test that fails must fail again, alone or among others."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - tests of users' habits use it
    # Not loaded yet means nothing drawn yet; then Python's generator gives the seed.
    if "nncore.random.seed" in sys.modules:
        sys.modules["nncore.random.seed"].set_global_seed(0)

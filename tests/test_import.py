"""`import nncore` stays light: what it loads, what it leaves for later."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = [
    "asyncio",
    "dataclasses",
    "h5py",
    "inspect",
    "keras",
    "matplotlib",
    "multiprocessing",
    "pandas",
    "rich",
    "scipy",
    "tensorflow",
    "torch",
]


def modules_after(statement: str) -> set[str]:
    """Names of the modules that `statement` loads in a fresh interpreter."""
    program = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_import_loads_nothing_heavy() -> None:
    # NumPy may load some of these itself, depending on its version.
    added = modules_after("import nncore") - modules_after("import numpy")
    assert sorted(added & set(HEAVY)) == []


def test_import_leaves_the_api_for_later() -> None:
    loaded = modules_after("import nncore")
    early = [name for name in loaded if name.startswith(("nncore.layers.", "nncore.training.", "nncore.datasets."))]
    assert early == []


@pytest.mark.parametrize(
    "statement",
    [
        "import nncore as keras; keras.layers.Dense",
        "from nncore import layers, models, optimizers, losses, metrics, ops",
        "from nncore.layers import Dense",
        "from nncore.datasets import digits",
        "import nncore.utils",
        "import nncore.ops",
        "from nncore import Sequential, Model, Input",
    ],
)
def test_every_spelling_of_an_import_works_alone(statement: str) -> None:
    assert "nncore" in modules_after(statement)


def test_h5py_and_rich_are_not_loaded_by_building_a_model() -> None:
    loaded = modules_after(
        "from nncore import layers, models; "
        "m = models.Sequential([layers.Input((3,)), layers.Dense(2)]); m.compile('adam', 'mse')"
    )
    assert not loaded & {"h5py", "matplotlib"}

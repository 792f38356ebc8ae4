"""`import nncore` stays light: what it loads, what it leaves for later."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
import types

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


@pytest.mark.parametrize(
    ("statement", "unused"),
    [
        ("from nncore import layers; layers.Dense", "nncore.layers.merging"),
        ("from nncore import optimizers; optimizers.Adam", "nncore.optimizers.sgd"),
        ("from nncore import metrics; metrics.Mean", "nncore.metrics.auc"),
        ("from nncore import ops; ops.relu", "nncore.ops.statistics"),
        ("from nncore import models; models.Sequential", "nncore.models.functional"),
    ],
)
def test_a_package_loads_what_is_used(statement: str, unused: str) -> None:
    assert unused not in modules_after(statement)


LAZY = ["layers", "metrics", "models", "ops", "optimizers", "optimizers.schedules"]


@pytest.mark.parametrize("package", LAZY)
def test_no_submodule_hides_a_name(package: str) -> None:
    # Importing a submodule puts it into its package, where it would take the place of an object of that name.
    module = importlib.import_module(f"nncore.{package}")
    submodules = {found.name for found in pkgutil.iter_modules(module.__path__)}
    for name in submodules & set(module.__all__):
        importlib.import_module(f"nncore.{package}.{name}")
        assert not isinstance(getattr(module, name), types.ModuleType) or name in ("schedules", "image")


@pytest.mark.parametrize("package", LAZY)
def test_an_unknown_name_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(importlib.import_module(f"nncore.{package}"), "no_such_name")  # noqa: B009

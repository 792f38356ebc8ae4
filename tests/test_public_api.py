"""The public lists are true: every name resolves, is documented and annotated."""

from __future__ import annotations

import importlib
import inspect
import operator

import pytest

import nncore

PACKAGES = [
    "nncore.backend",
    "nncore.dtype_policies",
    "nncore.mixed_precision",
    "nncore.preprocessing",
    "nncore.preprocessing.image",
    "nncore.preprocessing.sequence",
    "nncore.tree",
    "nncore",
    "nncore.activations",
    "nncore.callbacks",
    "nncore.config",
    "nncore.constraints",
    "nncore.datasets",
    "nncore.initializers",
    "nncore.layers",
    "nncore.losses",
    "nncore.metrics",
    "nncore.models",
    "nncore.ops",
    "nncore.ops.image",
    "nncore.optimizers",
    "nncore.random",
    "nncore.regularizers",
    "nncore.saving",
    "nncore.utils",
    "nncore.wrappers",
]


def public_names() -> list[str]:
    pairs = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        pairs += [f"{package}:{name}" for name in module.__all__]
    return pairs


def resolve(pair: str) -> object:
    package, name = pair.split(":")
    return getattr(importlib.import_module(package), name)


@pytest.mark.parametrize("package", PACKAGES)
def test_lists_are_complete(package: str) -> None:
    module = importlib.import_module(package)
    names = module.__all__
    assert len(names) == len(set(names)), "a name is listed twice"
    assert set(names) <= set(dir(module)), "dir() misses a public name"


@pytest.mark.parametrize("package", [p for p in PACKAGES if p != "nncore"])
def test_packages_are_reached_from_the_top(package: str) -> None:
    assert operator.attrgetter(package.removeprefix("nncore."))(nncore) is importlib.import_module(package)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        nncore.no_such_name  # noqa: B018


@pytest.mark.parametrize("pair", public_names())
def test_name_resolves_and_is_documented(pair: str) -> None:
    found = resolve(pair)
    if inspect.isclass(found) or inspect.isfunction(found) or inspect.ismodule(found):
        assert found.__doc__, "no docstring"
        first = inspect.getdoc(found).splitlines()[0]
        assert 10 <= len(first) <= 110, f"the first line says too little or too much: {first!r}"


def annotated(function: object) -> list[str]:
    """Names of the parameters of a function that have no annotation, and "return"."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    bare = [p.name for p in signature.parameters.values() if p.annotation is p.empty and p.name not in ("self", "cls")]
    return bare + (["return"] if signature.return_annotation is inspect.Signature.empty else [])


@pytest.mark.parametrize("pair", public_names())
def test_functions_are_annotated(pair: str) -> None:
    found = resolve(pair)
    if inspect.isfunction(found):
        assert annotated(found) == []
    elif inspect.isclass(found) and found.__module__.startswith("nncore"):
        own = {
            name: method
            for name, method in vars(found).items()
            if inspect.isfunction(method) and not name.startswith("_")
        }
        bare = {name: annotated(method) for name, method in own.items() if annotated(method)}
        assert bare == {}


def test_version() -> None:
    assert nncore.__version__.count(".") == 2

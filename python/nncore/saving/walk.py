"""Finds the layers and optimizers of a model in Keras's order, and the paths of their state in a file."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from nncore.layers import Layer
from nncore.metrics import Metric
from nncore.models import Functional, Model, Sequential
from nncore.optimizers import Optimizer
from nncore.registry import stem_of, to_snake_case

__all__ = ["describe", "walk"]

_KINDS = (Layer, Optimizer, Metric)
_CONTAINERS = (list, dict, tuple)


@functools.cache
def _skipped(kind: type) -> frozenset[str]:
    """Attributes that every object of a kind has: they lead to nothing that is not reached otherwise."""
    if kind is Layer:
        names = {*dir(Layer(name="layer"))}
    elif kind is Optimizer:
        names = {*dir(Optimizer(1.0, name="optimizer"))}
    else:
        names = {*dir(Metric(name="metric"))}
    return frozenset(names)


def walk(model: Any, skip: Any = ()) -> Iterator[tuple[str, Any]]:
    """List a model, its layers and its optimizer, each once, in the order in which Keras stores them.

    A path is made of attribute names; in a list or dictionary of layers it is the class name in snake case, with a
    number from the second on. It does not depend on the names of layers, which differ between two equal models.

    Args:
        model: The model.
        skip: Objects to leave out, with all that only they hold.

    Yields:
        Path and object; the model's own path is empty.
    """
    yield from _walk(model, "", {id(thing) for thing in skip})


def _walk(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, (Layer, Optimizer)):
        yield path, thing
    for name, value in _attributes(thing):
        inner = f"{path}/{name}" if path else name
        if isinstance(value, _KINDS):
            yield from _walk(value, inner, seen)
        elif isinstance(value, _CONTAINERS):
            yield from _walk_container(value, inner, seen, set())


def _walk_container(container: Any, path: str, seen: set[int], around: set[int]) -> Iterator[tuple[str, Any]]:
    if id(container) in around:
        return
    around.add(id(container))
    counts: dict[str, int] = {}
    for value in container.values() if isinstance(container, dict) else container:
        if isinstance(value, _KINDS):
            name = _numbered(to_snake_case(stem_of(type(value))), counts)
            yield from _walk(value, f"{path}/{name}", seen)
        elif isinstance(value, _CONTAINERS):
            name = _numbered("container", counts)
            yield from _walk_container(value, f"{path}/{name}", seen, around)


def _numbered(name: str, counts: dict[str, int]) -> str:
    number = counts.get(name, -1) + 1
    counts[name] = number
    return f"{name}_{number}" if number else name


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    """Attributes that may lead to layers: public ones by name, then private ones."""
    kind = next(kind for kind in _KINDS if isinstance(thing, kind))
    skipped = _skipped(kind)
    if isinstance(thing, (Sequential, Functional)):
        yield "layers", thing.layers
    for name in sorted(dir(thing), key=lambda name: f"~{name}" if name.startswith("_") else name):
        if name.startswith("__") or name in skipped:
            continue
        try:
            value = getattr(thing, name)
        except Exception:  # a property of the user's that can't be computed now leads nowhere
            continue
        yield name, value


def describe(path: str, thing: Any) -> str:
    """How messages call a part of a model.

    Args:
        path: Its path in the file.
        thing: The layer or optimizer.

    Returns:
        Text such as ``layers/dense (Dense 'hidden')``.
    """
    where = path or ("the model" if isinstance(thing, Model) else "the layer")
    return f"{where} ({type(thing).__name__} {thing.name!r})"

"""Puts the arrays of a file into a model: first everything is checked, then everything is read, then it is set."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nncore.layers import Layer
from nncore.optimizers import Optimizer
from nncore.saving.errors import LoadError, listed
from nncore.saving.stored import Group, Stored, StoredTree
from nncore.saving.walk import describe, walk

__all__ = ["restore"]

Assets = Callable[[str], Mapping[str, bytes]]

_ADVICE = (
    "Make the model with the same layers and sizes as the one that was saved, or pass skip_mismatch=True to load "
    "what fits."
)


class _Part:
    """One layer or optimizer and what the file has for it."""

    def __init__(self, path: str, thing: Any, arrays: dict[str, Stored]) -> None:
        self.path = path
        self.thing = thing
        self.arrays = arrays
        self.is_optimizer = isinstance(thing, Optimizer)
        base: Any = Optimizer if self.is_optimizer else Layer
        # A class with its own `load_own_variables` decides itself what it takes.
        self.own_way = type(thing).load_own_variables is not base.load_own_variables
        self.variables = _expected(thing, len(arrays)) if self.is_optimizer else thing._own_variables()

    def problems(self) -> list[str]:
        """What does not fit, a line each."""
        if self.own_way:
            return []
        name = describe(self.path, self.thing)
        variables, arrays = self.variables, self.arrays
        if len(variables) != len(arrays):
            noun = "Optimizer" if self.is_optimizer else "Layer"
            hint = ""
            if not variables and not self.is_optimizer and not self.thing.built:
                hint = (
                    f" The layer was never built: `build()` of the layer around it should build "
                    f"'{self.thing.name}' as well, or the model be called on data first."
                )
            expected = [(v.name, v.shape) for v in variables]
            received = [arrays[key].shape for key in sorted(arrays, key=_natural)]
            return [
                f"{name}: {noun} '{self.thing.name}' expected {len(variables)} variables, but received {len(arrays)} "
                f"variables during loading. Expected: {expected}; the file has: {received}.{hint}"
            ]
        found = []
        for i, variable in enumerate(variables):
            stored = arrays.get(str(i))
            if stored is None:
                found.append(f"{name}: {variable.name}: the file has no array '{i}', but {sorted(arrays)}")
            elif stored.shape != variable.shape:
                found.append(f"{name}: {variable.name}: expected shape {variable.shape}, the file has {stored.shape}")
            elif stored.dtype.kind == "f" and not variable.dtype.startswith("float"):
                found.append(f"{name}: {variable.name}: expected {variable.dtype} values, the file has {stored.dtype}")
        return found

    def read(self) -> list[tuple[Any, np.ndarray[Any, Any]]]:
        """The variables and their new values."""
        if self.own_way:
            return []
        return [(v, self.arrays[str(i)].read()) for i, v in enumerate(self.variables)]


def _expected(optimizer: Any, count: int) -> list[Any]:
    """The variables to set; of an optimizer that was saved before its first step there are few."""
    variables: list[Any] = optimizer._own_variables()
    first = [v for v in variables if v is optimizer._iterations or v is optimizer._learning_rate]
    return first if count == len(first) and variables[: len(first)] == first else variables


def _natural(key: str) -> tuple[int, int, str]:
    return (0, int(key), "") if key.isdecimal() and len(key) < 9 else (1, 0, key)


def restore(
    model: Any,
    tree: StoredTree,
    *,
    what: str,
    skip: Any = (),
    skip_mismatch: bool = False,
    strict_optimizer: bool = False,
    assets: Assets | None = None,
) -> None:
    """Set a model's variables from a file.

    Args:
        model: The built model.
        tree: The arrays of the file.
        what: How messages call the file.
        skip: Objects to leave as they are. Defaults to none.
        skip_mismatch: Whether what does not fit is left out with a warning. Defaults to False.
        strict_optimizer: Whether the optimizer's state must fit, too; else it is left out with a warning. Defaults to
            False.
        assets: Gives the files stored for a path. Defaults to none.

    Raises:
        LoadError: If something does not fit. The model is as it was then.
    """
    optimizer = getattr(model, "optimizer", None)
    optimizers = [] if optimizer is None else [optimizer, *optimizer.inner_optimizers]
    before = [{**each.__dict__, "_variables": list(each._variables)} for each in optimizers]
    try:
        _restore(model, tree, what, skip, skip_mismatch, strict_optimizer, assets)
    except LoadError:
        for each, attributes in zip(optimizers, before, strict=True):
            each.__dict__.update(attributes)  # its slots may have been made for the file's
        raise


def _restore(
    model: Any, tree: StoredTree, what: str, skip: Any, skip_mismatch: bool, strict: bool, assets: Assets | None
) -> None:
    parts, unknown = _match(model, tree, skip)
    good, problems, optional = [], [], []
    for part in parts:
        found = part.problems()
        if not found:
            good.append(part)
        elif part.is_optimizer and not (strict and part.thing is model.optimizer):
            optional += found
        else:
            problems += found
    if problems and not skip_mismatch:
        raise _mismatch(what, problems, len(parts))
    _set(model, good, what, assets)
    if problems:
        warnings.warn(
            f"{what}: a total of {len(problems)} objects could not be loaded, and keep their values:\n"
            f"{listed(problems)}",
            stacklevel=5,
        )
    if optional:
        warnings.warn(
            f"{what}: skipping variable loading for the optimizer, which starts afresh. It is not the one that was "
            f"saved:\n{listed(optional)}\nCompile the model with the same optimizer to go on training as before.",
            stacklevel=5,
        )
    if unknown:
        warnings.warn(
            f"{what} holds weights for which the model has no layer; they were left out:\n{listed(unknown)}",
            stacklevel=5,
        )


def _match(model: Any, tree: StoredTree, skip: Any) -> tuple[list[_Part], list[str]]:
    """Pair the parts of the model with those of the file; list what the file has beyond that."""
    groups = dict(tree.groups)
    _build_optimizer(model, groups)
    parts = []
    for path, thing in walk(model, skip):
        arrays = groups.pop(f"{path}/vars" if path else "vars", {})
        if isinstance(thing, Optimizer) and not arrays:
            continue  # a file without the optimizer's state: it goes on with its own
        parts.append(_Part(path, thing, arrays))
    skipped = {f"{path}/vars" if path else "vars" for path, thing in walk(model) if any(thing is s for s in skip)}
    unknown = [
        f"{path.removesuffix('/vars')}: {len(arrays)} arrays"
        for path, arrays in groups.items()
        if path not in (*skipped, "training/vars") and "optimizer" not in path.split("/")
    ]
    return parts, unknown


def _build_optimizer(model: Any, groups: Mapping[str, Any]) -> None:
    """Make the slots of an optimizer that has not been used, if the file has some to put in."""
    optimizer = getattr(model, "optimizer", None)
    stored = groups.get("optimizer/vars", {})
    if isinstance(optimizer, Optimizer) and not optimizer.built and len(stored) > len(optimizer.variables):
        optimizer.build(model.trainable_variables)


def _mismatch(what: str, problems: list[str], total: int) -> LoadError:
    return LoadError(
        f"{what} does not fit the model: a total of {len(problems)} objects could not be loaded (of {total} layers and "
        f"optimizers).\n{listed(problems)}\n{_ADVICE} The model is as it was.",
        problems,
    )


def _set(model: Any, parts: list[_Part], what: str, assets: Assets | None) -> None:
    """Read all values, then assign them; undo everything if a layer's own code fails."""
    values = [pair for part in parts for pair in part.read()]
    before: list[tuple[Any, np.ndarray[Any, Any]]] = []
    own = [part for part in parts if part.own_way]
    with_assets = [part for part in parts if assets is not None and hasattr(part.thing, "load_assets")]
    if own or with_assets:
        before = [(v, v.numpy()) for part in parts for v in part.thing.variables]
    try:
        for part in own:
            part.thing.load_own_variables(Group(part.arrays))
        for part in with_assets:
            assert assets is not None
            _load_assets(part, assets(part.path))
        with np.errstate(over="ignore", invalid="ignore"):  # float64 into float32
            for variable, array in values:
                variable.assign(array)
    except Exception as error:
        for variable, array in before:
            if variable.shape == array.shape:
                variable.assign(array)
        if isinstance(error, LoadError):
            raise
        raise LoadError(f"{what} could not be loaded: {type(error).__name__}: {error}") from error


def _load_assets(part: _Part, files: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            where = Path(folder, name)
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_bytes(data)
        part.thing.load_assets(folder)

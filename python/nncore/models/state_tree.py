"""A model's state as nested dictionaries by the variables' paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["read_state_tree", "write_state_tree"]

_FORMATS = ("backend_tensor", "numpy_array")


def _kinds(model: Any) -> dict[str, Sequence[Any]]:
    """A model's variables by kind."""
    kinds: dict[str, Sequence[Any]] = {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
    }
    if model.optimizer is not None:
        kinds["optimizer_variables"] = model.optimizer.variables
    kinds["metrics_variables"] = model.metrics_variables
    return kinds


def _by_path(variables: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable in variables:
        if variable.path in found:
            raise ValueError(
                f"The following variable path is found twice in the model: '{variable.path}'. The state tree needs "
                "variable paths that are unique. Make sure to give unique names to your layers (and other objects)."
            )
        found[variable.path] = variable
    return found


def read_state_tree(model: Any, value_format: str) -> dict[str, Any]:
    """See ``Model.get_state_tree``."""
    if value_format not in _FORMATS:
        raise ValueError(
            f"Invalid `value_format` argument. Expected one of {_FORMATS}. Received: value_format={value_format!r}"
        )
    tree: dict[str, Any] = {}
    for kind, variables in _kinds(model).items():
        tree[kind] = {}
        for path, variable in _by_path(variables).items():
            *around, name = path.split("/")
            entry = tree[kind]
            for part in around:
                entry = entry.setdefault(part, {})
            entry[name] = variable.numpy()
    return tree


def _leaves(tree: Any, path: str) -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {path: tree}
    found: dict[str, Any] = {}
    for name, part in tree.items():
        found.update(_leaves(part, f"{path}/{name}" if path else name))
    return found


def write_state_tree(model: Any, state_tree: dict[str, Any]) -> None:
    """See ``Model.set_state_tree``."""
    kinds = _kinds(model)
    unknown = set(state_tree) - set(kinds)
    if unknown:
        raise ValueError(f"Unknown variable name(s): {sorted(unknown)}. Expected some of {list(kinds)}.")
    pairs, problems = [], []
    for kind, part in state_tree.items():
        variables = _by_path(kinds[kind])
        for path, value in _leaves(part, "").items():
            if path not in variables:
                problems.append(f"{kind}: there is no variable '{path}'")
            elif np.shape(value) != variables[path].shape:
                problems.append(f"{kind}: '{path}' has shape {variables[path].shape}, the value {np.shape(value)}")
            else:
                pairs.append((variables[path], value))
    if problems:
        raise ValueError("The state tree does not fit the model; nothing was set.\n  " + "\n  ".join(problems))
    for variable, value in pairs:
        variable.assign(value)

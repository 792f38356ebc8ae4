"""The state of an unfinished `fit` in a file: weights, optimizer, place in the data, seeds, running metrics."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore.random.seed import global_seed_state
from nncore.saving.atomic import replacing
from nncore.saving.collect import State, collect_state, write_hdf5
from nncore.saving.errors import LoadError
from nncore.saving.hdf5 import read_hdf5
from nncore.saving.restore import restore
from nncore.saving.stored import Stored

__all__ = ["read_backup", "write_backup"]

_GROUP = "training"


def write_backup(model: Any, path: str, epoch: int, batch: int, order_seed: np.ndarray[Any, Any], keep: bool) -> None:
    """Write the state of a `fit` that is under way.

    Args:
        model: The model.
        path: The file, which is also one of weights.
        epoch: The epoch to go on with.
        batch: Batches of it that have been run.
        order_seed: The global seed's state at its beginning, from which the order of the samples is drawn.
        keep: Whether the file that was there is kept beside, with ``.bkp`` appended.
    """
    arrays = {"epoch": np.int64(epoch), "batch": np.int64(batch), "order_seed": order_seed}
    arrays |= {name: variable.numpy() for name, variable in _others(model).items()}
    states = [*collect_state(model), State(_GROUP, _GROUP, arrays, {})]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if keep and os.path.exists(path):
        with open(path, "rb") as old, replacing(f"{path}.bkp") as copy:
            copy.write(old.read())
    with replacing(path) as file:
        write_hdf5(file, states)


def read_backup(model: Any, path: str) -> tuple[int, int, Callable[[], None]]:
    """Put the state of an interrupted `fit` back.

    Args:
        model: The model, prepared for `fit`.
        path: The file.

    Returns:
        Epoch, batches of it that have been run, and a function that puts back what must be put back after the order of
        that epoch has been drawn.

    Raises:
        LoadError: If the file is damaged or of another model, or was written with other arguments.
    """
    with open(path, "rb") as file:
        tree = read_hdf5(file, path)
        stored = tree.groups.pop(f"{_GROUP}/vars", {})
        others = _others(model)
        problems = _compare(stored, others)
        if problems:
            raise LoadError(
                f"{path} can't go on with this `fit`: {'; '.join(problems)}. Compile the model as it was, or delete "
                "the file to start afresh.",
                problems,
            )
        values = {name: stored[name].read() for name in stored}
        restore(model, tree, what=path, strict_optimizer=True)
    for name, variable in others.items():
        variable.assign(values[name])
    global_seed_state().assign(values["order_seed"])

    def go_on() -> None:
        for name, variable in others.items():
            if name == "global_seed" or name.startswith("metric"):
                variable.assign(values[name])

    return int(values["epoch"]), int(values["batch"]), go_on


def _others(model: Any) -> dict[str, Any]:
    """Variables that are no weights: seeds, and the metrics' sums."""
    weights = {id(variable) for variable in model.weights}
    seeds = [variable for variable in model.variables if id(variable) not in weights]
    found = {f"seed_{i}": variable for i, variable in enumerate(seeds)}
    found |= {f"metric_{i}": variable for i, variable in enumerate(model.metrics_variables)}
    return {**found, "global_seed": global_seed_state()}


def _compare(stored: dict[str, Stored], others: dict[str, Any]) -> list[str]:
    wanted = {name: variable.shape for name, variable in others.items()}
    wanted |= {"epoch": (), "batch": (), "order_seed": (2,)}
    found = {name: array.shape for name, array in stored.items()}
    return [
        f"{name}: expected shape {wanted.get(name)}, the file has {found.get(name)}"
        for name in sorted({*wanted, *found})
        if wanted.get(name) != found.get(name)
    ]

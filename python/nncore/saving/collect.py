"""The state of a model as arrays by path, and as an HDF5 file in Keras's layout."""

from __future__ import annotations

import os
import tempfile
from typing import IO, Any

import numpy as np

from nncore.saving.walk import walk

__all__ = ["State", "collect_assets", "collect_state", "write_hdf5"]


class Store(dict[str, Any]):
    """What ``save_own_variables`` writes to: arrays by key."""

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str) or not key or "/" in key or key in (".", ".."):
            raise ValueError(f"save_own_variables: a key should be a name without '/'. Received: key={key!r}.")
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise TypeError(
                f"save_own_variables: only numbers can be stored. Received: an array of {array.dtype} for {key!r}. "
                "Texts belong into a file, written by `save_assets(folder)`."
            )
        super().__setitem__(key, array)


class State:
    """Arrays of one layer or optimizer.

    Args:
        path: Its path in the file.
        name: Its name.
        arrays: The arrays by key.
        labels: Names of the variables by key, where they are known.
    """

    def __init__(self, path: str, name: str, arrays: dict[str, Any], labels: dict[str, str]) -> None:
        self.path = path
        self.name = name
        self.arrays = arrays
        self.labels = labels


def collect_state(model: Any, skip: Any = (), include_optimizer: bool = True) -> list[State]:
    """Ask the layers and the optimizer of a model for their state.

    Args:
        model: The model.
        skip: Objects to leave out. Defaults to none.
        include_optimizer: Whether the optimizer's state is wanted. Defaults to True.

    Returns:
        One entry for each, in Keras's order. Arrays are those of the variables themselves, not copies.
    """
    if not include_optimizer and getattr(model, "optimizer", None) is not None:
        skip = [*skip, model.optimizer]
    found = []
    for path, thing in walk(model, skip):
        store = Store()
        thing.save_own_variables(store)
        labels = {str(i): v.path for i, v in enumerate(thing._own_variables()) if str(i) in store}
        found.append(State(path, thing.name, dict(store), labels))
    return found


def collect_assets(model: Any) -> dict[str, bytes]:
    """Ask the layers that have ``save_assets`` for their files.

    Args:
        model: The model.

    Returns:
        Contents by path.
    """
    assets: dict[str, bytes] = {}
    for path, thing in walk(model):
        if not hasattr(thing, "save_assets"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            thing.save_assets(folder)
            for parent, _, names in os.walk(folder):
                for name in names:
                    where = os.path.relpath(os.path.join(parent, name), folder)
                    with open(os.path.join(parent, name), "rb") as file:
                        assets[f"{path}/{where}" if path else where] = file.read()
    return assets


def write_hdf5(file: IO[bytes], states: list[State]) -> None:
    """Write the state as an HDF5 file in Keras's layout: ``<path>/vars/<key>``.

    Args:
        file: Where to.
        states: What ``collect_state`` returned.
    """
    import h5py

    with h5py.File(file, "w") as target:
        for state in states:
            group = target.create_group(f"{state.path}/vars" if state.path else "vars")
            group.attrs["name"] = state.name
            for key, array in state.arrays.items():
                group[key] = array

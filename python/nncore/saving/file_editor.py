"""KerasFileEditor: look into a file of weights, change it, compare it with a model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nncore.callbacks.output import say
from nncore.saving.archive import Archive, parse_json
from nncore.saving.atomic import replacing
from nncore.saving.collect import State, collect_state, write_hdf5
from nncore.saving.hdf5 import read_hdf5
from nncore.saving.model_files import check_existing

__all__ = ["KerasFileEditor"]

_VARS = "vars"


class KerasFileEditor:
    """A file of weights, opened to be looked at and changed.

    The file itself is never changed: `save` writes another one.

    Args:
        filepath: Name of a ``.keras`` or ``.weights.h5`` file.

    Raises:
        ValueError: If the name has another ending; as `LoadError` if the file is damaged.

    Example:
        >>> import os, tempfile
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Input((2,)), nncore.layers.Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.weights.h5")
        ...     model.save_weights(path)
        ...     editor = nncore.saving.KerasFileEditor(path)
        ...     editor.summary()  # doctest: +ELLIPSIS
        Keras weights file '.../model.weights.h5' with 2 arrays:
        layers
          dense
            0: (2, 1) float32
            1: (1,) float32
    """

    def __init__(self, filepath: str | os.PathLike[str]) -> None:
        path = os.fspath(filepath)
        self.filepath = path
        self.config: dict[str, Any] | None = None
        self.metadata: dict[str, Any] | None = None
        if not path.endswith((".keras", ".weights.h5")):
            raise ValueError(
                f"Invalid filename: expected a `.keras` or `.weights.h5` extension. Received: filepath={path!r}"
            )
        check_existing(path)
        with open(path, "rb") as file:
            if path.endswith(".keras"):
                archive = Archive(file, path)
                self.config = archive.config()
                self.metadata = parse_json(archive.read("metadata.json"), f"metadata.json of {path}")
                tree = read_hdf5(archive.weights(), f"{path} (model.weights.h5)")
            else:
                tree = read_hdf5(file, path)
            # Objects by name, one in the other, and their arrays by key.
            self.weights_dict: dict[str, Any] = {}
            self.object_metadata: dict[str, dict[str, Any]] = {}
            for group, arrays in tree.groups.items():
                where = self._make("/".join(part for part in group.split("/") if part != _VARS))
                where.update({key: array.read() for key, array in arrays.items()})
        for group, attributes in tree.attributes.items():
            if attributes:
                self.object_metadata["/".join(part for part in group.split("/") if part != _VARS)] = attributes

    def _make(self, path: str) -> dict[str, Any]:
        """The entry of an object, made if it is new."""
        found = self.weights_dict
        for part in path.split("/") if path else ():
            found = found.setdefault(part, {})
        return found

    def summary(self) -> None:
        """Print the objects in the file, and the shapes of their arrays."""
        say(f"Keras {'model' if self.config else 'weights'} file {self.filepath!r} with {len(self._arrays())} arrays:")
        for line in _lines(self.weights_dict, 0):
            say(line)

    def _arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        return dict(_walk(self.weights_dict, ""))

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Compare the file with a model, and print what differs.

        Args:
            reference_model: A built model.

        Returns:
            Dictionary with ``status`` (``"success"`` or ``"error"``), ``error_count`` and ``match_count``.
        """
        say("Running comparison")
        found, wanted = self._arrays(), {}
        for state in collect_state(reference_model, include_optimizer=False):
            for key, array in state.arrays.items():
                wanted[f"{state.path}/{key}" if state.path else key] = array
        matches = errors = 0
        for path, array in wanted.items():
            if path not in found:
                say(f"...Object in the model but not in the file: {path}, shape {array.shape}")
                errors += 1
            elif found[path].shape != array.shape:
                say(f"...Shapes differ at {path}: {array.shape} in the model, {found[path].shape} in the file")
                errors += 1
            else:
                matches += 1
        for path in found:
            # The optimizer's state need not be in the model yet.
            if path not in wanted and not path.startswith("optimizer/"):
                say(f"...Object in the file but not in the model: {path}, shape {found[path].shape}")
                errors += 1
        if errors:
            say(f"Found {errors} error{'s' if errors > 1 else ''}: the file does not fit the model")
        else:
            say(f"Comparison successful: the file fits the model; {matches} arrays match")
        return {"status": "error" if errors else "success", "error_count": errors, "match_count": matches}

    def _edit(self, name: str, change: Callable[[dict[str, Any], str], None]) -> None:
        """Apply a change to one object: given by its path, or by a name that is there once."""
        parts = name.split("/")
        if len(parts) > 1:
            around: Any = self.weights_dict
            for part in parts:
                if not isinstance(around, dict) or part not in around:
                    raise ValueError(f"Path '{name}' not found in model. Objects: {sorted(self._objects())}")
                last, around = around, around[part]
            change(last, parts[-1])
            return
        found = [path for path in self._objects() if path.split("/")[-1] == name]
        if not found:
            raise ValueError(f"Object '{name}' not found in model. Objects: {sorted(self._objects())}")
        if len(found) > 1:
            raise ValueError(f"Name '{name}' occurs more than once: {sorted(found)}. Pass the whole path.")
        *around_parts, last_part = found[0].split("/")
        change(self._make("/".join(around_parts)), last_part)

    def _objects(self) -> list[str]:
        return list(_objects(self.weights_dict, ""))

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Give an object, such as a layer, another name.

        Args:
            object_name: Its name, if that occurs once, or its path.
            new_name: The new name, without the path.

        Raises:
            ValueError: If there is no such object, or the new name is a path or taken.
        """
        if "/" in new_name:
            raise ValueError(
                f"Argument `new_name` should be a leaf name, not a full path name. Received: new_name={new_name!r}"
            )

        def rename(around: dict[str, Any], name: str) -> None:
            if new_name in around:
                raise ValueError(f"There is an object {new_name!r} beside {name!r} already.")
            around[new_name] = around.pop(name)

        self._edit(object_name, rename)

    def delete_object(self, object_name: str) -> None:
        """Remove an object, such as a layer.

        Args:
            object_name: Its name, if that occurs once, or its path.

        Raises:
            ValueError: If there is no such object.
        """
        self._edit(object_name, lambda around, name: around.pop(name))

    def add_object(self, object_path: str, weights: dict[str, Any]) -> None:
        """Add an object, such as a layer.

        Args:
            object_path: Its path, for example ``"layers/dense_2"``.
            weights: Arrays by key, for example ``{"0": kernel, "1": bias}``.

        Raises:
            ValueError: If the path leads through an object that is not there, or the weights are no dictionary.
        """
        arrays = _check_weights(weights)
        *around, name = object_path.split("/")
        where = self.weights_dict
        for part in around:
            if not isinstance(where.get(part), dict):
                raise ValueError(f"Path '{'/'.join(around)}' not found in model.")
            where = where[part]
        where[name] = arrays

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Remove an array of an object.

        Args:
            object_name: The object's name or path.
            weight_name: The array's key, for example ``"0"``.

        Raises:
            ValueError: If there is no such object or array.
        """

        def delete(around: dict[str, Any], name: str) -> None:
            if weight_name not in around[name]:
                raise ValueError(
                    f"Weight {weight_name} not found in object {object_name}. Weights found: {list(around[name])}"
                )
            del around[name][weight_name]

        self._edit(object_name, delete)

    def add_weights(self, object_name: str, weights: dict[str, Any]) -> None:
        """Add arrays to an object, or replace them.

        Args:
            object_name: The object's name or path.
            weights: Arrays by key.

        Raises:
            ValueError: If there is no such object, or the weights are no dictionary.
        """
        arrays = _check_weights(weights)
        self._edit(object_name, lambda around, name: around[name].update(arrays))

    def save(self, filepath: str | os.PathLike[str]) -> None:
        """Write the weights to a file.

        Args:
            filepath: Name of the file, ending in ``.weights.h5``.

        Raises:
            ValueError: If it ends in something else.
        """
        path = os.fspath(filepath)
        if not path.endswith(".weights.h5"):
            raise ValueError(f"Invalid `filepath` argument: expected a `.weights.h5` extension. Received: {path!r}")
        states: dict[str, State] = {}
        for name, array in _walk(self.weights_dict, ""):
            place, _, key = name.rpartition("/")
            label = str(self.object_metadata.get(place, {}).get("name", place.rpartition("/")[2]))
            states.setdefault(place, State(place, label, {}, {})).arrays[key] = array
        with replacing(path) as file:
            write_hdf5(file, list(states.values()))

    def resave_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Another name of `save`.

        Args:
            filepath: Name of the file, ending in ``.weights.h5``.
        """
        self.save(filepath)


def _check_weights(weights: Any) -> dict[str, Any]:
    if not isinstance(weights, dict):
        raise ValueError(
            "Argument `weights` should be a dict where keys are weight names (usually '0', '1', etc.) and values are "
            f"NumPy arrays. Received: type(weights)={type(weights).__name__}"
        )
    return {key: np.asarray(value) for key, value in weights.items()}


def _walk(entry: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """All arrays with their paths."""
    for key, value in entry.items():
        inner = f"{path}/{key}" if path else key
        if isinstance(value, dict):
            yield from _walk(value, inner)
        else:
            yield inner, value


def _objects(entry: dict[str, Any], path: str) -> Iterator[str]:
    for key, value in entry.items():
        if isinstance(value, dict):
            inner = f"{path}/{key}" if path else key
            yield inner
            yield from _objects(value, inner)


def _lines(entry: dict[str, Any], level: int) -> Iterator[str]:
    for key, value in entry.items():
        if isinstance(value, dict):
            yield "  " * level + key
            yield from _lines(value, level + 1)
        else:
            yield "  " * level + f"{key}: {value.shape} {value.dtype}"

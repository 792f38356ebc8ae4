"""Weights in files: ``save_weights`` and ``load_weights``."""

from __future__ import annotations

import os
from typing import Any

from nncore.models import Model
from nncore.saving.archive import Archive
from nncore.saving.atomic import check_target, replacing
from nncore.saving.collect import collect_state, write_hdf5
from nncore.saving.errors import LoadError
from nncore.saving.hdf5 import read_hdf5
from nncore.saving.model_files import check_existing
from nncore.saving.restore import restore
from nncore.saving.safetensors import read_safetensors, write_safetensors

__all__ = ["load_weights", "save_weights"]

Path = str | os.PathLike[str]


def save_weights(
    model: Any, filepath: Path, overwrite: bool = True, max_shard_size: float | None = None, **kwargs: Any
) -> None:
    """Save a model's weights, and its optimizer's state if there is one.

    Args:
        model: The built model.
        filepath: Name of the file, ending in ``.weights.h5`` (Keras's format) or ``.safetensors``.
        overwrite: Whether a file that exists is replaced. Defaults to True.
        max_shard_size: None: weights are kept in one file.
        kwargs: ``objects_to_skip``: list of layers (or the optimizer) to leave out.

    Raises:
        ValueError: If the name has another ending, or the model isn't built.
        FileExistsError: If the file exists and ``overwrite`` is False.

    Example:
        >>> import os, tempfile
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.weights.h5")
        ...     nncore.saving.save_weights(model, path)
        ...     nncore.saving.load_weights(model, path)
    """
    path = os.fspath(filepath)
    skip = _skip(kwargs)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {sorted(kwargs)}. Received: kwargs={kwargs}.")
    if not path.endswith((".weights.h5", ".safetensors")):
        raise ValueError(
            f"The filename must end in `.weights.h5` or `.safetensors`. Received: filepath={path!r}. "
            "For the whole model there is `model.save('name.keras')`."
        )
    if max_shard_size is not None:
        raise ValueError(
            "Weights are kept in one file: `max_shard_size` should be None. Received: "
            f"max_shard_size={max_shard_size!r}."
        )
    _check_model(model, "saving", "of")
    check_target(path, overwrite)
    states = collect_state(model, skip)
    with replacing(path) as file:
        if path.endswith(".safetensors"):
            write_safetensors(file, states)
        else:
            write_hdf5(file, states)


def load_weights(model: Any, filepath: Path, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Set a model's weights, and the state of its optimizer if it is compiled, from a file.

    Args:
        model: The built model.
        filepath: Name of the file: ``.weights.h5``, ``.keras`` or ``.safetensors``.
        skip_mismatch: Whether layers that don't fit are left as they are, with a warning. Defaults to False.
        kwargs: ``objects_to_skip``: list of layers (or the optimizer) to leave as they are.

    Raises:
        LoadError: If the file is damaged or does not fit. It lists every mismatch; the model is as it was.
        ValueError: If the model isn't built.

    Example:
        >>> import os, tempfile
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(2, input_shape=(3,))])
        >>> wider = nncore.Sequential([nncore.layers.Dense(4, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.safetensors")
        ...     model.save_weights(path)
        ...     try:
        ...         nncore.saving.load_weights(wider, path)
        ...     except nncore.saving.LoadError as error:
        ...         print(len(error.problems))
        2
    """
    path = os.fspath(filepath)
    skip = _skip(kwargs)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {sorted(kwargs)}. Received: kwargs={kwargs}.")
    _check_model(model, "loading", "into")
    if not path.endswith((".weights.h5", ".keras", ".safetensors")):
        raise LoadError(
            "File format not supported: weights are read from `.weights.h5`, `.keras` and `.safetensors` files. "
            f"Received: filepath={path!r}."
        )
    check_existing(path)
    with open(path, "rb") as file:
        if path.endswith(".keras"):
            tree = read_hdf5(Archive(file, path).weights(), f"{path} (model.weights.h5)")
        elif path.endswith(".safetensors"):
            tree = read_safetensors(file, path)
        else:
            tree = read_hdf5(file, path)
        restore(model, tree, what=path, skip=skip, skip_mismatch=skip_mismatch)


def _skip(kwargs: dict[str, Any]) -> list[Any]:
    skip = kwargs.pop("objects_to_skip", None) or []
    if not isinstance(skip, (list, tuple)):
        raise ValueError(f"`objects_to_skip` should be a list of layers. Received: objects_to_skip={skip!r}.")
    return list(skip)


def _check_model(model: Any, doing: str, where: str) -> None:
    if not isinstance(model, Model):
        raise TypeError(f"Expected a model. Received: model={model!r}.")
    if not model.built:
        raise ValueError(
            f"You are {doing} weights {where} a model that has not yet been built. Build the model first by calling it "
            f"on some data or by using `build()`. Received: model {model.name!r}."
        )

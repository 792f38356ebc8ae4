"""Whole models in files: ``save_model`` and ``load_model``."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Mapping
from typing import Any

from nncore.allocation import AllocationLimit
from nncore.models import Model
from nncore.saving.archive import Archive, write_archive
from nncore.saving.atomic import check_target, replacing
from nncore.saving.collect import collect_assets, collect_state, write_hdf5
from nncore.saving.errors import LoadError
from nncore.saving.hdf5 import read_hdf5
from nncore.saving.restore import restore
from nncore.serialization import SharedObjects, custom_object_scope, deserialize_keras_object, serialize_keras_object

__all__ = ["check_existing", "load_model", "rebuild", "save_model"]

Path = str | os.PathLike[str]

# What a model may take beyond the weights that its file holds: seeds, and slots of an optimizer that was never used.
_FACTOR = 4
_SLACK = 1 << 20


def save_model(model: Any, filepath: Path, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
    """Save a whole model in a ``.keras`` file: architecture, weights, what ``compile`` was given, optimizer.

    The file is complete or not there at all: it is written beside, and takes its place at the end. Keras reads it.

    Args:
        model: The model.
        filepath: Name of the file, ending in ``.keras``.
        overwrite: Whether a file that exists is replaced. Defaults to True.
        zipped: True or None: the file is one archive. Defaults to None.
        kwargs: ``include_optimizer``: whether the optimizer's state is saved, True by default.

    Raises:
        ValueError: If the name has another ending, or the model holds what can't be stored as data.
        FileExistsError: If the file exists and ``overwrite`` is False.

    Example:
        >>> import os, tempfile
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     nncore.saving.save_model(model, os.path.join(folder, "model.keras"))
        ...     os.listdir(folder)
        ['model.keras']
    """
    path = os.fspath(filepath)
    include_optimizer = kwargs.pop("include_optimizer", True)
    save_format = kwargs.pop("save_format", None)
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {sorted(kwargs)}. Received: kwargs={kwargs}.")
    if not isinstance(model, Model):
        raise TypeError(f"save_model: expected a model. Received: model={model!r}.")
    if not path.endswith(".keras"):
        raise ValueError(
            "Invalid filepath extension for saving: expected `.keras`. For weights alone there is `save_weights` "
            f"(`.weights.h5`, `.safetensors`). Received: filepath={path!r}."
        )
    if save_format not in (None, "keras"):
        raise ValueError(f"`save_format` follows from the file's name. Received: save_format={save_format!r}.")
    if zipped not in (None, True):
        raise ValueError(f"A `.keras` file is one archive: `zipped` should be True or None. Received: zipped={zipped}.")
    check_target(path, overwrite)
    if not model.built:
        warnings.warn(
            "You are saving a model that has not yet been built. It might not contain any weights yet. Consider "
            "building the model first by calling it on some data.",
            stacklevel=3,
        )
    with SharedObjects() as shared:
        config = shared.finish(serialize_keras_object(model))
    weights = io.BytesIO()
    write_hdf5(weights, collect_state(model, include_optimizer=include_optimizer))
    assets = collect_assets(model)
    with replacing(path) as file:
        write_archive(file, config, weights.getbuffer(), assets)


def load_model(
    filepath: Path,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,  # noqa: A002
    safe_mode: bool = True,
) -> Any:
    """Load a model that ``model.save`` or Keras saved.

    Only the named file is opened. Classes and functions are looked up by name among the library's own, the registered
    ones and ``custom_objects``; nothing is imported, and no code from the file is run.

    Args:
        filepath: Name of the file, ending in ``.keras``.
        custom_objects: Your own classes and functions by name. Defaults to None.
        compile: Whether the model is compiled as it was when it was saved. Defaults to True.
        safe_mode: Whether stored Python code is refused. It is never run: with False it is refused as well, when the
            file holds some. Defaults to True.

    Returns:
        The model.

    Raises:
        LoadError: If the file is damaged, holds what must not be loaded or is unknown, or its weights do not fit the
            model it describes. The message lists every mismatch.

    Example:
        >>> import os, tempfile
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.keras")
        ...     model.save(path)
        ...     nncore.saving.load_model(path).count_params()
        8
    """
    path = os.fspath(filepath)
    if not path.endswith(".keras"):
        raise LoadError(
            "File format not supported: `load_model` reads `.keras` files. For a file of weights, make the model and "
            f"call `model.load_weights(filepath)`. Received: filepath={path!r}."
        )
    check_existing(path)
    with open(path, "rb") as file:
        archive = Archive(file, path)
        config = archive.config()
        tree = read_hdf5(archive.weights(), f"{path} (model.weights.h5)")
        model = rebuild(config, path, tree.nbytes, custom_objects, compile, safe_mode)
        restore(model, tree, what=path, strict_optimizer=True, assets=archive.assets)
    return model


def check_existing(path: str) -> None:
    """Raise LoadError unless there is a file of this name."""
    if not os.path.isfile(path):
        why = "is a folder" if os.path.isdir(path) else "does not exist"
        raise LoadError(f"File not found: {path!r} {why}. Check the name. Received: filepath={path!r}.")


def rebuild(
    config: Mapping[str, Any],
    what: str,
    nbytes: int,
    custom_objects: Mapping[str, Any] | None,
    compiled: bool,
    safe_mode: bool,
) -> Any:
    """Make the model that a file describes, with new weights.

    Args:
        config: The configuration.
        what: How messages call the file.
        nbytes: Bytes of the weights in the file.
        custom_objects: The caller's own classes and functions by name.
        compiled: Whether to compile it.
        safe_mode: See ``load_model``.

    Returns:
        The model.

    Raises:
        LoadError: If that fails.
    """
    config = dict(config)
    compile_config = config.pop("compile_config", None)
    with AllocationLimit(_FACTOR * nbytes + _SLACK), custom_object_scope(custom_objects or {}):
        try:
            with SharedObjects():
                model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
        except Exception as error:
            raise LoadError(
                f"{what}: the model can't be made from its configuration: {type(error).__name__}: {error}"
            ) from error
        if not isinstance(model, Model):
            raise LoadError(f"{what} holds no model, but an object of type {type(model).__name__}.")
        if compiled and compile_config:
            try:
                model.compile_from_config(compile_config)
            except Exception as error:
                raise LoadError(
                    f"{what}: the model can't be compiled as it was: {type(error).__name__}: {error} With "
                    "`compile=False` it is loaded without optimizer and loss."
                ) from error
    return model

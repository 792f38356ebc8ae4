"""ModelFiles: saving a model and its weights; mixed into every model."""

from __future__ import annotations

import os
from typing import Any

from nncore.lazy import Later

__all__ = ["ModelFiles"]

Path = str | os.PathLike[str]

# Saving knows models, so models know it by name only.
_SAVING = "nncore.saving"


class ModelFiles:
    """Mixin of Model: ``save``, ``save_weights``, ``load_weights``."""

    def save(self, filepath: Path, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
        """Save the whole model in a ``.keras`` file: architecture, weights, what ``compile`` was given, optimizer.

        The file is complete or not there at all: it is written beside, and takes its place at the end. Keras reads it.

        Args:
            filepath: Name of the file, ending in ``.keras``.
            overwrite: Whether a file that exists is replaced. Defaults to True.
            zipped: True or None: the file is one archive. Defaults to None.
            kwargs: ``include_optimizer``: whether the optimizer's state is saved, True by default.

        Raises:
            ValueError: If the name has another ending, or the model holds what can't be stored as data.
            FileExistsError: If the file exists and ``overwrite`` is False.

        Example:
            >>> import os, tempfile
            >>> import numpy as np
            >>> import nncore
            >>> model = nncore.Sequential([nncore.layers.Dense(2, input_shape=(3,))])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = os.path.join(folder, "model.keras")
            ...     model.save(path)
            ...     again = nncore.models.load_model(path)
            >>> x = np.ones((1, 3))
            >>> bool((again(x) == model(x)).all())
            True
        """
        Later(_SAVING, "save_model").load()(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: Path, overwrite: bool = True, max_shard_size: float | None = None) -> None:
        """Save the weights, and the optimizer's state if there is one.

        Args:
            filepath: Name of the file, ending in ``.weights.h5`` (Keras's format) or ``.safetensors``.
            overwrite: Whether a file that exists is replaced. Defaults to True.
            max_shard_size: None: weights are kept in one file.

        Raises:
            ValueError: If the name has another ending, or the model isn't built.
            FileExistsError: If the file exists and ``overwrite`` is False.
        """
        Later(_SAVING, "save_weights").load()(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath: Path, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Set the weights, and the state of a compiled model's optimizer, from a file.

        Args:
            filepath: Name of the file: ``.weights.h5``, ``.keras`` or ``.safetensors``.
            skip_mismatch: Whether layers that don't fit are left as they are, with a warning. Defaults to False.
            kwargs: ``objects_to_skip``: list of layers (or the optimizer) to leave as they are.

        Raises:
            LoadError: If the file is damaged or does not fit. It lists every mismatch; the model is as it was.
            ValueError: If the model isn't built.
        """
        Later(_SAVING, "load_weights").load()(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

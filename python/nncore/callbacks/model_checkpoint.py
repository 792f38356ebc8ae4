"""ModelCheckpoint: save the model, or its weights, during training."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from nncore.callbacks.callback import Logs
from nncore.callbacks.monitor_callback import MonitorCallback
from nncore.callbacks.output import say
from nncore.callbacks.saving_frequency import SavingFrequency

_WEIGHTS = (".weights.h5", ".safetensors")


class ModelCheckpoint(MonitorCallback):
    """Save the model, or its weights, after every epoch, every so many batches, or when it is the best so far.

    Args:
        filepath: Name of the file. It may have places for the epoch (from 1), the batch and logged values:
            `"{epoch:02d}-{val_loss:.2f}.keras"`. It ends in `.keras`, or for weights in `.weights.h5` or
            `.safetensors`. Folders are made.
        monitor: Name of the logged value to judge by. Defaults to `"val_loss"`.
        verbose: 1 prints when the callback acts, 0 is silent. Defaults to 0.
        save_best_only: Save only what is better than all before. Defaults to False.
        save_weights_only: Save weights and optimizer, not the whole model. Defaults to False.
        mode: `"min"`, `"max"` or `"auto"`. Defaults to `"auto"`.
        save_freq: `"epoch"`, or a number of batches. Defaults to `"epoch"`.
        initial_value_threshold: Value to be better than at first, or None.

    Raises:
        ValueError: If `save_freq`, `mode` or the file's ending make no sense.

    Example:
    >>> import os, tempfile
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Input((1,)), nncore.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.ones((4, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save = nncore.callbacks.ModelCheckpoint(os.path.join(folder, "{epoch}.keras"))
    ...     _ = model.fit(x, x, epochs=2, verbose=0, callbacks=[save])
    ...     sorted(os.listdir(folder))
    ['1.keras', '2.keras']
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._frequency = SavingFrequency(type(self).__name__, save_freq)
        self._epoch = 0
        expected = _WEIGHTS if save_weights_only else (".keras",)
        if not self.filepath.endswith(expected):
            raise ValueError(
                f"The filepath provided must end in {' or '.join(f'`{e}`' for e in expected)} with "
                f"save_weights_only={save_weights_only}. Received: filepath={self.filepath!r}."
            )
        if save_freq != "epoch":
            # Only then is the run interrupted after each batch.
            self.on_train_batch_end = self._on_batch  # type: ignore[method-assign]

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the epoch, for the file's name."""
        self._epoch = epoch

    def _on_batch(self, batch: int, logs: Logs | None = None) -> None:
        if self._frequency.is_due(batch):
            self._save(self._epoch, batch, dict(logs or {}))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save after an epoch."""
        if self.save_freq == "epoch":
            self._save(epoch, None, dict(logs or {}))

    def _save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        path = self._name(epoch, batch, logs)
        if not self._is_wanted(epoch, logs, path):
            return
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        if self.verbose > 0:
            say(f"\nEpoch {epoch + 1}: finished saving model to {path}")

    def _name(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        values = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs}
        try:
            return self.filepath.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            raise KeyError(
                f"Failed to format this callback filepath: {self.filepath!r}. Reason: {error}. Known names: "
                f"{sorted(values)}."
            ) from error

    def _is_wanted(self, epoch: int, logs: dict[str, Any], path: str) -> bool:
        if not self.save_best_only:
            if self.verbose > 0:
                say(f"\nEpoch {epoch + 1}: saving model to {path}")
            return True
        current = logs.get(self.monitor)
        if current is None or np.ndim(current) > 0:
            warnings.warn(
                f"Can save best model only with {self.monitor} available, as a number; every model is saved now. "
                f"Received: {self.monitor}={current}. Available metrics are: {','.join(logs)}",
                stacklevel=2,
            )
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if self._is_improvement(current, self.best):
            if self.verbose > 0:
                change = f"{self.monitor} improved from {best} to {current:.5f}"
                say(f"\nEpoch {epoch + 1}: {change}, saving model to {path}")
            self.best = current
            return True
        if self.verbose > 0:
            say(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {best}")
        return False

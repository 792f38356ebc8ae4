"""BackupAndRestore: go on with a training that was interrupted."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from nncore.callbacks.callback import Callback, Logs
from nncore.callbacks.saving_frequency import SavingFrequency
from nncore.lazy import Later
from nncore.random.seed import global_seed_state
from nncore.training.loop import Resume

# Saving knows callbacks' models, so it is reached by name.
_BACKUP = "nncore.saving.backup"


class BackupAndRestore(Callback):
    """Keep the state of a training in a folder, so that the same script, started again, goes on where it stopped.

    The state is complete: weights, optimizer, epoch and batch, the order of the samples, the seeds of random layers,
    running metrics. A training that was interrupted ends with the same bits as one that was not, if data are arrays and
    epochs take all of them. What other callbacks count (patience, best values) starts afresh. When the training has
    come to its end, the state is deleted.

    Args:
        backup_dir: Folder for the state, of this training alone. It is made if it does not exist.
        save_freq: `"epoch"`, or a number of batches after which the state is saved. Defaults to `"epoch"`.
        double_checkpoint: Keep the state before as well, in case the last one can't be read. Defaults to False.
        delete_checkpoint: Delete the state at the end of training. Defaults to True.

    Raises:
        ValueError: If `backup_dir` is empty, or `save_freq` is something else.

    Example:
    >>> import tempfile
    >>> import numpy as np
    >>> import nncore
    >>> class Interrupt(nncore.callbacks.Callback):
    ...     def on_epoch_begin(self, epoch, logs=None):
    ...         if epoch == 4:
    ...             raise RuntimeError("interrupted")
    >>> model = nncore.Sequential([nncore.layers.Input((2,)), nncore.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = np.ones((8, 2)), np.ones((8, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     backup = nncore.callbacks.BackupAndRestore(folder)
    ...     try:
    ...         model.fit(x, y, epochs=10, verbose=0, callbacks=[backup, Interrupt()])
    ...     except RuntimeError:
    ...         history = model.fit(x, y, epochs=10, verbose=0, callbacks=[backup])
    >>> history.epoch
    [4, 5, 6, 7, 8, 9]
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: int | str = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not os.fspath(backup_dir):
            raise ValueError("Empty `backup_dir` argument passed. Expected the name of a folder.")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._frequency = SavingFrequency(type(self).__name__, save_freq)
        self._path = os.path.join(self.backup_dir, "latest.weights.h5")
        self._epoch = 0
        self._order_seed: Any = None
        if save_freq != "epoch":
            self.on_train_batch_end = self._on_batch  # type: ignore[method-assign]

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Put the state back, if there is one."""
        paths = [path for path in (self._path, f"{self._path}.bkp") if os.path.exists(path)]
        for path in paths:
            try:
                epoch, batches, go_on = Later(_BACKUP, "read_backup").load()(self.model, path)
            except ValueError:
                if path != paths[-1]:
                    continue  # damaged: there is the one before
                raise
            self.model.__dict__["_resume"] = Resume(epoch, batches, go_on)
            return

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note from which seed the order of the samples will be drawn."""
        self._epoch = epoch
        self._order_seed = global_seed_state().numpy()

    def _on_batch(self, batch: int, logs: Logs | None = None) -> None:
        if self._frequency.is_due(batch):
            self._save(self._epoch, batch + 1, self._order_seed)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save the state after an epoch."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0, global_seed_state().numpy())

    def _save(self, epoch: int, batch: int, order_seed: Any) -> None:
        write = Later(_BACKUP, "write_backup").load()
        write(self.model, self._path, epoch, batch, order_seed, self.double_checkpoint)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Delete the state: there is nothing to go on with."""
        if not self.delete_checkpoint:
            return
        for path in (self._path, f"{self._path}.bkp"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        with contextlib.suppress(OSError):  # something else is in it
            os.rmdir(self.backup_dir)

"""EarlyStopping: stop when a value no longer improves."""

from __future__ import annotations

from typing import Any

from nncore.callbacks.callback import Logs
from nncore.callbacks.monitor_callback import MonitorCallback
from nncore.callbacks.output import say


class EarlyStopping(MonitorCallback):
    """Stop training when the monitored value has stopped improving.

    Args:
        monitor: Name of the logged value. Defaults to `"val_loss"`.
        min_delta: Smallest change that counts as an improvement. Defaults to 0.
        patience: Epochs without improvement after which training stops. Defaults to 0.
        verbose: 1 prints when the callback acts, 0 is silent. Defaults to 0.
        mode: `"min"`, `"max"` or `"auto"`. Defaults to `"auto"`.
        baseline: Value that has to be beaten within `patience` epochs, or None.
        restore_best_weights: Put the best epoch's weights back at the end, also when training
            ran to its last epoch. Defaults to False.
        start_from_epoch: Epochs to wait before watching. Defaults to 0.

    Example:
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Input((1,)), nncore.layers.Dense(1)])
    >>> model.compile(optimizer=nncore.optimizers.SGD(0.0), loss="mse")
    >>> stop = nncore.callbacks.EarlyStopping(monitor="loss", patience=2)
    >>> x = np.ones((4, 1))
    >>> len(model.fit(x, x, epochs=10, verbose=0, callbacks=[stop]).epoch)
    3
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.wait = 0
        self.stopped_epoch = 0
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Start afresh, so that one instance serves several runs."""
        self.wait = 0
        self.stopped_epoch = 0
        self.best_epoch = 0
        self.best = None
        self.best_weights = None
        self._sign = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare the epoch's value with the best one."""
        current = self._monitored(logs, "Early stopping")
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self._keep(epoch)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep(self, epoch: int) -> None:
        self.best_weights = self.model.get_weights()
        self.best_epoch = epoch

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Say why training stopped and put the best weights back."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

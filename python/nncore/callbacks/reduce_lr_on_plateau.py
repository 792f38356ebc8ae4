"""ReduceLROnPlateau: lower the learning rate when progress stops."""

from __future__ import annotations

import numpy as np

from nncore.callbacks.callback import Logs
from nncore.callbacks.learning_rate_scheduler import read_learning_rate
from nncore.callbacks.monitor_callback import MonitorCallback
from nncore.callbacks.output import say


class ReduceLROnPlateau(MonitorCallback):
    """Multiply the learning rate by `factor` when the monitored value stops improving.

    Args:
        monitor: Name of the logged value. Defaults to `"val_loss"`.
        factor: What the rate is multiplied by; below 1. Defaults to 0.1.
        patience: Epochs without improvement before the rate falls. Defaults to 10.
        verbose: 1 prints each change, 0 is silent. Defaults to 0.
        mode: `"min"`, `"max"` or `"auto"`. Defaults to `"auto"`.
        min_delta: Smallest change that counts as an improvement. Defaults to 1e-4.
        cooldown: Epochs to wait after a change before watching again. Defaults to 0.
        min_lr: The rate never falls below this. Defaults to 0.

    Raises:
        ValueError: If `factor` is not below 1.

    Example:
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Input((1,)), nncore.layers.Dense(1)])
    >>> model.compile(optimizer=nncore.optimizers.SGD(1e-9), loss="mse")
    >>> slower = nncore.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1)
    >>> x = np.ones((4, 1))
    >>> rates = model.fit(x, x, epochs=3, verbose=0, callbacks=[slower]).history["learning_rate"]
    >>> rates[0] > rates[2]
    True
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received: factor={factor}")
        self.factor = factor
        self.min_lr = min_lr
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Start afresh, so that one instance serves several runs."""
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0
        self._sign = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare the epoch's value with the best one, and log the rate used in this epoch."""
        logs = {} if logs is None else logs
        logs["learning_rate"] = read_learning_rate(self.model.optimizer)
        current = self._monitored(logs, "Learning rate reduction is")
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = read_learning_rate(self.model.optimizer)
        if old <= np.float32(self.min_lr):
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            say(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Tell whether the callback is waiting after a change."""
        return self.cooldown_counter > 0

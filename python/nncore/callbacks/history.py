"""History: what `fit` returns."""

from __future__ import annotations

from typing import Any

from nncore.callbacks.callback import Callback, Logs


class History(Callback):
    """Records the logs of each epoch. `fit` adds one and returns it.

    Attributes:
        history: Dict from name (`"loss"`, `"val_loss"`, ...) to one value per epoch.
        epoch: List of the epochs' numbers, from 0.

    Example:
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Input((2,)), nncore.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0)
    >>> len(history.history["loss"])
    3
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget the epoch numbers of an earlier run."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Append the epoch's values."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self

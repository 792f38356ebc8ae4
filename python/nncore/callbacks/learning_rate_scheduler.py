"""LearningRateScheduler: set the learning rate from a function of the epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore.callbacks.callback import Callback, Logs
from nncore.callbacks.output import say


class LearningRateScheduler(Callback):
    """Set the optimizer's learning rate before each epoch.

    The rate is a run-time value of the compiled step: changing it costs nothing.

    Args:
        schedule: Function of `epoch` (from 0) and the current rate, or of `epoch` alone, that
            returns the new rate as a float.
        verbose: 1 prints each new rate, 0 is silent. Defaults to 0.

    Raises:
        ValueError: If `schedule` returns something else than a float.

    Example:
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Input((1,)), nncore.layers.Dense(1)])
    >>> model.compile(optimizer=nncore.optimizers.SGD(0.5), loss="mse")
    >>> halve = nncore.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)
    >>> x = np.ones((4, 1))
    >>> model.fit(x, x, epochs=2, verbose=0, callbacks=[halve]).history["learning_rate"]
    [0.25, 0.125]
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _positional_count(schedule) != 1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Ask the schedule and set the rate."""
        optimizer = self.model.optimizer
        if self._takes_rate:
            rate = self.schedule(epoch, read_learning_rate(optimizer))
        else:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError(
                "The `schedule` function must return a float. "
                f"Received: schedule({epoch}, ...)={rate!r} of type {type(rate).__name__}"
            )
        optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            say(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Log the rate."""
        if logs is not None:
            logs["learning_rate"] = read_learning_rate(self.model.optimizer)


def read_learning_rate(optimizer: Any) -> float:
    """The optimizer's current rate as a Python float."""
    rate = optimizer.learning_rate
    return float(rate.numpy() if hasattr(rate, "numpy") else rate)


def _positional_count(function: Callable[..., Any]) -> int:
    """How many positional arguments `function` takes (2 when it can't be told)."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 2
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 2
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)

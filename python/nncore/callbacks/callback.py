"""Callback: the base class, with one empty method for each moment."""

from __future__ import annotations

from typing import Any

Logs = dict[str, Any]


class Callback:
    """Base class of everything that watches or steers a run.

    Override the methods you need and pass instances as `callbacks=[...]` to `fit`, `evaluate` or
    `predict`. During a run `self.model` is the model and `self.params` a dict with `verbose`,
    `epochs` and `steps`.

    `logs` holds the current loss and metrics by name. The per-batch methods cost time only when
    some callback overrides them: otherwise whole stretches of an epoch run without returning to
    Python.

    Example:
    >>> import numpy as np
    >>> import nncore
    >>> class Stop(nncore.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         if epoch == 1:
    ...             self.model.stop_training = True
    >>> model = nncore.Sequential([nncore.layers.Input((2,)), nncore.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(x, y, epochs=5, verbose=0, callbacks=[Stop()])
    >>> history.epoch
    [0, 1]
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model of the current run, or None before the first one."""
        return self.__dict__.get("_model")

    def set_params(self, params: dict[str, Any]) -> None:
        """Receive the run's parameters: `verbose`, `epochs` and `steps`."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Receive the model that is about to run."""
        self._model = model

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Other name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Other name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Run before an epoch of `fit`; `epoch` counts from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Run after an epoch of `fit` and its validation (names with `val_`).

        What is added to `logs` here is seen by later callbacks and by `History`.
        """

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a training batch; `batch` counts from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a training batch; `logs` holds the epoch's averages so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a batch of `evaluate` or of the validation inside `fit`."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a batch of `evaluate` or of the validation inside `fit`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a batch of `predict`; `logs["outputs"]` holds the batch's predictions."""

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Run when `fit` starts."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Run when `fit` ends; `logs` are those of the last epoch."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Run when `evaluate`, or a validation inside `fit`, starts."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Run when `evaluate`, or a validation inside `fit`, ends."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Run when `predict` starts."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Run when `predict` ends."""


def overrides(callback: Callback, hook: str) -> bool:
    """Tell whether `callback` gives `hook` a body of its own (on its class or itself)."""
    method = getattr(callback, hook)
    return getattr(method, "__func__", None) is not getattr(Callback, hook)

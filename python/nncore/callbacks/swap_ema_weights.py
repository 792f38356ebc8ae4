"""SwapEMAWeights: evaluate and save with the moving averages of the weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.callbacks.callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Put the optimizer's moving averages in place of the weights while the model is evaluated.

    The optimizer needs `use_ema=True`.

    Args:
        swap_on_epoch: Have the averages in place from the end of an epoch to the beginning of the next as well, so that
            callbacks after this one (`ModelCheckpoint`) save them. Defaults to False.

    Raises:
        ValueError: When the run begins, if the optimizer keeps no averages.

    Example:
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Input((1,)), nncore.layers.Dense(1)])
    >>> model.compile(nncore.optimizers.SGD(use_ema=True), "mse")
    >>> x = np.ones((4, 1))
    >>> swap = nncore.callbacks.SwapEMAWeights()
    >>> _ = model.fit(x, x, validation_data=(x, x), verbose=0, callbacks=[swap])
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._kept: list[Any] | None = None

    def _optimizer(self) -> Any:
        """The optimizer that keeps averages: the inner one where the loss is scaled."""
        optimizer = self.model.optimizer
        return getattr(optimizer, "inner_optimizer", optimizer)

    def _check(self) -> None:
        optimizer = self._optimizer()
        if optimizer is None or not getattr(optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. "
                f"Received: optimizer={optimizer!r}, use_ema={getattr(optimizer, 'use_ema', None)}."
            )

    def _swap(self, into_model: bool) -> None:
        if (self._kept is not None) is into_model:
            return
        self._check()
        optimizer = self._optimizer()
        if not optimizer.built:
            return  # nothing has been averaged yet
        variables = optimizer._trainable_variables
        # The averages stay where they are: at its end `fit` makes them the weights, swapped or not.
        values = optimizer._averages if self._kept is None else self._kept
        kept = [variable.numpy() for variable in variables] if into_model else None
        for variable, value in zip(variables, values, strict=True):
            variable.assign(np.asarray(value))
        self._kept = kept

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Check the optimizer."""
        self._check()
        self._kept = None

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Train on the weights themselves."""
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Leave the averages in place for the callbacks that follow."""
        if self.swap_on_epoch:
            self._swap(True)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Forget the weights: the training has ended with the averages in their place."""
        self._kept = None

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Evaluate with the averages."""
        self._swap(True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Put the weights back."""
        self._swap(False)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Predict with the averages."""
        self._swap(True)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Put the weights back."""
        self._swap(False)

"""Losses of how much two sets overlap, as segmentation uses them."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.losses.loss import LossFunctionWrapper


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """Return `1 - 2 sum(t p) / (sum(t) + sum(p))`.

    Args:
        y_true: Targets in [0, 1] of any shape.
        y_pred: Predictions in [0, 1] of the same shape.
        axis: The axis or axes to sum over; all by default.

    Returns:
        Losses of the shape that is left, 0 where both sets are equal.

    Example:
    >>> from nncore import losses
    >>> float(losses.dice([[1.0, 1.0]], [[1.0, 0.0]]).round(4))
    0.33329999446868896
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    both = ops.sum(y_true * y_pred, axis=axis)
    total = ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis)
    return 1.0 - 2.0 * both / (total + config.epsilon())


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """Return `1 - both / (both + alpha missed + beta wrong)`, each a sum of products.

    `both` is `sum(t p)`, `missed` is `sum(t (1 - p))`, `wrong` is `sum((1 - t) p)`.

    Args:
        y_true: Targets in [0, 1] of any shape.
        y_pred: Predictions in [0, 1] of the same shape.
        alpha: Price of what is true and was not predicted.
        beta: Price of what is predicted and not true.
        axis: The axis or axes to sum over; all by default.

    Returns:
        Losses of the shape that is left; with both prices 0.5 the same as `dice`.

    Reference:
        Salehi et al., "Tversky loss function for image segmentation using 3D fully convolutional
        deep networks", 2017, arXiv:1706.05721.

    Example:
    >>> from nncore import losses
    >>> float(losses.tversky([[1.0, 1.0]], [[1.0, 0.0]], alpha=1.0).round(4))
    0.5
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    both = ops.sum(y_true * y_pred, axis=axis)
    missed = ops.sum(y_true * (1.0 - y_pred), axis=axis)
    wrong = ops.sum((1.0 - y_true) * y_pred, axis=axis)
    return 1.0 - both / (both + missed * alpha + wrong * beta + config.epsilon())


class Dice(LossFunctionWrapper):
    """One minus the Dice coefficient of targets and predictions.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        axis: The axis or axes to sum over; all by default, which gives one loss per batch.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.Dice()([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.3333
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(dice, name=name, reduction=reduction, dtype=dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """One minus the Tversky index, which prices missed and wrong parts on their own.

    Args:
        alpha: Price of what is true and was not predicted.
        beta: Price of what is predicted and not true.
        reduction: See `Loss`.
        name: Name of the loss.
        axis: The axis or axes to sum over; all by default, which gives one loss per batch.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.Tversky(alpha=1.0)([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.5
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(tversky, name=name, reduction=reduction, dtype=dtype, alpha=alpha, beta=beta, axis=axis)

"""Maximum-margin losses: predictions should be on the right side by at least 1."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.losses.loss import LossFunctionWrapper


def _signs(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Predictions as a tensor and targets as -1 or 1, also when they were given as 0 or 1."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    is_binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(is_binary, 2.0 * y_true - 1.0, y_true), y_pred


def hinge(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `max(1 - y_true * y_pred, 0)` over the last axis.

    Args:
        y_true: Targets -1 or 1 of shape `(B, ..., D)`; 0 and 1 are taken as -1 and 1.
        y_pred: Predictions of the same shape.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.hinge([[0.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.0]
    """
    y_true, y_pred = _signs(y_true, y_pred)
    return ops.mean(ops.maximum(1.0 - y_true * y_pred, 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `max(1 - y_true * y_pred, 0) ** 2` over the last axis.

    Args:
        y_true: Targets -1 or 1 of shape `(B, ..., D)`; 0 and 1 are taken as -1 and 1.
        y_pred: Predictions of the same shape.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.squared_hinge([[0.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.25]
    """
    y_true, y_pred = _signs(y_true, y_pred)
    return ops.mean(ops.square(ops.maximum(1.0 - y_true * y_pred, 0.0)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return how little the right class leads: `max(neg - pos + 1, 0)`.

    `pos` is `sum(y_true * y_pred)` and `neg` is `max((1 - y_true) * y_pred)`, both over the
    last axis.

    Args:
        y_true: One-hot targets of shape `(B, ..., C)`.
        y_pred: Predictions of the same shape.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.categorical_hinge([[0.0, 1.0]], [[0.5, 1.0]]).tolist()
    [0.5]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(wrong - right + 1.0, 0.0)


class Hinge(LossFunctionWrapper):
    """The mean of `max(1 - y_true * y_pred, 0)`, for targets -1 and 1 (or 0 and 1).

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.Hinge()([[0.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(hinge, name=name, reduction=reduction, dtype=dtype)


class SquaredHinge(LossFunctionWrapper):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`, for targets -1 and 1 (or 0 and 1).

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.SquaredHinge()([[0.0, 1.0]], [[0.5, 0.5]]))
    1.25
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(squared_hinge, name=name, reduction=reduction, dtype=dtype)


class CategoricalHinge(LossFunctionWrapper):
    """How little the right class leads over the best wrong one, up to 1.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
    0.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(categorical_hinge, name=name, reduction=reduction, dtype=dtype)

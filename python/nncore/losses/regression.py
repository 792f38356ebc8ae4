"""Losses of numbers: how far predictions are from targets."""

from __future__ import annotations

import math
from typing import Any

from nncore import config, ops
from nncore.losses.loss import LossFunctionWrapper
from nncore.losses.reduction import check_broadcast, squeeze_or_expand_to_same_rank


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Targets and predictions as tensors of the predictions' dtype and, if possible, one rank."""
    y_pred = ops.convert_to_tensor(y_pred)
    if "float" not in str(y_pred.dtype):
        y_pred = ops.cast(y_pred, config.floatx())
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    check_broadcast("y_true", y_true.shape, "the predictions", y_pred.shape)
    return y_true, y_pred


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `(y_true - y_pred) ** 2` over the last axis.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.mean_squared_error([[0.0, 2.0]], [[1.0, 0.0]]).tolist()
    [2.5]
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `|y_true - y_pred|` over the last axis.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.mean_absolute_error([[0.0, 2.0]], [[1.0, 0.0]]).tolist()
    [1.5]
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `100 |y_true - y_pred| / |y_true|` over the last axis.

    Args:
        y_true: Targets of shape `(B, ..., D)`; taken as at least `config.epsilon()` in size.
        y_pred: Predictions of the same shape.

    Returns:
        Losses of shape `(B, ...)`, in percent.

    Example:
    >>> from nncore import losses
    >>> losses.mean_absolute_percentage_error([[1.0, 2.0]], [[1.5, 1.0]]).tolist()
    [50.0]
    """
    y_true, y_pred = _pair(y_true, y_pred)
    size = ops.maximum(ops.abs(y_true), config.epsilon())
    return 100.0 * ops.mean(ops.abs((y_true - y_pred) / size), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `(log(1 + y_true) - log(1 + y_pred)) ** 2` over the last axis.

    Args:
        y_true: Targets of shape `(B, ..., D)`; values below `config.epsilon()` count as it.
        y_pred: Predictions of the same shape, bounded likewise.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.mean_squared_logarithmic_error([[1.0]], [[1.0]]).tolist()
    [0.0]
    """
    y_true, y_pred = _pair(y_true, y_pred)
    log_pred = ops.log1p(ops.maximum(y_pred, config.epsilon()))
    log_true = ops.log1p(ops.maximum(y_true, config.epsilon()))
    return ops.mean(ops.square(log_pred - log_true), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return minus the cosine of the angle between targets and predictions.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.
        axis: The axis along which the vectors lie.

    Returns:
        Values in [-1, 1], -1 for equal directions; 0 where a vector is zero.

    Example:
    >>> from nncore import losses
    >>> losses.cosine_similarity([[0.0, 1.0]], [[0.0, 2.0]]).tolist()
    [-1.0]
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return -ops.sum(unit_vectors(y_true, axis) * unit_vectors(y_pred, axis), axis=axis)


def unit_vectors(x: Any, axis: int) -> Any:
    """Divide by the Euclidean norm along an axis; a zero vector stays zero.

    The squared norm is bounded below instead of the norm, so that the gradient at zero is
    finite.
    """
    squared = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squared, config.epsilon() ** 2))


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Return the mean of Huber's loss over the last axis: square near zero, linear beyond.

    Each error e costs `e ** 2 / 2` up to `delta` in size and `delta |e| - delta ** 2 / 2`
    beyond.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.
        delta: Where the square ends.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [1.5]
    """
    y_true, y_pred = _pair(y_true, y_pred)
    size = ops.abs(y_pred - y_true)
    near = 0.5 * ops.square(size)
    far = delta * size - 0.5 * delta * delta
    return ops.mean(ops.where(size <= delta, near, far), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `log(cosh(y_pred - y_true))` over the last axis.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.

    Returns:
        Losses of shape `(B, ...)`: near `e ** 2 / 2` for small errors, `|e| - log(2)` for
        large ones.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.log_cosh([0.0], [1.0])), 4)
    0.4338
    """
    y_true, y_pred = _pair(y_true, y_pred)
    # softplus keeps exp from overflowing.
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(-2.0 * error) - math.log(2.0), axis=-1)


class MeanSquaredError(LossFunctionWrapper):
    """The mean of `(y_true - y_pred) ** 2`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.MeanSquaredError()([[0.0, 2.0]], [[1.0, 0.0]]))
    2.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_squared_error, name=name, reduction=reduction, dtype=dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean of `|y_true - y_pred|`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.MeanAbsoluteError()([[0.0, 2.0]], [[1.0, 0.0]]))
    1.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_absolute_error, name=name, reduction=reduction, dtype=dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The mean of `100 |y_true - y_pred| / |y_true|`, in percent.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.MeanAbsolutePercentageError()([[1.0, 2.0]], [[1.5, 1.0]]))
    50.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, name=name, reduction=reduction, dtype=dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The mean of `(log(1 + y_true) - log(1 + y_pred)) ** 2`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, name=name, reduction=reduction, dtype=dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between targets and predictions: -1 is best.

    Args:
        axis: The axis along which the vectors lie.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.CosineSimilarity()([[0.0, 1.0]], [[0.0, 2.0]]))
    -1.0
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
    ) -> None:
        super().__init__(cosine_similarity, name=name, reduction=reduction, dtype=dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Huber's loss: square for errors up to `delta`, linear beyond.

    Args:
        delta: Where the square ends.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.Huber(delta=2.0)([[0.0, 0.0]], [[1.0, 3.0]]))
    2.25
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(huber, name=name, reduction=reduction, dtype=dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """The mean of `log(cosh(y_pred - y_true))`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.LogCosh()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: str | None = None,
    ) -> None:
        super().__init__(log_cosh, name=name, reduction=reduction, dtype=dtype)

"""Metrics of numbers: how far predictions are from targets."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.losses import regression as losses
from nncore.losses.reduction import squeeze_or_expand_to_same_rank
from nncore.metrics.reduction import Mean, MeanMetricWrapper


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return the cosine of the angle between targets and predictions.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.
        axis: The axis along which the vectors lie.

    Returns:
        Values in [-1, 1], 1 for equal directions; 0 where a vector is zero.

    Example:
    >>> from nncore import metrics
    >>> metrics.cosine_similarity([[0.0, 1.0]], [[0.0, 2.0]]).tolist()
    [1.0]
    """
    return -losses.cosine_similarity(y_true, y_pred, axis=axis)


class MeanSquaredError(MeanMetricWrapper):
    """The mean of `(y_true - y_pred) ** 2`.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_squared_error, name=name, dtype=dtype)


class RootMeanSquaredError(Mean):
    """The root of the mean of `(y_true - y_pred) ** 2` over all batches.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.RootMeanSquaredError()([[0.0, 0.0]], [[3.0, 3.0]]))
    3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Add the squared errors of a batch.

        Args:
            y_true: Targets of shape `(B, ...)`.
            y_pred: Predictions of the same shape.
            sample_weight: Weights that broadcast against the squared errors.
        """
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        super().update_state(ops.square(y_pred - y_true), sample_weight=sample_weight)

    def result(self) -> Any:
        """Return the root of the mean so far."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of `|y_true - y_pred|`.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.MeanAbsoluteError()([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_absolute_error, name=name, dtype=dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of `100 |y_true - y_pred| / |y_true|`, in percent.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.MeanAbsolutePercentageError()([[1.0, 2.0]], [[1.5, 1.0]]))
    50.0
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name=name, dtype=dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of `(log(1 + y_true) - log(1 + y_pred)) ** 2`.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name=name, dtype=dtype)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between targets and predictions: 1 is best.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.
        axis: The axis along which the vectors lie.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.CosineSimilarity()([[0.0, 1.0]], [[0.0, 2.0]]))
    1.0
    """

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(cosine_similarity, name=name, dtype=dtype, axis=axis)


class LogCoshError(MeanMetricWrapper):
    """The mean of `log(cosh(y_pred - y_true))`.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.LogCoshError()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    def __init__(self, name: str | None = "logcosh", dtype: str | None = None) -> None:
        super().__init__(losses.log_cosh, name=name, dtype=dtype)

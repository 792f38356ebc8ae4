"""Metrics of how well predictions follow their targets: correlations and explained variance."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.losses.reduction import squeeze_or_expand_to_same_rank
from nncore.metrics.metric import Metric
from nncore.metrics.reduction import MeanMetricWrapper

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


def _centred(y_true: Any, y_pred: Any, axis: Any) -> tuple[Any, Any, Any, Any]:
    """Targets and predictions without their means, and the means."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    true_mean = ops.mean(y_true, axis=axis, keepdims=True)
    pred_mean = ops.mean(y_pred, axis=axis, keepdims=True)
    return y_true - true_mean, y_pred - pred_mean, true_mean, pred_mean


def pearson_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """Return the correlation coefficient of targets and predictions along an axis.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.
        axis: The axis along which the values lie.

    Returns:
        Values in [-1, 1]; NaN where one side is constant.

    Example:
    >>> from nncore import metrics
    >>> metrics.pearson_correlation([[0.0, 1.0, 2.0]], [[4.0, 2.0, 0.0]]).round(4).tolist()
    [-1.0]
    """
    true, pred, _, _ = _centred(y_true, y_pred, axis)
    true = true / ops.std(true, axis=axis, keepdims=True)
    pred = pred / ops.std(pred, axis=axis, keepdims=True)
    return ops.mean(true * pred, axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """Return Lin's concordance correlation along an axis: correlation that also minds shift and scale.

    `2 cov / (var_true + var_pred + (mean_true - mean_pred) ** 2)`.

    Args:
        y_true: Targets of shape `(B, ..., D)`.
        y_pred: Predictions of the same shape.
        axis: The axis along which the values lie.

    Returns:
        Values in [-1, 1]; 1 only where predictions equal targets.

    Reference:
        Lin, "A concordance correlation coefficient to evaluate reproducibility", Biometrics 1989.

    Example:
    >>> from nncore import metrics
    >>> metrics.concordance_correlation([[0.0, 2.0]], [[1.0, 3.0]]).round(4).tolist()
    [0.666700005531311]
    """
    true, pred, true_mean, pred_mean = _centred(y_true, y_pred, axis)
    spread = ops.mean(ops.square(true), axis=axis, keepdims=True) + ops.mean(ops.square(pred), axis=axis, keepdims=True)
    norm = spread + ops.square(true_mean - pred_mean) + config.epsilon()
    return ops.mean(2.0 * true * pred / norm, axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """The mean correlation coefficient of targets and predictions.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.
        axis: The axis along which the values lie.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.PearsonCorrelation()([[0.0, 1.0, 2.0]], [[4.0, 2.0, 0.0]])), 4)
    -1.0
    """

    def __init__(self, name: str | None = "pearson_correlation", dtype: str | None = None, axis: Any = -1) -> None:
        super().__init__(pearson_correlation, name=name, dtype=dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean concordance correlation of targets and predictions.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.
        axis: The axis along which the values lie.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.ConcordanceCorrelation()([[0.0, 2.0]], [[1.0, 3.0]])), 4)
    0.6667
    """

    def __init__(self, name: str | None = "concordance_correlation", dtype: str | None = None, axis: Any = -1) -> None:
        super().__init__(concordance_correlation, name=name, dtype=dtype, axis=axis)


class R2Score(Metric):
    """The share of the targets' variance that predictions explain: 1 is best, 0 is their mean.

    Args:
        class_aggregation: `"uniform_average"` is the mean of the outputs' scores,
            `"variance_weighted_average"` weights them by the targets' variances, `None` gives one
            score per output.
        num_regressors: Number of independent variables of the adjusted score; 0 gives the plain
            one, as do too few samples.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: An argument is none of these.

    Example:
    >>> import numpy as np
    >>> from nncore import metrics
    >>> y_true = np.array([[1.0], [4.0], [3.0]])
    >>> round(float(metrics.R2Score()(y_true, np.array([[2.0], [4.0], [4.0]]))), 4)
    0.5714
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in AGGREGATIONS:
            raise ValueError(
                f"`class_aggregation` must be one of {AGGREGATIONS}. Received: class_aggregation={class_aggregation!r}."
            )
        if num_regressors < 0:
            raise ValueError(f"`num_regressors` must be 0 or more. Received: num_regressors={num_regressors!r}.")
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), name="num_samples")
        self.built = False

    def build(self, true_shape: Any, pred_shape: Any) -> None:
        """Make one set of sums per output.

        Args:
            true_shape: Shape of the targets, `(B, D)`, or `(B,)` for one output.
            pred_shape: Shape of the predictions, `(B, D)`, or `(B,)` beside targets of `(B, 1)`.

        Raises:
            ValueError: The shapes have another number of axes, or differ.
        """
        longer = max(tuple(true_shape), tuple(pred_shape), key=len)
        shorter = min(tuple(true_shape), tuple(pred_shape), key=len)
        fits = len(longer) == 2 and (shorter[1:] == longer[1:] or (len(shorter) == 1 and longer[1] == 1))
        if not fits:
            raise ValueError(
                "R2Score expects targets and predictions of shape (batch_size, outputs). "
                f"Received: y_true.shape={tuple(true_shape)}, y_pred.shape={tuple(pred_shape)}."
            )
        if self.built:
            return
        self.squared_sum = self.add_variable(longer[1:], name="squared_sum")
        self.sum = self.add_variable(longer[1:], name="sum")
        self.total_mse = self.add_variable(longer[1:], name="residual")
        self.count = self.add_variable(longer[1:], name="count")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the sums of a batch.

        Args:
            y_true: Targets of shape `(B, D)`.
            y_pred: Predictions of the same shape.
            sample_weight: Weights of shape `(B,)`, `(B, 1)` or `(B, D)`.
        """
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        self.build(y_true.shape, y_pred.shape)
        y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        weight = ops.convert_to_tensor(1.0 if sample_weight is None else sample_weight, dtype=self.dtype)
        if len(weight.shape) == 1:
            weight = ops.expand_dims(weight, axis=1)
        weight = ops.broadcast_to(weight, y_true.shape)
        self.sum.assign_add(ops.sum(y_true * weight, axis=0))
        self.squared_sum.assign_add(ops.sum(ops.square(y_true) * weight, axis=0))
        self.total_mse.assign_add(ops.sum(ops.square(y_true - y_pred) * weight, axis=0))
        self.count.assign_add(ops.sum(weight, axis=0))
        self.num_samples.assign_add(float(y_true.shape[0] * y_true.shape[1]))

    def result(self) -> Any:
        """Return the score so far; one per output for `class_aggregation=None`."""
        total = self.squared_sum - self.sum * (self.sum / self.count)
        score = 1.0 - self.total_mse / total
        score = ops.where(ops.isinf(score), ops.zeros_like(score), score)
        if self.class_aggregation == "uniform_average":
            score = ops.mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            score = ops.sum(total * score) / ops.sum(total)
        if not self.num_regressors:
            return score
        free = self.num_samples - float(self.num_regressors) - 1.0
        enough = free > 0.0
        adjusted = 1.0 - (1.0 - score) * (self.num_samples - 1.0) / ops.where(enough, free, ops.ones_like(free))
        return ops.where(enough, adjusted, score)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **own}

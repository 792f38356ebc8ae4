"""Metrics that weigh precision against recall in one number per class."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.metrics.metric import Metric

AVERAGES = (None, "micro", "macro", "weighted")


def _check(average: str | None, beta: float, threshold: float | None) -> None:
    if average not in AVERAGES:
        raise ValueError(f"`average` must be one of {AVERAGES}. Received: average={average!r}.")
    if isinstance(beta, bool) or not isinstance(beta, float) or beta <= 0.0:
        raise ValueError(f"`beta` must be a float above 0. Received: beta={beta!r}.")
    if threshold is not None and (not isinstance(threshold, float) or not 0.0 < threshold <= 1.0):
        raise ValueError(
            "`threshold` must be None (the class with the highest score is predicted) or a float "
            f"with 0 < threshold <= 1. Received: threshold={threshold!r}."
        )


class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall.

    `(1 + beta ** 2) precision recall / (beta ** 2 precision + recall)`, for each class.

    Args:
        average: `None` gives one score per class; `"micro"` counts all classes together;
            `"macro"` is the mean of the classes' scores, `"weighted"` their mean weighted by how
            often each class is true.
        beta: How many times recall is as important as precision.
        threshold: A score above is a positive prediction; by default the class with the highest
            score is predicted, and a score of 0 never.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: An argument is none of these.

    Example:
    >>> import numpy as np
    >>> from nncore import metrics
    >>> y_true = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0]])
    >>> y_pred = np.array([[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> metrics.FBetaScore(beta=2.0, threshold=0.5)(y_true, y_pred).round(3).tolist()
    [0.38499999046325684, 0.9089999794960022, 0.8330000042915344]
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        _check(average, beta, threshold)
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.built = False

    def build(self, true_shape: Any, pred_shape: Any) -> None:
        """Make one count per class, or one for all classes.

        Args:
            true_shape: Shape of the targets, `(B, C)`.
            pred_shape: Shape of the predictions, `(B, C)`.

        Raises:
            ValueError: The shapes have another number of axes, or differ.
        """
        if len(true_shape) != 2 or len(pred_shape) != 2 or true_shape[-1] != pred_shape[-1]:
            raise ValueError(
                f"{type(self).__name__} expects targets and predictions of shape (batch_size, classes). "
                f"Received: y_true.shape={tuple(true_shape)}, y_pred.shape={tuple(pred_shape)}."
            )
        if self.built:
            return
        shape = () if self.average == "micro" else (pred_shape[-1],)
        self.true_positives = self.add_variable(shape, name="true_positives")
        self.false_positives = self.add_variable(shape, name="false_positives")
        self.false_negatives = self.add_variable(shape, name="false_negatives")
        self.intermediate_weights = self.add_variable(shape, name="intermediate_weights")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count the decisions of a batch.

        Args:
            y_true: Targets of shape `(B, C)`, 0 or 1.
            y_pred: Scores of the same shape.
            sample_weight: One weight per sample, of shape `(B,)`.

        Raises:
            ValueError: A shape is another one.
        """
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        self.build(y_true.shape, y_pred.shape)
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            if tuple(sample_weight.shape) != tuple(y_true.shape[:1]):
                raise ValueError(
                    f"{type(self).__name__} takes one `sample_weight` per sample, of shape "
                    f"{tuple(y_true.shape[:1])}. Received: sample_weight.shape={tuple(sample_weight.shape)}."
                )
            sample_weight = ops.expand_dims(sample_weight, 1)
        chosen = ops.cast(self._decide(y_pred), self.dtype)
        for variable, count in (
            (self.true_positives, chosen * y_true),
            (self.false_positives, chosen * (1.0 - y_true)),
            (self.false_negatives, (1.0 - chosen) * y_true),
            (self.intermediate_weights, y_true),
        ):
            if sample_weight is not None:
                count = count * sample_weight
            variable.assign_add(ops.sum(count, axis=None if self.average == "micro" else 0))

    def _decide(self, y_pred: Any) -> Any:
        if self.threshold is not None:
            return y_pred > self.threshold
        # A row of zeros predicts no class, not all of them.
        highest = ops.max(y_pred, axis=-1, keepdims=True)
        return ops.logical_and(y_pred >= highest, ops.abs(y_pred) > 1e-9)

    def result(self) -> Any:
        """Return the score so far: one per class for `average=None`, else one number."""
        tiny, square = config.epsilon(), self.beta**2
        precision = self.true_positives / (self.true_positives + self.false_positives + tiny)
        recall = self.true_positives / (self.true_positives + self.false_negatives + tiny)
        score = (1.0 + square) * (precision * recall) / (square * precision + recall + tiny)
        if self.average == "weighted":
            weights = self.intermediate_weights / (ops.sum(self.intermediate_weights) + tiny)
            return ops.sum(score * weights)
        return score if self.average is None else ops.mean(score)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        own = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **own}


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall: `FBetaScore` with `beta=1`.

    Args:
        average: See `FBetaScore`.
        threshold: See `FBetaScore`.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> import numpy as np
    >>> from nncore import metrics
    >>> y_true = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0]])
    >>> y_pred = np.array([[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> metrics.F1Score(threshold=0.5)(y_true, y_pred).round(3).tolist()
    [0.5, 0.800000011920929, 0.6669999957084656]
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {name: value for name, value in super().get_config().items() if name != "beta"}

"""Metrics that fix one rate and report the best other one over all thresholds."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.metrics.confusion import ConfusionMetric


class _BestAtRate(ConfusionMetric):
    """The largest dependent rate at the thresholds whose constrained rate is high enough."""

    keeps = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    constrained = ""
    dependent = ""

    def __init__(
        self,
        value: float,
        argument: str,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"Argument `{argument}` must be in the range [0, 1]. Received: {argument}={value}.")
        if num_thresholds <= 0:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}."
            )
        super().__init__(name=name, dtype=dtype)
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self._argument = argument
        if num_thresholds == 1:
            self.thresholds = [0.5]
        else:
            self.thresholds = [i / (num_thresholds - 1) for i in range(num_thresholds)]
        self.make_counts()

    def _rate(self, name: str) -> Any:
        hits, others = {
            "sensitivity": ("true_positives", "false_negatives"),
            "recall": ("true_positives", "false_negatives"),
            "specificity": ("true_negatives", "false_positives"),
            "precision": ("true_positives", "false_positives"),
        }[name]
        count = getattr(self, hits)
        return ops.divide_no_nan(count, ops.add(count, getattr(self, others)))

    def result(self) -> Any:
        """Return the best rate so far; 0 when no threshold meets the condition."""
        rate = self._rate(self.dependent)
        feasible = ops.greater_equal(self._rate(self.constrained), self.value)
        return ops.max(ops.where(feasible, rate, ops.zeros_like(rate)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {
            **super().get_config(),
            self._argument: self.value,
            "num_thresholds": self.num_thresholds,
            "class_id": self.class_id,
        }


class SensitivityAtSpecificity(_BestAtRate):
    """The best sensitivity where specificity is at least a given value.

    Args:
        specificity: The least specificity, in [0, 1].
        num_thresholds: How many thresholds are tried.
        class_id: Count only this index of the last axis.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: An argument is out of range.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.SensitivityAtSpecificity(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    constrained = "specificity"
    dependent = "sensitivity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(specificity, "specificity", num_thresholds, class_id, name, dtype)
        self.specificity = specificity


class SpecificityAtSensitivity(_BestAtRate):
    """The best specificity where sensitivity is at least a given value.

    Args:
        sensitivity: The least sensitivity, in [0, 1].
        num_thresholds: How many thresholds are tried.
        class_id: Count only this index of the last axis.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: An argument is out of range.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.SpecificityAtSensitivity(0.5)
    >>> round(float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])), 4)
    0.6667
    """

    constrained = "sensitivity"
    dependent = "specificity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(sensitivity, "sensitivity", num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity


class PrecisionAtRecall(_BestAtRate):
    """The best precision where recall is at least a given value.

    Args:
        recall: The least recall, in [0, 1].
        num_thresholds: How many thresholds are tried.
        class_id: Count only this index of the last axis.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: An argument is out of range.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.PrecisionAtRecall(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    constrained = "recall"
    dependent = "precision"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(recall, "recall", num_thresholds, class_id, name, dtype)
        self.recall = recall


class RecallAtPrecision(_BestAtRate):
    """The best recall where precision is at least a given value.

    Args:
        precision: The least precision, in [0, 1].
        num_thresholds: How many thresholds are tried.
        class_id: Count only this index of the last axis.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: An argument is out of range.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.RecallAtPrecision(0.8)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    0.5
    """

    constrained = "precision"
    dependent = "recall"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(precision, "precision", num_thresholds, class_id, name, dtype)
        self.precision = precision

"""Metrics of yes/no decisions: counts, precision, recall, and one at a given other."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.metrics.counts import LOWEST_SCORE, count_decisions, parse_thresholds
from nncore.metrics.metric import Metric


class ConfusionMetric(Metric):
    """What metrics of confusion counts share: the variables and their update.

    Subclasses name the counts that they keep in `keeps` and set `thresholds` before they call
    `make_counts`.
    """

    keeps: tuple[str, ...] = ()
    thresholds: Any = ()
    top_k: int | None = None
    class_id: int | None = None

    def make_counts(self) -> None:
        """Make one variable of shape `(T,)` for each count kept."""
        for name in self.keeps:
            setattr(self, name, self.add_variable(shape=(len(self.thresholds),), name=name))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the decisions of a batch.

        Args:
            y_true: Labels of shape `(B, ...)`; anything but 0 is positive.
            y_pred: Scores of the same shape.
            sample_weight: Weights that broadcast against the labels.
        """
        counts = count_decisions(
            y_true,
            y_pred,
            self.thresholds,
            dtype=self.dtype,
            sample_weight=sample_weight,
            top_k=self.top_k,
            class_id=self.class_id,
        )
        for name in self.keeps:
            getattr(self, name).assign_add(getattr(counts, name))


class _Count(ConfusionMetric):
    """One of the four counts at one or more thresholds."""

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = parse_thresholds(thresholds)
        self.make_counts()

    def result(self) -> Any:
        """Return the count; one per threshold if several were given."""
        return _one_or_all(ops.copy(self.variables[0]))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


def _one_or_all(values: Any) -> Any:
    return values[0] if values.shape[0] == 1 else values


class TruePositives(_Count):
    """The number (or weight) of positive labels predicted as positive.

    Args:
        thresholds: One or more numbers in [0, 1]; a score above is a positive prediction.
            0.5 by default.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.TruePositives()([0, 1, 1, 1], [1, 0, 1, 1]))
    2.0
    """

    keeps = ("true_positives",)


class FalsePositives(_Count):
    """The number (or weight) of negative labels predicted as positive.

    Args:
        thresholds: One or more numbers in [0, 1]; a score above is a positive prediction.
            0.5 by default.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.FalsePositives()([0, 1, 0, 0], [0, 0, 1, 1]))
    2.0
    """

    keeps = ("false_positives",)


class TrueNegatives(_Count):
    """The number (or weight) of negative labels predicted as negative.

    Args:
        thresholds: One or more numbers in [0, 1]; a score above is a positive prediction.
            0.5 by default.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.TrueNegatives()([0, 1, 0, 0], [1, 1, 0, 0]))
    2.0
    """

    keeps = ("true_negatives",)


class FalseNegatives(_Count):
    """The number (or weight) of positive labels predicted as negative.

    Args:
        thresholds: One or more numbers in [0, 1]; a score above is a positive prediction.
            0.5 by default.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.FalseNegatives()([0, 1, 1, 1], [0, 1, 0, 0]))
    2.0
    """

    keeps = ("false_negatives",)


class _Share(ConfusionMetric):
    """True positives as a share of themselves and the second count kept."""

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = parse_thresholds(thresholds, 0.5 if top_k is None else LOWEST_SCORE)
        self.make_counts()

    def result(self) -> Any:
        """Return the share so far; one per threshold if several were given."""
        hits, others = self.variables
        return _one_or_all(ops.divide_no_nan(hits, ops.add(hits, others)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    """The share of positive predictions that are right.

    Args:
        thresholds: One or more numbers in [0, 1]; a score above is a positive prediction.
            0.5 by default; with `top_k` every score is.
        top_k: Only the `k` highest scores of each sample can be positive.
        class_id: Count only this index of the last axis.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: A threshold is out of range.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.Precision()([0, 1, 1, 1], [1, 0, 1, 0]))
    0.5
    """

    keeps = ("true_positives", "false_positives")


class Recall(_Share):
    """The share of positive labels that are predicted as positive.

    Args:
        thresholds: One or more numbers in [0, 1]; a score above is a positive prediction.
            0.5 by default; with `top_k` every score is.
        top_k: Only the `k` highest scores of each sample can be positive.
        class_id: Count only this index of the last axis.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Raises:
        ValueError: A threshold is out of range.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.Recall()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
    0.6667
    """

    keeps = ("true_positives", "false_negatives")

"""The area under a curve of rates over all thresholds."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.metrics.counts import count_decisions
from nncore.metrics.metric import Metric

_CURVES = ("ROC", "PR", "PRGAIN")
_SUMMATIONS = ("interpolation", "majoring", "minoring")
_KEEPS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class AUC(Metric):
    """The area under the ROC or the precision-recall curve, by sums over thresholds.

    Args:
        num_thresholds: How many thresholds the curve is computed at.
        curve: `"ROC"` (recall over false-positive rate), `"PR"` (precision over recall) or
            `"PRGAIN"` (precision gain over recall gain).
        summation_method: `"interpolation"` (trapezoids; for `"PR"` interpolated counts),
            `"majoring"` (the higher end of each interval) or `"minoring"` (the lower end).
        name: Name of the metric.
        dtype: The dtype to compute in.
        thresholds: Thresholds in [0, 1] instead of evenly spaced ones.
        multi_label: Compute the area of each label of the last axis and average.
        num_labels: Number of labels, if known before the first batch; for `multi_label`.
        label_weights: A weight per label: for the average with `multi_label`, otherwise for
            the counts.
        from_logits: Whether predictions are logits, sigmoid not yet applied.

    Raises:
        ValueError: An argument is out of range or unknown.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.AUC(num_thresholds=3)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    0.75
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        self.curve = _one_of("curve", str(curve).upper(), curve, _CURVES)
        self.summation_method = _one_of(
            "summation_method", str(summation_method).lower(), summation_method, _SUMMATIONS
        )
        if num_labels and not multi_label:
            raise ValueError(
                "`num_labels` is needed only when `multi_label` is True. "
                f"Received: num_labels={num_labels}, multi_label=False."
            )
        inner = _inner_thresholds(num_thresholds, thresholds)
        super().__init__(name=name, dtype=dtype)
        self.num_thresholds = len(inner) + 2
        self._given = inner if thresholds is not None else None
        margin = config.epsilon()
        self._thresholds = [-margin, *inner, 1.0 + margin]
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else [float(w) for w in label_weights]
        self.from_logits = from_logits
        self._built = False
        if not multi_label or num_labels:
            self.build(None, (None, num_labels))

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, the outermost just outside [0, 1]."""
        return list(self._thresholds)

    def build(self, true_shape: Any, pred_shape: Any) -> None:
        """Make the counts; with `multi_label` one column per label."""
        if self._built:
            return
        shape: tuple[int, ...] = (self.num_thresholds,)
        if self.multi_label:
            if len(pred_shape) != 2:
                raise ValueError(
                    f"`y_pred` must have rank 2 when `multi_label=True`. Received: y_pred.shape={tuple(pred_shape)}."
                )
            shape = (self.num_thresholds, int(pred_shape[1]))
            if self.label_weights is not None and len(self.label_weights) != shape[1]:
                raise ValueError(
                    "`label_weights` must hold one weight per label. Received: "
                    f"{len(self.label_weights)} weights for {shape[1]} labels."
                )
        for count in _KEEPS:
            setattr(self, count, self.add_variable(shape=shape, name=count))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the decisions of a batch.

        Args:
            y_true: Labels 0 or 1 of shape `(B, ...)`.
            y_pred: Scores of the same shape, in [0, 1] or logits.
            sample_weight: Weights that broadcast against the labels.
        """
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        self.build(None, y_pred.shape)
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        counts = count_decisions(
            y_true,
            y_pred,
            self._thresholds,
            dtype=self.dtype,
            sample_weight=sample_weight,
            multi_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
        )
        for name in _KEEPS:
            getattr(self, name).assign_add(getattr(counts, name))

    def result(self) -> Any:
        """Return the area so far."""
        if not self._built:
            return ops.zeros((), dtype=self.dtype)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._average(self._interpolated_pr())
        x, y = self._curve_points()
        ends = (y[:-1], y[1:])
        if self.summation_method == "interpolation":
            heights = (ends[0] + ends[1]) / 2.0
        elif self.summation_method == "minoring":
            heights = ops.minimum(*ends)
        else:
            heights = ops.maximum(*ends)
        return self._average((x[:-1] - x[1:]) * heights)

    def _counts(self) -> tuple[Any, Any, Any, Any]:
        tp, fp, tn, fn = (getattr(self, name).value for name in _KEEPS)
        return tp, fp, tn, fn

    def _curve_points(self) -> tuple[Any, Any]:
        """The curve's abscissae (falling) and ordinates at the thresholds."""
        tp, fp, tn, fn = self._counts()
        if self.curve == "ROC":
            return ops.divide_no_nan(fp, fp + tn), ops.divide_no_nan(tp, tp + fn)
        if self.curve == "PR":
            return ops.divide_no_nan(tp, tp + fn), ops.divide_no_nan(tp, tp + fp)
        odds = ops.divide_no_nan(tp + fn, tn + fp)
        none = ops.equal(tp, 0.0)
        recall_gain = 1.0 - odds * ops.divide_no_nan(fn, tp)
        precision_gain = 1.0 - odds * ops.divide_no_nan(fp, tp)
        recall_gain = ops.where(none, ops.zeros_like(tp), ops.maximum(recall_gain, 0.0))
        return recall_gain, ops.where(none, ops.ones_like(tp), precision_gain)

    def _interpolated_pr(self) -> Any:
        """Areas between thresholds with counts interpolated linearly (Davis & Goadrich, 2006).

        Between two thresholds true positives are a + s p for p positive predictions; the
        integral of (a + s p) / p over p is taken in closed form.
        """
        tp, fp, _, fn = self._counts()
        predicted = tp + fp
        gained = tp[:-1] - tp[1:]
        slope = ops.divide_no_nan(gained, ops.maximum(predicted[:-1] - predicted[1:], 0.0))
        intercept = tp[1:] - slope * predicted[1:]
        both = ops.logical_and(predicted[:-1] > 0, predicted[1:] > 0)
        ratio = ops.divide_no_nan(predicted[:-1], ops.maximum(predicted[1:], 0.0))
        ratio = ops.where(both, ratio, ops.ones_like(ratio))
        area = slope * (gained + intercept * ops.log(ratio))
        return ops.divide_no_nan(area, ops.maximum(tp[1:] + fn[1:], 0.0))

    def _average(self, areas: Any) -> Any:
        if not self.multi_label:
            return ops.sum(areas)
        by_label = ops.sum(areas, axis=0)
        if self.label_weights is None:
            return ops.mean(by_label)
        weights = ops.convert_to_tensor(self.label_weights, dtype=self.dtype)
        return ops.divide_no_nan(ops.sum(by_label * weights), ops.sum(weights))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.label_weights,
            "from_logits": self.from_logits,
        }
        if self._given is not None:
            config["thresholds"] = list(self._given)
        return config


def _one_of(argument: str, value: str, received: Any, valid: tuple[str, ...]) -> str:
    if value not in valid:
        raise ValueError(
            f"Invalid `{argument}`. Expected one of {', '.join(map(repr, valid))}. Received: {argument}={received!r}."
        )
    return value


def _inner_thresholds(num_thresholds: int, thresholds: Any) -> list[float]:
    """The thresholds between 0 and 1, without these."""
    if thresholds is None:
        if num_thresholds <= 1:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 1. Received: num_thresholds={num_thresholds}."
            )
        return [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
    values = sorted(float(t) for t in thresholds)
    if values and not (values[0] >= 0.0 and values[-1] <= 1.0):
        raise ValueError(f"Threshold values must be in [0, 1]. Received: thresholds={thresholds}.")
    return values

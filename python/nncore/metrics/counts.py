"""Counts of right and wrong yes/no decisions at many thresholds, in one matrix product.

For predictions p of M samples and T thresholds t, `above[m, i]` is 1 where p[m] > t[i]. With
labels y of 0 and 1 and weights w, the true positives at all thresholds are `(y * w) @ above`
and the false positives `((1 - y) * w) @ above`; the negatives are the totals less these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore import config, ops
from nncore.losses.reduction import (
    WEIGHT_ADVICE,
    check_broadcast,
    squeeze_or_expand_to_same_rank,
)

# Stands for "not among the k highest": below every threshold a user can give.
LOWEST_SCORE = -1e10


def parse_thresholds(thresholds: Any, default: float = 0.5) -> list[float]:
    """Return thresholds as a list.

    Args:
        thresholds: A number in [0, 1], several of them, or `None` for the default.
        default: The threshold that stands for `None`.

    Returns:
        A list of at least one number.

    Raises:
        ValueError: A threshold is out of range.
    """
    if thresholds is None:
        return [default]
    values = list(thresholds) if np.ndim(thresholds) else [thresholds]
    wrong = [t for t in values if t is None or not 0 <= t <= 1]
    if wrong or not values:
        raise ValueError(
            f"Threshold values must be in [0, 1]. Received: thresholds={thresholds}, of which {wrong} are not."
        )
    return [float(t) for t in values]


def evenly_spaced(thresholds: Sequence[float]) -> bool:
    """Tell whether at least three thresholds divide [0, 1] into equal parts."""
    count = len(thresholds)
    if count < 3:
        return False
    even = np.arange(count, dtype=np.float32) / (count - 1)
    return bool(np.allclose(thresholds, even, atol=config.epsilon()))


class Counts:
    """Confusion counts of one batch, each computed when it is asked for.

    Args:
        true_positives: Counts of shape `(T,)` or `(T, L)`.
        false_positives: Counts of the same shape.
        positives: All positive labels; broadcasts against the counts.
        negatives: All negative labels; broadcasts against the counts.
    """

    def __init__(self, true_positives: Any, false_positives: Any, positives: Any, negatives: Any) -> None:
        self.true_positives = true_positives
        self.false_positives = false_positives
        self._positives = positives
        self._negatives = negatives

    @property
    def true_negatives(self) -> Any:
        """Negative labels not predicted as positive."""
        return self._negatives - self.false_positives

    @property
    def false_negatives(self) -> Any:
        """Positive labels not predicted as positive."""
        return self._positives - self.true_positives


def count_decisions(
    y_true: Any,
    y_pred: Any,
    thresholds: Sequence[float],
    *,
    dtype: str,
    sample_weight: Any = None,
    top_k: int | None = None,
    class_id: int | None = None,
    multi_label: bool = False,
    label_weights: Any = None,
) -> Counts:
    """Count right and wrong decisions of a batch at each threshold.

    Args:
        y_true: Labels of shape `(B, ...)`; anything but 0 is positive.
        y_pred: Scores of the same shape.
        thresholds: A score above the threshold is a positive prediction.
        dtype: The dtype of the counts.
        sample_weight: Weights that broadcast against the labels, the last axis left out.
        top_k: Only the `k` highest scores of each sample can be positive.
        class_id: Count only this index of the last axis.
        multi_label: Count each label of the last axis on its own.
        label_weights: A weight per label; without `multi_label` only.

    Returns:
        Counts of shape `(T,)`, with `multi_label` `(T, L)`.

    Raises:
        ValueError: The shapes do not fit each other.
    """
    y_pred = ops.cast(ops.convert_to_tensor(y_pred), dtype)
    y_true = ops.convert_to_tensor(y_true)
    y_pred, y_true = squeeze_or_expand_to_same_rank(y_pred, y_true)
    if tuple(y_true.shape) != tuple(y_pred.shape):
        raise ValueError(
            "Labels and predictions must have the same shape. Received: "
            f"y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}."
        )
    if top_k is not None:
        y_pred = _only_top_k(y_pred, top_k)
    if sample_weight is not None:
        sample_weight = ops.expand_dims(ops.cast(sample_weight, dtype), axis=-1)
        _, sample_weight = squeeze_or_expand_to_same_rank(y_true, sample_weight, expand_rank_1=False)
    if class_id is not None:
        y_true, y_pred = _select(y_true, class_id), _select(y_pred, class_id)
    labels = ops.cast(ops.cast(y_true, "bool"), dtype)
    weights = _weights(labels, sample_weight, label_weights)
    right = labels if weights is None else labels * weights
    wrong = 1.0 - labels if weights is None else (1.0 - labels) * weights
    if multi_label:
        above = _above(ops.expand_dims(y_pred, 1), _column(thresholds, dtype), dtype)
        hits = ops.sum(ops.expand_dims(right, 1) * above, axis=0)
        misses = ops.sum(ops.expand_dims(wrong, 1) * above, axis=0)
        return Counts(hits, misses, ops.sum(right, axis=0), ops.sum(wrong, axis=0))
    above = _above(ops.reshape(y_pred, (-1, 1)), np.asarray(thresholds, dtype), dtype)
    pair = ops.stack([ops.reshape(right, (-1,)), ops.reshape(wrong, (-1,))])
    both = ops.matmul(pair, above)
    return Counts(both[0], both[1], ops.sum(right), ops.sum(wrong))


def _column(thresholds: Sequence[float], dtype: str) -> Any:
    return np.asarray(thresholds, dtype)[:, None]


def _above(scores: Any, thresholds: Any, dtype: str) -> Any:
    """Ones where scores are above thresholds (both broadcast), otherwise zeros."""
    flat = thresholds.reshape(-1)
    outer_ones_open = len(flat) >= 3 and (flat[0] < 0.0 or flat[-1] > 1.0)
    closed = flat.copy()
    if outer_ones_open:
        closed[0], closed[-1] = 0.0, 1.0
    if not evenly_spaced(closed):
        return ops.cast(ops.greater(scores, thresholds), dtype)
    # Even thresholds: compare numbers of intervals. They are exact, thresholds such as 1/3 not.
    last = len(flat) - 1
    interval = ops.ceil(ops.clip(scores, 0.0, 1.0) * float(last)) - 1.0
    if outer_ones_open:
        interval = ops.maximum(interval, 0.0)
    numbers = np.arange(len(flat), dtype=dtype).reshape(thresholds.shape)
    return ops.cast(ops.greater_equal(interval, numbers), dtype)


def _weights(labels: Any, sample_weight: Any, label_weights: Any) -> Any:
    """The product of both kinds of weights in the labels' shape, or `None`."""
    shape = tuple(labels.shape)
    weights = None
    if sample_weight is not None:
        check_broadcast("sample_weight", sample_weight.shape, "the labels", shape, WEIGHT_ADVICE)
        weights = ops.broadcast_to(sample_weight, shape)
    if label_weights is not None:
        per_label = ops.broadcast_to(ops.cast(label_weights, labels.dtype), shape)
        weights = per_label if weights is None else weights * per_label
    return weights


def _select(x: Any, class_id: int) -> Any:
    """One index of the last axis, the axis kept with size 1."""
    classes = x.shape[-1] if len(x.shape) > 1 else 0
    if not -classes <= class_id < classes:
        raise ValueError(
            "`class_id` needs predictions of shape (num_samples, num_classes) with "
            f"class_id < num_classes. Received: class_id={class_id}, "
            f"y_pred.shape={tuple(x.shape)}."
        )
    start = class_id % classes
    return x[..., start : start + 1]


def _only_top_k(scores: Any, k: int) -> Any:
    """Scores with all but the `k` highest of the last axis set to `LOWEST_SCORE`."""
    classes = scores.shape[-1]
    if not 1 <= k <= classes:
        raise ValueError(
            "`top_k` must be between 1 and the number of classes. "
            f"Received: top_k={k}, y_pred.shape={tuple(scores.shape)}."
        )
    _, indices = ops.top_k(scores, k)
    among = ops.sum(ops.one_hot(indices, classes, dtype=scores.dtype), axis=-2)
    return scores * among + LOWEST_SCORE * (1.0 - among)

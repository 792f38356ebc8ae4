"""Accuracies: how often predictions name the right class."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.losses.reduction import squeeze_or_expand_to_same_rank
from nncore.metrics.reduction import MeanMetricWrapper


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where predictions equal targets, otherwise 0.

    Args:
        y_true: Targets.
        y_pred: Predictions of the same shape.

    Returns:
        Ones and zeros of that shape.

    Example:
    >>> from nncore import metrics
    >>> metrics.accuracy([1, 2, 3], [1, 0, 3]).tolist()
    [1.0, 0.0, 1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    return ops.cast(ops.equal(y_true, y_pred), config.floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Return 1 where predictions are on the targets' side of the threshold, otherwise 0.

    Args:
        y_true: Targets 0 or 1.
        y_pred: Scores of the same shape; above `threshold` means 1.
        threshold: Where 1 begins.

    Returns:
        Ones and zeros of that shape.

    Example:
    >>> from nncore import metrics
    >>> metrics.binary_accuracy([1, 1, 0], [0.9, 0.2, 0.1]).tolist()
    [1.0, 0.0, 1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    decided = ops.cast(ops.greater(y_pred, threshold), y_true.dtype)
    return ops.cast(ops.equal(y_true, decided), config.floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where the highest prediction is at the highest target, otherwise 0.

    Args:
        y_true: One-hot targets of shape `(B, ..., C)`.
        y_pred: Scores of the same shape.

    Returns:
        Ones and zeros of shape `(B, ...)`.

    Example:
    >>> from nncore import metrics
    >>> metrics.categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    right = ops.argmax(ops.convert_to_tensor(y_true), axis=-1)
    guess = ops.argmax(ops.convert_to_tensor(y_pred), axis=-1)
    return _agree(right, guess)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where the highest prediction is at the class number, otherwise 0.

    Args:
        y_true: Class numbers of shape `(B, ...)` or `(B, ..., 1)`.
        y_pred: Scores of shape `(B, ..., C)`.

    Returns:
        Ones and zeros of shape `(B, ...)`.

    Example:
    >>> from nncore import metrics
    >>> metrics.sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, axis=-1)
    guess = ops.argmax(y_pred, axis=-1)
    return _agree(y_true, guess)


def _agree(labels: Any, guess: Any) -> Any:
    """Ones where class numbers are equal.

    They are compared as floats, which are exact for them, so that the comparison and its result
    are one instruction.
    """
    dtype = config.floatx()
    return ops.cast(ops.equal(ops.cast(labels, dtype), ops.cast(guess, dtype)), dtype)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return 1 where the right class is among the `k` highest predictions, otherwise 0.

    Args:
        y_true: One-hot targets of shape `(B, ..., C)`.
        y_pred: Scores of the same shape.
        k: How many predictions count.

    Returns:
        Ones and zeros of shape `(B, ...)`.

    Example:
    >>> from nncore import metrics
    >>> metrics.top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.7, 0.2]], k=2).tolist()
    [1.0]
    """
    right = ops.argmax(ops.convert_to_tensor(y_true), axis=-1)
    return sparse_top_k_categorical_accuracy(right, y_pred, k=k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """Return 1 where the class number is among the `k` highest predictions, otherwise 0.

    Args:
        y_true: Class numbers of shape `(B, ...)`.
        y_pred: Scores of shape `(B, ..., C)`, or with `from_sorted_ids` class numbers, the
            likeliest first.
        k: How many predictions count.
        from_sorted_ids: Whether `y_pred` holds class numbers instead of scores.

    Returns:
        Ones and zeros of the shape of `y_true`.

    Example:
    >>> from nncore import metrics
    >>> metrics.sparse_top_k_categorical_accuracy([2, 0], [[0.1, 0.7, 0.2]] * 2, k=2).tolist()
    [1.0, 0.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    if from_sorted_ids:
        wanted = ops.expand_dims(ops.cast(y_true, y_pred.dtype), axis=-1)
        return ops.cast(ops.any(ops.equal(wanted, y_pred[..., :k]), axis=-1), config.floatx())
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, axis=-1)
    column = ops.expand_dims(ops.cast(y_true, "int32"), axis=-1)
    score = ops.take_along_axis(y_pred, column, axis=-1)
    # In the first k: fewer than k classes score higher. Ties count in favour.
    higher = ops.sum(ops.cast(ops.greater(y_pred, score), "int32"), axis=-1)
    return ops.cast(ops.less(higher, k), config.floatx())


class Accuracy(MeanMetricWrapper):
    """How often predictions equal targets.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.Accuracy()([1, 2, 3, 4], [0, 2, 3, 4]))
    0.75
    """

    def __init__(self, name: str | None = "accuracy", dtype: str | None = None) -> None:
        super().__init__(accuracy, name=name, dtype=dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often predictions are on the targets' side of a threshold.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.
        threshold: Where 1 begins.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.BinaryAccuracy()([1, 1, 0, 0], [0.98, 1, 0, 0.6]))
    0.75
    """

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: str | None = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(binary_accuracy, name=name, dtype=dtype, threshold=threshold)
        self.threshold = threshold


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the highest prediction is at the class of one-hot targets.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(categorical_accuracy, name=name, dtype=dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the highest prediction is at the class number.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(sparse_categorical_accuracy, name=name, dtype=dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of one-hot targets is among the `k` highest predictions.

    Args:
        k: How many predictions count.
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.TopKCategoricalAccuracy(k=2)([[0, 0, 1]], [[0.1, 0.7, 0.2]]))
    1.0
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name=name, dtype=dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class number is among the `k` highest predictions.

    Args:
        k: How many predictions count.
        name: Name of the metric.
        dtype: The dtype to compute in.
        from_sorted_ids: Whether predictions are class numbers, the likeliest first, instead of
            scores.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.SparseTopKCategoricalAccuracy(k=2)([2, 0], [[0.1, 0.7, 0.2]] * 2))
    0.5
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy,
            name=name,
            dtype=dtype,
            k=k,
            from_sorted_ids=from_sorted_ids,
        )
        self.k = k
        self.from_sorted_ids = from_sorted_ids

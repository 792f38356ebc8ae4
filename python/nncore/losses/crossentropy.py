"""Losses of probabilities over classes: the cross-entropies."""

from __future__ import annotations

import math
from typing import Any

from nncore import ops
from nncore.losses.loss import LossFunctionWrapper
from nncore.losses.reduction import squeeze_or_expand_to_same_rank


def prepare(y_true: Any, y_pred: Any, axis: Any) -> tuple[Any, Any]:
    """Targets and predictions in one dtype and shape, or an error that tells how they differ."""
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ValueError(f"`axis` must be of type `int`. Received: axis={axis!r}.")
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    if tuple(y_true.shape) != tuple(y_pred.shape):
        raise ValueError(
            "Targets and predictions must have the same shape. Received: "
            f"y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}. "
            "For class numbers as targets use 'sparse_categorical_crossentropy', or make them "
            "one-hot with `utils.to_categorical`."
        )
    return y_true, y_pred


def check_smoothing(label_smoothing: float) -> None:
    """Raise unless a share of smoothing is within [0, 1]."""
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"`label_smoothing` must be between 0 and 1. Received: label_smoothing={label_smoothing}.")


def smooth(y_true: Any, label_smoothing: float, classes: int) -> Any:
    """Draw targets to what all of so many classes would share alike."""
    if not label_smoothing:
        return y_true
    check_smoothing(label_smoothing)
    return y_true * (1.0 - label_smoothing) + label_smoothing / classes


def as_class_numbers(y_true: Any, y_pred: Any, axis: int, advice: str) -> tuple[Any, Any]:
    """Targets in the shape of the predictions without the class axis, or an error with advice."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis=axis)
    expected = list(y_pred.shape)
    del expected[axis]
    if tuple(y_true.shape) != tuple(expected):
        raise ValueError(
            f"Targets must be class numbers of shape {tuple(expected)} (the shape of the "
            f"predictions without the class axis). Received: y_true.shape={tuple(y_true.shape)}, "
            f"y_pred.shape={tuple(y_pred.shape)}. For one-hot targets {advice}."
        )
    return y_true, y_pred


def warn_about_one_class(y_pred: Any, loss: str) -> None:
    """Warn when a loss over classes gets predictions of one class, which are always right."""
    if y_pred.shape[-1] == 1:
        import warnings

        warnings.warn(
            f"In loss {loss}, expected y_pred.shape to be (batch_size, num_classes) with num_classes > 1. "
            f"Received: y_pred.shape={tuple(y_pred.shape)}. Consider using 'binary_crossentropy' if you "
            "only have 2 classes.",
            SyntaxWarning,
            stacklevel=3,
        )


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return the mean of `-(t log p + (1 - t) log(1 - p))` over an axis.

    Args:
        y_true: Targets in [0, 1] of shape `(B, ..., D)`.
        y_pred: Probabilities of the same shape, or logits.
        from_logits: Whether `y_pred` holds logits, sigmoid not yet applied.
        label_smoothing: Share by which targets are drawn to 0.5, in [0, 1].
        axis: The axis to take the mean over.

    Returns:
        Losses of the shape of `y_pred` without `axis`.

    Raises:
        ValueError: The shapes differ, or `label_smoothing` is out of range.

    Example:
    >>> from nncore import losses
    >>> losses.binary_crossentropy([[0.0, 1.0]], [[0.1, 0.8]]).round(4).tolist()
    [0.16429999470710754]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = prepare(*squeeze_or_expand_to_same_rank(y_true, y_pred), axis)
    y_true = smooth(y_true, label_smoothing, 2)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return `-sum(t log p)` over the class axis, for targets that are distributions.

    Args:
        y_true: Targets of shape `(B, ..., C)`, one-hot or any distribution.
        y_pred: Probabilities of the same shape, or logits. Probabilities are divided by their
            sum.
        from_logits: Whether `y_pred` holds logits, softmax not yet applied.
        label_smoothing: Share of each target given to all classes alike, in [0, 1].
        axis: The class axis.

    Returns:
        Losses of the shape of `y_pred` without `axis`.

    Raises:
        ValueError: The shapes differ, or `label_smoothing` is out of range.

    Example:
    >>> from nncore import losses
    >>> losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4).tolist()
    [0.6930999755859375]
    """
    y_true, y_pred = prepare(y_true, y_pred, axis)
    warn_about_one_class(y_pred, "categorical_crossentropy")
    y_true = smooth(y_true, label_smoothing, y_true.shape[axis])
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def valid_targets(y_true: Any, y_pred: Any, ignore_class: int, axis: int) -> Any:
    """Say which class numbers are not `ignore_class`, in the shape of the losses."""
    shape = list(y_pred.shape)
    del shape[axis]
    y_true = ops.convert_to_tensor(y_true)
    if math.prod(y_true.shape) != math.prod(shape):
        return ops.not_equal(y_true, ignore_class)
    return ops.not_equal(ops.reshape(y_true, tuple(shape)), ignore_class)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Return `-log p[label]`, for targets that are class numbers.

    Args:
        y_true: Class numbers in [0, C) of the shape of `y_pred` without `axis`; an axis of
            size 1 in its place is allowed. A number out of range gives NaN.
        y_pred: Probabilities of shape `(B, ..., C)`, or logits. Probabilities are divided by
            their sum.
        from_logits: Whether `y_pred` holds logits, softmax not yet applied.
        ignore_class: A class number (for example of padding) whose loss is 0.
        axis: The class axis.

    Returns:
        Losses of the shape of `y_pred` without `axis`.

    Raises:
        ValueError: The shapes do not fit each other.

    Example:
    >>> from nncore import losses
    >>> losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4).tolist()
    [0.6930999755859375]
    """
    y_true, y_pred = as_class_numbers(y_true, y_pred, axis, "use 'categorical_crossentropy'")
    if "int" not in str(y_true.dtype):
        y_true = ops.cast(y_true, "int32")
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    valid = ops.not_equal(y_true, ignore_class)
    y_true = ops.where(valid, y_true, ops.zeros_like(y_true))
    losses = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    return ops.where(valid, losses, ops.zeros_like(losses))


# Read by `LossFunctionWrapper`: targets of this function must not be converted to floats.
sparse_categorical_crossentropy._takes_class_numbers = True  # type: ignore[attr-defined]


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy of independent yes/no targets.

    Args:
        from_logits: Whether predictions are logits, sigmoid not yet applied.
        label_smoothing: Share by which targets are drawn to 0.5, in [0, 1].
        axis: The axis to take the mean over.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.BinaryCrossentropy()([[0.0, 1.0]], [[0.1, 0.8]])), 4)
    0.1643
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        check_smoothing(label_smoothing)
        super().__init__(
            binary_crossentropy,
            name=name,
            reduction=reduction,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of targets that are distributions over classes, for example one-hot.

    Args:
        from_logits: Whether predictions are logits, softmax not yet applied.
        label_smoothing: Share of each target given to all classes alike, in [0, 1].
        axis: The class axis.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        check_smoothing(label_smoothing)
        super().__init__(
            categorical_crossentropy,
            name=name,
            reduction=reduction,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of targets that are class numbers.

    Args:
        from_logits: Whether predictions are logits, softmax not yet applied.
        ignore_class: A class number (for example of padding) that does not count.
        reduction: See `Loss`.
        axis: The class axis.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            name=name,
            reduction=reduction,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any:
        """Say which targets are not `ignore_class`."""
        if self.ignore_class is None:
            return None
        return valid_targets(y_true, y_pred, self.ignore_class, self.axis)

"""Focal cross-entropies: samples that are classified well already count less."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.losses.crossentropy import check_smoothing, prepare, smooth, warn_about_one_class
from nncore.losses.loss import LossFunctionWrapper
from nncore.losses.reduction import squeeze_or_expand_to_same_rank


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return the mean of `(1 - p_t) ** gamma` times the binary cross-entropy over an axis.

    `p_t` is the probability given to what is true: `p` where the target is 1, else `1 - p`.

    Args:
        y_true: Targets in [0, 1] of shape `(B, ..., D)`.
        y_pred: Probabilities of the same shape, or logits.
        apply_class_balancing: Whether ones weigh `alpha` and zeros `1 - alpha`.
        alpha: Weight of class 1, in [0, 1].
        gamma: How much less well classified samples count; 0 gives the plain cross-entropy.
        from_logits: Whether `y_pred` holds logits, sigmoid not yet applied.
        label_smoothing: Share by which targets are drawn to 0.5, in [0, 1].
        axis: The axis to take the mean over.

    Returns:
        Losses of the shape of `y_pred` without `axis`.

    Raises:
        ValueError: The shapes differ, or `label_smoothing` is out of range.

    Reference:
        Lin et al., "Focal Loss for Dense Object Detection", 2017, arXiv:1708.02002.

    Example:
    >>> from nncore import losses
    >>> losses.binary_focal_crossentropy([[0.0, 1.0]], [[0.1, 0.8]]).round(4).tolist()
    [0.004999999888241291]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = prepare(*squeeze_or_expand_to_same_rank(y_true, y_pred), axis)
    y_true = smooth(y_true, label_smoothing, 2)
    losses = ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits)
    probability = ops.sigmoid(y_pred) if from_logits else y_pred
    p_true = y_true * probability + (1.0 - y_true) * (1.0 - probability)
    losses = ops.power(1.0 - p_true, gamma) * losses
    if apply_class_balancing:
        losses = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * losses
    return ops.mean(losses, axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return `-sum(alpha (1 - p) ** gamma t log p)` over the class axis.

    Args:
        y_true: Targets of shape `(B, ..., C)`, one-hot or any distribution.
        y_pred: Probabilities of the same shape, or logits. Probabilities are divided by their
            sum.
        alpha: Weight of all classes, or a list of one weight per class.
        gamma: How much less well classified samples count; 0 leaves `alpha` times the plain
            cross-entropy.
        from_logits: Whether `y_pred` holds logits, softmax not yet applied.
        label_smoothing: Share of each target given to all classes alike, in [0, 1].
        axis: The class axis.

    Returns:
        Losses of the shape of `y_pred` without `axis`.

    Raises:
        ValueError: The shapes differ, or `label_smoothing` is out of range.

    Reference:
        Lin et al., "Focal Loss for Dense Object Detection", 2017, arXiv:1708.02002.

    Example:
    >>> from nncore import losses
    >>> losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4).tolist()
    [0.043299999088048935]
    """
    y_true, y_pred = prepare(y_true, y_pred, axis)
    warn_about_one_class(y_pred, "categorical_focal_crossentropy")
    y_true = smooth(y_true, label_smoothing, y_true.shape[axis])
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    p = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    p = ops.clip(p, config.epsilon(), 1.0 - config.epsilon())
    weight = ops.power(1.0 - p, gamma) * ops.convert_to_tensor(alpha, dtype=p.dtype)
    return -ops.sum(weight * y_true * ops.log(p), axis=axis)


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary cross-entropy in which samples that are classified well already count less.

    Args:
        apply_class_balancing: Whether ones weigh `alpha` and zeros `1 - alpha`.
        alpha: Weight of class 1, in [0, 1].
        gamma: How much less well classified samples count.
        from_logits: Whether predictions are logits, sigmoid not yet applied.
        label_smoothing: Share by which targets are drawn to 0.5, in [0, 1].
        axis: The axis to take the mean over.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.BinaryFocalCrossentropy()([[0.0, 1.0]], [[0.1, 0.8]])), 4)
    0.005
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        check_smoothing(label_smoothing)
        super().__init__(
            binary_focal_crossentropy,
            name=name,
            reduction=reduction,
            dtype=dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Categorical cross-entropy in which samples that are classified well already count less.

    Args:
        alpha: Weight of all classes, or a list of one weight per class.
        gamma: How much less well classified samples count.
        from_logits: Whether predictions are logits, softmax not yet applied.
        label_smoothing: Share of each target given to all classes alike, in [0, 1].
        axis: The class axis.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> round(float(losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.0433
    """

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        check_smoothing(label_smoothing)
        super().__init__(
            categorical_focal_crossentropy,
            name=name,
            reduction=reduction,
            dtype=dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits

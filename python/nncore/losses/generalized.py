"""A cross-entropy for labels that are sometimes wrong."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.losses.crossentropy import as_class_numbers
from nncore.losses.loss import LossFunctionWrapper


def _check_q(q: float) -> None:
    if not 0.0 < q < 1.0:
        raise ValueError(f"`q` must be between 0 and 1, both excluded. Received: q={q!r}.")


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float = 0.5) -> Any:
    """Return `(1 - p[label] ** q) / q`.

    Between the mean absolute error (`q` near 1), which bears wrong labels, and the cross-entropy
    (`q` near 0), which learns faster.

    Args:
        y_true: Class numbers in [0, C) of the shape of `y_pred` without its last axis; an axis of
            size 1 in its place is allowed.
        y_pred: Probabilities of shape `(B, ..., C)`.
        q: Where to stand between the two, in (0, 1).

    Returns:
        Losses of the shape of `y_pred` without its last axis.

    Raises:
        ValueError: `q` is out of range, or the shapes do not fit each other.

    Reference:
        Zhang and Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with
        Noisy Labels", 2018, arXiv:1805.07836.

    Example:
    >>> from nncore import losses
    >>> losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).tolist()
    [1.0]
    """
    _check_q(q)
    y_true, y_pred = as_class_numbers(y_true, y_pred, -1, "take their `ops.argmax`")
    chosen = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    return (1.0 - ops.power(ops.sum(y_pred * chosen, axis=-1), q)) / q


# Read by `LossFunctionWrapper`: targets of this function must not be converted to floats.
categorical_generalized_cross_entropy._takes_class_numbers = True  # type: ignore[attr-defined]


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """A loss between cross-entropy and absolute error, for class numbers that may be wrong.

    Args:
        q: Where to stand: near 0 like the cross-entropy, near 1 like the mean absolute error.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Raises:
        ValueError: `q` is not within (0, 1).

    Example:
    >>> from nncore import losses
    >>> float(losses.CategoricalGeneralizedCrossEntropy(q=0.5)([1], [[0.75, 0.25]]))
    1.0
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: str | None = None,
    ) -> None:
        _check_q(q)
        super().__init__(categorical_generalized_cross_entropy, name=name, reduction=reduction, dtype=dtype, q=q)
        self.q = q

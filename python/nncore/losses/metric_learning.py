"""Losses that bring samples of one class together."""

from __future__ import annotations

from typing import Any

from nncore import masking, ops
from nncore.losses.loss import LossFunctionWrapper


def _same_class(labels: Any, others: Any, remove_diagonal: bool) -> tuple[Any, Any]:
    """For each pair whether its labels are equal (a sample with itself left out), and whether they differ."""
    same = ops.equal(ops.reshape(labels, (-1, 1)), ops.reshape(others, (1, -1)))
    different = ops.logical_not(same)
    if remove_diagonal:
        same = ops.logical_and(same, ops.logical_not(ops.eye(same.shape[0], same.shape[1], dtype="bool")))
    return same, different


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """Return for each sample how near others of its class are, and how far those of other classes.

    Args:
        y_true: Whole class numbers `(B,)` or `(B, 1)`.
        y_pred: Embeddings `(B, D)` of length 1, as `UnitNormalization` gives them.
        ref_labels: Class numbers of the samples to compare with; the batch itself by default.
        ref_embeddings: Embeddings of the samples to compare with; the batch itself by default.
        remove_diagonal: Don't compare samples with themselves.
        gamma: Factor on similarities: how sharply the worst pairs are picked.
        margin: What is nearer than this counts as near.

    Returns:
        Losses of shape `(B,)`; those of 0 (of samples that are alone in their class) are masked.

    Reference:
        Sun et al., "Circle loss: a unified perspective of pair similarity optimization", 2020, arXiv:2002.10857.

    Example:
    >>> from nncore import losses
    >>> near, far = [1.0, 0.0], [0.0, 1.0]
    >>> losses.circle([0, 0, 1, 1], [near, near, far, far]).round(3).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, "int32")
    others = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)
    labels = y_true if ref_labels is None else ops.cast(ref_labels, "int32")
    distances = ops.maximum(1.0 - ops.matmul(y_pred, ops.transpose(others)), 0.0)
    same, different = _same_class(y_true, labels, remove_diagonal)
    pull = ops.maximum(margin + distances, 0.0) * (distances - margin) * gamma
    push = ops.maximum(1.0 + margin - distances, 0.0) * (1.0 - margin - distances) * gamma
    worst = [
        ops.logsumexp(ops.where(pairs, value, float("-inf")), axis=1)
        for pairs, value in ((same, pull), (different, push))
    ]
    losses = ops.softplus(worst[0] + worst[1])
    masking.set_mask(losses, losses > 0)
    return losses


class Circle(LossFunctionWrapper):
    """Brings embeddings of one class together and keeps those of others apart.

    Args:
        gamma: Factor on similarities: how sharply the worst pairs are picked.
        margin: What is nearer than this counts as near.
        remove_diagonal: Don't compare samples with themselves.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> near, far = [1.0, 0.0], [0.0, 1.0]
    >>> round(float(losses.Circle(gamma=1.0)([0, 0, 1, 1], [near, far, near, far])), 3)
    2.121
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            circle,
            name=name,
            reduction=reduction,
            dtype=dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )
        # Numbers of classes may be larger than floats hold exactly.
        self._keeps_integer_targets = True

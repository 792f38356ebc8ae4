"""Losses of distributions other than the cross-entropies: divergence and counts."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.losses.loss import LossFunctionWrapper


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Return `sum(y_true * log(y_true / y_pred))` over the last axis.

    Args:
        y_true: Probabilities of shape `(B, ..., C)`; bounded below by `config.epsilon()`.
        y_pred: Probabilities of the same shape, bounded likewise.

    Returns:
        Divergences of shape `(B, ...)`, 0 for equal distributions.

    Example:
    >>> from nncore import losses
    >>> losses.kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).tolist()
    [0.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    y_true = ops.clip(y_true, config.epsilon(), 1.0)
    y_pred = ops.clip(y_pred, config.epsilon(), 1.0)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of `y_pred - y_true * log(y_pred)` over the last axis.

    Args:
        y_true: Counts of shape `(B, ..., D)`.
        y_pred: Positive rates of the same shape.

    Returns:
        Losses of shape `(B, ...)`.

    Example:
    >>> from nncore import losses
    >>> losses.poisson([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [2.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    return ops.mean(y_pred - y_true * ops.log(y_pred + config.epsilon()), axis=-1)


class KLDivergence(LossFunctionWrapper):
    """The Kullback-Leibler divergence of predictions from targets.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: str | None = None,
    ) -> None:
        super().__init__(kl_divergence, name=name, reduction=reduction, dtype=dtype)


class Poisson(LossFunctionWrapper):
    """The negative log-likelihood of counts, without its constant part.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import losses
    >>> float(losses.Poisson()([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: str | None = None,
    ) -> None:
        super().__init__(poisson, name=name, reduction=reduction, dtype=dtype)

"""Bounds on gradients: per value, per gradient, over all gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops


def clip_by_norm(gradient: Any, limit: float) -> Any:
    """Scale a gradient down to a Euclidean norm.

    Args:
        gradient: A tensor.
        limit: The largest norm.

    Returns:
        The gradient, its norm at most `limit`.
    """
    norm = ops.sqrt(ops.sum(ops.square(gradient)))
    return gradient * (limit / ops.maximum(norm, limit))


def clip_by_global_norm(gradients: Sequence[Any], limit: float) -> list[Any]:
    """Scale all gradients by one factor, so that their common Euclidean norm is bounded.

    A norm that is not finite makes all gradients NaN, so that it does not go unnoticed.

    Args:
        gradients: Tensors.
        limit: The largest norm of all gradients taken as one vector.

    Returns:
        The scaled gradients.
    """
    total = ops.sum(ops.square(gradients[0]))
    for gradient in gradients[1:]:
        total = total + ops.cast(ops.sum(ops.square(gradient)), total.dtype)
    norm = ops.sqrt(total)
    scale = limit / ops.maximum(norm, limit) + ops.subtract(norm, norm)
    return [g * ops.cast(scale, g.dtype) for g in gradients]


def clip_gradients(
    gradients: Sequence[Any],
    clipnorm: float | None,
    clipvalue: float | None,
    global_clipnorm: float | None,
) -> list[Any]:
    """Bound gradients as an optimizer's arguments say.

    Args:
        gradients: Tensors.
        clipnorm: The largest norm of each gradient.
        clipvalue: The largest size of each value.
        global_clipnorm: The largest norm of all gradients together.

    Returns:
        The bounded gradients.
    """
    if clipnorm:
        return [clip_by_norm(g, clipnorm) for g in gradients]
    if global_clipnorm:
        return clip_by_global_norm(gradients, global_clipnorm)
    if clipvalue:
        return [ops.clip(g, -clipvalue, clipvalue) for g in gradients]
    return list(gradients)

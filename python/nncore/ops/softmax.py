"""Softmax and its logarithm: primitives over the last axis, functions over any axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, to_float
from nncore.ops.elementwise import convert, exp
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import normalize_axes, reshape, transpose


def _same(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [specs[0]]


def _nothing(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> tuple[Any, Any]:
    return (), ()


def _row_sum(x: Any) -> Any:
    return ops_sum(x, axis=-1, keepdims=True)


def np_softmax(x: Any) -> Any:
    """Softmax of the last axis in NumPy, for references."""
    if not x.size:
        return x
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def np_log_softmax(x: Any) -> Any:
    """Logarithm of softmax in NumPy, for references."""
    if not x.size:
        return x
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def softmax_grad(y: Any, g: Any) -> Any:
    """``y * (g - sum(g * y))``: the gradient of softmax from its result."""
    return apply(OPS["softmax_grad"], [y, g])


def _softmax_grad_grad(node: Any, needs: Sequence[bool], u: Any) -> list[Any]:
    y, g = node.inputs
    return [
        u * (g - _row_sum(g * y)) - g * _row_sum(u * y) if needs[0] else None,
        softmax_grad(y, u) if needs[1] else None,
    ]


def _log_softmax_grad_grad(node: Any, needs: Sequence[bool], u: Any) -> list[Any]:
    y, g = node.inputs
    p = exp(y)
    return [
        -u * p * _row_sum(g) if needs[0] else None,
        u - _row_sum(u * p) if needs[1] else None,
    ]


OpDef(
    "softmax",
    KERNEL,
    _same,
    lambda node, needs, g: [softmax_grad(node.outputs[0], g)],
    np_softmax,
    encode=_nothing,
)
OpDef(
    "softmax_grad",
    KERNEL,
    _same,
    _softmax_grad_grad,
    lambda y, g: y * (g - (g * y).sum(axis=-1, keepdims=True)),
    encode=_nothing,
    composed=lambda y, g: y * (g - _row_sum(g * y)),
)
OpDef(
    "log_softmax",
    KERNEL,
    _same,
    lambda node, needs, g: [apply(OPS["log_softmax_grad"], [node.outputs[0], g])],
    np_log_softmax,
    encode=_nothing,
)
OpDef(
    "log_softmax_grad",
    KERNEL,
    _same,
    _log_softmax_grad_grad,
    lambda y, g: g - np.exp(y) * g.sum(axis=-1, keepdims=True),
    encode=_nothing,
    composed=lambda y, g: g - exp(y) * _row_sum(g),
)


def _along(name: str, x: Any, axis: Any) -> Any:
    """Apply a primitive of the last axis along any axes."""
    x = as_operand(x)
    x = convert(x, to_float(dtype_of(x)))
    ndim = len(x.shape)
    if not ndim:
        return reshape(apply(OPS[name], [reshape(x, (1,))]), ())
    axes = normalize_axes(axis, ndim)
    if axes == (ndim - 1,):
        return apply(OPS[name], [x])
    order = [*(i for i in range(ndim) if i not in axes), *axes]
    moved = transpose(x, tuple(order))
    lead = moved.shape[: ndim - len(axes)]
    flat = reshape(moved, (*lead, math.prod(x.shape[i] for i in axes)))
    y = reshape(apply(OPS[name], [flat]), moved.shape)
    return transpose(y, tuple(order.index(i) for i in range(ndim)))


@op
def softmax(x: Any, axis: Any = -1) -> Any:
    """``exp(x) / sum(exp(x))`` along axes: positive numbers that sum to one.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to -1.

    Returns:
        Array of floats of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.softmax([0.0, 0.0])
        array([0.5, 0.5], dtype=float32)
    """
    return _along("softmax", x, axis)


@op
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """``log(softmax(x))`` along axes, exact for small probabilities.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to -1.

    Returns:
        Array of floats of the same shape.

    Example:
        >>> from nncore import ops
        >>> float(ops.log_softmax([0.0])[0])
        0.0
    """
    return _along("log_softmax", x, axis)

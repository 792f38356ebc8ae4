"""Normalisation along the last axes as one kernel per direction: fused forms of their compositions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, THROUGH_COMPOSITION, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import convert, unary
from nncore.ops.reduction import mean as ops_mean
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import reshape


def _normal(x: Any, rms: bool, epsilon: float) -> tuple[Any, Any]:
    """``(x - mean) * inverse`` and ``inverse``, in ops."""
    centred = x if rms else x - ops_mean(x, axis=1, keepdims=True)
    inverse = unary("rsqrt", ops_mean(unary("square", centred), axis=1, keepdims=True) + epsilon)
    return centred * inverse, inverse


def _composed(x: Any, *affine: Any, rms: bool, factor: bool, offset: bool, epsilon: float) -> Any:
    y = _normal(x, rms, epsilon)[0]
    if factor:
        y = y * affine[0]
    return y + affine[-1] if offset else y


def _grad_composed(x: Any, g: Any, *gamma: Any, rms: bool, factor: bool, offset: bool, epsilon: float) -> list[Any]:
    y, inverse = _normal(x, rms, epsilon)
    h = g * gamma[0] if factor else g
    inner = h - y * ops_mean(h * y, axis=1, keepdims=True)
    dx = inverse * (inner if rms else inner - ops_mean(h, axis=1, keepdims=True))
    return [dx, ops_sum(g * y, axis=0), ops_sum(g, axis=0)] if factor or offset else [dx]


def _np_normal(x: Any, rms: bool, epsilon: float) -> tuple[Any, Any]:
    centred = x if rms else x - x.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    return centred * inverse, inverse


def _reference(x: Any, *affine: Any, rms: bool, factor: bool, offset: bool, epsilon: float) -> Any:
    y = _np_normal(x, rms, epsilon)[0]
    y = y * affine[0] if factor else y
    return y + affine[-1] if offset else y


def _grad_reference(x: Any, g: Any, *gamma: Any, rms: bool, factor: bool, offset: bool, epsilon: float) -> list[Any]:
    y, inverse = _np_normal(x, rms, epsilon)
    h = g * gamma[0] if factor else g
    shift = 0 if rms else h.mean(axis=1, keepdims=True)
    dx = inverse * (h - shift - y * (h * y).mean(axis=1, keepdims=True))
    return [dx, (g * y).sum(axis=0), g.sum(axis=0)] if factor or offset else [dx]


def _grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    attrs = node.attrs
    x, *affine = node.inputs
    given = apply(OPS["layer_norm_grad"], [x, g, *affine[: int(attrs["factor"])]], attrs)
    if not affine:
        return [given]
    dx, dgamma, dbeta = given
    return [dx, *([dgamma] if attrs["factor"] else []), *([dbeta] if attrs["offset"] else [])]


def _grad_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (shape, dtype) = specs[0]
    sums = [((shape[1],), dtype)] * 2 if attrs["factor"] or attrs["offset"] else []
    return [(shape, dtype), *sums]


def _encode(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> tuple[Any, Any]:
    return tuple(int(attrs[key]) for key in ("rms", "factor", "offset")), (attrs["epsilon"],)


OpDef(
    "layer_norm",
    KERNEL,
    lambda specs, attrs: [specs[0]],
    _grad,
    _reference,
    encode=_encode,
    composed=_composed,
)
OpDef(
    "layer_norm_grad",
    KERNEL,
    _grad_infer,
    THROUGH_COMPOSITION,
    _grad_reference,
    encode=_encode,
    composed=_grad_composed,
)


def normalize_rows(x: Any, gamma: Any, beta: Any, axes: tuple[int, ...], epsilon: float, rms: bool = False) -> Any:
    """Normalise along the last axes by the fused kernel.

    Args:
        x: Array of floats.
        gamma: Factor of the shape of these axes, or None.
        beta: Offset of that shape, or None.
        axes: Axes, sorted and from 0 on.
        epsilon: Added to the variance or mean square.
        rms: Divide by the root mean square, without subtracting the mean. Defaults to False.

    Returns:
        The array, or None where the kernel doesn't do: other axes, or factors of another shape.
    """
    shape = tuple(x.shape)
    along = shape[len(shape) - len(axes) :]
    if axes != tuple(range(len(shape) - len(axes), len(shape))) or not math.prod(along):
        return None
    rows = [reshape(x, (math.prod(shape[: len(shape) - len(axes)]), math.prod(along)))]
    for values in (gamma, beta):
        if values is not None:
            values = convert(as_operand(values), dtype_of(x))
            if tuple(values.shape) != along:
                return None
            rows.append(reshape(values, (math.prod(along),)))
    attrs = {"rms": rms, "factor": gamma is not None, "offset": beta is not None, "epsilon": epsilon}
    return reshape(apply(OPS["layer_norm"], rows, attrs), shape)

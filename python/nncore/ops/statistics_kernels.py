"""Mean and variance in one pass over memory, the sums that their gradients need, and normalisation by batch and group.

The primitives work on four dimensions ``(A, R, K, S)`` and reduce R and S: channels at the end are ``(1, rows, C, 1)``,
channels in front of pixels ``(1, B, C, pixels)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.autodiff_hooks import custom_gradient
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.elementwise import unary
from nncore.ops.reduction import mean as ops_mean
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import broadcast_to, reshape

Shape = tuple[int, ...]


def _inner(values: Any) -> Any:
    """``(A, K)`` as ``(A, 1, K, 1)``."""
    a, k = values.shape
    return reshape(values, (a, 1, k, 1))


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (a, _, k, _), dtype = specs[0]
    return [((a, k), dtype)] * 2


def _moments_grad(node: Any, needs: Sequence[bool], g_mean: Any, g_variance: Any) -> list[Any]:
    (x,), (mean, _) = node.inputs, node.outputs
    n = float(max(x.shape[1] * x.shape[3], 1))
    return [_inner(g_mean / n) + (x - _inner(mean)) * _inner(g_variance * (2.0 / n))]


def _sums_grad(node: Any, needs: Sequence[bool], u0: Any, u1: Any) -> list[Any]:
    g, x, mean = node.inputs
    slope = _inner(u1)
    return [
        _inner(u0) + slope * (x - _inner(mean)) if needs[0] else None,
        slope * g if needs[1] else None,
        0.0 - u1 * node.outputs[0] if needs[2] else None,
    ]


def _np_sums(g: Any, x: Any, mean: Any) -> list[Any]:
    return [g.sum(axis=(1, 3)), (g * (x - mean[:, None, :, None])).sum(axis=(1, 3))]


OpDef(
    "moments",
    KERNEL,
    _infer,
    _moments_grad,
    lambda x: [np.mean(x, axis=(1, 3)), np.var(x, axis=(1, 3))],
    encode=lambda specs, attrs: ((), ()),
)
OpDef("centred_sums", KERNEL, _infer, _sums_grad, _np_sums, encode=lambda specs, attrs: ((), ()))


def statistics(x: Any) -> tuple[Any, Any]:
    """Mean and variance ``(A, K)`` of ``(A, R, K, S)`` over R and S."""
    mean, variance = apply(OPS["moments"], [x])
    return mean, variance


def centred_sums(g: Any, x: Any, mean: Any) -> tuple[Any, Any]:
    """Sums ``(A, K)`` over R and S of ``g`` and of ``g * (x - mean)``."""
    total, product = apply(OPS["centred_sums"], [g, x, mean])
    return total, product


def statistics_shape(shape: Shape, axes: Shape) -> Shape | None:
    """The four dimensions that a shape and the axes to reduce amount to; None if it takes more."""
    runs: list[tuple[bool, int]] = []
    for i, d in enumerate(shape):
        reduced = i in axes
        if d == 1:
            continue
        if runs and runs[-1][0] == reduced:
            runs[-1] = (reduced, runs[-1][1] * d)
        else:
            runs.append((reduced, d))
    found = []
    for reduced in (False, True, False, True):
        found.append(runs.pop(0)[1] if runs and runs[0][0] == reduced else 1)
    if runs:
        return None
    a, r, k, s = found
    # Rows that follow each other are runs of one output each, not channels.
    return (a, 1, 1, r) if k == s == 1 else (a, r, k, s)


def normalize_channels(
    x: Any, gamma: Any, beta: Any, epsilon: float, axis: int, groups: int | None = None
) -> tuple[Any, Any, Any]:
    """Normalise to mean 0 and variance 1 over all axes but the channels, or each sample over groups of channels.

    Its gradient needs the inputs and two sums per channel: one pass for the sums, one for the result.

    Args:
        x: Array of floats.
        gamma: Factor of each channel, or None.
        beta: Added to each channel, or None.
        epsilon: Added to the variance.
        axis: The axis of channels, from 0 on; not 0 with ``groups``.
        groups: Number of groups of channels of a sample. Defaults to None: statistics over the batch.

    Returns:
        The array; mean and variance of each channel (of each sample and group), which have no gradient.
    """
    shape = tuple(x.shape)
    channels, after = shape[axis], math.prod(shape[axis + 1 :])
    lead = shape[0] if groups else 1
    flat = (lead, math.prod(shape[:axis]) // max(lead, 1) if lead else 0, channels, after)
    each = channels // groups if groups else 1
    count = float(max(flat[1] * after * each, 1))
    operands = [values for values in (gamma, beta) if values is not None]
    found: list[Any] = []

    def pooled(values: Any) -> Any:
        """The mean over the channels of a group, for each channel."""
        if not groups:
            return values
        parts = reshape(values, (lead, groups, each))
        return reshape(broadcast_to(ops_mean(parts, axis=2, keepdims=True), (lead, groups, each)), (lead, channels))

    def function(x: Any, *operands: Any) -> Any:
        x4 = reshape(x, flat)
        mean, variance = statistics(x4)
        if groups:
            centre = pooled(mean)
            mean, variance = centre, pooled(variance + unary("square", mean - centre))
        found.extend((mean, variance))
        inverse = unary("rsqrt", variance + float(epsilon))
        scale = reshape(operands[0], (1, channels)) if gamma is not None else None
        factor = inverse if scale is None else inverse * scale
        y = (x4 - _inner(mean)) * _inner(factor)
        if beta is not None:
            y = y + _inner(reshape(operands[-1], (1, channels)))

        def rule(g: Any) -> list[Any]:
            g4 = reshape(g, flat)
            total, product = centred_sums(g4, x4, mean)
            scaled = (total, product) if scale is None else (total * scale, product * scale)
            each_count = each / count
            shift = pooled(scaled[0]) * inverse * each_count
            slope = pooled(scaled[1]) * inverse * unary("square", inverse) * each_count
            dx = g4 * _inner(factor) - (_inner(shift) + (x4 - _inner(mean)) * _inner(slope))
            grads = [reshape(dx, shape)]
            if gamma is not None:
                grads.append(ops_sum(product * inverse, axis=0))
            if beta is not None:
                grads.append(ops_sum(total, axis=0))
            return grads

        return reshape(y, shape), rule

    y = custom_gradient(function)(x, *operands)
    return y, found[0], found[1]

"""Normalisations, composed of statistics and element-wise ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config
from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary, convert, unary
from nncore.ops.numeric import as_floats
from nncore.ops.reduction import mean as ops_mean
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.reduction import var
from nncore.ops.row_normalization import normalize_rows
from nncore.ops.shape import normalize_axes, normalize_axis, reshape
from nncore.ops.statistics_kernels import statistics, statistics_shape


@op
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Any, Any]:
    """Mean and variance along axes.

    Args:
        x: Array.
        axes: Axis or axes.
        keepdims: Keep the axes with length one. Defaults to False.
        synchronized: Over all devices; there is one, so the result is the same. Defaults to False.

    Returns:
        Pair of mean and variance.

    Example:
        >>> from nncore import ops
        >>> mean, variance = ops.moments([1.0, 3.0], axes=0)
        >>> float(mean), float(variance)
        (2.0, 1.0)
    """
    x = as_floats(x)
    axes = normalize_axes(axes, len(x.shape))
    shape = statistics_shape(x.shape, axes)
    if shape is None:
        return ops_mean(x, axis=axes, keepdims=keepdims), var(x, axis=axes, keepdims=keepdims)
    kept = tuple(1 if i in axes else d for i, d in enumerate(x.shape) if keepdims or i not in axes)
    mean, variance = statistics(reshape(x, shape))
    return reshape(mean, kept), reshape(variance, kept)


@op
def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """Divide by the norm along an axis.

    Args:
        x: Array.
        axis: Axis. Defaults to -1.
        order: Order of the norm. Defaults to 2.
        epsilon: The smallest norm that is divided by. Defaults to None, meaning ``config.epsilon()``.

    Returns:
        Array of floats of the same shape.

    Raises:
        ValueError: If ``order`` is not a positive whole number.

    Example:
        >>> from nncore import ops
        >>> ops.normalize([3.0, 4.0])
        array([0.6, 0.8], dtype=float32)
    """
    from nncore.ops.statistics import norm

    if not isinstance(order, (int, np.integer)) or order < 1:
        raise ValueError(f"normalize: order must be a whole number from 1 on. Received: order={order!r}.")
    x = as_floats(x)
    if not x.shape:
        x = reshape(x, (1,))
    epsilon = config.epsilon() if epsilon is None else epsilon
    if order == 2:
        total = ops_sum(unary("square", x), axis=axis, keepdims=True)
        # Limited before the root, whose derivative at 0 is infinite.
        return x * unary("rsqrt", binary("max", total, float(epsilon) ** 2))
    return x / binary("max", norm(x, ord=order, axis=axis, keepdims=True), float(epsilon))


@op
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """Normalise with a given mean and variance per channel.

    Args:
        x: Array.
        mean: Mean of each channel.
        variance: Variance of each channel.
        axis: The axis of channels.
        offset: Added to each channel. Defaults to None.
        scale: Factor of each channel. Defaults to None.
        epsilon: Added to the variance. Defaults to 1e-3.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.batch_normalization([[3.0]], mean=[1.0], variance=[1.0], axis=-1, epsilon=0.0)
        array([[2.]], dtype=float32)
    """
    x = as_floats(x)
    axis = normalize_axis(axis, len(x.shape))
    shape = tuple(d if i == axis else 1 for i, d in enumerate(x.shape))

    def channels(values: Any) -> Any:
        return reshape(convert(as_operand(values), dtype_of(x)), shape)

    factor = unary("rsqrt", channels(variance) + float(epsilon))
    if scale is not None:
        factor = factor * channels(scale)
    shift = -channels(mean) * factor
    if offset is not None:
        shift = shift + channels(offset)
    return x * factor + shift


def _spread(values: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Factors along axes, in a shape that broadcasts with ``x``; others are left to broadcast by themselves."""
    values = convert(as_operand(values), dtype_of(x))
    if tuple(values.shape) == tuple(x.shape[a] for a in axes):
        return reshape(values, tuple(d if i in axes else 1 for i, d in enumerate(x.shape)))
    return values


@op
def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: Any = -1,
    epsilon: float | None = None,
    rms_scaling: bool = False,
) -> Any:
    """Normalise each sample to mean 0 and variance 1 along axes.

    Args:
        x: Array.
        gamma: Factor, of the shape of these axes or one that broadcasts with ``x``. Defaults to None.
        beta: Added at the end, likewise. Defaults to None.
        axis: Axis or axes. Defaults to -1.
        epsilon: Added to the variance. Defaults to None, meaning ``config.epsilon()``.
        rms_scaling: Divide by the standard deviation only; ``beta`` is not added. Old models have it; see
            ``rms_normalization``. Defaults to False.

    Returns:
        Array of floats of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.layer_normalization([1.0, 3.0], epsilon=0.0)
        array([-1.,  1.], dtype=float32)
    """
    x = as_floats(x)
    epsilon = config.epsilon() if epsilon is None else epsilon
    axes = normalize_axes(axis, len(x.shape))
    if not rms_scaling:
        fused = normalize_rows(x, gamma, beta, axes, float(epsilon))
        if fused is not None:
            return fused
    centred = x - ops_mean(x, axis=axes, keepdims=True)
    variance = ops_mean(unary("square", centred), axis=axes, keepdims=True)
    y = (x if rms_scaling else centred) * unary("rsqrt", variance + float(epsilon))
    if gamma is not None:
        y = binary("mul", y, _spread(gamma, x, axes))
    return y if beta is None or rms_scaling else binary("add", y, _spread(beta, x, axes))


@op
def rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Any:
    """Divide by the root of the mean square along axes.

    Args:
        x: Array.
        scale: Factor, of the shape of these axes or one that broadcasts with ``x``. Defaults to None.
        axis: Axis or axes. Defaults to -1.
        epsilon: Added to the mean square. Defaults to None, meaning ``config.epsilon()``.

    Returns:
        Array of floats of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.rms_normalization([2.0, 2.0], epsilon=0.0)
        array([1., 1.], dtype=float32)
    """
    x = as_floats(x)
    epsilon = config.epsilon() if epsilon is None else epsilon
    if not x.shape:
        x = reshape(x, (1,))
    axes = normalize_axes(axis, len(x.shape))
    fused = normalize_rows(x, scale, None, axes, float(epsilon), rms=True)
    if fused is not None:
        return fused
    square = ops_mean(unary("square", x), axis=axes, keepdims=True)
    y = x * unary("rsqrt", square + float(epsilon))
    return y if scale is None else binary("mul", y, _spread(scale, x, axes))

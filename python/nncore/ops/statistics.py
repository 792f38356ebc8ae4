"""Averages, norms and counts, composed of reductions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore.ops import reduction
from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, is_float, promote, to_float
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.shape import broadcast_to, normalize_axes, normalize_axis, reshape, transpose


@op
def amax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Largest element along axes; the same as ``max``.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array without these axes.

    Example:
        >>> from nncore import ops
        >>> int(ops.amax([1, 5]))
        5
    """
    return reduction.max(x, axis=axis, keepdims=keepdims)


@op
def amin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Smallest element along axes; the same as ``min``.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array without these axes.

    Example:
        >>> from nncore import ops
        >>> int(ops.amin([1, 5]))
        1
    """
    return reduction.min(x, axis=axis, keepdims=keepdims)


@op
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Distance from the smallest to the largest element along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array without these axes.

    Example:
        >>> from nncore import ops
        >>> int(ops.ptp([1, 5]))
        4
    """
    x = as_operand(x)
    return binary("sub", amax(x, axis, keepdims), amin(x, axis, keepdims))


@op
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """Count the elements that are not zero along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.

    Returns:
        Array of int32.

    Example:
        >>> from nncore import ops
        >>> int(ops.count_nonzero([0, 3, 4]))
        2
    """
    return reduction.sum(convert(as_operand(x), "bool"), axis=axis)


@op
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """Weighted average along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        weights: Weights of the shape of ``x``, or of its axes ``axis`` alone. Defaults to None: all equal.

    Returns:
        Array of floats without these axes.

    Raises:
        ValueError: If the weights don't fit.

    Example:
        >>> from nncore import ops
        >>> float(ops.average([1.0, 4.0], weights=[2, 1]))
        2.0
    """
    x = as_operand(x)
    if weights is None:
        return reduction.mean(x, axis=axis)
    weights = as_operand(weights)
    dtype = to_float(promote(dtype_of(x), dtype_of(weights)))
    x, weights = convert(x, dtype), convert(weights, dtype)
    if weights.shape != x.shape:
        axes = () if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
        axes = tuple(normalize_axis(int(a), len(x.shape)) for a in axes)
        if weights.shape != tuple(x.shape[a] for a in axes):
            raise ValueError(
                "average: weights must have the shape of x, or that of the axes that are averaged over. "
                f"Received: x.shape={x.shape}, weights.shape={weights.shape}, axis={axis}."
            )
        column = tuple(d if i in axes else 1 for i, d in enumerate(x.shape))
        in_order = transpose(weights, sorted(range(len(axes)), key=axes.__getitem__))
        weights = broadcast_to(reshape(in_order, column), x.shape)
    return reduction.sum(x * weights, axis=axis) / reduction.sum(weights, axis=axis)


def _vector_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    size = unary("abs", x)
    if order is None or order == 2:
        return unary("sqrt", reduction.sum(unary("square", x), axes, keepdims))
    if order == math.inf:
        return reduction.max(size, axes, keepdims)
    if order == -math.inf:
        return reduction.min(size, axes, keepdims)
    if order == 0:
        return convert(reduction.sum(binary("ne", x, 0), axes, keepdims), dtype_of(x))
    if order == 1:
        return reduction.sum(size, axes, keepdims)
    return binary("pow", reduction.sum(binary("pow", size, float(order)), axes, keepdims), 1.0 / order)


def _matrix_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if order in (None, "fro"):
        return unary("sqrt", reduction.sum(unary("square", x), tuple(sorted(axes)), keepdims))
    rows, columns = axes
    if order not in (1, -1, math.inf, -math.inf):
        raise ValueError(
            "norm: the order of a matrix norm must be None, 'fro', 1, -1, inf or -inf (those of singular values are "
            f"not computed). Received: ord={order!r}."
        )
    summed, compared = (rows, columns) if order in (1, -1) else (columns, rows)
    sums = reduction.sum(unary("abs", x), summed, keepdims=True)
    y = (reduction.max if order > 0 else reduction.min)(sums, compared, keepdims=True)
    shape = tuple(d for i, d in enumerate(y.shape) if i not in axes)
    return y if keepdims else reshape(y, shape)


@op
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of vectors or matrices.

    Args:
        x: Array.
        ord: For vectors any number, ``inf`` or ``-inf``; for matrices ``"fro"``, 1, -1, ``inf`` or ``-inf``. Defaults
            to None: the root of the sum of squares.
        axis: An axis of vectors, or the two axes of matrices. Defaults to None: the whole array.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes.

    Raises:
        ValueError: For another order, or an order for more than two axes.

    Example:
        >>> from nncore import ops
        >>> float(ops.norm([3.0, 4.0]))
        5.0
    """
    x = as_operand(x)
    x = convert(x, to_float(dtype_of(x)))
    ndim = len(x.shape)
    if isinstance(ord, str) and (isinstance(axis, (int, np.integer)) or (axis is None and ndim < 2)):
        raise ValueError(f"norm: a vector's order is a number. Received: ord={ord!r}.")
    if axis is None:
        if ord is None or ndim < 2:
            return _vector_norm(x, ord, tuple(range(ndim)), keepdims)
        axes = tuple(range(ndim))
    elif isinstance(axis, (int, np.integer)):
        axes = (normalize_axis(int(axis), ndim),)
    else:
        axes = tuple(normalize_axis(int(a), ndim) for a in axis)
        normalize_axes(axes, ndim)
    if len(axes) > 2:
        raise ValueError(f"norm: one or two axes were expected with ord. Received: ord={ord!r}, axis={axis}.")
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    return _vector_norm(x, ord, axes, keepdims)


@op
def inner(x1: Any, x2: Any) -> Any:
    """Sum of products over the last axes.

    Args:
        x1: Array of shape ``(..., K)``.
        x2: Array of shape ``(..., K)``.

    Returns:
        Array with the other axes of ``x1``, then those of ``x2``.

    Raises:
        ValueError: If the last axes differ.

    Example:
        >>> from nncore import ops
        >>> int(ops.inner([1, 2], [3, 4]))
        11
    """
    from nncore.ops.linalg import tensordot

    a, b = as_operand(x1), as_operand(x2)
    if not a.shape or not b.shape:
        return binary("mul", a, b)
    return tensordot(a, b, axes=((len(a.shape) - 1,), (len(b.shape) - 1,)))


def _without_nan(x: Any, fill: float) -> tuple[Any, Any]:
    x = as_operand(x)
    x = convert(x, to_float(dtype_of(x)))
    missing = unary("isnan", x)
    return where(missing, fill, x), missing


@op
def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Sum along axes without NaN.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array without these axes.

    Example:
        >>> from nncore import ops
        >>> float(ops.nansum([1.0, float("nan")]))
        1.0
    """
    x = as_operand(x)
    # Whole numbers have no NaN, and floats could not hold them all.
    return reduction.sum(_without_nan(x, 0.0)[0] if is_float(dtype_of(x)) else x, axis, keepdims)


@op
def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Average along axes without NaN.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes; NaN where there is nothing else.

    Example:
        >>> from nncore import ops
        >>> float(ops.nanmean([1.0, float("nan")]))
        1.0
    """
    filled, missing = _without_nan(x, 0.0)
    count = reduction.sum(unary("logical_not", missing), axis, keepdims)
    return binary("div", reduction.sum(filled, axis, keepdims), count)

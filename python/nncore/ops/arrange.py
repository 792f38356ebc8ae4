"""Rearranging: swapping and moving axes, splitting, tiling, rolling, diagonals. All composed of shape primitives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary
from nncore.ops.indexing import gather
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import (
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    normalize_axis,
    place,
    reshape,
    slice_of,
    transpose,
)


@op
def ravel(x: Any) -> Any:
    """Lay all elements out in one dimension.

    Args:
        x: Array.

    Returns:
        One-dimensional array.

    Example:
        >>> from nncore import ops
        >>> ops.ravel([[1, 2], [3, 4]])
        array([1, 2, 3, 4], dtype=int32)
    """
    return reshape(x, (-1,)) if math.prod(as_operand(x).shape) else reshape(x, (0,))


@op
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Swap two axes.

    Args:
        x: Array.
        axis1: One axis.
        axis2: The other.

    Returns:
        Array with the two axes swapped.

    Example:
        >>> from nncore import ops
        >>> ops.swapaxes(ops.zeros((2, 3, 4)), 0, 2).shape
        (4, 3, 2)
    """
    x = as_operand(x)
    ndim = len(x.shape)
    a, b = normalize_axis(axis1, ndim, "axis1"), normalize_axis(axis2, ndim, "axis2")
    order = list(range(ndim))
    order[a], order[b] = b, a
    return transpose(x, tuple(order))


@op
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Move axes to other positions, the rest keeping their order.

    Args:
        x: Array.
        source: Axis or axes.
        destination: Where each goes.

    Returns:
        Array with its axes moved.

    Raises:
        ValueError: If the numbers of axes differ or one is named twice.

    Example:
        >>> from nncore import ops
        >>> ops.moveaxis(ops.zeros((2, 3, 4)), 0, -1).shape
        (3, 4, 2)
    """
    x = as_operand(x)
    ndim = len(x.shape)
    origins, targets = ([normalize_axis(int(a), ndim) for a in np.atleast_1d(axes)] for axes in (source, destination))
    if len(origins) != len(targets) or len(set(origins)) != len(origins) or len(set(targets)) != len(targets):
        raise ValueError(
            "moveaxis: as many different sources as destinations were expected. "
            f"Received: source={source}, destination={destination}."
        )
    order = [a for a in range(ndim) if a not in origins]
    for target, origin in sorted(zip(targets, origins, strict=True)):
        order.insert(target, origin)
    return transpose(x, tuple(order))


def cut(x: Any, axis: int, start: int, size: int) -> Any:
    """The part of an array from ``start`` on along one axis."""
    ndim = len(x.shape)
    starts = [start if i == axis else 0 for i in range(ndim)]
    sizes = [size if i == axis else d for i, d in enumerate(x.shape)]
    return slice_of(x, starts, sizes, (1,) * ndim)


@op
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut an array into parts along an axis.

    Args:
        x: Array.
        indices_or_sections: The number of equal parts, or the indices at which to cut.
        axis: The axis. Defaults to 0.

    Returns:
        List of arrays.

    Raises:
        ValueError: If the axis can't be cut into that many equal parts.

    Example:
        >>> from nncore import ops
        >>> ops.split([1, 2, 3], [1])
        [array([1], dtype=int32), array([2, 3], dtype=int32)]
    """
    x = as_operand(x)
    axis = normalize_axis(axis, len(x.shape))
    d = x.shape[axis]
    if isinstance(indices_or_sections, (int, np.integer)):
        parts = int(indices_or_sections)
        if parts < 1 or d % parts:
            raise ValueError(
                f"split: axis {axis} of length {d} can't be cut into equal parts. "
                f"Received: indices_or_sections={parts}."
            )
        bounds = [d // parts * i for i in range(parts + 1)]
    else:
        cuts = [slice(None, int(i)).indices(d)[1] for i in indices_or_sections]
        bounds = [0, *cuts, d]
    return [cut(x, axis, a, max(b - a, 0)) for a, b in itertools.pairwise(bounds)]


@op
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut an array into parts along an axis; parts may differ by one in length.

    Args:
        x: Array.
        indices_or_sections: The number of parts, or the indices at which to cut.
        axis: The axis. Defaults to 0.

    Returns:
        List of arrays, the longer ones first.

    Raises:
        ValueError: If the number of parts is not positive.

    Example:
        >>> from nncore import ops
        >>> ops.array_split([1, 2, 3], 2)
        [array([1, 2], dtype=int32), array([3], dtype=int32)]
    """
    x = as_operand(x)
    if not isinstance(indices_or_sections, (int, np.integer)):
        return split(x, indices_or_sections, axis)
    parts = int(indices_or_sections)
    if parts < 1:
        raise ValueError(f"array_split: at least one part was expected. Received: indices_or_sections={parts}.")
    d = x.shape[normalize_axis(axis, len(x.shape))]
    sizes = [d // parts + (i < d % parts) for i in range(parts)]
    return split(x, np.cumsum(sizes)[:-1].tolist(), axis)


@op
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """Cut an array into its slices along an axis, which disappears.

    Args:
        x: Array.
        num: The length of the axis; checked if given. Defaults to None.
        axis: The axis. Defaults to 0.

    Returns:
        List of arrays of one dimension less.

    Raises:
        ValueError: If ``num`` is not the length of the axis.

    Example:
        >>> from nncore import ops
        >>> ops.unstack([[1, 2], [3, 4]])
        [array([1, 2], dtype=int32), array([3, 4], dtype=int32)]
    """
    x = as_operand(x)
    axis = normalize_axis(axis, len(x.shape))
    d = x.shape[axis]
    if num is not None and num != d:
        raise ValueError(f"unstack: axis {axis} has length {d}. Received: num={num}.")
    rest = x.shape[:axis] + x.shape[axis + 1 :]
    return [reshape(cut(x, axis, i, 1), rest) for i in range(d)]


def _at_least(x: Any, ndim: int) -> Any:
    x = as_operand(x)
    return x if len(x.shape) >= ndim else reshape(x, (*(1,) * (ndim - len(x.shape)), *x.shape))


@op
def vstack(xs: Any) -> Any:
    """Join arrays along the first axis; one-dimensional ones become rows.

    Args:
        xs: Arrays.

    Returns:
        One array.

    Example:
        >>> from nncore import ops
        >>> ops.vstack([[1, 2], [3, 4]])
        array([[1, 2],
               [3, 4]], dtype=int32)
    """
    return concatenate([_at_least(x, 2) for x in xs], axis=0)


@op
def hstack(xs: Any) -> Any:
    """Join arrays along the second axis; one-dimensional ones along the first.

    Args:
        xs: Arrays.

    Returns:
        One array.

    Example:
        >>> from nncore import ops
        >>> ops.hstack([[1, 2], [3]])
        array([1, 2, 3], dtype=int32)
    """
    tensors = [_at_least(x, 1) for x in xs]
    return concatenate(tensors, axis=0 if tensors and len(tensors[0].shape) == 1 else 1)


@op
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """Put one array behind another.

    Args:
        x1: First array.
        x2: Second array.
        axis: The axis. Defaults to None: both are flattened.

    Returns:
        One array.

    Example:
        >>> from nncore import ops
        >>> ops.append([1, 2], [3])
        array([1, 2, 3], dtype=int32)
    """
    if axis is None:
        return concatenate([ravel(x1), ravel(x2)])
    return concatenate([x1, x2], axis=axis)


@op
def tile(x: Any, repeats: Any) -> Any:
    """Repeat an array as a whole along each axis.

    Args:
        x: Array.
        repeats: How many times along each axis: an int or a sequence.

    Returns:
        A larger array.

    Example:
        >>> from nncore import ops
        >>> ops.tile([1, 2], 2)
        array([1, 2, 1, 2], dtype=int32)
    """
    counts = [int(n) for n in np.atleast_1d(repeats)]
    x = _at_least(x, len(counts))
    counts = [1] * (len(x.shape) - len(counts)) + counts
    # Each axis with an axis of repetitions before it; then the pairs are merged.
    pairs = [d for axis in x.shape for d in (1, axis)]
    wide = [d for n, axis in zip(counts, x.shape, strict=True) for d in (n, axis)]
    y = broadcast_to(reshape(x, tuple(pairs)), tuple(wide))
    return reshape(y, tuple(n * d for n, d in zip(counts, x.shape, strict=True)))


@op
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element along an axis.

    Args:
        x: Array.
        repeats: How many times: an int, or one per element (numbers, not a tensor).
        axis: The axis. Defaults to None: the flattened array.

    Returns:
        A larger array.

    Raises:
        ValueError: If the number of counts is not that of the elements.

    Example:
        >>> from nncore import ops
        >>> ops.repeat([1, 2], 2)
        array([1, 1, 2, 2], dtype=int32)
    """
    x = as_operand(x)
    if axis is None:
        x, axis = ravel(x), 0
    axis = normalize_axis(axis, len(x.shape))
    d = x.shape[axis]
    counts = np.asarray(repeats)
    if counts.ndim > 1 or (counts.ndim and counts.size not in (1, d)):
        raise ValueError(
            f"repeat: one count, or one for each of {d} elements, was expected. Received: repeats={repeats}."
        )
    if counts.size == 1:
        n = int(counts.reshape(()))
        wide = broadcast_to(expand_dims(x, axis + 1), (*x.shape[: axis + 1], n, *x.shape[axis + 1 :]))
        return reshape(wide, (*x.shape[:axis], d * n, *x.shape[axis + 1 :]))
    return gather(x, np.repeat(np.arange(d, dtype="int32"), counts), axis)


@op
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Shift elements along axes; those that leave at one end enter at the other.

    Args:
        x: Array.
        shift: By how many places, or one number per axis.
        axis: Axis or axes. Defaults to None: the flattened array.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.roll([1, 2, 3], 1)
        array([3, 1, 2], dtype=int32)
    """
    x = as_operand(x)
    if axis is None:
        total = sum(int(s) for s in np.atleast_1d(shift))
        return reshape(roll(ravel(x), total, 0), x.shape)
    shifts, axes = np.broadcast_arrays(np.atleast_1d(shift), np.atleast_1d(axis))
    for by, along in zip(shifts.tolist(), axes.tolist(), strict=True):
        along = normalize_axis(along, len(x.shape))
        d = x.shape[along]
        by = by % d if d else 0
        if by:
            x = concatenate([cut(x, along, d - by, by), cut(x, along, 0, d - by)], axis=along)
    return x


@op
def rot90(array: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Rotate by 90 degrees in the plane of two axes.

    Args:
        array: Array of at least two dimensions.
        k: How many times; from the first axis towards the second. Defaults to 1.
        axes: The plane. Defaults to ``(0, 1)``.

    Returns:
        The rotated array.

    Example:
        >>> from nncore import ops
        >>> ops.rot90([[1, 2], [3, 4]])
        array([[2, 4],
               [1, 3]], dtype=int32)
    """
    x = as_operand(array)
    a, b = (normalize_axis(i, len(x.shape), "axes") for i in axes)
    if a == b:
        raise ValueError(f"rot90: two different axes were expected. Received: axes={tuple(axes)}.")
    k = k % 4
    if k == 2:
        return flip(x, (a, b))
    if k == 1:
        return swapaxes(flip(x, b), a, b)
    return flip(swapaxes(x, a, b), b) if k == 3 else x


@op
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of matrices.

    Args:
        x: Array of at least two dimensions.
        offset: Which diagonal; positive above the main one. Defaults to 0.
        axis1: Axis of rows. Defaults to 0.
        axis2: Axis of columns. Defaults to 1.

    Returns:
        Array without the two axes and with the diagonal as its last axis.

    Example:
        >>> from nncore import ops
        >>> ops.diagonal([[1, 2], [3, 4]])
        array([1, 4], dtype=int32)
    """
    x = as_operand(x)
    if len(x.shape) < 2:
        raise ValueError(f"diagonal: at least 2 dimensions were expected. Received: shape={x.shape}.")
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    *lead, m, n = x.shape
    count = max(min(m, n - offset) if offset >= 0 else min(m + offset, n), 0)
    first = offset if offset >= 0 else -offset * n
    flat = reshape(x, (*lead, m * n))
    starts = (*(0 for _ in lead), first if count else 0)
    return slice_of(flat, starts, (*lead, count), (*(1 for _ in lead), n + 1))


@op
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal of matrices.

    Args:
        x: Array of at least two dimensions.
        offset: Which diagonal; positive above the main one. Defaults to 0.
        axis1: Axis of rows. Defaults to 0.
        axis2: Axis of columns. Defaults to 1.

    Returns:
        Array without the two axes.

    Example:
        >>> from nncore import ops
        >>> int(ops.trace([[1, 2], [3, 4]]))
        5
    """
    return ops_sum(diagonal(x, offset, axis1, axis2), axis=-1)


@op
def diag(x: Any, k: int = 0) -> Any:
    """Make a matrix with a given diagonal, or take the diagonal of a matrix.

    Args:
        x: One- or two-dimensional array.
        k: Which diagonal; positive above the main one. Defaults to 0.

    Returns:
        Array of two dimensions for one, and of one for two.

    Raises:
        ValueError: For other numbers of dimensions.

    Example:
        >>> from nncore import ops
        >>> ops.diag([1, 2])
        array([[1, 0],
               [0, 2]], dtype=int32)
    """
    x = as_operand(x)
    if len(x.shape) == 2:
        return diagonal(x, k)
    if len(x.shape) != 1:
        raise ValueError(f"diag: one or two dimensions were expected. Received: shape={x.shape}.")
    n = x.shape[0]
    side = n + abs(k)
    first = k if k >= 0 else -k * side
    return reshape(place([x], [((first,), (side + 1,))], (side * side,), 0.0), (side, side))


@op
def diagflat(x: Any, k: int = 0) -> Any:
    """Make a matrix with the flattened array on its diagonal.

    Args:
        x: Array.
        k: Which diagonal; positive above the main one. Defaults to 0.

    Returns:
        Two-dimensional array.

    Example:
        >>> from nncore import ops
        >>> ops.diagflat([[1, 2]]).shape
        (2, 2)
    """
    return diag(ravel(x), k)


@op
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of neighbours along an axis.

    Args:
        a: Array.
        n: How many times. Defaults to 1.
        axis: The axis. Defaults to -1.

    Returns:
        Array that is ``n`` shorter along the axis.

    Example:
        >>> from nncore import ops
        >>> ops.diff([1, 4, 9])
        array([3, 5], dtype=int32)
    """
    x = as_operand(a)
    if n < 0:
        raise ValueError(f"diff: n must not be negative. Received: n={n}.")
    axis = normalize_axis(axis, len(x.shape))
    for _ in range(n):
        d = max(x.shape[axis] - 1, 0)
        later, earlier = cut(x, axis, min(1, x.shape[axis]), d), cut(x, axis, 0, d)
        x = binary("ne" if dtype_of(x) == "bool" else "sub", later, earlier)
    return x


def _times(x: Any, y: Any) -> Any:
    return binary("mul", x, y)


@op
def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Cross product of vectors of three elements.

    Args:
        x1: First array.
        x2: Second array.
        axisa: Axis of the vectors in ``x1``. Defaults to -1.
        axisb: Axis of the vectors in ``x2``. Defaults to -1.
        axisc: Axis of the vectors in the result. Defaults to -1.
        axis: Stands for all three, if given. Defaults to None.

    Returns:
        Array of vectors; of numbers where both have two elements.

    Raises:
        ValueError: If the vectors have not two or three elements.

    Example:
        >>> from nncore import ops
        >>> ops.cross([1, 0, 0], [0, 1, 0])
        array([0, 0, 1], dtype=int32)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(as_operand(x1), axisa, -1), moveaxis(as_operand(x2), axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError(f"cross: vectors of 2 or 3 elements were expected. Received: shapes {a.shape} and {b.shape}.")
    a1, a2, *a3 = unstack(a, axis=-1)
    b1, b2, *b3 = unstack(b, axis=-1)
    third = binary("sub", _times(a1, b2), _times(a2, b1))
    if not a3 and not b3:
        return third
    zero = np.zeros((), dtype_of(a1))
    a3, b3 = (a3 or [zero])[0], (b3 or [zero])[0]
    first = binary("sub", _times(a2, b3), _times(a3, b2))
    second = binary("sub", _times(a3, b1), _times(a1, b3))
    parts = [broadcast_to(v, third.shape) for v in (first, second, third)]
    joined = concatenate([expand_dims(v, -1) for v in parts], axis=-1)
    return moveaxis(joined, -1, axisc)


@op
def kron(x1: Any, x2: Any) -> Any:
    """Kronecker product: every element of the first times the whole second array.

    Args:
        x1: First array.
        x2: Second array.

    Returns:
        Array whose dimensions are the products of those of the arguments.

    Example:
        >>> from nncore import ops
        >>> ops.kron([1, 2], [1, 1])
        array([1, 1, 2, 2], dtype=int32)
    """
    a, b = as_operand(x1), as_operand(x2)
    ndim = max(len(a.shape), len(b.shape))
    a, b = _at_least(a, ndim), _at_least(b, ndim)
    left = reshape(a, tuple(d for n in a.shape for d in (n, 1)))
    right = reshape(b, tuple(d for n in b.shape for d in (1, n)))
    return reshape(binary("mul", left, right), tuple(m * n for m, n in zip(a.shape, b.shape, strict=True)))

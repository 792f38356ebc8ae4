"""Counting and comparing with sets of values: bins, unique elements, membership."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore.ir import SymbolicTensor, trace_error
from nncore.ops import reduction
from nncore.ops.apply import apply, op
from nncore.ops.cumulative import cumsum
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_operand, dtype_of, harmonize, is_float, promote, to_float
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.indexing import searchsorted, take, whole_index
from nncore.ops.shape import concatenate, normalize_axis, reshape, slice_of
from nncore.ops.sorting import argsort


def _traced(name: str, advice: str) -> Exception:
    return trace_error(f"ops.{name}: the shape of the result depends on values, which aren't known yet.", advice)


def _count(index: Any, weights: Any, size: int) -> Any:
    """Sums of weights by index, over the last axis: ``(O, n) -> (O, size)`` with indices ``(n,)``."""
    outer, n = weights.shape
    y = apply(OPS["scatter_add"], [reshape(weights, (outer, n, 1)), index], {"size": size})
    return reshape(y, (outer, size))


@op
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """Count how often each whole number occurs.

    Args:
        x: Integers that are not negative, of shape ``(n,)`` or ``(batch, n)``.
        weights: What each occurrence counts, of the shape of ``x``. Defaults to None: 1.
        minlength: Least number of counts. Defaults to 0. Inside a compiled function it is the number of counts, and
            larger numbers are left out.
        sparse: Only False: there are no sparse tensors.

    Returns:
        Counts of 0, 1, 2, ... along the last axis: int32, or the weights' dtype.

    Raises:
        TypeError: If ``x`` holds no integers.
        ValueError: For negative numbers, weights of another shape, or ``sparse``.
        TraceError: Inside a compiled function without ``minlength``.

    Example:
        >>> from nncore import ops
        >>> ops.bincount([1, 2, 2, 3])
        array([0, 1, 2, 1], dtype=int32)
    """
    if sparse:
        raise ValueError(f"bincount: only dense tensors exist in nncore. Received: sparse={sparse}.")
    x = as_operand(x)
    if is_float(dtype_of(x)) or len(x.shape) not in (1, 2):
        error = TypeError if is_float(dtype_of(x)) else ValueError
        raise error(f"bincount: integers (n,) or (batch, n) were expected. Received: {dtype_of(x)}{list(x.shape)}.")
    x = whole_index("bincount", convert(x, "int32") if dtype_of(x) in ("bool", "uint8") else x)
    size = int(minlength)
    if not isinstance(x, SymbolicTensor):
        if x.size and x.min() < 0:
            raise ValueError(f"bincount: no negative numbers were expected. Received: {x.min()}.")
        size = max(size, int(x.max()) + 1 if x.size else 0)
    elif not size:
        raise _traced("bincount", "Pass minlength=, the number of counts.")
    if weights is None:
        weights = np.ones(x.shape, "int32")
    weights = as_operand(weights)
    if weights.shape != x.shape:
        raise ValueError(
            f"bincount: weights of the shape of x were expected. Received: x.shape={tuple(x.shape)}, "
            f"weights.shape={tuple(weights.shape)}."
        )
    if dtype_of(weights) in ("bool", "uint8"):
        weights = convert(weights, "int32")
    if len(x.shape) == 1:
        return reshape(_count(x, reshape(weights, (1, -1)), size), (size,))
    rows, n = x.shape
    # Every row counts in cells of its own; what is too large for them goes nowhere.
    own = convert(reshape(np.arange(rows, dtype="int32"), (rows, 1)) * size, dtype_of(x))
    cell = reshape(where(binary("lt", x, size), binary("add", x, own), -1), (-1,))
    return reshape(_count(cell, reshape(weights, (1, rows * n)), rows * size), (rows, size))


@op
def histogram(x: Any, bins: int = 10, range: Any = None) -> tuple[Any, Any]:
    """Count the elements in bins of equal width.

    Args:
        x: Array; of any shape, it is flattened.
        bins: Number of bins. Defaults to 10.
        range: Lowest and highest edge; what lies outside is not counted. Defaults to None: the smallest and largest
            element.

    Returns:
        Counts (int32, shape ``(bins,)``), and edges (floats, shape ``(bins + 1,)``). The last bin includes its upper
        edge.

    Raises:
        ValueError: If ``bins`` is no positive number, or ``range`` doesn't ascend.

    Example:
        >>> from nncore import ops
        >>> ops.histogram([1.0, 2.0, 2.5, 4.0], bins=3)[0]
        array([1, 2, 1], dtype=int32)
    """
    if not isinstance(bins, (int, np.integer)) or isinstance(bins, bool) or bins < 1:
        raise ValueError(f"histogram: `bins` should be a positive whole number. Received: bins={bins!r}.")
    x = as_operand(x)
    x = reshape(convert(x, to_float(dtype_of(x))), (math.prod(x.shape),))
    dtype = dtype_of(x)
    steps = np.arange(bins + 1, dtype=dtype)
    if range is not None:
        low, high = (float(edge) for edge in range)
        if not low <= high:
            raise ValueError(f"histogram: `range` should be (lowest, highest). Received: range={range}.")
        low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
        edges = np.linspace(low, high, bins + 1).astype(dtype)
    elif not x.shape[0]:
        edges = np.linspace(0.0, 1.0, bins + 1).astype(dtype)
    else:
        first, last = reduction.min(x), reduction.max(x)
        flat = binary("eq", first, last)
        first, last = where(flat, first - 0.5, first), where(flat, last + 0.5, last)
        edges = first + (last - first) * (steps / dtype_scalar(bins, dtype))
        edges = where(steps == bins, last, edges)
    place = binary("sub", searchsorted(edges, x, side="right"), 1)
    top = slice_of(as_operand(edges), (bins,), (1,), (1,))
    place = where(binary("eq", x, top), bins - 1, place)
    counts = _count(place, np.ones((1, x.shape[0]), "int32"), int(bins))
    return reshape(counts, (int(bins),)), as_operand(edges)


def dtype_scalar(value: float, dtype: str) -> Any:
    """A NumPy number of a dtype."""
    return np.dtype(dtype).type(value)


@op
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether elements are among given values.

    Args:
        x1: Array.
        x2: Values, of any shape.
        assume_unique: Promise that neither holds an element twice; the result is the same. Defaults to False.
        invert: Whether they are not. Defaults to False.

    Returns:
        Boolean array of the shape of ``x1``.

    Example:
        >>> from nncore import ops
        >>> ops.isin([0, 1, 2, 5], [0, 2])
        array([ True, False,  True, False])
    """
    x1, x2, dtype = harmonize(x1, x2)
    x1, x2 = convert(x1, dtype), convert(x2, dtype)
    values = reshape(x2, (math.prod(x2.shape),))
    found = reduction.any(binary("eq", reshape(x1, (*x1.shape, 1)), values), axis=-1)
    return unary("logical_not", found) if invert else found


@op
def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """Positions in a flattened array as positions along the axes.

    Args:
        indices: Array of integers; negative ones count from the end.
        shape: Shape of the array.

    Returns:
        Tuple of integer arrays, one per axis. What is out of range is moved to the nearest end.

    Example:
        >>> from nncore import ops
        >>> ops.unravel_index([5], (2, 3))
        (array([1], dtype=int32), array([2], dtype=int32))
    """
    shape = tuple(int(d) for d in shape)
    rest = whole_index("unravel_index", indices)
    size = math.prod(shape)
    rest = where(binary("lt", rest, 0), binary("add", rest, size), rest)
    rest = binary("min", binary("max", rest, 0), max(size - 1, 0))
    found = []
    for d in reversed(shape):
        found.append(binary("mod", rest, d))
        rest = binary("floor_div", rest, d)
    return tuple(reversed(found))


# --- unique ----------------------------------------------------------------------------------------------------------


def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The different elements of an array, in ascending order.

    Args:
        x: Array.
        sorted: Ask for ascending order; they are in it in any case. Defaults to True.
        return_index: Return where each element occurs first, too. Defaults to False.
        return_inverse: Return for each element its place among the different ones, too. Defaults to False.
        return_counts: Return how often each occurs, too. Defaults to False.
        axis: Compare the slices along this axis. Defaults to None: the elements.
        size: Length of the result, cut or filled up to it. Needed inside a compiled function. Defaults to None: as
            many as there are.
        fill_value: What fills the result up to ``size``. Defaults to None: 0.

    Returns:
        Array of the different elements; or a tuple of it and the int32 arrays that were asked for (unused places of
        indices and counts are 0).

    Raises:
        TraceError: Inside a compiled function without ``size``, or with ``axis``.

    Example:
        >>> from nncore import ops
        >>> ops.unique([3, 1, 2, 1])
        array([1, 2, 3], dtype=int32)
    """
    x = as_operand(x)
    wanted = (return_index, return_inverse, return_counts)
    if isinstance(x, SymbolicTensor):
        if size is None:
            raise _traced("unique", "Pass size=, the length of the result.")
        if axis is not None and len(x.shape) != 1:
            raise trace_error("ops.unique compares slices of arrays only, not while tracing.", "Leave axis out.")
        found = _unique_traced(x, int(size), 0 if fill_value is None else fill_value)
    else:
        found = _unique_array(x, axis, size, 0 if fill_value is None else fill_value)
    parts = [found[0], *(part for part, want in zip(found[1:], wanted, strict=True) if want)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _unique_array(x: Any, axis: int | None, size: int | None, fill: Any) -> list[Any]:
    values, index, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True, axis=axis)
    inverse = inverse.reshape(x.shape if axis is None else (-1,))
    along = 0 if axis is None else normalize_axis(axis, x.ndim)
    found = [values, index, inverse, counts]
    if size is not None:
        for k, (part, at, filler) in enumerate(((values, along, fill), (index, 0, 0), (None, 0, 0), (counts, 0, 0))):
            if part is None:
                continue
            part = np.take(part, range(min(size, part.shape[at])), axis=at)
            room = [(0, 0)] * part.ndim
            room[at] = (0, size - part.shape[at])
            found[k] = np.pad(part, room, constant_values=filler)
        found[2] = np.minimum(inverse, max(size - 1, 0))
    return [found[0].astype(x.dtype), *(part.astype("int32") for part in found[1:])]


def _unique_traced(x: Any, size: int, fill: Any) -> list[Any]:
    """By sorting: where a sorted element differs from the one before, a new one begins."""
    shape, n = x.shape, math.prod(x.shape)
    flat = reshape(x, (n,))
    order = argsort(flat)
    ranked = take(flat, order)
    if n:
        here, before = (slice_of(ranked, (start,), (n - 1,), (1,)) for start in (1, 0))
        new = concatenate([np.ones(1, "int32"), convert(binary("ne", here, before), "int32")])
    else:
        new = np.zeros(0, "int32")
    rank = binary("sub", cumsum(new), 1)
    first = where(binary("eq", new, 1), rank, -1)

    def scattered(values: Any, target: Any) -> Any:
        return reshape(_count(target, reshape(values, (1, n)), size), (size,))

    held = convert(ranked, promote(dtype_of(x), "int32"))
    used = scattered(np.ones(n, "int32"), first)
    values = where(binary("gt", used, 0), scattered(held, first), np.asarray(fill, dtype_of(held)))
    places = apply(OPS["scatter_add"], [reshape(rank, (1, n, 1)), order], {"size": n})
    inverse = binary("min", reshape(places, shape), max(size - 1, 0))
    return [convert(values, dtype_of(x)), scattered(order, first), inverse, scattered(np.ones(n, "int32"), rank)]

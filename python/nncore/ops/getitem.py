"""``x[key]`` on tensors: integers, slices, None, Ellipsis and arrays of integers, as NumPy defines them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ir import SymbolicTensor, Tensor, trace_error
from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, is_float
from nncore.ops.elementwise import binary, convert, where
from nncore.ops.indexing import gather, take_axis_first, wrap
from nncore.ops.shape import reshape, slice_of, transpose


@op
def get_item(x: Any, key: Any) -> Any:
    """``x[key]``: NumPy's indexing.

    Args:
        x: Array.
        key: Integer, slice, None, Ellipsis, array of integers, or a tuple of these. A mask must be a NumPy array.

    Returns:
        Array.

    Raises:
        IndexError: For too many indices, or a fixed index out of range.
        TraceError: For a mask that is a symbolic tensor: the shape of the result depends on values.

    Example:
        >>> from nncore import ops
        >>> ops.get_item([[1, 2], [3, 4]], (0, slice(None, None, -1)))
        array([2, 1], dtype=int32)
    """
    x = as_operand(x)
    items = _expand(x, key if isinstance(key, tuple) else (key,))
    if any(_is_array(item) for item in items):
        # Beside arrays, NumPy takes integers for arrays as well.
        items = [np.asarray(item) if _is_int(item) else item for item in items]
    x, slots = _basic(x, items)
    axes = [axis for axis, slot in enumerate(slots) if slot is not None]
    return _advanced(x, axes, [slots[axis] for axis in axes]) if axes else x


def _is_int(item: Any) -> bool:
    return isinstance(item, (int, np.integer)) and not isinstance(item, (bool, np.bool_))


def _is_array(item: Any) -> bool:
    return isinstance(item, (np.ndarray, SymbolicTensor))


def _expand(x: Any, key: tuple[Any, ...]) -> list[Any]:
    """One item for each axis (and None for each new one): masks and Ellipsis replaced, arrays made."""
    items: list[Any] = []
    for item in key:
        if item is None or item is Ellipsis or isinstance(item, slice) or _is_int(item):
            items.append(item)
        else:
            items += _index_arrays(x, item)
    used = sum(1 for item in items if item is not None and item is not Ellipsis)
    ndim = len(x.shape)
    if used > ndim:
        raise IndexError(f"Too many indices: an array of {ndim} dimensions. Received: {used} indices.")
    dots = [i for i, item in enumerate(items) if item is Ellipsis]
    if len(dots) > 1:
        raise IndexError("An index may have one Ellipsis ('...').")
    rest = [slice(None)] * (ndim - used)
    position = dots[0] if dots else len(items)
    return items[:position] + rest + items[position + 1 :]


def _index_arrays(x: Any, item: Any) -> list[Any]:
    if isinstance(item, Tensor) or not hasattr(item, "dtype"):
        item = as_operand(item) if not isinstance(item, list) or item else np.zeros(0, "int32")
    else:
        item = as_operand(item)
    if dtype_of(item) == "bool":
        if isinstance(item, SymbolicTensor):
            raise trace_error(
                f"A mask as index picks as many elements as are true, which isn't known while tracing ({item!r}).",
                "Use ops.where(mask, x, other), which keeps the shape.",
            )
        if not item.ndim:
            raise IndexError(f"A single True or False is no index. Received: {item}.")
        return list(np.nonzero(item))
    if is_float(dtype_of(item)):
        raise IndexError(f"Indices must be whole numbers. Received: an index of dtype={dtype_of(item)}.")
    return [item]


def _basic(x: Any, items: list[Any]) -> tuple[Any, list[Any]]:
    """Apply slices, integers and None; return what is left, with the index array of each axis or None."""
    starts: list[int] = []
    sizes: list[int] = []
    steps: list[int] = []
    shape: list[int] = []
    slots: list[Any] = []
    axis = 0
    for item in items:
        if item is None:
            shape.append(1)
            slots.append(None)
            continue
        d = x.shape[axis]
        start, size, step = 0, d, 1
        if isinstance(item, slice):
            start, stop, step = item.indices(d)
            size = len(range(start, stop, step))
            start = start if size else 0
        elif _is_int(item):
            if not -d <= item < d:
                raise IndexError(f"Index {item} is out of range for axis {axis} of length {d}.")
            start, size = int(item) % d, 1
        starts.append(start)
        sizes.append(size)
        steps.append(step)
        if not _is_int(item):
            shape.append(size)
            slots.append(item if _is_array(item) else None)
        axis += 1
    return reshape(slice_of(x, starts, sizes, steps), tuple(shape)), slots


def _advanced(x: Any, axes: list[int], indices: list[Any]) -> Any:
    """Pick with arrays of integers: they broadcast together and take the place of their axes."""
    for axis, index in zip(axes, indices, strict=True):
        d = x.shape[axis]
        if isinstance(index, np.ndarray) and index.size and (index.min() < -d or index.max() >= d):
            wrong = index.min() if index.min() < -d else index.max()
            raise IndexError(f"Index {wrong} is out of range for axis {axis} of length {d}.")
    if len(axes) == 1:
        return gather(x, wrap(_whole(indices[0]), x.shape[axes[0]]), axes[0])
    linear: Any = None
    valid: Any = None
    total = 1
    for axis, index in zip(axes, indices, strict=True):
        d = x.shape[axis]
        total *= d
        index = wrap(_whole(index), d)
        linear = index if linear is None else binary("add", binary("mul", linear, d), index)
        if isinstance(index, SymbolicTensor):
            ok = binary("logical_and", binary("ge", index, 0), binary("lt", index, d))
            valid = ok if valid is None else binary("logical_and", valid, ok)
    if valid is not None:
        linear = where(valid, linear, -1)
    front = take_axis_first(x, axes)
    rest = front.shape[len(axes) :]
    y = gather(reshape(front, (total, *rest)), linear, 0)
    adjacent = axes == list(range(axes[0], axes[-1] + 1))
    if adjacent and axes[0] > 0:
        # NumPy puts the new axes where the old ones were, if those were side by side.
        k = len(linear.shape)
        order = [*range(k, k + axes[0]), *range(k), *range(k + axes[0], len(y.shape))]
        y = transpose(y, tuple(order))
    return y


def _whole(index: Any) -> Any:
    return index if dtype_of(index) in ("int32", "int64") else convert(index, "int32")

"""Shape primitives: views (reshape, transpose, broadcast, slice, flip) and ``place`` (concatenate, stack, pad).

A view reads the same memory with another shape and strides, so it costs no instruction in a compiled program.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ir import common_size, unknown_size
from nncore.ops.apply import apply, op
from nncore.ops.definition import OPS, PLACE, VIEW, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, promote
from nncore.ops.elementwise import convert, unbroadcast

Ints = tuple[int, ...]


def normalize_axis(axis: int, ndim: int, name: str = "axis") -> int:
    """Turn a negative axis into a position; ValueError where it is out of range."""
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"{name} must be in [{-ndim}, {ndim}) for an array of {ndim} dimensions. Received: {name}={axis}."
        )
    return int(axis) + ndim if axis < 0 else int(axis)


def normalize_axes(axis: Any, ndim: int) -> Ints:
    """Turn None, an int or a sequence into a sorted tuple of distinct positions."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, (int, np.integer)):
        return (normalize_axis(int(axis), ndim),)
    axes = tuple(sorted(normalize_axis(int(a), ndim) for a in axis))
    if len(set(axes)) != len(axes):
        raise ValueError(f"Each axis may be named once. Received: axis={axis}.")
    return axes


# --- views -----------------------------------------------------------------------------------------------------------


def _reshape_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    if math.prod(attrs["shape"]) != math.prod(shape) and unknown_size() not in shape:
        raise ValueError(
            f"reshape: {math.prod(shape)} elements can't take the shape {attrs['shape']}. "
            f"Received: an array of shape {shape}."
        )
    return [(attrs["shape"], dtype)]


def _reshape_view(shape: Ints, strides: Ints, attrs: dict[str, Any]) -> tuple[Ints, Ints, int] | None:
    """Reshape without a copy where dimensions can be split or merged in place."""
    target: Ints = attrs["shape"]
    if math.prod(shape) == 0:
        return target, (0,) * len(target), 0
    kept = [(d, s) for d, s in zip(shape, strides, strict=True) if d != 1]
    out: list[int] = []
    position = 0
    want = [d for d in target if d != 1]
    i = 0
    while i < len(want):
        # Gather the smallest run of old dimensions that covers a run of new ones.
        new_run, old_run = [want[i]], []
        new_size, old_size = want[i], 1
        i += 1
        while old_size != new_size:
            if old_size < new_size:
                old_run.append(kept[position])
                old_size *= kept[position][0]
                position += 1
            else:
                new_run.append(want[i])
                new_size *= want[i]
                i += 1
        for (_, outer), (d, inner) in itertools.pairwise(old_run):
            if outer != d * inner:
                return None
        stride = old_run[-1][1]
        run: list[int] = []
        for d in reversed(new_run):
            run.append(stride)
            stride *= d
        out += reversed(run)
    iterator = iter(out)
    return target, tuple(0 if d == 1 else next(iterator) for d in target), 0


def _reshape_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    return [reshape(g, node.inputs[0].shape)]


OpDef(
    "reshape",
    VIEW,
    _reshape_infer,
    _reshape_grad,
    lambda x, shape: np.reshape(x, shape),
    view=_reshape_view,
)


def _transpose_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    axes = node.attrs["axes"]
    return [transpose(g, tuple(axes.index(i) for i in range(len(axes))))]


OpDef(
    "transpose",
    VIEW,
    lambda specs, attrs: [(tuple(specs[0][0][a] for a in attrs["axes"]), specs[0][1])],
    _transpose_grad,
    lambda x, axes: np.transpose(x, axes),
    view=lambda shape, strides, attrs: (
        tuple(shape[a] for a in attrs["axes"]),
        tuple(strides[a] for a in attrs["axes"]),
        0,
    ),
)


def _broadcast_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (shape, dtype), target = specs[0], attrs["shape"]
    lead = len(target) - len(shape)
    if lead < 0 or any(d not in (1, t) for d, t in zip(shape, target[lead:], strict=True)):
        raise ValueError(f"broadcast_to: an array that doesn't broadcast to {target}. Received: shape={shape}.")
    return [(target, dtype)]


def _broadcast_view(shape: Ints, strides: Ints, attrs: dict[str, Any]) -> tuple[Ints, Ints, int]:
    target: Ints = attrs["shape"]
    lead = len(target) - len(shape)
    kept = tuple(0 if d == 1 and t != 1 else s for d, s, t in zip(shape, strides, target[lead:], strict=True))
    return target, (0,) * lead + kept, 0


OpDef(
    "broadcast_to",
    VIEW,
    _broadcast_infer,
    lambda node, needs, g: [unbroadcast(g, node.inputs[0].shape)],
    lambda x, shape: np.broadcast_to(x, shape),
    view=_broadcast_view,
)


def _slices(attrs: dict[str, Any]) -> tuple[slice, ...]:
    """The NumPy slices of (start, size, step) triples."""
    result = []
    for start, size, step in zip(attrs["starts"], attrs["sizes"], attrs["steps"], strict=True):
        stop: int | None = start + size * step
        result.append(slice(start, None if stop is not None and stop < 0 else stop, step))
    return tuple(result)


def _slice_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    for axis, (d, start, size, step) in enumerate(
        zip(shape, attrs["starts"], attrs["sizes"], attrs["steps"], strict=True)
    ):
        last = start + (size - 1) * step
        if size and not (0 <= start < d and 0 <= last < d):
            raise ValueError(
                f"slice: elements {start} to {last} of axis {axis} were asked for. Received: an array of shape {shape}."
            )
    return [(tuple(attrs["sizes"]), dtype)]


def _slice_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    attrs = node.attrs
    return [place([g], [(attrs["starts"], attrs["steps"])], node.inputs[0].shape, 0.0)]


OpDef(
    "slice",
    VIEW,
    _slice_infer,
    _slice_grad,
    lambda x, **attrs: x[_slices(attrs)],
    view=lambda shape, strides, attrs: (
        tuple(attrs["sizes"]),
        tuple(s * step for s, step in zip(strides, attrs["steps"], strict=True)),
        sum(s * start for s, start in zip(strides, attrs["starts"], strict=True)),
    ),
)

# --- place -----------------------------------------------------------------------------------------------------------


def _place_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [(attrs["shape"], specs[0][1])]


def _place_reference(*arrays: Any, shape: Ints, places: Any, fill: float) -> Any:
    out = np.full(shape, fill, dtype=arrays[0].dtype)
    for array, (starts, steps) in zip(arrays, places, strict=True):
        out[_slices({"starts": starts, "sizes": array.shape, "steps": steps})] = array
    return out


def _place_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    return [
        slice_of(g, starts, x.shape, steps) if need else None
        for x, (starts, steps), need in zip(node.inputs, node.attrs["places"], needs, strict=True)
    ]


OpDef("place", PLACE, _place_infer, _place_grad, _place_reference)


def place(tensors: Sequence[Any], places: Sequence[tuple[Ints, Ints]], shape: Ints, fill: float | None) -> Any:
    """Make an array of ``shape`` filled with ``fill`` and put each tensor at its (starts, steps).

    Places must not overlap. ``fill`` None promises that the places cover the array.
    """
    attrs = {"shape": tuple(shape), "places": tuple(places), "fill": 0.0 if fill is None else fill}
    attrs["fill"] = fill if fill is not None else 0.0
    return apply(OPS["place"], tensors, attrs)


def slice_of(x: Any, starts: Sequence[int], sizes: Sequence[int], steps: Sequence[int]) -> Any:
    """A rectangular part of ``x``: per axis the first element, the number of elements and the step."""
    x = as_operand(x)
    starts, sizes, steps = tuple(starts), tuple(sizes), tuple(steps)
    if sizes == x.shape and all(s == 1 for s in steps):
        return x
    return apply(OPS["slice"], [x], {"starts": starts, "sizes": sizes, "steps": steps})


# --- functions -------------------------------------------------------------------------------------------------------


@op
def reshape(x: Any, newshape: Any) -> Any:
    """Give an array another shape with the same elements.

    Args:
        x: Array.
        newshape: Tuple of ints; one of them may be -1 (worked out from the rest).

    Returns:
        Array of the new shape.

    Raises:
        ValueError: If the number of elements differs.

    Example:
        >>> from nncore import ops
        >>> ops.reshape(ops.arange(6), (2, -1)).shape
        (2, 3)
    """
    x = as_operand(x)
    shape = (newshape,) if isinstance(newshape, (int, np.integer)) else tuple(newshape)
    shape = tuple(int(d) for d in shape)
    size = math.prod(x.shape)
    if shape.count(-1) > 1 or any(d < -1 for d in shape):
        raise ValueError(f"reshape: at most one dimension may be -1. Received: newshape={shape}.")
    if -1 in shape:
        known = -math.prod(shape)
        unknown = unknown_size()
        if known and size % known and unknown in x.shape:
            size = unknown * known  # not known yet either
        if known == 0 or size % known:
            raise ValueError(
                f"reshape: {size} elements don't fill the shape {shape}. Received: an array of shape {x.shape}."
            )
        shape = tuple(size // known if d == -1 else d for d in shape)
    if shape == x.shape:
        return x
    return apply(OPS["reshape"], [x], {"shape": shape})


@op
def transpose(x: Any, axes: Any = None) -> Any:
    """Reorder the axes of an array.

    Args:
        x: Array.
        axes: The new order. Defaults to None: all axes reversed.

    Returns:
        Array with its axes in the new order.

    Example:
        >>> from nncore import ops
        >>> ops.transpose(ops.zeros((2, 3, 4)), (0, 2, 1)).shape
        (2, 4, 3)
    """
    x = as_operand(x)
    ndim = len(x.shape)
    order = tuple(range(ndim))[::-1] if axes is None else tuple(normalize_axis(a, ndim) for a in axes)
    if sorted(order) != list(range(ndim)):
        raise ValueError(f"transpose: axes must name each of {ndim} axes once. Received: axes={axes}.")
    if order == tuple(range(ndim)):
        return x
    return apply(OPS["transpose"], [x], {"axes": order})


@op
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeat an array along new or one-element axes to reach a shape.

    Args:
        x: Array.
        shape: The shape to reach.

    Returns:
        Array of that shape.

    Raises:
        ValueError: If ``x`` doesn't broadcast to it.

    Example:
        >>> from nncore import ops
        >>> ops.broadcast_to([1, 2], (2, 2))
        array([[1, 2],
               [1, 2]], dtype=int32)
    """
    x = as_operand(x)
    shape = tuple(int(d) for d in shape)
    return x if shape == x.shape else apply(OPS["broadcast_to"], [x], {"shape": shape})


@op
def expand_dims(x: Any, axis: Any) -> Any:
    """Insert axes of length one.

    Args:
        x: Array.
        axis: Position or positions of the new axes in the result.

    Returns:
        Array with as many more dimensions.

    Example:
        >>> from nncore import ops
        >>> ops.expand_dims(ops.zeros((2, 3)), -1).shape
        (2, 3, 1)
    """
    x = as_operand(x)
    axes = [axis] if isinstance(axis, (int, np.integer)) else list(axis)
    ndim = len(x.shape) + len(axes)
    positions = normalize_axes(axes, ndim)
    rest = iter(x.shape)
    return reshape(x, tuple(1 if i in positions else next(rest) for i in range(ndim)))


@op
def squeeze(x: Any, axis: Any = None) -> Any:
    """Remove axes of length one.

    Args:
        x: Array.
        axis: Axis or axes to remove. Defaults to None: all of length one.

    Returns:
        Array with fewer dimensions.

    Raises:
        ValueError: If a named axis is longer than one.

    Example:
        >>> from nncore import ops
        >>> ops.squeeze(ops.zeros((2, 1, 3))).shape
        (2, 3)
    """
    x = as_operand(x)
    if axis is None:
        return reshape(x, tuple(d for d in x.shape if d != 1))
    axes = normalize_axes(axis, len(x.shape))
    if any(x.shape[a] != 1 for a in axes):
        raise ValueError(f"squeeze: only axes of length 1 can go. Received: axis={axis}, shape={x.shape}.")
    return reshape(x, tuple(d for i, d in enumerate(x.shape) if i not in axes))


def _common_shape(shapes: Sequence[Ints]) -> Ints | None:
    """The one shape that all have; None if they differ."""
    found = shapes[0] if shapes else ()
    for shape in shapes:
        if shape == found:
            continue
        if len(shape) != len(found):
            return None
        dims = [common_size(m, n) for m, n in zip(found, shape, strict=True)]
        if None in dims:
            return None
        found = tuple(d for d in dims if d is not None)
    return found


@op
def concatenate(xs: Any, axis: int = 0) -> Any:
    """Join arrays along an axis.

    Args:
        xs: Arrays, alike in all other dimensions.
        axis: The axis along which they follow each other. Defaults to 0.

    Returns:
        One array.

    Raises:
        ValueError: If the shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.concatenate([[1, 2], [3]])
        array([1, 2, 3], dtype=int32)
    """
    tensors = [as_operand(x) for x in xs]
    if not tensors:
        raise ValueError("concatenate: at least one array was expected. Received: none.")
    ndim = len(tensors[0].shape)
    axis = normalize_axis(axis, ndim)
    rest = _common_shape([tuple(d for i, d in enumerate(x.shape) if i != axis) for x in tensors])
    if rest is None:
        raise ValueError(
            f"concatenate: arrays must agree in all dimensions but axis {axis}. "
            f"Received: shapes {[x.shape for x in tensors]}."
        )
    if len(tensors) == 1:
        return tensors[0]
    dtype = promote(*(dtype_of(x) for x in tensors))
    places, start = [], 0
    for x in tensors:
        places.append((tuple(start if i == axis else 0 for i in range(ndim)), (1,) * ndim))
        start += x.shape[axis]
    shape = (*rest[:axis], start, *rest[axis:])
    return place([convert(x, dtype) for x in tensors], places, shape, None)


@op
def stack(x: Any, axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis.

    Args:
        x: Arrays.
        axis: Position of the new axis. Defaults to 0.

    Returns:
        One array of one more dimension.

    Example:
        >>> from nncore import ops
        >>> ops.stack([[1, 2], [3, 4]], axis=1)
        array([[1, 3],
               [2, 4]], dtype=int32)
    """
    tensors = [as_operand(item) for item in x]
    if _common_shape([t.shape for t in tensors]) is None:
        raise ValueError(f"stack: arrays must have one shape. Received: shapes {[t.shape for t in tensors]}.")
    return concatenate([expand_dims(t, axis) for t in tensors], axis=axis)


@op
def flip(x: Any, axis: Any = None) -> Any:
    """Reverse the order of elements along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.flip([1, 2, 3])
        array([3, 2, 1], dtype=int32)
    """
    x = as_operand(x)
    axes = normalize_axes(axis, len(x.shape))
    starts = tuple(max(d - 1, 0) if i in axes else 0 for i, d in enumerate(x.shape))
    steps = tuple(-1 if i in axes else 1 for i in range(len(x.shape)))
    return slice_of(x, starts, x.shape, steps)


@op
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Add elements around an array.

    Args:
        x: Array.
        pad_width: ``((before, after), ...)`` per axis, one pair for all, or one int for all.
        mode: ``"constant"``, ``"edge"``, ``"reflect"`` or ``"symmetric"``. Defaults to ``"constant"``.
        constant_values: The number added in mode ``"constant"``. Defaults to None, meaning 0.

    Returns:
        A larger array.

    Raises:
        ValueError: For an unknown mode, negative widths, or a constant given with another mode.

    Example:
        >>> from nncore import ops
        >>> ops.pad([1, 2], (1, 1))
        array([0, 1, 2, 0], dtype=int32)
    """
    x = as_operand(x)
    ndim = len(x.shape)
    widths = np.broadcast_to(np.asarray(pad_width, dtype=int), (ndim, 2)).tolist()
    if any(w < 0 for pair in widths for w in pair):
        raise ValueError(f"pad: widths must not be negative. Received: pad_width={pad_width}.")
    if mode == "constant":
        shape = tuple(b + d + a for (b, a), d in zip(widths, x.shape, strict=True))
        starts = tuple(b for b, _ in widths)
        return place([x], [(starts, (1,) * ndim)], shape, float(constant_values or 0))
    if constant_values is not None:
        raise ValueError(f"pad: constant_values goes with mode='constant'. Received: mode={mode!r}.")
    if mode not in ("edge", "reflect", "symmetric"):
        raise ValueError(f"pad: mode must be 'constant', 'edge', 'reflect' or 'symmetric'. Received: mode={mode!r}.")
    for axis, (before, after) in enumerate(widths):
        x = _pad_axis(x, axis, before, after, mode)
    return x


def _pad_axis(x: Any, axis: int, before: int, after: int, mode: str) -> Any:
    from nncore.ops.indexing import take

    if not before and not after:
        return x
    order = np.pad(np.arange(x.shape[axis]), (before, after), mode=mode)  # type: ignore[call-overload]
    return take(x, order.astype("int32"), axis=axis)

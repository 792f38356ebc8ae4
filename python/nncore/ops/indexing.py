"""Gather and scatter primitives, and the functions that pick or place elements by index.

An index below zero counts from the end. An index out of range picks NaN (0 for integers) and places nothing: values are
not known when a function is traced, so this can't be an error there, and an eager call gives the same numbers.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ir import SymbolicTensor, trace_error
from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, is_float, is_weak, standardize_dtype
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.shape import broadcast_to, normalize_axis, place, reshape, slice_of, transpose

_INDEX = ("int32", "int64")
_VALUES = ("float32", "float64", "int32", "int64", "uint8", "bool")

# --- primitives: x is (outer, axis, inner) ---------------------------------------------------------------------------


def _check(name: str, ok: bool, specs: Sequence[SpecPair]) -> None:
    if not ok:
        raise ValueError(f"{name}: operands don't fit. Received: {[shape for shape, _ in specs]}.")


def _gather_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (x, dtype), (index, _) = specs
    _check("gather", len(x) == 3 and len(index) == 1, specs)
    return [((x[0], index[0], x[2]), dtype)]


def _fill(dtype: Any) -> Any:
    return np.nan if np.issubdtype(dtype, np.floating) else 0


def _gather_reference(x: Any, index: Any) -> Any:
    ok = (index >= 0) & (index < x.shape[1])
    if not x.shape[1]:
        return np.full((x.shape[0], index.size, x.shape[2]), _fill(x.dtype), x.dtype)
    return np.where(ok[:, None], x[:, np.where(ok, index, 0)], np.asarray(_fill(x.dtype), x.dtype))


def _gather_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    x, index = node.inputs
    return [apply(OPS["scatter_add"], [g, index], {"size": x.shape[1]}), None]


# (O, A, I), (n) -> (O, n, I)
OpDef("gather", KERNEL, _gather_infer, _gather_grad, _gather_reference, encode=lambda specs, attrs: ((), ()))


def _scatter_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (g, dtype), (index, _) = specs
    _check("scatter_add", len(g) == 3 and index == g[1:2], specs)
    return [((g[0], attrs["size"], g[2]), dtype)]


def _scatter_reference(g: Any, index: Any, size: int) -> Any:
    out = np.zeros((g.shape[0], size, g.shape[2]), g.dtype)
    for position, target in enumerate(index):
        if 0 <= target < size:
            out[:, target] += g[:, position]
    return out


def _scatter_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    return [_zero_invalid(apply(OPS["gather"], [g, node.inputs[1]]), node.inputs[1], node, (1, -1, 1)), None]


def _zero_invalid(picked: Any, index: Any, node: Any, shape: tuple[int, ...] | None) -> Any:
    """What was placed nowhere has no gradient."""
    size = node.attrs["size"]
    ok = binary("logical_and", binary("ge", index, 0), binary("lt", index, size))
    return where(ok if shape is None else reshape(ok, shape), picked, 0)


# (O, n, I), (n) -> (O, size, I)
OpDef("scatter_add", KERNEL, _scatter_infer, _scatter_grad, _scatter_reference, encode=lambda specs, attrs: ((), ()))


def _take_along_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (x, dtype), (index, _) = specs
    _check("take_along", len(x) == 3 == len(index) and (x[0], x[2]) == (index[0], index[2]), specs)
    return [(index, dtype)]


def _take_along_reference(x: Any, index: Any) -> Any:
    if not x.shape[1]:
        return np.full(index.shape, _fill(x.dtype), x.dtype)
    ok = (index >= 0) & (index < x.shape[1])
    picked = np.take_along_axis(x, np.where(ok, index, 0).astype(np.int64), axis=1)
    return np.where(ok, picked, np.asarray(_fill(x.dtype), x.dtype))


def _take_along_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    x, index = node.inputs
    return [apply(OPS["put_along_add"], [g, index], {"size": x.shape[1]}), None]


# (O, A, I), (O, n, I) -> (O, n, I)
OpDef(
    "take_along",
    KERNEL,
    _take_along_infer,
    _take_along_grad,
    _take_along_reference,
    encode=lambda specs, attrs: ((), ()),
)


def _put_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (g, dtype), (index, _) = specs
    _check("put_along_add", len(g) == 3 and index == g, specs)
    return [((g[0], attrs["size"], g[2]), dtype)]


def _put_reference(g: Any, index: Any, size: int) -> Any:
    out = np.zeros((g.shape[0], size, g.shape[2]), g.dtype)
    for o, n, i in np.ndindex(*g.shape):
        target = index[o, n, i]
        if 0 <= target < size:
            out[o, target, i] += g[o, n, i]
    return out


def _put_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    index = node.inputs[1]
    return [_zero_invalid(apply(OPS["take_along"], [g, index]), index, node, None), None]


# (O, n, I), (O, n, I) -> (O, size, I)
OpDef("put_along_add", KERNEL, _put_infer, _put_grad, _put_reference, encode=lambda specs, attrs: ((), ()))


# --- helpers ---------------------------------------------------------------------------------------------------------


def whole_index(name: str, indices: Any) -> Any:
    """An index operand: int32 or int64. Floats are truncated, as in Keras."""
    indices = as_operand(indices)
    dtype = dtype_of(indices)
    if dtype == "bool":
        raise TypeError(
            f"{name}: whole numbers were expected as indices (use ops.where for a mask). Received: a boolean array."
        )
    return indices if dtype in _INDEX else convert(indices, "int32")


def wrap(index: Any, size: int) -> Any:
    """Count negative indices from the end."""
    if isinstance(index, np.ndarray) and (not index.size or index.min() >= 0):
        return index
    return where(binary("lt", index, 0), binary("add", index, size), index)


def _three(x: Any, axis: int) -> Any:
    """View an array as (outer, axis, inner)."""
    shape = x.shape
    return reshape(x, (math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])))


def gather(x: Any, index: Any, axis: int) -> Any:
    """Pick along an axis with wrapped indices of any shape."""
    y = apply(OPS["gather"], [_three(x, axis), reshape(index, (-1,))])
    return reshape(y, (*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]))


# --- functions -------------------------------------------------------------------------------------------------------


@op
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Pick elements along an axis.

    Args:
        x: Array.
        indices: Whole numbers, an array of any shape. Negative ones count from the end; those out of range give NaN
            (0 for integers).
        axis: The axis. Defaults to None: the flattened array.

    Returns:
        Array in which the axis is replaced by the dimensions of ``indices``.

    Raises:
        ValueError: If there is no such axis.

    Example:
        >>> from nncore import ops
        >>> ops.take([10, 20, 30], [2, 0])
        array([30, 10], dtype=int32)
    """
    x = as_operand(x)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    axis = normalize_axis(axis, len(x.shape))
    index = whole_index("take", indices)
    return gather(x, wrap(index, x.shape[axis]), axis)


@op
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Pick along an axis with indices of their own for every place on the other axes.

    Args:
        x: Array.
        indices: Whole numbers, an array with as many dimensions as ``x`` that broadcasts with it on the other axes.
        axis: The axis. Defaults to None: the flattened arrays.

    Returns:
        Array of the shape of ``indices`` (broadcast with ``x`` on the other axes).

    Raises:
        ValueError: If the numbers of dimensions differ.

    Example:
        >>> from nncore import ops
        >>> ops.take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1)
        array([[2],
               [3]], dtype=int32)
    """
    x, index = as_operand(x), whole_index("take_along_axis", indices)
    if axis is None:
        x, index, axis = reshape(x, (-1,)), reshape(index, (-1,)), 0
    if len(x.shape) != len(index.shape):
        raise ValueError(
            f"take_along_axis: indices must have as many dimensions as x. Received: x.shape={x.shape}, "
            f"indices.shape={index.shape}."
        )
    axis = normalize_axis(axis, len(x.shape))
    rest = np.broadcast_shapes(*((*s[:axis], 1, *s[axis + 1 :]) for s in (x.shape, index.shape)))
    shape = (*rest[:axis], index.shape[axis], *rest[axis + 1 :])
    x = broadcast_to(x, (*rest[:axis], x.shape[axis], *rest[axis + 1 :]))
    index = wrap(broadcast_to(index, shape), x.shape[axis])
    y = apply(OPS["take_along"], [_three(x, axis), _three(index, axis)])
    return reshape(y, shape)


@op
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """Mark each class number by a one in a row of zeros.

    Args:
        x: Whole numbers. Those outside ``[0, num_classes)`` give rows of zeros.
        num_classes: Length of the new axis.
        axis: Position of the new axis. Defaults to -1.
        dtype: dtype. Defaults to None, meaning ``floatx()``.
        sparse: Only False: there are no sparse tensors.

    Returns:
        Array with one more dimension.

    Raises:
        ValueError: If ``sparse``.

    Example:
        >>> from nncore import ops
        >>> ops.one_hot([0, 2], 3)
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    if sparse:
        raise ValueError(f"one_hot: only dense tensors exist in nncore. Received: sparse={sparse}.")
    x = as_operand(x)
    if is_float(dtype_of(x)) or dtype_of(x) == "bool":
        x = convert(x, "int32")
    ndim = len(x.shape) + 1
    axis = normalize_axis(axis, ndim)
    wide = reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))
    kind = "int64" if dtype_of(x) == "int64" else "int32"
    classes = np.arange(num_classes, dtype=kind).reshape([-1 if i == axis else 1 for i in range(ndim)])
    return convert(binary("eq", convert(wide, kind), classes), standardize_dtype(dtype))


@op
def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    num_tokens: int | None = None,
) -> Any:
    """Mark all class numbers of a sample by ones in one row of zeros.

    Args:
        inputs: Whole numbers of shape ``(..., n)``; a 1D array is one sample, more dimensions hold samples in rows.
        num_classes: Length of the row.
        axis: Position of the class axis. Defaults to -1.
        dtype: dtype. Defaults to None, meaning ``floatx()``.
        sparse: Only False: there are no sparse tensors.
        num_tokens: The older name of ``num_classes``.

    Returns:
        Array in which the axis of class numbers is replaced by the classes.

    Raises:
        ValueError: If the number of classes is missing, or ``sparse``.

    Example:
        >>> from nncore import ops
        >>> ops.multi_hot([0, 2], 3)
        array([1., 0., 1.], dtype=float32)
    """
    from nncore.ops.reduction import max as ops_max

    num_classes = num_tokens if num_classes is None else num_classes
    if num_classes is None:
        raise ValueError("multi_hot: num_classes was expected. Received: num_classes=None.")
    x = as_operand(inputs)
    reduced = 1 if len(x.shape) > 1 else 0
    hot = one_hot(x, num_classes, axis=axis, dtype=dtype, sparse=sparse)
    return ops_max(hot, axis=reduced)


@op
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """Cut a rectangular part out of an array.

    Args:
        inputs: Array.
        start_indices: The first index per axis: numbers, or a tensor of them.
        shape: The shape of the part; -1 for all that is left of an axis.

    Returns:
        Array of that shape.

    Raises:
        ValueError: If the part reaches beyond the array. Where the starts are tensors they are moved to fit.

    Example:
        >>> from nncore import ops
        >>> ops.slice([[1, 2, 3], [4, 5, 6]], (0, 1), (2, 2))
        array([[2, 3],
               [5, 6]], dtype=int32)
    """
    x = as_operand(inputs)
    starts = _starts("slice", start_indices, len(x.shape))
    if isinstance(starts, list):
        sizes = [d - s if n == -1 else int(n) for n, d, s in zip(shape, x.shape, starts, strict=True)]
        return slice_of(x, starts, sizes, [1] * len(sizes))
    for axis, n in enumerate(shape):
        if n in (-1, x.shape[axis]):
            continue
        last = x.shape[axis] - int(n)
        first = _limited(starts[axis], last)
        x = gather(x, binary("add", np.arange(int(n), dtype="int32"), first), axis)
    return x


def _limited(start: Any, last: int) -> Any:
    return binary("max", binary("min", convert(start, "int32"), last), 0)


def _starts(name: str, starts: Any, ndim: int) -> Any:
    """Start indices as a list of ints, or as a symbolic vector."""
    starts = as_operand(starts)
    if starts.shape not in ((ndim,), ()) or (starts.shape == () and ndim != 1):
        raise ValueError(f"{name}: one start index per axis was expected ({ndim}). Received: shape={starts.shape}.")
    if isinstance(starts, np.ndarray):
        return [int(s) for s in starts.reshape(-1)]
    return reshape(starts, (-1,))


@op
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Replace a rectangular part of an array; the argument itself stays as it is.

    Args:
        inputs: Array.
        start_indices: The first index per axis: numbers, or a tensor of them (moved so that the part fits).
        updates: The part, with as many dimensions as ``inputs``.

    Returns:
        Array of the shape of ``inputs``.

    Raises:
        ValueError: If the part reaches beyond the array.

    Example:
        >>> from nncore import ops
        >>> ops.slice_update([1, 2, 3, 4], [1], [8, 9])
        array([1, 8, 9, 4], dtype=int32)
    """
    x = as_operand(inputs)
    part = convert(as_operand(updates), dtype_of(x))
    ndim = len(x.shape)
    if len(part.shape) != ndim or any(p > d for p, d in zip(part.shape, x.shape, strict=True)):
        raise ValueError(
            "slice_update: updates must have as many dimensions as inputs and fit inside. "
            f"Received: inputs.shape={x.shape}, updates.shape={part.shape}."
        )
    starts = _starts("slice_update", start_indices, ndim)
    if isinstance(starts, list):
        if any(s < 0 or s + p > d for s, p, d in zip(starts, part.shape, x.shape, strict=True)):
            raise ValueError(
                "slice_update: the part must lie inside of inputs. Received: "
                f"start_indices={starts}, updates.shape={part.shape}, inputs.shape={x.shape}."
            )
        mask = np.zeros(x.shape, bool)
        mask[tuple(builtins.slice(s, s + p) for s, p in zip(starts, part.shape, strict=True))] = True
        wide = place([part], [(tuple(starts), (1,) * ndim)], x.shape, 0.0)
        return where(mask, wide, x)
    inside: Any = None
    for axis, (p, d) in enumerate(zip(part.shape, x.shape, strict=True)):
        offset = binary("sub", np.arange(d, dtype="int32"), _limited(starts[axis], d - p))
        here = binary("logical_and", binary("ge", offset, 0), binary("lt", offset, p))
        here = reshape(here, tuple(d if i == axis else 1 for i in range(ndim)))
        inside = here if inside is None else binary("logical_and", inside, here)
        part = gather(part, binary("max", binary("min", offset, max(p - 1, 0)), 0), axis)
    return x if inside is None else where(inside, part, x)


def nonzero(x: Any) -> tuple[Any, ...]:
    """The indices of true (non-zero) elements, one array per axis. Only on arrays.

    Args:
        x: Array.

    Returns:
        Tuple of int32 arrays.

    Raises:
        TraceError: Inside a compiled function: the shape of the result depends on values.

    Example:
        >>> from nncore import ops
        >>> ops.nonzero([0, 3, 4])
        (array([1, 2], dtype=int32),)
    """
    x = as_operand(x)
    if isinstance(x, SymbolicTensor):
        raise trace_error(
            f"nonzero gives as many elements as are true, which isn't known while tracing ({x!r}).",
            "Use ops.where(condition, a, b), which keeps the shape.",
        )
    return tuple(i.astype("int32") for i in np.nonzero(x))


@op
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Where values would be inserted in a sorted sequence to keep it sorted.

    Args:
        sorted_sequence: One-dimensional array in ascending order.
        values: Array of any shape.
        side: ``"left"``: before equal elements; ``"right"``: after them. Defaults to ``"left"``.

    Returns:
        Array of int32 of the shape of ``values``.

    Raises:
        ValueError: For another ``side``, or a sequence that isn't one-dimensional.

    Example:
        >>> from nncore import ops
        >>> ops.searchsorted([1, 3, 5], [3, 4])
        array([1, 2], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side must be 'left' or 'right'. Received: side={side!r}.")
    sequence, values = as_operand(sorted_sequence), values if is_weak(values) else as_operand(values)
    if len(sequence.shape) != 1:
        raise ValueError(f"searchsorted: a one-dimensional sequence was expected. Received: shape={sequence.shape}.")
    below = "lt" if side == "left" else "le"
    n = int(sequence.shape[0])
    place = np.zeros(np.shape(values), "int32")
    # All values are sought at once, by halving: each turn is a few passes over them.
    step = 1 << n.bit_length() >> 1
    while step:
        ahead = binary("add", place, step)
        element = take(sequence, binary("sub", binary("min", ahead, n), 1))
        found = binary("logical_and", binary("le", ahead, n), binary(below, element, values))
        place = where(found, ahead, place)
        step //= 2
    if is_weak(values) or is_float(dtype_of(values)):
        # NaN compares with nothing: it belongs behind all numbers, among the sequence's own.
        from nncore.ops.reduction import sum as count

        end: Any = n
        if side == "left" and is_float(dtype_of(sequence)):
            end = count(unary("logical_not", unary("isnan", sequence)))
        place = where(unary("isnan", values), end, place)
    return place


@op
def digitize(x: Any, bins: Any) -> Any:
    """The number of the bin that each element falls in.

    Args:
        x: Array.
        bins: One-dimensional ascending edges.

    Returns:
        Array of int32: 0 below the first edge, ``len(bins)`` from the last on.

    Example:
        >>> from nncore import ops
        >>> ops.digitize([0.5, 1.0, 9.0], [1.0, 2.0])
        array([0, 1, 2], dtype=int32)
    """
    return searchsorted(bins, x, side="right")


@op
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """For each element the choice of the first condition that holds.

    Args:
        condlist: List of boolean arrays.
        choicelist: List of arrays, one per condition.
        default: Value where no condition holds. Defaults to 0.

    Returns:
        Array.

    Raises:
        ValueError: If the lists differ in length.

    Example:
        >>> from nncore import ops
        >>> ops.select([[True, False]], [[1, 2]], 9)
        array([1, 9], dtype=int32)
    """
    if len(condlist) != len(choicelist):
        raise ValueError(
            "select: one choice per condition was expected. "
            f"Received: {len(condlist)} conditions, {len(choicelist)} choices."
        )
    y = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        y = where(condition, choice, y)
    return y


def take_axis_first(x: Any, axes: Sequence[int]) -> Any:
    """Move axes to the front, the others keeping their order."""
    rest = [i for i in range(len(x.shape)) if i not in axes]
    return transpose(x, (*axes, *rest))

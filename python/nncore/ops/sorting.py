"""Sorting: ``sort``, ``argsort``, ``top_k`` and what is composed of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ir import SymbolicTensor, trace_error
from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary, convert, unary
from nncore.ops.indexing import take_along_axis
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import normalize_axis, reshape, slice_of, transpose


def _sort_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    if not shape:
        raise ValueError("sort: an array of at least one dimension was expected. Received: a scalar.")
    return [(shape, dtype), (shape, "int32")]


def _sort_reference(x: Any, descending: bool) -> list[Any]:
    if descending:
        # A stable descending order: NaN first, equal elements in their order.
        reverse = np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]
        order = x.shape[-1] - 1 - reverse
    else:
        order = np.argsort(x, axis=-1, kind="stable")
    return [np.take_along_axis(x, order, -1), order.astype(np.int32)]


def _sort_grad(node: Any, needs: Sequence[bool], g: Any, *_: Any) -> list[Any]:
    shape = node.inputs[0].shape
    rows = (math.prod(shape[:-1]), shape[-1], 1)
    back = apply(OPS["put_along_add"], [reshape(g, rows), reshape(node.outputs[1], rows)], {"size": shape[-1]})
    return [reshape(back, shape)]


# Along the last axis: sorted values and their int32 positions.
OpDef(
    "sort",
    KERNEL,
    _sort_infer,
    _sort_grad,
    _sort_reference,
    encode=lambda specs, attrs: ((len(specs[0][0]) - 1, int(attrs["descending"])), ()),
)


def _sorted(x: Any, axis: int | None, descending: bool = False) -> tuple[Any, Any]:
    """Sorted values and positions along an axis."""
    x = as_operand(x)
    dtype = dtype_of(x)
    if dtype in ("bool", "uint8"):
        x = convert(x, "int32")
    if axis is None:
        x, axis = reshape(x, (math.prod(x.shape),)), 0
    ndim = len(x.shape)
    axis = normalize_axis(axis, ndim)
    order = [*(i for i in range(ndim) if i != axis), axis]
    values, index = apply(OPS["sort"], [transpose(x, tuple(order))], {"descending": descending})
    back = tuple(order.index(i) for i in range(ndim))
    return convert(transpose(values, back), dtype), transpose(index, back)


@op
def sort(x: Any, axis: int | None = -1) -> Any:
    """Sort in ascending order; NaN comes last.

    Args:
        x: Array.
        axis: The axis; None for the flattened array. Defaults to -1.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.sort([3, 1, 2])
        array([1, 2, 3], dtype=int32)
    """
    return _sorted(x, axis)[0]


@op
def argsort(x: Any, axis: int | None = -1) -> Any:
    """The positions that sort an array in ascending order; equal elements keep their order.

    Args:
        x: Array.
        axis: The axis; None for the flattened array. Defaults to -1.

    Returns:
        Array of int32 of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.argsort([3, 1, 2])
        array([1, 2, 0], dtype=int32)
    """
    return _sorted(x, axis)[1]


@op
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """The ``k`` largest elements along the last axis and their positions.

    Args:
        x: Array.
        k: How many.
        sorted: Largest first. They are in this order in any case. Defaults to True.

    Returns:
        Pair of values and positions (int32), of shape ``(..., k)``.

    Raises:
        ValueError: If there are fewer than ``k`` elements.

    Example:
        >>> from nncore import ops
        >>> ops.top_k([3, 1, 2], 2)
        (array([3, 2], dtype=int32), array([0, 2], dtype=int32))
    """
    x = as_operand(x)
    if not x.shape or not 0 <= k <= x.shape[-1]:
        raise ValueError(f"top_k: k must be at most the last axis. Received: k={k}, shape={x.shape}.")
    values, index = _sorted(x, -1, descending=True)
    sizes, zeros, steps = (*x.shape[:-1], k), (0,) * len(x.shape), (1,) * len(x.shape)
    return slice_of(values, zeros, sizes, steps), slice_of(index, zeros, sizes, steps)


@op
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether the target class is among the ``k`` largest predictions; ties count as inside.

    Args:
        targets: Class numbers, shape ``(batch,)``.
        predictions: Shape ``(batch, classes)``.
        k: How many.

    Returns:
        Boolean array of shape ``(batch,)``; False where the target's prediction isn't finite.

    Raises:
        ValueError: If the shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], 1)
        array([ True, False])
    """
    targets, predictions = as_operand(targets), as_operand(predictions)
    if targets.shape != predictions.shape[:-1]:
        raise ValueError(
            "in_top_k: one target per row of predictions was expected. "
            f"Received: targets.shape={targets.shape}, predictions.shape={predictions.shape}."
        )
    predictions = convert(predictions, "float32" if dtype_of(predictions) != "float64" else "float64")
    own = take_along_axis(predictions, reshape(targets, (*targets.shape, 1)), axis=-1)
    above = ops_sum(binary("gt", predictions, own), axis=-1)
    finite = reshape(unary("isfinite", own), targets.shape)
    return binary("logical_and", binary("lt", above, int(k)), finite)


def _interpolate(values: Any, at: float, method: str) -> Any:
    """The value at a fractional position of the last axis of sorted values."""
    n = values.shape[-1]
    low, high = math.floor(at), math.ceil(at)
    if method == "nearest":
        low = high = int(np.round(at))
    elif method == "lower":
        high = low
    elif method == "higher":
        low = high
    lead = values.shape[:-1]

    def pick(position: int) -> Any:
        starts = (*(0 for _ in lead), min(position, n - 1))
        return reshape(slice_of(values, starts, (*lead, 1), (1,) * len(values.shape)), lead)

    if low == high:
        return pick(low)
    a, b = pick(low), pick(high)
    weight = 0.5 if method == "midpoint" else at - low
    return binary("add", a, binary("mul", binary("sub", b, a), weight))


METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def check_levels(name: str, q: Any, method: str, most: float = 1.0) -> Any:
    """The levels of quantiles as an array; errors for a method or levels that there are not."""
    if isinstance(q, SymbolicTensor):
        raise trace_error(f"ops.{name}: `q` must be known while tracing.", "Pass numbers.")
    if method not in METHODS:
        raise ValueError(f"{name}: `method` should be one of {METHODS}. Received: method={method!r}.")
    levels = np.asarray(q, dtype=float)
    if np.any(~((levels >= 0) & (levels <= most))):
        raise ValueError(f"{name}: `q` should be in [0, {most:g}]. Received: q={q}.")
    return levels


@op
def quantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles along axes; NaN where there is one.

    Args:
        x: Array.
        q: Number or numbers in [0, 1]; fixed, not a symbolic tensor.
        axis: Axis or axes. Defaults to None: all.
        method: Between two elements: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats; the axis of quantiles comes first if ``q`` is an array.

    Raises:
        ValueError: For another method, a ``q`` outside [0, 1], or no elements.

    Example:
        >>> from nncore import ops
        >>> float(ops.quantile([1.0, 2.0, 3.0], 0.75))
        2.5
    """
    from nncore.ops.dtypes import to_float
    from nncore.ops.elementwise import where
    from nncore.ops.reduction import any as ops_any
    from nncore.ops.reduction import kept
    from nncore.ops.shape import normalize_axes, stack

    levels = check_levels("quantile", q, method)
    x = as_operand(x)
    x = convert(x, to_float(dtype_of(x)))
    axes = normalize_axes(axis, len(x.shape))
    rest = [i for i in range(len(x.shape)) if i not in axes]
    lead = tuple(x.shape[i] for i in rest)
    n = math.prod(x.shape[i] for i in axes)
    if not n:
        raise ValueError(f"quantile of no elements has no value. Received: shape={x.shape}, axis={axis}.")
    flat = reshape(transpose(x, (*rest, *axes)), (*lead, n))
    values = _sorted(flat, -1)[0]
    bad = ops_any(unary("isnan", flat), axis=-1)
    shape = kept(x.shape, axes) if keepdims else lead
    parts = [
        reshape(where(bad, float("nan"), _interpolate(values, level * (n - 1), method)), shape)
        for level in levels.reshape(-1).tolist()
    ]
    if not levels.ndim:
        return parts[0]
    return reshape(stack(parts), (*levels.shape, *shape))


@op
def percentile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Percentiles along axes; NaN where there is one.

    Args:
        x: Array.
        q: Number or numbers in [0, 100]; fixed, not a symbolic tensor.
        axis: Axis or axes. Defaults to None: all.
        method: Between two elements: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats; the axis of percentiles comes first if ``q`` is an array.

    Raises:
        ValueError: For another method, a ``q`` outside [0, 100], or no elements.

    Example:
        >>> from nncore import ops
        >>> float(ops.percentile([1.0, 2.0, 3.0], 75))
        2.5
    """
    return quantile(x, check_levels("percentile", q, method, 100.0) / 100.0, axis, method, keepdims)


@op
def argpartition(x: Any, kth: Any, axis: int | None = -1) -> Any:
    """Positions that put the smaller elements before and the larger ones behind the ``kth``.

    Args:
        x: Array.
        kth: Position of the element, or several. The result is in ascending order whatever it is.
        axis: The axis; None for the flattened array. Defaults to -1.

    Returns:
        Array of int32 of the same shape.

    Raises:
        ValueError: If there is no such position.

    Example:
        >>> from nncore import ops
        >>> ops.argpartition([7, 1, 5, 3], 1)[:2]
        array([1, 3], dtype=int32)
    """
    x = as_operand(x)
    n = math.prod(x.shape) if axis is None else x.shape[normalize_axis(axis, len(x.shape))]
    if any(not -n <= k < n for k in np.atleast_1d(kth).tolist()):
        raise ValueError(f"argpartition: `kth` should be a position along the axis of length {n}. Received: {kth}.")
    return argsort(x, axis)


@op
def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle element along axes, or the mean of the two in the middle; NaN where there is one.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats.

    Raises:
        ValueError: If there are no elements.

    Example:
        >>> from nncore import ops
        >>> float(ops.median([3.0, 1.0, 2.0]))
        2.0
    """
    return quantile(x, 0.5, axis=axis, keepdims=keepdims)

"""Statistics that leave NaN out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore.ops import cumulative, reduction
from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, is_float
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.indexing import take_along_axis
from nncore.ops.numeric import as_floats, named
from nncore.ops.shape import broadcast_to, normalize_axes, reshape, stack, transpose
from nncore.ops.sorting import check_levels, sort

_DOC = """{line}

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        {returns}

    Example:
        >>> from nncore import ops
        >>> float(ops.{name}([1.0, float("nan"), 3.0]))
        {result}
    """


def _filled(x: Any, fill: float) -> tuple[Any, Any]:
    """The array with a number in place of NaN, and where they were (None: integers have none)."""
    if not is_float(dtype_of(x)):
        return x, None
    missing = unary("isnan", x)
    return where(missing, fill, x), missing


def _extreme(name: str, reduce: Any, fill: float, line: str, result: str) -> Any:
    def function(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        filled, missing = _filled(as_operand(x), fill)
        y = reduce(filled, axis, keepdims)
        return y if missing is None else where(reduction.all(missing, axis, keepdims), math.nan, y)

    returns = "Array without these axes; NaN where there is nothing else."
    return named(function, name, _DOC.format(name=name, line=line, result=result, returns=returns))


nanmax = _extreme("nanmax", reduction.max, -math.inf, "Largest element along axes that is not NaN.", "3.0")
nanmin = _extreme("nanmin", reduction.min, math.inf, "Smallest element along axes that is not NaN.", "1.0")


@op
def nanprod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Multiply the elements along axes that are not NaN.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array without these axes; 1 where there is nothing else.

    Example:
        >>> from nncore import ops
        >>> float(ops.nanprod([2.0, float("nan"), 3.0]))
        6.0
    """
    return reduction.prod(_filled(as_operand(x), 1.0)[0], axis, keepdims)


@op
def nanvar(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Variance along axes of the elements that are not NaN.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes; NaN where there is nothing else.

    Example:
        >>> from nncore import ops
        >>> float(ops.nanvar([1.0, float("nan"), 3.0]))
        1.0
    """
    x = as_floats(x)
    filled, missing = _filled(x, 0.0)
    count = convert(reduction.sum(unary("logical_not", missing), axis, True), dtype_of(x))
    middle = binary("div", reduction.sum(filled, axis, True), count)
    away = where(missing, 0.0, x - middle)
    y = binary("div", reduction.sum(unary("square", away), axis, True), count)
    return y if keepdims else reshape(y, _without(x.shape, axis))


def _without(shape: Any, axis: Any) -> tuple[int, ...]:
    axes = normalize_axes(axis, len(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axes)


@op
def nanstd(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Standard deviation along axes of the elements that are not NaN.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes; NaN where there is nothing else.

    Example:
        >>> from nncore import ops
        >>> float(ops.nanstd([1.0, float("nan"), 3.0]))
        1.0
    """
    return unary("sqrt", nanvar(x, axis, keepdims))


_ARG_DOC = """Position of the {kind} element along an axis that is not NaN; the first of equal ones.

    Args:
        x: Array.
        axis: The axis. Defaults to None: the flattened array.
        keepdims: Keep the axis with length one. Defaults to False.

    Returns:
        Array of int32 without this axis; -1 where all elements are NaN.

    Example:
        >>> from nncore import ops
        >>> int(ops.{name}([1.0, float("nan"), 3.0]))
        {result}
    """


def _position(name: str, arg: Any, fill: float, kind: str, result: int) -> Any:
    def function(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        filled, missing = _filled(as_operand(x), fill)
        y = arg(filled, axis, keepdims)
        return y if missing is None else where(reduction.all(missing, axis, keepdims), -1, y)

    return named(function, name, _ARG_DOC.format(name=name, kind=kind, result=result))


nanargmax = _position("nanargmax", reduction.argmax, -math.inf, "largest", 2)
nanargmin = _position("nanargmin", reduction.argmin, math.inf, "smallest", 0)


_RUNNING_DOC = """Running {what} along an axis, in which NaN counts as {fill}.

    Args:
        x: Array.
        axis: The axis. Defaults to None: the flattened array.
        dtype: dtype of the result. Defaults to None: that of ``x`` (int32 for bool and uint8).

    Returns:
        Array of the same shape (one-dimensional without an axis).

    Example:
        >>> from nncore import ops
        >>> ops.{name}([2.0, float("nan"), 3.0])
        array([{result}], dtype=float32)
    """


def _running(name: str, cumulate: Any, fill: int, what: str, result: str) -> Any:
    def function(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
        return cumulate(_filled(as_operand(x), float(fill))[0], axis, dtype)

    return named(function, name, _RUNNING_DOC.format(name=name, fill=fill, what=what, result=result))


nancumsum = _running("nancumsum", cumulative.cumsum, 0, "sum", "2., 2., 5.")
nancumprod = _running("nancumprod", cumulative.cumprod, 1, "product", "2., 2., 6.")


@op
def nanquantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles along axes of the elements that are not NaN.

    Args:
        x: Array.
        q: Number or numbers in [0, 1]; fixed, not a symbolic tensor.
        axis: Axis or axes. Defaults to None: all.
        method: Between two elements: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats; the axis of quantiles comes first if ``q`` is an array. NaN where there is nothing else.

    Raises:
        ValueError: For another method, or a ``q`` outside [0, 1].

    Example:
        >>> from nncore import ops
        >>> float(ops.nanquantile([1.0, float("nan"), 3.0], 0.5))
        2.0
    """
    levels = check_levels("nanquantile", q, method)
    x = as_floats(x)
    axes = normalize_axes(axis, len(x.shape))
    rest = [i for i in range(len(x.shape)) if i not in axes]
    lead = tuple(x.shape[i] for i in rest)
    flat = reshape(transpose(x, (*rest, *axes)), (*lead, math.prod(x.shape[i] for i in axes)))
    values = sort(flat)  # NaN at the end
    present = reduction.sum(unary("logical_not", unary("isnan", flat)), -1, keepdims=True)
    last = convert(binary("max", binary("sub", present, 1), 0), dtype_of(x))
    shape = reduction.kept(x.shape, axes) if keepdims else lead
    parts = [reshape(_at(values, last * level, method), shape) for level in levels.reshape(-1).tolist()]
    return parts[0] if not levels.ndim else reshape(stack(parts), (*levels.shape, *shape))


def _at(values: Any, place: Any, method: str) -> Any:
    """The values at fractional positions of the last axis, one for each row."""
    if method == "nearest":
        place = unary("round", place)
    low, high = unary("floor", place), unary("ceil", place)
    if method == "lower":
        high = low
    elif method == "higher":
        low = high
    below, above = (take_along_axis(values, convert(i, "int32"), axis=-1) for i in (low, high))
    weight = broadcast_to(np.asarray(0.5, values.dtype), place.shape) if method == "midpoint" else place - low
    # Equal neighbours are taken as they are: between infinities nothing can be weighed.
    return where(binary("eq", low, high), below, below + (above - below) * weight)


@op
def nanpercentile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Percentiles along axes of the elements that are not NaN.

    Args:
        x: Array.
        q: Number or numbers in [0, 100]; fixed, not a symbolic tensor.
        axis: Axis or axes. Defaults to None: all.
        method: Between two elements: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats; the axis of percentiles comes first if ``q`` is an array. NaN where there is nothing else.

    Raises:
        ValueError: For another method, or a ``q`` outside [0, 100].

    Example:
        >>> from nncore import ops
        >>> float(ops.nanpercentile([1.0, float("nan"), 3.0], 50))
        2.0
    """
    check_levels("nanpercentile", q, method, 100.0)
    return nanquantile(x, np.asarray(q, dtype=float) / 100.0, axis, method, keepdims)


@op
def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle element along axes of those that are not NaN, or the mean of the two in the middle.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats; NaN where there is nothing else.

    Example:
        >>> from nncore import ops
        >>> float(ops.nanmedian([1.0, float("nan"), 3.0]))
        2.0
    """
    return nanquantile(x, 0.5, axis, keepdims=keepdims)

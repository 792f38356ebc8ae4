"""Arrays made from nothing: zeros, ranges, identity matrices, triangles.

Their results are plain NumPy arrays: constants, when a function is traced. Inside a trace a constant array of equal
elements is one element read with strides of zero, so that it costs no memory in the program.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config
from nncore.ir import current
from nncore.ops.apply import op
from nncore.ops.dtypes import (
    as_array,
    as_operand,
    dtype_of,
    is_float,
    is_weak,
    promote,
    standardize_dtype,
    to_float,
)
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.shape import broadcast_to, reshape


def dims(shape: Any) -> tuple[int, ...]:
    """A shape given as an int or a sequence, as a tuple of ints."""
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    return tuple(int(d) for d in shape)


def constant(shape: tuple[int, ...], value: Any, dtype: str) -> Any:
    """An array of equal elements."""
    if shape and current() is not None:
        return np.broadcast_to(np.asarray(value, dtype), shape)
    return np.full(shape, value, dtype) if value else np.zeros(shape, dtype)


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Make an array of zeros.

    Args:
        shape: Tuple of ints.
        dtype: Its dtype. Defaults to None, meaning ``floatx()``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.zeros(2)
        array([0., 0.], dtype=float32)
    """
    return constant(dims(shape), 0, standardize_dtype(dtype))


def ones(shape: Any, dtype: Any = None) -> Any:
    """Make an array of ones.

    Args:
        shape: Tuple of ints.
        dtype: Its dtype. Defaults to None, meaning ``floatx()``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.ones(2)
        array([1., 1.], dtype=float32)
    """
    return constant(dims(shape), 1, standardize_dtype(dtype))


def empty(shape: Any, dtype: Any = None) -> Any:
    """Make an array whose elements are still to be set; they are zeros.

    Args:
        shape: Tuple of ints.
        dtype: Its dtype. Defaults to None, meaning ``floatx()``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.empty((2, 3)).shape
        (2, 3)
    """
    return zeros(shape, dtype)


@op
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Make an array of one value.

    Args:
        shape: Tuple of ints.
        fill_value: The value: a number, or an array that broadcasts to ``shape``.
        dtype: Its dtype. Defaults to None, meaning ``floatx()``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.full(2, 7.0)
        array([7., 7.], dtype=float32)
    """
    dtype = standardize_dtype(dtype)
    if is_weak(fill_value):
        return constant(dims(shape), fill_value, dtype)
    y = broadcast_to(convert(as_operand(fill_value), dtype), dims(shape))
    return y.copy() if isinstance(y, np.ndarray) else y


def _like(x: Any, dtype: Any) -> tuple[tuple[int, ...], str]:
    x = as_operand(x)
    return x.shape, dtype_of(x) if dtype is None else standardize_dtype(dtype)


@op
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Make an array of zeros with the shape of another.

    Args:
        x: Array that gives the shape.
        dtype: Its dtype. Defaults to None: that of ``x``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.zeros_like([1.5, 2.5])
        array([0., 0.], dtype=float32)
    """
    shape, dtype = _like(x, dtype)
    return constant(shape, 0, dtype)


@op
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Make an array of ones with the shape of another.

    Args:
        x: Array that gives the shape.
        dtype: Its dtype. Defaults to None: that of ``x``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.ones_like([1.5, 2.5])
        array([1., 1.], dtype=float32)
    """
    shape, dtype = _like(x, dtype)
    return constant(shape, 1, dtype)


@op
def empty_like(x: Any, dtype: Any = None) -> Any:
    """Make an array of zeros with the shape of another, for elements still to be set.

    Args:
        x: Array that gives the shape.
        dtype: Its dtype. Defaults to None: that of ``x``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.empty_like([1.5, 2.5]).shape
        (2,)
    """
    return zeros_like(x, dtype)


@op
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Make an array of one value with the shape of another.

    Args:
        x: Array that gives the shape.
        fill_value: The value.
        dtype: Its dtype. Defaults to None: that of ``x``.

    Returns:
        Array of that shape.

    Example:
        >>> from nncore import ops
        >>> ops.full_like([1, 2], 7)
        array([7, 7], dtype=int32)
    """
    shape, dtype = _like(x, dtype)
    return full(shape, fill_value, dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Make numbers at equal steps: ``start``, ``start + step``, ... below ``stop``.

    Args:
        start: The first number; or the end, if it is the only argument (the first is then 0).
        stop: The end, not included. Defaults to None.
        step: The step. Defaults to None, meaning 1.
        dtype: dtype. Defaults to None: int32 for whole numbers, otherwise ``floatx()``.

    Returns:
        One-dimensional array.

    Raises:
        TypeError: If an argument is a symbolic tensor: the number of elements would depend on values.

    Example:
        >>> from nncore import ops
        >>> ops.arange(3)
        array([0, 1, 2], dtype=int32)
    """
    given = [x for x in (start, stop, step) if x is not None]
    if dtype is None:
        whole = all(isinstance(x, (int, np.integer)) or _is_integer_array(x) for x in given)
        dtype = "int32" if whole else config.floatx()
    # Evaluated in float64 first, so that the number of elements is not a matter of rounding.
    values = [x if isinstance(x, (int, float)) else as_array(x).item() for x in map(_static, given)]
    if stop is None:
        return np.arange(0, values[0], *values[1:]).astype(standardize_dtype(dtype))
    return np.arange(*values).astype(standardize_dtype(dtype))


def _static(x: Any) -> Any:
    from nncore.ir import Tensor, trace_error

    if isinstance(x, Tensor) and getattr(x, "value", None) is None:
        raise trace_error(
            f"arange needs its bounds as numbers: the shape of the result depends on them ({x!r}).",
            "Use the static shape (x.shape[0]) or a Python number.",
        )
    return x


def _is_integer_array(x: Any) -> bool:
    return not isinstance(x, (bool, float, int)) and not is_float(str(getattr(x, "dtype", "float32")))


@op
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Make ``num`` numbers at equal distances from ``start`` to ``stop``.

    Args:
        start: First number, or array of them.
        stop: Last number, or array of them.
        num: How many. Defaults to 50.
        endpoint: Whether ``stop`` is among them. Defaults to True.
        retstep: Return the distance as well. Defaults to False.
        dtype: dtype. Defaults to None: that of the arguments, or ``floatx()``.
        axis: Where the new axis goes, if the ends are arrays. Defaults to 0.

    Returns:
        Array, or the pair of array and distance if ``retstep``.

    Raises:
        ValueError: If ``num`` is negative.

    Example:
        >>> from nncore import ops
        >>> ops.linspace(0, 1, 3)
        array([0. , 0.5, 1. ], dtype=float32)
    """
    if num < 0:
        raise ValueError(f"linspace: num must not be negative. Received: num={num}.")
    start, stop = as_operand(start), as_operand(stop)
    kind = to_float(promote(dtype_of(start), dtype_of(stop)))
    start, stop = convert(start, kind), convert(stop, kind)
    gaps = num - 1 if endpoint else num
    step = (stop - start) / float(gaps) if gaps > 0 else (stop - start) * float("nan")
    shape = binary("add", start, stop).shape
    steps = np.arange(num, dtype=kind).reshape((num, *(1,) * len(shape)))
    y = binary("add", start, binary("mul", steps, step)) if gaps > 0 else broadcast_to(start, (num, *shape))
    if endpoint and num > 1:
        # The end itself, not what rounding makes of it.
        last = np.reshape(np.arange(num) == num - 1, steps.shape)
        y = where(last, stop, y)
    y = _new_axis_at(_cast_to(y, dtype), axis)
    return (y, step) if retstep else y


@op
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Make ``num`` numbers from ``base ** start`` to ``base ** stop``, each the same multiple of the one before.

    Args:
        start: First exponent, or array of them.
        stop: Last exponent, or array of them.
        num: How many. Defaults to 50.
        endpoint: Whether the last one is among them. Defaults to True.
        base: The base. Defaults to 10.
        dtype: dtype. Defaults to None: that of the arguments, or ``floatx()``.
        axis: Where the new axis goes, if the ends are arrays. Defaults to 0.

    Returns:
        Array.

    Raises:
        ValueError: If ``num`` is negative.

    Example:
        >>> from nncore import ops
        >>> ops.logspace(0, 2, 3)
        array([  1.,  10., 100.], dtype=float32)
    """
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    return _cast_to(binary("pow", float(base) if is_weak(base) else base, exponents), dtype)


def _new_axis_at(y: Any, axis: int) -> Any:
    """Move the first axis to where it is wanted."""
    if axis in (0, -len(y.shape)):
        return y
    from nncore.ops.arrange import moveaxis

    return moveaxis(y, 0, axis)


def _cast_to(y: Any, dtype: Any) -> Any:
    return y if dtype is None else convert(y, standardize_dtype(dtype))


@op
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """Make ``num`` numbers from ``start`` to ``stop``, each the same multiple of the one before.

    Args:
        start: First number, or array of them; not 0.
        stop: Last number, or array of them, of the same sign.
        num: How many. Defaults to 50.
        endpoint: Whether ``stop`` is among them. Defaults to True.
        dtype: dtype. Defaults to None: that of the arguments, or ``floatx()``.
        axis: Where the new axis goes, if the ends are arrays. Defaults to 0.

    Returns:
        Array.

    Raises:
        ValueError: If ``num`` is negative.

    Example:
        >>> from nncore import ops
        >>> ops.geomspace(1.0, 8.0, 4)
        array([1., 2., 4., 8.], dtype=float32)
    """
    start, stop = as_operand(start), as_operand(stop)
    kind = to_float(promote(dtype_of(start), dtype_of(stop)))
    start, stop = convert(start, kind), convert(stop, kind)
    sign = unary("sign", start)
    ends = [unary("log2", unary("abs", end)) for end in (start, stop)]
    grown = binary("pow", 2.0, linspace(ends[0], ends[1], num, endpoint))
    shape = binary("add", start, stop).shape
    place = np.arange(num).reshape((num, *(1,) * len(shape)))
    grown = binary("mul", broadcast_to(sign, shape), grown)
    # The ends themselves, not what rounding makes of them.
    y = where(place == 0, start, grown)
    if endpoint and num > 1:
        y = where(place == num - 1, stop, y)
    return _cast_to(_new_axis_at(y, axis), dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Make a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        N: Number of rows.
        M: Number of columns. Defaults to None: as many as rows.
        k: Which diagonal; positive above the main one. Defaults to 0.
        dtype: dtype. Defaults to None, meaning ``floatx()``.

    Returns:
        Array of shape ``(N, M)``.

    Example:
        >>> from nncore import ops
        >>> ops.eye(2)
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """
    return np.eye(N, M, k, dtype=standardize_dtype(dtype))


def identity(n: int, dtype: Any = None) -> Any:
    """Make the identity matrix.

    Args:
        n: Number of rows and columns.
        dtype: dtype. Defaults to None, meaning ``floatx()``.

    Returns:
        Array of shape ``(n, n)``.

    Example:
        >>> from nncore import ops
        >>> ops.identity(2)
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Make a matrix with ones on and below a diagonal and zeros above it.

    Args:
        N: Number of rows.
        M: Number of columns. Defaults to None: as many as rows.
        k: Which diagonal; positive above the main one. Defaults to 0.
        dtype: dtype. Defaults to None, meaning ``floatx()``.

    Returns:
        Array of shape ``(N, M)``.

    Example:
        >>> from nncore import ops
        >>> ops.tri(2)
        array([[1., 0.],
               [1., 1.]], dtype=float32)
    """
    return np.tri(N, M, k, dtype=standardize_dtype(dtype))


def _check_matrix(name: str, x: Any) -> None:
    if len(x.shape) < 2:
        raise ValueError(f"{name}: an array of at least 2 dimensions was expected. Received: shape={x.shape}.")


@op
def tril(x: Any, k: int = 0) -> Any:
    """Keep the lower triangle of matrices: elements above a diagonal become 0.

    Args:
        x: Array of shape ``(..., M, N)``.
        k: Which diagonal; positive above the main one. Defaults to 0.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.tril([[1, 2], [3, 4]])
        array([[1, 0],
               [3, 4]], dtype=int32)
    """
    x = as_operand(x)
    _check_matrix("tril", x)
    return where(np.tri(x.shape[-2], x.shape[-1], k, dtype=bool), x, np.zeros((), dtype_of(x)))


@op
def triu(x: Any, k: int = 0) -> Any:
    """Keep the upper triangle of matrices: elements below a diagonal become 0.

    Args:
        x: Array of shape ``(..., M, N)``.
        k: Which diagonal; positive above the main one. Defaults to 0.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.triu([[1, 2], [3, 4]])
        array([[1, 2],
               [0, 4]], dtype=int32)
    """
    x = as_operand(x)
    _check_matrix("triu", x)
    return where(np.tri(x.shape[-2], x.shape[-1], k - 1, dtype=bool), np.zeros((), dtype_of(x)), x)


@op
def meshgrid(*x: Any, indexing: str = "xy") -> list[Any]:
    """Make coordinate arrays of a grid from the coordinates along its axes.

    Args:
        x: One-dimensional arrays.
        indexing: ``"xy"`` (the first two axes swapped, as in pictures) or ``"ij"``. Defaults to ``"xy"``.

    Returns:
        As many arrays as were given, each of the grid's shape.

    Raises:
        ValueError: For another ``indexing``.

    Example:
        >>> from nncore import ops
        >>> a, b = ops.meshgrid([1, 2], [3, 4, 5])
        >>> a.shape
        (3, 2)
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij'. Received: indexing={indexing!r}.")
    axes = [reshape(as_operand(a), (-1,)) for a in x]
    order = list(range(len(axes)))
    if indexing == "xy" and len(axes) > 1:
        order[0], order[1] = 1, 0
    shape = [0] * len(axes)
    for a, position in zip(axes, order, strict=True):
        shape[position] = a.shape[0]
    grids = []
    for a, position in zip(axes, order, strict=True):
        column = [1] * len(axes)
        column[position] = a.shape[0]
        grids.append(broadcast_to(reshape(a, tuple(column)), tuple(shape)))
    return grids

"""Element-wise functions that are met more rarely: special functions, remainders, whole numbers, bit patterns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops import reduction
from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import (
    as_operand,
    dtype_of,
    harmonize,
    is_float,
    standardize_dtype,
    to_float,
)
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.numeric import BINARY_DOC, UNARY_DOC, as_floats, isclose, named, one, two

_BOOLS = "Boolean array of the same shape."

erfc = one("erfc", "erfc", "``1 - erf(x)``, exact where that is tiny.", "[0.0]", "array([1.], dtype=float32)")
nextafter = two(
    "nextafter", "nextafter", "The float that follows x1 on the way to x2.", "[0.0], [-1.0]",
    "array([-1.e-45], dtype=float32)", "Array of floats of the shape to which the two broadcast.",
)  # fmt: skip


def _two_floats(x1: Any, x2: Any) -> tuple[Any, Any]:
    x1, x2, dtype = harmonize(x1, x2)
    dtype = to_float(dtype)
    return convert(x1, dtype), convert(x2, dtype)


def _two_integers(name: str, x1: Any, x2: Any) -> tuple[Any, Any]:
    x1, x2, dtype = harmonize(x1, x2)
    if is_float(dtype) or dtype == "bool":
        raise TypeError(f"{name}: integers were expected. Received: dtype={dtype}.")
    return convert(x1, dtype), convert(x2, dtype)


@op
def fabs(x: Any) -> Any:
    """Absolute values as floats.

    Args:
        x: Array.

    Returns:
        Array of floats of the same shape; integers are computed as ``floatx``.

    Example:
        >>> from nncore import ops
        >>> ops.fabs([-2, 1])
        array([2., 1.], dtype=float32)
    """
    return unary("abs", as_floats(x))


@op
def signbit(x: Any) -> Any:
    """Whether elements carry a minus sign: also that of ``-0.0``.

    Args:
        x: Array.

    Returns:
        Boolean array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.signbit([0.0, -0.0, -3.0])
        array([False,  True,  True])
    """
    x = as_operand(x)
    if not is_float(dtype_of(x)):
        return binary("lt", convert(x, "int32") if dtype_of(x) == "bool" else x, 0)
    return binary("lt", binary("copysign", 1.0, x), 0.0)


def _infinite(name: str, value: float, line: str, result: str) -> Any:
    def function(x: Any) -> Any:
        return binary("eq", as_floats(x), value)

    argument = '[0.0, float("inf"), float("-inf")]'
    doc = UNARY_DOC.format(name=name, line=line, argument=argument, result=result, returns=_BOOLS)
    return named(function, name, doc)


isposinf = _infinite("isposinf", math.inf, "Whether elements are infinity.", "array([False,  True, False])")
isneginf = _infinite("isneginf", -math.inf, "Whether elements are minus infinity.", "array([False, False,  True])")


@op
def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether ``|x1 - x2| <= atol + rtol * |x2|`` holds everywhere.

    Args:
        x1: First array.
        x2: Second array; the two broadcast together.
        rtol: Relative tolerance. Defaults to 1e-5.
        atol: Absolute tolerance. Defaults to 1e-8.
        equal_nan: Whether NaN is close to NaN. Defaults to False.

    Returns:
        Boolean array without dimensions.

    Example:
        >>> from nncore import ops
        >>> bool(ops.allclose([1.0, 2.0], [1.0, 2.000001]))
        True
    """
    return reduction.all(isclose(x1, x2, rtol, atol, equal_nan))


def _but_nan(name: str, primitive: str, line: str, result: str) -> Any:
    def function(x1: Any, x2: Any) -> Any:
        x1, x2, dtype = harmonize(x1, x2)
        x1, x2 = convert(x1, dtype), convert(x2, dtype)
        if not is_float(dtype):
            return binary(primitive, x1, x2)
        nan1, nan2 = unary("isnan", x1), unary("isnan", x2)
        return where(nan1, x2, where(nan2, x1, binary(primitive, x1, x2)))

    doc = BINARY_DOC.format(
        name=name, line=line, argument='[1.0, float("nan")], [3.0, 2.0]', result=result, returns=_BROADCAST
    )
    return named(function, name, doc)


_BROADCAST = "Array of the shape to which the two broadcast, in the dtype in which they meet."
fmax = _but_nan("fmax", "max", "The larger of two elements; a number wins over NaN.", "array([3., 2.], dtype=float32)")
fmin = _but_nan("fmin", "min", "The smaller of two elements; a number wins over NaN.", "array([1., 2.], dtype=float32)")


@op
def fmod(x1: Any, x2: Any) -> Any:
    """Remainder with the sign of the dividend, as C's ``fmod``.

    Args:
        x1: Dividend.
        x2: Divisor; the two broadcast together.

    Returns:
        Array of the shape to which the two broadcast, in the dtype in which they meet.

    Raises:
        ValueError: If the shapes don't broadcast together.

    Example:
        >>> from nncore import ops
        >>> ops.fmod([7, -7], 3)
        array([ 1, -1], dtype=int32)
    """
    x1, x2, dtype = harmonize(x1, x2)
    dtype = "int32" if dtype == "bool" else dtype
    x1, x2 = convert(x1, dtype), convert(x2, dtype)
    # Both signs alike, so that Python's remainder is C's: by a choice, not by abs, which has no slope at 0.
    negative = binary("lt", x1, 0)
    toward = where(negative, unary("neg", unary("abs", x2)), unary("abs", x2))
    return binary("mod", x1, toward)


@op
def gcd(x1: Any, x2: Any) -> Any:
    """Greatest common divisor; that of 0 and 0 is 0.

    Args:
        x1: Array of integers.
        x2: Array of integers; the two broadcast together.

    Returns:
        Array of integers of the shape to which the two broadcast.

    Raises:
        TypeError: For floats or booleans.

    Example:
        >>> from nncore import ops
        >>> ops.gcd([12, 18], 8)
        array([4, 2], dtype=int32)
    """
    return binary("gcd", *_two_integers("gcd", x1, x2))


@op
def lcm(x1: Any, x2: Any) -> Any:
    """Least common multiple; 0 where an element is 0.

    Args:
        x1: Array of integers.
        x2: Array of integers; the two broadcast together.

    Returns:
        Array of integers of the shape to which the two broadcast.

    Raises:
        TypeError: For floats or booleans.

    Example:
        >>> from nncore import ops
        >>> ops.lcm([4, 6], 6)
        array([12,  6], dtype=int32)
    """
    x1, x2 = _two_integers("lcm", x1, x2)
    divisor = binary("max", binary("gcd", x1, x2), 1)
    return binary("mul", binary("floor_div", unary("abs", x1), divisor), unary("abs", x2))


@op
def ldexp(x1: Any, x2: Any) -> Any:
    """``x1 * 2 ** x2``.

    Args:
        x1: Array of floats.
        x2: Array of integers; the two broadcast together.

    Returns:
        Array of floats of the shape to which the two broadcast.

    Raises:
        TypeError: If ``x2`` holds floats.

    Example:
        >>> from nncore import ops
        >>> ops.ldexp([0.75, 1.5], [1, 2])
        array([1.5, 6. ], dtype=float32)
    """
    x1, x2 = as_floats(x1), as_operand(x2)
    if is_float(dtype_of(x2)):
        raise TypeError(f"ldexp: `x2` should hold integers. Received: x2.dtype={dtype_of(x2)}.")
    # In two halves: 2 ** x2 alone may overflow where the product doesn't.
    half = binary("floor_div", convert(x2, "int32"), 2)
    rest = binary("sub", convert(x2, "int32"), half)
    dtype = dtype_of(x1)
    return x1 * binary("pow", 2.0, convert(half, dtype)) * binary("pow", 2.0, convert(rest, dtype))


@op
def logaddexp2(x1: Any, x2: Any) -> Any:
    """``log2(2 ** x1 + 2 ** x2)`` without overflow.

    Args:
        x1: First array.
        x2: Second array; the two broadcast together.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> float(ops.logaddexp2(1000.0, 1000.0))
        1001.0
    """
    x1, x2 = _two_floats(x1, x2)
    top = binary("max", x1, x2)
    gap = unary("neg", unary("abs", binary("sub", x1, x2)))
    # Equal infinities have no gap.
    gap = where(binary("eq", x1, x2), 0.0, gap)
    return top + unary("log1p", binary("pow", 2.0, gap)) * (1 / math.log(2.0))


@op
def sinc(x: Any) -> Any:
    """``sin(pi x) / (pi x)``, 1 at 0.

    Args:
        x: Array.

    Returns:
        Array of floats of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.sinc([0.0, 0.5]).round(4)
        array([1.    , 0.6366], dtype=float32)
    """
    x = as_floats(x)
    z = x * math.pi
    square = z * z
    # Near 0 the series: quotient and derivatives are exact there too.
    near = 1.0 - square * (1.0 / 6) * (1.0 - square * (1.0 / 20) * (1.0 - square * (1.0 / 42)))
    small = binary("lt", square, 1e-3 if dtype_of(x) == "float32" else 1e-5)
    safe = where(small, 1.0, z)
    return where(small, near, unary("sin", safe) / safe)


# exp(-x) I0(x) on [0, 8] as a polynomial in x/4 - 1, and exp(-x) sqrt(x) I0(x) beyond it in 16/x - 1.
_I0_NEAR = (
    0.20700192122398667,
    -0.11300432688620547,
    0.0945156285399639,
    -0.08904344136076327,
    0.08734341617468505,
    -0.08496338091593245,
    0.07927522592865593,
    -0.06954119562303405,
    0.05677703173239174,
    -0.04298594937721531,
    0.030177914326369393,
    -0.019682655309282406,
    0.011960065956449436,
    -0.006792396673321815,
    0.0036171685199186195,
    -0.001811898032010941,
    0.0008562120964037982,
    -0.0003828745840656792,
    0.00016258361907161146,
    -6.555606021032439e-05,
    2.4986432931858343e-05,
    -9.194264364358614e-06,
    3.40892232481125e-06,
    -1.1360524712119476e-06,
    2.699153146632741e-07,
    -8.791296325157322e-08,
    5.753995763975938e-08,
    -1.601973429472564e-08,
)
_I0_FAR = (
    0.40217650944500816,
    0.003360551983667876,
    0.00013621607437737268,
    1.1143033791893046e-05,
    1.483848150861771e-06,
    2.973597885290274e-07,
    8.871293193604678e-08,
    3.9327123085832934e-08,
    2.162446034312458e-08,
    7.543775238250733e-09,
    -7.116744499757987e-09,
    -1.335632771743214e-08,
    -4.270649721363825e-09,
    7.396966587219158e-09,
    5.1432089858622845e-09,
    -3.21251295103573e-09,
    -2.8927333669603943e-09,
    1.1661396927314527e-09,
    9.544598596408217e-10,
    -3.0719032844097364e-10,
    -1.4445666241808038e-10,
    4.135870336904037e-11,
)


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    y: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        y = y * x + c
    return y


@op
def i0(x: Any) -> Any:
    """Modified Bessel function of the first kind and order 0.

    Args:
        x: Array.

    Returns:
        Array of floats of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.i0([0.0, 1.0]).round(4)
        array([1.    , 1.2661], dtype=float32)
    """
    x = as_floats(x)
    # Not abs, whose slope is 0 at 0: the second derivative there is 1/2.
    size = where(binary("lt", x, 0), -x, x)
    near = binary("le", size, 8.0)
    inside, outside = where(near, size, 8.0), where(near, 8.0, size)
    low = _polynomial(_I0_NEAR, inside * 0.25 - 1.0)
    high = _polynomial(_I0_FAR, 16.0 / outside - 1.0) / unary("sqrt", outside)
    return unary("exp", size) * where(near, low, high)


# --- bit patterns ----------------------------------------------------------------------------------------------------

_BYTES = {"float32": 4, "float64": 8, "int32": 4, "int64": 8, "uint8": 1, "bool": 1}


def _bitcast_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [(attrs["shape"], attrs["dtype"])]


# The same bytes read as another dtype.
OpDef(
    "bitcast",
    KERNEL,
    _bitcast_infer,
    None,
    lambda x, shape, dtype: np.ascontiguousarray(x).view(dtype).reshape(shape),
    encode=lambda specs, attrs: ((), ()),
)


@op
def view(x: Any, dtype: Any = None) -> Any:
    """Read the same bytes as another dtype.

    Args:
        x: Array.
        dtype: The dtype. Defaults to None: that of ``x``. If its elements have another size, the last axis becomes
            longer or shorter.

    Returns:
        Array of that dtype.

    Raises:
        ValueError: If the bytes of the last axis don't divide into elements, or for ``"bool"``, whose bytes are 0
            and 1 only.

    Example:
        >>> from nncore import ops
        >>> ops.view([1.0, 2.0], "int32").tolist()
        [1065353216, 1073741824]
    """
    x = as_operand(x)
    own = dtype_of(x)
    dtype = own if dtype is None else standardize_dtype(dtype)
    if dtype == own:
        return x
    size, new = _BYTES[own], _BYTES[dtype]
    shape = x.shape
    last = shape[-1] if shape else 1
    if dtype == "bool" or (size != new and not shape) or last * size % new:
        raise ValueError(
            f"view: the bytes of the last axis can't be read as {dtype}. "
            f"Received: x.shape={tuple(shape)}, x.dtype={own}, dtype={dtype}."
        )
    shape = shape if size == new else (*shape[:-1], last * size // new)
    return apply(OPS["bitcast"], [x], {"shape": shape, "dtype": dtype})

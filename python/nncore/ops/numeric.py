"""Public element-wise mathematics. The many functions that differ in one line come from tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, is_float, is_weak, to_float
from nncore.ops.elementwise import binary, clip, convert, unary, where

UNARY_DOC = """{line}

    Args:
        x: Array.

    Returns:
        {returns}

    Example:
        >>> from nncore import ops
        >>> ops.{name}({argument})
        {result}
    """

BINARY_DOC = """{line}

    Args:
        x1: First array or number.
        x2: Second array or number; the two broadcast together.

    Returns:
        {returns}

    Raises:
        ValueError: If the shapes don't broadcast together.

    Example:
        >>> from nncore import ops
        >>> ops.{name}({argument})
        {result}
    """

_FLOATS = "Array of floats of the same shape; integers are computed as ``floatx``."
_SAME = "Array of the same shape and dtype."
_BOOLS = "Boolean array of the same shape."
_BROADCAST = "Array of the shape to which the two broadcast, in the dtype in which they meet."
_COMPARED = "Boolean array of the shape to which the two broadcast."

Function = Callable[..., Any]


def named(function: Function, name: str, doc: str) -> Function:
    """Make a public op of a function, with a name and a docstring."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return op(function)


def one(name: str, primitive: str, line: str, argument: str, result: str, returns: str = _FLOATS) -> Function:
    """Make the public function of a unary primitive."""

    def function(x: Any) -> Any:
        return unary(primitive, x)

    doc = UNARY_DOC.format(name=name, line=line, argument=argument, result=result, returns=returns)
    return named(function, name, doc)


def two(name: str, primitive: str, line: str, argument: str, result: str, returns: str = _BROADCAST) -> Function:
    """Make the public function of a binary primitive."""

    def function(x1: Any, x2: Any) -> Any:
        return binary(primitive, x1, x2)

    doc = BINARY_DOC.format(name=name, line=line, argument=argument, result=result, returns=returns)
    return named(function, name, doc)


_ZERO, _ONE = "array([0.], dtype=float32)", "array([1.], dtype=float32)"

negative = one("negative", "neg", "Minus each element.", "[1]", "array([-1], dtype=int32)", _SAME)
absolute = one("absolute", "abs", "Absolute value of each element.", "[-1]", "array([1], dtype=int32)", _SAME)
abs = one("abs", "abs", "Absolute value of each element.", "[-1]", "array([1], dtype=int32)", _SAME)
sign = one(
    "sign", "sign", "-1, 0 or 1, by the sign of each element.", "[-3, 0, 2]",
    "array([-1,  0,  1], dtype=int32)", _SAME,
)  # fmt: skip
square = one("square", "square", "Each element times itself.", "[3]", "array([9], dtype=int32)", _SAME)
sqrt = one("sqrt", "sqrt", "Square root of each element; NaN below 0.", "[4.0]", "array([2.], dtype=float32)")
rsqrt = one("rsqrt", "rsqrt", "One over the square root of each element.", "[4.0]", "array([0.5], dtype=float32)")
reciprocal = one("reciprocal", "reciprocal", "One over each element.", "[4.0]", "array([0.25], dtype=float32)")
expm1 = one("expm1", "expm1", "``exp(x) - 1``, exact for small ``x``.", "[0.0]", _ZERO)
log = one("log", "log", "Natural logarithm of each element.", "[1.0]", _ZERO)
log1p = one("log1p", "log1p", "``log(1 + x)``, exact for small ``x``.", "[0.0]", _ZERO)
log2 = one("log2", "log2", "Logarithm to base 2 of each element.", "[8.0]", "array([3.], dtype=float32)")
log10 = one("log10", "log10", "Logarithm to base 10 of each element.", "[10.0]", _ONE)
sin = one("sin", "sin", "Sine of each element, in radians.", "[0.0]", _ZERO)
cos = one("cos", "cos", "Cosine of each element, in radians.", "[0.0]", _ONE)
tan = one("tan", "tan", "Tangent of each element, in radians.", "[0.0]", _ZERO)
arcsin = one("arcsin", "asin", "Inverse sine, in [-pi/2, pi/2].", "[0.0]", _ZERO)
arccos = one("arccos", "acos", "Inverse cosine, in [0, pi].", "[1.0]", _ZERO)
arctan = one("arctan", "atan", "Inverse tangent, in [-pi/2, pi/2].", "[0.0]", _ZERO)
sinh = one("sinh", "sinh", "Hyperbolic sine of each element.", "[0.0]", _ZERO)
cosh = one("cosh", "cosh", "Hyperbolic cosine of each element.", "[0.0]", _ONE)
arcsinh = one("arcsinh", "asinh", "Inverse hyperbolic sine.", "[0.0]", _ZERO)
arccosh = one("arccosh", "acosh", "Inverse hyperbolic cosine; NaN below 1.", "[1.0]", _ZERO)
arctanh = one("arctanh", "atanh", "Inverse hyperbolic tangent; NaN beyond 1.", "[0.0]", _ZERO)
erf = one("erf", "erf", "Error function of each element.", "[0.0]", _ZERO)
erfinv = one("erfinv", "erfinv", "Inverse of the error function, on [-1, 1].", "[0.0]", _ZERO)
floor = one("floor", "floor", "Largest whole number not above each element.", "[1.5]", _ONE)
ceil = one("ceil", "ceil", "Smallest whole number not below each element.", "[0.5]", _ONE)
logical_not = one(
    "logical_not", "logical_not", "True where an element is zero or False.", "[True, False]",
    "array([False,  True])", _BOOLS,
)  # fmt: skip

add = two("add", "add", "Sum, element by element.", "[1, 2], 3", "array([4, 5], dtype=int32)")
subtract = two("subtract", "sub", "Difference, element by element.", "[1, 2], 1", "array([0, 1], dtype=int32)")
multiply = two("multiply", "mul", "Product, element by element.", "[1, 2], 3", "array([3, 6], dtype=int32)")
divide = two(
    "divide", "div", "Quotient, element by element; integers give floats.", "[1, 2], 2",
    "array([0.5, 1. ], dtype=float32)",
)  # fmt: skip
true_divide = two(
    "true_divide", "div", "Quotient, element by element; integers give floats.", "[1, 2], 2",
    "array([0.5, 1. ], dtype=float32)",
)  # fmt: skip
floor_divide = two(
    "floor_divide", "floor_div", "Quotient rounded down, element by element.", "[7, -7], 2",
    "array([ 3, -4], dtype=int32)",
)  # fmt: skip
mod = two(
    "mod", "mod", "Remainder with the sign of the divisor, as Python's ``%``.", "[7, -7], 3",
    "array([1, 2], dtype=int32)",
)  # fmt: skip
minimum = two(
    "minimum", "min", "The smaller of two elements; NaN where one is.", "[1, 5], 3", "array([1, 3], dtype=int32)"
)
arctan2 = two("arctan2", "atan2", "Angle of the point (x2, x1), in [-pi, pi].", "[0.0], [1.0]", _ZERO)
hypot = two(
    "hypot",
    "hypot",
    "``sqrt(x1**2 + x2**2)`` without overflow.",
    "[3.0], [4.0]",
    "array([5.], dtype=float32)",
)
copysign = two(
    "copysign", "copysign", "The size of x1 with the sign of x2.", "[1.0], [-2.0]", "array([-1.], dtype=float32)"
)
equal = two("equal", "eq", "Whether elements are equal.", "[1, 2], 2", "array([False,  True])", _COMPARED)
not_equal = two("not_equal", "ne", "Whether elements differ.", "[1, 2], 2", "array([ True, False])", _COMPARED)
less = two("less", "lt", "Whether x1 is less than x2.", "[1, 2], 2", "array([ True, False])", _COMPARED)
less_equal = two("less_equal", "le", "Whether x1 is at most x2.", "[2, 3], 2", "array([ True, False])", _COMPARED)
greater = two("greater", "gt", "Whether x1 is greater than x2.", "[2, 3], 2", "array([False,  True])", _COMPARED)
greater_equal = two(
    "greater_equal", "ge", "Whether x1 is at least x2.", "[1, 2], 2", "array([False,  True])", _COMPARED
)
logical_and = two(
    "logical_and", "logical_and", "Whether both elements are true.", "[True, False], True",
    "array([ True, False])", _COMPARED,
)  # fmt: skip
logical_or = two(
    "logical_or", "logical_or", "Whether some of two elements is true.", "[True, False], False",
    "array([ True, False])", _COMPARED,
)  # fmt: skip
logical_xor = two(
    "logical_xor", "logical_xor", "Whether exactly one of two elements is true.", "[True, False], True",
    "array([False,  True])", _COMPARED,
)  # fmt: skip


def as_floats(x: Any) -> Any:
    """The operand in the float dtype in which it is computed."""
    x = as_operand(x)
    return convert(x, to_float(dtype_of(x)))


@op
def isnan(x: Any) -> Any:
    """Whether elements are NaN.

    Args:
        x: Array.

    Returns:
        Boolean array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.isnan([0.0, float("nan")])
        array([False,  True])
    """
    return unary("isnan", as_floats(x))


@op
def isinf(x: Any) -> Any:
    """Whether elements are infinite, of either sign.

    Args:
        x: Array.

    Returns:
        Boolean array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.isinf([0.0, float("inf")])
        array([False,  True])
    """
    return unary("isinf", as_floats(x))


@op
def isfinite(x: Any) -> Any:
    """Whether elements are neither infinite nor NaN.

    Args:
        x: Array.

    Returns:
        Boolean array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.isfinite([0.0, float("inf")])
        array([ True, False])
    """
    return unary("isfinite", as_floats(x))


@op
def maximum(x1: Any, x2: Any) -> Any:
    """The larger of two elements; NaN where one is.

    ``maximum(x, 0)`` with the number 0 is ``relu(x)``, also in its derivative at 0, which is 0.

    Args:
        x1: First array or number.
        x2: Second array or number; the two broadcast together.

    Returns:
        Array of the shape to which the two broadcast, in the dtype in which they meet.

    Raises:
        ValueError: If the shapes don't broadcast together.

    Example:
        >>> from nncore import ops
        >>> ops.maximum([1, 5], 3)
        array([3, 5], dtype=int32)
    """
    for x, other in ((x1, x2), (x2, x1)):
        if is_weak(other) and other == 0 and not is_weak(x):
            x = as_operand(x)
            if is_float(dtype_of(x)):
                return unary("relu", x)
    return binary("max", x1, x2)


@op
def power(x1: Any, x2: Any) -> Any:
    """``x1 ** x2``, element by element.

    Small fixed powers (2, 3, 0.5, -0.5, -1) are computed as products and roots.

    Args:
        x1: The base.
        x2: The exponent; the two broadcast together.

    Returns:
        Array of the shape to which the two broadcast, in the dtype in which they meet.

    Raises:
        ValueError: For an integer base with a negative whole exponent, or shapes that don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.power([2, 3], 2)
        array([4, 9], dtype=int32)
    """
    if is_weak(x2) and not is_weak(x1):
        x1 = as_operand(x1)
        short = _fixed_power(x1, x2)
        if short is not None:
            return short
        if x2.__class__ is int and x2 < 0 and not is_float(dtype_of(x1)):
            raise ValueError(
                "power: integers can't be raised to a negative whole power (use a float base). "
                f"Received: x2={x2}, x1.dtype={dtype_of(x1)}."
            )
    return binary("pow", x1, x2)


def _fixed_power(x: Any, exponent: float) -> Any:
    floating = is_float(dtype_of(x))
    whole = exponent.__class__ is int
    if exponent == 2 and (floating or whole):
        return unary("square", x)
    if exponent == 1 and (floating or (whole and dtype_of(x) != "bool")):
        return x
    if exponent == 3 and floating:
        return unary("square", x) * x
    if exponent in (0.5, -0.5):
        return unary("sqrt" if exponent > 0 else "rsqrt", x)
    if exponent == -1 and floating:
        return unary("reciprocal", x)
    return None


@op
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """Quotient that is 0 where the divisor is 0.

    Args:
        x1: Dividend.
        x2: Divisor; the two broadcast together.

    Returns:
        Array of floats of the shape to which the two broadcast.

    Example:
        >>> from nncore import ops
        >>> ops.divide_no_nan([1.0, 1.0], [2.0, 0.0])
        array([0.5, 0. ], dtype=float32)
    """
    return binary("div_no_nan", x1, x2)


@op
def round(x: Any, decimals: int = 0) -> Any:
    """Round to a number of decimals; halves go to the even neighbour.

    Args:
        x: Array. Integers are returned as they are when ``decimals`` is not negative.
        decimals: Number of decimals. Defaults to 0.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.round([0.5, 1.5, 2.46])
        array([0., 2., 2.], dtype=float32)
    """
    x = as_operand(x)
    dtype = dtype_of(x)
    if not is_float(dtype):
        if decimals >= 0:
            return x
        return convert(round(convert(x, "float64"), decimals), dtype)
    if decimals == 0:
        return unary("round", x)
    scale = 10.0 ** int(math.fabs(decimals))
    if decimals > 0:
        return unary("round", x * scale) / scale
    return unary("round", x / scale) * scale


@op
def trunc(x: Any) -> Any:
    """Round towards zero.

    Args:
        x: Array; integers are returned as they are.

    Returns:
        Array of the same shape and dtype.

    Example:
        >>> from nncore import ops
        >>> ops.trunc([1.7, -1.7])
        array([ 1., -1.], dtype=float32)
    """
    x = as_operand(x)
    return unary("trunc", x) if is_float(dtype_of(x)) else x


@op
def exp2(x: Any) -> Any:
    """``2 ** x``, element by element.

    Args:
        x: Array.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> float(ops.exp2(3.0))
        8.0
    """
    return binary("pow", 2.0, as_floats(x))


@op
def cbrt(x: Any) -> Any:
    """Cube root, real for negative elements as well.

    Args:
        x: Array.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> round(float(ops.cbrt(-8.0)), 5)
        -2.0
    """
    x = as_floats(x)
    return unary("sign", x) * binary("pow", unary("abs", x), 1.0 / 3.0)


@op
def logaddexp(x1: Any, x2: Any) -> Any:
    """``log(exp(x1) + exp(x2))`` without overflow.

    Args:
        x1: First array.
        x2: Second array; the two broadcast together.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> round(float(ops.logaddexp(1000.0, 1000.0)), 3)
        1000.693
    """
    x1, x2 = as_floats(x1), as_floats(x2)
    top = binary("max", x1, x2)
    gap = unary("neg", unary("abs", binary("sub", x1, x2)))
    # Equal infinities have no gap.
    return top + unary("log1p", unary("exp", where(binary("eq", x1, x2), 0.0, gap)))


@op
def deg2rad(x: Any) -> Any:
    """Degrees as radians.

    Args:
        x: Array of degrees.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> round(float(ops.deg2rad(180.0)), 4)
        3.1416
    """
    return as_floats(x) * (math.pi / 180.0)


@op
def rad2deg(x: Any) -> Any:
    """Radians as degrees.

    Args:
        x: Array of radians.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> float(ops.rad2deg(0.0))
        0.0
    """
    return as_floats(x) * (180.0 / math.pi)


@op
def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether ``|x1 - x2| <= atol + rtol * |x2|``.

    Args:
        x1: First array.
        x2: Second array.
        rtol: Relative tolerance. Defaults to 1e-5.
        atol: Absolute tolerance. Defaults to 1e-8.
        equal_nan: Whether NaN is close to NaN. Defaults to False.

    Returns:
        Boolean array.

    Example:
        >>> from nncore import ops
        >>> ops.isclose([1.0, 2.0], [1.0, 2.1])
        array([ True, False])
    """
    x1, x2 = as_floats(x1), as_floats(x2)
    near = binary("le", unary("abs", binary("sub", x1, x2)), unary("abs", x2) * rtol + atol)
    finite = unary("isfinite", x2)
    result = binary("logical_or", binary("logical_and", near, finite), binary("eq", x1, x2))
    if equal_nan:
        both = binary("logical_and", unary("isnan", x1), unary("isnan", x2))
        result = binary("logical_or", result, both)
    return result


@op
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replace NaN and infinities by numbers.

    Args:
        x: Array.
        nan: Replacement of NaN. Defaults to 0.
        posinf: Replacement of infinity. Defaults to None: the largest number of the dtype.
        neginf: Replacement of minus infinity. Defaults to None: the lowest number of the dtype.

    Returns:
        Array of the same shape and dtype.

    Example:
        >>> from nncore import ops
        >>> ops.nan_to_num([1.0, float("nan")])
        array([1., 0.], dtype=float32)
    """
    import numpy as np

    x = as_operand(x)
    if not is_float(dtype_of(x)):
        return x
    largest = float(np.finfo(dtype_of(x)).max)
    posinf = largest if posinf is None else posinf
    neginf = -largest if neginf is None else neginf
    infinite = where(x > 0, *(np.asarray(limit, dtype_of(x)) for limit in (posinf, neginf)))
    return where(unary("isnan", x), float(nan), where(unary("isinf", x), infinite, x))


@op
def heaviside(x1: Any, x2: Any) -> Any:
    """0 below zero, 1 above it, and ``x2`` at zero.

    Args:
        x1: Array.
        x2: Values at zero.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.heaviside([-1.0, 0.0, 1.0], 0.5)
        array([0. , 0.5, 1. ], dtype=float32)
    """
    x1 = as_floats(x1)
    x2 = convert(as_operand(x2), dtype_of(x1))
    step = where(x1 > 0, 1.0, where(unary("isnan", x1), x1, 0.0))
    return where(binary("eq", x1, 0), x2, step)


@op
def saturate_cast(x: Any, dtype: Any) -> Any:
    """Convert to a dtype, with values beyond its range at its ends.

    Args:
        x: Array.
        dtype: The target dtype.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.saturate_cast([-5, 300], "uint8")
        array([  0, 255], dtype=uint8)
    """
    import numpy as np

    from nncore.ops.dtypes import standardize_dtype

    x, dtype = as_operand(x), standardize_dtype(dtype)
    if not is_float(dtype) and dtype != "bool":
        info = np.iinfo(dtype)
        low, high = float(info.min), float(info.max)
        if is_float(dtype_of(x)):
            # The largest float not above the integer's end.
            high = float(np.nextafter(np.asarray(high, dtype_of(x)), 0)) if high > 2**24 else high
            x = clip(x, low, high)
        else:
            own = np.iinfo(dtype_of(x)) if dtype_of(x) != "bool" else None
            if own is not None:
                x = clip(x, max(info.min, own.min), min(info.max, own.max))
    return convert(x, dtype)

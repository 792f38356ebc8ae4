"""Element-wise primitives: each row states its name, derivative, NumPy reference and dtype rule.

Neighbouring element-wise ops are fused into one native instruction, so none of them needs a fused variant of its own.
Derivatives at kinks: relu, abs and sign have derivative 0 at 0; equal arguments of maximum and minimum share the
gradient in halves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nncore.ops import dtypes
from nncore.ops.apply import apply, op
from nncore.ops.definition import ELEMENTWISE, OPS, OpDef, SpecPair, broadcast
from nncore.ops.dtypes import as_operand, dtype_of, to_float

# dtype rules
FLOAT = "float"  # computed in floats; integers are converted to floatx first
SAME = "same"  # any number; the result has the operand's dtype
NUMBER = "number"  # the same, and of truth values an int32
BOOL = "bool"  # the result is bool

_DTYPE_RULE: dict[str, str] = {}


def _infer(name: str, rule: str) -> Callable[..., list[SpecPair]]:
    def infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
        shape = broadcast(name, [shape for shape, _ in specs]) if len(specs) > 1 else specs[0][0]
        return [(shape, "bool" if rule == BOOL else specs[-1][1])]

    return infer


def convert(x: Any, dtype: str) -> Any:
    """Convert an operand to a dtype; the operand itself where it has it already."""
    return x if dtype_of(x) == dtype else apply(OPS["cast"], [x], {"dtype": dtype})


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient back to the shape that its operand had before it was broadcast."""
    if g.shape == shape:
        return g
    from nncore.ops.reduction import sum as ops_sum
    from nncore.ops.shape import reshape

    lead = len(g.shape) - len(shape)
    axes = [i for i, d in enumerate(g.shape) if i < lead or (shape[i - lead] == 1 and d != 1)]
    return reshape(ops_sum(g, axis=tuple(axes)) if axes else g, shape)


# --- definitions -----------------------------------------------------------------------------------------------------


def _unary(
    name: str,
    reference: Callable[..., Any],
    derivative: Callable[..., Any] | None,
    rule: str = FLOAT,
    kernel: str | None = None,
) -> None:
    """Define a unary op; ``derivative(x, y, g)`` is the gradient of its input."""
    _DTYPE_RULE[name] = rule

    def grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
        return [derivative(node.inputs[0], node.outputs[0], g)]  # type: ignore[misc]

    OpDef(name, ELEMENTWISE, _infer(name, rule), grad if derivative else None, reference, kernel=kernel)


def _binary(
    name: str,
    reference: Callable[..., Any],
    derivatives: tuple[Callable[..., Any], Callable[..., Any]] | None,
    rule: str = SAME,
    kernel: str | None = None,
) -> None:
    """Define a binary op; ``derivatives`` are functions (a, b, y, g) giving the gradient of each input."""
    _DTYPE_RULE[name] = rule

    def grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
        a, b = node.inputs
        return [
            unbroadcast(rule_(a, b, node.outputs[0], g), x.shape) if need else None
            for x, need, rule_ in zip((a, b), needs, derivatives, strict=True)  # type: ignore[arg-type]
        ]

    OpDef(name, ELEMENTWISE, _infer(name, rule), grad if derivatives else None, reference, kernel=kernel)


def unary(name: str, x: Any) -> Any:
    """Apply a unary element-wise primitive by name."""
    x = as_operand(x)
    rule, dtype = _DTYPE_RULE[name], dtype_of(x)
    if rule == FLOAT:
        x = convert(x, to_float(dtype))
    elif rule == SAME and dtype == "bool":
        x = convert(x, "int32")
    return apply(OPS[name], [x])


def binary(name: str, x: Any, y: Any) -> Any:
    """Apply a binary element-wise primitive by name: operands are promoted and broadcast."""
    x, y, dtype = dtypes.harmonize(x, y)
    rule = _DTYPE_RULE[name]
    if rule == FLOAT:
        dtype = to_float(dtype)
    elif rule == NUMBER and dtype == "bool":
        dtype = "int32"
    return apply(OPS[name], [convert(x, dtype), convert(y, dtype)])


def _cast_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [(specs[0][0], attrs["dtype"])]


def _cast_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    source = node.inputs[0].dtype
    return [convert(g, source) if dtypes.is_float(source) else None]


OpDef(
    "cast",
    ELEMENTWISE,
    _cast_infer,
    _cast_grad,
    lambda x, dtype: np.asarray(x).astype(dtype),
    kernel="convert",
)

_erf = np.vectorize(math.erf, otypes=[float])
_SQRT_2 = math.sqrt(2.0)
_INV_SQRT_PI = 1.0 / math.sqrt(math.pi)
_INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
_GELU_C = math.sqrt(2.0 / math.pi)


def _np_sigmoid(x: Any) -> Any:
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def _np_softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


def np_erfinv(y: Any) -> Any:
    """Newton's method on erf, from a rational start (Giles 2010)."""
    y = np.asarray(y, dtype=float)
    w = -np.log1p(-y * y)
    ln = w
    k = 2 / (math.pi * 0.147) + ln * -0.5
    with np.errstate(all="ignore"):
        x = np.sign(y) * np.sqrt(np.sqrt(k * k + ln / 0.147) - k)
        for _ in range(4):
            x = np.where(np.isfinite(x), x - (_erf(x) - y) * math.sqrt(math.pi) / 2 * np.exp(x * x), x)
    return np.where(y == 1, np.inf, np.where(y == -1, -np.inf, x))


def _gelu_grad(x: Any, y: Any, g: Any) -> Any:
    # d/dx [x Phi(x)] = Phi(x) + x phi(x)
    phi = exp(x * x * -0.5) * _INV_SQRT_2PI
    return g * ((unary("erf", x * (1 / _SQRT_2)) + 1.0) * 0.5 + x * phi)


def _gelu_tanh_grad(x: Any, y: Any, g: Any) -> Any:
    t = tanh((x + x * x * x * 0.044715) * _GELU_C)
    inner = (x * x * (3 * 0.044715) + 1.0) * _GELU_C
    return g * ((t + 1.0) * 0.5 + x * (1.0 - t * t) * inner * 0.5)


def _silu_grad(x: Any, y: Any, g: Any) -> Any:
    s = sigmoid(x)
    return g * (s + y * (1.0 - s))


def _mish_grad(x: Any, y: Any, g: Any) -> Any:
    t = tanh(unary("softplus", x))
    return g * (t + x * (1.0 - t * t) * sigmoid(x))


def _np_gelu_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(_GELU_C * (x + 0.044715 * x**3)))


def _np_selu(x: Any) -> Any:
    return SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))


def _np_rsqrt(x: Any) -> Any:
    return 1 / np.sqrt(x)


def _where(c: Any, a: Any, b: Any) -> Any:
    return where(c, a, b)


# name, reference, derivative(x, y, g)
_unary("neg", np.negative, lambda x, y, g: -g, SAME)
_unary("abs", np.abs, lambda x, y, g: g * unary("sign", x), SAME)
_unary("sign", np.sign, None, SAME)
_unary("square", np.square, lambda x, y, g: g * x * 2, SAME)
_unary("sqrt", np.sqrt, lambda x, y, g: g * 0.5 / y)
_unary("rsqrt", _np_rsqrt, lambda x, y, g: g * y / x * -0.5)
_unary("reciprocal", np.reciprocal, lambda x, y, g: -g * y * y)
_unary("exp", np.exp, lambda x, y, g: g * y)
_unary("expm1", np.expm1, lambda x, y, g: g * (y + 1.0))
_unary("log", np.log, lambda x, y, g: g / x)
_unary("log1p", np.log1p, lambda x, y, g: g / (x + 1.0))
_unary("log2", np.log2, lambda x, y, g: g / (x * math.log(2.0)))
_unary("log10", np.log10, lambda x, y, g: g / (x * math.log(10.0)))
_unary("sin", np.sin, lambda x, y, g: g * unary("cos", x))
_unary("cos", np.cos, lambda x, y, g: -g * unary("sin", x))
_unary("tan", np.tan, lambda x, y, g: g * (y * y + 1.0))
_unary("asin", np.arcsin, lambda x, y, g: g * unary("rsqrt", 1.0 - x * x))
_unary("acos", np.arccos, lambda x, y, g: -g * unary("rsqrt", 1.0 - x * x))
_unary("atan", np.arctan, lambda x, y, g: g / (x * x + 1.0))
_unary("sinh", np.sinh, lambda x, y, g: g * unary("cosh", x))
_unary("cosh", np.cosh, lambda x, y, g: g * unary("sinh", x))
_unary("tanh", np.tanh, lambda x, y, g: g * (1.0 - y * y))
_unary("asinh", np.arcsinh, lambda x, y, g: g * unary("rsqrt", x * x + 1.0))
_unary("acosh", np.arccosh, lambda x, y, g: g * unary("rsqrt", x * x - 1.0))
_unary("atanh", np.arctanh, lambda x, y, g: g / (1.0 - x * x))
_unary("erf", _erf, lambda x, y, g: g * exp(-x * x) * (2.0 * _INV_SQRT_PI))
_unary("erfinv", np_erfinv, lambda x, y, g: g * exp(y * y) * (0.5 / _INV_SQRT_PI))
_unary("erfc", np.vectorize(math.erfc, otypes=[float]), lambda x, y, g: g * exp(-x * x) * (-2.0 * _INV_SQRT_PI))
_unary("sigmoid", _np_sigmoid, lambda x, y, g: g * y * (1.0 - y))
_unary("softplus", _np_softplus, lambda x, y, g: g * sigmoid(x))
_unary("floor", np.floor, None)
_unary("ceil", np.ceil, None)
_unary("round", np.round, None)
_unary("trunc", np.trunc, None)
_unary("isnan", np.isnan, None, BOOL)
_unary("isinf", np.isinf, None, BOOL)
_unary("isfinite", np.isfinite, None, BOOL)
_unary("logical_not", np.logical_not, None, BOOL)
_unary("relu", lambda x: np.maximum(x, 0), lambda x, y, g: _where(y > 0, g, 0), SAME)
_unary("silu", lambda x: x * _np_sigmoid(x), _silu_grad)
_unary("gelu", lambda x: 0.5 * x * (1 + _erf(x / _SQRT_2)), _gelu_grad)
_unary("gelu_tanh", _np_gelu_tanh, _gelu_tanh_grad)
_unary("mish", lambda x: x * np.tanh(_np_softplus(x)), _mish_grad)
_unary("log_sigmoid", lambda x: -_np_softplus(-x), lambda x, y, g: g * sigmoid(-x))
_unary(
    "selu",
    _np_selu,
    lambda x, y, g: g * _where(y > 0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA),
)


def _np_div_no_nan(a: Any, b: Any) -> Any:
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b != 0)


def _first_of_max(a: Any, b: Any, y: Any, g: Any) -> Any:
    return _where(a == b, g * 0.5, _where(a == y, g, 0.0))


def _second_of_max(a: Any, b: Any, y: Any, g: Any) -> Any:
    return _where(a == b, g * 0.5, _where(b == y, g, 0.0))


def _pow_base(a: Any, b: Any, y: Any, g: Any) -> Any:
    # b * a**(b-1), with the b = 0 case kept 0 where a = 0
    return g * b * binary("pow", a, _where(b == 0, 1.0, b - 1.0))


def _pow_exponent(a: Any, b: Any, y: Any, g: Any) -> Any:
    return g * y * unary("log", _where(a > 0, a, 1.0))


_binary("add", np.add, (lambda a, b, y, g: g, lambda a, b, y, g: g))
_binary("sub", np.subtract, (lambda a, b, y, g: g, lambda a, b, y, g: -g))
_binary("mul", np.multiply, (lambda a, b, y, g: g * b, lambda a, b, y, g: g * a))
_binary("div", np.divide, (lambda a, b, y, g: g / b, lambda a, b, y, g: -g * y / b), FLOAT)
_binary(
    "div_no_nan",
    _np_div_no_nan,
    (lambda a, b, y, g: binary("div_no_nan", g, b), lambda a, b, y, g: binary("div_no_nan", -g * y, b)),
    FLOAT,
)
_binary("floor_div", np.floor_divide, None, NUMBER)
_binary(
    "mod",
    np.mod,
    (lambda a, b, y, g: g, lambda a, b, y, g: -g * binary("floor_div", a, b)),
    NUMBER,
)
_binary("pow", np.power, (_pow_base, _pow_exponent), NUMBER)
_binary("min", np.minimum, (_first_of_max, _second_of_max))
_binary("max", np.maximum, (_first_of_max, _second_of_max))
_binary(
    "atan2",
    np.arctan2,
    (
        lambda a, b, y, g: g * b / (a * a + b * b),
        lambda a, b, y, g: -g * a / (a * a + b * b),
    ),
    FLOAT,
)
_binary("hypot", np.hypot, (lambda a, b, y, g: g * a / y, lambda a, b, y, g: g * b / y), FLOAT)
_binary(
    "copysign",
    np.copysign,
    (lambda a, b, y, g: g * unary("sign", a) * unary("sign", y), lambda a, b, y, g: g * 0.0),
    FLOAT,
)
_binary("nextafter", np.nextafter, (lambda a, b, y, g: g, lambda a, b, y, g: g * 0.0), FLOAT)
for _name, _reference in (
    ("eq", np.equal),
    ("ne", np.not_equal),
    ("lt", np.less),
    ("le", np.less_equal),
    ("gt", np.greater),
    ("ge", np.greater_equal),
    ("logical_and", np.logical_and),
    ("logical_or", np.logical_or),
    ("logical_xor", np.logical_xor),
):
    _binary(_name, _reference, None, BOOL)
_INTEGERS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("bit_and", np.bitwise_and),
    ("bit_or", np.bitwise_or),
    ("bit_xor", np.bitwise_xor),
    ("shift_left", np.left_shift),
    ("shift_right", np.right_shift),
    ("gcd", np.gcd),
)
for _name, _function in _INTEGERS:
    _binary(_name, _function, None, SAME)


def _leaky_grads() -> tuple[Callable[..., Any], Callable[..., Any]]:
    # Both use the sign of the output, which is that of the input: the input need not be kept. (alpha > 0)
    return (
        lambda a, b, y, g: g * _where(y > 0, 1.0, b),
        lambda a, b, y, g: g * _where(a > 0, 0.0, a),
    )


_binary("leaky_relu", lambda x, a: np.where(x > 0, x, a * x), _leaky_grads(), FLOAT)
_binary(
    "elu",
    lambda x, a: np.where(x > 0, x, a * np.expm1(np.minimum(x, 0))),
    (
        lambda a, b, y, g: g * _where(y > 0, 1.0, y + b),
        lambda a, b, y, g: g * _where(a > 0, 0.0, unary("expm1", a)),
    ),
    FLOAT,
)


def _where_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [(broadcast("where", [shape for shape, _ in specs]), specs[1][1])]


def _where_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    condition, a, b = node.inputs
    return [
        None,
        unbroadcast(_where(condition, g, 0), a.shape) if needs[1] else None,
        unbroadcast(_where(condition, 0, g), b.shape) if needs[2] else None,
    ]


OpDef("where", ELEMENTWISE, _where_infer, _where_grad, lambda c, a, b: np.where(c, a, b))


def _clip_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    x, low, high = node.inputs
    inside = apply(OPS["logical_and"], [x >= low, x <= high])
    return [
        unbroadcast(_where(inside, g, 0), x.shape) if needs[0] else None,
        unbroadcast(_where(x < low, g, 0), low.shape) if needs[1] else None,
        unbroadcast(_where(x > high, g, 0), high.shape) if needs[2] else None,
    ]


OpDef("clip", ELEMENTWISE, _infer("clip", SAME), _clip_grad, lambda x, a, b: np.minimum(np.maximum(x, a), b))


# --- the functions that gradient rules and other families use --------------------------------------------------------


@op
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Choose from two arrays by a condition.

    Args:
        condition: Boolean array, or anything that is true where non-zero.
        x1: Values where the condition holds.
        x2: Values elsewhere.

    Returns:
        Array of the shape to which the three broadcast, in the dtype in which ``x1`` and ``x2`` meet. With the
        condition alone: the indices where it holds, as ``nonzero`` gives them (on arrays only).

    Raises:
        ValueError: If only one of ``x1`` and ``x2`` is given.
        TraceError: With the condition alone, inside a compiled function: the result's shape depends on values.

    Example:
        >>> from nncore import ops
        >>> ops.where(ops.arange(3) > 1, 5, 0)
        array([0, 0, 5], dtype=int32)
    """
    if x1 is None and x2 is None:
        from nncore.ops.indexing import nonzero

        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError(
            "ops.where: both x1 and x2 were expected (use ops.nonzero(condition) for the places of true elements). "
            f"Received: x1={x1!r}, x2={x2!r}."
        )
    condition = convert(as_operand(condition), "bool")
    x1, x2, dtype = dtypes.harmonize(x1, x2)
    return apply(OPS["where"], [condition, convert(x1, dtype), convert(x2, dtype)])


@op
def cast(x: Any, dtype: Any) -> Any:
    """Convert to a dtype; floats are truncated on the way to integers, and non-zero is True.

    Args:
        x: Array.
        dtype: The target dtype.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.cast([1.7, -1.7], "int32")
        array([ 1, -1], dtype=int32)
    """
    return convert(as_operand(x), dtypes.standardize_dtype(dtype))


@op
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Limit values to a range.

    Args:
        x: Array.
        x_min: Lower limit, or None for no limit.
        x_max: Upper limit, or None for no limit.

    Returns:
        Array of the same dtype as ``x``; of the limits' floats if ``x`` has integers.

    Example:
        >>> from nncore import ops
        >>> ops.clip([-2.0, 0.5, 2.0], -1, 1)
        array([-1. ,  0.5,  1. ], dtype=float32)
    """
    x = as_operand(x)
    dtype = dtype_of(x)
    if x_min is None and x_max is None:
        return x
    if x_min is None:
        return binary("min", x, x_max)
    if x_max is None:
        return binary("max", x, x_min)
    if not dtypes.is_float(dtype):
        dtype = dtypes.promote(dtypes.harmonize(x, x_min)[2], dtypes.harmonize(x, x_max)[2])
        x = convert(x, dtype)
    low, high = (
        dtypes.scalar(limit, dtype) if dtypes.is_weak(limit) else convert(as_operand(limit), dtype)
        for limit in (x_min, x_max)
    )
    return apply(OPS["clip"], [x, low, high])


@op
def exp(x: Any) -> Any:
    """``e ** x``, element by element.

    Args:
        x: Array.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.exp([0.0])
        array([1.], dtype=float32)
    """
    return unary("exp", x)


@op
def tanh(x: Any) -> Any:
    """Hyperbolic tangent, element by element.

    Args:
        x: Array.

    Returns:
        Array of floats in [-1, 1].

    Example:
        >>> from nncore import ops
        >>> ops.tanh([0.0])
        array([0.], dtype=float32)
    """
    return unary("tanh", x)


@op
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``, element by element, without overflow.

    Args:
        x: Array.

    Returns:
        Array of floats in [0, 1].

    Example:
        >>> from nncore import ops
        >>> ops.sigmoid([0.0])
        array([0.5], dtype=float32)
    """
    return unary("sigmoid", x)

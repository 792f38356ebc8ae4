"""Rows of element-wise functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import ops
from op_case import (
    Case,
    Maker,
    away,
    bools,
    distinct,
    fixed,
    ints,
    normal,
    sigmoid,
    softplus,
    uniform,
)

# --- tables of rows that differ in one word --------------------------------------------------------------------------

_erf = np.vectorize(math.erf, otypes=[float])


def erfinv(y: Any) -> Any:
    """Bisection on erf."""
    low, high = np.full(y.shape, -6.0), np.full(y.shape, 6.0)
    for _ in range(80):
        middle = (low + high) / 2
        below = _erf(middle) < y
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


_G = math.sqrt(2 / math.pi)
_SELU = 1.0507009873554805, 1.6732632423543772
_any, _pos, _unit, _above = away(3, 7), uniform(0.3, 3, 3, 7), uniform(-0.9, 0.9, 3, 7), uniform(1.2, 4, 3, 7)

# name, reference, input; differentiated
_SMOOTH: list[tuple[str, Callable[..., Any], Maker]] = [
    ("negative", np.negative, _any),
    ("absolute", np.abs, _any),
    ("abs", np.abs, _any),
    ("square", np.square, _any),
    ("sqrt", np.sqrt, _pos),
    ("rsqrt", lambda x: 1 / np.sqrt(x), _pos),
    ("reciprocal", lambda x: 1 / x, _any),
    ("exp", np.exp, _any),
    ("exp2", np.exp2, _any),
    ("expm1", np.expm1, _any),
    ("log", np.log, _pos),
    ("log1p", np.log1p, _pos),
    ("log2", np.log2, _pos),
    ("log10", np.log10, _pos),
    ("sin", np.sin, _any),
    ("cos", np.cos, _any),
    ("tan", np.tan, _unit),
    ("arcsin", np.arcsin, _unit),
    ("arccos", np.arccos, _unit),
    ("arctan", np.arctan, _any),
    ("sinh", np.sinh, _any),
    ("cosh", np.cosh, _any),
    ("tanh", np.tanh, _any),
    ("arcsinh", np.arcsinh, _any),
    ("arccosh", np.arccosh, _above),
    ("arctanh", np.arctanh, _unit),
    ("erf", _erf, _any),
    ("erfinv", erfinv, _unit),
    ("erfc", np.vectorize(math.erfc, otypes=[float]), _any),
    ("fabs", np.fabs, _any),
    ("sinc", np.sinc, _any),
    ("sinc", np.sinc, uniform(-2e-3, 2e-3, 3, 2)),
    ("i0", np.i0, _any),
    ("i0", np.i0, uniform(-12, 12, 3, 4)),
    ("sigmoid", sigmoid, _any),
    ("softplus", softplus, _any),
    ("relu", lambda x: np.maximum(x, 0), _any),
    ("relu6", lambda x: np.clip(x, 0, 6), uniform(6.5, 8, 3, 2)),
    ("relu6", lambda x: np.clip(x, 0, 6), _any),
    ("leaky_relu", lambda x: np.where(x > 0, x, 0.2 * x), _any),
    ("elu", lambda x: np.where(x > 0, x, np.expm1(x)), _any),
    ("celu", lambda x: np.where(x > 0, x, np.expm1(x)), _any),
    ("selu", lambda x: _SELU[0] * np.where(x > 0, x, _SELU[1] * np.expm1(x)), _any),
    ("gelu", lambda x: 0.5 * x * (1 + np.tanh(_G * (x + 0.044715 * x**3))), _any),
    ("silu", lambda x: x * sigmoid(x), _any),
    ("swish", lambda x: x * sigmoid(x), _any),
    ("mish", lambda x: x * np.tanh(softplus(x)), _any),
    ("log_sigmoid", lambda x: -softplus(-x), _any),
    ("softsign", lambda x: x / (1 + np.abs(x)), _any),
    ("hard_sigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1), _any),
    ("hard_silu", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), _any),
    ("hard_swish", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), _any),
    ("hard_tanh", lambda x: np.clip(x, -1, 1), _any),
    ("soft_shrink", lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0), _above),
    ("hard_shrink", lambda x: x * (np.abs(x) > 0.5), _above),
    ("tanh_shrink", lambda x: x - np.tanh(x), _any),
    ("squareplus", lambda x: (x + np.sqrt(x * x + 4)) / 2, _any),
    ("sparse_plus", lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)), _any),
    ("sparse_sigmoid", lambda x: np.clip((x + 1) / 2, 0, 1), _any),
    ("cbrt", np.cbrt, _any),
    ("deg2rad", np.deg2rad, _any),
    ("rad2deg", np.rad2deg, _any),
    ("nan_to_num", lambda x: x, _any),
    ("stop_gradient", lambda x: x, _any),
    ("copy", lambda x: x, _any),
]
_STEPS: list[tuple[str, Callable[..., Any], Maker]] = [
    ("sign", np.sign, fixed([-2.0, 0.0, 3.0])),
    ("floor", np.floor, normal(3, 7)),
    ("ceil", np.ceil, normal(3, 7)),
    ("round", np.round, fixed([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.3, 1e9])),
    ("trunc", np.trunc, normal(3, 7)),
    ("isnan", np.isnan, fixed([1.0, np.nan, np.inf, -np.inf])),
    ("isinf", np.isinf, fixed([1.0, np.nan, np.inf, -np.inf])),
    ("isfinite", np.isfinite, fixed([1.0, np.nan, np.inf, -np.inf])),
    ("isposinf", np.isposinf, fixed([1.0, np.nan, np.inf, -np.inf])),
    ("isneginf", np.isneginf, fixed([1.0, np.nan, np.inf, -np.inf])),
    ("signbit", np.signbit, fixed([1.0, -1.0, 0.0, -0.0, np.inf, -np.inf])),
    ("logical_not", np.logical_not, fixed([0.0, 1.0, -2.0, np.nan])),
    ("bitwise_not", np.bitwise_not, ints(-9, 9, 5)),
    ("bitwise_invert", np.bitwise_not, ints(0, 250, 5, dtype="uint8")),
]
UNARY = [Case(n, getattr(ops, n), r, m, grad=(0,)) for n, r, m in _SMOOTH if n != "stop_gradient"]
UNARY += [Case(n, getattr(ops, n), r, m) for n, r, m in _SMOOTH if n == "stop_gradient"]
UNARY += [Case(n, getattr(ops, n), r, m) for n, r, m in _STEPS]

_BINARY: list[tuple[str, Callable[..., Any], Maker, Maker, bool]] = [
    ("add", np.add, normal(3, 1), normal(4), True),
    ("subtract", np.subtract, normal(3, 4), normal(4), True),
    ("multiply", np.multiply, normal(2, 3, 4), normal(3, 1), True),
    ("divide", np.divide, normal(3, 4), away(3, 4), True),
    ("true_divide", np.divide, normal(3, 4), away(4), True),
    ("divide_no_nan", np.divide, normal(3, 4), away(4), True),
    ("floor_divide", np.floor_divide, normal(3, 4), away(4), False),
    ("mod", np.mod, uniform(4.1, 4.9, 3, 4), fixed([1.0, -1.0, 3.0, -3.0]), True),
    ("power", np.power, _pos, normal(7), True),
    ("maximum", np.maximum, distinct(3, 4), normal(3, 4), True),
    ("minimum", np.minimum, distinct(3, 4), normal(3, 4), True),
    ("arctan2", np.arctan2, away(3, 4), away(4), True),
    ("hypot", np.hypot, away(3, 4), away(4), True),
    ("copysign", np.copysign, away(3, 4), away(4), True),
    ("logaddexp", np.logaddexp, normal(3, 4), normal(4), True),
    ("logaddexp2", np.logaddexp2, normal(3, 4), normal(4), True),
    ("fmax", np.fmax, fixed([1.0, np.nan, 3.0]), fixed([2.0, 2.0, np.nan]), False),
    ("fmin", np.fmin, fixed([1.0, np.nan, 3.0]), fixed([2.0, 2.0, np.nan]), False),
    ("fmax", np.fmax, distinct(3, 4), normal(3, 4), True),
    ("fmin", np.fmin, distinct(3, 4), normal(3, 4), True),
    ("fmod", np.fmod, uniform(4.1, 4.9, 3, 4), fixed([1.0, -1.0, 3.0, -3.0]), True),
    ("fmod", np.fmod, uniform(-4.9, -4.1, 3, 4), fixed([1.0, -1.0, 3.0, -3.0]), True),
    ("fmod", np.fmod, ints(-99, 99, 9), fixed([5, -5, 7, -7, 1, -1, 3, 2, 9], "int32"), False),
    ("gcd", np.gcd, ints(-60, 60, 9), ints(-60, 60, 9), False),
    ("lcm", np.lcm, ints(-60, 60, 9), ints(-60, 60, 9), False),
    ("ldexp", np.ldexp, normal(3, 4), ints(-9, 9, 4), False),
    ("heaviside", np.heaviside, away(3, 4), normal(4), False),
    ("equal", np.equal, ints(0, 3, 9), ints(0, 3, 9), False),
    ("not_equal", np.not_equal, ints(0, 3, 9), ints(0, 3, 9), False),
    ("less", np.less, normal(3, 4), normal(4), False),
    ("less_equal", np.less_equal, ints(0, 3, 9), ints(0, 3, 9), False),
    ("greater", np.greater, normal(3, 4), normal(4), False),
    ("greater_equal", np.greater_equal, ints(0, 3, 9), ints(0, 3, 9), False),
    ("logical_and", np.logical_and, bools(9), ints(0, 2, 9), False),
    ("logical_or", np.logical_or, bools(9), bools(9), False),
    ("logical_xor", np.logical_xor, bools(9), bools(9), False),
    ("bitwise_and", np.bitwise_and, ints(0, 99, 9), ints(0, 99, 9), False),
    ("bitwise_or", np.bitwise_or, ints(0, 99, 9), ints(0, 99, 9), False),
    ("bitwise_xor", np.bitwise_xor, ints(0, 99, 9), ints(0, 99, 9), False),
    ("left_shift", np.left_shift, ints(0, 99, 9), ints(0, 5, 9), False),
    ("right_shift", np.right_shift, ints(-99, 99, 9), ints(0, 5, 9), False),
    ("bitwise_left_shift", np.left_shift, ints(0, 99, 9), ints(0, 5, 9), False),
    ("bitwise_right_shift", np.right_shift, ints(-99, 99, 9), ints(0, 5, 9), False),
    ("isclose", np.isclose, fixed([1.0, 2.0, np.inf, np.nan]), fixed([1.0, 2.1, np.inf, np.nan]), False),
]
BINARY = [Case(n, getattr(ops, n), r, a, b, grad=(0, 1) if smooth else ()) for n, r, a, b, smooth in _BINARY]
BINARY += [
    Case(f"power:{e}", lambda x, e=e: ops.power(x, e), lambda x, e=e: np.power(x, e), _pos, grad=(0,))
    for e in (1, 2, 3, 4, 0.5, -0.5, -1, 1.7)
]
BINARY += [
    Case("maximum:relu", lambda x: ops.maximum(x, 0), lambda x: np.maximum(x, 0), _any, grad=(0,)),
    Case("round:decimals", lambda x: ops.round(x, 2), lambda x: np.round(x, 2), normal(9), tol=10),
    Case("where", ops.where, np.where, bools(3, 4), normal(4), normal(3, 1), grad=(1, 2)),
    Case("clip", lambda x: ops.clip(x, -1, 1), lambda x: np.clip(x, -1, 1), _any, grad=(0,)),
    Case(
        "clip:arrays",
        ops.clip,
        lambda x, a, b: np.clip(x, a, b),
        distinct(3, 4),
        uniform(-1.0, -0.9, 4),
        uniform(0.9, 1.0, 4),
        grad=(0, 1, 2),
    ),
    Case("cast", lambda x: ops.cast(x, "int32"), lambda x: x.astype("int32"), normal(3, 4)),
    Case("cast:bool", lambda x: ops.cast(x, "bool"), lambda x: x != 0, ints(0, 2, 9)),
    Case("cast:float", lambda x: ops.cast(x, "float64") * 2.0, lambda x: x * 2.0, normal(3, 4), grad=(0,)),
    Case(
        "saturate_cast",
        lambda x: ops.saturate_cast(x, "uint8"),
        lambda x: np.clip(x, 0, 255).astype("uint8"),
        fixed([-5, 0.5, 254.7, 300]),
    ),
    Case(
        "saturate_cast:whole",
        lambda x: ops.saturate_cast(x, "int32"),
        lambda x: np.clip(x, -(2**31), 2**31 - 1),
        fixed([-(2**40), 7, 2**40], "int64"),
    ),
    Case(
        "leaky_relu:slope", lambda x: ops.leaky_relu(x, -0.5), lambda x: np.where(x > 0, x, -0.5 * x), _any, grad=(0,)
    ),
    Case("elu:alpha", lambda x: ops.elu(x, -0.5), lambda x: np.where(x > 0, x, -0.5 * np.expm1(x)), _any, grad=(0,)),
    Case(
        "celu:alpha", lambda x: ops.celu(x, 0.7), lambda x: np.where(x > 0, x, 0.7 * np.expm1(x / 0.7)), _any, grad=(0,)
    ),
    Case(
        "gelu:exact",
        lambda x: ops.gelu(x, approximate=False),
        lambda x: x * 0.5 * (1 + _erf(x / math.sqrt(2))),
        _any,
        grad=(0,),
    ),
    Case("threshold", lambda x: ops.threshold(x, 0.25, -1.0), lambda x: np.where(x > 0.25, x, -1.0), _any, grad=(0,)),
    Case("glu", ops.glu, lambda x: x[..., :3] * sigmoid(x[..., 3:]), normal(2, 6), grad=(0,)),
    Case("ldexp:slope", lambda x: ops.ldexp(x, [1, -2, 0, 3]), lambda x: x * [2, 0.25, 1, 8], normal(3, 4), grad=(0,)),
    Case(
        "nextafter",
        ops.nextafter,
        lambda x, y: np.nextafter(x, y),
        fixed([1.0, 0.0, -1.0, 2.0]),
        fixed([2.0, -1.0, np.inf, 2.0]),
    ),
    Case("view", lambda x: ops.view(x, "uint8") * 1, lambda x: x.view("uint8") * 1, ints(-9, 9, 3, 4)),
    Case("view:float", lambda x: ops.view(x, "float32"), lambda x: x.view("float32"), ints(0, 2**30, 3, 4)),
    Case("view:wider", lambda x: ops.view(x, "int64"), lambda x: x.view("int64"), ints(-9, 9, 3, 4)),
    Case(
        "allclose",
        lambda x, y: ops.allclose(x, y, atol=1e-3),
        lambda x, y: np.asarray(np.allclose(x, y, atol=1e-3)),
        fixed([1.0, 2.0]),
        fixed([1.0, 2.0005]),
    ),
    Case(
        "nan_to_num:values",
        lambda x: ops.nan_to_num(x, 1.0, 2.0, 3.0),
        lambda x: np.nan_to_num(x, nan=1.0, posinf=2.0, neginf=3.0),
        fixed([np.nan, np.inf, -np.inf, 5.0]),
    ),
    Case(
        "isclose:nan",
        lambda x: ops.isclose(x, x, equal_nan=True),
        lambda x: np.isclose(x, x, equal_nan=True),
        fixed([np.nan, np.inf, 5.0]),
    ),
    Case(
        "select",
        lambda a, b, x, y: ops.select([a, b], [x, y], 7.0),
        lambda a, b, x, y: np.select([a, b], [x, y], 7.0),
        bools(6),
        bools(6),
        normal(6),
        normal(6),
        grad=(2, 3),
    ),
]

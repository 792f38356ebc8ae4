"""The table of op tests: one row per public function and way of calling it.

A row gives the function, NumPy's independent expression of the same thing, makers of its inputs, and which inputs are
differentiated. ``tests/ops/test_ops.py`` drives values, gradients, traced runs, threads and strides from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import ops

Maker = Callable[[np.random.Generator], Any]


class Case:
    """One row.

    Args:
        name: Public name of the function, and the row's name up to a suffix after ``:``.
        function: Called with the inputs.
        reference: The same in NumPy, called with float64 (or integer) inputs.
        inputs: Makers of the inputs; those that give float64 arrays are cast to the dtype under test.
        grad: Positions of the inputs that are differentiated.
        tol: Factor on the tolerance.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        reference: Callable[..., Any],
        *inputs: Maker,
        grad: tuple[int, ...] = (),
        tol: float = 1.0,
    ) -> None:
        self.name = name
        self.function = function
        self.reference = reference
        self.inputs = inputs
        self.grad = grad
        self.tol = tol

    def make(self, dtype: str) -> list[Any]:
        """The inputs, the same each time."""
        rng = np.random.default_rng(sum(map(ord, self.name)))
        arrays = [maker(rng) for maker in self.inputs]
        return [a.astype(dtype) if a.dtype == np.float64 else a for a in arrays]


# --- makers ----------------------------------------------------------------------------------------------------------


def normal(*shape: int) -> Maker:
    return lambda rng: rng.normal(size=shape)


def uniform(low: float, high: float, *shape: int) -> Maker:
    return lambda rng: rng.uniform(low, high, size=shape)


def away(*shape: int) -> Maker:
    """Numbers that keep away from the kinks at -1, 0 and 1."""
    return lambda rng: (
        rng.choice([-1.0, 1.0], size=shape) * rng.choice([0.5, 1.5], size=shape) + rng.uniform(-0.3, 0.3, size=shape)
    )


def ints(low: int, high: int, *shape: int, dtype: str = "int32") -> Maker:
    return lambda rng: rng.integers(low, high, size=shape).astype(dtype)


def bools(*shape: int) -> Maker:
    return lambda rng: rng.random(size=shape) < 0.5


def fixed(values: Any, dtype: str = "float64") -> Maker:
    return lambda rng: np.asarray(values, dtype)


def distinct(*shape: int) -> Maker:
    """Numbers far enough apart that a small change doesn't change their order."""
    size = math.prod(shape)
    return lambda rng: (rng.permutation(size) * 0.37 - size * 0.17).reshape(shape)


def probabilities(*shape: int) -> Maker:
    def make(rng: np.random.Generator) -> Any:
        p = rng.uniform(0.1, 1.0, size=shape)
        return p / p.sum(axis=-1, keepdims=True)

    return make


# --- tables of rows that differ in one word --------------------------------------------------------------------------

_erf = np.vectorize(math.erf, otypes=[float])


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


def softmax(x: Any, axis: Any = -1) -> Any:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


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
        "clip:arrays", ops.clip, lambda x, a, b: np.clip(x, a, b),
        distinct(3, 4), uniform(-1.0, -0.9, 4), uniform(0.9, 1.0, 4), grad=(0, 1, 2),
    ),
    Case("cast", lambda x: ops.cast(x, "int32"), lambda x: x.astype("int32"), normal(3, 4)),
    Case("cast:bool", lambda x: ops.cast(x, "bool"), lambda x: x != 0, ints(0, 2, 9)),
    Case("cast:float", lambda x: ops.cast(x, "float64") * 2.0, lambda x: x * 2.0, normal(3, 4), grad=(0,)),
    Case("saturate_cast", lambda x: ops.saturate_cast(x, "uint8"),
         lambda x: np.clip(x, 0, 255).astype("uint8"), fixed([-5, 0.5, 254.7, 300])),
    Case("saturate_cast:whole", lambda x: ops.saturate_cast(x, "int32"),
         lambda x: np.clip(x, -(2**31), 2**31 - 1), fixed([-(2**40), 7, 2**40], "int64")),
    Case("leaky_relu:slope", lambda x: ops.leaky_relu(x, -0.5), lambda x: np.where(x > 0, x, -0.5 * x), _any, grad=(0,)),
    Case("elu:alpha", lambda x: ops.elu(x, -0.5), lambda x: np.where(x > 0, x, -0.5 * np.expm1(x)), _any, grad=(0,)),
    Case("celu:alpha", lambda x: ops.celu(x, 0.7),
         lambda x: np.where(x > 0, x, 0.7 * np.expm1(x / 0.7)), _any, grad=(0,)),
    Case("gelu:exact", lambda x: ops.gelu(x, approximate=False),
         lambda x: x * 0.5 * (1 + _erf(x / math.sqrt(2))), _any, grad=(0,)),
    Case("threshold", lambda x: ops.threshold(x, 0.25, -1.0), lambda x: np.where(x > 0.25, x, -1.0), _any, grad=(0,)),
    Case("glu", ops.glu, lambda x: x[..., :3] * sigmoid(x[..., 3:]), normal(2, 6), grad=(0,)),
    Case("nan_to_num:values", lambda x: ops.nan_to_num(x, 1.0, 2.0, 3.0),
         lambda x: np.nan_to_num(x, nan=1.0, posinf=2.0, neginf=3.0), fixed([np.nan, np.inf, -np.inf, 5.0])),
    Case("isclose:nan", lambda x: ops.isclose(x, x, equal_nan=True),
         lambda x: np.isclose(x, x, equal_nan=True), fixed([np.nan, np.inf, 5.0])),
    Case("select", lambda a, b, x, y: ops.select([a, b], [x, y], 7.0),
         lambda a, b, x, y: np.select([a, b], [x, y], 7.0), bools(6), bools(6), normal(6), normal(6), grad=(2, 3)),
]  # fmt: skip


def _axes(name: str, reference: Callable[..., Any], maker: Maker, grad: tuple[int, ...]) -> list[Case]:
    function = getattr(ops, name)
    rows = []
    for axis in (None, 0, -1, (0, 2)):
        for keepdims in (False, True):
            options = {"axis": axis, "keepdims": keepdims}
            rows.append(
                Case(
                    f"{name}:{axis},{keepdims}",
                    lambda x, options=options: function(x, **options),
                    lambda x, options=options: reference(x, **options),
                    maker,
                    grad=grad,
                )
            )
    return rows


def logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))


REDUCTIONS = [
    *_axes("sum", np.sum, normal(3, 4, 5), (0,)),
    *_axes("prod", np.prod, away(2, 3, 2), (0,)),
    *_axes("max", np.max, distinct(3, 4, 2), (0,)),
    *_axes("min", np.min, distinct(3, 4, 2), (0,)),
    *_axes("mean", np.mean, normal(3, 4, 5), (0,)),
    *_axes("var", np.var, normal(3, 4, 5), (0,)),
    *_axes("std", np.std, normal(3, 4, 5), (0,)),
    *_axes("logsumexp", logsumexp, normal(3, 4, 5), (0,)),
    *_axes("any", np.any, bools(3, 4, 5), ()),
    *_axes("all", np.all, bools(1, 2, 5), ()),
    *_axes("ptp", np.ptp, distinct(3, 4, 2), (0,)),
    *_axes("nansum", np.nansum, normal(3, 4, 5), (0,)),
    *_axes("nanmean", np.nanmean, normal(3, 4, 5), (0,)),
    *_axes("median", np.median, distinct(3, 4, 3), (0,)),
    Case("amax", lambda x: ops.amax(x, axis=1), lambda x: np.max(x, axis=1), distinct(3, 4), grad=(0,)),
    Case("amin", lambda x: ops.amin(x, axis=1), lambda x: np.min(x, axis=1), distinct(3, 4), grad=(0,)),
    Case("max:initial", lambda x: ops.max(x, axis=1, initial=0.3),
         lambda x: np.max(x, axis=1, initial=0.3), distinct(3, 4), grad=(0,)),
    Case("max:empty", lambda x: ops.max(x, axis=1, initial=0.5),
         lambda x: np.max(x, axis=1, initial=0.5), normal(3, 0)),
    Case("prod:zero", lambda x: ops.prod(x, axis=1), lambda x: np.prod(x, axis=1),
         fixed([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0], [1.0, 2.0, 3.0]]), grad=(0,)),
    Case("prod:dtype", lambda x: ops.prod(x, dtype="int64"), lambda x: np.prod(x), ints(1, 9, 5)),
    Case("sum:int", lambda x: ops.sum(x, axis=0), lambda x: np.sum(x, axis=0, dtype="int32"), ints(-9, 9, 4, 3)),
    Case("sum:bool", ops.sum, lambda x: np.sum(x, dtype="int32"), bools(70)),
    Case("sum:long", lambda x: ops.sum(x, axis=0), lambda x: np.sum(x, axis=0), normal(1000, 3)),
    Case("sum:empty", lambda x: ops.sum(x, axis=1), lambda x: np.sum(x, axis=1), normal(3, 0)),
    Case("max:int", lambda x: ops.max(x, axis=0), lambda x: np.max(x, axis=0), ints(-9, 9, 4, 3)),
    Case("argmax", ops.argmax, lambda x: np.argmax(x).astype("int32"), distinct(3, 4)),
    Case("argmax:axis", lambda x: ops.argmax(x, axis=-1, keepdims=True),
         lambda x: np.argmax(x, axis=-1, keepdims=True).astype("int32"), distinct(3, 4)),
    Case("argmin", lambda x: ops.argmin(x, axis=0), lambda x: np.argmin(x, axis=0).astype("int32"), distinct(3, 4)),
    Case("count_nonzero", lambda x: ops.count_nonzero(x, axis=1),
         lambda x: np.count_nonzero(x, axis=1).astype("int32"), ints(0, 2, 3, 4)),
    Case("average", lambda x: ops.average(x, axis=0), lambda x: np.average(x, axis=0), normal(3, 4), grad=(0,)),
    Case("average:weights", lambda x, w: ops.average(x, axis=1, weights=w),
         lambda x, w: np.average(x, axis=1, weights=w), normal(3, 4), _pos_row := uniform(0.3, 2, 4), grad=(0, 1)),
    Case("quantile", lambda x: ops.quantile(x, [0.1, 0.5, 0.9], axis=1),
         lambda x: np.quantile(x, [0.1, 0.5, 0.9], axis=1), distinct(3, 5), grad=(0,)),
    *[
        Case(f"quantile:{m}", lambda x, m=m: ops.quantile(x, 0.4, axis=(0, 2), method=m, keepdims=True),
             lambda x, m=m: np.quantile(x, 0.4, axis=(0, 2), method=m, keepdims=True), distinct(3, 2, 3))
        for m in ("lower", "higher", "midpoint", "nearest")
    ],
    *[
        Case(f"norm:{o},{a}", lambda x, o=o, a=a: ops.norm(x, ord=o, axis=a, keepdims=True),
             lambda x, o=o, a=a: np.linalg.norm(x, ord=o, axis=a, keepdims=True), away(3, 4, 2), grad=(0,))
        for o, a in [(None, 1), (1, 0), (2, 1), (3, 2), (None, None), ("fro", (0, 1)), (None, (0, 2))]
    ],
    *[
        Case(f"norm:{o},{a}", lambda x, o=o, a=a: ops.norm(x, ord=o, axis=a),
             lambda x, o=o, a=a: np.linalg.norm(x, ord=o, axis=a), distinct(3, 4, 2), grad=(0,))
        for o, a in [(np.inf, 1), (-np.inf, 1), (1, (0, 1)), (-1, (1, 0)), (np.inf, (0, 1)), (-np.inf, (2, 1))]
    ],
    Case("norm:0", lambda x: ops.norm(x, ord=0, axis=1), lambda x: np.linalg.norm(x, ord=0, axis=1), away(3, 4)),
    Case("moments", lambda x: ops.moments(x, axes=(0, 1)),
         lambda x: (x.mean(axis=(0, 1)), x.var(axis=(0, 1))), normal(3, 4, 2), grad=(0,)),
]  # fmt: skip

LINALG = [
    *[
        Case(f"matmul:{a},{b}", ops.matmul, np.matmul, normal(*a), normal(*b), grad=(0, 1), tol=4)
        for a, b in [
            ((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4, 5)),
            ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (6, 4, 5)), ((3, 0), (0, 5)), ((0, 4), (4, 5)), ((33, 17), (17, 29)),
        ]
    ],
    Case("matmul:int", ops.matmul, np.matmul, ints(-9, 9, 3, 4), ints(-9, 9, 4, 2)),
    Case("dot", ops.dot, np.dot, normal(2, 3, 4), normal(5, 4, 2), grad=(0, 1), tol=4),
    Case("dot:scalar", ops.dot, np.dot, normal(), normal(3), grad=(0, 1)),
    Case("vdot", ops.vdot, np.vdot, normal(2, 3), normal(6), grad=(0, 1), tol=4),
    Case("inner", ops.inner, np.inner, normal(2, 3), normal(4, 3), grad=(0, 1), tol=4),
    Case("outer", ops.outer, np.outer, normal(2, 3), normal(4), grad=(0, 1)),
    Case("kron", ops.kron, np.kron, normal(2, 3), normal(2), grad=(0, 1)),
    Case("tensordot", ops.tensordot, np.tensordot, normal(2, 3, 4), normal(3, 4, 5), grad=(0, 1), tol=4),
    Case("tensordot:axes", lambda a, b: ops.tensordot(a, b, ((0, 2), (1, 0))),
         lambda a, b: np.tensordot(a, b, ((0, 2), (1, 0))), normal(2, 3, 4), normal(4, 2), grad=(0, 1), tol=4),
    Case("cross", ops.cross, np.cross, normal(4, 3), normal(3), grad=(0, 1)),
    Case("cross:axis", lambda a, b: ops.cross(a, b, axis=0), lambda a, b: np.cross(a, b, axis=0), normal(3, 4),
         normal(3, 4), grad=(0, 1)),
    *[
        Case(f"einsum:{s}", lambda *x, s=s: ops.einsum(s, *x), lambda *x, s=s: np.einsum(s, *x),
             *(normal(*shape) for shape in shapes), grad=tuple(range(len(shapes))), tol=4)
        for s, shapes in [
            ("ij,jk->ik", ((2, 3), (3, 4))), ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))), ("ij->ji", ((2, 3),)),
            ("ii->i", ((3, 3),)), ("ii", ((3, 3),)), ("ij->", ((2, 3),)), ("...i,i->...", ((2, 3, 4), (4,))),
            ("ij,kj,k->i", ((2, 3), (4, 3), (4,))), ("i,j->ij", ((2,), (3,))), ("bhid,bhjd->bhij", ((2, 2, 3, 4), (2, 2, 5, 4))),
        ]
    ],
]  # fmt: skip

SHAPES = [
    Case("reshape", lambda x: ops.reshape(x, (4, -1)), lambda x: x.reshape(4, -1), normal(2, 6), grad=(0,)),
    Case("ravel", ops.ravel, np.ravel, normal(2, 6), grad=(0,)),
    Case("ravel:empty", ops.ravel, np.ravel, normal(2, 0)),
    Case("transpose", ops.transpose, np.transpose, normal(2, 3, 4), grad=(0,)),
    Case("transpose:axes", lambda x: ops.transpose(x, (1, 2, 0)), lambda x: x.transpose(1, 2, 0), normal(2, 3, 4), grad=(0,)),
    Case("transpose:reshape", lambda x: ops.reshape(ops.transpose(x), (6, 4)),
         lambda x: x.T.reshape(6, 4), normal(2, 3, 4), grad=(0,)),
    Case("swapaxes", lambda x: ops.swapaxes(x, 0, -1), lambda x: np.swapaxes(x, 0, -1), normal(2, 3, 4), grad=(0,)),
    Case("moveaxis", lambda x: ops.moveaxis(x, (0, 1), (-1, 0)), lambda x: np.moveaxis(x, (0, 1), (-1, 0)), normal(2, 3, 4), grad=(0,)),
    Case("expand_dims", lambda x: ops.expand_dims(x, (0, -1)), lambda x: np.expand_dims(x, (0, -1)), normal(2, 3), grad=(0,)),
    Case("squeeze", ops.squeeze, np.squeeze, normal(2, 1, 3, 1), grad=(0,)),
    Case("squeeze:axis", lambda x: ops.squeeze(x, 1), lambda x: np.squeeze(x, 1), normal(2, 1, 1), grad=(0,)),
    Case("broadcast_to", lambda x: ops.broadcast_to(x, (2, 3, 4)), lambda x: np.broadcast_to(x, (2, 3, 4)), normal(3, 1), grad=(0,)),
    Case("concatenate", lambda a, b: ops.concatenate([a, b], axis=-1), lambda a, b: np.concatenate([a, b], axis=-1),
         normal(2, 3), normal(2, 2), grad=(0, 1)),
    Case("stack", lambda a, b: ops.stack([a, b], axis=1), lambda a, b: np.stack([a, b], axis=1), normal(2, 3), normal(2, 3), grad=(0, 1)),
    Case("vstack", lambda a, b: ops.vstack([a, b]), lambda a, b: np.vstack([a, b]), normal(3), normal(2, 3), grad=(0, 1)),
    Case("hstack", lambda a, b: ops.hstack([a, b]), lambda a, b: np.hstack([a, b]), normal(2, 3), normal(2, 1), grad=(0, 1)),
    Case("append", lambda a, b: ops.append(a, b), lambda a, b: np.append(a, b), normal(2, 3), normal(2), grad=(0, 1)),
    Case("split", lambda x: ops.split(x, 2, axis=1), lambda x: np.split(x, 2, axis=1), normal(2, 6), grad=(0,)),
    Case("split:cuts", lambda x: ops.split(x, [1, 3, 9], axis=1), lambda x: np.split(x, [1, 3, 9], axis=1), normal(2, 6), grad=(0,)),
    Case("array_split", lambda x: ops.array_split(x, 4, axis=1), lambda x: np.array_split(x, 4, axis=1), normal(2, 6), grad=(0,)),
    Case("unstack", lambda x: ops.unstack(x, axis=1), lambda x: [x[:, i] for i in range(3)], normal(2, 3), grad=(0,)),
    Case("tile", lambda x: ops.tile(x, (2, 1, 3)), lambda x: np.tile(x, (2, 1, 3)), normal(2, 3), grad=(0,)),
    Case("repeat", lambda x: ops.repeat(x, 3, axis=1), lambda x: np.repeat(x, 3, axis=1), normal(2, 3), grad=(0,)),
    Case("repeat:counts", lambda x: ops.repeat(x, [1, 0, 2], axis=1), lambda x: np.repeat(x, [1, 0, 2], axis=1), normal(2, 3), grad=(0,)),
    Case("roll", lambda x: ops.roll(x, 2), lambda x: np.roll(x, 2), normal(2, 3), grad=(0,)),
    Case("roll:axes", lambda x: ops.roll(x, (1, -1), (0, 1)), lambda x: np.roll(x, (1, -1), (0, 1)), normal(2, 3), grad=(0,)),
    Case("flip", ops.flip, np.flip, normal(2, 3), grad=(0,)),
    Case("flip:axis", lambda x: ops.flip(x, 1), lambda x: np.flip(x, 1), normal(2, 3), grad=(0,)),
    *[
        Case(f"rot90:{k}", lambda x, k=k: ops.rot90(x, k), lambda x, k=k: np.rot90(x, k), normal(2, 3), grad=(0,))
        for k in range(-1, 4)
    ],
    Case("pad", lambda x: ops.pad(x, ((1, 2), (0, 3)), constant_values=2.0),
         lambda x: np.pad(x, ((1, 2), (0, 3)), constant_values=2.0), normal(2, 3), grad=(0,)),
    *[
        Case(f"pad:{m}", lambda x, m=m: ops.pad(x, 1, mode=m), lambda x, m=m: np.pad(x, 1, mode=m), normal(2, 3), grad=(0,))
        for m in ("edge", "reflect", "symmetric")
    ],
    Case("diag", lambda x: ops.diag(x, 1), lambda x: np.diag(x, 1), normal(3), grad=(0,)),
    Case("diag:below", lambda x: ops.diag(x, -2), lambda x: np.diag(x, -2), normal(3), grad=(0,)),
    Case("diag:matrix", lambda x: ops.diag(x, -1), lambda x: np.diag(x, -1), normal(3, 4), grad=(0,)),
    Case("diagflat", ops.diagflat, np.diagflat, normal(2, 2), grad=(0,)),
    Case("diagonal", lambda x: ops.diagonal(x, 1, 0, 2), lambda x: np.diagonal(x, 1, 0, 2), normal(3, 2, 4), grad=(0,)),
    Case("diagonal:none", lambda x: ops.diagonal(x, 9), lambda x: np.diagonal(x, 9), normal(3, 2)),
    Case("trace", ops.trace, np.trace, normal(3, 4), grad=(0,)),
    Case("diff", lambda x: ops.diff(x, n=2, axis=0), lambda x: np.diff(x, n=2, axis=0), normal(4, 3), grad=(0,)),
    Case("tril", lambda x: ops.tril(x, -1), lambda x: np.tril(x, -1), normal(3, 4), grad=(0,)),
    Case("triu", lambda x: ops.triu(x, 1), lambda x: np.triu(x, 1), normal(2, 3, 4), grad=(0,)),
    Case("meshgrid", lambda a, b: ops.meshgrid(a, b), lambda a, b: np.meshgrid(a, b), normal(2), normal(3), grad=(0, 1)),
    Case("linspace", lambda a, b: ops.linspace(a, b, 5, axis=-1), lambda a, b: np.linspace(a, b, 5, axis=-1), normal(2), normal(2), grad=(0, 1)),
    Case("linspace:open", lambda a: ops.linspace(a, 3.0, 4, endpoint=False), lambda a: np.linspace(a, 3.0, 4, endpoint=False), normal()),
    Case("zeros_like", ops.zeros_like, np.zeros_like, normal(2, 3)),
    Case("ones_like", lambda x: ops.ones_like(x) * x, lambda x: x, normal(2, 3), grad=(0,)),
    Case("empty_like", ops.empty_like, np.zeros_like, normal(2, 3)),
    Case("full_like", lambda x: ops.full_like(x, 2.0) * x, lambda x: 2 * x, normal(2, 3), grad=(0,)),
    Case("full", lambda x: ops.full((2, 3), x, dtype=x.dtype), lambda x: np.full((2, 3), x), normal(3)),
]  # fmt: skip


def _scattered(index: Any, values: Any) -> Any:
    out = np.zeros((4, 2))
    np.add.at(out, index[..., 0], values)
    return out


def _updated(x: Any, index: Any, values: Any) -> Any:
    x = x.copy()
    for position, value in zip(index, values, strict=True):
        x[tuple(position)] = value
    return x


def _placed(x: Any, part: Any) -> Any:
    x = x.copy()
    x[1:3, 0:2] = part
    return x


_labels = ints(0, 5, 4)
INDEXING = [
    Case("take", lambda x, i: ops.take(x, i, axis=1), lambda x, i: np.take(x, i, axis=1), normal(3, 5, 2), ints(-5, 5, 2, 3), grad=(0,)),
    Case("take:flat", ops.take, np.take, normal(3, 5), ints(0, 15, 4, dtype="int64"), grad=(0,)),
    Case("take:scalar", lambda x, i: ops.take(x, i, axis=0), lambda x, i: np.take(x, i, axis=0), normal(3, 5), ints(0, 3), grad=(0,)),
    Case("take:empty", lambda x, i: ops.take(x, i, axis=0), lambda x, i: np.take(x, i, axis=0), normal(3, 5), ints(0, 3, 0)),
    Case("take:int", lambda x, i: ops.take(x, i, axis=0), lambda x, i: np.take(x, i, axis=0), ints(0, 9, 3, 5), ints(0, 3, 7)),
    Case("take_along_axis", lambda x, i: ops.take_along_axis(x, i, axis=1),
         lambda x, i: np.take_along_axis(x, i.astype("int64"), axis=1), normal(3, 5), ints(-5, 5, 3, 2), grad=(0,)),
    Case("take_along_axis:wide", lambda x, i: ops.take_along_axis(x, i, axis=0),
         lambda x, i: np.take_along_axis(x, i.astype("int64"), axis=0), normal(4, 3), ints(0, 4, 2, 1), grad=(0,)),
    Case("one_hot", lambda i: ops.one_hot(i, 4, axis=0), lambda i: (i == np.arange(4)[:, None]).astype("float32"), ints(-1, 5, 6)),
    Case("multi_hot", lambda i: ops.multi_hot(i, 5), lambda i: (i[..., None] == np.arange(5)).any(axis=1).astype("float32"), ints(0, 5, 3, 2)),
    Case("slice", lambda x: ops.slice(x, (1, 0), (2, -1)), lambda x: x[1:3], normal(4, 3), grad=(0,)),
    Case("slice:tensor", lambda x, s: ops.slice(x, s, (2, 2)), lambda x, s: x[s[0] : s[0] + 2, s[1] : s[1] + 2], normal(4, 3), fixed([1, 1], "int32"), grad=(0,)),
    Case("slice_update", lambda x, p: ops.slice_update(x, (1, 0), p), _placed, normal(4, 3), normal(2, 2), grad=(0, 1)),
    Case("slice_update:tensor", lambda x, s, p: ops.slice_update(x, s, p), lambda x, s, p: _placed(x, p), normal(4, 3), fixed([1, 0], "int32"), normal(2, 2), grad=(0, 2)),
    Case("scatter", lambda i, v: ops.scatter(i, v, (4, 2)), _scattered, ints(0, 4, 6, 1), normal(6, 2), grad=(1,)),
    Case("scatter_update", ops.scatter_update, _updated, normal(4, 3), fixed([[0, 1], [3, 2], [0, 1]], "int32"), normal(3), grad=(0, 2)),
    Case("scatter_update:rows", ops.scatter_update, _updated, normal(4, 3), fixed([[1], [3]], "int64"), normal(2, 3), grad=(0, 2)),
    Case("scatter_update:add", lambda x, i, v: ops.scatter_update(x, i, v, reduction="add"),
         lambda x, i, v: x + _scattered(i, v), normal(4, 2), ints(0, 4, 6, 1), normal(6, 2), grad=(0, 2)),
    Case("segment_sum", lambda x, i: ops.segment_sum(x, i, 4), lambda x, i: _scattered(i[:, None], x), normal(6, 2), ints(0, 4, 6), grad=(0,)),
    Case("searchsorted", ops.searchsorted, lambda s, v: np.searchsorted(s, v).astype("int32"), fixed([1.0, 2.0, 2.0, 4.0]), fixed([[0.0, 2.0], [3.0, 9.0]])),
    Case("searchsorted:right", lambda s, v: ops.searchsorted(s, v, side="right"),
         lambda s, v: np.searchsorted(s, v, side="right").astype("int32"), fixed([1, 2, 2, 4], "int32"), ints(0, 6, 9)),
    Case("digitize", ops.digitize, lambda x, b: np.digitize(x, b).astype("int32"), normal(3, 4), fixed([-1.0, 0.0, 1.0])),
    *[
        Case(f"get_item:{label}", lambda x, *i, key=key: ops.get_item(x, key(*i)), lambda x, *i, key=key: x[key(*i)],
             normal(4, 3, 5), *extra, grad=(0,))
        for label, key, extra in [
            ("int", lambda: 2, ()), ("negative", lambda: (-1, -1), ()), ("slice", lambda: slice(1, 3), ()),
            ("reverse", lambda: (slice(None, None, -1), slice(2, None, -2)), ()), ("none", lambda: (None, 1, ..., None), ()),
            ("dots", lambda: (..., 2), ()), ("empty", lambda: (slice(3, 1),), ()), ("step", lambda: np.s_[::2, :, 1:5:3], ()),
            ("array", lambda i: i, (ints(-4, 4, 2, 3),)), ("middle", lambda i: (slice(None), i), (ints(0, 3, 2),)),
            ("pair", lambda i, j: (i, j), (ints(-4, 4, 6), ints(0, 3, 6))),
            ("adjacent", lambda i, j: (slice(None), i, j), (ints(0, 3, 2, 1), ints(0, 5, 4))),
            ("apart", lambda i, j: (i, slice(None), j), (ints(0, 4, 3), ints(0, 5, 3))),
            ("int_and_array", lambda i: (1, slice(None), i), (ints(0, 5, 3),)),
            ("mask", lambda: (np.array([True, False, True, True]), slice(1)), ()), ("list", lambda: [0, 2], ()),
        ]
    ],
    Case("sort", ops.sort, np.sort, distinct(3, 5), grad=(0,)),
    Case("sort:axis", lambda x: ops.sort(x, axis=0), lambda x: np.sort(x, axis=0), distinct(3, 5, 2), grad=(0,)),
    Case("sort:flat", lambda x: ops.sort(x, axis=None), lambda x: np.sort(x, axis=None), distinct(3, 5), grad=(0,)),
    Case("sort:int", ops.sort, np.sort, ints(-9, 9, 3, 30)),
    Case("sort:uint8", ops.sort, np.sort, ints(0, 255, 30, dtype="uint8")),
    Case("argsort", ops.argsort, lambda x: np.argsort(x, kind="stable").astype("int32"), ints(0, 4, 3, 9)),
    Case("top_k", lambda x: ops.top_k(x, 2), lambda x: (-np.sort(-x)[..., :2], np.argsort(-x, kind="stable")[..., :2].astype("int32")), distinct(3, 5), grad=(0,)),
    Case("in_top_k", lambda t, p: ops.in_top_k(t, p, 2), lambda t, p: (p > p[np.arange(4), t][:, None]).sum(axis=1) < 2, _labels, normal(4, 5)),
    Case("cumsum", lambda x: ops.cumsum(x, axis=0), lambda x: np.cumsum(x, axis=0), normal(4, 3), grad=(0,)),
    Case("cumsum:flat", ops.cumsum, np.cumsum, normal(2, 3), grad=(0,)),
    Case("cumsum:bool", lambda x: ops.cumsum(x, axis=0), lambda x: np.cumsum(x, axis=0, dtype="int32"), bools(9)),
    Case("cumprod", lambda x: ops.cumprod(x, axis=1), lambda x: np.cumprod(x, axis=1), away(2, 4), grad=(0,)),
    Case("cumprod:zero", lambda x: ops.cumprod(x, axis=1), lambda x: np.cumprod(x, axis=1),
         fixed([[2.0, 0.0, 3.0, 4.0], [0.0, 0.0, 1.0, 5.0], [1.0, 2.0, 3.0, 0.0]]), grad=(0,)),
]  # fmt: skip


def _sparsemax(x: Any) -> Any:
    z = -np.sort(-x, axis=-1)
    k = np.arange(1, x.shape[-1] + 1)
    inside = 1 + k * z > np.cumsum(z, axis=-1)
    size = inside.sum(axis=-1, keepdims=True)
    return np.maximum(x - ((z * inside).sum(axis=-1, keepdims=True) - 1) / size, 0)


def _scaled(p: Any, axis: int = -1) -> Any:
    return np.log(np.clip(p / p.sum(axis=axis, keepdims=True), 1e-7, 1 - 1e-7))


def _layer_norm(x: Any, axis: int = -1) -> Any:
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-3)


NN = [
    *[
        Case(f"softmax:{a}", lambda x, a=a: ops.softmax(x, axis=a), lambda x, a=a: softmax(x, a), normal(2, 5, 3), grad=(0,))
        for a in (-1, 0, 1, (0, 2))
    ],
    *[
        Case(f"log_softmax:{a}", lambda x, a=a: ops.log_softmax(x, axis=a), lambda x, a=a: np.log(softmax(x, a)), normal(2, 5, 3), grad=(0,))
        for a in (-1, 0, (1, 2))
    ],
    Case("softmax:scalar", ops.softmax, lambda x: np.ones(()), normal()),
    Case("sparsemax", ops.sparsemax, _sparsemax, normal(4, 5), grad=(0,)),
    Case("normalize", ops.normalize, lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True), normal(3, 4), grad=(0,)),
    Case("normalize:1", lambda x: ops.normalize(x, axis=0, order=1), lambda x: x / np.abs(x).sum(axis=0), away(3, 4), grad=(0,)),
    Case("batch_normalization", lambda x, m, v, o, s: ops.batch_normalization(x, m, v, axis=1, offset=o, scale=s),
         lambda x, m, v, o, s: ((x - m[:, None]) / np.sqrt(v[:, None] + 1e-3)) * s[:, None] + o[:, None],
         normal(2, 3, 4), normal(3), uniform(0.5, 2, 3), normal(3), normal(3), grad=(0, 1, 2, 3, 4), tol=4),
    Case("layer_normalization", lambda x, g, b: ops.layer_normalization(x, g, b, epsilon=1e-3),
         lambda x, g, b: _layer_norm(x) * g + b, normal(3, 6), normal(6), normal(6), grad=(0, 1, 2)),
    Case("rms_normalization", lambda x, g: ops.rms_normalization(x, g, epsilon=1e-3),
         lambda x, g: x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-3) * g, normal(3, 6), normal(6), grad=(0, 1)),
    Case("categorical_crossentropy", ops.categorical_crossentropy,
         lambda t, p: -(t * _scaled(p)).sum(axis=-1), probabilities(3, 4), uniform(0.1, 0.9, 3, 4), grad=(0, 1)),
    Case("categorical_crossentropy:logits", lambda t, z: ops.categorical_crossentropy(t, z, from_logits=True),
         lambda t, z: -(t * np.log(softmax(z))).sum(axis=-1), probabilities(2, 3, 4), normal(2, 3, 4), grad=(0, 1)),
    Case("categorical_crossentropy:axis", lambda t, z: ops.categorical_crossentropy(t, z, from_logits=True, axis=1),
         lambda t, z: -(t * np.log(softmax(z, 1))).sum(axis=1), probabilities(2, 3, 4), normal(2, 3, 4), grad=(0, 1)),
    Case("categorical_crossentropy:softmax", lambda t, z: ops.categorical_crossentropy(t, ops.softmax(z)),
         lambda t, z: -(t * np.log(softmax(z))).sum(axis=-1), probabilities(3, 4), normal(3, 4), grad=(0, 1)),
    Case("sparse_categorical_crossentropy", ops.sparse_categorical_crossentropy,
         lambda t, p: -np.take_along_axis(_scaled(p), t[:, None].astype("int64"), -1)[:, 0], _labels, uniform(0.1, 0.9, 4, 5), grad=(1,)),
    Case("sparse_categorical_crossentropy:logits", lambda t, z: ops.sparse_categorical_crossentropy(t, z, from_logits=True),
         lambda t, z: -np.take_along_axis(np.log(softmax(z)), t.astype("int64"), -1)[:, 0], ints(0, 5, 4, 1), normal(4, 5), grad=(1,)),
    Case("sparse_categorical_crossentropy:axis", lambda t, z: ops.sparse_categorical_crossentropy(t, z, from_logits=True, axis=1),
         lambda t, z: -np.take_along_axis(np.log(softmax(z, 1)), t[:, None].astype("int64"), 1)[:, 0], ints(0, 5, 2, 3, dtype="uint8"), normal(2, 5, 3), grad=(1,)),
    Case("binary_crossentropy", ops.binary_crossentropy,
         lambda t, p: -t * np.log(p) - (1 - t) * np.log(1 - p), uniform(0, 1, 3, 4), uniform(0.1, 0.9, 3, 4), grad=(0, 1)),
    Case("binary_crossentropy:logits", lambda t, z: ops.binary_crossentropy(t, z, from_logits=True),
         lambda t, z: -t * np.log(sigmoid(z)) - (1 - t) * np.log(1 - sigmoid(z)), uniform(0, 1, 3, 4), normal(3, 4), grad=(0, 1)),
    Case("binary_crossentropy:sigmoid", lambda t, z: ops.binary_crossentropy(t, ops.reshape(ops.sigmoid(z), (3, 4))),
         lambda t, z: (-t.reshape(12) * np.log(sigmoid(z)) - (1 - t.reshape(12)) * np.log(1 - sigmoid(z))).reshape(3, 4),
         uniform(0, 1, 3, 4), normal(12), grad=(0, 1)),
]  # fmt: skip


def _decayed(p: Any, lr: Any) -> Any:
    return p * (1 - 0.01 * lr)


def _np_rmsprop(p: Any, g: Any, v: Any, a: Any, m: Any, lr: Any) -> Any:
    p, v, a = _decayed(p, lr), 0.8 * v + 0.2 * g * g, 0.8 * a + 0.2 * g
    m = 0.5 * m + lr * g / np.sqrt(v - a * a + 1e-3)
    return p - m, v, a, m


def _np_adam(p: Any, g: Any, m: Any, v: Any, h: Any, lr: Any, alpha: Any) -> Any:
    m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
    h = np.maximum(h, v)
    return _decayed(p, lr) - alpha * m / (np.sqrt(h) + 1e-3), m, v, h


_p, _lr = normal(3, 5), fixed(0.1)
UPDATES = [
    Case("sgd_step", lambda p, g, lr: ops.sgd_step(p, g, lr, weight_decay=0.01), lambda p, g, lr: _decayed(p, lr) - lr * g, _p, _p, _lr),
    Case("momentum_step", lambda p, g, m, lr: ops.momentum_step(p, g, m, lr, momentum=0.8),
         lambda p, g, m, lr: (p + 0.8 * m - lr * g, 0.8 * m - lr * g), _p, _p, _p, _lr),
    Case("momentum_step:nesterov", lambda p, g, m, lr: ops.momentum_step(p, g, m, lr, momentum=0.8, nesterov=True),
         lambda p, g, m, lr: (p + 0.8 * (0.8 * m - lr * g) - lr * g, 0.8 * m - lr * g), _p, _p, _p, _lr),
    Case("rmsprop_step", lambda p, g, v, lr: ops.rmsprop_step(p, g, v, lr, epsilon=1e-3),
         lambda p, g, v, lr: (p - lr * g / np.sqrt(0.9 * v + 0.1 * g * g + 1e-3), 0.9 * v + 0.1 * g * g), _p, _p, _pos5 := uniform(0.3, 1, 3, 5), _lr),
    Case("rmsprop_step:all", lambda p, g, v, a, m, lr: ops.rmsprop_step(
            p, g, v, lr, average=a, momentum_slot=m, rho=0.8, momentum=0.5, epsilon=1e-3, weight_decay=0.01),
         _np_rmsprop, _p, _p, _pos5, uniform(-0.1, 0.1, 3, 5), _p, _lr),
    Case("adam_step", lambda p, g, m, v, lr, alpha: ops.adam_step(p, g, m, v, lr, alpha, beta_1=0.8, beta_2=0.9, epsilon=1e-3, weight_decay=0.01),
         lambda p, g, m, v, lr, alpha: _np_adam(p, g, m, v, v * 0, lr, alpha)[:3], _p, _p, _p, _pos5, _lr, fixed(0.2)),
    Case("adam_step:amsgrad", lambda p, g, m, v, h, lr, alpha: ops.adam_step(
            p, g, m, v, lr, alpha, vhat=h, beta_1=0.8, beta_2=0.9, epsilon=1e-3, weight_decay=0.01),
         _np_adam, _p, _p, _p, _pos5, _pos5, _lr, fixed(0.2)),
    Case("adagrad_step", lambda p, g, a, lr: ops.adagrad_step(p, g, a, lr, epsilon=1e-3),
         lambda p, g, a, lr: (p - lr * g / np.sqrt(a + g * g + 1e-3), a + g * g), _p, _p, _pos5, _lr),
]  # fmt: skip

CASES = [*UNARY, *BINARY, *REDUCTIONS, *LINALG, *SHAPES, *INDEXING, *NN, *UPDATES]

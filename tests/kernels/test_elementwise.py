"""The element-wise interpreter: every operation's values, conversions, strides, programs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernel_outputs import ARITIES, CTYPES, DTYPES, FLOATS, OPCODES, elementwise, output_of, outputs_of, views
from kernel_running import run_kernel
from nncore import _native

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -7.25, 20.0, -20.0, 60.0, -60.0]
EDGES = [np.inf, -np.inf, np.nan, 1e-40, -1e-40, 1e30, -1e30]
INTEGERS = [0, 1, -1, 2, -2, 3, 7, -7, 63, 64, 65, 100, -100, 2**31, 2**63 - 1, -(2**63)]


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def elu(x, alpha):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def inverse_erf(y):
    """By bisection on the C library's erf, in double precision."""
    low, high = np.zeros_like(y), np.full_like(y, 7.0)
    erf = np.vectorize(math.erf, otypes=[float])
    for _ in range(80):
        middle = (low + high) / 2
        smaller = erf(middle) < np.abs(y)
        low, high = np.where(smaller, middle, low), np.where(smaller, high, middle)
    x = np.where(np.abs(y) < 1e-9, y * (math.sqrt(math.pi) / 2), np.copysign(low, y))
    x = np.where(np.abs(y) == 1, np.copysign(np.inf, y), x)
    return np.where(np.abs(y) <= 1, x, np.nan)


def truth(f):
    return lambda *x: f(*x).astype(x[0].dtype)


gauss = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)), otypes=[float])
REFERENCES = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "square": np.square, "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x), "reciprocal": lambda x: 1 / x, "exp": np.exp,
    "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "log2": np.log2, "log10": np.log10,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "erf": np.vectorize(math.erf, otypes=[float]),
    "erfc": np.vectorize(math.erfc, otypes=[float]),
    "erfinv": inverse_erf, "sigmoid": sigmoid, "softplus": softplus, "floor": np.floor,
    "ceil": np.ceil, "round": np.round, "trunc": np.trunc, "isnan": truth(np.isnan),
    "isinf": truth(np.isinf), "isfinite": truth(np.isfinite), "logical_not": truth(np.logical_not),
    "relu": lambda x: np.maximum(x, 0), "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * gauss(x),
    "gelu_tanh": lambda x: x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)),
    "mish": lambda x: x * np.tanh(softplus(x)), "log_sigmoid": lambda x: -softplus(-x),
    "selu": lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide,
    "div_no_nan": lambda x, y: np.where(y == 0, 0.0, x / np.where(y == 0, 1.0, y)),
    "floor_div": np.floor_divide, "mod": np.mod, "pow": np.power, "min": np.minimum,
    "max": np.maximum, "atan2": np.arctan2, "hypot": np.hypot, "copysign": np.copysign,
    "nextafter": np.nextafter,
    "eq": truth(np.equal), "ne": truth(np.not_equal), "lt": truth(np.less),
    "le": truth(np.less_equal), "gt": truth(np.greater), "ge": truth(np.greater_equal),
    "logical_and": truth(np.logical_and), "logical_or": truth(np.logical_or),
    "logical_xor": truth(np.logical_xor), "leaky_relu": lambda x, a: np.where(x < 0, x * a, x),
    "elu": elu, "where": lambda c, a, b: np.where(c != 0, a, b),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
}  # fmt: skip
FLOAT_OPS = sorted(REFERENCES)
# Cancellation in the tails, or a remainder that jumps where the reference's arithmetic differs.
TOLERANCES = {"gelu": 1e-5, "gelu_tanh": 1e-5, "mish": 1e-5}


def integer_power(x, y):
    if y < 0:
        return {1: 1, -1: -1 if y % 2 else 1}.get(x, 0)
    return pow(x, y, 2**64)


INTEGER_OPS = {
    "neg": lambda x: -x, "abs": abs, "sign": lambda x: (x > 0) - (x < 0), "square": lambda x: x * x,
    "logical_not": lambda x: x == 0, "relu": lambda x: max(x, 0), "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y, "mul": lambda x, y: x * y,
    "floor_div": lambda x, y: x // y if y else 0, "mod": lambda x, y: x % y if y else 0,
    "pow": integer_power, "min": min, "max": max, "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y, "lt": lambda x, y: x < y, "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y, "ge": lambda x, y: x >= y,
    "logical_and": lambda x, y: bool(x) and bool(y), "logical_or": lambda x, y: bool(x) or bool(y),
    "logical_xor": lambda x, y: bool(x) != bool(y), "bit_and": lambda x, y: x & y,
    "bit_or": lambda x, y: x | y, "bit_xor": lambda x, y: x ^ y,
    "gcd": math.gcd, "shift_left": lambda x, y: x << y if 0 <= y < 64 else 0,
    "shift_right": lambda x, y: x >> y if 0 <= y < 64 else -(x < 0),
    "where": lambda c, x, y: x if c else y, "clip": lambda x, low, high: min(max(x, low), high),
}  # fmt: skip


def test_every_operation_has_a_reference() -> None:
    assert set(REFERENCES) | set(INTEGER_OPS) == set(OPCODES)


def arguments(arity: int, values: list, dtype: str) -> list[np.ndarray]:
    """Every pair of values; a third operand follows at random."""
    column = np.asarray(values, dtype)
    if arity == 1:
        return [column]
    x, y = (a.ravel() for a in np.meshgrid(column, column))
    return [x, y, np.random.default_rng(3).permutation(y)][:arity]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", FLOAT_OPS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_float_values(name: str, dtype: str) -> None:
    values = SPECIAL + [v for v in EDGES if not (name == "mod" and abs(v) > 1e20)]
    x = arguments(ARITIES[name], values, dtype)
    wide = [a.astype(np.float64) for a in x]
    # Python's division rules are NumPy's own for the type: the quotient is rounded to it.
    want = REFERENCES[name](*(x if name in ("floor_div", "mod", "pow", "nextafter") else wide))
    got = elementwise(name, *x)
    eps = np.finfo(dtype).eps
    rtol = max(4 * eps, TOLERANCES.get(name, 0) if dtype == "float32" else 1e-13)
    np.testing.assert_allclose(got, want.astype(dtype), rtol=rtol, atol=np.finfo(dtype).tiny)


@pytest.mark.parametrize("name", ["neg", "abs", "sqrt", "expm1", "log1p", "tanh", "sin", "erf", "floor", "round"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_sign_of_zero_survives(name: str, dtype: str) -> None:
    zeros = np.array([0.0, -0.0], dtype)
    want = REFERENCES[name](zeros.astype(np.float64))
    np.testing.assert_array_equal(np.signbit(elementwise(name, zeros)), np.signbit(want))


@pytest.mark.parametrize("name", sorted(name for name, arity in ARITIES.items() if arity == 1 and name in REFERENCES))
@pytest.mark.parametrize("dtype", FLOATS)
def test_an_element_minds_its_own_value_alone(name: str, dtype: str) -> None:
    """One extreme element must not send its neighbours through another formula: tiles are cut by team."""
    x = np.random.default_rng(5).uniform(-0.9, 0.9, 999).astype(dtype)
    alone = elementwise(name, x)
    for extreme in (1e30, np.inf, np.nan):
        x[[0, 500, 998]] = extreme
        np.testing.assert_array_equal(np.delete(elementwise(name, x), [0, 500, 998]), np.delete(alone, [0, 500, 998]))


@pytest.mark.parametrize("name", sorted(INTEGER_OPS))
def test_integer_values(name: str) -> None:
    x = arguments(ARITIES[name], INTEGERS, "int64")
    exact = [int(INTEGER_OPS[name](*(int(v) for v in row))) % 2**64 for row in zip(*x, strict=True)]
    np.testing.assert_array_equal(elementwise(name, *x), np.array(exact, np.uint64).astype(np.int64))


@pytest.mark.parametrize("name", sorted(set(OPCODES) - set(INTEGER_OPS)))
def test_what_integers_lack_is_refused(name: str) -> None:
    x = [np.ones(3, np.int64)] * ARITIES[name]
    with pytest.raises(ValueError, match="not defined for this arithmetic type"):
        elementwise(name, *x)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 15, 16, 17, 63, 511, 512, 513, 1023, 1024, 1025, 5000])
@pytest.mark.parametrize("dtype", CTYPES)
def test_sizes(size: int, dtype: str) -> None:
    x = (np.arange(size) - size // 2).astype(dtype)
    np.testing.assert_array_equal(elementwise("mul", x, x[::-1].copy()), x * x[::-1])


@pytest.mark.parametrize("ctype", CTYPES)
@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_conversions(source: str, target: str, ctype: str) -> None:
    values = np.array([0, 1, 2, 3, 77, 100, 127] * 11).astype(source)
    if source in ("float32", "float64", "int32", "int64"):
        values[1::3] *= -1
    if source in FLOATS:
        values += np.asarray(0.625, source)
    want = values.astype(ctype)
    want = (
        want != 0
        if target == "bool"
        else want.astype(np.int64).astype(target)
        if target == "uint8"
        else want.astype(target)
    )
    for x in views(values):
        got = output_of("elementwise", [x], x.shape, target, [CTYPES[ctype], 0, 0])
        np.testing.assert_array_equal(got, want)


SHAPES = [
    (),
    (1,),
    (7,),
    (3, 10),
    (130, 10),
    (2, 600),
    (5, 1, 33),
    (3, 4, 5),
    (2, 3, 4, 5),
    (1, 513, 2),
    (4, 2000),
    (0, 3),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "dtypes", [("float32", "float32"), ("float64", "int32"), ("uint8", "float32"), ("int64", "bool")]
)
def test_strides(shape: tuple[int, ...], dtypes: tuple[str, str]) -> None:
    rng = np.random.default_rng(1)
    a, b = (np.asarray(rng.integers(0, 2 if d == "bool" else 100, shape)).astype(d) for d in dtypes)
    for x in views(a):
        for y in views(b):
            np.testing.assert_array_equal(elementwise("sub", x, y, ctype="float64"), x.astype(float) - y.astype(float))


@pytest.mark.parametrize("shape", [(6, 10), (130, 10), (3, 700), (4, 5, 6), (2, 3, 4, 5), (40, 1, 1100)])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_broadcasting(shape: tuple[int, ...], dtype: str) -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(-9, 9, shape).astype("float32")
    for kept in range(2 ** len(shape)):
        small = [n if kept >> d & 1 else 1 for d, n in enumerate(shape)]
        y = rng.integers(-9, 9, small).astype(dtype)
        np.testing.assert_array_equal(elementwise("add", x, y), x + y)
        np.testing.assert_array_equal(elementwise("add", y, x, ctype="float32"), x + y)


def program(instructions: list[tuple], outputs: list[int], ctype: str = "float32") -> list[int]:
    ints = [CTYPES[ctype], len(instructions)]
    for name, *registers in instructions:
        ints += [OPCODES[name], *registers, *[0] * (4 - len(registers))]
    return [*ints, *outputs]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(5,), (17, 10), (3000,), (3, 1000)])
def test_a_program_with_immediates_reused_registers_and_two_outputs(dtype: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    x, b = rng.normal(size=shape).astype(dtype), rng.normal(size=shape[-1]).astype(dtype)
    ints = program(
        [("add", 2, 0, 1), ("mul", 3, 2, -1), ("max", 2, 3, -2), ("sub", 4, 3, 2), ("mul", 4, 4, -1)],
        [4, 2, 0, -2],
        dtype,
    )
    inputs = [x, np.broadcast_to(b, shape)]
    outputs = [(shape, dtype), (shape, "float64"), (shape, dtype), (shape, "int32")]
    got = outputs_of("elementwise", inputs, outputs, ints, [3.0, 0.25])
    three, quarter = np.asarray([3.0, 0.25], dtype)
    scaled = (x + b) * three
    top = np.maximum(scaled, quarter)
    want = [(scaled - top) * three, top, x, np.zeros(shape)]
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(g, w)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("size", [5, 1000, 5000])
def test_outputs_in_the_inputs_memory(size: int, threads: int) -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=size).astype("float32"), rng.normal(size=size).astype("float32")
    # The first output lies on x, which is read again after its register is written; the second on
    # y; the third is x as it came.
    ints = program([("add", 2, 0, 1), ("mul", 3, 2, 0), ("sub", 2, 2, 1)], [2, 3, 0])
    a, b, c = x.copy(), y.copy(), np.empty_like(x)
    run_kernel("elementwise", [a, b, a, b, c], 2, ints, threads=threads)
    np.testing.assert_array_equal(a, (x + y) - y)
    np.testing.assert_array_equal(b, (x + y) * x)
    np.testing.assert_array_equal(c, x)


def test_immediates_alone_fill() -> None:
    got = output_of("elementwise", [], (3, 700), "float64", program([], [-1]), [2.5])
    np.testing.assert_array_equal(got, np.full((3, 700), 2.5))


BAD = {
    "no ints": [],
    "ctype": [2, 0, 0],
    "too few ints": [0, 1, 0, 1, 0],
    "too many ints": [0, 0, 0, 0],
    "negative count": [0, -1, 0],
    "opcode": [0, 1, 999, 1, 0, 0, 0, 1],
    "writes an input": [0, 1, 0, 0, 0, 0, 0, 0],
    "writes beyond": [0, 1, 0, 64, 0, 0, 0, 64],
    "reads unwritten": [0, 1, 0, 1, 5, 0, 0, 1],
    "reads a missing immediate": [0, 1, 0, 1, -1, 0, 0, 1],
    "output unwritten": [0, 0, 3],
    "output between written ones": [0, 1, 0, 5, 0, 0, 0, 3],
    "operand beyond the registers": [0, 1, 0, 1, 2**40, 0, 0, 1],
    "unused operand": [0, 1, 0, 1, 0, 2**40, 0, 1],
}


@pytest.mark.parametrize("what", BAD)
def test_wrong_programs_are_refused(what: str) -> None:
    x, y = np.ones(4, np.float32), np.full(4, 7, np.float32)
    with pytest.raises(ValueError, match="elementwise"):
        _native.execute("elementwise", [x, y], 1, tuple(BAD[what]), ())
    np.testing.assert_array_equal(y, 7)

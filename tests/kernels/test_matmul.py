"""The matmul kernel against float64 NumPy: shapes, strides, activations, teams."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kernel_running import run_kernel
from nncore import _native

RELU = 1
# (M, K, N): every path and its edges - one row, one column, dots, few rows, blocks of each size.
SHAPES = [
    (1, 1, 1),
    (1, 17, 1),
    (1, 100, 33),
    (2, 64, 130),
    (3, 5, 7),
    (4, 300, 10),
    (5, 0, 6),
    (0, 4, 3),
    (4, 3, 0),
    (7, 33, 1),
    (8, 64, 48),
    (9, 200, 49),
    (12, 40, 500),
    (13, 1, 15),
    (70, 1, 10),
    (37, 1, 33),
    (40, 1, 3),
    (25, 1, 150),
    (16, 16, 16),
    (32, 784, 32),
    (32, 32, 10),
    (31, 512, 65),
    (33, 10, 200),
    (19, 801, 33),
    (40, 2050, 17),
    (17, 16400, 1),
    (17, 8300, 2),
    (64, 65, 63),
    (100, 70, 5),
    (128, 96, 300),
    (150, 513, 97),
    (784, 8, 32),
]
LARGE = [(512, 512, 512), (700, 1030, 450), (300, 5000, 200), (2000, 30, 1000), (1, 4100, 3000)]
LAYOUTS = ["plain", "transposed", "reversed", "stepped", "repeated"]
# Training meets these: forward, dX, dW.
USUAL = [("plain", "plain"), ("plain", "transposed"), ("transposed", "plain")]


def operand(rng: np.random.Generator, shape: tuple[int, int], layout: str, dtype: str) -> np.ndarray:
    """A matrix of `shape` whose elements lie in memory as `layout` says."""
    rows, columns = shape
    if layout == "plain":
        return rng.normal(size=shape).astype(dtype)
    if layout == "transposed":
        return rng.normal(size=(columns, rows)).astype(dtype).T
    if layout == "reversed":
        return rng.normal(size=shape).astype(dtype)[::-1, ::-1]
    if layout == "stepped":
        return rng.normal(size=(2 * rows, 3 * columns)).astype(dtype)[::2, 1::3]
    return np.broadcast_to(rng.normal(size=(1, columns)).astype(dtype), shape)


def matmul(
    a: np.ndarray,
    b: np.ndarray,
    bias: np.ndarray | None = None,
    act: int = 0,
    param: float = 0.0,
    onto: np.ndarray | None = None,
    threads: int = 1,
) -> np.ndarray:
    """C, computed inside a larger buffer whose other elements must stay as they are."""
    shape = (*a.shape[:-1], b.shape[-1])
    memory = np.full(math.prod(shape) + 128, 77.0, a.dtype)
    c = memory[64:-64].reshape(shape)
    if onto is not None:
        c[...] = onto
    inputs = [a, b] if bias is None else [a, b, bias]
    ints = (act, int(bias is not None), int(onto is not None))
    run_kernel("matmul", [*inputs, c], len(inputs), ints, (param,), threads)
    assert (memory[:64] == 77.0).all()
    assert (memory[-64:] == 77.0).all()
    return c


def check(c: np.ndarray, a: np.ndarray, b: np.ndarray, want: np.ndarray, scale: float = 1) -> None:
    """A sum of K products errs by less than K eps times the sum of their magnitudes; in practice
    by the root of K, and a wrong element is off by far more."""
    k = a.shape[-1]
    eps = np.finfo(c.dtype).eps
    size = np.abs(a.astype("float64")) @ np.abs(b.astype("float64"))
    bound = (size + np.abs(want)) * eps * (4 + 2 * math.sqrt(k)) * scale
    assert c.shape == want.shape
    worst = np.abs(c - want) > bound
    assert not worst.any(), f"{worst.sum()} of {want.size} elements are wrong, first {np.argwhere(worst)[0]}"


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a.astype("float64") @ b.astype("float64")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("form", ["product", "bias and relu", "accumulate"])
def test_shapes_and_layouts(shape, form, dtype) -> None:
    m, k, n = shape
    rng = np.random.default_rng(m * 7 + k * 3 + n)
    bias, onto = rng.normal(size=n).astype(dtype), rng.normal(size=(m, n)).astype(dtype)
    pairs = itertools.product(LAYOUTS, LAYOUTS) if form == "product" else USUAL
    for left, right in pairs:
        a, b = operand(rng, (m, k), left, dtype), operand(rng, (k, n), right, dtype)
        want = product(a, b)
        if form == "product":
            runs = [matmul(a, b, threads=threads) for threads in (1, 2)]
        elif form == "accumulate":
            want = want + onto
            runs = [matmul(a, b, onto=onto, threads=threads) for threads in (1, 2)]
        else:
            want = np.maximum(want + bias, 0)
            runs = [matmul(a, b, bias, RELU, threads=threads) for threads in (1, 2)]
        check(runs[0], a, b, want, 2)
        assert runs[0].tobytes() == runs[1].tobytes(), (left, right)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", LARGE, ids=str)
@pytest.mark.parametrize("form", ["forward", "dX", "dW"])
def test_blocked_products(shape, form, dtype) -> None:
    m, k, n = shape
    rng = np.random.default_rng(1)
    a = operand(rng, (m, k), "transposed" if form == "dW" else "plain", dtype)
    b = operand(rng, (k, n), "transposed" if form == "dX" else "plain", dtype)
    bias = rng.normal(size=n).astype(dtype)
    alone, pair = (matmul(a, b, bias, RELU, threads=threads) for threads in (1, 2))
    check(alone, a, b, np.maximum(product(a, b) + bias, 0))
    assert alone.tobytes() == pair.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("a_batch", "b_batch"),
    [
        ((4,), (4,)),
        ((5, 3), (1, 1)),
        ((1, 3), (5, 1)),
        ((2, 1, 4), (2, 3, 1)),
        ((0,), (0,)),
        ((9,), (1,)),
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(3, 20, 33), (1, 40, 5), (17, 64, 9)], ids=str)
def test_batches(shape, a_batch, b_batch, dtype) -> None:
    """Batch dimensions of one side repeat (stride 0) where the other's differ."""
    m, k, n = shape
    rng = np.random.default_rng(2)
    batch = np.broadcast_shapes(a_batch, b_batch)
    for flip in (False, True):
        a = rng.normal(size=(*a_batch, k, m) if flip else (*a_batch, m, k)).astype(dtype)
        a = np.broadcast_to(a.swapaxes(-1, -2) if flip else a, (*batch, m, k))
        b = np.broadcast_to(rng.normal(size=(*b_batch, k, n)).astype(dtype), (*batch, k, n))
        alone, pair = (matmul(a, b, threads=threads) for threads in (1, 2))
        check(alone, a, b, product(a, b))
        assert alone.tobytes() == pair.tobytes()


@pytest.mark.parametrize("threads", [3, 5, 16])
@pytest.mark.parametrize("shape", [(1, 64, 9), (40, 33, 70), (9, 64, 100), (200, 20, 3), (19, 801, 33)], ids=str)
def test_teams_larger_than_the_work(shape, threads) -> None:
    m, k, n = shape
    rng = np.random.default_rng(4)
    for left, right in USUAL:
        a, b = operand(rng, (m, k), left, "float32"), operand(rng, (k, n), right, "float32")
        alone = matmul(a, b)
        assert matmul(a, b, threads=threads).tobytes() == alone.tobytes()


def _selu(x: np.ndarray, _: float) -> np.ndarray:
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


ACTIVATIONS: list[tuple[str, Callable[[np.ndarray, float], np.ndarray]]] = [
    ("linear", lambda x, _: x),
    ("relu", lambda x, _: np.maximum(x, 0)),
    ("sigmoid", lambda x, _: 1 / (1 + np.exp(-x))),
    ("tanh", lambda x, _: np.tanh(x)),
    ("elu", lambda x, p: np.where(x > 0, x, p * np.expm1(np.minimum(x, 0)))),
    ("selu", _selu),
    ("leaky_relu", lambda x, p: np.where(x < 0, p * x, x)),
    ("softplus", lambda x, _: np.logaddexp(x, 0)),
    ("exponential", lambda x, _: np.exp(x)),
    ("relu6", lambda x, _: np.clip(x, 0, 6)),
    ("hard_sigmoid", lambda x, _: np.clip(x / 6 + 0.5, 0, 1)),
    ("softsign", lambda x, _: x / (1 + np.abs(x))),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=[name for name, _ in ACTIVATIONS])
@pytest.mark.parametrize("shape", [(5, 4, 37), (40, 6, 50), (1, 3, 70), (30, 600, 20), (9, 80, 3)], ids=str)
def test_activations(shape, code, dtype) -> None:
    m, k, n = shape
    rng = np.random.default_rng(code)
    a = rng.normal(size=(m, k)).astype(dtype)
    b = (3 * rng.normal(size=(k, n)) / np.sqrt(k)).astype(dtype)
    bias = rng.normal(size=n).astype(dtype)
    alone, pair = (matmul(a, b, bias, code, 0.3, threads=threads) for threads in (1, 2))
    sums = product(a, b) + bias
    want = ACTIVATIONS[code][1](sums, 0.3)
    rtol = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(alone, want, rtol=rtol, atol=rtol)
    assert alone.tobytes() == pair.tobytes()


SLOPES: list[Callable[[np.ndarray, float], Any]] = [
    lambda y, _: np.ones_like(y),
    lambda y, _: y > 0,
    lambda y, _: y * (1 - y),
    lambda y, _: 1 - y * y,
    lambda y, p: np.where(y > 0, 1, y + p),
    lambda y, _: np.where(y > 0, 1.0507009873554805, y + 1.0507009873554805 * 1.6732632423543772),
    lambda y, p: np.where(y > 0, 1, p),
    lambda y, _: 1 - np.exp(-y),
    lambda y, _: y,
    lambda y, _: (y > 0) & (y < 6),
    lambda y, _: ((y > 0) & (y < 1)) / 6,
    lambda y, _: (1 - np.abs(y)) ** 2,
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=[name for name, _ in ACTIVATIONS])
@pytest.mark.parametrize("form", USUAL, ids=str)
def test_gradients_before_an_activation(form, code, dtype) -> None:
    """(A B) act'(Y) for every activation, on every path."""
    for m, k, n in [*SHAPES, (300, 700, 90)]:
        rng = np.random.default_rng(code)
        a, b = operand(rng, (m, k), form[0], dtype), operand(rng, (k, n), form[1], dtype)
        z = (3 * rng.normal(size=(m, n))).astype(dtype)
        y = ACTIVATIONS[code][1](z, 0.3).astype(dtype)
        runs = []
        for threads in (1, 2):
            memory = np.full(m * n + 128, 77.0, dtype)
            c = memory[64:-64].reshape(m, n)
            run_kernel("matmul_grad", [a, b, y, c], 3, (code,), (0.3,), threads)
            assert (memory[:64] == 77.0).all()
            assert (memory[-64:] == 77.0).all()
            runs.append(c)
        slope = SLOPES[code](y.astype("float64"), 0.3)
        # One more rounding or two, and the slope's own where it cancels.
        want, size = product(a, b) * slope, np.abs(a.astype("float64")) @ np.abs(b.astype("float64"))
        bound = (np.abs(slope) * (4 + 2 * math.sqrt(k)) + 8 * (1 + np.abs(y))) * size * np.finfo(dtype).eps
        assert (np.abs(runs[0] - want) <= bound).all(), (m, k, n)
        assert runs[0].tobytes() == runs[1].tobytes(), (m, k, n)


@pytest.mark.parametrize(
    ("y", "ints", "message"),
    [
        (np.zeros((3, 5), "float32"), (1,), "Y like the output"),
        (np.zeros((3, 6), "float64"), (1,), "Y like the output"),
        (np.zeros((6, 3), "float32").T, (1,), "contiguous Y"),
        (np.zeros((3, 6), "float32"), (12,), "unknown activation"),
        (np.zeros((3, 6), "float32"), (1, 0, 0), "one output"),
    ],
    ids=["shape", "dtype", "strides", "activation", "ints"],
)
def test_wrong_results_of_the_activation_are_refused(y, ints, message) -> None:
    a, b, c = (np.zeros(shape, "float32") for shape in ((3, 4), (4, 6), (3, 6)))
    with pytest.raises(ValueError, match=message):
        _native.execute("matmul_grad", [a, b, y, c], 3, ints, (0.0,))


@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=[name for name, _ in ACTIVATIONS])
@pytest.mark.parametrize("shape", [(20, 40), (1, 40), (20, 1)], ids=str)
def test_nan_and_infinity_reach_the_output(shape, code) -> None:
    m, n = shape
    a, b = np.ones((m, 1), "float32"), np.ones((1, n), "float32")
    for value in (np.nan, np.inf, -np.inf, 200.0, -200.0):
        a[0, 0] = value
        with np.errstate(over="ignore", invalid="ignore"):
            want = ACTIVATIONS[code][1](np.float32(value), np.float32(0.3))
        got = matmul(a, b, np.zeros(n, "float32"), code, 0.3)[0]
        if code == 11 and np.isinf(value):
            want = np.nan  # inf / inf
        np.testing.assert_allclose(got, np.full(n, want), rtol=1e-5, atol=1e-6)


def test_no_products_leave_bias_and_activation() -> None:
    a, b = np.zeros((3, 0), "float32"), np.zeros((0, 4), "float32")
    bias = np.array([-1, 0, 1, 2], "float32")
    np.testing.assert_array_equal(matmul(a, b), np.zeros((3, 4)))
    np.testing.assert_array_equal(matmul(a, b, bias, RELU), np.tile([0, 0, 1, 2], (3, 1)))
    np.testing.assert_array_equal(matmul(a, b, onto=np.full((3, 4), 5.0)), np.full((3, 4), 5.0))


@pytest.mark.parametrize(
    ("a", "b", "c", "ints"),
    [
        ((3, 4), (5, 6), (3, 6), (0, 0, 0)),
        ((3, 4), (4, 6), (3, 5), (0, 0, 0)),
        ((3, 4), (4, 6), (2, 6), (0, 0, 0)),
        ((4,), (4, 6), (6,), (0, 0, 0)),
        ((2, 3, 4), (3, 4, 6), (2, 3, 6), (0, 0, 0)),
        ((3, 4), (4, 6), (3, 6), (12, 0, 0)),
        ((3, 4), (4, 6), (3, 6), (1, 0, 1)),
        ((3, 4), (4, 6), (3, 6), (0, 1, 0)),
        ((3, 4), (4, 6), (3, 6), (0, 0)),
    ],
    ids=["K", "N", "M", "rank", "batch", "activation", "accumulate", "no bias", "ints"],
)
def test_wrong_operands_are_refused(a, b, c, ints) -> None:
    operands = [np.zeros(shape, "float32") for shape in (a, b, c)]
    with pytest.raises(ValueError, match="matmul"):
        _native.execute("matmul", operands, 2, ints, (0.0,))


def test_wrong_dtypes_are_refused() -> None:
    square = np.zeros((3, 3), "float32")
    with pytest.raises(ValueError, match="one type"):
        _native.execute("matmul", [square, square.astype("float64"), square.copy()], 2, (0, 0, 0), (0.0,))

"""reduce and argreduce over every combination of axes, dtype and stride."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kernel_outputs import DTYPES, FLOATS, output_of, views
from nncore import _native

OPS = ["sum", "prod", "max", "min", "any", "all"]
SHAPES = [
    (1,),
    (7,),
    (1000,),
    (128, 10),
    (10, 128),
    (70, 90),
    (5, 6, 7),
    (3, 1, 40, 9),
    (2, 65, 130),
    (1, 1),
    (2000, 3),
]
LARGE = [(200_000,), (100_000, 3), (3, 100_000), (300, 700), (2, 50, 40, 30)]


def reduce(x: np.ndarray, op: str, axes: tuple[int, ...]) -> np.ndarray:
    shape = tuple(n for d, n in enumerate(x.shape) if d not in axes)
    dtype = "bool" if op in ("any", "all") else x.dtype.name
    return output_of("reduce", [x], shape, dtype, [OPS.index(op), *axes])


def values(shape: tuple[int, ...], dtype: str, op: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    if op == "prod":
        x = 1 + rng.normal(size=shape) * 1e-3 if dtype in FLOATS else rng.choice([-1, 1, 1, 3], shape)
    elif op in ("any", "all"):
        x = rng.random(shape) < (0.01 if op == "any" else 0.99)
    else:
        x = rng.normal(size=shape) * 100
    return np.abs(x).astype(dtype) if dtype in ("uint8", "bool") else np.asarray(x).astype(dtype)


def check(x: np.ndarray, op: str, axes: tuple[int, ...]) -> None:
    got = reduce(x, op, axes)
    if x.dtype.name not in FLOATS or op not in ("sum", "prod"):
        options = {"dtype": x.dtype} if op in ("sum", "prod") else {}
        np.testing.assert_array_equal(got, getattr(np, op)(x, axis=axes, **options))
        return
    wide = x.astype(np.longdouble)
    want = getattr(np, op)(wide, axis=axes)
    eps = np.finfo(x.dtype).eps
    count = np.prod([x.shape[d] for d in axes])
    bound = 3 * eps * np.sum(np.abs(wide), axis=axes) if op == "sum" else eps * (4 + count / 4) * np.abs(want)
    np.testing.assert_array_less(np.abs(got - want), bound + np.finfo(x.dtype).tiny)


# There are no sums and products of bytes.
PAIRS = [(op, dtype) for op in OPS for dtype in DTYPES if not (dtype in ("uint8", "bool") and op in ("sum", "prod"))]


@pytest.mark.parametrize(("op", "dtype"), PAIRS)
def test_values(op: str, dtype: str) -> None:
    for shape in SHAPES:
        base = values(shape, dtype, op)
        for count in range(1, len(shape) + 1):
            for axes in itertools.combinations(range(len(shape)), count):
                for x in views(base) if dtype == "float32" else views(base)[:2]:
                    check(x, op, axes)


@pytest.mark.parametrize("shape", LARGE)
@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_large(shape: tuple[int, ...], op: str, dtype: str) -> None:
    x = values(shape, dtype, op)
    for count in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), count):
            check(x, op, axes)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(3_000_001,), (1_000_000, 5), (5, 1_000_000)])
def test_float_sums_stay_accurate_at_length(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(6).random(shape).astype(np.float32)
    for axes in [(0,), tuple(range(len(shape)))]:
        want = x.astype(np.float64).sum(axis=axes)
        np.testing.assert_allclose(reduce(x, "sum", axes), want, rtol=2.5e-7)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
@pytest.mark.parametrize(
    ("shape", "axes"), [((0,), (0,)), ((0, 4), (0,)), ((4, 0), (1,)), ((2, 0, 3), (0, 1)), ((3, 0), (0,))]
)
def test_empty(shape: tuple[int, ...], axes: tuple[int, ...], dtype: str) -> None:
    x = np.zeros(shape, dtype)
    lowest = -np.inf if dtype == "float32" else np.iinfo(dtype).min
    highest = np.inf if dtype == "float32" else np.iinfo(dtype).max
    for op, identity in zip(OPS, [0, 1, lowest, highest, False, True], strict=True):
        got = reduce(x, op, axes)
        np.testing.assert_array_equal(got, np.full(got.shape, identity, got.dtype))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_and_infinity(dtype: str) -> None:
    x = np.random.default_rng(7).normal(size=(60, 45)).astype(dtype)
    x[3, 5], x[50, 44], x[7], x[:, 9], x[20, 20] = np.nan, np.nan, np.inf, -np.inf, 0
    for op in OPS:
        for axes in [(0,), (1,), (0, 1)]:
            for y in views(x):
                np.testing.assert_allclose(reduce(y, op, axes), getattr(np, op)(x, axis=axes), rtol=1e-4)
    signs = np.array([[0.0, -0.0, np.nan], [0.0, 0.0, 0.0]], dtype)
    np.testing.assert_array_equal(reduce(signs, "any", (1,)), [True, False])


def argreduce(x: np.ndarray, largest: bool, axis: int) -> np.ndarray:
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    return output_of("argreduce", [x], shape, "int32", [int(largest), axis])


@pytest.mark.parametrize("dtype", DTYPES)
def test_arguments_of_extremes(dtype: str) -> None:
    rng = np.random.default_rng(8)
    for shape in [(1,), (9,), (500,), (128, 10), (10, 200), (3, 33, 5), (2, 3, 4, 5), (0, 4)]:
        x = np.asarray(rng.integers(0, 2 if dtype == "bool" else 12, shape)).astype(dtype)
        for axis in range(x.ndim):
            if x.shape[axis] == 0:
                continue
            for y in views(x):
                np.testing.assert_array_equal(argreduce(y, True, axis), np.argmax(x, axis))
                np.testing.assert_array_equal(argreduce(y, False, axis), np.argmin(x, axis))


@pytest.mark.parametrize("dtype", FLOATS)
def test_arguments_of_nan_and_infinity(dtype: str) -> None:
    x = np.zeros((6, 37), dtype)
    x[1, 20] = x[1, 30] = np.nan
    x[2] = -np.inf
    x[3] = np.inf
    x[4, 36], x[5, 0] = 1, -1
    for y in views(x):
        for axis in (0, 1):
            np.testing.assert_array_equal(argreduce(y, True, axis), np.argmax(x, axis))
            np.testing.assert_array_equal(argreduce(y, False, axis), np.argmin(x, axis))


def test_wrong_calls_are_refused() -> None:
    x, out = np.ones((3, 4), np.float32), np.empty(3, np.float32)
    for ints in [(), (0,), (9, 1), (0, 2), (0, -1), (0, 1, 0), (0, 1, 1), (0, 0), (4, 1)]:
        with pytest.raises(ValueError, match="reduce"):
            _native.execute("reduce", [x, out], 1, ints, ())
    for ints in [(), (1,), (1, 2), (1, -1)]:
        with pytest.raises(ValueError, match="argreduce"):
            _native.execute("argreduce", [x, np.empty(3, np.int32)], 1, ints, ())
    with pytest.raises(ValueError, match="not empty"):
        _native.execute("argreduce", [np.ones((3, 0)), np.empty(3, np.int32)], 1, (1, 1), ())

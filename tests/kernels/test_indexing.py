"""gather, scatter_add, take_along and put_along_add against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from kernel_running import run_kernel
from nncore import _native

DTYPES = ["float32", "float64", "int32", "int64"]
# (O, A, I, n)
SHAPES = [
    (1, 10, 4, 7),
    (3, 5, 1, 9),
    (2, 1, 17, 3),
    (5, 8, 3, 0),
    (0, 4, 2, 3),
    (1, 1000, 33, 257),
    (1, 2, 300, 5),
    (4, 6, 0, 2),
]


def values(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    rng = np.random.default_rng(7)
    if dtype in ("float32", "float64"):
        return rng.normal(size=shape).astype(dtype)
    return rng.integers(0, 100, size=shape).astype(dtype)


def missing(dtype: str) -> float:
    return np.nan if dtype.startswith("float") else 0


def indices(shape: tuple[int, ...], axis: int, dtype: str) -> np.ndarray:
    """Mostly inside [0, axis), some outside."""
    return np.random.default_rng(8).integers(-1, axis + 1, size=shape).astype(dtype)


def gather(x, index):
    y = np.full((x.shape[0], len(index), x.shape[2]), missing(x.dtype.name), x.dtype)
    for j, at in enumerate(index):
        if 0 <= at < x.shape[1]:
            y[:, j] = x[:, at]
    return y


def scatter_add(g, index, axis):
    y = np.zeros((g.shape[0], axis, g.shape[2]), g.dtype)
    for j, at in enumerate(index):
        if 0 <= at < axis:
            y[:, at] += g[:, j]
    return y


def take_along(x, index):
    y = np.full(index.shape, missing(x.dtype.name), x.dtype)
    for o, j, i in np.ndindex(index.shape):
        if 0 <= index[o, j, i] < x.shape[1]:
            y[o, j, i] = x[o, index[o, j, i], i]
    return y


def put_along_add(g, index, axis):
    y = np.zeros((g.shape[0], axis, g.shape[2]), g.dtype)
    for o, j, i in np.ndindex(index.shape):
        if 0 <= index[o, j, i] < axis:
            y[o, index[o, j, i], i] += g[o, j, i]
    return y


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("index_dtype", ["int32", "int64"])
@pytest.mark.parametrize("dtype", [*DTYPES, "uint8", "bool"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gather_and_take_along(shape, dtype, index_dtype, threads) -> None:
    o, a, i, n = shape
    x = values((o, a, i), dtype)
    index = indices((n,), a, index_dtype)
    y = np.zeros((o, n, i), dtype)
    run_kernel("gather", [x, index, y], 2, threads=threads)
    np.testing.assert_array_equal(y, gather(x, index))
    index = indices((o, n, i), a, index_dtype)
    run_kernel("take_along", [x, index, y], 2, threads=threads)
    np.testing.assert_array_equal(y, take_along(x, index))


# Additions happen in the order of the index, as in the loops above: equal to the last bit.
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("index_dtype", ["int32", "int64"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_scatter_add_and_put_along_add(shape, dtype, index_dtype, threads) -> None:
    o, a, i, n = shape
    g = values((o, n, i), dtype)
    index = indices((n,), a, index_dtype)
    y = np.full((o, a, i), 5, dtype)
    run_kernel("scatter_add", [g, index, y], 2, threads=threads)
    np.testing.assert_array_equal(y, scatter_add(g, index, a))
    index = indices((o, n, i), a, index_dtype)
    y[...] = 5
    run_kernel("put_along_add", [g, index, y], 2, threads=threads)
    np.testing.assert_array_equal(y, put_along_add(g, index, a))


REDUCTIONS = {0: np.multiply, 1: np.maximum, 2: np.minimum}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("index_dtype", ["int32", "int64"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_scatter_reduce(shape, kind, dtype, index_dtype, threads) -> None:
    o, a, i, n = shape
    g = values((o, n, i), dtype)
    if kind == 1 and dtype == "float32" and g.size:
        g.reshape(-1)[0] = np.nan
    index = indices((n,), a, index_dtype)
    y = np.full((o, a, i), 5, dtype)
    run_kernel("scatter_reduce", [g, index, y], 2, [kind], threads=threads)
    ends = (-np.inf, np.inf) if dtype.startswith("f") else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    want = np.full((o, a, i), [1, *ends][kind], dtype)
    with np.errstate(over="ignore"):
        for j, at in enumerate(index):
            if 0 <= at < a:
                want[:, at] = REDUCTIONS[kind](want[:, at], g[:, j])
    np.testing.assert_array_equal(y, want)


def test_another_reduction_is_refused() -> None:
    operands = [np.zeros((1, 3, 2), "float32"), np.zeros(3, "int32"), np.zeros((1, 4, 2), "float32")]
    with pytest.raises(ValueError, match="kind of 0, 1 or 2"):
        _native.execute("scatter_reduce", operands, 2, (3,), ())


def test_execute_takes_the_same_operands() -> None:
    x = values((1, 6, 2), "float32")
    index = np.array([5, 0, 0], "int64")
    y = np.zeros((1, 3, 2), "float32")
    _native.execute("gather", [x, index, y], 2, (), ())
    np.testing.assert_array_equal(y, x[:, index])


@pytest.mark.parametrize(
    ("x", "index", "y"),
    [
        ((1, 4, 2), (3,), (1, 2, 2)),
        ((1, 4, 2), (3,), (1, 3, 3)),
        ((2, 4, 2), (3,), (1, 3, 2)),
        ((1, 4, 2), (1, 3), (1, 3, 2)),
        ((4, 2), (3,), (3, 2)),
    ],
    ids=["n", "I", "O", "rank of index", "rank"],
)
def test_wrong_shapes_are_refused(x, index, y) -> None:
    operands = [np.zeros(x, "float32"), np.zeros(index, "int32"), np.zeros(y, "float32")]
    with pytest.raises(ValueError, match="gather"):
        _native.execute("gather", operands, 2, (), ())


def test_wrong_dtypes_are_refused() -> None:
    x, y = np.zeros((1, 4, 2), "float32"), np.zeros((1, 3, 2), "float32")
    with pytest.raises(ValueError, match="index of int32 or int64"):
        _native.execute("gather", [x, np.zeros(3, "float32"), y], 2, (), ())
    with pytest.raises(ValueError, match="of one type"):
        _native.execute("gather", [x, np.zeros(3, "int32"), y.astype("float64")], 2, (), ())

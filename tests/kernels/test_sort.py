"""sort and cumulative against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from kernel_running import run_kernel
from nncore import _native

DTYPES = ["float32", "float64", "int32", "int64", "uint8"]
SHAPES = [(1,), (2,), (15,), (16,), (17,), (33,), (1000,), (4, 70), (3, 2, 129), (5, 0), (0, 5)]


def values(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Few distinct values, so that order among equals shows."""
    rng = np.random.default_rng(3)
    x = rng.integers(0, 20, size=shape).astype(dtype)
    if dtype.startswith("float"):
        x = x - 10
        x[rng.random(shape) < 0.1] = np.nan
        x[rng.random(shape) < 0.1] = -np.inf
        x[rng.random(shape) < 0.1] = np.inf
    return x


def stable_order(row: np.ndarray, descending: bool) -> list[int]:
    """Python's sort is stable; NaN is put behind everything, in its own order."""
    key = (lambda v: -v) if descending else (lambda v: v)
    listed = row.tolist()
    return sorted(
        range(len(row)),
        key=lambda i: (listed[i] != listed[i], 0 if listed[i] != listed[i] else key(listed[i])),
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sort_is_stable_with_nan_last(shape, dtype, descending, threads) -> None:
    x = values(shape, dtype)
    y, index = np.zeros_like(x), np.zeros(shape, "int32")
    run_kernel("sort", [x, y, index], 1, (x.ndim - 1, int(descending)), threads=threads)
    rows = x.reshape(-1, shape[-1]) if x.size else np.zeros((0, 1), dtype)
    orders = np.array([stable_order(row, descending) for row in rows], "int32").reshape(shape)
    np.testing.assert_array_equal(index, orders)
    np.testing.assert_array_equal(y, np.take_along_axis(x, orders, -1))


def test_sort_leaves_the_input_alone() -> None:
    x = values((4, 70), "float64")
    before = x.tobytes()
    _native.execute("sort", [x, np.empty_like(x), np.empty(x.shape, "int32")], 1, (1, 0), ())
    assert x.tobytes() == before


@pytest.mark.parametrize("ints", [(0, 0), (2, 0), (1,)], ids=["axis", "no axis", "count"])
def test_sort_refuses(ints) -> None:
    x = values((4, 7), "float32")
    with pytest.raises(ValueError, match="sort"):
        _native.execute("sort", [x, np.empty_like(x), np.empty(x.shape, "int32")], 1, ints, ())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("op", [np.cumsum, np.cumprod], ids=["sum", "prod"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((9,), 0),
        ((3, 40), 1),
        ((3, 40), 0),
        ((2, 5, 7), 1),
        ((1, 6, 50), 1),
        ((4, 0), 1),
        ((0, 4), 1),
    ],
    ids=str,
)
def test_cumulative(shape, axis, dtype, op, threads) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=shape).astype(dtype) if dtype.startswith("f") else rng.integers(-3, 4, shape).astype(dtype)
    y = np.zeros_like(x)
    run_kernel("cumulative", [x, y], 1, (int(op is np.cumprod), axis), threads=threads)
    wide = np.float64 if dtype.startswith("f") else dtype
    rtol = {"float32": 1e-5, "float64": 1e-13}.get(dtype, 0)
    np.testing.assert_allclose(y, op(x.astype(wide), axis=axis, dtype=wide), rtol=rtol, atol=rtol)


def test_cumulative_keeps_nan_behind_it() -> None:
    x = np.array([1.0, np.nan, 2.0], "float32")
    y = np.zeros_like(x)
    run_kernel("cumulative", [x, y], 1, (0, 0))
    np.testing.assert_array_equal(y, [1.0, np.nan, np.nan])

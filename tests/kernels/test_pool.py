"""Pooling kernels: odd sizes, padding, ties, NaN, and windows that overlap or leave gaps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kernel_outputs import FLOATS, output_of
from nncore import _native

# (spatial shape, window, stride, low padding, outputs); a stride of 0 divides evenly
GEOMETRIES = [
    ((6,), (2,), (2,), (0,), (3,)),
    ((7, 5), (2, 2), (2, 2), (0, 0), (3, 2)),
    ((7, 5), (3, 3), (2, 1), (1, 1), (4, 5)),
    ((9, 8), (1, 2), (4, 3), (0, 1), (3, 3)),
    ((4, 3), (9, 9), (1, 1), (4, 4), (4, 3)),
    ((5, 4, 3), (2, 3, 1), (2, 1, 2), (1, 1, 0), (3, 4, 2)),
    ((7, 4), (0, 0), (0, 0), (0, 0), (3, 2)),
    ((2, 3), (0, 1), (0, 1), (0, 0), (5, 3)),
]
CHANNELS = [1, 3, 8, 16, 31, 64, 100]


def ranges(size: int, window: int, stride: int, low: int, out: int) -> list[tuple[int, int]]:
    if stride == 0:
        return [(o * size // out, -(-(o + 1) * size // out)) for o in range(out)]
    return [(max(o * stride - low, 0), min(o * stride - low + window, size)) for o in range(out)]


def windows(geometry):
    """Each output position with the slices of its window."""
    spans = [ranges(*dim) for dim in zip(*geometry, strict=True)]
    for position in itertools.product(*(range(len(s)) for s in spans)):
        yield (slice(None), *position), (slice(None), *(slice(*s[o]) for s, o in zip(spans, position, strict=True)))


def ints(geometry) -> list[int]:
    _, window, stride, low, _ = geometry
    return [n for dim in zip(window, stride, low, strict=True) for n in dim]


def tied(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Small whole numbers, so that most windows have their maximum more than once; a NaN and infinities among them."""
    x = np.random.default_rng(3).integers(-2, 3, shape).astype(dtype)
    x.flat[1], x.flat[5], x.flat[7] = np.nan, np.inf, -np.inf
    return x


def first_of(part: np.ndarray) -> np.ndarray:
    """The window's first largest element of each sample and channel, as a mask."""
    flat = part.reshape(part.shape[0], -1, part.shape[-1])
    mask = np.arange(flat.shape[1])[None, :, None] == flat.argmax(axis=1)[:, None]
    return mask.reshape(part.shape)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_max(geometry, channels: int, dtype: str) -> None:
    x = tied((2, *geometry[0], channels), dtype)
    shape = (2, *geometry[4], channels)
    y = output_of("max_pool", [x], shape, dtype, ints(geometry))
    g = np.random.default_rng(4).integers(1, 9, shape).astype(dtype)
    u = np.random.default_rng(5).normal(size=x.shape).astype(dtype)
    largest, dx, picked = np.empty_like(y), np.zeros_like(x), np.empty_like(y)
    for at, window in windows(geometry):
        part = x[window]
        axes = tuple(range(1, part.ndim - 1))
        mask = first_of(part)
        largest[at] = part.max(axis=axes)
        dx[window] += mask * g[at].reshape(2, *(1,) * len(axes), channels)
        picked[at] = (mask * u[window]).sum(axis=axes)
    np.testing.assert_array_equal(y, largest)
    np.testing.assert_array_equal(output_of("max_pool_grad", [x, y, g], x.shape, dtype, ints(geometry)), dx)
    np.testing.assert_array_equal(output_of("max_pool_pick", [x, y, u], shape, dtype, ints(geometry)), picked)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_average(geometry, channels: int, dtype: str) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(2, *geometry[0], channels)).astype(dtype)
    shape = (2, *geometry[4], channels)
    g = rng.normal(size=shape).astype(dtype)
    mean, dx = np.empty(shape), np.zeros(x.shape)
    for at, window in windows(geometry):
        part = x[window].astype("float64")
        axes = tuple(range(1, part.ndim - 1))
        mean[at] = part.mean(axis=axes)
        count = np.prod(part.shape[1:-1])
        dx[window] += (g[at].astype("float64") / count).reshape(2, *(1,) * len(axes), channels)
    eps = np.finfo(dtype).eps
    y = output_of("average_pool", [x], shape, dtype, ints(geometry))
    np.testing.assert_allclose(y, mean, rtol=0, atol=10 * eps)
    got = output_of("average_pool_grad", [g], x.shape, dtype, ints(geometry))
    np.testing.assert_allclose(got, dx, rtol=0, atol=20 * eps)


def test_large_means_are_accurate() -> None:
    x = np.random.default_rng(7).uniform(size=(1, 300, 300, 3)).astype("float32")
    y = output_of("average_pool", [x], (1, 1, 1, 3), "float32", [300, 300, 0, 300, 300, 0])
    np.testing.assert_allclose(y[0, 0, 0], x[0].mean(axis=(0, 1), dtype="float64"), rtol=1e-6)


def test_nothing_to_pool() -> None:
    for shape, out in (((0, 4, 2), (0, 2, 2)), ((2, 4, 0), (2, 2, 0)), ((2, 4, 3), (2, 0, 3))):
        x = np.ones(shape, "float32")
        y = output_of("max_pool", [x], out, "float32", [2, 2, 0])
        dx = output_of("max_pool_grad", [x, y, y], shape, "float32", [2, 2, 0])
        assert not dx.any()
        assert not output_of("average_pool_grad", [y], shape, "float32", [2, 2, 0]).any()


X, Y = np.zeros((1, 4, 1), "float32"), np.zeros((1, 2, 1), "float32")


@pytest.mark.parametrize(
    ("kernel", "arrays", "ints", "message"),
    [
        ("max_pool", [X, Y], (2, 2), "window, stride, padding"),
        ("max_pool", [X, Y], (0, 2, 0), "positive windows"),
        ("max_pool", [X, Y], (2, -1, 0), "positive windows"),
        ("max_pool", [X, Y], (2, 2, 2), "less padding"),
        ("max_pool", [X, Y], (1 << 50, 2, 0), "positive windows"),
        ("max_pool", [X, Y], (2, 4, 0), "meet the input"),
        ("max_pool", [X, Y], (2, (1 << 63) - 1, 0), "meet the input"),
        ("max_pool", [X, Y], (2, 0, 0), "stride of 0"),
        ("max_pool", [X[:, :0], Y], (2, 2, 0), "inputs for every window"),
        ("max_pool", [X, Y.astype("float64")], (2, 2, 0), "one dtype"),
        ("max_pool", [X, np.zeros((1, 2, 2), "float32")], (2, 2, 0), "same batch and channels"),
        ("max_pool", [X[0], Y[0]], (2, 2, 0), "1 to 3 spatial"),
        ("average_pool_grad", [X, Y], (2, 2, 0), "meet the input"),
        ("max_pool_grad", [X, Y, X, X], (2, 2, 0), "g of y's shape"),
        ("max_pool_pick", [X, Y, Y, Y], (2, 2, 0), "u of x's shape"),
    ],
)
def test_wrong_operands(kernel: str, arrays: list[np.ndarray], ints: tuple[int, ...], message: str) -> None:
    operands = [np.ascontiguousarray(a) for a in arrays]
    with pytest.raises(ValueError, match=message):
        _native.execute(kernel, operands, len(operands) - 1, ints, ())

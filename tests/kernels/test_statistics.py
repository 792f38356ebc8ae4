"""Statistics of channels and normalisation of rows: odd sizes, accuracy where the mean is far away, NaN."""

from __future__ import annotations

import numpy as np
import pytest

from kernel_outputs import FLOATS, output_of, outputs_of
from nncore import _native

SHAPES = [
    (1, 1, 1, 1),
    (1, 7, 3, 1),
    (1, 200, 16, 1),
    (1, 129, 33, 1),
    (1, 65, 100, 1),
    (3, 70, 20, 1),
    (1, 9000, 4, 1),
    (1, 3000, 70, 1),
    (1, 5, 4, 9),
    (2, 3, 2, 100),
    (4, 1, 1, 5000),
    (1, 40, 2, 2100),
]


def close(got: np.ndarray, want: np.ndarray, scale: float = 1.0, roundings: float = 4) -> None:
    eps = np.finfo(got.dtype).eps
    np.testing.assert_allclose(got, want, rtol=roundings * eps, atol=roundings * eps * scale)


def draw(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def moments(x: np.ndarray) -> list[np.ndarray]:
    out = (x.shape[0], x.shape[2])
    return outputs_of("moments", [x], [(out, x.dtype.name)] * 2)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_moments(shape: tuple[int, ...], dtype: str) -> None:
    x = draw(shape, dtype)
    mean, variance = moments(x)
    wide = x.astype(np.longdouble)
    close(mean, wide.mean(axis=(1, 3)).astype(dtype))
    close(variance, wide.var(axis=(1, 3)).astype(dtype))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_centred_sums(shape: tuple[int, ...], dtype: str) -> None:
    g, x = draw(shape, dtype, 1), draw(shape, dtype, 2) + 1
    mean = x.mean(axis=(1, 3)).astype(dtype)
    out = (shape[0], shape[2])
    total, product = outputs_of("centred_sums", [g, x, mean], [(out, dtype)] * 2)
    wide = g.astype(np.longdouble)
    terms = wide * (x.astype(np.longdouble) - mean[:, None, :, None])
    for got, each in ((total, wide), (product, terms)):
        scale = float(np.abs(each).sum(axis=(1, 3)).max())
        close(got, each.sum(axis=(1, 3)).astype(dtype), scale)


@pytest.mark.parametrize("shape", [(1, 1000, 20, 1), (1, 4, 3, 3000)], ids=str)
@pytest.mark.parametrize("away", [1e3, 1e5])
def test_the_variance_is_accurate_however_far_the_mean_is(shape: tuple[int, ...], away: float) -> None:
    x = (draw(shape, "float64") + away).astype("float32")
    mean, variance = moments(x)
    wide = x.astype("float64")
    np.testing.assert_allclose(mean, wide.mean(axis=(1, 3)), rtol=1e-7)
    np.testing.assert_allclose(variance, wide.var(axis=(1, 3)), rtol=1e-6)


def test_an_outlier_does_not_drown_the_others() -> None:
    x = draw((1, 500, 2, 1), "float32")
    x[0, 0] = 1e4
    np.testing.assert_allclose(moments(x)[1], x.astype("float64").var(axis=(1, 3)), rtol=1e-6)


def test_nothing_and_nan() -> None:
    for shape in ((1, 0, 3, 1), (2, 3, 2, 0)):
        for result in moments(np.zeros(shape, "float32")):
            assert np.isnan(result).all()
    x = np.ones((1, 6, 3, 1), "float32")
    x[0, 2, 0], x[0, 3, 1] = np.nan, np.inf
    mean, variance = moments(x)
    np.testing.assert_array_equal(mean, [[np.nan, np.inf, 1.0]])
    np.testing.assert_array_equal(variance, [[np.nan, np.nan, 0.0]])
    assert [m.shape for m in moments(np.zeros((0, 2, 3, 1), "float32"))] == [(0, 3), (0, 3)]


# --- rows ------------------------------------------------------------------------------------------------------------


def normal(x: np.ndarray, rms: bool, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    centred = x if rms else x - x.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    return centred * inverse, inverse


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("flags", [(0, 1, 1), (0, 0, 0), (0, 0, 1), (1, 1, 0), (1, 0, 0)], ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (70, 16), (129, 33), (5, 1000), (2100, 7), (2, 9000)], ids=str)
def test_rows(shape: tuple[int, int], flags: tuple[int, int, int], dtype: str) -> None:
    rms, factor, offset = flags
    epsilon = 1e-3
    x, g = draw(shape, dtype, 3) + 2, draw(shape, dtype, 4)
    gamma, beta = draw(shape[1:], dtype, 5), draw(shape[1:], dtype, 6)
    given = [gamma] * factor + [beta] * offset
    y = output_of("layer_norm", [x, *given], shape, dtype, flags, [epsilon])
    wide = [a.astype(np.longdouble) for a in (x, g, gamma, beta)]
    unit, inverse = normal(wide[0], bool(rms), epsilon)
    want = unit * (wide[2] if factor else 1) + (wide[3] if offset else 0)
    close(y, want.astype(dtype), 10, 20)

    sums = [(shape[1:], dtype)] * 2 if factor or offset else []
    dx, *rest = outputs_of("layer_norm_grad", [x, g, *given[:factor]], [(shape, dtype), *sums], flags, [epsilon])
    h = wide[1] * (wide[2] if factor else 1)
    shift = 0 if rms else h.mean(axis=1, keepdims=True)
    want = inverse * (h - shift - unit * (h * unit).mean(axis=1, keepdims=True))
    close(dx, want.astype(dtype), 10 * max(1.0, float(inverse.max())), 20)
    for got, each in zip(rest, (wide[1] * unit, wide[1]), strict=False):
        close(got, each.sum(axis=0).astype(dtype), float(np.abs(each).sum(axis=0).max()), 20)


def test_rows_far_from_zero_are_accurate() -> None:
    x = (draw((4, 300), "float64") + 1e4).astype("float32")
    y = output_of("layer_norm", [x], x.shape, "float32", [0, 0, 0], [0.0])
    np.testing.assert_allclose(y, normal(x.astype("float64"), False, 0.0)[0], atol=1e-5)


X, ROW, CHANNELS = np.zeros((1, 4, 2, 1), "float32"), np.zeros((3, 4), "float32"), np.zeros((1, 2), "float32")
C = np.zeros(4, "float32")


@pytest.mark.parametrize(
    ("kernel", "arrays", "n_in", "ints", "floats", "message"),
    [
        ("moments", [X[0], CHANNELS, CHANNELS], 1, (), (), r"x \(A, R, K, S\)"),
        ("moments", [X, CHANNELS, CHANNELS[:, :1]], 1, (), (), r"outputs \(A, K\)"),
        ("moments", [X, CHANNELS, CHANNELS.astype("float64")], 1, (), (), "one dtype"),
        ("moments", [X, CHANNELS], 1, (), (), "two outputs"),
        ("centred_sums", [X, X[:, :2], CHANNELS, CHANNELS, CHANNELS], 3, (), (), "g of x's shape"),
        ("centred_sums", [X, X, CHANNELS[:, :1], CHANNELS, CHANNELS], 3, (), (), r"mean \(A, K\)"),
        ("centred_sums", [X, X, CHANNELS, CHANNELS], 2, (), (), "inputs g, x and mean"),
        ("layer_norm", [ROW, ROW], 1, (0, 0), (1.0,), "flags|ints"),
        ("layer_norm", [ROW, ROW], 1, (0, 2, 0), (1.0,), "0 or 1"),
        ("layer_norm", [ROW, ROW], 1, (0, 1, 0), (1.0,), "by the flags"),
        ("layer_norm", [ROW, C[:3], ROW], 2, (0, 1, 0), (1.0,), r"gamma and beta \(C\)"),
        ("layer_norm", [ROW, ROW[:2]], 1, (0, 0, 0), (1.0,), "x's shape"),
        ("layer_norm_grad", [ROW, ROW, ROW], 2, (0, 1, 0), (1.0,), "by the flag"),
        ("layer_norm_grad", [ROW, ROW, C, ROW, C, C[:2]], 3, (0, 1, 0), (1.0,), r"dgamma and dbeta \(C\)"),
        ("layer_norm_grad", [ROW, ROW[:1], ROW], 2, (0, 0, 0), (1.0,), "x's shape"),
    ],
)
def test_wrong_operands(kernel, arrays, n_in, ints, floats, message) -> None:
    with pytest.raises(ValueError, match=message):
        _native.execute(kernel, [np.ascontiguousarray(a) for a in arrays], n_in, ints, floats)

"""Factors of matrices and Fourier transforms: Keras's own values, what is refused, what happens at the edges."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "signals.npz")
X = GOLDEN["x"]
STFT = {
    "hann": (8, 2, 8, "hann", True, None),
    "hamming_padded": (6, 3, 8, "hamming", True, 20),
    "not_centred": (5, 2, 8, "hann", False, None),
    "no_window": (8, 4, 8, None, True, None),
    "odd": (7, 3, 7, "hann", True, 21),
}
RNG = np.random.default_rng(0)


def close(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", STFT)
def test_short_time_transforms_are_keras_s(name: str) -> None:
    length, stride, n, window, center, out = STFT[name]
    re, im = ops.stft(X, length, stride, n, window=window, center=center)
    close(re, GOLDEN[f"{name}/re"])
    close(im, GOLDEN[f"{name}/im"])
    close(ops.istft((re, im), length, stride, n, length=out, window=window, center=center), GOLDEN[f"{name}/back"])


def test_loops_and_factors_are_keras_s() -> None:
    lu, pivots = ops.lu_factor(GOLDEN["matrices"])
    close(lu, GOLDEN["lu"])
    np.testing.assert_array_equal(pivots, GOLDEN["pivots"])
    carry, ys = ops.scan(lambda c, r: (ops.tanh(c + r), c * r), np.zeros(24, "float32"), X, reverse=True)
    close(carry, GOLDEN["scan/carry"])
    close(ys, GOLDEN["scan/ys"])
    close(
        ops.while_loop(lambda i, v: i < 10, lambda i, v: (i + 1, v * 1.5), (0, X), maximum_iterations=3)[1],
        GOLDEN["while"],
    )
    close(ops.fori_loop(2, 5, lambda i, v: v + i, X), GOLDEN["fori"])
    close(ops.associative_scan(lambda a, b: a * b, X, reverse=True, axis=1), GOLDEN["prefix"])
    weights = np.array([[2.0], [3.0]], "float32")
    close(ops.vectorize(lambda a, b: ops.sum(a) * b, signature="(n),()->()")(X, weights), GOLDEN["vectorize"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 33, 33), (40, 17), (5, 70)])
def test_factors_of_larger_matrices(shape: tuple[int, ...], dtype: str) -> None:
    x = RNG.normal(size=shape).astype(dtype)
    eps = 40 * np.finfo(dtype).eps * max(shape[-2:])
    for full in (False, True):
        u, s, vt = ops.svd(x, full_matrices=full)
        k = s.shape[-1]
        np.testing.assert_allclose((u[..., :k] * s[..., None, :]) @ vt[..., :k, :], x, atol=eps)
        for q in (np.swapaxes(u, -1, -2), vt):
            np.testing.assert_allclose(
                q @ np.swapaxes(q, -1, -2), np.broadcast_to(np.eye(q.shape[-2]), (*q.shape[:-1], q.shape[-2])), atol=eps
            )
        np.testing.assert_allclose(s, np.linalg.svd(x.astype(float), compute_uv=False), atol=eps)
    for mode in ("reduced", "complete"):
        q, r = ops.qr(x, mode=mode)
        np.testing.assert_allclose(q @ r, x, atol=eps)
        np.testing.assert_array_equal(r, np.triu(r))
    symmetric = x @ np.swapaxes(x, -1, -2)
    w, v = ops.eigh(symmetric)
    scale = eps * np.abs(w).max()
    np.testing.assert_allclose((v * w[..., None, :]) @ np.swapaxes(v, -1, -2), symmetric, atol=scale)
    np.testing.assert_allclose(w, np.linalg.eigvalsh(symmetric.astype(float)), atol=scale)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_transforms_of_any_length(dtype: str) -> None:
    for n in (*range(1, 50), 64, 97, 121, 169, 360, 1000, 1009, 2048):
        a, b = RNG.normal(size=(2, n)).astype(dtype), RNG.normal(size=(2, n)).astype(dtype)
        z = np.fft.fft(a.astype(float) + 1j * b.astype(float))
        re, im = ops.fft((a, b))
        assert re.dtype == dtype
        atol = 8 * np.finfo(dtype).eps * np.abs(z).max()
        np.testing.assert_allclose(re, z.real, atol=atol, rtol=0)
        np.testing.assert_allclose(im, z.imag, atol=atol, rtol=0)


def test_what_has_no_factor_is_nan() -> None:
    assert np.isnan(ops.cholesky(-np.eye(3))).all()
    both = np.stack([np.eye(2), np.array([[1.0, 2.0], [2.0, 1.0]])])
    assert np.isnan(ops.cholesky(both)).reshape(2, -1).all(axis=1).tolist() == [False, True]
    assert not np.isfinite(ops.inv(np.zeros((2, 2)))).any() or np.isnan(ops.inv(np.zeros((2, 2)))).any()
    assert float(ops.det(np.ones((3, 3)))) == 0
    bad = np.array([[1.0, np.nan], [0.0, 1.0]])
    for parts in (ops.eigh(bad), ops.svd(bad), ops.svd(np.array([[np.inf, 0.0], [0.0, 1.0]]))):
        assert all(np.isnan(part).all() for part in parts)
    assert np.isnan(ops.qr(bad)[1]).any()
    for column in ([1.0, np.nan, 0.0], [1.0, np.nan, 2.0], [np.nan, 1.0, 0.0]):
        assert all(np.isnan(part).any() for part in ops.qr(np.reshape(column, (3, 1))))


def test_singular_matrices_have_orthogonal_vectors() -> None:
    for x in (np.zeros((4, 3)), np.outer(np.arange(5.0), np.arange(3.0)), np.ones((3, 3)), np.zeros((2, 0))):
        u, s, vt = ops.svd(x)
        np.testing.assert_allclose(u @ u.T, np.eye(x.shape[0]), atol=1e-14)
        np.testing.assert_allclose(vt @ vt.T, np.eye(x.shape[1]), atol=1e-14)
        k = min(x.shape)
        np.testing.assert_allclose((u[:, :k] * s) @ vt[:k], x, atol=1e-14)
        assert int(ops.matrix_rank(x)) == (0 if not x.any() else 1) if x.size else True


def test_large_and_small_numbers_neither_overflow_nor_vanish() -> None:
    x = RNG.normal(size=(4, 3))
    for scale in (1e-160, 1e160):
        np.testing.assert_allclose(
            ops.svd(x * scale, compute_uv=False), np.linalg.svd(x * scale, compute_uv=False), rtol=1e-13
        )
        np.testing.assert_allclose(ops.qr(x * scale)[1], np.linalg.qr(x * scale)[1], rtol=1e-12, atol=1e-14 * scale)
        symmetric = (x.T @ x) * scale
        np.testing.assert_allclose(ops.eigh(symmetric)[0], np.linalg.eigvalsh(symmetric), rtol=1e-12)


def test_whole_numbers_become_floats_and_namespaces_agree() -> None:
    assert ops.inv([[2, 0], [0, 4]]).dtype == np.float32
    assert ops.rfft([1, 2, 3])[0].dtype == np.float32
    assert ops.linalg.solve is ops.solve
    assert ops.linalg.norm is ops.norm
    assert ops.linalg.jvp is ops.jvp


def test_jvp_gives_what_else_the_function_returns() -> None:
    value, slope, aux = ops.jvp(lambda x: (x * x, "aux"), (3.0,), (1.0,), has_aux=True)
    assert (float(value), float(slope), aux) == (9.0, 6.0, "aux")
    value, slope = ops.jvp(lambda x: (x * 2.0, ops.round(x), np.ones(2)), (np.array([1.5]),), (np.array([1.0]),))
    assert [np.asarray(part).tolist() for part in slope] == [[2.0], [0.0], [0.0, 0.0]]
    kinetic = nncore.function(lambda x, v: ops.jvp(lambda q: ops.sum(ops.cos(q)), (x,), (v,))[1])
    np.testing.assert_allclose(kinetic(np.array([1.0, 2.0]), np.array([3.0, 4.0])), -(np.sin([1, 2]) * [3, 4]).sum())


ONE = np.ones((2, 2), "float32")
BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "rank": (lambda: ops.inv(np.ones(3)), ValueError, r"rank >= 2. Received input with shape \(3,\)"),
    "square": (
        lambda: ops.cholesky(np.ones((3, 2))),
        ValueError,
        r"square matrix. Received non-square input with shape \(3, 2\)",
    ),
    "rows": (
        lambda: ops.solve(ONE, np.ones((3, 1))),
        ValueError,
        r"to have 2 rows. Received: a.shape=\(2, 2\), b.shape=\(3, 1\)",
    ),
    "scalar": (lambda: ops.solve(ONE, 1.0), ValueError, "rank >= 1"),
    "mode": (lambda: ops.qr(ONE, mode="r"), ValueError, "Received: mode='r'"),
    "lstsq": (lambda: ops.lstsq(ONE, np.ones(3)), ValueError, r"b.shape=\(3,\)"),
    "complete": (
        lambda: nncore.grad(lambda x: ops.sum(ops.qr(x, mode="complete")[0]))(np.ones((3, 2))),
        ValueError,
        "Use mode='reduced'",
    ),
    "full": (
        lambda: nncore.grad(lambda x: ops.sum(ops.svd(x)[0]))(np.ones((3, 2))),
        ValueError,
        "Use full_matrices=False",
    ),
    "pair": (lambda: ops.fft(np.ones(3)), ValueError, "tuple of two tensors - real and imaginary"),
    "shapes": (lambda: ops.fft((np.ones(3), np.ones(2))), ValueError, r"x\[0\].shape=\(3,\), x\[1\].shape=\(2,\)"),
    "dtypes": (lambda: ops.fft((np.ones(3), np.ones(3, "float32"))), ValueError, "dtypes float64 and float32"),
    "two axes": (lambda: ops.fft2((np.ones(3), np.ones(3))), ValueError, r"rank >= 2. Received: shape=\(3,\)"),
    "empty": (lambda: ops.rfft(np.ones((2, 0))), ValueError, "at least 1. Received: fft_length=None"),
    "fft_length": (lambda: ops.stft(np.ones(9), 4, 2, 3), ValueError, "sequence_length=4, fft_length=3"),
    "window": (lambda: ops.stft(np.ones(9), 4, 2, 4, window="kaiser"), ValueError, "Received: window='kaiser'"),
    "window's shape": (lambda: ops.stft(np.ones(9), 4, 2, 4, window=np.ones(3)), ValueError, r"window.shape=\(3,\)"),
    "whole numbers": (lambda: ops.stft(np.arange(9), 4, 2, 4), TypeError, "Received: input type=int64"),
    "sequences": (lambda: ops.extract_sequences(np.ones(3), 4, 1), ValueError, r"sequence_length=4.*x.shape=\(3,\)"),
    "tangents": (lambda: ops.jvp(ops.sin, (np.ones(2),), (np.ones(3),)), ValueError, r"shapes \(2,\) and \(3,\)"),
    "integers": (lambda: ops.jvp(ops.sin, (np.arange(2),), (np.ones(2),)), TypeError, "should hold floats"),
    "no tuple": (lambda: ops.jvp(ops.sin, np.ones(2), np.ones(2)), TypeError, "should be tuples"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    function, error, message = BAD[name]
    with pytest.raises(error, match=re.compile(message, re.DOTALL)):
        function()

"""softmax, log_softmax, the cross-entropies from logits, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest

from kernel_outputs import FLOATS, output_of
from kernel_running import run_kernel
from nncore import _native

COLUMNS = [1, 2, 3, 4, 7, 8, 10, 15, 16, 17, 31, 32, 33, 64, 100, 128, 129, 1000, 3001]


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def log_softmax(x: np.ndarray) -> np.ndarray:
    shifted = x - x.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def normal(shape: tuple[int, ...], dtype: str, seed: int = 0, spread: float = 3) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape) * spread).astype(dtype)


def wide(*arrays: np.ndarray) -> list[np.ndarray]:
    return [a.astype(np.longdouble) for a in arrays]


def close(got: np.ndarray, want: np.ndarray, scale: float = 1) -> None:
    """Within 20 roundings, of the value or of `scale` where terms cancel."""
    eps = np.finfo(got.dtype).eps
    np.testing.assert_allclose(got, want.astype(got.dtype), rtol=20 * eps, atol=20 * eps * scale)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("columns", COLUMNS)
def test_values_and_gradients(columns: int, dtype: str) -> None:
    x, g = normal((7, columns), dtype), normal((7, columns), dtype, 1, 1)
    y, log_y = (output_of(k, [x], x.shape, dtype) for k in ("softmax", "log_softmax"))
    close(y, softmax(*wide(x)), 0)
    close(log_y, log_softmax(*wide(x)), 10)
    dy, dg = wide(y, g)
    close(output_of("softmax_grad", [y, g], x.shape, dtype), dy * (dg - (dy * dg).sum(-1, keepdims=True)))
    want = dg - np.exp(log_y.astype(np.longdouble)) * dg.sum(-1, keepdims=True)
    close(output_of("log_softmax_grad", [log_y, g], x.shape, dtype), want, max(1, columns**0.5))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("columns", COLUMNS)
def test_cross_entropy(columns: int, dtype: str) -> None:
    z, g = normal((9, columns), dtype), normal((9,), dtype, 2, 1)
    t = softmax(normal((9, columns), "float64", 3)).astype(dtype) * dtype_scale(dtype)
    t[4] = 0
    wz, wt, wg = wide(z, t, g)
    loss = output_of("softmax_crossentropy", [z, t], (9,), dtype)
    close(loss, -(wt * log_softmax(wz)).sum(-1), 20)
    dz = output_of("softmax_crossentropy_grad", [z, t, g], z.shape, dtype)
    close(dz, wg[:, None] * (softmax(wz) * wt.sum(-1, keepdims=True) - wt))


def dtype_scale(dtype: str) -> np.ndarray:
    """Targets need not sum to 1: rows of different mass."""
    return np.linspace(0.5, 2, 9).astype(dtype)[:, None]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("label_dtype", ["int32", "int64", "uint8"])
@pytest.mark.parametrize("columns", COLUMNS)
def test_sparse_cross_entropy(columns: int, label_dtype: str, dtype: str) -> None:
    z, g = normal((9, columns), dtype), normal((9,), dtype, 2, 1)
    labels = np.random.default_rng(4).integers(0, min(columns, 250), 9).astype(label_dtype)
    labels[0], labels[1] = 0, min(columns, 250) - 1
    wz, wg = wide(z, g)
    hot = np.eye(columns, dtype=bool)[labels]
    close(output_of("sparse_softmax_crossentropy", [z, labels], (9,), dtype), -log_softmax(wz)[hot], 10)
    dz = output_of("sparse_softmax_crossentropy_grad", [z, labels, g], z.shape, dtype)
    close(dz, wg[:, None] * (softmax(wz) - hot))


@pytest.mark.parametrize("dtype", FLOATS)
def test_labels_outside_give_nan_in_their_row_alone(dtype: str) -> None:
    z, g, labels = normal((4, 10), dtype), np.ones(4, dtype), np.array([3, 10, -1, 9])
    loss = output_of("sparse_softmax_crossentropy", [z, labels], (4,), dtype)
    dz = output_of("sparse_softmax_crossentropy_grad", [z, labels, g], (4, 10), dtype)
    np.testing.assert_array_equal(np.isnan(loss), [False, True, True, False])
    np.testing.assert_array_equal(np.isnan(dz), np.repeat([[False], [True], [True], [False]], 10, 1))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("columns", [3, 10, 40])
def test_large_logits_masks_and_nan(columns: int, dtype: str) -> None:
    x = np.zeros((6, columns), dtype)
    x[0], x[0, 1] = -1e4, 1e4
    x[1] = np.finfo(dtype).max / 2
    x[2, 1:] = -np.inf
    x[3, 1] = np.nan
    x[4] = -np.inf
    x[5, 0] = np.inf
    y = output_of("softmax", [x], x.shape, dtype)
    hot = np.arange(columns) == 1
    np.testing.assert_array_equal(y[0], hot)
    np.testing.assert_allclose(y[1], 1 / columns, rtol=1e-6)
    np.testing.assert_array_equal(y[2], np.arange(columns) == 0)
    assert np.isnan(y[3:5]).all()
    assert np.isnan(y[5, 0])
    t = np.zeros_like(x)
    t[:, 0] = 1
    loss = output_of("softmax_crossentropy", [x, t], (6,), dtype)
    np.testing.assert_allclose(loss[:3], [2e4, np.log(columns), 0], rtol=1e-6)
    labels = np.zeros(6, np.int64)
    sparse = output_of("sparse_softmax_crossentropy", [x, labels], (6,), dtype)
    np.testing.assert_allclose(sparse[:3], loss[:3], rtol=1e-6)
    assert np.isnan(loss[3:5]).all()
    assert np.isnan(sparse[3:5]).all()


@pytest.mark.parametrize("shape", [(0, 5), (3,), (2, 3, 4), (5, 0), (2, 0, 3)])
def test_shapes(shape: tuple[int, ...]) -> None:
    x = normal(shape, "float64")
    want = softmax(x) if x.size else x
    close(output_of("softmax", [x], shape, "float64"), want)
    close(output_of("log_softmax", [x], shape, "float64"), np.log(want), 10)


@pytest.mark.parametrize("columns", [10, 40])
def test_outputs_in_the_inputs_memory(columns: int) -> None:
    z, t = normal((5, columns), "float32"), softmax(normal((5, columns), "float32", 1))
    g = normal((5,), "float32", 2)
    labels = np.arange(5)
    for kernel, inputs, shared in [
        ("softmax", [z], 0),
        ("log_softmax", [z], 0),
        ("softmax_grad", [z, t], 0),
        ("softmax_grad", [z, t], 1),
        ("log_softmax_grad", [z, t], 0),
        ("log_softmax_grad", [z, t], 1),
        ("softmax_crossentropy_grad", [z, t, g], 0),
        ("softmax_crossentropy_grad", [z, t, g], 1),
        ("sparse_softmax_crossentropy_grad", [z, labels, g], 0),
    ]:
        want = output_of(kernel, inputs, z.shape, "float32")
        held = [a.copy() for a in inputs]
        run_kernel(kernel, [*held, held[shared]], len(held))
        np.testing.assert_allclose(held[shared], want, rtol=1e-5, atol=1e-7)


def test_wrong_calls_are_refused() -> None:
    z = np.ones((3, 4), np.float32)
    for kernel, operands, n_in in [
        ("softmax", [z, np.empty((4, 3), np.float32)], 1),
        ("softmax", [z, np.empty((3, 4))], 1),
        ("softmax", [z.astype(np.int32), z.astype(np.int32)], 1),
        ("softmax", [np.ones((), np.float32), np.ones((), np.float32)], 1),
        ("softmax_crossentropy", [z, z.copy(), np.empty(4, np.float32)], 2),
        ("sparse_softmax_crossentropy", [z, np.zeros(4, np.int32), np.empty(3, np.float32)], 2),
        ("sparse_softmax_crossentropy", [z, np.zeros(3, np.float32), np.empty(3, np.float32)], 2),
    ]:
        with pytest.raises(ValueError, match=kernel):
            _native.execute(kernel, operands, n_in, (), ())

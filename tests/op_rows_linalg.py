"""Rows of linear algebra: factors, systems, inverses, against NumPy; vectors of arbitrary sign by their squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, Maker, fixed, normal


def well(*shape: int) -> Maker:
    """Matrices that are far from singular, with different singular values."""

    def make(rng: np.random.Generator) -> Any:
        m, n = shape[-2:]
        u, _, vt = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
        return (u * (1 + np.arange(min(m, n)) * 0.7)) @ vt

    return make


def definite(*shape: int) -> Maker:
    def make(rng: np.random.Generator) -> Any:
        x = rng.normal(size=shape)
        return x @ np.swapaxes(x, -1, -2) / shape[-1] + np.eye(shape[-1])

    return make


def _t(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _sym(x: Any) -> Any:
    return (x + _t(x)) / 2


def _lu(x: Any) -> Any:
    """L, U and the rows' order put together: what they are the factors of."""
    lu, pivots = ops.lu_factor(x)
    k = min(x.shape[-2:])
    lower = ops.tril(lu[..., :k], -1) + ops.eye(x.shape[-2], k, dtype=x.dtype)
    return lower, ops.triu(lu[..., :k, :]), pivots


def _np_lu(x: Any) -> Any:
    m, n = x.shape[-2:]
    k = min(m, n)
    lu, pivots = np.array(x), np.zeros((*x.shape[:-2], k), "int32")
    for at in np.ndindex(*x.shape[:-2]):
        a = lu[at]
        for j in range(k):
            p = j + int(np.argmax(abs(a[j:, j])))
            pivots[(*at, j)] = p
            a[[j, p]] = a[[p, j]]
            a[j + 1 :, j] /= a[j, j]
            a[j + 1 :, j + 1 :] -= np.outer(a[j + 1 :, j], a[j, j + 1 :])
    return np.tril(lu[..., :k], -1) + np.eye(m, k), np.triu(lu[..., :k, :]), pivots


def _np_pair(x: Any, k: int) -> Any:
    w, v = np.linalg.eigh(_sym(x))
    return w[..., :k], v * v


def _eigh(x: Any) -> Any:
    w, v = ops.eigh(x)
    return w, v * v


def _svd(x: Any) -> Any:
    u, s, vt = ops.svd(x, full_matrices=False)
    return u * u, s, vt * vt, ops.matmul(u * ops.sqrt(s)[..., None, :], vt)


def _np_svd(x: Any) -> Any:
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    return u * u, s, vt * vt, (u * np.sqrt(s)[..., None, :]) @ vt


def _full_svd(x: Any) -> Any:
    u, s, vt = ops.svd(x)
    wide = ops.eye(u.shape[-1], vt.shape[-2], dtype=x.dtype)
    k = s.shape[-1]
    middle = wide * (s[..., None, :] if k == vt.shape[-2] else s[..., :, None])
    return u @ middle @ vt, u @ ops.swapaxes(u, -1, -2), vt @ ops.swapaxes(vt, -1, -2), s


def _np_full_svd(x: Any) -> Any:
    m, n = x.shape[-2:]
    batch = np.ones((*x.shape[:-2], 1, 1))
    return x, np.eye(m) * batch, np.eye(n) * batch, np.linalg.svd(x, compute_uv=False)


def _cubes(x: Any) -> Any:
    return x**3 + ops.sin(x) @ x


def _np_solve(a: Any, b: Any) -> Any:
    return np.linalg.solve(a, b[..., None])[..., 0] if b.ndim == a.ndim - 1 else np.linalg.solve(a, b)


TALL, WIDE, SQUARE = (2, 5, 3), (3, 5), (2, 4, 4)

LINALG_ROWS = [
    Case("cholesky", ops.cholesky, lambda x: np.linalg.cholesky(_sym(x)), definite(*SQUARE), grad=(0,), tol=8),
    Case(
        "cholesky:upper",
        lambda x: ops.cholesky(x, upper=True),
        lambda x: _t(np.linalg.cholesky(_sym(x))),
        definite(3, 3),
        grad=(0,),
        tol=8,
    ),
    Case(
        "cholesky_inverse",
        lambda x: ops.cholesky_inverse(ops.tril(x)),
        lambda x: np.linalg.inv(np.tril(x) @ _t(np.tril(x))),
        definite(*SQUARE),
        grad=(0,),
        tol=20,
    ),
    Case(
        "cholesky_inverse:upper",
        lambda x: ops.cholesky_inverse(ops.triu(x), upper=True),
        lambda x: np.linalg.inv(_t(np.triu(x)) @ np.triu(x)),
        definite(3, 3),
        grad=(0,),
        tol=20,
    ),
    Case("det", ops.det, np.linalg.det, well(*SQUARE), grad=(0,), tol=20),
    Case("eigh", _eigh, lambda x: _np_pair(x, 4), well(*SQUARE), grad=(0,), tol=20),
    Case("inv", ops.inv, np.linalg.inv, well(*SQUARE), grad=(0,), tol=20),
    Case("logdet", ops.logdet, lambda x: np.linalg.slogdet(_sym(x))[1], definite(*SQUARE), grad=(0,), tol=20),
    *(
        Case(f"lu_factor:{name}", _lu, _np_lu, well(*shape), grad=(0,), tol=20)
        for name, shape in (("square", SQUARE), ("tall", TALL), ("wide", WIDE))
    ),
    *(
        Case(
            f"lstsq:{name}",
            ops.lstsq,
            lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0],
            well(*a),
            normal(*b),
            grad=(0, 1),
            tol=20,
        )
        for name, a, b in (("tall", (5, 3), (5,)), ("wide", (3, 5), (3, 2)), ("square", (3, 3), (3, 2)))
    ),
    Case("matrix_rank", ops.matrix_rank, np.linalg.matrix_rank, well(*TALL)),
    Case("matrix_rank:deficient", ops.matrix_rank, np.linalg.matrix_rank, fixed([[1, 2, 3], [2, 4, 6], [1, 0, 1]])),
    Case(
        "matrix_rank:tol",
        lambda x: ops.matrix_rank(x, tol=1.5),
        lambda x: np.linalg.matrix_rank(x, tol=1.5),
        well(3, 4),
    ),
    *(
        Case(f"pinv:{name}", ops.pinv, np.linalg.pinv, well(*shape), grad=(0,), tol=20)
        for name, shape in (("tall", TALL), ("wide", WIDE), ("square", SQUARE))
    ),
    Case("pinv:equal values", ops.pinv, np.linalg.pinv, fixed([[2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), grad=(0,), tol=8),
    *(
        Case(f"qr:{name}", ops.qr, lambda x: tuple(np.linalg.qr(x)), well(*shape), grad=(0,), tol=20)
        for name, shape in (("tall", TALL), ("wide", WIDE), ("square", SQUARE))
    ),
    Case(
        "qr:complete",
        lambda x: ops.qr(x, mode="complete"),
        lambda x: tuple(np.linalg.qr(x, mode="complete")),
        well(*TALL),
        tol=20,
    ),
    Case("slogdet", ops.slogdet, lambda x: tuple(np.linalg.slogdet(x)), well(3, 4, 4), grad=(0,), tol=20),
    *(
        Case(f"solve:{name}", ops.solve, _np_solve, well(*a), normal(*b), grad=(0, 1), tol=20)
        for name, a, b in (("matrix", SQUARE, (2, 4, 3)), ("vector", (3, 3), (3,)), ("broadcast", (3, 3), (2, 3, 1)))
    ),
    *(
        Case(
            f"solve_triangular:{'lower' if lower else 'upper'}",
            lambda a, b, lower=lower: ops.solve_triangular(a, b, lower=lower),
            lambda a, b, lower=lower: _np_solve(np.tril(a) if lower else np.triu(a), b),
            definite(*SQUARE),
            normal(2, 4, 3) if lower else normal(2, 4),
            grad=(0, 1),
            tol=20,
        )
        for lower in (True, False)
    ),
    *(
        Case(f"svd:{name}", _svd, _np_svd, well(*shape), grad=(0,), tol=20)
        for name, shape in (("tall", TALL), ("wide", WIDE), ("square", SQUARE))
    ),
    *(
        Case(f"svd:full {name}", _full_svd, _np_full_svd, well(*shape), tol=20)
        for name, shape in (("tall", TALL), ("wide", WIDE), ("square", SQUARE))
    ),
    Case(
        "svd:values",
        lambda x: ops.svd(x, compute_uv=False),
        lambda x: np.linalg.svd(x, compute_uv=False),
        well(*TALL),
        grad=(0,),
        tol=20,
    ),
    Case(
        "jvp",
        lambda x, t: ops.jvp(_cubes, (x,), (t,)),
        lambda x, t: (x**3 + np.sin(x) @ x, 3 * x * x * t + (np.cos(x) * t) @ x + np.sin(x) @ t),
        normal(3, 3),
        normal(3, 3),
        grad=(0, 1),
        tol=8,
    ),
    Case(
        "jvp:nested",
        lambda x, y: ops.jvp(lambda p: {"s": p["a"] * p["b"], "n": p["a"]}, ({"a": x, "b": y},), ({"a": y, "b": x},)),
        lambda x, y: ({"s": x * y, "n": x}, {"s": x * x + y * y, "n": y}),
        normal(3),
        normal(3),
        grad=(0, 1),
    ),
]

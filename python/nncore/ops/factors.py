"""Factors of matrices: the primitives, their gradients, and Keras's functions of them.

Arrays are stacks of matrices, ``(..., M, N)``. Gradient rules are those of the literature (Giles 2008; Walter and
Lehmann 2010 for QR; Seeger and others 2017), written in products and triangular systems, so they can be differentiated
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.creation import eye, tril, triu
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, is_float
from nncore.ops.elementwise import convert, where
from nncore.ops.getitem import get_item
from nncore.ops.indexing import take_along_axis
from nncore.ops.linalg import matmul, swap
from nncore.ops.shape import broadcast_to, concatenate, expand_dims, reshape

__all__ = ["cholesky", "cholesky_inverse", "eigh", "lu_factor", "qr", "solve_triangular", "svd"]

Specs = Sequence[SpecPair]


# --- operands --------------------------------------------------------------------------------------------------------


def matrices(name: str, x: Any, square: bool = False) -> Any:
    """Make a stack of float matrices of an argument.

    Raises:
        ValueError: If it has fewer than two dimensions, or matrices must be square and are not.
    """
    x = as_operand(x)
    if len(x.shape) < 2:
        raise ValueError(f"ops.{name}: expected input to have rank >= 2. Received input with shape {tuple(x.shape)}.")
    if square and x.shape[-1] != x.shape[-2]:
        raise ValueError(
            f"ops.{name}: expected a square matrix. Received non-square input with shape {tuple(x.shape)}."
        )
    return as_float(x)


def as_float(x: Any) -> Any:
    """Whole numbers become floats."""
    from nncore import config

    return x if is_float(dtype_of(x)) else convert(x, config.floatx())


def diagonal_matrix(d: Any) -> Any:
    """Square matrices with these diagonals."""
    return expand_dims(d, -1) * eye(d.shape[-1], dtype=dtype_of(d))


def diagonal_of(x: Any) -> Any:
    """The diagonals of a stack of matrices."""
    k = min(x.shape[-2:])
    at = np.arange(k)
    return get_item(x, (..., at, at))


def _batch(shape: Any) -> tuple[int, ...]:
    return tuple(shape[:-2])


# --- cholesky --------------------------------------------------------------------------------------------------------


def _half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    return tril(x) - 0.5 * diagonal_matrix(diagonal_of(x))


def _cholesky_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    lower = node.outputs[0]
    inner = _half(matmul(swap(lower), g))
    inner = triangular(lower, swap(triangular(lower, swap(inner), transposed=True)), transposed=True)
    return [0.5 * (inner + swap(inner))]


OpDef(
    "cholesky",
    KERNEL,
    lambda specs, attrs: [specs[0]],
    _cholesky_grad,
    np.linalg.cholesky,
    encode=lambda s, a: ((), ()),
)


@op
def cholesky(x: Any, upper: bool = False) -> Any:
    """Factor symmetric positive definite matrices: ``x = l @ l.T`` with a lower triangular ``l``.

    Args:
        x: ``(..., M, M)``; the mean of it and its transpose is factored.
        upper: Whether the factor is ``l.T``. Defaults to False.

    Returns:
        The factor, ``(..., M, M)``; NaN where a matrix is not positive definite.

    Raises:
        ValueError: If the matrices are not square.

    Example:
        >>> from nncore import ops
        >>> ops.cholesky([[4.0, 2.0], [2.0, 5.0]]).tolist()
        [[2.0, 0.0], [1.0, 2.0]]
    """
    x = matrices("cholesky", x, square=True)
    lower = apply(OPS["cholesky"], [0.5 * (x + swap(x))])
    return swap(lower) if upper else lower


@op
def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """Invert symmetric positive definite matrices of which the Cholesky factors are known.

    Args:
        x: The factors, ``(..., M, M)``.
        upper: Whether they are upper triangular. Defaults to False.

    Returns:
        ``inv(x @ x.T)``, or ``inv(x.T @ x)`` for upper ones.

    Raises:
        ValueError: If the matrices are not square.

    Example:
        >>> from nncore import ops
        >>> ops.cholesky_inverse([[2.0, 0.0], [0.0, 4.0]]).tolist()
        [[0.25, 0.0], [0.0, 0.0625]]
    """
    x = matrices("cholesky_inverse", x, square=True)
    inverse = triangular(x, _unit(x), lower=not upper)
    return matmul(inverse, swap(inverse)) if upper else matmul(swap(inverse), inverse)


def _unit(x: Any) -> Any:
    """Unit matrices of a stack's kind."""
    return broadcast_to(eye(x.shape[-1], dtype=dtype_of(x)), tuple(x.shape))


# --- triangular systems ----------------------------------------------------------------------------------------------


def triangular(a: Any, b: Any, lower: bool = True, transposed: bool = False, unit: bool = False) -> Any:
    """Solve ``op(a) x = b`` for stacks of one batch shape."""
    return apply(OPS["triangular_solve"], [a, b], {"lower": lower, "transposed": transposed, "unit": unit})


def _triangular_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    a, _ = node.inputs
    attrs, x = node.attrs, node.outputs[0]
    gb = triangular(a, g, attrs["lower"], not attrs["transposed"], attrs["unit"])
    if not needs[0]:
        return [None, gb]
    whole = -matmul(x, swap(gb)) if attrs["transposed"] else -matmul(gb, swap(x))
    k = 1 if attrs["unit"] else 0
    return [tril(whole, -k) if attrs["lower"] else triu(whole, k), gb]


def _triangular_reference(a: Any, b: Any, lower: bool, transposed: bool, unit: bool) -> Any:
    a = np.tril(a) if lower else np.triu(a)
    if unit:
        a = a - a * np.eye(a.shape[-1]) + np.eye(a.shape[-1])
    return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)


OpDef(
    "triangular_solve",
    KERNEL,
    lambda specs, attrs: [specs[1]],
    _triangular_grad,
    _triangular_reference,
    encode=lambda specs, attrs: ((int(attrs["lower"]), int(attrs["transposed"]), int(attrs["unit"])), ()),
)


def same_stacks(name: str, a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Bring a stack of square matrices and right-hand sides ``(..., M)`` or ``(..., M, K)`` to one batch shape.

    Returns:
        Both, and whether the right-hand sides were vectors, which are given an axis.

    Raises:
        ValueError: If they don't fit.
    """
    a = matrices(name, a, square=True)
    b = as_float(as_operand(b))
    if len(b.shape) < 1:
        raise ValueError(f"ops.{name}: expected input to have rank >= 1. Received scalar input {b}.")
    vectors = len(b.shape) == len(a.shape) - 1
    if b.shape[-1 if vectors else -2 if len(b.shape) > 1 else -1] != a.shape[-1]:
        raise ValueError(
            f"ops.{name}: incompatible shapes between `a` and `b`. Expected `b` to have {a.shape[-1]} rows. "
            f"Received: a.shape={tuple(a.shape)}, b.shape={tuple(b.shape)}."
        )
    dtype = "float64" if "float64" in (dtype_of(a), dtype_of(b)) else dtype_of(a)
    a, b = convert(a, dtype), convert(b, dtype)
    if vectors:
        b = expand_dims(b, -1)
    batch = np.broadcast_shapes(_batch(a.shape), _batch(b.shape))
    return broadcast_to(a, (*batch, *a.shape[-2:])), broadcast_to(b, (*batch, *b.shape[-2:])), vectors


@op
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """Solve systems of equations ``a x = b`` with triangular matrices.

    Args:
        a: ``(..., M, M)``; only one triangle is read.
        b: ``(..., M)`` or ``(..., M, K)``.
        lower: Whether it is the lower triangle. Defaults to False.

    Returns:
        ``x``, in the shape of ``b``.

    Raises:
        ValueError: If shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.solve_triangular([[2.0, 0.0], [1.0, 4.0]], [2.0, 9.0], lower=True).tolist()
        [1.0, 2.0]
    """
    a, b, vectors = same_stacks("solve_triangular", a, b)
    x = triangular(a, b, lower=bool(lower))
    return reshape(x, x.shape[:-1]) if vectors else x


# --- lu --------------------------------------------------------------------------------------------------------------


def _lu_infer(specs: Specs, attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    m, n = shape[-2:]
    return [(shape, dtype), ((*shape[:-2], min(m, n)), "int32"), ((*shape[:-2], m), "int32")]


def _lu_grad(node: Any, needs: Sequence[bool], g: Any, *_: Any) -> list[Any]:
    lu, _, order = node.outputs
    m, n = lu.shape[-2:]
    k = min(m, n)

    def part(x: Any, rows: Any, columns: Any) -> Any:
        return get_item(x, (..., slice(*rows), slice(*columns)))

    corner = part(lu, (0, k), (0, k))
    lower = tril(corner, -1) + _unit(corner)
    upper = triu(corner)
    g_lower, g_upper = tril(part(g, (0, k), (0, k)), -1), triu(part(g, (0, k), (0, k)))
    below, beside = [], []
    if m > k:  # rows under the square: l2 = a2 u^-1
        l2, g2 = part(lu, (k, m), (0, k)), part(g, (k, m), (0, k))
        below = [swap(triangular(upper, swap(g2), lower=False))]
        g_upper = g_upper - triu(matmul(swap(l2), below[0]))
    if n > k:  # columns beside it: u2 = l^-1 a2
        u2, g2 = part(lu, (0, k), (k, n)), part(g, (0, k), (k, n))
        beside = [triangular(lower, g2, transposed=True, unit=True)]
        g_lower = g_lower - tril(matmul(beside[0], swap(u2)), -1)
    inner = tril(matmul(swap(lower), g_lower), -1) + triu(matmul(g_upper, swap(upper)))
    inner = triangular(lower, inner, transposed=True, unit=True)
    square = swap(triangular(upper, swap(inner), lower=False))
    whole = concatenate([square, *below], axis=-2)
    if beside:
        whole = concatenate([whole, *beside], axis=-1)
    # Row i of the product came from row order[i].
    back = _inverse_order(order)
    return [take_along_axis(whole, broadcast_to(expand_dims(back, -1), tuple(whole.shape)), axis=-2)]


def _inverse_order(order: Any) -> Any:
    from nncore.ops.sorting import argsort

    return argsort(order, axis=-1)


def _lu_reference(x: Any) -> list[Any]:
    lu = np.array(x, dtype=float)
    m, n = lu.shape[-2:]
    pivots = np.zeros((*lu.shape[:-2], min(m, n)), "int32")
    order = np.zeros((*lu.shape[:-2], m), "int32")
    for at in np.ndindex(*lu.shape[:-2]):
        a, rows = lu[at], list(range(m))
        for j in range(min(m, n)):
            best = j + int(np.argmax(np.abs(a[j:, j])))
            pivots[(*at, j)] = best
            a[[j, best]] = a[[best, j]]
            rows[j], rows[best] = rows[best], rows[j]
            a[j + 1 :, j] /= a[j, j]
            a[j + 1 :, j + 1 :] -= np.outer(a[j + 1 :, j], a[j, j + 1 :])
        order[at] = rows
    return [lu, pivots, order]


OpDef("lu", KERNEL, _lu_infer, _lu_grad, _lu_reference, encode=lambda specs, attrs: ((), ()))


def factored(x: Any) -> tuple[Any, Any, Any]:
    """LU, pivots and the order of rows."""
    lu, pivots, order = apply(OPS["lu"], [x])
    return lu, pivots, order


@op
def lu_factor(x: Any) -> tuple[Any, Any]:
    """Factor matrices: ``p @ x = l @ u``, rows ordered so that pivots are large.

    Args:
        x: ``(..., M, N)``.

    Returns:
        ``l`` (without its unit diagonal) and ``u`` in one array ``(..., M, N)``; and for each row, up to min(M, N),
        the row that it was swapped with, int32.

    Raises:
        ValueError: If ``x`` has fewer than two dimensions.

    Example:
        >>> from nncore import ops
        >>> lu, pivots = ops.lu_factor([[1.0, 2.0], [4.0, 4.0]])
        >>> lu.tolist(), pivots.tolist()
        ([[4.0, 4.0], [0.25, 1.0]], [1, 1])
    """
    lu, pivots, _ = factored(matrices("lu_factor", x))
    return lu, pivots


# --- qr --------------------------------------------------------------------------------------------------------------


def _qr_infer(specs: Specs, attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    m, n = shape[-2:]
    k = m if attrs["complete"] else min(m, n)
    return [((*shape[:-2], m, k), dtype), ((*shape[:-2], k, n), dtype)]


def _qr_square_grad(q: Any, r: Any, gq: Any, gr: Any) -> Any:
    """For r square: what (q, r) are made from has at least as many rows as columns."""
    inner = matmul(r, swap(gr)) - matmul(swap(gq), q)
    inner = tril(inner) + swap(tril(inner, -1))
    return swap(triangular(r, swap(gq + matmul(q, inner)), lower=False))


def _qr_grad(node: Any, needs: Sequence[bool], gq: Any, gr: Any) -> list[Any]:
    (x,), (q, r) = node.inputs, node.outputs
    m, n = x.shape[-2:]
    if node.attrs["complete"] and m > n:
        raise ValueError(
            "ops.qr: the columns that mode='complete' adds to q are not determined by x, so they have no gradient. "
            f"Received: x of shape {tuple(x.shape)}. Use mode='reduced'."
        )
    if m >= n:
        return [_qr_square_grad(q, r, gq, gr)]
    # The first m columns give q and the square part of r, the others q' times themselves.
    left, right = (get_item(r, (..., part)) for part in (slice(0, m), slice(m, n)))
    g_left, g_right = (get_item(gr, (..., part)) for part in (slice(0, m), slice(m, n)))
    rest = matmul(q, right)
    first = _qr_square_grad(q, left, gq + matmul(rest, swap(g_right)), g_left)
    return [concatenate([first, matmul(q, g_right)], axis=-1)]


OpDef(
    "qr",
    KERNEL,
    _qr_infer,
    _qr_grad,
    lambda x, complete: list(np.linalg.qr(x, mode="complete" if complete else "reduced")),
    encode=lambda specs, attrs: ((int(attrs["complete"]),), ()),
)


@op
def qr(x: Any, mode: str = "reduced") -> tuple[Any, Any]:
    """Factor matrices: ``x = q @ r``, ``q`` with orthonormal columns, ``r`` upper triangular.

    Args:
        x: ``(..., M, N)``.
        mode: ``"reduced"``, or ``"complete"`` for a square ``q``. Defaults to ``"reduced"``.

    Returns:
        ``q`` ``(..., M, K)`` and ``r`` ``(..., K, N)``, K = min(M, N), or M when complete.

    Raises:
        ValueError: For another mode, or an array of fewer than two dimensions.

    Example:
        >>> from nncore import ops
        >>> q, r = ops.qr([[3.0, 1.0], [4.0, 2.0]])
        >>> ops.round(ops.matmul(q, r), 5).tolist()
        [[3.0, 1.0], [4.0, 2.0]]
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            f"`mode` argument value not supported. Expected one of {{'reduced', 'complete'}}. Received: mode={mode!r}."
        )
    q, r = apply(OPS["qr"], [matrices("qr", x)], {"complete": mode == "complete"})
    return q, r


# --- eigenvalues and singular values ---------------------------------------------------------------------------------


def _differences(w: Any) -> Any:
    """1 / (w_j - w_i), and 0 on the diagonal and between equal values."""
    difference = expand_dims(w, -2) - expand_dims(w, -1)
    return where(difference == 0, 0.0, 1.0 / where(difference == 0, 1.0, difference))


def _eigh_infer(specs: Specs, attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    return [(shape[:-1], dtype), (shape, dtype)]


def _eigh_grad(node: Any, needs: Sequence[bool], gw: Any, gv: Any) -> list[Any]:
    w, v = node.outputs
    inner = diagonal_matrix(gw) + _differences(w) * matmul(swap(v), gv)
    whole = matmul(matmul(v, inner), swap(v))
    return [0.5 * (whole + swap(whole))]


OpDef(
    "eigh",
    KERNEL,
    _eigh_infer,
    _eigh_grad,
    lambda x: list(np.linalg.eigh(x)),
    encode=lambda specs, attrs: ((), ()),
)


@op
def eigh(x: Any) -> tuple[Any, Any]:
    """Find eigenvalues and eigenvectors of symmetric matrices.

    Args:
        x: ``(..., M, M)``; those of the mean of it and its transpose are found.

    Returns:
        Eigenvalues ``(..., M)`` in ascending order, and eigenvectors ``(..., M, M)``, as columns. The signs of vectors
        are arbitrary.

    Raises:
        ValueError: If the matrices are not square.

    Example:
        >>> from nncore import ops
        >>> ops.eigh([[2.0, 0.0], [0.0, 1.0]])[0].tolist()
        [1.0, 2.0]
    """
    x = matrices("eigh", x, square=True)
    w, v = apply(OPS["eigh"], [0.5 * (x + swap(x))])
    return w, v


def _svd_infer(specs: Specs, attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    m, n = shape[-2:]
    batch = shape[:-2]
    return [((*batch, m, m if attrs["full"] else n), dtype), ((*batch, n), dtype), ((*batch, n, n), dtype)]


def _svd_grad(node: Any, needs: Sequence[bool], gu: Any, gs: Any, gvt: Any) -> list[Any]:
    (x,), (u, s, vt) = node.inputs, node.outputs
    m, n = x.shape[-2:]
    if node.attrs["full"] and m > n:
        raise ValueError(
            "ops.svd: the vectors that full_matrices=True adds are not determined by x, so they have no gradient. "
            f"Received: matrices of {m} by {n}, or their transpose. Use full_matrices=False."
        )
    f = _differences(s * s)
    row = expand_dims(s, -2)
    ut_gu, vt_gv = matmul(swap(u), gu), matmul(vt, swap(gvt))
    inner = f * (ut_gu - swap(ut_gu)) * row + expand_dims(s, -1) * (f * (vt_gv - swap(vt_gv))) + diagonal_matrix(gs)
    whole = matmul(matmul(u, inner), vt)
    if m > n:
        outside = (gu - matmul(u, ut_gu)) / where(row == 0, 1.0, row)
        whole = whole + matmul(outside, vt)
    return [whole]


OpDef(
    "svd",
    KERNEL,
    _svd_infer,
    _svd_grad,
    lambda x, full: list(np.linalg.svd(x, full_matrices=full)),
    encode=lambda specs, attrs: ((int(attrs["full"]),), ()),
)


@op
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Find singular values and vectors: ``x = u @ diag(s) @ vt``.

    Args:
        x: ``(..., M, N)``.
        full_matrices: Whether ``u`` and ``vt`` are square; otherwise they have K = min(M, N) columns and rows.
            Gradients need False where M and N differ. Defaults to True.
        compute_uv: Whether the vectors are returned. Defaults to True.

    Returns:
        ``(u, s, vt)``, ``s`` ``(..., K)`` in descending order; ``s`` alone without ``compute_uv``. The signs of pairs
        of vectors are arbitrary.

    Raises:
        ValueError: If ``x`` has fewer than two dimensions; while differentiating, for the vectors that
            ``full_matrices`` adds.

    Example:
        >>> from nncore import ops
        >>> ops.svd([[3.0, 0.0], [0.0, -4.0]], compute_uv=False).tolist()
        [4.0, 3.0]
    """
    x = matrices("svd", x)
    m, n = x.shape[-2:]
    attrs = {"full": bool(full_matrices and compute_uv and m != n)}
    if m >= n:
        u, s, vt = apply(OPS["svd"], [x], attrs)
    else:
        v, s, ut = apply(OPS["svd"], [swap(x)], attrs)
        u, vt = swap(ut), swap(v)
    return (u, s, vt) if compute_uv else s

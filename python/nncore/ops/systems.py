"""Systems of equations, inverses, determinants and ranks, made of factors of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ops.apply import op
from nncore.ops.autodiff_hooks import custom_gradient
from nncore.ops.creation import eye
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import convert, where
from nncore.ops.factors import as_float, cholesky, diagonal_of, factored, matrices, same_stacks, svd, triangular
from nncore.ops.indexing import take_along_axis
from nncore.ops.linalg import matmul, swap
from nncore.ops.numeric import abs as ops_abs
from nncore.ops.numeric import log, sign
from nncore.ops.reduction import max as ops_max
from nncore.ops.reduction import prod
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import broadcast_to, expand_dims, reshape

__all__ = ["det", "inv", "logdet", "lstsq", "matrix_rank", "pinv", "slogdet", "solve"]


def _solved(a: Any, b: Any) -> Any:
    """The solution of ``a x = b``; its gradients are solutions as well, not those of the factors."""

    def rule(x: Any) -> Any:
        def slopes(g: Any) -> list[Any]:
            gb = _solved(swap(a), g)
            return [-matmul(gb, swap(x)), gb]

        return slopes

    def solution(a: Any, b: Any) -> tuple[Any, Any]:
        lu, _, order = factored(a)
        rows = take_along_axis(b, broadcast_to(expand_dims(order, -1), tuple(b.shape)), axis=-2)
        x = triangular(lu, triangular(lu, rows, unit=True), lower=False)
        return x, rule(x)

    return custom_gradient(solution)(a, b)


@op
def solve(a: Any, b: Any) -> Any:
    """Solve systems of linear equations ``a x = b``.

    Args:
        a: ``(..., M, M)``.
        b: ``(..., M)`` or ``(..., M, K)``.

    Returns:
        ``x``, in the shape of ``b``; infinite or NaN where a matrix is singular.

    Raises:
        ValueError: If shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.solve([[2.0, 0.0], [1.0, 4.0]], [2.0, 9.0]).tolist()
        [1.0, 2.0]
    """
    a, b, vectors = same_stacks("solve", a, b)
    x = _solved(a, b)
    return reshape(x, x.shape[:-1]) if vectors else x


@op
def inv(x: Any) -> Any:
    """Invert square matrices.

    Args:
        x: ``(..., M, M)``.

    Returns:
        The inverses; infinite or NaN where a matrix is singular.

    Raises:
        ValueError: If the matrices are not square.

    Example:
        >>> from nncore import ops
        >>> ops.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
        [[0.5, 0.0], [0.0, 0.25]]
    """
    x = matrices("inv", x, square=True)
    return _solved(x, broadcast_to(eye(x.shape[-1], dtype=dtype_of(x)), tuple(x.shape)))


def _parity(pivots: Any, dtype: str) -> Any:
    """1 for an even number of swaps, -1 for an odd one."""
    swapped = pivots != np.arange(pivots.shape[-1], dtype="int32")
    return prod(where(swapped, np.asarray(-1.0, dtype), np.asarray(1.0, dtype)), axis=-1)


@op
def det(x: Any) -> Any:
    """Find the determinants of square matrices.

    Args:
        x: ``(..., M, M)``.

    Returns:
        ``(...)``.

    Raises:
        ValueError: If the matrices are not square.

    Example:
        >>> from nncore import ops
        >>> float(ops.det([[2.0, 1.0], [1.0, 3.0]]))
        5.0
    """
    x = matrices("det", x, square=True)
    lu, pivots, _ = factored(x)
    return _parity(pivots, dtype_of(x)) * prod(diagonal_of(lu), axis=-1)


@op
def slogdet(x: Any) -> tuple[Any, Any]:
    """Find signs and logarithms of determinants.

    Args:
        x: ``(..., M, M)``.

    Returns:
        Signs (-1, 0 or 1) and natural logarithms of absolute values, both ``(...)``.

    Raises:
        ValueError: If the matrices are not square.

    Example:
        >>> from nncore import ops
        >>> [float(part) for part in ops.slogdet([[0.0, 1.0], [1.0, 0.0]])]
        [-1.0, 0.0]
    """
    x = matrices("slogdet", x, square=True)
    lu, pivots, _ = factored(x)
    d = diagonal_of(lu)
    return _parity(pivots, dtype_of(x)) * prod(sign(d), axis=-1), ops_sum(log(ops_abs(d)), axis=-1)


@op
def logdet(x: Any) -> Any:
    """Find the logarithms of the determinants of symmetric positive definite matrices.

    Args:
        x: ``(..., M, M)``.

    Returns:
        ``(...)``; NaN where a matrix is not positive definite.

    Raises:
        ValueError: If the matrices are not square.

    Example:
        >>> from nncore import ops
        >>> float(ops.logdet([[1.0, 0.0], [0.0, 1.0]]))
        0.0
    """
    return 2.0 * ops_sum(log(diagonal_of(cholesky(matrices("logdet", x, square=True)))), axis=-1)


@op
def matrix_rank(x: Any, tol: float | None = None) -> Any:
    """Count the singular values that are not zero, up to rounding.

    Args:
        x: ``(..., M, N)``.
        tol: Values up to this one count as zero. Defaults to None: the largest one, times the larger of M and N, times
            the dtype's rounding.

    Returns:
        int32 ``(...)``.

    Raises:
        ValueError: If ``x`` has fewer than two dimensions.

    Example:
        >>> from nncore import ops
        >>> int(ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
        1
    """
    x = matrices("matrix_rank", x)
    s = svd(x, compute_uv=False)
    if tol is None:
        least = ops_max(s, axis=-1, keepdims=True) * (max(x.shape[-2:]) * float(np.finfo(dtype_of(x)).eps))
    else:
        least = expand_dims(convert(as_operand(tol), dtype_of(x)), -1)
    return ops_sum(convert(s > least, "int32"), axis=-1)


@op
def pinv(x: Any, rcond: float | None = None) -> Any:
    """Find pseudoinverses (Moore and Penrose's).

    Args:
        x: ``(..., M, N)``.
        rcond: Singular values up to this times the largest one count as zero. Defaults to None: the larger of M and N,
            times the dtype's rounding.

    Returns:
        ``(..., N, M)``.

    Raises:
        ValueError: If ``x`` has fewer than two dimensions.

    Example:
        >>> from nncore import ops
        >>> ops.pinv([[2.0, 0.0], [0.0, 0.0]]).tolist()
        [[0.5, 0.0], [0.0, 0.0]]
    """
    return _pseudoinverse(matrices("pinv", x), rcond)


def _pseudoinverse(x: Any, rcond: Any) -> Any:
    m, n = x.shape[-2:]
    least = max(m, n) * float(np.finfo(dtype_of(x)).eps) if rcond is None else rcond

    def inverse(x: Any) -> tuple[Any, Any]:
        u, s, vt = svd(x, full_matrices=False)
        limit = ops_max(s, axis=-1, keepdims=True) * convert(as_operand(least), dtype_of(x))
        counts = s > limit
        factors = where(counts, 1.0 / where(counts, s, 1.0), 0.0)
        p = matmul(swap(vt) * expand_dims(factors, -2), swap(u))

        def slope(g: Any) -> Any:
            # Golub and Pereyra 1973: exact also where singular values are equal, or zero and stay so. The pseudoinverse
            # is asked for again, so that second derivatives come by this rule as well, not by those of vectors.
            p = _pseudoinverse(x, rcond)
            a, gt, pt = x, swap(g), swap(p)
            left = gt - matmul(matmul(a, p), gt)
            right = matmul(matmul(pt, p), gt)
            whole = matmul(left, matmul(p, pt)) + right - matmul(right, matmul(p, a))
            return whole - matmul(matmul(pt, g), pt)

        return p, slope

    return custom_gradient(inverse)(x)


@op
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """Find the vectors for which ``a @ x`` comes nearest to ``b``; the shortest ones where there are several.

    Args:
        a: ``(M, N)``.
        b: ``(M,)`` or ``(M, K)``.
        rcond: Singular values of ``a`` up to this times the largest one count as zero. Defaults to None: the larger of
            M and N, times the dtype's rounding.

    Returns:
        ``x``, ``(N,)`` or ``(N, K)``.

    Raises:
        ValueError: If shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.round(ops.lstsq([[1.0], [1.0]], [1.0, 3.0]), 5).tolist()
        [2.0]
    """
    a, b = matrices("lstsq", a), as_float(as_operand(b))
    if len(a.shape) != 2 or len(b.shape) not in (1, 2) or b.shape[0] != a.shape[0]:
        raise ValueError(
            "ops.lstsq: expected `a` of shape (M, N) and `b` of shape (M,) or (M, K). "
            f"Received: a.shape={tuple(a.shape)}, b.shape={tuple(b.shape)}."
        )
    dtype = "float64" if "float64" in (dtype_of(a), dtype_of(b)) else dtype_of(a)
    return matmul(_pseudoinverse(convert(a, dtype), rcond), convert(b, dtype))

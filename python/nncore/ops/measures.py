"""Distances, correlations and integrals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore.ops import reduction
from nncore.ops.apply import op
from nncore.ops.arrange import cut
from nncore.ops.blocks import unfold
from nncore.ops.dtypes import as_operand, dtype_of, harmonize, to_float
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.linalg import matmul
from nncore.ops.shape import flip, normalize_axis, pad, reshape, transpose


def _floats(*operands: Any) -> list[Any]:
    found = [as_operand(x) for x in operands]
    if len(found) == 2:
        *found, dtype = harmonize(*operands)
    else:
        dtype = dtype_of(found[0])
    return [convert(x, to_float(dtype)) for x in found]


@op
def cdist(x: Any, y: Any) -> Any:
    """Euclidean distances between all pairs of vectors.

    Args:
        x: Vectors ``(..., m, d)``.
        y: Vectors ``(..., n, d)``.

    Returns:
        Distances ``(..., m, n)``. The gradient at distance 0 is 0.

    Raises:
        ValueError: If the vectors differ in length.

    Example:
        >>> from nncore import ops
        >>> ops.cdist([[0.0, 0.0]], [[3.0, 4.0], [0.0, 0.0]])
        array([[5., 0.]], dtype=float32)
    """
    x, y = _floats(x, y)
    if len(x.shape) < 2 or len(y.shape) < 2 or x.shape[-1] != y.shape[-1]:
        raise ValueError(
            "cdist: vectors (..., m, d) and (..., n, d) were expected. "
            f"Received: x.shape={tuple(x.shape)}, y.shape={tuple(y.shape)}."
        )
    # Differences rather than |x|^2 - 2 x y + |y|^2, which loses near neighbours.
    away = reshape(x, (*x.shape[:-1], 1, x.shape[-1])) - reshape(y, (*y.shape[:-2], 1, *y.shape[-2:]))
    squares = reduction.sum(unary("square", away), -1)
    same = binary("eq", squares, 0)
    return where(same, 0.0, unary("sqrt", where(same, 1.0, squares)))


@op
def corrcoef(x: Any) -> Any:
    """Pearson's correlation of variables.

    Args:
        x: One variable per row, one observation per column; or one variable ``(n,)``.

    Returns:
        Matrix of correlations between the rows; a number for one variable.

    Raises:
        ValueError: For more than two dimensions.

    Example:
        >>> from nncore import ops
        >>> ops.corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]).round(4).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]
    """
    (x,) = _floats(x)
    if len(x.shape) not in (1, 2):
        raise ValueError(f"corrcoef: one or two dimensions were expected. Received: x.shape={tuple(x.shape)}.")
    shape = x.shape
    if len(shape) == 1:
        x = reshape(x, (1, *shape))
    x = x - reduction.mean(x, axis=-1, keepdims=True)
    x = x / unary("sqrt", reduction.sum(unary("square", x), -1, True))
    y = binary("max", binary("min", matmul(x, transpose(x)), 1.0), -1.0)
    return y if len(shape) == 2 else reshape(y, ())


@op
def correlate(x1: Any, x2: Any, mode: str = "valid") -> Any:
    """Sums of products of a sequence with another one that slides along it.

    Args:
        x1: Sequence of length ``m``.
        x2: Sequence of length ``n``.
        mode: ``"valid"``: only where one lies within the other; ``"same"``: as many results as the longer one has
            elements; ``"full"``: wherever they meet. Defaults to ``"valid"``.

    Returns:
        One-dimensional array.

    Raises:
        ValueError: For another mode, or other than one-dimensional sequences.

    Example:
        >>> from nncore import ops
        >>> ops.correlate([1, 2, 3], [0, 1])
        array([2., 3.], dtype=float32)
    """
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"correlate: `mode` should be 'valid', 'same' or 'full'. Received: mode={mode!r}.")
    x1, x2 = _floats(x1, x2)
    m, n = (math.prod(x.shape) if len(x.shape) == 1 else 0 for x in (x1, x2))
    if not m or not n:
        raise ValueError(
            "correlate: two sequences of at least one element were expected. "
            f"Received: x1.shape={tuple(x1.shape)}, x2.shape={tuple(x2.shape)}."
        )
    if m < n:
        return flip(correlate(x2, x1, mode), 0)
    low = {"valid": 0, "same": n // 2, "full": n - 1}[mode]
    high = {"valid": 0, "same": n - 1 - n // 2, "full": n - 1}[mode]
    x1 = pad(x1, ((low, high),)) if low or high else x1
    windows = unfold(reshape(x1, (1, 1, 1, m + low + high)), (1, n))
    return reshape(matmul(reshape(x2, (1, n)), reshape(windows, (n, -1))), (-1,))


@op
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """Integral of sampled values, as the area below straight lines between them.

    Args:
        y: Array of samples.
        x: Where they were taken: one number per sample, or an array like ``y``. Defaults to None: ``dx`` apart.
        dx: Distance of samples. Defaults to 1.
        axis: Axis of the samples. Defaults to -1.

    Returns:
        Array of floats without that axis.

    Raises:
        ValueError: If there is no such axis.

    Example:
        >>> from nncore import ops
        >>> float(ops.trapezoid([1.0, 2.0, 3.0]))
        4.0
    """
    if x is None:
        (y,) = _floats(y)
    else:
        y, x = _floats(y, x)
    axis = normalize_axis(axis, len(y.shape))
    n = y.shape[axis]
    middle = (cut(y, axis, 0, max(n - 1, 0)) + cut(y, axis, 1, max(n - 1, 0))) * 0.5 if n else y
    if x is None:
        return reduction.sum(middle * float(dx), axis)
    if len(x.shape) == 1:
        x = reshape(x, tuple(-1 if i == axis else 1 for i in range(len(y.shape))))
    along = axis - len(y.shape) + len(x.shape)
    return reduction.sum(middle * (cut(x, along, 1, n - 1) - cut(x, along, 0, n - 1)), axis)


@op
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of the elements of a vector, one row for each.

    Args:
        x: Array of one dimension.
        N: Number of powers. Defaults to None: as many as elements.
        increasing: Begin with the power 0; otherwise end with it. Defaults to False.

    Returns:
        Matrix ``(len(x), N)``.

    Raises:
        ValueError: If ``x`` has not one dimension.

    Example:
        >>> from nncore import ops
        >>> ops.vander([1, 2, 3], increasing=True).tolist()
        [[1, 1, 1], [1, 2, 4], [1, 3, 9]]
    """
    x = as_operand(x)
    if len(x.shape) != 1:
        raise ValueError(f"vander: an array of one dimension was expected. Received: x.shape={tuple(x.shape)}.")
    powers = np.arange(len(x.shape) and (x.shape[0] if N is None else int(N)))
    powers = powers if increasing else powers[::-1]
    column = reshape(x, (x.shape[0], 1))
    return binary("pow", column, powers.astype(dtype_of(x) if dtype_of(x) not in ("bool", "uint8") else "int32"))


@op
def psnr(x1: Any, x2: Any, max_val: float) -> Any:
    """Peak signal-to-noise ratio of two signals, in decibels.

    Args:
        x1: The first signal.
        x2: The second signal, of the same shape.
        max_val: The largest value that signals may have.

    Returns:
        A number: ``20 log10(max_val) - 10 log10(mean square of the difference)``.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> from nncore import ops
        >>> round(float(ops.psnr([1.0, 2.0], [1.5, 2.5], 10.0)), 2)
        26.02
    """
    x1, x2 = _floats(x1, x2)
    if x1.shape != x2.shape:
        raise ValueError(
            f"psnr: two arrays of one shape were expected. Received: x1.shape={tuple(x1.shape)}, "
            f"x2.shape={tuple(x2.shape)}."
        )
    error = reduction.mean(unary("square", x1 - x2))
    return 20 * math.log10(max_val) - unary("log10", error) * 10.0

"""What resizing and transforming images pick: weights of old pixels for new ones, and pixels beyond the edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nncore.ops.elementwise import binary, unary


def _triangle(x: Any) -> Any:
    return np.maximum(0, 1 - np.abs(x))


def _cubic(x: Any) -> Any:
    """Keys's cubic with a = -1/2."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x >= 2, 0, np.where(x >= 1, far, near))


def _lanczos(radius: int) -> Callable[[Any], Any]:
    return lambda x: np.where(np.abs(x) > radius, 0, np.sinc(x) * np.sinc(x / radius))


INTERPOLATIONS: dict[str, Any] = {
    "nearest": None,
    "bilinear": _triangle,
    "bicubic": _cubic,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}


def nearest_indices(old: int, size: int) -> Any:
    """For each new pixel the old one that its middle lies in."""
    return np.floor((np.arange(size) + 0.5) * (old / size)).astype("int32").clip(0, old - 1)


def resampling_matrix(old: int, size: int, interpolation: str, antialias: bool) -> Any:
    """Weights ``(size, old)`` of old pixels for new ones; each row sums to 1."""
    step = old / size
    wide = max(step, 1.0) if antialias else 1.0
    middles = (np.arange(size) + 0.5) * step - 0.5
    weights = INTERPOLATIONS[interpolation]((middles[:, None] - np.arange(old)) / wide)
    return weights / weights.sum(axis=1, keepdims=True)


def taps_of(matrix: Any) -> list[tuple[Any, Any]]:
    """A banded matrix as pairs of indices and weights: row ``i`` picks ``index[i]`` of each with ``weight[i]``."""
    used = matrix != 0
    first = used.argmax(axis=1)
    count = int((matrix.shape[1] - used[:, ::-1].argmax(axis=1) - first).max())
    rows = np.arange(len(matrix))
    found = []
    for k in range(count):
        index = first + k
        inside = index < matrix.shape[1]
        index = np.minimum(index, matrix.shape[1] - 1)
        found.append((index.astype("int32"), np.where(inside, matrix[rows, index], 0.0)))
    return found


def indices_outside(index: Any, size: int, mode: str) -> Any:
    """Whole numbers (in floats) brought into ``0 .. size - 1`` as a fill mode says; ``"constant"`` clips."""
    if mode in ("constant", "nearest"):
        return binary("min", binary("max", index, 0.0), float(size - 1))
    if mode == "wrap":
        return _mod(index, size)
    if mode == "mirror":
        if size == 1:
            return index * 0.0
        around = 2 * (size - 1)
        folded = _mod(index, around)
        return binary("min", folded, around - folded)
    folded = _mod(index, 2 * size)
    return binary("min", folded, 2 * size - 1 - folded)


def _mod(x: Any, period: int) -> Any:
    """``x`` modulo a number, from 0 on; exact for whole numbers."""
    return x - unary("floor", x / float(period)) * float(period)

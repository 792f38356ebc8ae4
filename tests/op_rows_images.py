"""Rows of normalisations and of ops on images."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, normal


def _first(x: Any) -> Any:
    return np.moveaxis(x, 1, -1)


def _last(x: Any) -> Any:
    return np.moveaxis(x, -1, 1)


def _statistics(x: Any, axes: tuple[int, ...]) -> Any:
    return x.mean(axis=axes), x.var(axis=axes)


def _rows_norm(x: Any, axes: tuple[int, ...], rms: bool = False) -> Any:
    centred = x if rms else x - x.mean(axis=axes, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + 1e-3)


STATISTICS = [
    *(
        Case(
            f"moments:{label}",
            lambda x, axes=axes: ops.moments(x, axes),
            lambda x, axes=axes: _statistics(x, axes),
            normal(*shape),
            grad=(0,),
        )
        for label, shape, axes in (
            ("columns", (7, 5), (0,)),
            ("rows", (5, 7), (1,)),
            ("images", (3, 4, 2, 5), (0, 1, 2)),
            ("first", (3, 4, 2, 5), (0, 2, 3)),
            ("groups", (3, 4, 2, 5), (1, 3)),
            ("scattered", (3, 4, 2, 3, 2), (0, 2, 4)),
            ("all", (3, 4), (0, 1)),
            ("none", (3, 4), ()),
        )
    ),
    Case("moments:keepdims", lambda x: ops.moments(x, 1, True),
         lambda x: (x.mean(1, keepdims=True), x.var(1, keepdims=True)), normal(3, 4), grad=(0,)),
    Case("layer_normalization:plain", lambda x: ops.layer_normalization(x, epsilon=1e-3), lambda x: _rows_norm(x, (1,)),
         normal(3, 6), grad=(0,)),
    Case("layer_normalization:offset", lambda x, b: ops.layer_normalization(x, None, b, (1, 2), 1e-3),
         lambda x, b: _rows_norm(x, (1, 2)) + b, normal(3, 2, 4), normal(2, 4), grad=(0, 1)),
    Case("layer_normalization:axes", lambda x, g, b: ops.layer_normalization(x, g, b, (0, 2), 1e-3),
         lambda x, g, b: _rows_norm(x, (0, 2)) * g[:, None] + b[:, None], normal(3, 2, 4), normal(3, 4), normal(3, 4),
         grad=(0, 1, 2)),
    Case("layer_normalization:broadcast", lambda x, g: ops.layer_normalization(x, g, None, -1, 1e-3),
         lambda x, g: _rows_norm(x, (1,)) * g, normal(3, 4), normal(3, 1), grad=(0, 1)),
    Case("layer_normalization:rms_scaling", lambda x: ops.layer_normalization(x, epsilon=1e-3, rms_scaling=True),
         lambda x: x / np.sqrt(x.var(axis=1, keepdims=True) + 1e-3), normal(3, 4), grad=(0,)),
    Case("rms_normalization:plain", lambda x: ops.rms_normalization(x, epsilon=1e-3),
         lambda x: _rows_norm(x, (1,), True), normal(3, 6), grad=(0,)),
    Case("rms_normalization:axis", lambda x, g: ops.rms_normalization(x, g, 1, 1e-3),
         lambda x, g: _rows_norm(x, (1,), True) * g[:, None], normal(3, 2, 4), normal(2), grad=(0, 1)),
]  # fmt: skip


def _interpolated(x: Any, size: tuple[int, int]) -> Any:
    """Bilinear interpolation between the middles of pixels, one axis after the other."""
    for axis, n in enumerate(size, 1):
        old = x.shape[axis]
        at = np.clip((np.arange(n) + 0.5) * old / n - 0.5, 0, old - 1)
        x = np.apply_along_axis(lambda row, at=at, old=old: np.interp(at, np.arange(old), row), axis, x)
    return x


def _nearest(x: Any, size: tuple[int, int]) -> Any:
    for axis, n in enumerate(size, 1):
        x = np.take(x, [(2 * i + 1) * x.shape[axis] // (2 * n) for i in range(n)], axis=axis)
    return x


def _areas(x: Any, size: tuple[int, int]) -> Any:
    """Antialiased to a whole part of the size: triangles two parts wide."""
    for axis, n in enumerate(size, 1):
        step = x.shape[axis] // n
        weights = np.zeros((n, x.shape[axis]))
        for i, j in np.ndindex(*weights.shape):
            weights[i, j] = max(0.0, 1 - abs((i + 0.5) * step - 0.5 - j) / step)
        weights /= weights.sum(axis=1, keepdims=True)
        x = np.moveaxis(np.tensordot(weights, x, axes=(1, axis)), 0, axis)
    return x


def _turned(x: Any, transform: Any) -> Any:
    """An affine transform pixel by pixel, 0 outside."""
    padded = np.pad(x, ((0, 0), (9, 9), (9, 9), (0, 0)))
    y = np.zeros_like(x)
    for b, r, c in np.ndindex(*x.shape[:3]):
        a0, a1, a2, b0, b1, b2, c0, c1 = transform[b]
        k = c0 * c + c1 * r + 1
        column, row = (a0 * c + a1 * r + a2) / k + 9, (b0 * c + b1 * r + b2) / k + 9
        i, j = int(np.floor(row)), int(np.floor(column))
        for di, wi in ((0, i + 1 - row), (1, row - i)):
            for dj, wj in ((0, j + 1 - column), (1, column - j)):
                y[b, r, c] += padded[b, i + di, j + dj] * wi * wj
    return y


def _transforms(rng: Any) -> Any:
    return np.array([1.0, 0, 0, 0, 1, 0, 0, 0]) + rng.uniform(-0.2, 0.2, (2, 8)) * [1, 1, 1, 1, 1, 1, 0.2, 0.2]


IMAGES = [
    Case("image.resize", lambda x: ops.image.resize(x, (7, 3)), lambda x: _interpolated(x, (7, 3)), normal(2, 4, 5, 2),
         grad=(0,)),
    Case("image.resize:nearest", lambda x: ops.image.resize(x, (3, 8), "nearest"), lambda x: _nearest(x, (3, 8)),
         normal(2, 4, 5, 2), grad=(0,)),
    Case("image.resize:antialias", lambda x: ops.image.resize(x, (2, 2), antialias=True), lambda x: _areas(x, (2, 2)),
         normal(2, 4, 10, 2), grad=(0,)),
    Case("image.resize:channels_first", lambda x: ops.image.resize(x, (2, 7), data_format="channels_first"),
         lambda x: _last(_interpolated(_first(x), (2, 7))), normal(2, 2, 4, 5), grad=(0,)),
    Case("image.affine_transform", ops.image.affine_transform, _turned, normal(2, 4, 5, 2), _transforms, grad=(0,)),
]  # fmt: skip

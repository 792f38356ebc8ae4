"""Rows of colours, filters, patches and transforms of images."""

from __future__ import annotations

import colorsys
import itertools
from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, fixed, ints, normal, uniform

image = ops.image
_first, _last = (lambda x: np.moveaxis(x, -3, -1)), (lambda x: np.moveaxis(x, -1, -3))
FIRST = {"data_format": "channels_first"}


def _by_pixel(function: Any) -> Any:
    return lambda x: np.apply_along_axis(lambda p: np.array(function(*p)), -1, x)


def _grey(x: Any) -> Any:
    return (x @ np.array([0.2989, 0.5870, 0.1140]))[..., None]


def _correlated(x: Any, kernel: Any, same: bool = True) -> Any:
    """Each channel with a kernel, tap by tap; zeros around the image."""
    h, w = kernel.shape
    if same:
        x = np.pad(x, ((0, 0), ((h - 1) // 2, h // 2), ((w - 1) // 2, w // 2), (0, 0)))
    rows, columns = x.shape[1] - h + 1, x.shape[2] - w + 1
    return sum(kernel[i, j] * x[:, i : i + rows, j : j + columns] for i, j in np.ndindex(h, w))


def _bell(n: int, sigma: float) -> Any:
    taps = np.exp(-((np.arange(n) - (n - 1) / 2) ** 2) / (2 * sigma**2))
    return taps / taps.sum()


def _sobel(x: Any) -> Any:
    kernel = np.outer([-1, 0, 1], [1, 2, 1])
    return np.stack([_correlated(x, kernel), _correlated(x, kernel.T)], axis=-1)


def _ssim(x: Any, y: Any, n: int = 5, c1: float = 1e-4, c2: float = 9e-4) -> Any:
    mean = lambda z: _correlated(z, np.outer(_bell(n, 1.5), _bell(n, 1.5)), False)  # noqa: E731
    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    return ((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean(axis=(1, 2, 3))


def _patches(x: Any, size: Any, strides: Any, rates: Any, pads: Any) -> Any:
    """Patch by patch."""
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    counts = [(d - r * (k - 1) - 1) // s + 1 for d, k, s, r in zip(x.shape[1:-1], size, strides, rates, strict=True)]
    y = np.zeros((x.shape[0], *counts, np.prod(size) * x.shape[-1]))
    for at in np.ndindex(*counts):
        window = tuple(
            slice(i * s, i * s + r * (k - 1) + 1, r) for i, s, k, r in zip(at, strides, size, rates, strict=True)
        )
        y[(slice(None), *at)] = x[(slice(None), *window)].reshape(len(x), -1)
    return y


def _outside(i: int, n: int, mode: str) -> int | None:
    """An index beyond the edges, brought back as NumPy's padding does."""
    pad = {"nearest": "edge", "wrap": "wrap", "mirror": "reflect", "reflect": "symmetric"}.get(mode)
    if pad is None:
        return i if 0 <= i < n else None
    return int(np.pad(np.arange(n), 40, mode=pad)[i + 40])


def _mapped(x: Any, places: Any, order: int, mode: str, fill: float) -> Any:
    y = np.zeros(places.shape[1:])
    for at in np.ndindex(*y.shape):
        p = places[(slice(None), *at)]
        low = np.floor(p).astype(int)
        for corner in itertools.product((0, 1), repeat=len(p)):
            if order == 0:
                corner = np.floor(np.abs(p) + 0.5) * np.sign(p) - low if not any(corner) else None
                if corner is None:
                    continue
                weight = 1.0
            else:
                weight = np.prod([q - f if up else 1 - (q - f) for q, f, up in zip(p, low, corner, strict=True)])
            index = [_outside(int(f + up), n, mode) for f, up, n in zip(low, corner, x.shape, strict=True)]
            y[at] += weight * (fill if None in index else x[tuple(index)])
    return y


def _pulled(x: Any, start: Any, end: Any, fill: float) -> Any:
    """The homography by its eight equations, then pixel by pixel."""
    y = np.zeros_like(x)
    for b in range(len(x)):
        rows, target = [], []
        for (sx, sy), (ex, ey) in zip(start[b], end[b], strict=True):
            rows += [[ex, ey, 1, 0, 0, 0, -sx * ex, -sx * ey], [0, 0, 0, ex, ey, 1, -sy * ex, -sy * ey]]
            target += [sx, sy]
        h = np.append(np.linalg.solve(np.array(rows), target), 1.0).reshape(3, 3)
        grid = np.stack(np.meshgrid(np.arange(x.shape[2]), np.arange(x.shape[1]), indexing="xy"))
        u, v, w = np.tensordot(h, np.concatenate([grid, np.ones((1, *grid.shape[1:]))]), axes=1)
        for c in range(x.shape[3]):
            y[b, ..., c] = _mapped(x[b, ..., c], np.stack([v / w, u / w]), 1, "constant", fill)
    return y


_CORNERS = np.array([[[0.0, 0.0], [4.0, 0.0], [0.0, 3.0], [4.0, 3.0]]] * 2)


def _points(spread: float) -> Any:
    return lambda rng: _CORNERS + rng.uniform(-spread, spread, _CORNERS.shape)


def _scaled(x: Any, size: Any, scale: Any, shift: Any, wide: bool) -> Any:
    """Triangles around the place of each new element."""
    for axis, n in enumerate(size):
        place = (np.arange(n) + 0.5 - shift[axis]) / scale[axis] - 0.5
        reach = max(1 / scale[axis], 1.0) if wide else 1.0
        weights = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(x.shape[axis])) / reach)
        weights = weights / np.where(weights.sum(1) > 0, weights.sum(1), 1)[:, None]
        weights *= ((place >= -0.5) & (place <= x.shape[axis] - 0.5))[:, None]
        x = np.moveaxis(np.tensordot(weights, x, axes=(1, axis)), 0, axis)
    return x


_COLOURS = uniform(0.05, 0.95, 2, 3, 4, 3)
_BLUR = np.outer(_bell(5, 1.5), _bell(3, 0.8))
_PLACES = uniform(-2.9, 6.9, 2, 5, 4)
PICTURES = [
    Case("image.rgb_to_grayscale", image.rgb_to_grayscale, _grey, _COLOURS, grad=(0,)),
    Case("image.rgb_to_grayscale:first", lambda x: image.rgb_to_grayscale(x, **FIRST),
         lambda x: _last(_grey(_first(x))), uniform(0, 1, 3, 4, 5)),
    Case("image.rgb_to_grayscale:bytes", image.rgb_to_grayscale, lambda x: _grey(x).astype("uint8"),
         ints(0, 256, 2, 3, 3, dtype="uint8")),
    Case("image.rgb_to_hsv", image.rgb_to_hsv, _by_pixel(colorsys.rgb_to_hsv), _COLOURS, grad=(0,), tol=4),
    Case("image.rgb_to_hsv:grey", image.rgb_to_hsv, lambda x: x * [0, 0, 1], fixed([[[0.5] * 3] * 2, [[0.0] * 3] * 2])),
    Case("image.hsv_to_rgb", image.hsv_to_rgb, _by_pixel(colorsys.hsv_to_rgb), _COLOURS, grad=(0,), tol=4),
    Case("image.hsv_to_rgb:first", lambda x: image.hsv_to_rgb(x, **FIRST),
         lambda x: _last(_by_pixel(colorsys.hsv_to_rgb)(_first(x))), uniform(0, 1, 3, 4, 5), tol=4),
    Case("image.gaussian_blur", lambda x: image.gaussian_blur(x, (3, 5), (0.8, 1.5)), lambda x: _correlated(x, _BLUR),
         normal(2, 5, 6, 2), grad=(0,)),
    Case("image.gaussian_blur:one", lambda x, s: image.gaussian_blur(x, (3, 3), s, **FIRST),
         lambda x, s: _last(_correlated(_first(x)[None], np.outer(_bell(3, s[1]), _bell(3, s[0])))[0]),
         normal(2, 4, 5), uniform(0.5, 2, 2), grad=(0, 1)),
    Case("image.sobel_edges", image.sobel_edges, _sobel, normal(2, 4, 5, 2), grad=(0,)),
    Case("image.sobel_edges:first", lambda x: image.sobel_edges(x, **FIRST),
         lambda x: np.moveaxis(_sobel(np.moveaxis(x, 1, -1)), 3, 1), normal(2, 2, 4, 5)),
    Case("image.ssim", lambda x, y: image.ssim(x, y, filter_size=5), _ssim, uniform(0, 1, 2, 7, 8, 2),
         uniform(0, 1, 2, 7, 8, 2), grad=(0, 1), tol=30),
    Case("image.ssim:one", lambda x, y: image.ssim(x, y, 2.0, 5, k1=0.02, k2=0.05),
         lambda x, y: _ssim(x[None], y[None], 5, 0.0016, 0.01)[0], normal(6, 6, 3), normal(6, 6, 3), tol=30),
    Case("image.extract_patches", lambda x: image.extract_patches(x, (2, 3)),
         lambda x: _patches(x, (2, 3), (2, 3), (1, 1), ((0, 0), (0, 0))), normal(2, 4, 6, 2), grad=(0,)),
    Case("image.extract_patches:apart", lambda x: image.extract_patches(x, 2, (1, 2), (2, 1)),
         lambda x: _patches(x, (2, 2), (1, 2), (2, 1), ((0, 0), (0, 0))), normal(2, 4, 5, 2), grad=(0,)),
    Case("image.extract_patches:same", lambda x: image.extract_patches(x, 3, 2, padding="same", **FIRST),
         lambda x: _last(_patches(_first(x)[None], (3, 3), (2, 2), (1, 1), ((1, 1), (0, 1)))[0]), normal(2, 5, 4)),
    Case("image.extract_patches_3d", lambda x: image.extract_patches_3d(x, 2, (1, 2, 1)),
         lambda x: _patches(x, (2, 2, 2), (1, 2, 1), (1, 1, 1), ((0, 0),) * 3), normal(2, 3, 4, 2, 2), grad=(0,)),
    Case("image.pad_images", lambda x: image.pad_images(x, 1, 2, target_height=6, target_width=8),
         lambda x: np.pad(x, ((0, 0), (1, 2), (2, 2), (0, 0))), normal(2, 3, 4, 2), grad=(0,)),
    Case("image.pad_images:first", lambda x: image.pad_images(x, bottom_padding=1, left_padding=0, right_padding=2,
                                                              target_height=5, **FIRST),
         lambda x: np.pad(x, ((0, 0), (1, 1), (0, 2))), normal(2, 3, 4)),
    Case("image.crop_images", lambda x: image.crop_images(x, 1, 2, target_height=2, target_width=1),
         lambda x: x[:, 1:3, 2:3], normal(2, 4, 5, 2), grad=(0,)),
    Case("image.crop_images:first", lambda x: image.crop_images(x, 0, 1, 1, 2, **FIRST), lambda x: x[:, :-1, 1:-2],
         normal(2, 4, 5)),
    *[
        Case(
            f"image.map_coordinates:{mode},{order}",
            lambda x, p, mode=mode, order=order: image.map_coordinates(x, p, order, mode, 0.5),
            lambda x, p, mode=mode, order=order: _mapped(x, p, order, mode, 0.5),
            normal(3, 4), _PLACES, grad=(0, 1) if order else (0,),
        )
        for mode in ("constant", "nearest", "wrap", "mirror", "reflect")
        for order in (0, 1)
    ],
    Case("image.perspective_transform", lambda x, s, e: image.perspective_transform(x, s, e, fill_value=0.5),
         lambda x, s, e: _pulled(x, s, e, 0.5), normal(2, 4, 5, 2), _points(0.4), _points(0.4), grad=(0, 1, 2), tol=30),
    Case("image.scale_and_translate",
         lambda x, s, t: image.scale_and_translate(x, (7, 3, 2), s, t, (0, 1), "linear"),
         lambda x, s, t: _scaled(x, (7, 3), s, t, True), normal(4, 5, 2), uniform(0.5, 2, 2), uniform(-1, 1, 2),
         grad=(0, 1, 2), tol=4),
    Case("image.scale_and_translate:sharp",
         lambda x, s, t: image.scale_and_translate(x, (3, 7), s, t, (0, 1), "bilinear", antialias=False),
         lambda x, s, t: _scaled(x, (3, 7), s, t, False), normal(4, 5), uniform(0.5, 2, 2), uniform(-1, 1, 2), tol=4),
]  # fmt: skip

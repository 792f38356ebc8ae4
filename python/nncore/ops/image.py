"""Images: the functions of ``ops.image``; here resizing and affine transforms, made of picking and weighting.

Arrays are images ``(H, W, C)`` or batches of them ``(B, H, W, C)``; with ``"channels_first"`` the channels come before
the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, to_float
from nncore.ops.elementwise import convert
from nncore.ops.image_colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from nncore.ops.image_filters import gaussian_blur, sobel_edges, ssim
from nncore.ops.image_patches import crop_images, extract_patches, extract_patches_3d, pad_images
from nncore.ops.image_transforms import (
    elastic_transform,
    map_coordinates,
    perspective_transform,
    sample_images,
    scale_and_translate,
)
from nncore.ops.indexing import take
from nncore.ops.linalg import tensordot
from nncore.ops.resampling import INTERPOLATIONS, nearest_indices, resampling_matrix, taps_of
from nncore.ops.shape import broadcast_to, pad, reshape, transpose
from nncore.ops.spatial import sizes, standardize_data_format

__all__ = [
    "affine_transform",
    "crop_images",
    "elastic_transform",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "scale_and_translate",
    "sobel_edges",
    "ssim",
]


def __dir__() -> list[str]:
    return sorted(__all__)


FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
_MOST_TAPS = 6  # of picking; with more a matrix product is faster


def _images(name: str, images: Any, data_format: Any) -> tuple[Any, str]:
    data_format = standardize_data_format(name, data_format)
    x = as_operand(images)
    if len(x.shape) not in (3, 4):
        raise ValueError(
            f"{name}: an image of three dimensions or a batch of four was expected. "
            f"Received: images.shape={tuple(x.shape)}."
        )
    return x, data_format


def _rows_axis(x: Any, data_format: str) -> int:
    return len(x.shape) - (3 if data_format == "channels_last" else 2)


def _resample(x: Any, axis: int, size: int, interpolation: str, antialias: bool) -> Any:
    """Resize along one axis."""
    old = x.shape[axis]
    if interpolation == "nearest":
        return take(x, nearest_indices(old, size), axis=axis)
    if old == size:
        return x
    matrix = resampling_matrix(old, size, interpolation, antialias)
    taps = taps_of(matrix)
    if len(taps) > _MOST_TAPS:
        y = tensordot(x, convert(as_operand(matrix), dtype_of(x)), axes=((axis,), (1,)))
        order = list(range(len(x.shape) - 1))
        order.insert(axis, len(x.shape) - 1)
        return transpose(y, tuple(order))
    total: Any = None
    column = tuple(size if i == axis else 1 for i in range(len(x.shape)))
    for index, weight in taps:
        term = take(x, index, axis=axis) * convert(as_operand(weight.reshape(column)), dtype_of(x))
        total = term if total is None else total + term
    return total


@op
def resize(
    images: Any,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Resize images; pixels are areas, so that the corners of old and new images meet.

    Args:
        images: Image or batch of images.
        size: New height and width.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``. Defaults to
            ``"bilinear"``.
        antialias: Average over all pixels that a smaller image's pixel covers. Defaults to False.
        crop_to_aspect_ratio: Cut the middle of the new aspect ratio out first. Defaults to False.
        pad_to_aspect_ratio: Add borders to the new aspect ratio first. Defaults to False.
        fill_mode: How borders are filled: ``"constant"``.
        fill_value: With what. Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats.

    Raises:
        ValueError: If an argument is none of these.

    Example:
        >>> from nncore import ops
        >>> ops.image.resize([[[1.0], [3.0]]], (1, 4))[0, :, 0]
        array([1. , 1.5, 2.5, 3. ], dtype=float32)
    """
    x, data_format = _images("resize", images, data_format)
    height, width = sizes("resize", "size", size, 2)
    if not isinstance(interpolation, str) or interpolation.lower() not in INTERPOLATIONS:
        raise ValueError(
            f"resize: `interpolation` should be one of {sorted(INTERPOLATIONS)}. Received: "
            f"interpolation={interpolation!r}."
        )
    if fill_mode != "constant":
        raise ValueError(f"resize: `fill_mode` should be 'constant'. Received: fill_mode={fill_mode!r}.")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("resize: either `crop_to_aspect_ratio` or `pad_to_aspect_ratio` may be True. Received: both.")
    x = convert(x, to_float(dtype_of(x)))
    axis = _rows_axis(x, data_format)
    if crop_to_aspect_ratio:
        x = _to_ratio(x, axis, width / height, crop=True)
    elif pad_to_aspect_ratio:
        x = _to_ratio(x, axis, width / height, crop=False, fill=fill_value)
    x = _resample(x, axis, height, interpolation.lower(), antialias)
    return _resample(x, axis + 1, width, interpolation.lower(), antialias)


def _to_ratio(x: Any, axis: int, ratio: float, crop: bool, fill: float = 0.0) -> Any:
    """Cut out the middle, or add borders, so that width / height becomes ``ratio``."""
    height, width = x.shape[axis : axis + 2]
    if crop:
        rows, columns = max(min(height, int(width / ratio)), 1), max(min(width, int(height * ratio)), 1)
        index: list[Any] = [slice(None)] * len(x.shape)
        for at, (old, new) in enumerate(((height, rows), (width, columns)), axis):
            start = (old - new) // 2
            index[at] = slice(start, start + new)
        return x[tuple(index)]
    rows, columns = max(height, int(width / ratio)), max(width, int(height * ratio))
    borders = [(0, 0)] * len(x.shape)
    # Along one dimension only; the same number of pixels at both ends.
    at, border = (axis, (rows - height) // 2) if rows > height else (axis + 1, (columns - width) // 2)
    borders[at] = (border, border)
    return pad(x, borders, constant_values=fill)


@op
def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Any:
    """Move, rotate, scale and shear images.

    Args:
        images: Image or batch of images.
        transform: Eight numbers ``a0, a1, a2, b0, b1, b2, c0, c1``, or as many per image: the output's pixel ``(x, y)``
            is the input's at ``((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`` with ``k = c0 x + c1 y + 1``.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        fill_mode: What lies outside of the input: ``"constant"``, ``"nearest"`` (its edge), ``"wrap"`` (the input
            again), ``"reflect"`` (its mirror image, edge repeated) or ``"mirror"`` (edge not repeated). Defaults to
            ``"constant"``.
        fill_value: The constant. Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats of the images' shape.

    Raises:
        ValueError: If an argument is none of these.

    Example:
        >>> from nncore import ops
        >>> shift = [1, 0, 1, 0, 1, 0, 0, 0]  # one pixel to the left
        >>> ops.image.affine_transform([[[1.0], [3.0]]], shift)[0, :, 0]
        array([3., 0.], dtype=float32)
    """
    x, data_format = _images("affine_transform", images, data_format)
    transform = as_operand(transform)
    single = len(x.shape) == 3
    batch = 1 if single else x.shape[0]
    if tuple(transform.shape) not in ((8,), (batch, 8)):
        raise ValueError(
            f"affine_transform: `transform` should have the shape (8,) or ({batch}, 8). "
            f"Received: transform.shape={tuple(transform.shape)}."
        )
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError(
            "affine_transform: `interpolation` should be 'nearest' or 'bilinear'. "
            f"Received: interpolation={interpolation!r}."
        )
    if fill_mode not in FILL_MODES:
        raise ValueError(f"affine_transform: `fill_mode` should be one of {FILL_MODES}. Received: {fill_mode!r}.")
    x = convert(x, to_float(dtype_of(x)))
    if single:
        x = reshape(x, (1, *x.shape))
    if data_format == "channels_first":
        x = transpose(x, (0, 2, 3, 1))
    rows, columns = _coordinates(convert(transform, dtype_of(x)), batch, x.shape[1:3])
    y = sample_images(x, rows, columns, interpolation, fill_mode, float(fill_value))
    if data_format == "channels_first":
        y = transpose(y, (0, 3, 1, 2))
    return reshape(y, y.shape[1:]) if single else y


def _coordinates(transform: Any, batch: int, size: Any) -> tuple[Any, Any]:
    """Where in the input the output's pixels lie: two arrays ``(B, H, W)``."""
    height, width = size
    transform = broadcast_to(reshape(transform, (-1, 8)), (batch, 8))
    y, x = (np.reshape(np.arange(n, dtype="float64"), s) for n, s in ((height, (1, -1, 1)), (width, (1, 1, -1))))
    y, x = (convert(as_operand(v), dtype_of(transform)) for v in (y, x))
    a0, a1, a2, b0, b1, b2, c0, c1 = (reshape(transform[:, i], (batch, 1, 1)) for i in range(8))
    k = c0 * x + c1 * y + 1.0
    return (b0 * x + b1 * y + b2) / k, (a0 * x + a1 * y + a2) / k

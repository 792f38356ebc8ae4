"""Parts of images: patches, borders and cut-outs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand
from nncore.ops.indexing import gather
from nncore.ops.shape import pad, reshape, slice_of, transpose
from nncore.ops.spatial import (
    channels_back,
    channels_last,
    low_padding,
    sizes,
    standardize_data_format,
    standardize_padding,
    window_count,
)


def _patches(name: str, x: Any, n: int, size: Any, strides: Any, dilation: Any, padding: Any, data_format: Any) -> Any:
    data_format = standardize_data_format(name, data_format)
    padding = standardize_padding(name, padding)
    x = as_operand(x)
    if len(x.shape) not in (n + 1, n + 2):
        raise ValueError(f"{name}: {n + 1} or {n + 2} dimensions were expected. Received: shape={tuple(x.shape)}.")
    size = sizes(name, "size", size, n)
    strides = size if strides is None else sizes(name, "strides", strides, n)
    dilation = sizes(name, "dilation_rate", dilation, n)
    single = len(x.shape) == n + 1
    x = channels_last(reshape(x, (1, *x.shape)) if single else x, data_format)
    batch, *old, channels = x.shape
    counts, borders = [], [(0, 0)]
    for extent, taps, stride, rate in zip(old, size, strides, dilation, strict=True):
        reach = (taps - 1) * rate + 1
        count = window_count(extent, reach, stride, padding)
        if count < 1:
            raise ValueError(f"{name}: patches should fit into the image. Received: size={size}, shape={tuple(old)}.")
        low = low_padding(extent, reach, stride, padding)
        counts.append(count)
        borders.append((low, max((count - 1) * stride + reach - extent - low, 0)))
    if any(map(any, borders)):
        x = pad(x, (*borders, (0, 0)))
    for axis, (count, taps, stride, rate) in enumerate(zip(counts, size, strides, dilation, strict=True), 1):
        place = np.arange(count)[:, None] * stride + np.arange(taps) * rate
        whole = place.size == x.shape[axis] and (np.diff(place.reshape(-1)) == 1).all()
        x = x if whole else gather(x, place.reshape(-1).astype("int32"), axis)
    x = reshape(x, (batch, *(d for pair in zip(counts, size, strict=True) for d in pair), channels))
    order = (0, *range(1, 2 * n, 2), *range(2, 2 * n + 1, 2), 2 * n + 1)
    y = channels_back(reshape(transpose(x, order), (batch, *counts, math.prod(size) * channels)), data_format)
    return reshape(y, y.shape[1:]) if single else y


@op
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Lay the patches of images out along the channels.

    Args:
        images: Image or batch of images; volumes if ``size`` has three numbers.
        size: Height and width of a patch, one number for both, or depth, height and width.
        strides: Distance of patches. Defaults to None: ``size``, so that they don't overlap.
        dilation_rate: Distance of a patch's pixels. Defaults to 1.
        padding: ``"valid"``: patches inside of the image; ``"same"``: zeros around it, so that all pixels count.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array with a pixel for each patch, whose channels are the patch's pixels and their channels.

    Raises:
        ValueError: If an argument is none of these, or patches don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.image.extract_patches(ops.ones((2, 20, 20, 3)), 5).shape
        (2, 4, 4, 75)
    """
    n = 3 if isinstance(size, (tuple, list)) and len(size) == 3 else 2
    return _patches("extract_patches", images, n, size, strides, dilation_rate, padding, data_format)


@op
def extract_patches_3d(
    volumes: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Lay the patches of volumes out along the channels.

    Args:
        volumes: Volume or batch of volumes.
        size: Depth, height and width of a patch, or one number for all.
        strides: Distance of patches. Defaults to None: ``size``, so that they don't overlap.
        dilation_rate: Distance of a patch's voxels. Defaults to 1.
        padding: ``"valid"``: patches inside of the volume; ``"same"``: zeros around it, so that all voxels count.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array with a voxel for each patch, whose channels are the patch's voxels and their channels.

    Raises:
        ValueError: If an argument is none of these, or patches don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.image.extract_patches_3d(ops.ones((2, 4, 4, 4, 3)), 2).shape
        (2, 2, 2, 2, 24)
    """
    return _patches("extract_patches_3d", volumes, 3, size, strides, dilation_rate, padding, data_format)


def _lengths(name: str, old: int, before: Any, after: Any, target: Any, words: Any, sign: int) -> tuple[int, int]:
    """Pixels at both ends, of which, with the target size, one may be left out."""
    if [before, after, target].count(None) > 1:
        raise ValueError(
            f"{name}: two of `{words[0]}`, `{words[1]}` and `{words[2]}` should be given. Received: "
            f"{words[0]}={before}, {words[1]}={after}, {words[2]}={target}."
        )
    if before is None:
        before = (target - old) * sign - after
    if after is None:
        after = (target - old) * sign - before
    if min(before, after, old + sign * (before + after)) < 0 or (
        target is not None and old + sign * (before + after) != target
    ):
        raise ValueError(
            f"{name}: the borders should not be negative, and fit `{words[2]}`. Received: {words[0]}={before}, "
            f"{words[1]}={after}, {words[2]}={target} for {old} pixels."
        )
    return int(before), int(after)


def _borders(name: str, images: Any, given: Any, what: str, data_format: Any, sign: int) -> tuple[Any, int, Any]:
    """The images, the axis of their rows, and the borders of both axes."""
    first = standardize_data_format(name, data_format) == "channels_first"
    x = as_operand(images)
    if len(x.shape) not in (3, 4):
        raise ValueError(
            f"{name}: an image of three dimensions or a batch of four was expected. "
            f"Received: images.shape={tuple(x.shape)}."
        )
    axis = len(x.shape) - (2 if first else 3)
    top, left, bottom, right, height, width = given
    rows = _lengths(name, x.shape[axis], top, bottom, height, (f"top_{what}", f"bottom_{what}", "target_height"), sign)
    columns = _lengths(
        name, x.shape[axis + 1], left, right, width, (f"left_{what}", f"right_{what}", "target_width"), sign
    )
    return x, axis, (rows, columns)


@op
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Put borders of zeros around images. Of top, bottom and target height two are given, likewise for the width.

    Args:
        images: Image or batch of images.
        top_padding: Rows above.
        left_padding: Columns to the left.
        bottom_padding: Rows below.
        right_padding: Columns to the right.
        target_height: New height.
        target_width: New width.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of the new size.

    Raises:
        ValueError: If the borders are not settled, or negative.

    Example:
        >>> from nncore import ops
        >>> ops.image.pad_images(ops.ones((2, 4, 5, 3)), 2, 3, target_height=10, target_width=9).shape
        (2, 10, 9, 3)
    """
    given = (top_padding, left_padding, bottom_padding, right_padding, target_height, target_width)
    x, axis, borders = _borders("pad_images", images, given, "padding", data_format, 1)
    room = [(0, 0)] * len(x.shape)
    room[axis], room[axis + 1] = borders
    return pad(x, room)


@op
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Cut borders off images. Of top, bottom and target height two are given, likewise for the width.

    Args:
        images: Image or batch of images.
        top_cropping: Rows above.
        left_cropping: Columns to the left.
        bottom_cropping: Rows below.
        right_cropping: Columns to the right.
        target_height: New height.
        target_width: New width.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of the new size.

    Raises:
        ValueError: If the borders are not settled, or negative.

    Example:
        >>> from nncore import ops
        >>> ops.image.crop_images(ops.ones((2, 8, 9, 3)), 1, 2, target_height=4, target_width=5).shape
        (2, 4, 5, 3)
    """
    given = (top_cropping, left_cropping, bottom_cropping, right_cropping, target_height, target_width)
    x, axis, borders = _borders("crop_images", images, given, "cropping", data_format, -1)
    starts, shape = [0] * len(x.shape), list(x.shape)
    for i, (before, after) in enumerate(borders, axis):
        starts[i], shape[i] = before, x.shape[i] - before - after
    return slice_of(x, starts, shape, [1] * len(shape))

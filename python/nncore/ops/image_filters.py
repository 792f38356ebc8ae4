"""Filters of images: blurring, edges, and how alike two images look."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ops import reduction
from nncore.ops.apply import op
from nncore.ops.convolution import depthwise_conv
from nncore.ops.dtypes import as_operand, dtype_of, is_float, is_weak, to_float
from nncore.ops.elementwise import convert, unary
from nncore.ops.shape import broadcast_to, reshape, stack, transpose
from nncore.ops.spatial import sizes, standardize_data_format


def as_batch(name: str, images: Any, data_format: Any) -> tuple[Any, Any]:
    """Images as a batch of floats with channels last, and the function that undoes it for a result."""
    first = standardize_data_format(name, data_format) == "channels_first"
    x = as_operand(images)
    if len(x.shape) not in (3, 4):
        raise ValueError(
            f"{name}: an image of three dimensions or a batch of four was expected. "
            f"Received: images.shape={tuple(x.shape)}."
        )
    single = len(x.shape) == 3
    x = convert(x, to_float(dtype_of(x)))
    x = reshape(x, (1, *x.shape)) if single else x
    x = transpose(x, (0, 2, 3, 1)) if first else x

    def back(y: Any) -> Any:
        if first:
            y = transpose(y, (0, 3, 1, 2, *range(4, len(y.shape))))
        return reshape(y, y.shape[1:]) if single else y

    return x, back


def _along(x: Any, taps: Any, axis: int, padding: str) -> Any:
    """Filter each channel along one axis with a vector of taps."""
    shape = [1, 1, 1, 1]
    shape[axis - 1] = taps.shape[0]
    kernel = broadcast_to(reshape(taps, shape), (*shape[:2], x.shape[3], 1))
    return depthwise_conv(x, kernel, padding=padding, data_format="channels_last")


def gaussian_taps(size: int, sigma: Any, dtype: str) -> Any:
    """Weights of a bell curve around the middle, which sum to 1."""
    place = as_operand(np.arange(size, dtype=dtype) - (size - 1) / 2)
    bell = unary("exp", unary("square", convert(place, dtype) / sigma) * -0.5)
    return bell / reduction.sum(bell)


@op
def gaussian_blur(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> Any:
    """Blur images with a bell curve; beyond the edges is 0.

    Args:
        images: Image or batch of images.
        kernel_size: Number of pixels of the curve along the width and the height. Defaults to (3, 3).
        sigma: Standard deviations along the width and the height, in pixels. Defaults to (1, 1).
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats of the same shape.

    Raises:
        ValueError: If the shape or the size is none of these.

    Example:
        >>> from nncore import ops
        >>> ops.image.gaussian_blur(ops.ones((3, 3, 1)))[1, 1]
        array([1.], dtype=float32)
    """
    x, back = as_batch("gaussian_blur", images, data_format)
    width, height = sizes("gaussian_blur", "kernel_size", kernel_size, 2)
    if isinstance(sigma, (tuple, list)) and all(map(is_weak, sigma)):
        sigma = np.asarray(sigma, dtype_of(x))  # a list would be of floatx
    spread = convert(as_operand(sigma), dtype_of(x))
    if tuple(spread.shape) != (2,):
        raise ValueError(f"gaussian_blur: `sigma` should be two numbers. Received: sigma.shape={tuple(spread.shape)}.")
    for axis, size, i in ((1, height, 1), (2, width, 0)):
        x = _along(x, gaussian_taps(size, spread[i], dtype_of(x)), axis, "same")
    return back(x)


@op
def sobel_edges(images: Any, data_format: str | None = None) -> Any:
    """Slopes of images along both axes, by Sobel's filters; beyond the edges is 0.

    Args:
        images: Image or batch of images.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats of the images' shape with a new last axis: slope downwards, slope to the right.

    Raises:
        ValueError: If the shape is none of these.

    Example:
        >>> from nncore import ops
        >>> ops.image.sobel_edges(ops.zeros((1, 8, 8, 3))).shape
        (1, 8, 8, 3, 2)
    """
    x, back = as_batch("sobel_edges", images, data_format)
    slope, mean = (np.asarray(taps, dtype_of(x)) for taps in ((-1, 0, 1), (1, 2, 1)))
    down = _along(_along(x, slope, 1, "same"), mean, 2, "same")
    right = _along(_along(x, mean, 1, "same"), slope, 2, "same")
    return back(stack([down, right], axis=-1))


@op
def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Any:
    """Structural similarity of images: 1 where they are equal.

    Args:
        image1: Image or batch of images.
        image2: Images of the same shape.
        max_val: Distance of the darkest to the brightest possible value. Defaults to 1.
        filter_size: Side of the windows that are compared, in pixels. Defaults to 11.
        filter_sigma: Standard deviation of the bell curve that weights a window's pixels. Defaults to 1.5.
        k1: Keeps the comparison of means stable. Defaults to 0.01.
        k2: Keeps the comparison of variances stable. Defaults to 0.03.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        One number for each image.

    Raises:
        ValueError: If the shapes differ or are smaller than the window.

    Example:
        >>> from nncore import ops
        >>> x = ops.ones((1, 16, 16, 3))
        >>> ops.image.ssim(x, x)
        array([1.], dtype=float32)
    """
    x, _ = as_batch("ssim", image1, data_format)
    y, _ = as_batch("ssim", image2, data_format)
    if x.shape != y.shape or len(as_operand(image1).shape) != len(as_operand(image2).shape):
        raise ValueError(
            f"ssim: two images of one shape were expected. Received: {tuple(as_operand(image1).shape)} and "
            f"{tuple(as_operand(image2).shape)}."
        )
    taps = gaussian_taps(sizes("ssim", "filter_size", filter_size, 1)[0], float(filter_sigma), dtype_of(x))

    def mean(z: Any) -> Any:
        return _along(_along(z, taps, 1, "valid"), taps, 2, "valid")

    mean_x, mean_y = mean(x), mean(y)
    var_x, var_y = mean(x * x) - mean_x * mean_x, mean(y * y) - mean_y * mean_y
    covariance = mean(x * y) - mean_x * mean_y
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    alike = (2.0 * mean_x * mean_y + c1) * (2.0 * covariance + c2)
    alike = alike / ((mean_x * mean_x + mean_y * mean_y + c1) * (var_x + var_y + c2))
    result = reduction.mean(alike, axis=(1, 2, 3))
    result = reshape(result, ()) if len(as_operand(image1).shape) == 3 else result
    own = dtype_of(as_operand(image1))
    return result if is_float(own) else convert(result, own)

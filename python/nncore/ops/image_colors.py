"""Colours of images: grey values, and hue, saturation and value."""

from __future__ import annotations

from typing import Any

from nncore.ops import reduction
from nncore.ops.apply import op
from nncore.ops.arrange import cut
from nncore.ops.dtypes import as_operand, dtype_of, is_float, to_float
from nncore.ops.elementwise import binary, clip, convert, unary, where
from nncore.ops.shape import concatenate
from nncore.ops.spatial import standardize_data_format

_GREY = (0.2989, 0.5870, 0.1140)


def _channels(name: str, images: Any, data_format: Any, allowed: tuple[int, ...], floats: bool) -> tuple[Any, int]:
    """The images, and their channel axis."""
    x = as_operand(images)
    first = standardize_data_format(name, data_format) == "channels_first"
    axis = len(x.shape) - (3 if first else 1)
    if len(x.shape) not in (3, 4) or x.shape[axis] not in allowed:
        raise ValueError(
            f"{name}: an image of three dimensions or a batch of four was expected, with "
            f"{' or '.join(map(str, allowed))} channels. Received: images.shape={tuple(x.shape)}."
        )
    if floats and not is_float(dtype_of(x)):
        raise ValueError(f"{name}: images of floats were expected. Received: images.dtype={dtype_of(x)}.")
    return x, axis


def _planes(x: Any, axis: int) -> list[Any]:
    return [cut(x, axis, i, 1) for i in range(3)]


@op
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    """Grey values of coloured images: ``0.2989 red + 0.587 green + 0.114 blue``.

    Args:
        images: Image or batch of images of three channels; of one channel they stay as they are.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of the same dtype with one channel.

    Raises:
        ValueError: If the shape is none of these.

    Example:
        >>> from nncore import ops
        >>> ops.image.rgb_to_grayscale([[[1.0, 1.0, 1.0]]]).round(3)
        array([[[1.]]], dtype=float32)
    """
    x, axis = _channels("rgb_to_grayscale", images, data_format, (1, 3), False)
    if x.shape[axis] == 1:
        return x
    planes = _planes(convert(x, to_float(dtype_of(x))), axis)
    grey = sum((plane * weight for plane, weight in zip(planes[1:], _GREY[1:], strict=True)), planes[0] * _GREY[0])
    return convert(grey, dtype_of(x))


@op
def rgb_to_hsv(images: Any, data_format: str | None = None) -> Any:
    """Hue, saturation and value of coloured images.

    Args:
        images: Image or batch of images of three channels, floats in [0, 1].
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of the same shape and dtype, all three in [0, 1].

    Raises:
        ValueError: If the shape is none of these, or the images hold no floats.

    Example:
        >>> from nncore import ops
        >>> ops.image.rgb_to_hsv([[[0.0, 0.5, 0.0]]]).round(3).tolist()
        [[[0.3330000042915344, 1.0, 0.5]]]
    """
    x, axis = _channels("rgb_to_hsv", images, data_format, (3,), True)
    red, green, blue = _planes(x, axis)
    value = reduction.max(x, axis, keepdims=True)
    spread = value - reduction.min(x, axis, keepdims=True)
    coloured = binary("gt", spread, 0)
    sixth = 1.0 / (where(coloured, spread, 1.0) * 6.0)
    hue = where(
        binary("eq", value, red),
        sixth * (green - blue),
        where(binary("eq", value, green), sixth * (blue - red) + 2.0 / 6, sixth * (red - green) + 4.0 / 6),
    )
    hue = where(coloured, hue, 0.0)
    hue = hue + convert(binary("lt", hue, 0), dtype_of(x))
    bright = binary("gt", value, 0)
    saturation = where(bright, spread / where(bright, value, 1.0), 0.0)
    return concatenate([hue, saturation, value], axis=axis)


@op
def hsv_to_rgb(images: Any, data_format: str | None = None) -> Any:
    """Coloured images from hue, saturation and value.

    Args:
        images: Image or batch of images of three channels, floats; a hue goes on at 0 where it exceeds 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of the same shape and dtype: red, green and blue.

    Raises:
        ValueError: If the shape is none of these, or the images hold no floats.

    Example:
        >>> from nncore import ops
        >>> ops.image.hsv_to_rgb([[[0.0, 1.0, 0.5]]])
        array([[[0.5, 0. , 0. ]]], dtype=float32)
    """
    x, axis = _channels("hsv_to_rgb", images, data_format, (3,), True)
    hue, saturation, value = _planes(x, axis)
    turn = (hue - unary("floor", hue)) * 6.0
    shares = [
        clip(unary("abs", turn - 3.0) - 1.0, 0.0, 1.0),
        clip(2.0 - unary("abs", turn - 2.0), 0.0, 1.0),
        clip(2.0 - unary("abs", turn - 4.0), 0.0, 1.0),
    ]
    return concatenate([value * (1.0 - saturation + saturation * share) for share in shares], axis=axis)

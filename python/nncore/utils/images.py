"""Images between files, Pillow and arrays. Pillow is needed only here, and loaded when it is."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from nncore import config

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img", "smart_resize"]

_FORMATS = ("channels_last", "channels_first")
_COLOR_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def _pillow(owner: str) -> Any:
    try:
        import PIL.Image
    except ImportError as error:
        raise ImportError(
            f"Could not import PIL.Image. The use of `{owner}` requires PIL: install it with `pip install pillow`."
        ) from error
    return PIL.Image


def _layout(data_format: str | None) -> str:
    found = config.image_data_format() if data_format is None else data_format
    if found not in _FORMATS:
        raise ValueError(f"`data_format` should be one of {_FORMATS}. Received: data_format={data_format!r}")
    return found


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """Make a Pillow image of an array.

    Args:
        x: Array of one image, ``(height, width, channels)`` with 1, 3 or 4 channels, or with the channels first.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        scale: Stretch the values so that the smallest becomes 0 and the largest 255. Defaults to True.
        dtype: dtype to compute in. Defaults to ``config.floatx()``.

    Returns:
        A ``PIL.Image.Image``.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If the array is no image.

    Example:
        >>> import numpy as np
        >>> from nncore.utils import array_to_img
        >>> array_to_img(np.zeros((4, 6, 3))).size
        (6, 4)
    """
    layout = _layout(data_format)
    pillow = _pillow("array_to_img")
    pixels = np.asarray(x, dtype=dtype or config.floatx())
    if pixels.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Received: an array of shape {pixels.shape}"
        )
    if layout == "channels_first":
        pixels = pixels.transpose(1, 2, 0)
    channels = pixels.shape[2]
    if channels not in (1, 3, 4):
        raise ValueError(f"Unsupported channel number: {channels}. Expected 1, 3 or 4. Received: shape {pixels.shape}")
    if scale:
        pixels = pixels - pixels.min()
        largest = pixels.max()
        if largest != 0:
            pixels = pixels / largest
        pixels = pixels * 255
    if channels == 1:
        # More than a byte holds: Pillow's mode of 32-bit integers.
        wide = pixels.size and pixels.max() > 255
        return pillow.fromarray(pixels[:, :, 0].astype("int32" if wide else "uint8"))
    return pillow.fromarray(pixels.astype("uint8"))


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray[Any, Any]:
    """Make an array of a Pillow image.

    Args:
        img: A ``PIL.Image.Image``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dtype: dtype of the array. Defaults to ``config.floatx()``.

    Returns:
        Array ``(height, width, channels)``, or with the channels first; greyscale images have one channel.

    Raises:
        ValueError: If it is no image of two or three dimensions.

    Example:
        >>> import numpy as np
        >>> from nncore.utils import array_to_img, img_to_array
        >>> img_to_array(array_to_img(np.ones((4, 6, 1)))).shape
        (4, 6, 1)
    """
    layout = _layout(data_format)
    pixels = np.asarray(img, dtype=dtype or config.floatx())
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.ndim != 3:
        raise ValueError(f"Unsupported image shape: {pixels.shape}. Expected (height, width[, channels]).")
    return pixels.transpose(2, 0, 1) if layout == "channels_first" else pixels


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file.

    Args:
        path: Path or file object.
        x: Array of one image, as for ``array_to_img``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        file_format: Format of the file. Defaults to what the path's ending says.
        scale: Stretch the values to 0 to 255. Defaults to True.
        **kwargs: Further arguments of ``PIL.Image.Image.save``.

    Raises:
        ImportError: If Pillow is not installed.

    Example:
        >>> import os, tempfile
        >>> import numpy as np
        >>> from nncore.utils import load_img, save_img
        >>> path = os.path.join(tempfile.mkdtemp(), "black.png")
        >>> save_img(path, np.zeros((4, 6, 3)))
        >>> load_img(path).size
        (6, 4)
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = os.path.splitext(os.fspath(path))[1][1:].lower()
    if file_format and file_format.lower() == "jpg":
        file_format = "jpeg"
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format == "jpeg":
        warnings.warn("The JPEG format does not support RGBA images, converting to RGB.", stacklevel=2)
        image = image.convert("RGB")
    image.save(path, format=file_format or None, **kwargs)


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Read an image file.

    Args:
        path: Path, or an open binary file.
        color_mode: ``"grayscale"``, ``"rgb"`` or ``"rgba"``: what the image is converted to. Defaults to ``"rgb"``.
        target_size: ``(height, width)`` to resize to. Defaults to None, the file's own.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"hamming"``, ``"box"`` or ``"lanczos"``.
            Defaults to ``"nearest"``.
        keep_aspect_ratio: Crop to the wanted proportions before resizing, instead of distorting. Defaults to False.

    Returns:
        A ``PIL.Image.Image``.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: For an unknown mode or interpolation.

    Example:
        >>> import io
        >>> import numpy as np
        >>> from nncore.utils import load_img, save_img
        >>> file = io.BytesIO()
        >>> save_img(file, np.zeros((4, 6, 3)), file_format="png")
        >>> load_img(file, color_mode="grayscale", target_size=(2, 3)).size
        (3, 2)
    """
    if color_mode not in _COLOR_MODES:
        raise ValueError(f'color_mode must be "grayscale", "rgb", or "rgba". Received: color_mode={color_mode!r}')
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"Invalid interpolation method specified. Supported methods are {_INTERPOLATIONS}. "
            f"Received: interpolation={interpolation!r}"
        )
    pillow = _pillow("load_img")
    image = pillow.open(path)
    image.load()
    # Grey images of more bits stay what they are.
    if not (color_mode == "grayscale" and image.mode in ("I;16", "I")) and image.mode != _COLOR_MODES[color_mode]:
        image = image.convert(_COLOR_MODES[color_mode])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    height, width = target_size
    box = _centre(image.size[1], image.size[0], height, width) if keep_aspect_ratio else None
    return image.resize((width, height), getattr(pillow.Resampling, interpolation.upper()), box=box)


def _centre(height: int, width: int, target_height: int, target_width: int) -> tuple[int, int, int, int]:
    """The largest centred box of the target's proportions: left, top, right, bottom."""
    inner_height = max(min(height, width * target_height // target_width), 1)
    inner_width = max(min(width, height * target_width // target_height), 1)
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    return left, top, left + inner_width, top + inner_height


def smart_resize(
    x: Any, size: tuple[int, int], interpolation: str = "bilinear", data_format: str = "channels_last"
) -> Any:
    """Resize images without distorting them: the largest centred part of the target's proportions is resized.

    Args:
        x: Image ``(height, width, channels)`` or batch of images, array or tensor; or with the channels first.
        size: ``(height, width)`` of the result.
        interpolation: As for ``ops.image.resize``. Defaults to ``"bilinear"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``"channels_last"``.

    Returns:
        Image or images of the target size, in a float dtype.

    Raises:
        ValueError: If ``x`` or ``size`` is none.

    Example:
        >>> import numpy as np
        >>> from nncore.utils.images import smart_resize
        >>> smart_resize(np.zeros((10, 20, 3), "float32"), (5, 5)).shape
        (5, 5, 3)
    """
    from nncore import ops

    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers. Received: size={size!r}")
    x = ops.convert_to_tensor(x)
    if len(x.shape) not in (3, 4):
        raise ValueError(
            "Expected an image array with shape (height, width, channels), or (batch_size, height, width, channels). "
            f"Received: shape {tuple(x.shape)}"
        )
    layout = _layout(data_format)
    height, width = (x.shape[-3], x.shape[-2]) if layout == "channels_last" else (x.shape[-2], x.shape[-1])
    left, top, right, bottom = _centre(height, width, *size)
    ends = (slice(None),) if layout == "channels_last" else ()
    part = x[(..., slice(top, bottom), slice(left, right), *ends)]
    return ops.image.resize(part, size, interpolation=interpolation, data_format=layout)

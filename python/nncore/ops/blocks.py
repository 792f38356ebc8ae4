"""Moving pixels between space and depth, windows as columns, and axes by a pattern in words."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_operand
from nncore.ops.indexing import gather
from nncore.ops.shape import pad, reshape, slice_of, transpose
from nncore.ops.spatial import sizes, standardize_data_format


def _image(name: str, x: Any, data_format: Any, block_size: Any) -> tuple[Any, bool, int]:
    first = standardize_data_format(name, data_format) == "channels_first"
    x = as_operand(x)
    if len(x.shape) != 4:
        raise ValueError(f"{name}: an array of four dimensions was expected. Received: x.shape={tuple(x.shape)}.")
    return x, first, sizes(name, "block_size", block_size, 1)[0]


@op
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Lay channels out as blocks of pixels: ``(N, H, W, C r^2)`` becomes ``(N, H r, W r, C)``.

    Args:
        x: Images, four dimensions.
        block_size: Side ``r`` of a block.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``"channels_last"``.

    Returns:
        Array of the same dtype.

    Raises:
        ValueError: If the channels don't divide into blocks.

    Example:
        >>> from nncore import ops
        >>> ops.depth_to_space(ops.ones((1, 2, 2, 12)), 2).shape
        (1, 4, 4, 3)
    """
    x, first, r = _image("depth_to_space", x, data_format, block_size)
    n, h, w, c = (x.shape[i] for i in ((0, 2, 3, 1) if first else (0, 1, 2, 3)))
    if c % (r * r):
        raise ValueError(
            f"depth_to_space: the channels should be a multiple of block_size ** 2. Received: {c} channels, "
            f"block_size={r}."
        )
    depth = c // (r * r)
    if first:
        y = transpose(reshape(x, (n, depth, r, r, h, w)), (0, 1, 4, 2, 5, 3))
        return reshape(y, (n, depth, h * r, w * r))
    y = transpose(reshape(x, (n, h, w, r, r, depth)), (0, 1, 3, 2, 4, 5))
    return reshape(y, (n, h * r, w * r, depth))


@op
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Stack blocks of pixels as channels: ``(N, H r, W r, C)`` becomes ``(N, H, W, C r^2)``.

    Args:
        x: Images, four dimensions.
        block_size: Side ``r`` of a block.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``"channels_last"``.

    Returns:
        Array of the same dtype.

    Raises:
        ValueError: If height or width don't divide into blocks.

    Example:
        >>> from nncore import ops
        >>> ops.space_to_depth(ops.ones((1, 4, 4, 3)), 2).shape
        (1, 2, 2, 12)
    """
    x, first, r = _image("space_to_depth", x, data_format, block_size)
    n, h, w, c = (x.shape[i] for i in ((0, 2, 3, 1) if first else (0, 1, 2, 3)))
    if h % r or w % r:
        raise ValueError(
            f"space_to_depth: height and width should be multiples of block_size. Received: {h} x {w}, block_size={r}."
        )
    h, w = h // r, w // r
    if first:
        y = transpose(reshape(x, (n, c, h, r, w, r)), (0, 1, 3, 5, 2, 4))
        return reshape(y, (n, c * r * r, h, w))
    y = transpose(reshape(x, (n, h, r, w, r, c)), (0, 1, 3, 2, 4, 5))
    return reshape(y, (n, h, w, r * r * c))


# --- windows as columns ----------------------------------------------------------------------------------------------


def _window(name: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    given = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    return [sizes(name, key, value, 2, 0 if key == "padding" else 1) for key, value in given.items()]


def _positions(name: str, size: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Any, int]:
    """For each (tap, window) its pixel in the padded image, flattened; and the number of windows."""
    padded = [n + 2 * p for n, p in zip(size, padding, strict=True)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    count = [(n - r) // s + 1 for n, r, s in zip(padded, reach, stride, strict=True)]
    if min(count) < 1:
        raise ValueError(
            f"{name}: the window should fit into the image. Received: image {tuple(size)}, padding={tuple(padding)}, "
            f"kernel_size={tuple(kernel)}, dilation={tuple(dilation)}."
        )
    rows, columns = (
        np.arange(k)[:, None] * d + np.arange(c) * s for k, d, c, s in zip(kernel, dilation, count, stride, strict=True)
    )
    index = rows[:, None, :, None] * padded[1] + columns[None, :, None, :]
    return index.reshape(-1).astype("int32"), math.prod(count)


@op
def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Lay the windows of images out as columns (im2col).

    Args:
        x: Images ``(N, C, H, W)``.
        kernel_size: Height and width of a window, or one number for both.
        dilation: Distance of the pixels of a window. Defaults to 1.
        padding: Rows and columns of zeros around the image. Defaults to 0.
        stride: Distance of the windows. Defaults to 1.

    Returns:
        Array ``(N, C * kernel height * kernel width, windows)``.

    Raises:
        ValueError: If the shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.unfold(ops.ones((1, 2, 4, 4)), kernel_size=2, stride=2).shape
        (1, 8, 4)
    """
    x = as_operand(x)
    if len(x.shape) != 4:
        raise ValueError(f"unfold: images (N, C, H, W) were expected. Received: x.shape={tuple(x.shape)}.")
    kernel, dilation, padding, stride = _window("unfold", kernel_size, dilation, padding, stride)
    n, c, h, w = x.shape
    index, windows = _positions("unfold", (h, w), kernel, dilation, padding, stride)
    if any(padding):
        x = pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    flat = reshape(x, (n * c, math.prod(x.shape[2:])))
    return reshape(gather(flat, index, 1), (n, c * math.prod(kernel), windows))


@op
def fold(x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Add windows that are laid out as columns up to images (col2im); the transpose of ``unfold``.

    Args:
        x: Columns ``(N, C * kernel height * kernel width, windows)``.
        output_size: Height and width of the images, or one number for both.
        kernel_size: Height and width of a window, or one number for both.
        dilation: Distance of the pixels of a window. Defaults to 1.
        padding: Rows and columns around the image that are left out. Defaults to 0.
        stride: Distance of the windows. Defaults to 1.

    Returns:
        Array ``(N, C, H, W)``.

    Raises:
        ValueError: If the shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.fold(ops.ones((1, 8, 4)), output_size=4, kernel_size=2, stride=2).shape
        (1, 2, 4, 4)
    """
    x = as_operand(x)
    size = sizes("fold", "output_size", output_size, 2)
    kernel, dilation, padding, stride = _window("fold", kernel_size, dilation, padding, stride)
    index, windows = _positions("fold", size, kernel, dilation, padding, stride)
    taps = math.prod(kernel)
    if len(x.shape) != 3 or x.shape[1] % taps or x.shape[2] != windows:
        raise ValueError(
            f"fold: columns (N, C * {taps}, {windows}) were expected for these windows. "
            f"Received: x.shape={tuple(x.shape)}."
        )
    n, c = x.shape[0], x.shape[1] // taps
    h, w = (s + 2 * p for s, p in zip(size, padding, strict=True))
    y = apply(OPS["scatter_add"], [reshape(x, (n * c, taps * windows, 1)), index], {"size": h * w})
    y = reshape(y, (n, c, h, w))
    return slice_of(y, (0, 0, *padding), (n, c, *size), (1,) * 4)


# --- patterns --------------------------------------------------------------------------------------------------------


def _groups(side: str, pattern: str) -> list[list[str]]:
    """One side of a pattern: a list of names for each axis."""
    if not re.fullmatch(r"\s*((\w+|\(\s*\w+(\s+\w+)*\s*\))\s*)*", side):
        raise ValueError(
            f"rearrange: names of axes and groups of them in brackets were expected. Received: {pattern!r}."
        )
    return [token.strip("() ").split() for token in re.findall(r"\([^)]*\)|\w+", side)]


@op
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """Split, move and merge axes as a pattern in einops notation says.

    Args:
        tensor: Array.
        pattern: For example ``"b (h r) c -> b h (r c)"``: names of the axes before and after, in brackets where
            several make up one.
        axes_lengths: Lengths of named axes; of a group all but one are needed.

    Returns:
        Array of the same elements.

    Raises:
        ValueError: If the pattern doesn't fit the array.

    Example:
        >>> from nncore import ops
        >>> ops.rearrange(ops.ones((2, 6, 3)), "b (h r) c -> b h (r c)", r=2).shape
        (2, 3, 6)
    """
    x = as_operand(tensor)
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"rearrange: a pattern such as 'a b -> b a' was expected. Received: {pattern!r}.")
    before, after = (_groups(side, pattern) for side in sides)
    names, wanted = ([name for group in groups for name in group] for groups in (before, after))
    if len(set(names)) != len(names) or sorted(names) != sorted(wanted):
        raise ValueError(f"rearrange: both sides should name the same axes, each once. Received: {pattern!r}.")
    if len(before) != len(x.shape) or not set(axes_lengths) <= set(names):
        raise ValueError(
            f"rearrange: the pattern and the lengths should be those of the array's axes. Received: {pattern!r}, "
            f"lengths {axes_lengths}, tensor.shape={tuple(x.shape)}."
        )
    lengths = dict(axes_lengths)
    for group, size in zip(before, x.shape, strict=True):
        unknown = [name for name in group if name not in lengths]
        known = math.prod(lengths[name] for name in group if name in lengths)
        if len(unknown) > 1 or (unknown and (not known or size % known)) or (not unknown and known != size):
            raise ValueError(
                f"rearrange: the axis of length {size} can't be split into ({' '.join(group)}). Received: "
                f"{pattern!r}, lengths {axes_lengths}, tensor.shape={tuple(x.shape)}."
            )
        lengths.update(dict.fromkeys(unknown, size // known))
    x = reshape(x, tuple(lengths[name] for name in names))
    x = transpose(x, tuple(names.index(name) for name in wanted))
    return reshape(x, tuple(math.prod(lengths[name] for name in group) for group in after))

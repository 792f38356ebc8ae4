"""Rows of functions that rearrange blocks and windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, ints, normal


def depth_to_space(x: Any, r: int) -> Any:
    n, h, w, c = x.shape
    y = np.zeros((n, h * r, w * r, c // r**2))
    for i, j in np.ndindex(r, r):
        y[:, i::r, j::r] = x[..., (i * r + j) * y.shape[3] : (i * r + j + 1) * y.shape[3]]
    return y


def depth_to_space_first(x: Any, r: int) -> Any:
    n, c, h, w = x.shape
    y = np.zeros((n, c // r**2, h * r, w * r))
    for i, j in np.ndindex(r, r):
        y[:, :, i::r, j::r] = x[:, i * r + j :: r * r]
    return y


def space_to_depth(x: Any, r: int) -> Any:
    return np.concatenate([x[:, i::r, j::r] for i, j in np.ndindex(r, r)], axis=-1)


def space_to_depth_first(x: Any, r: int) -> Any:
    parts = np.stack([x[:, :, i::r, j::r] for i, j in np.ndindex(r, r)], axis=2)
    return parts.reshape(x.shape[0], -1, *parts.shape[3:])


def unfold(x: Any, kernel: Any, dilation: Any = (1, 1), padding: Any = (0, 0), stride: Any = (1, 1)) -> Any:
    """Window by window, as the definition says."""
    x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    starts = [range(0, n - d * (k - 1), s) for n, k, d, s in zip(x.shape[2:], kernel, dilation, stride, strict=True)]
    columns = [
        x[:, :, i : i + dilation[0] * kernel[0] : dilation[0], j : j + dilation[1] * kernel[1] : dilation[1]]
        for i in starts[0]
        for j in starts[1]
    ]
    return np.stack([c[:, :, : kernel[0], : kernel[1]].reshape(x.shape[0], -1) for c in columns], axis=2)


def fold(x: Any, size: Any, kernel: Any, **options: Any) -> Any:
    """The transpose of unfold's matrix."""
    channels = x.shape[1] // (kernel[0] * kernel[1])
    pixels = np.eye(channels * size[0] * size[1]).reshape(-1, channels, *size)
    matrix = unfold(pixels, kernel, **options).reshape(len(pixels), -1)
    return (x.reshape(len(x), -1) @ matrix.T).reshape(len(x), channels, *size)


MORE = {"dilation": (2, 1), "padding": (1, 2), "stride": (2, 3)}
_FIRST = "channels_first"

BLOCKS = [
    Case(
        "depth_to_space",
        lambda x: ops.depth_to_space(x, 2),
        lambda x: depth_to_space(x, 2),
        normal(2, 3, 2, 8),
        grad=(0,),
    ),
    Case(
        "depth_to_space:first",
        lambda x: ops.depth_to_space(x, 2, _FIRST),
        lambda x: depth_to_space_first(x, 2),
        normal(2, 8, 3, 2),
    ),
    Case(
        "space_to_depth",
        lambda x: ops.space_to_depth(x, 2),
        lambda x: space_to_depth(x, 2),
        normal(2, 4, 6, 3),
        grad=(0,),
    ),
    Case(
        "space_to_depth:first",
        lambda x: ops.space_to_depth(x, 3, _FIRST),
        lambda x: space_to_depth_first(x, 3),
        normal(2, 2, 6, 3),
    ),
    Case("unfold", lambda x: ops.unfold(x, 2), lambda x: unfold(x, (2, 2)), normal(2, 2, 3, 4), grad=(0,)),
    Case(
        "unfold:all",
        lambda x: ops.unfold(x, (2, 3), **MORE),
        lambda x: unfold(x, (2, 3), **MORE),
        normal(2, 2, 5, 6),
        grad=(0,),
    ),
    Case(
        "fold", lambda x: ops.fold(x, (3, 4), 2), lambda x: fold(x, (3, 4), (2, 2)), normal(2, 8, 6), grad=(0,)
    ),
    Case(
        "fold:all",
        lambda x: ops.fold(x, (5, 6), (2, 3), **MORE),
        lambda x: fold(x, (5, 6), (2, 3), **MORE),
        normal(2, 12, 9),
        grad=(0,),
    ),
    Case(
        "rearrange",
        lambda x: ops.rearrange(x, "b (h r) (w q) c -> (b q) w h (r c)", r=2, q=3),
        lambda x: x.reshape(2, 2, 2, 2, 3, 2).transpose(0, 4, 3, 1, 2, 5).reshape(6, 2, 2, 4),
        normal(2, 4, 6, 2),
        grad=(0,),
    ),
    Case("dstack", lambda a, b: ops.dstack([a, b]), lambda a, b: np.dstack([a, b]), normal(2, 3), normal(2, 3),
         grad=(0, 1)),
    Case("dstack:vectors", lambda a, b: ops.dstack([a, b]), lambda a, b: np.dstack([a, b]), normal(3), normal(3)),
    Case("hsplit", lambda x: ops.hsplit(x, 2), lambda x: np.hsplit(x, 2), normal(3, 4), grad=(0,)),
    Case("hsplit:vector", lambda x: ops.hsplit(x, [1, 3]), lambda x: np.hsplit(x, [1, 3]), normal(4)),
    Case("vsplit", lambda x: ops.vsplit(x, [1]), lambda x: np.vsplit(x, [1]), normal(3, 4), grad=(0,)),
    Case("dsplit", lambda x: ops.dsplit(x, 2), lambda x: np.dsplit(x, 2), normal(2, 3, 4), grad=(0,)),
    Case("fliplr", ops.fliplr, np.fliplr, normal(3, 4), grad=(0,)),
    Case("flipud", ops.flipud, np.flipud, normal(3, 4), grad=(0,)),
    Case(
        "unravel_index",
        lambda x: ops.unravel_index(x, (3, 4, 5)),
        lambda x: [i.astype("int32") for i in np.unravel_index(x % 60, (3, 4, 5))],
        ints(-60, 60, 3, 5),
    ),
]  # fmt: skip

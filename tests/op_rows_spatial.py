"""Rows of ops over spatial dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, distinct, ints, normal


def _padded(x: Any, size: tuple[int, ...], strides: tuple[int, ...], padding: str, fill: float) -> Any:
    """With what ``"same"`` adds."""
    if padding == "valid":
        return x
    added = []
    for d, w, s in zip(x.shape[1:-1], size, strides, strict=True):
        missing = max((math.ceil(d / s) - 1) * s + w - d, 0)
        added.append((missing // 2, missing - missing // 2))
    return np.pad(x, ((0, 0), *added, (0, 0)), constant_values=fill)


def pooled(x: Any, reduce: Any, size: tuple[int, ...], strides: tuple[int, ...] | None, padding: str) -> Any:
    """Pooling by NumPy's windows: padding is NaN, and ``reduce`` passes over it."""
    strides = strides or size
    n = len(size)
    axes = tuple(range(1, 1 + n))
    windows = np.lib.stride_tricks.sliding_window_view(_padded(x, size, strides, padding, np.nan), size, axis=axes)
    windows = windows[(slice(None), *(slice(None, None, s) for s in strides))]
    return reduce(windows, axis=tuple(range(-n, 0)))


def divided(x: Any, reduce: Any, out: tuple[int, ...]) -> Any:
    """Adaptive pooling, one dimension after the other: parts have one size, so means of means are means."""
    for axis, count in enumerate(out, 1):
        size = x.shape[axis]
        parts = [np.take(x, range(o * size // count, -(-(o + 1) * size // count)), axis=axis) for o in range(count)]
        x = np.stack([reduce(part, axis=axis) for part in parts], axis=axis)
    return x


def _first(x: Any) -> Any:
    return np.moveaxis(x, 1, -1)


def _last(x: Any) -> Any:
    return np.moveaxis(x, -1, 1)


def _pool_cases() -> list[Case]:
    cases = []
    for kind, reduce, maker in (("max", np.nanmax, distinct), ("average", np.nanmean, normal)):
        name = f"{kind}_pool"
        function = getattr(ops, name)
        for label, shape, size, strides, padding in (
            ("", (2, 6, 4, 3), (2, 2), None, "valid"),
            (":odd", (2, 7, 5, 3), (2, 3), None, "valid"),
            (":overlap", (1, 7, 6, 17), (3, 3), (2, 1), "same"),
            (":gaps", (2, 9, 7, 2), (2, 1), (3, 4), "valid"),
            (":gaps_same", (2, 8, 7, 2), (2, 1), (3, 4), "same"),
            (":1d", (2, 9, 5), (3,), (2,), "same"),
            (":3d", (1, 4, 3, 5, 2), (2, 1, 2), (1, 2, 2), "valid"),
            (":wide", (1, 3, 4, 70), (5, 5), (1, 1), "same"),
        ):
            cases.append(
                Case(
                    name + label,
                    lambda x, f=function, a=(size, strides, padding): f(x, *a),
                    lambda x, r=reduce, a=(size, strides, padding): pooled(x, r, *a),
                    maker(*shape),
                    grad=(0,),
                )
            )
        cases.append(
            Case(
                f"{name}:channels_first",
                lambda x, f=function: f(x, 2, 1, "same", "channels_first"),
                lambda x, r=reduce: _last(pooled(_first(x), r, (2, 2), (1, 1), "same")),
                maker(2, 3, 4, 5),
                grad=(0,),
            )
        )
        adaptive = getattr(ops, f"adaptive_{kind}_pool")
        for label, shape, out in (
            ("", (2, 7, 5, 3), (3, 2)),
            (":even", (2, 6, 4, 3), (3, 2)),
            (":more", (1, 2, 3), (5,)),
            (":3d", (1, 5, 4, 3, 2), (2, 4, 2)),
        ):
            cases.append(
                Case(
                    f"adaptive_{kind}_pool{label}",
                    lambda x, f=adaptive, out=out: f(x, out),
                    lambda x, r=reduce, out=out: divided(x, r, out),
                    maker(*shape),
                    grad=(0,),
                )
            )
        cases.append(
            Case(
                f"adaptive_{kind}_pool:channels_first",
                lambda x, f=adaptive: f(x, 2, "channels_first"),
                lambda x, r=reduce: _last(divided(_first(x), r, (2, 2))),
                maker(2, 3, 5, 4),
                grad=(0,),
            )
        )
    return cases


Ints = tuple[int, ...]


def convolved(x: Any, w: Any, strides: Ints, padding: str = "valid", dilations: Ints | None = None) -> Any:
    """Convolution by NumPy's windows, channels in as many groups as the kernel leaves."""
    n = len(strides)
    dilations = dilations or (1,) * n
    spans = tuple((k - 1) * d + 1 for k, d in zip(w.shape, dilations, strict=False))
    axes = tuple(range(1, 1 + n))
    windows = np.lib.stride_tricks.sliding_window_view(_padded(x, spans, strides, padding, 0), spans, axis=axes)
    windows = windows[(slice(None), *(slice(None, None, s) for s in strides))]
    windows = windows[(..., *(slice(None, None, d) for d in dilations))]
    per_group, filters = w.shape[-2:]
    groups = x.shape[-1] // per_group
    parts = []
    for g in range(groups):
        mine = w[..., g * filters // groups : (g + 1) * filters // groups]
        seen = windows[(slice(None),) * (1 + n) + (slice(g * per_group, (g + 1) * per_group),)]
        parts.append(np.tensordot(seen, np.moveaxis(mine, -2, 0), axes=n + 1))
    return np.concatenate(parts, axis=-1)


def transposed(y: Any, w: Any, strides: Ints, crop: Ints, size: Ints) -> Any:
    """Transposed convolution: zeros between the elements, zeros around, and the flipped kernel over it."""
    n = len(strides)
    wide = np.zeros((y.shape[0], *((d - 1) * s + 1 for d, s in zip(y.shape[1:-1], strides, strict=True)), y.shape[-1]))
    wide[(slice(None), *(slice(None, None, s) for s in strides))] = y
    around = [(k - 1, k - 1 + s) for k, s in zip(w.shape, strides, strict=False)]
    flipped = np.swapaxes(w[(slice(None, None, -1),) * n], -1, -2)
    x = convolved(np.pad(wide, [(0, 0), *around, (0, 0)]), flipped, (1,) * n)
    return x[(slice(None), *(slice(c, c + d) for c, d in zip(crop, size, strict=True)))]


def separated(x: Any, w: Any, point: Any, strides: Ints, padding: str) -> Any:
    """A convolution of each channel by itself, then one of single taps."""
    flat = w.reshape(*w.shape[:-2], 1, -1)
    return convolved(convolved(x, flat, strides, padding), point, (1,) * len(strides))


def _conv_cases() -> list[Case]:
    cases = []
    for label, shape, kernel, strides, padding, dilations in (
        ("", (2, 5, 4, 3), (3, 2, 3, 4), (1, 1), "valid", (1, 1)),
        (":same", (1, 5, 4, 2), (3, 3, 2, 17), (1, 1), "same", (1, 1)),
        (":strides", (2, 7, 6, 3), (3, 2, 3, 2), (2, 3), "same", (1, 1)),
        (":gaps", (1, 8, 7, 2), (2, 1, 2, 3), (3, 2), "valid", (1, 1)),
        (":dilation", (1, 7, 8, 2), (2, 3, 2, 3), (1, 1), "same", (3, 2)),
        (":strides and dilation", (1, 9, 8, 2), (2, 3, 2, 3), (2, 3), "valid", (3, 2)),
        (":groups", (2, 4, 4, 6), (2, 2, 2, 6), (1, 1), "same", (1, 1)),
        (":one tap", (2, 3, 4, 3), (1, 1, 3, 5), (1, 1), "valid", (1, 1)),
        (":one tap strides", (2, 3, 4, 3), (1, 1, 3, 5), (2, 2), "same", (1, 1)),
        (":1d", (2, 9, 3), (4, 3, 2), (2,), "same", (1,)),
        (":3d", (1, 3, 4, 3, 2), (2, 3, 2, 2, 3), (1, 2, 1), "same", (1, 1, 1)),
        (":whole", (2, 3, 4, 2), (3, 4, 2, 3), (1, 1), "valid", (1, 1)),
    ):
        cases.append(
            Case(
                f"conv{label}",
                lambda x, w, a=(strides, padding, None, dilations): ops.conv(x, w, *a),
                lambda x, w, a=(strides, padding, dilations): convolved(x, w, *a),
                normal(*shape),
                normal(*kernel),
                grad=(0, 1),
                tol=4.0,
            )
        )
    for label, shape, kernel, strides, padding, more, crop, size in (
        ("", (2, 3, 4, 3), (3, 2, 2, 3), (1, 1), "valid", None, (0, 0), (5, 5)),
        (":strides", (1, 3, 2, 3), (3, 2, 2, 3), (2, 3), "valid", None, (0, 0), (7, 6)),
        (":same", (1, 3, 4, 2), (3, 3, 3, 2), (2, 2), "same", None, (0, 0), (6, 8)),
        (":same wide", (1, 3, 3, 2), (5, 4, 3, 2), (2, 1), "same", None, (1, 1), (6, 3)),
        (":more", (1, 3, 2, 2), (3, 2, 3, 2), (2, 3), "valid", (1, 2), (0, 0), (8, 7)),
        (":1d", (2, 4, 3), (3, 2, 3), (2,), "same", None, (0,), (8,)),
        (":3d", (1, 2, 2, 3, 2), (2, 2, 3, 2, 2), (1, 2, 1), "valid", None, (0, 0, 0), (3, 4, 5)),
    ):
        cases.append(
            Case(
                f"conv_transpose{label}",
                lambda x, w, a=(strides, padding, more): ops.conv_transpose(x, w, *a),
                lambda x, w, a=(strides, crop, size): transposed(x, w, *a),
                normal(*shape),
                normal(*kernel),
                grad=(0, 1),
                tol=4.0,
            )
        )
    for label, shape, kernel, strides, padding in (
        ("", (2, 4, 5, 3), (3, 2, 3, 1), (1, 1), "same"),
        (":wide", (1, 4, 4, 37), (2, 2, 37, 1), (1, 1), "valid"),
        (":multiplier", (2, 5, 4, 3), (3, 3, 3, 2), (2, 2), "same"),
        (":1d", (2, 6, 3), (3, 3, 1), (2,), "valid"),
        (":3d", (1, 3, 3, 4, 2), (2, 2, 2, 2, 1), (1, 1, 1), "same"),
    ):
        cases.append(
            Case(
                f"depthwise_conv{label}",
                lambda x, w, a=(strides, padding): ops.depthwise_conv(x, w, *a),
                lambda x, w, a=(strides, padding): convolved(x, w.reshape(*w.shape[:-2], 1, -1), *a),
                normal(*shape),
                normal(*kernel),
                grad=(0, 1),
                tol=4.0,
            )
        )
    cases += [
        Case(
            "separable_conv",
            lambda x, w, p: ops.separable_conv(x, w, p, 2, "same"),
            lambda x, w, p: separated(x, w, p, (2, 2), "same"),
            normal(1, 5, 4, 3),
            normal(3, 2, 3, 2),
            normal(1, 1, 6, 4),
            grad=(0, 1, 2),
            tol=4.0,
        ),
        Case(
            "conv:channels_first",
            lambda x, w: ops.conv(x, w, 2, "same", "channels_first"),
            lambda x, w: _last(convolved(_first(x), w, (2, 2), "same")),
            normal(1, 2, 5, 4),
            normal(3, 2, 2, 3),
            grad=(0, 1),
            tol=4.0,
        ),
        Case(
            "conv_transpose:channels_first",
            lambda x, w: ops.conv_transpose(x, w, 2, data_format="channels_first"),
            lambda x, w: _last(transposed(_first(x), w, (2, 2), (0, 0), (7, 6))),
            normal(1, 2, 3, 3),
            normal(3, 2, 3, 2),
            grad=(0, 1),
            tol=4.0,
        ),
        Case(
            "conv:ints",
            ops.conv,
            lambda x, w: convolved(x.astype(float), w, (1,)),
            ints(0, 9, 1, 5, 2),
            normal(2, 2, 3),
            grad=(1,),
            tol=4.0,
        ),
    ]
    return cases


SPATIAL = [*_pool_cases(), *_conv_cases()]

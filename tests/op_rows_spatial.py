"""Rows of ops over spatial dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, distinct, normal


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


SPATIAL = _pool_cases()

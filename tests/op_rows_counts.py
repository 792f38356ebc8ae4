"""Rows of statistics without NaN, counts, sets, segments and measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import nncore.ops.random_rejection  # noqa: F401  (its primitives have tests of their own)
from nncore import ops
from op_case import Case, Maker, away, bools, distinct, fixed, ints, normal, uniform


def holed(maker: Maker) -> Maker:
    """With NaN here and there, but no line of them alone."""

    def make(rng: np.random.Generator) -> Any:
        x = maker(rng)
        x.reshape(-1)[1::5] = np.nan
        return x

    return make


def _along(name: str, reference: Callable[..., Any], maker: Maker, axes: Any = (None, 1, (0, 2))) -> list[Case]:
    function = getattr(ops, name)
    rows = []
    for axis in axes:
        for keepdims in (False, True):
            options = {"axis": axis, "keepdims": keepdims}
            f = lambda x, options=options: function(x, **options)  # noqa: E731
            r = lambda x, options=options: np.asarray(reference(x, **options))  # noqa: E731
            rows.append(Case(f"{name}:{axis},{keepdims}", f, r, holed(maker)))
            rows.append(Case(f"{name}:{axis},{keepdims},whole", f, r, maker, grad=(0,)))
    return rows


def _positions(name: str, reference: Callable[..., Any]) -> list[Case]:
    return [
        Case(
            f"{name}:{axis}",
            lambda x, axis=axis: getattr(ops, name)(x, axis=axis, keepdims=True),
            lambda x, axis=axis: reference(x, axis=axis, keepdims=True).astype("int32"),
            holed(distinct(3, 4, 2)),
        )
        for axis in (None, 1, -1)
    ]


def segments(data: Any, ids: Any, n: int, reduce: Callable[..., Any], empty: float) -> Any:
    """Segment by segment; numbers out of range count nowhere."""
    rest = data.shape[ids.ndim :]
    data, ids = data.reshape(-1, *rest), ids.reshape(-1)
    rows = [reduce(data[ids == k], axis=0) if (ids == k).any() else np.full(rest, empty) for k in range(n)]
    return np.stack(rows).astype(data.dtype)


_IDS = fixed([2, 0, -1, 2, 0, 9, 1], "int32")


def _segment(name: str, reduce: Callable[..., Any], empty: float, maker: Maker) -> list[Case]:
    function = getattr(ops, name)
    return [
        Case(name, lambda x, i: function(x, i, 3), lambda x, i: segments(x, i, 3, reduce, empty), maker, _IDS,
             grad=(0,)),
        Case(
            f"{name}:long",
            lambda x, i: function(x, i, 3),
            lambda x, i: segments(x, i, 3, reduce, empty),
            uniform(0.9, 1.1, 2, 40),
            ints(0, 3, 2, 40, dtype="int64"),
            grad=(0,),
        ),
    ]  # fmt: skip


def _bins(x: Any, w: Any, size: int) -> Any:
    y = np.zeros((*x.shape[:-1], size), w.dtype)
    for at in np.ndindex(*x.shape):
        if x[at] < size:
            y[(*at[:-1], x[at])] += w[at]
    return y


def _histogram(x: Any, **options: Any) -> list[Any]:
    counts, edges = np.histogram(x, **options)
    return [counts.astype("int32"), edges]


def unique(x: Any, size: int) -> list[Any]:
    values, index, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    room = (0, size - len(values))
    inverse = inverse.reshape(x.shape)
    return [np.pad(values, room, constant_values=-7).astype(x.dtype),
            *(np.pad(a, room).astype("int32") for a in (index,)), inverse.astype("int32"),
            np.pad(counts, room).astype("int32")]  # fmt: skip


def _update(x: Any, i: Any, u: Any, ufunc: Any) -> Any:
    y = x.copy()
    ufunc.at(y, i[:, 0], u)
    return y


_levels = [0.0, 0.3, 0.5, 1.0]
COUNTS = [
    *_along("nanmax", np.nanmax, distinct(3, 4, 2)),
    *_along("nanmin", np.nanmin, distinct(3, 4, 2)),
    *_along("nanprod", np.nanprod, away(3, 4, 2)),
    *_along("nanvar", np.nanvar, normal(3, 4, 2)),
    *_along("nanstd", np.nanstd, normal(3, 4, 2)),
    *_along("nanmedian", np.nanmedian, distinct(3, 4, 2)),
    *_positions("nanargmax", np.nanargmax),
    *_positions("nanargmin", np.nanargmin),
    Case("nanmin:int", ops.nanmin, lambda x: np.asarray(np.min(x)), ints(-9, 9, 4)),
    Case("nanargmax:none", lambda x: ops.nanargmax(x, axis=1), lambda x: np.array([-1, 1], "int32"),
         fixed([[np.nan, np.nan], [1.0, 2.0]])),
    Case("nancumsum", lambda x: ops.nancumsum(x, axis=1), lambda x: np.nancumsum(x, axis=1), holed(normal(3, 4))),
    Case("nancumsum:flat", ops.nancumsum, np.nancumsum, normal(3, 4), grad=(0,)),
    Case("nancumprod", lambda x: ops.nancumprod(x, axis=0), lambda x: np.nancumprod(x, axis=0), holed(away(3, 4))),
    Case("nancumprod:flat", ops.nancumprod, np.nancumprod, away(3, 2), grad=(0,)),
    Case("nanquantile", lambda x: ops.nanquantile(x, _levels, axis=1), lambda x: np.nanquantile(x, _levels, axis=1),
         holed(distinct(3, 7, 2))),
    *[
        Case(
            f"nanquantile:{m}",
            lambda x, m=m: ops.nanquantile(x, 0.4, axis=(0, 2), method=m, keepdims=True),
            lambda x, m=m: np.nanquantile(x, 0.4, axis=(0, 2), method=m, keepdims=True),
            holed(distinct(3, 2, 3)),
        )
        for m in ("lower", "higher", "midpoint", "nearest")
    ],
    Case("nanquantile:slope", lambda x: ops.nanquantile(x, 0.3), lambda x: np.nanquantile(x, 0.3), distinct(7),
         grad=(0,)),
    Case("nanpercentile", lambda x: ops.nanpercentile(x, 30, axis=0), lambda x: np.nanpercentile(x, 30, axis=0),
         holed(distinct(6, 2))),
    Case("percentile", lambda x: ops.percentile(x, [10, 50], axis=0), lambda x: np.percentile(x, [10, 50], axis=0),
         distinct(6, 2), grad=(0,)),
    Case("argpartition", lambda x: ops.argpartition(x, 2, axis=0), lambda x: np.argsort(x, axis=0).astype("int32"),
         distinct(5, 3)),
    *_segment("segment_sum", np.sum, 0, normal(7, 3))[1:],
    *_segment("segment_prod", np.prod, 1, away(7, 3)),
    *_segment("segment_max", np.max, -np.inf, distinct(7, 3)),
    *_segment("segment_min", np.min, np.inf, distinct(7, 3)),
    Case(
        "segment_prod:zero",
        lambda x: ops.segment_prod(x, [0, 0, 1, 1, 1], 2),
        lambda x: np.stack([x[:2].prod(axis=0), x[2:].prod(axis=0)]),
        fixed([[2.0], [0.0], [0.0], [0.0], [3.0]]),
        grad=(0,),
    ),
    Case(
        "segment_max:int",
        lambda x, i: ops.segment_max(x, i, 4),
        lambda x, i: segments(x, i, 4, np.max, np.iinfo("int32").min),
        ints(-9, 9, 7),
        _IDS,
    ),
    *[
        Case(
            f"scatter_update:{reduction}",
            lambda x, u, reduction=reduction: ops.scatter_update(x, [[0], [2], [0]], u, reduction=reduction),
            lambda x, u, ufunc=ufunc: _update(x, np.array([[0], [2], [0]]), u, ufunc),
            distinct(4, 2),
            away(3, 2),
            grad=(0, 1),
        )
        for reduction, ufunc in (("mul", np.multiply), ("max", np.maximum), ("min", np.minimum))
    ],
    Case("bincount", lambda x: ops.bincount(x, minlength=9),
         lambda x: np.bincount(x, minlength=9).astype("int32"), ints(0, 9, 20)),
    Case("bincount:weights", lambda x, w: ops.bincount(x, w, minlength=9), lambda x, w: _bins(x, w, 9),
         ints(0, 9, 20), normal(20), grad=(1,)),
    Case("bincount:rows", lambda x, w: ops.bincount(x, w, minlength=5), lambda x, w: _bins(x, w, 5),
         ints(0, 5, 3, 6, dtype="int64"), normal(3, 6), grad=(1,)),
    Case("histogram", ops.histogram, _histogram, distinct(5, 8)),
    Case("histogram:range", lambda x: ops.histogram(x, bins=4, range=(-1.0, 1.0)),
         lambda x: _histogram(x, bins=4, range=(-1.0, 1.0)), fixed([-1.0, -0.5, 0.2, 1.0, 1.5, -3.0, 0.0])),
    Case("histogram:equal", lambda x: ops.histogram(x, bins=2), lambda x: _histogram(x, bins=2), fixed([2.0, 2.0])),
    Case("isin", ops.isin, np.isin, ints(0, 9, 3, 4), ints(0, 9, 3)),
    Case("isin:invert", lambda x: ops.isin(x, [1, 2], invert=True), lambda x: np.isin(x, [1, 2], invert=True),
         ints(0, 4, 9)),
    Case(
        "unique",
        lambda x: ops.unique(x, return_index=True, return_inverse=True, return_counts=True, size=9, fill_value=-7),
        lambda x: unique(x, 9),
        ints(0, 6, 3, 5),
    ),
    Case("unique:cut", lambda x: ops.unique(x, size=2), lambda x: np.unique(x)[:2], distinct(5)),
    Case("unique:empty", lambda x: ops.unique(x, size=2), lambda x: np.zeros(2), normal(0)),
    Case("unique:bool", lambda x: ops.unique(x, size=2), lambda x: np.array([False, True]), bools(20)),
    Case("cdist", ops.cdist, lambda x, y: np.linalg.norm(x[:, :, None] - y[:, None], axis=-1),
         normal(2, 3, 4), normal(2, 5, 4), grad=(0, 1)),
    Case("corrcoef", ops.corrcoef, np.corrcoef, normal(3, 9), grad=(0,)),
    Case("corrcoef:one", ops.corrcoef, lambda x: np.asarray(1.0), normal(9)),
    *[
        Case(
            f"correlate:{mode},{m},{n}",
            lambda x, y, mode=mode: ops.correlate(x, y, mode),
            lambda x, y, mode=mode: np.correlate(x, y, mode),
            normal(m),
            normal(n),
            grad=(0, 1),
        )
        for mode in ("valid", "same", "full")
        for m, n in ((7, 3), (6, 4), (3, 7), (4, 6), (4, 4), (5, 1))
    ],
    Case("trapezoid", lambda y: ops.trapezoid(y, dx=0.5, axis=0), lambda y: np.trapezoid(y, dx=0.5, axis=0),
         normal(4, 3), grad=(0,)),
    Case("trapezoid:places", lambda y, x: ops.trapezoid(y, x, axis=1), lambda y, x: np.trapezoid(y, x, axis=1),
         normal(2, 4, 3), normal(4), grad=(0, 1)),
    Case("trapezoid:all", ops.trapezoid, np.trapezoid, normal(2, 4), normal(2, 4), grad=(0, 1)),
    Case("vander", ops.vander, np.vander, away(4), grad=(0,)),
    Case("vander:up", lambda x: ops.vander(x, 3, increasing=True), lambda x: np.vander(x, 3, increasing=True),
         ints(-3, 4, 4)),
    Case("psnr", lambda x, y: ops.psnr(x, y, 2.0),
         lambda x, y: np.asarray(10 * np.log10(4.0 / np.mean((x - y) ** 2))), normal(3, 4), normal(3, 4),
         grad=(0, 1)),
    Case("logspace", lambda a, b: ops.logspace(a, b, 5, base=2, axis=-1),
         lambda a, b: np.logspace(a, b, 5, base=2, axis=-1), normal(2), normal(2), grad=(0, 1)),
    Case("geomspace", lambda a, b: ops.geomspace(a, b, 5), lambda a, b: np.geomspace(a, b, 5),
         uniform(0.3, 3, 2), uniform(0.3, 3, 2), grad=(0, 1)),
    Case("geomspace:open", lambda a: ops.geomspace(a, -9.0, 4, endpoint=False, axis=-1),
         lambda a: np.geomspace(a, -9.0, 4, endpoint=False, axis=-1), uniform(-3, -1, 2)),
]  # fmt: skip

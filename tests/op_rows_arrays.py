"""Rows of reductions, products and functions that rearrange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import ops
from op_case import (
    Case,
    Maker,
    away,
    bools,
    distinct,
    fixed,
    ints,
    normal,
    uniform,
)


def _axes(name: str, reference: Callable[..., Any], maker: Maker, grad: tuple[int, ...]) -> list[Case]:
    function = getattr(ops, name)
    rows = []
    for axis in (None, 0, -1, (0, 2)):
        for keepdims in (False, True):
            options = {"axis": axis, "keepdims": keepdims}
            rows.append(
                Case(
                    f"{name}:{axis},{keepdims}",
                    lambda x, options=options: function(x, **options),
                    lambda x, options=options: reference(x, **options),
                    maker,
                    grad=grad,
                )
            )
    return rows


def logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))


REDUCTIONS = [
    *_axes("sum", np.sum, normal(3, 4, 5), (0,)),
    *_axes("prod", np.prod, away(2, 3, 2), (0,)),
    *_axes("max", np.max, distinct(3, 4, 2), (0,)),
    *_axes("min", np.min, distinct(3, 4, 2), (0,)),
    *_axes("mean", np.mean, normal(3, 4, 5), (0,)),
    *_axes("var", np.var, normal(3, 4, 5), (0,)),
    *_axes("std", np.std, normal(3, 4, 5), (0,)),
    *_axes("logsumexp", logsumexp, normal(3, 4, 5), (0,)),
    *_axes("any", np.any, bools(3, 4, 5), ()),
    *_axes("all", np.all, bools(1, 2, 5), ()),
    *_axes("ptp", np.ptp, distinct(3, 4, 2), (0,)),
    *_axes("nansum", np.nansum, normal(3, 4, 5), (0,)),
    *_axes("nanmean", np.nanmean, normal(3, 4, 5), (0,)),
    *_axes("median", np.median, distinct(3, 4, 3), (0,)),
    Case("amax", lambda x: ops.amax(x, axis=1), lambda x: np.max(x, axis=1), distinct(3, 4), grad=(0,)),
    Case("amin", lambda x: ops.amin(x, axis=1), lambda x: np.min(x, axis=1), distinct(3, 4), grad=(0,)),
    Case(
        "max:initial",
        lambda x: ops.max(x, axis=1, initial=0.3),
        lambda x: np.max(x, axis=1, initial=0.3),
        distinct(3, 4),
        grad=(0,),
    ),
    Case(
        "max:empty", lambda x: ops.max(x, axis=1, initial=0.5), lambda x: np.max(x, axis=1, initial=0.5), normal(3, 0)
    ),
    Case(
        "prod:zero",
        lambda x: ops.prod(x, axis=1),
        lambda x: np.prod(x, axis=1),
        fixed([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0], [1.0, 2.0, 3.0]]),
        grad=(0,),
    ),
    Case("prod:dtype", lambda x: ops.prod(x, dtype="int64"), lambda x: np.prod(x), ints(1, 9, 5)),
    Case("sum:int", lambda x: ops.sum(x, axis=0), lambda x: np.sum(x, axis=0, dtype="int32"), ints(-9, 9, 4, 3)),
    Case("sum:bool", ops.sum, lambda x: np.sum(x, dtype="int32"), bools(70)),
    Case("sum:long", lambda x: ops.sum(x, axis=0), lambda x: np.sum(x, axis=0), normal(1000, 3)),
    Case("sum:empty", lambda x: ops.sum(x, axis=1), lambda x: np.sum(x, axis=1), normal(3, 0)),
    Case("max:int", lambda x: ops.max(x, axis=0), lambda x: np.max(x, axis=0), ints(-9, 9, 4, 3)),
    Case("argmax", ops.argmax, lambda x: np.argmax(x).astype("int32"), distinct(3, 4)),
    Case(
        "argmax:axis",
        lambda x: ops.argmax(x, axis=-1, keepdims=True),
        lambda x: np.argmax(x, axis=-1, keepdims=True).astype("int32"),
        distinct(3, 4),
    ),
    Case("argmin", lambda x: ops.argmin(x, axis=0), lambda x: np.argmin(x, axis=0).astype("int32"), distinct(3, 4)),
    Case(
        "count_nonzero",
        lambda x: ops.count_nonzero(x, axis=1),
        lambda x: np.count_nonzero(x, axis=1).astype("int32"),
        ints(0, 2, 3, 4),
    ),
    Case("average", lambda x: ops.average(x, axis=0), lambda x: np.average(x, axis=0), normal(3, 4), grad=(0,)),
    Case(
        "average:weights",
        lambda x, w: ops.average(x, axis=1, weights=w),
        lambda x, w: np.average(x, axis=1, weights=w),
        normal(3, 4),
        _pos_row := uniform(0.3, 2, 4),
        grad=(0, 1),
    ),
    Case(
        "quantile",
        lambda x: ops.quantile(x, [0.1, 0.5, 0.9], axis=1),
        lambda x: np.quantile(x, [0.1, 0.5, 0.9], axis=1),
        distinct(3, 5),
        grad=(0,),
    ),
    *[
        Case(
            f"quantile:{m}",
            lambda x, m=m: ops.quantile(x, 0.4, axis=(0, 2), method=m, keepdims=True),
            lambda x, m=m: np.quantile(x, 0.4, axis=(0, 2), method=m, keepdims=True),
            distinct(3, 2, 3),
        )
        for m in ("lower", "higher", "midpoint", "nearest")
    ],
    *[
        Case(
            f"norm:{o},{a}",
            lambda x, o=o, a=a: ops.norm(x, ord=o, axis=a, keepdims=True),
            lambda x, o=o, a=a: np.linalg.norm(x, ord=o, axis=a, keepdims=True),
            away(3, 4, 2),
            grad=(0,),
        )
        for o, a in [(None, 1), (1, 0), (2, 1), (3, 2), (None, None), ("fro", (0, 1)), (None, (0, 2))]
    ],
    *[
        Case(
            f"norm:{o},{a}",
            lambda x, o=o, a=a: ops.norm(x, ord=o, axis=a),
            lambda x, o=o, a=a: np.linalg.norm(x, ord=o, axis=a),
            distinct(3, 4, 2),
            grad=(0,),
        )
        for o, a in [(np.inf, 1), (-np.inf, 1), (1, (0, 1)), (-1, (1, 0)), (np.inf, (0, 1)), (-np.inf, (2, 1))]
    ],
    Case("norm:0", lambda x: ops.norm(x, ord=0, axis=1), lambda x: np.linalg.norm(x, ord=0, axis=1), away(3, 4)),
    Case(
        "moments",
        lambda x: ops.moments(x, axes=(0, 1)),
        lambda x: (x.mean(axis=(0, 1)), x.var(axis=(0, 1))),
        normal(3, 4, 2),
        grad=(0,),
    ),
]

LINALG = [
    *[
        Case(f"matmul:{a},{b}", ops.matmul, np.matmul, normal(*a), normal(*b), grad=(0, 1), tol=4)
        for a, b in [
            ((3, 4), (4, 5)),
            ((4,), (4, 5)),
            ((3, 4), (4,)),
            ((4,), (4,)),
            ((2, 3, 4), (4, 5)),
            ((2, 3, 4), (2, 4, 5)),
            ((2, 1, 3, 4), (6, 4, 5)),
            ((3, 0), (0, 5)),
            ((0, 4), (4, 5)),
            ((33, 17), (17, 29)),
        ]
    ],
    Case("matmul:int", ops.matmul, np.matmul, ints(-9, 9, 3, 4), ints(-9, 9, 4, 2)),
    Case("dot", ops.dot, np.dot, normal(2, 3, 4), normal(5, 4, 2), grad=(0, 1), tol=4),
    Case("dot:scalar", ops.dot, np.dot, normal(), normal(3), grad=(0, 1)),
    Case("vdot", ops.vdot, np.vdot, normal(2, 3), normal(6), grad=(0, 1), tol=4),
    Case("inner", ops.inner, np.inner, normal(2, 3), normal(4, 3), grad=(0, 1), tol=4),
    Case("outer", ops.outer, np.outer, normal(2, 3), normal(4), grad=(0, 1)),
    Case("kron", ops.kron, np.kron, normal(2, 3), normal(2), grad=(0, 1)),
    Case("tensordot", ops.tensordot, np.tensordot, normal(2, 3, 4), normal(3, 4, 5), grad=(0, 1), tol=4),
    Case(
        "tensordot:axes",
        lambda a, b: ops.tensordot(a, b, ((0, 2), (1, 0))),
        lambda a, b: np.tensordot(a, b, ((0, 2), (1, 0))),
        normal(2, 3, 4),
        normal(4, 2),
        grad=(0, 1),
        tol=4,
    ),
    Case("cross", ops.cross, np.cross, normal(4, 3), normal(3), grad=(0, 1)),
    Case(
        "cross:axis",
        lambda a, b: ops.cross(a, b, axis=0),
        lambda a, b: np.cross(a, b, axis=0),
        normal(3, 4),
        normal(3, 4),
        grad=(0, 1),
    ),
    *[
        Case(
            f"einsum:{s}",
            lambda *x, s=s: ops.einsum(s, *x),
            lambda *x, s=s: np.einsum(s, *x),
            *(normal(*shape) for shape in shapes),
            grad=tuple(range(len(shapes))),
            tol=4,
        )
        for s, shapes in [
            ("ij,jk->ik", ((2, 3), (3, 4))),
            ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))),
            ("ij->ji", ((2, 3),)),
            ("ii->i", ((3, 3),)),
            ("ii", ((3, 3),)),
            ("ij->", ((2, 3),)),
            ("...i,i->...", ((2, 3, 4), (4,))),
            ("ij,kj,k->i", ((2, 3), (4, 3), (4,))),
            ("i,j->ij", ((2,), (3,))),
            ("bhid,bhjd->bhij", ((2, 2, 3, 4), (2, 2, 5, 4))),
        ]
    ],
]

SHAPES = [
    Case("reshape", lambda x: ops.reshape(x, (4, -1)), lambda x: x.reshape(4, -1), normal(2, 6), grad=(0,)),
    Case("ravel", ops.ravel, np.ravel, normal(2, 6), grad=(0,)),
    Case("ravel:empty", ops.ravel, np.ravel, normal(2, 0)),
    Case("transpose", ops.transpose, np.transpose, normal(2, 3, 4), grad=(0,)),
    Case(
        "transpose:axes",
        lambda x: ops.transpose(x, (1, 2, 0)),
        lambda x: x.transpose(1, 2, 0),
        normal(2, 3, 4),
        grad=(0,),
    ),
    Case(
        "transpose:reshape",
        lambda x: ops.reshape(ops.transpose(x), (6, 4)),
        lambda x: x.T.reshape(6, 4),
        normal(2, 3, 4),
        grad=(0,),
    ),
    Case("swapaxes", lambda x: ops.swapaxes(x, 0, -1), lambda x: np.swapaxes(x, 0, -1), normal(2, 3, 4), grad=(0,)),
    Case(
        "moveaxis",
        lambda x: ops.moveaxis(x, (0, 1), (-1, 0)),
        lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
        normal(2, 3, 4),
        grad=(0,),
    ),
    Case(
        "expand_dims",
        lambda x: ops.expand_dims(x, (0, -1)),
        lambda x: np.expand_dims(x, (0, -1)),
        normal(2, 3),
        grad=(0,),
    ),
    Case("squeeze", ops.squeeze, np.squeeze, normal(2, 1, 3, 1), grad=(0,)),
    Case("squeeze:axis", lambda x: ops.squeeze(x, 1), lambda x: np.squeeze(x, 1), normal(2, 1, 1), grad=(0,)),
    Case(
        "broadcast_to",
        lambda x: ops.broadcast_to(x, (2, 3, 4)),
        lambda x: np.broadcast_to(x, (2, 3, 4)),
        normal(3, 1),
        grad=(0,),
    ),
    Case(
        "concatenate",
        lambda a, b: ops.concatenate([a, b], axis=-1),
        lambda a, b: np.concatenate([a, b], axis=-1),
        normal(2, 3),
        normal(2, 2),
        grad=(0, 1),
    ),
    Case(
        "stack",
        lambda a, b: ops.stack([a, b], axis=1),
        lambda a, b: np.stack([a, b], axis=1),
        normal(2, 3),
        normal(2, 3),
        grad=(0, 1),
    ),
    Case(
        "vstack", lambda a, b: ops.vstack([a, b]), lambda a, b: np.vstack([a, b]), normal(3), normal(2, 3), grad=(0, 1)
    ),
    Case(
        "hstack",
        lambda a, b: ops.hstack([a, b]),
        lambda a, b: np.hstack([a, b]),
        normal(2, 3),
        normal(2, 1),
        grad=(0, 1),
    ),
    Case("append", lambda a, b: ops.append(a, b), lambda a, b: np.append(a, b), normal(2, 3), normal(2), grad=(0, 1)),
    Case("split", lambda x: ops.split(x, 2, axis=1), lambda x: np.split(x, 2, axis=1), normal(2, 6), grad=(0,)),
    Case(
        "split:cuts",
        lambda x: ops.split(x, [1, 3, 9], axis=1),
        lambda x: np.split(x, [1, 3, 9], axis=1),
        normal(2, 6),
        grad=(0,),
    ),
    Case(
        "array_split",
        lambda x: ops.array_split(x, 4, axis=1),
        lambda x: np.array_split(x, 4, axis=1),
        normal(2, 6),
        grad=(0,),
    ),
    Case("unstack", lambda x: ops.unstack(x, axis=1), lambda x: [x[:, i] for i in range(3)], normal(2, 3), grad=(0,)),
    Case("tile", lambda x: ops.tile(x, (2, 1, 3)), lambda x: np.tile(x, (2, 1, 3)), normal(2, 3), grad=(0,)),
    Case("repeat", lambda x: ops.repeat(x, 3, axis=1), lambda x: np.repeat(x, 3, axis=1), normal(2, 3), grad=(0,)),
    Case(
        "repeat:counts",
        lambda x: ops.repeat(x, [1, 0, 2], axis=1),
        lambda x: np.repeat(x, [1, 0, 2], axis=1),
        normal(2, 3),
        grad=(0,),
    ),
    Case("roll", lambda x: ops.roll(x, 2), lambda x: np.roll(x, 2), normal(2, 3), grad=(0,)),
    Case(
        "roll:axes",
        lambda x: ops.roll(x, (1, -1), (0, 1)),
        lambda x: np.roll(x, (1, -1), (0, 1)),
        normal(2, 3),
        grad=(0,),
    ),
    Case("flip", ops.flip, np.flip, normal(2, 3), grad=(0,)),
    Case("flip:axis", lambda x: ops.flip(x, 1), lambda x: np.flip(x, 1), normal(2, 3), grad=(0,)),
    *[
        Case(f"rot90:{k}", lambda x, k=k: ops.rot90(x, k), lambda x, k=k: np.rot90(x, k), normal(2, 3), grad=(0,))
        for k in range(-1, 4)
    ],
    Case(
        "pad",
        lambda x: ops.pad(x, ((1, 2), (0, 3)), constant_values=2.0),
        lambda x: np.pad(x, ((1, 2), (0, 3)), constant_values=2.0),
        normal(2, 3),
        grad=(0,),
    ),
    *[
        Case(
            f"pad:{m}",
            lambda x, m=m: ops.pad(x, 1, mode=m),
            lambda x, m=m: np.pad(x, 1, mode=m),
            normal(2, 3),
            grad=(0,),
        )
        for m in ("edge", "reflect", "symmetric")
    ],
    Case("diag", lambda x: ops.diag(x, 1), lambda x: np.diag(x, 1), normal(3), grad=(0,)),
    Case("diag:below", lambda x: ops.diag(x, -2), lambda x: np.diag(x, -2), normal(3), grad=(0,)),
    Case("diag:matrix", lambda x: ops.diag(x, -1), lambda x: np.diag(x, -1), normal(3, 4), grad=(0,)),
    Case("diagflat", ops.diagflat, np.diagflat, normal(2, 2), grad=(0,)),
    Case("diagonal", lambda x: ops.diagonal(x, 1, 0, 2), lambda x: np.diagonal(x, 1, 0, 2), normal(3, 2, 4), grad=(0,)),
    Case("diagonal:none", lambda x: ops.diagonal(x, 9), lambda x: np.diagonal(x, 9), normal(3, 2)),
    Case("trace", ops.trace, np.trace, normal(3, 4), grad=(0,)),
    Case("diff", lambda x: ops.diff(x, n=2, axis=0), lambda x: np.diff(x, n=2, axis=0), normal(4, 3), grad=(0,)),
    Case("tril", lambda x: ops.tril(x, -1), lambda x: np.tril(x, -1), normal(3, 4), grad=(0,)),
    Case("triu", lambda x: ops.triu(x, 1), lambda x: np.triu(x, 1), normal(2, 3, 4), grad=(0,)),
    Case(
        "meshgrid", lambda a, b: ops.meshgrid(a, b), lambda a, b: np.meshgrid(a, b), normal(2), normal(3), grad=(0, 1)
    ),
    Case(
        "linspace",
        lambda a, b: ops.linspace(a, b, 5, axis=-1),
        lambda a, b: np.linspace(a, b, 5, axis=-1),
        normal(2),
        normal(2),
        grad=(0, 1),
    ),
    Case(
        "linspace:open",
        lambda a: ops.linspace(a, 3.0, 4, endpoint=False),
        lambda a: np.linspace(a, 3.0, 4, endpoint=False),
        normal(),
    ),
    Case("zeros_like", ops.zeros_like, np.zeros_like, normal(2, 3)),
    Case("ones_like", lambda x: ops.ones_like(x) * x, lambda x: x, normal(2, 3), grad=(0,)),
    Case("empty_like", ops.empty_like, np.zeros_like, normal(2, 3)),
    Case("full_like", lambda x: ops.full_like(x, 2.0) * x, lambda x: 2 * x, normal(2, 3), grad=(0,)),
    Case("full", lambda x: ops.full((2, 3), x, dtype=x.dtype), lambda x: np.full((2, 3), x), normal(3)),
]

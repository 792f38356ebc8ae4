"""Rows of control flow: values and gradients of loops and branches, against loops written in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, fixed, ints, normal, uniform


def _np_scan(f: Any, init: Any, xs: Any, reverse: bool = False) -> Any:
    carry, ys = init, []
    for x in xs[::-1] if reverse else xs:
        carry, y = f(carry, x)
        ys.append(y)
    return carry, np.stack(ys[::-1] if reverse else ys)


def _cell(np_: Any, w: Any, b: Any) -> Any:
    def turn(c: Any, x: Any) -> Any:
        h = np_.tanh(np_.matmul(c, w) + x + b)
        return h, h * np_.sin(c)

    return turn


def _attending(np_: Any, w: Any) -> Any:
    """Products with rows, with shared matrices and of carries; sums of all kinds for the shared ones."""

    def turn(c: Any, x: Any) -> Any:
        a, s = c
        z = np_.matmul(x, w) + np_.matmul(a, np_.transpose(w) * 0.5)
        a = np_.tanh(z)
        s = s * 0.9 + np_.sum(a * a, axis=0)
        return (a, s), np_.matmul(a, w)

    return turn


def _while(np_: Any, x: Any, w: Any) -> Any:
    if np_ is ops:
        return ops.while_loop(
            lambda i, v: ops.logical_and(i < 6, ops.sum(v * v) < 50.0),
            lambda i, v: (i + 1, v * 1.5 + ops.sin(w * v)),
            (0, x),
            maximum_iterations=8,
        )[1]
    i = 0
    while i < 6 and np.sum(x * x) < 50:
        i, x = i + 1, x * 1.5 + np.sin(w * x)
    return x


def _newton(x: Any) -> Any:
    return ops.while_loop(lambda y: ops.any(ops.abs(y * y - x) > 1e-14 * x), lambda y: (y + x / y) / 2, x + 1.0)


def _polynomial(np_: Any, x: Any, w: Any) -> Any:
    if np_ is ops:
        return ops.fori_loop(1, 5, lambda i, s: s * x + w[i] * ops.cast(i, x.dtype), x * 0.0)
    s = x * 0
    for i in range(1, 5):
        s = s * x + w[i] * i
    return s


def _nested(np_: Any, x: Any, w: Any) -> Any:
    def outer(row: Any) -> Any:
        loop = ops.scan if np_ is ops else _np_scan
        c, ys = loop(lambda c, y: (np_.sin(c * w + y), c * y), row[0], row)
        return ys * c

    return ops.map(outer, x) if np_ is ops else np.stack([outer(row) for row in x])


def _switched(k: Any, x: Any, y: Any) -> Any:
    return ops.switch(k, [lambda a, b: a * b, lambda a, b: ops.sin(a) + b, lambda a, b: a - b * b], x, y)


def _np_switched(k: Any, x: Any, y: Any) -> Any:
    chosen = [lambda a, b: a * b, lambda a, b: np.sin(a) + b, lambda a, b: a - b * b]
    return chosen[int(np.clip(k, 0, 2))](x, y)


def _np_affine(a: Any, b: Any) -> Any:
    out_a, out_b = [a[0]], [b[0]]
    for k in range(1, len(a)):
        out_b.append(out_b[-1] * a[k] + b[k])
        out_a.append(out_a[-1] * a[k])
    return np.stack(out_a), np.stack(out_b)


def _affine(a: Any, b: Any, **options: Any) -> Any:
    return ops.associative_scan(lambda p, q: (p[0] * q[0], p[1] * q[0] + q[1]), (a, b), **options)


_rows = [(5, 4, 3), (3, 3), (3,), (4, 3)]
CONTROL = [
    Case(
        "scan",
        lambda x, w, b, c: ops.scan(_cell(ops, w, b), c, x),
        lambda x, w, b, c: _np_scan(_cell(np, w, b), c, x),
        *(normal(*shape) for shape in _rows),
        grad=(0, 1, 2, 3),
        tol=4,
    ),
    Case(
        "scan:reverse",
        lambda x, w, b, c: ops.scan(_cell(ops, w, b), c, x, reverse=True),
        lambda x, w, b, c: _np_scan(_cell(np, w, b), c, x, reverse=True),
        *(normal(*shape) for shape in _rows),
        grad=(0, 1, 2, 3),
        tol=4,
    ),
    Case(
        "scan:nested carry",
        lambda x, w, s: ops.scan(_attending(ops, w), (x[0], s), x),
        lambda x, w, s: _np_scan(_attending(np, w), (x[0], s), x),
        normal(4, 5, 3),
        normal(3, 3),
        normal(3),
        grad=(0, 1, 2),
        tol=8,
    ),
    Case(
        "scan:one turn",
        lambda x, c: ops.scan(lambda c, x: (c * x, None), c, x)[0],
        lambda x, c: c * x[0],
        normal(1, 3),
        normal(3),
        grad=(0, 1),
    ),
    Case(
        "scan:no turn",
        lambda x, c: ops.scan(lambda c, x: (c * x, ops.sum(x)), c, x),
        lambda x, c: (c, np.zeros(0)),
        normal(0, 3),
        normal(3),
        grad=(1,),
    ),
    Case(
        "scan:swap",
        lambda a, b: ops.scan(lambda c, _: ((c[1], c[0] * 2.0), c[0]), (a, b), length=3),
        lambda a, b: ((2 * b, 4 * a), np.stack([a, b, 2 * a])),
        normal(2),
        normal(2),
        grad=(0, 1),
    ),
    Case(
        "map",
        lambda x: ops.map(lambda r: r * ops.sum(r), x),
        lambda x: x * x.sum(1, keepdims=True),
        normal(4, 3),
        grad=(0,),
    ),
    Case(
        "map:nested",
        lambda x, w: _nested(ops, x, w),
        lambda x, w: _nested(np, x, w),
        normal(3, 4),
        normal(),
        grad=(0, 1),
        tol=4,
    ),
    Case(
        "vectorized_map",
        lambda x, y: ops.vectorized_map(lambda p: ops.matmul(p[0], p[1]), (x, y)),
        lambda x, y: x @ y,
        normal(3, 2, 4),
        normal(3, 4, 5),
        grad=(0, 1),
        tol=4,
    ),
    Case(
        "while_loop",
        lambda x, w: _while(ops, x, w),
        lambda x, w: _while(np, x, w),
        normal(3),
        normal(),
        grad=(0, 1),
        tol=8,
    ),
    Case("while_loop:float64, no maximum", lambda x: _newton(ops.cast(x, "float64")), np.sqrt, uniform(1.0, 9.0, 4)),
    Case(
        "while_loop:no turn",
        lambda x: ops.while_loop(lambda v: ops.sum(v) > 1e9, lambda v: v * 2.0, x),
        lambda x: x,
        normal(3),
    ),
    Case(
        "while_loop:all turns",
        lambda x: ops.while_loop(lambda v: True, lambda v: v * x, x, 3),
        lambda x: x**4,
        normal(3),
        grad=(0,),
        tol=4,
    ),
    Case(
        "fori_loop",
        lambda x, w: _polynomial(ops, x, w),
        lambda x, w: _polynomial(np, x, w),
        normal(3),
        normal(5),
        grad=(0, 1),
        tol=4,
    ),
    Case(
        "fori_loop:bounds are tensors",
        lambda n, x: ops.fori_loop(n, n + 3, lambda i, s: s + ops.cast(i, x.dtype), x),
        lambda n, x: x + 3 * n + 3,
        fixed(4, "int32"),
        normal(3),
    ),
    *(
        Case(f"switch:{k}", _switched, _np_switched, fixed(k, "int32"), normal(3), normal(3), grad=(1, 2))
        for k in (-1, 1, 7)
    ),
    *(
        Case(
            f"cond:{sign}",
            lambda p, x: ops.cond(p > 0, lambda: x * x * p, lambda: ops.sin(x) + x),
            lambda p, x: x * x * p if p > 0 else np.sin(x) + x,
            fixed(sign),
            normal(3),
            grad=(0, 1),
        )
        for sign in (1.5, -1.5)
    ),
    *(
        Case(f"associative_scan:{n}", _affine, _np_affine, normal(n, 2), normal(n, 2), grad=(0, 1), tol=8)
        for n in (1, 2, 5, 8)
    ),
    Case(
        "associative_scan:reverse",
        lambda x: ops.associative_scan(lambda a, b: a + b, x, reverse=True, axis=1),
        lambda x: np.cumsum(x[:, ::-1], axis=1)[:, ::-1],
        normal(2, 7),
        grad=(0,),
        tol=4,
    ),
    Case(
        "vectorize",
        lambda x, y: ops.vectorize(lambda a, b: a * ops.sin(b))(x, y),
        lambda x, y: x * np.sin(y),
        normal(3, 1),
        normal(4),
        grad=(0, 1),
    ),
    Case(
        "vectorize:signature",
        lambda x, y: ops.vectorize(ops.matmul, signature="(m,n),(n)->(m)")(x, y),
        lambda x, y: np.einsum("amn,bn->abm", x[:, 0], y),
        normal(2, 1, 3, 4),
        normal(3, 4),
        grad=(0, 1),
        tol=4,
    ),
    Case(
        "vectorize:excluded",
        lambda x, k: ops.vectorize(lambda a, table: table[a], excluded={1})(k, x),
        lambda x, k: x[k],
        normal(4),
        ints(0, 4, 5),
        grad=(0,),
    ),
]

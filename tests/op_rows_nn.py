"""Rows of indexing, sorting, activations over axes, losses and updates."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from op_case import (
    Case,
    away,
    bools,
    distinct,
    fixed,
    ints,
    normal,
    probabilities,
    sigmoid,
    softmax,
    uniform,
)


def _scattered(index: Any, values: Any) -> Any:
    out = np.zeros((4, 2))
    np.add.at(out, index[..., 0], values)
    return out


def _updated(x: Any, index: Any, values: Any) -> Any:
    x = x.copy()
    for position, value in zip(index, values, strict=True):
        x[tuple(position)] = value
    return x


def _placed(x: Any, part: Any) -> Any:
    x = x.copy()
    x[1:3, 0:2] = part
    return x


_labels = ints(0, 5, 4)
INDEXING = [
    Case(
        "take",
        lambda x, i: ops.take(x, i, axis=1),
        lambda x, i: np.take(x, i, axis=1),
        normal(3, 5, 2),
        ints(-5, 5, 2, 3),
        grad=(0,),
    ),
    Case("take:flat", ops.take, np.take, normal(3, 5), ints(0, 15, 4, dtype="int64"), grad=(0,)),
    Case(
        "take:scalar",
        lambda x, i: ops.take(x, i, axis=0),
        lambda x, i: np.take(x, i, axis=0),
        normal(3, 5),
        ints(0, 3),
        grad=(0,),
    ),
    Case(
        "take:empty",
        lambda x, i: ops.take(x, i, axis=0),
        lambda x, i: np.take(x, i, axis=0),
        normal(3, 5),
        ints(0, 3, 0),
    ),
    Case(
        "take:int",
        lambda x, i: ops.take(x, i, axis=0),
        lambda x, i: np.take(x, i, axis=0),
        ints(0, 9, 3, 5),
        ints(0, 3, 7),
    ),
    Case(
        "take_along_axis",
        lambda x, i: ops.take_along_axis(x, i, axis=1),
        lambda x, i: np.take_along_axis(x, i.astype("int64"), axis=1),
        normal(3, 5),
        ints(-5, 5, 3, 2),
        grad=(0,),
    ),
    Case(
        "take_along_axis:wide",
        lambda x, i: ops.take_along_axis(x, i, axis=0),
        lambda x, i: np.take_along_axis(x, i.astype("int64"), axis=0),
        normal(4, 3),
        ints(0, 4, 2, 1),
        grad=(0,),
    ),
    Case(
        "one_hot",
        lambda i: ops.one_hot(i, 4, axis=0),
        lambda i: (i == np.arange(4)[:, None]).astype("float32"),
        ints(-1, 5, 6),
    ),
    Case(
        "multi_hot",
        lambda i: ops.multi_hot(i, 5),
        lambda i: (i[..., None] == np.arange(5)).any(axis=1).astype("float32"),
        ints(0, 5, 3, 2),
    ),
    Case("slice", lambda x: ops.slice(x, (1, 0), (2, -1)), lambda x: x[1:3], normal(4, 3), grad=(0,)),
    Case(
        "slice:tensor",
        lambda x, s: ops.slice(x, s, (2, 2)),
        lambda x, s: x[s[0] : s[0] + 2, s[1] : s[1] + 2],
        normal(4, 3),
        fixed([1, 1], "int32"),
        grad=(0,),
    ),
    Case("slice_update", lambda x, p: ops.slice_update(x, (1, 0), p), _placed, normal(4, 3), normal(2, 2), grad=(0, 1)),
    Case(
        "slice_update:tensor",
        lambda x, s, p: ops.slice_update(x, s, p),
        lambda x, s, p: _placed(x, p),
        normal(4, 3),
        fixed([1, 0], "int32"),
        normal(2, 2),
        grad=(0, 2),
    ),
    Case("scatter", lambda i, v: ops.scatter(i, v, (4, 2)), _scattered, ints(0, 4, 6, 1), normal(6, 2), grad=(1,)),
    Case(
        "scatter_update",
        ops.scatter_update,
        _updated,
        normal(4, 3),
        fixed([[0, 1], [3, 2], [0, 1]], "int32"),
        normal(3),
        grad=(0, 2),
    ),
    Case(
        "scatter_update:rows",
        ops.scatter_update,
        _updated,
        normal(4, 3),
        fixed([[1], [3]], "int64"),
        normal(2, 3),
        grad=(0, 2),
    ),
    Case(
        "scatter_update:add",
        lambda x, i, v: ops.scatter_update(x, i, v, reduction="add"),
        lambda x, i, v: x + _scattered(i, v),
        normal(4, 2),
        ints(0, 4, 6, 1),
        normal(6, 2),
        grad=(0, 2),
    ),
    Case(
        "segment_sum",
        lambda x, i: ops.segment_sum(x, i, 4),
        lambda x, i: _scattered(i[:, None], x),
        normal(6, 2),
        ints(0, 4, 6),
        grad=(0,),
    ),
    Case(
        "searchsorted",
        ops.searchsorted,
        lambda s, v: np.searchsorted(s, v).astype("int32"),
        fixed([1.0, 2.0, 2.0, 4.0]),
        fixed([[0.0, 2.0], [3.0, 9.0]]),
    ),
    Case(
        "searchsorted:right",
        lambda s, v: ops.searchsorted(s, v, side="right"),
        lambda s, v: np.searchsorted(s, v, side="right").astype("int32"),
        fixed([1, 2, 2, 4], "int32"),
        ints(0, 6, 9),
    ),
    Case(
        "searchsorted:long",
        lambda s, v: ops.searchsorted(s, v, side="right"),
        lambda s, v: np.searchsorted(s, v, side="right").astype("int32"),
        fixed([0.5 * (k // 3) for k in range(203)]),
        fixed([[-1.0, 0.0, 3.5], [33.4, 33.5, 40.0]]),
    ),
    Case(
        "digitize", ops.digitize, lambda x, b: np.digitize(x, b).astype("int32"), normal(3, 4), fixed([-1.0, 0.0, 1.0])
    ),
    *[
        Case(
            f"get_item:{label}",
            lambda x, *i, key=key: ops.get_item(x, key(*i)),
            lambda x, *i, key=key: x[key(*i)],
            normal(4, 3, 5),
            *extra,
            grad=(0,),
        )
        for label, key, extra in [
            ("int", lambda: 2, ()),
            ("negative", lambda: (-1, -1), ()),
            ("slice", lambda: slice(1, 3), ()),
            ("reverse", lambda: (slice(None, None, -1), slice(2, None, -2)), ()),
            ("none", lambda: (None, 1, ..., None), ()),
            ("dots", lambda: (..., 2), ()),
            ("empty", lambda: (slice(3, 1),), ()),
            ("step", lambda: np.s_[::2, :, 1:5:3], ()),
            ("array", lambda i: i, (ints(-4, 4, 2, 3),)),
            ("middle", lambda i: (slice(None), i), (ints(0, 3, 2),)),
            ("pair", lambda i, j: (i, j), (ints(-4, 4, 6), ints(0, 3, 6))),
            ("adjacent", lambda i, j: (slice(None), i, j), (ints(0, 3, 2, 1), ints(0, 5, 4))),
            ("apart", lambda i, j: (i, slice(None), j), (ints(0, 4, 3), ints(0, 5, 3))),
            ("int_and_array", lambda i: (1, slice(None), i), (ints(0, 5, 3),)),
            ("mask", lambda: (np.array([True, False, True, True]), slice(1)), ()),
            ("list", lambda: [0, 2], ()),
        ]
    ],
    Case("sort", ops.sort, np.sort, distinct(3, 5), grad=(0,)),
    Case("sort:axis", lambda x: ops.sort(x, axis=0), lambda x: np.sort(x, axis=0), distinct(3, 5, 2), grad=(0,)),
    Case("sort:flat", lambda x: ops.sort(x, axis=None), lambda x: np.sort(x, axis=None), distinct(3, 5), grad=(0,)),
    Case("sort:int", ops.sort, np.sort, ints(-9, 9, 3, 30)),
    Case("sort:uint8", ops.sort, np.sort, ints(0, 255, 30, dtype="uint8")),
    Case("argsort", ops.argsort, lambda x: np.argsort(x, kind="stable").astype("int32"), ints(0, 4, 3, 9)),
    Case(
        "top_k",
        lambda x: ops.top_k(x, 2),
        lambda x: (-np.sort(-x)[..., :2], np.argsort(-x, kind="stable")[..., :2].astype("int32")),
        distinct(3, 5),
        grad=(0,),
    ),
    Case(
        "in_top_k",
        lambda t, p: ops.in_top_k(t, p, 2),
        lambda t, p: (p > p[np.arange(4), t][:, None]).sum(axis=1) < 2,
        _labels,
        normal(4, 5),
    ),
    Case("cumsum", lambda x: ops.cumsum(x, axis=0), lambda x: np.cumsum(x, axis=0), normal(4, 3), grad=(0,)),
    Case("cumsum:flat", ops.cumsum, np.cumsum, normal(2, 3), grad=(0,)),
    Case("cumsum:bool", lambda x: ops.cumsum(x, axis=0), lambda x: np.cumsum(x, axis=0, dtype="int32"), bools(9)),
    Case("cumprod", lambda x: ops.cumprod(x, axis=1), lambda x: np.cumprod(x, axis=1), away(2, 4), grad=(0,)),
    Case(
        "cumprod:zero",
        lambda x: ops.cumprod(x, axis=1),
        lambda x: np.cumprod(x, axis=1),
        fixed([[2.0, 0.0, 3.0, 4.0], [0.0, 0.0, 1.0, 5.0], [1.0, 2.0, 3.0, 0.0]]),
        grad=(0,),
    ),
]


def _sparsemax(x: Any) -> Any:
    z = -np.sort(-x, axis=-1)
    k = np.arange(1, x.shape[-1] + 1)
    inside = 1 + k * z > np.cumsum(z, axis=-1)
    size = inside.sum(axis=-1, keepdims=True)
    return np.maximum(x - ((z * inside).sum(axis=-1, keepdims=True) - 1) / size, 0)


def _scaled(p: Any, axis: int = -1) -> Any:
    return np.log(np.clip(p / p.sum(axis=axis, keepdims=True), 1e-7, 1 - 1e-7))


def _layer_norm(x: Any, axis: int = -1) -> Any:
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-3)


NN = [
    *[
        Case(
            f"softmax:{a}",
            lambda x, a=a: ops.softmax(x, axis=a),
            lambda x, a=a: softmax(x, a),
            normal(2, 5, 3),
            grad=(0,),
        )
        for a in (-1, 0, 1, (0, 2))
    ],
    *[
        Case(
            f"log_softmax:{a}",
            lambda x, a=a: ops.log_softmax(x, axis=a),
            lambda x, a=a: np.log(softmax(x, a)),
            normal(2, 5, 3),
            grad=(0,),
        )
        for a in (-1, 0, (1, 2))
    ],
    Case("softmax:scalar", ops.softmax, lambda x: np.ones(()), normal()),
    Case("sparsemax", ops.sparsemax, _sparsemax, normal(4, 5), grad=(0,)),
    Case("normalize", ops.normalize, lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True), normal(3, 4), grad=(0,)),
    Case(
        "normalize:1",
        lambda x: ops.normalize(x, axis=0, order=1),
        lambda x: x / np.abs(x).sum(axis=0),
        away(3, 4),
        grad=(0,),
    ),
    Case(
        "batch_normalization",
        lambda x, m, v, o, s: ops.batch_normalization(x, m, v, axis=1, offset=o, scale=s),
        lambda x, m, v, o, s: ((x - m[:, None]) / np.sqrt(v[:, None] + 1e-3)) * s[:, None] + o[:, None],
        normal(2, 3, 4),
        normal(3),
        uniform(0.5, 2, 3),
        normal(3),
        normal(3),
        grad=(0, 1, 2, 3, 4),
        tol=4,
    ),
    Case(
        "layer_normalization",
        lambda x, g, b: ops.layer_normalization(x, g, b, epsilon=1e-3),
        lambda x, g, b: _layer_norm(x) * g + b,
        normal(3, 6),
        normal(6),
        normal(6),
        grad=(0, 1, 2),
    ),
    Case(
        "rms_normalization",
        lambda x, g: ops.rms_normalization(x, g, epsilon=1e-3),
        lambda x, g: x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-3) * g,
        normal(3, 6),
        normal(6),
        grad=(0, 1),
    ),
    Case(
        "categorical_crossentropy",
        ops.categorical_crossentropy,
        lambda t, p: -(t * _scaled(p)).sum(axis=-1),
        probabilities(3, 4),
        uniform(0.1, 0.9, 3, 4),
        grad=(0, 1),
    ),
    Case(
        "categorical_crossentropy:logits",
        lambda t, z: ops.categorical_crossentropy(t, z, from_logits=True),
        lambda t, z: -(t * np.log(softmax(z))).sum(axis=-1),
        probabilities(2, 3, 4),
        normal(2, 3, 4),
        grad=(0, 1),
    ),
    Case(
        "categorical_crossentropy:axis",
        lambda t, z: ops.categorical_crossentropy(t, z, from_logits=True, axis=1),
        lambda t, z: -(t * np.log(softmax(z, 1))).sum(axis=1),
        probabilities(2, 3, 4),
        normal(2, 3, 4),
        grad=(0, 1),
    ),
    Case(
        "categorical_crossentropy:softmax",
        lambda t, z: ops.categorical_crossentropy(t, ops.softmax(z)),
        lambda t, z: -(t * np.log(softmax(z))).sum(axis=-1),
        probabilities(3, 4),
        normal(3, 4),
        grad=(0, 1),
    ),
    Case(
        "sparse_categorical_crossentropy",
        ops.sparse_categorical_crossentropy,
        lambda t, p: -np.take_along_axis(_scaled(p), t[:, None].astype("int64"), -1)[:, 0],
        _labels,
        uniform(0.1, 0.9, 4, 5),
        grad=(1,),
    ),
    Case(
        "sparse_categorical_crossentropy:logits",
        lambda t, z: ops.sparse_categorical_crossentropy(t, z, from_logits=True),
        lambda t, z: -np.take_along_axis(np.log(softmax(z)), t.astype("int64"), -1)[:, 0],
        ints(0, 5, 4, 1),
        normal(4, 5),
        grad=(1,),
    ),
    Case(
        "sparse_categorical_crossentropy:axis",
        lambda t, z: ops.sparse_categorical_crossentropy(t, z, from_logits=True, axis=1),
        lambda t, z: -np.take_along_axis(np.log(softmax(z, 1)), t[:, None].astype("int64"), 1)[:, 0],
        ints(0, 5, 2, 3, dtype="uint8"),
        normal(2, 5, 3),
        grad=(1,),
    ),
    Case(
        "binary_crossentropy",
        ops.binary_crossentropy,
        lambda t, p: -t * np.log(p) - (1 - t) * np.log(1 - p),
        uniform(0, 1, 3, 4),
        uniform(0.1, 0.9, 3, 4),
        grad=(0, 1),
    ),
    Case(
        "binary_crossentropy:logits",
        lambda t, z: ops.binary_crossentropy(t, z, from_logits=True),
        lambda t, z: -t * np.log(sigmoid(z)) - (1 - t) * np.log(1 - sigmoid(z)),
        uniform(0, 1, 3, 4),
        normal(3, 4),
        grad=(0, 1),
    ),
    Case(
        "binary_crossentropy:sigmoid",
        lambda t, z: ops.binary_crossentropy(t, ops.reshape(ops.sigmoid(z), (3, 4))),
        lambda t, z: (-t.reshape(12) * np.log(sigmoid(z)) - (1 - t.reshape(12)) * np.log(1 - sigmoid(z))).reshape(3, 4),
        uniform(0, 1, 3, 4),
        normal(12),
        grad=(0, 1),
    ),
]


def _decayed(p: Any, lr: Any) -> Any:
    return p * (1 - 0.01 * lr)


def _np_rmsprop(p: Any, g: Any, v: Any, a: Any, m: Any, lr: Any) -> Any:
    p, v, a = _decayed(p, lr), 0.8 * v + 0.2 * g * g, 0.8 * a + 0.2 * g
    m = 0.5 * m + lr * g / np.sqrt(v - a * a + 1e-3)
    return p - m, v, a, m


def _np_adam(p: Any, g: Any, m: Any, v: Any, h: Any, lr: Any, alpha: Any) -> Any:
    m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
    h = np.maximum(h, v)
    return _decayed(p, lr) - alpha * m / (np.sqrt(h) + 1e-3), m, v, h


def _np_adadelta(p: Any, g: Any, a: Any, d: Any, lr: Any) -> Any:
    a = 0.8 * a + 0.2 * g * g
    step = -g * np.sqrt((d + 1e-3) / (a + 1e-3))
    return _decayed(p, lr) + lr * step, a, 0.8 * d + 0.2 * step * step


def _np_adamax(p: Any, g: Any, m: Any, u: Any, lr: Any, alpha: Any) -> Any:
    m, u = 0.8 * m + 0.2 * g, np.maximum(0.9 * u, np.abs(g))
    return _decayed(p, lr) - alpha * m / (u + 1e-3), m, u


def _np_nadam(p: Any, g: Any, m: Any, v: Any, lr: Any, of_m: Any, of_g: Any, of_v: Any) -> Any:
    m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
    return _decayed(p, lr) - (of_m * m + of_g * g) / (np.sqrt(of_v * v) + 1e-3), m, v


def _np_ftrl(p: Any, g: Any, a: Any, z: Any, lr: Any) -> Any:
    p, total = _decayed(p, lr), a + g * g
    z = z + g + 0.6 * p - (np.sqrt(total) - np.sqrt(a)) / lr * p
    return (np.clip(z, -0.2, 0.2) - z) / ((np.sqrt(total) + 0.4) / lr + 0.2), total, z


def _np_lamb(p: Any, g: Any, m: Any, v: Any, lr: Any, c1: Any, c2: Any) -> Any:
    p, m, v = _decayed(p, lr), 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
    u = m / c1 / (np.sqrt(v / c2) + 1e-3)
    return p - lr * np.linalg.norm(p) / np.linalg.norm(u) * u, m, v


_p, _lr = normal(3, 5), fixed(0.1)
_BETAS = {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.01}
UPDATES = [
    Case(
        "sgd_step",
        lambda p, g, lr: ops.sgd_step(p, g, lr, weight_decay=0.01),
        lambda p, g, lr: _decayed(p, lr) - lr * g,
        _p,
        _p,
        _lr,
    ),
    Case(
        "momentum_step",
        lambda p, g, m, lr: ops.momentum_step(p, g, m, lr, momentum=0.8),
        lambda p, g, m, lr: (p + 0.8 * m - lr * g, 0.8 * m - lr * g),
        _p,
        _p,
        _p,
        _lr,
    ),
    Case(
        "momentum_step:nesterov",
        lambda p, g, m, lr: ops.momentum_step(p, g, m, lr, momentum=0.8, nesterov=True),
        lambda p, g, m, lr: (p + 0.8 * (0.8 * m - lr * g) - lr * g, 0.8 * m - lr * g),
        _p,
        _p,
        _p,
        _lr,
    ),
    Case(
        "rmsprop_step",
        lambda p, g, v, lr: ops.rmsprop_step(p, g, v, lr, epsilon=1e-3),
        lambda p, g, v, lr: (p - lr * g / np.sqrt(0.9 * v + 0.1 * g * g + 1e-3), 0.9 * v + 0.1 * g * g),
        _p,
        _p,
        _pos5 := uniform(0.3, 1, 3, 5),
        _lr,
    ),
    Case(
        "rmsprop_step:all",
        lambda p, g, v, a, m, lr: ops.rmsprop_step(
            p, g, v, lr, average=a, momentum_slot=m, rho=0.8, momentum=0.5, epsilon=1e-3, weight_decay=0.01
        ),
        _np_rmsprop,
        _p,
        _p,
        _pos5,
        uniform(-0.1, 0.1, 3, 5),
        _p,
        _lr,
    ),
    Case(
        "adam_step",
        lambda p, g, m, v, lr, alpha: ops.adam_step(
            p, g, m, v, lr, alpha, beta_1=0.8, beta_2=0.9, epsilon=1e-3, weight_decay=0.01
        ),
        lambda p, g, m, v, lr, alpha: _np_adam(p, g, m, v, v * 0, lr, alpha)[:3],
        _p,
        _p,
        _p,
        _pos5,
        _lr,
        fixed(0.2),
    ),
    Case(
        "adam_step:amsgrad",
        lambda p, g, m, v, h, lr, alpha: ops.adam_step(
            p, g, m, v, lr, alpha, vhat=h, beta_1=0.8, beta_2=0.9, epsilon=1e-3, weight_decay=0.01
        ),
        _np_adam,
        _p,
        _p,
        _p,
        _pos5,
        _pos5,
        _lr,
        fixed(0.2),
    ),
    Case(
        "adagrad_step",
        lambda p, g, a, lr: ops.adagrad_step(p, g, a, lr, epsilon=1e-3),
        lambda p, g, a, lr: (p - lr * g / np.sqrt(a + g * g + 1e-3), a + g * g),
        _p,
        _p,
        _pos5,
        _lr,
    ),
    Case(
        "adadelta_step",
        lambda p, g, a, d, lr: ops.adadelta_step(p, g, a, d, lr, rho=0.8, epsilon=1e-3, weight_decay=0.01),
        _np_adadelta,
        _p,
        _p,
        _pos5,
        _pos5,
        _lr,
    ),
    Case(
        "adamax_step",
        lambda p, g, m, u, lr, alpha: ops.adamax_step(p, g, m, u, lr, alpha, **_BETAS),
        _np_adamax,
        _p,
        _p,
        _p,
        _pos5,
        _lr,
        fixed(0.2),
    ),
    Case(
        "nadam_step",
        lambda *x: ops.nadam_step(*x, **_BETAS),
        _np_nadam,
        _p,
        _p,
        _p,
        _pos5,
        _lr,
        fixed(0.2),
        fixed(0.3),
        fixed(1.1),
    ),
    Case(
        "lion_step",
        lambda p, g, m, lr: ops.lion_step(p, g, m, lr, beta_1=0.8, beta_2=0.7, weight_decay=0.01),
        lambda p, g, m, lr: (_decayed(p, lr) - lr * np.sign(0.8 * m + 0.2 * g), 0.7 * m + 0.3 * g),
        _p,
        _p,
        normal(3, 5),
        _lr,
    ),
    Case(
        "ftrl_step",
        lambda p, g, a, z, lr: ops.ftrl_step(
            p, g, a, z, lr, l1=0.2, l2=0.1, l2_shrinkage=0.3, beta=0.4, weight_decay=0.01
        ),
        _np_ftrl,
        _p,
        _p,
        _pos5,
        normal(3, 5),
        _lr,
    ),
    Case("lamb_step", lambda *x: ops.lamb_step(*x, **_BETAS), _np_lamb, _p, _p, _p, _pos5, _lr, fixed(0.2), fixed(0.3)),
]

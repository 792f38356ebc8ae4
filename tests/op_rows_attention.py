"""Rows of attention: with and without masks, causal, grouped heads, with bias and soft cap."""

from __future__ import annotations

from typing import Any

import numpy as np

import nncore.ops.attention  # noqa: F401  (defines the primitives)
from nncore import ops
from op_case import Case, normal, softmax


def _reference(**options: Any) -> Any:
    """The definition, with the whole matrix of scores; what is masked gets a large negative number."""

    def attend(q: Any, k: Any, v: Any, *rest: Any) -> Any:
        more = list(rest)
        bias = more.pop(0) if options.get("bias") else 0
        mask = more.pop(0) if options.get("mask") else None
        k, v = (np.repeat(x, q.shape[2] // x.shape[2], axis=2) for x in (k, v))
        scores = np.einsum("btnh,bsnh->bnts", q, k) * options.get("scale", q.shape[-1] ** -0.5)
        cap = options.get("cap")
        if cap:
            scores = np.tanh(scores / cap) * cap
        scores = scores + bias
        low = -0.7 * np.finfo(np.float64).max
        if mask is not None:
            scores = np.where(mask, scores, low)
        if options.get("causal"):
            scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, low)
        return np.einsum("bnts,bsnh->btnh", softmax(scores), v)

    return attend


def _mask(*shape: int) -> Any:
    def make(rng: np.random.Generator) -> Any:
        mask = rng.random(size=shape) < 0.6
        mask[..., 0, :] = False  # a row that sees nothing is an average
        return mask

    return make


def _row(label: str, q: tuple[int, ...], k: tuple[int, ...], *more: Any, v: Any = None, **options: Any) -> Case:
    names = [name for name in ("bias", "mask") if options.get(name)]
    settings = {"is_causal": options.get("causal", False), "scale": options.get("scale")}
    settings["attn_logits_soft_cap"] = options.get("cap")

    def attend(q: Any, k: Any, v: Any, *rest: Any) -> Any:
        return ops.dot_product_attention(q, k, v, **dict(zip(names, rest, strict=True)), **settings)

    grad = (0, 1, 2, 3) if options.get("bias") else (0, 1, 2)
    inputs = (normal(*q), normal(*k), normal(*(v or k)))
    return Case(f"dot_product_attention:{label}", attend, _reference(**options), *inputs, *more, grad=grad, tol=4)


ATTENTION = [
    _row("plain", (2, 3, 2, 4), (2, 5, 2, 4)),
    _row("causal", (2, 5, 2, 4), (2, 5, 2, 4), causal=True),
    _row("scaled", (2, 3, 1, 4), (2, 2, 1, 4), scale=0.7),
    _row("masked", (2, 3, 2, 4), (2, 5, 2, 4), _mask(2, 1, 3, 5), mask=True),
    _row("masked_heads", (2, 3, 2, 4), (2, 5, 2, 4), _mask(2, 3, 5), mask=True),
    _row("masked_causal", (2, 4, 2, 3), (2, 4, 2, 3), _mask(2, 2, 4, 4), mask=True, causal=True),
    _row("grouped", (2, 3, 6, 4), (2, 5, 2, 4)),
    _row("value", (2, 3, 2, 4), (2, 5, 2, 4), v=(2, 5, 2, 7)),
    _row("bias", (2, 3, 2, 4), (2, 5, 2, 4), normal(1, 2, 3, 5), bias=True),
    _row("bias_masked", (2, 3, 4, 4), (2, 5, 2, 4), normal(3, 5), _mask(2, 1, 3, 5), bias=True, mask=True),
    _row("cap", (2, 3, 2, 4), (2, 5, 2, 4), cap=1.5, causal=True),
]

# Beyond one block of queries, one tile of keys, one vector of features.
_LARGE = [
    ("large", (1, 37, 2, 20), (1, 70, 1, 20), {}),
    ("large_causal", (1, 70, 1, 33), (1, 70, 1, 33), {"causal": True}),
    ("one_query", (3, 1, 2, 5), (3, 130, 2, 5), {}),
]
for _label, _q, _k, _options in _LARGE:
    _case = _row(_label, _q, _k, **_options)
    _case.grad = ()
    ATTENTION.append(_case)

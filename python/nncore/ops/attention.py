"""Attention: ``dot_product_attention``, without the matrix of scores where nobody asks for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, THROUGH_COMPOSITION, OpDef, SpecPair, shape_of
from nncore.ops.dtypes import as_operand, dtype_of, is_float, promote
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.linalg import swap
from nncore.ops.reduction import max as ops_max
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.rules import is_zero
from nncore.ops.shape import broadcast_to, concatenate, reshape, transpose
from nncore.ops.softmax import softmax

# --- the primitive ---------------------------------------------------------------------------------------------------

# What stands in the place of a score that a mask lets not count, as a share of the largest number.
_MASKED = -0.7


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (q, dtype), (k, _), (v, _) = specs[:3]
    fit = len(q) == len(k) == len(v) == 4 and q[0] == k[0] == v[0] and q[3] == k[3] and k[1:3] == v[1:3]
    fit = fit and k[2] > 0 and q[2] % k[2] == 0
    if not fit or any(s != (q[0], q[2], q[1], k[1]) for s, _ in specs[3:]):
        raise ValueError(f"attention: operands don't fit. Received: {shape_of(specs)}.")
    return [((*q[:3], v[3]), dtype), ((q[0], q[2], q[1], 2), dtype)]


def _weights_reference(q: Any, k: Any, mask: Any, causal: bool, scale: float) -> tuple[Any, Any, Any]:
    """Weights, largest scores and sums, ``(B, N, S, T)`` and ``(B, N, S, 1)``."""
    k = np.repeat(k, q.shape[2] // k.shape[2], axis=2)
    scores = np.einsum("bsnd,btnd->bnst", q, k) * scale
    low = _MASKED * np.finfo(q.dtype).max
    if mask is not None:
        scores = np.where(mask, scores, low)
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:]) > 0, scores, low)
    best = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - best)
    total = e.sum(axis=-1, keepdims=True)
    return e / total, best, total


def _reference(q: Any, k: Any, v: Any, mask: Any = None, *, causal: bool, scale: float) -> list[Any]:
    p, best, total = _weights_reference(q, k, mask, causal, scale)
    v = np.repeat(v, q.shape[2] // v.shape[2], axis=2)
    return [np.einsum("bnst,btne->bsne", p, v), np.concatenate([best, 1 / total], axis=-1)]


def _grad(node: Any, needs: Sequence[bool], g: Any, g_sums: Any) -> Any:
    if not is_zero(g_sums):
        return THROUGH_COMPOSITION
    q, k, v, *mask = node.inputs
    o, sums = node.outputs
    grads = apply(OPS["attention_grad"], [q, k, v, o, sums, g, *mask], node.attrs)
    return [*grads, *(None for _ in mask)]


def _back_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return list(specs[:3])


def _back_reference(
    q: Any, k: Any, v: Any, o: Any, sums: Any, g: Any, mask: Any = None, *, causal: bool, scale: float
) -> list[Any]:
    groups, share = k.shape[2], q.shape[2] // k.shape[2]
    p = _weights_reference(q, k, mask, causal, scale)[0]
    live = np.ones(p.shape, bool) if mask is None else mask.astype(bool)
    if causal:
        live = live & (np.tri(*p.shape[-2:]) > 0)
    wide_k, wide_v = (np.repeat(x, share, axis=2) for x in (k, v))
    dp = np.einsum("bsne,btne->bnst", g, wide_v)
    dots = np.einsum("bsne,bsne->bns", g, o)[..., None]
    ds = np.where(live, p * (dp - dots), 0) * scale
    dk, dv = np.einsum("bnst,bsnd->btnd", ds, q), np.einsum("bnst,bsne->btne", p, g)

    def grouped(x: Any) -> Any:
        return x.reshape(*x.shape[:2], groups, share, x.shape[3]).sum(axis=3)

    return [np.einsum("bnst,btnd->bsnd", ds, wide_k), grouped(dk), grouped(dv)]


def _parts(q: Any, k: Any, mask: Sequence[Any], causal: bool, scale: float) -> tuple[Any, Any, Any, Any]:
    """Queries and keys with the heads in front, scores as they count, and where they do (None: everywhere)."""
    q, k = _heads(q, 1), _heads(k, q.shape[2] // k.shape[2])
    scores = apply(OPS["matmul"], [q, swap(k)]) * scale
    live = mask[0] if mask else None
    if causal:
        seen = np.tri(*scores.shape[-2:]) > 0
        live = seen if live is None else binary("logical_and", live, seen)
    low = float(_MASKED * np.finfo(dtype_of(scores)).max)
    return q, k, scores if live is None else where(live, scores, low), live


def _composed(q: Any, k: Any, v: Any, *mask: Any, causal: bool, scale: float) -> list[Any]:
    share = q.shape[2] // k.shape[2]
    _, _, scores, _ = _parts(q, k, mask, causal, scale)
    best = ops_max(scores, axis=-1, keepdims=True)
    total = ops_sum(unary("exp", scores - best), axis=-1, keepdims=True)
    o = apply(OPS["matmul"], [unary("exp", scores - best) / total, _heads(v, share)])
    return [transpose(o, (0, 2, 1, 3)), concatenate([best, 1 / total], axis=-1)]


def _back_composed(
    q: Any, k: Any, v: Any, o: Any, sums: Any, g: Any, *mask: Any, causal: bool, scale: float
) -> list[Any]:
    # From the operands alone: results are functions of them, and are not differentiated.
    del o, sums
    groups = k.shape[2]
    share = q.shape[2] // groups
    q, k, scores, live = _parts(q, k, mask, causal, scale)
    v, g = _heads(v, share), _heads(g, 1)
    p = softmax(scores, axis=-1)
    dp = apply(OPS["matmul"], [g, swap(v)])
    ds = p * (dp - ops_sum(p * dp, axis=-1, keepdims=True)) * scale
    ds = ds if live is None else where(live, ds, 0.0)

    def grouped(x: Any) -> Any:
        """The sum over the heads that share keys, with the heads back in their place."""
        b, _, t, d = x.shape
        x = ops_sum(reshape(x, (b, groups, share, t, d)), axis=2)
        return transpose(x, (0, 2, 1, 3))

    dq = transpose(apply(OPS["matmul"], [ds, k]), (0, 2, 1, 3))
    return [dq, grouped(apply(OPS["matmul"], [swap(ds), q])), grouped(apply(OPS["matmul"], [swap(p), g]))]


def _heads(x: Any, share: int) -> Any:
    """``(B, T, K, D)`` as ``(B, N, T, D)``, each head ``share`` times."""
    return _repeated(transpose(x, (0, 2, 1, 3)), share)


# q (B, S, N, D), k (B, T, M, D), v (B, T, M, E) [, mask (B, N, S, T)] -> (B, S, N, E), (B, N, S, 2)
OpDef(
    "attention",
    KERNEL,
    _infer,
    _grad,
    _reference,
    encode=lambda specs, attrs: ((len(specs) == 4, attrs["causal"]), (attrs["scale"],)),
    composed=_composed,
)
OpDef(
    "attention_grad",
    KERNEL,
    _back_infer,
    THROUGH_COMPOSITION,
    _back_reference,
    encode=lambda specs, attrs: ((len(specs) == 7, attrs["causal"]), (attrs["scale"],)),
    composed=_back_composed,
)


# --- the function ----------------------------------------------------------------------------------------------------


@op
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """Attention of several heads: ``softmax(scale * query @ key.T + bias) @ value`` for each.

    Without ``bias`` and ``attn_logits_soft_cap`` no matrix of scores is made.

    Args:
        query: ``(B, T, N, H)``.
        key: ``(B, S, K, H)``; ``N`` is a multiple of ``K``, and groups of query heads share a head of it.
        value: ``(B, S, K, H)``.
        bias: Added to the scores; broadcasts to ``(B, N, T, S)``. Defaults to None.
        mask: Booleans, true where a score counts; broadcasts to ``(B, N, T, S)``. Defaults to None.
        scale: Factor of the scores. Defaults to ``1 / sqrt(H)``.
        is_causal: Whether a position sees only itself and those before. Defaults to False.
        flash_attention: Accepted for what is written for Keras; results are the same. Defaults to None.
        attn_logits_soft_cap: Scores are brought below this number by ``tanh``. Defaults to None.

    Returns:
        ``(B, T, N, H)``.

    Raises:
        ValueError: If the shapes don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> x = np.ones((2, 5, 4, 8), "float32")
        >>> ops.dot_product_attention(x, x, x, is_causal=True).shape
        (2, 5, 4, 8)
    """
    del flash_attention
    q, k, v = (as_operand(x) for x in (query, key, value))
    for name, x in (("query", q), ("key", k), ("value", v)):
        if len(x.shape) != 4:
            raise ValueError(
                f"dot_product_attention: `{name}` must be 4D, (batch, length, heads, features). "
                f"Received: {name}.shape={tuple(x.shape)}."
            )
    dtype = promote(*(dtype_of(x) for x in (q, k, v)))
    dtype = dtype if is_float(dtype) else "float32"
    q, k, v = (convert(x, dtype) for x in (q, k, v))
    factor = 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    full = (q.shape[0], q.shape[2], q.shape[1], k.shape[1])
    if mask is not None:
        mask = _full("mask", mask, full)
        mask = mask if dtype_of(mask) == "bool" else binary("ne", mask, 0)
    if bias is None and attn_logits_soft_cap is None:
        attrs = {"causal": bool(is_causal), "scale": factor}
        return apply(OPS["attention"], [q, k, v, *([] if mask is None else [mask])], attrs)[0]
    return _scored(q, k, v, bias, mask, factor, is_causal, attn_logits_soft_cap)


def _full(name: str, x: Any, shape: tuple[int, ...]) -> Any:
    x = as_operand(x)
    found = (1,) * (4 - len(x.shape)) + tuple(x.shape)
    if len(found) != 4 or any(a not in (1, b) for a, b in zip(found, shape, strict=True)):
        raise ValueError(
            f"dot_product_attention: `{name}` must broadcast to (batch, heads, query length, key length), {shape}. "
            f"Received: {name}.shape={tuple(x.shape)}."
        )
    return broadcast_to(reshape(x, found), shape)


def _scored(q: Any, k: Any, v: Any, bias: Any, mask: Any, scale: float, causal: bool, cap: float | None) -> Any:
    """The same with the matrix of scores, ``(B, N, S, T)``."""
    share = q.shape[2] // k.shape[2]
    q, k, v = (transpose(x, (0, 2, 1, 3)) for x in (q, k, v))
    k, v = (_repeated(x, share) for x in (k, v))
    scores = apply(OPS["matmul"], [q, swap(k)]) * scale
    if cap is not None:
        scores = binary("mul", unary("tanh", scores / float(cap)), float(cap))
    if bias is not None:
        scores = scores + _full("bias", bias, scores.shape)
    low = float(_MASKED * np.finfo(dtype_of(scores)).max)
    if mask is not None:
        scores = where(mask, scores, low)
    if causal:
        scores = where(np.tri(*scores.shape[-2:]) > 0, scores, low)
    return transpose(apply(OPS["matmul"], [softmax(scores, axis=-1), v]), (0, 2, 1, 3))


def _repeated(x: Any, share: int) -> Any:
    """``(B, K, T, D)`` with each head ``share`` times."""
    if share == 1:
        return x
    b, heads, t, d = x.shape
    wide = broadcast_to(reshape(x, (b, heads, 1, t, d)), (b, heads, share, t, d))
    return reshape(wide, (b, heads * share, t, d))

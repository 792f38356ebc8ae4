"""Recurrent layers over whole sequences: one primitive each for LSTM, GRU and the simple one, and their gradients.

A primitive takes the inputs' products with their weights for all steps at once, made by one ordinary matrix product,
and walks the sequence in one instruction; so does its gradient, after which one matrix product over all steps gives the
gradient of the recurrent weights. Sequences are (B, T, ...). ``reverse`` walks from the last step to the first, with
inputs and outputs in their places. Where a mask is False the states are handed on as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops import recurrent_composed
from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, THROUGH_COMPOSITION, OpDef, SpecPair, shape_of
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary
from nncore.ops.linalg import EPILOGUES, swap
from nncore.ops.recurrent_composed import before
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.rules import is_zero
from nncore.ops.shape import reshape

# Activations that the kernels know; their derivatives are functions of their values.
GATES = {name: EPILOGUES[name] for name in ("linear", "relu", "sigmoid", "tanh")}
GATES["hard_sigmoid"] = 10

Attrs = dict[str, Any]


def _check(name: str, ok: bool, specs: Sequence[SpecPair]) -> None:
    if not ok:
        raise ValueError(f"{name}: operands don't fit. Received: {shape_of(specs)}.")


def _codes(attrs: Attrs) -> tuple[int, ...]:
    return tuple(GATES[attrs[name]] for name in ("activation", "recurrent_activation") if name in attrs)


def _plain_gate(name: str, x: Any) -> Any:
    return {
        "linear": lambda: x,
        "relu": lambda: np.maximum(x, 0),
        "sigmoid": lambda: 1 / (1 + np.exp(-x)),
        "tanh": lambda: np.tanh(x),
        "hard_sigmoid": lambda: np.clip(x / 6 + 0.5, 0, 1),
    }[name]()


# --- what the three share --------------------------------------------------------------------------------------------


def _weights_gradient(states: Any, dz: Any) -> Any:
    """The sum over batch and time of states^T dz, as one matrix product."""
    b, t, u = states.shape
    return apply(OPS["matmul"], [swap(reshape(states, (b * t, u))), reshape(dz, (b * t, dz.shape[-1]))])


def _given(gs: Sequence[Any]) -> tuple[list[Any], tuple[bool, ...]]:
    """Gradients that are not zero, and which they are."""
    kept = tuple(not is_zero(g) for g in gs)
    return [g for g, keep in zip(gs, kept, strict=True) if keep], kept


def _zeros(gs: Sequence[Any]) -> bool:
    return all(is_zero(g) for g in gs)


def _saved(node: Any) -> list[Any]:
    """All outputs of a node, with what the gradient needs: now that there is one, they are asked for."""
    if not node.attrs["save"]:
        node.outputs[0].trace.widen(node, {**node.attrs, "save": True})
    return list(node.outputs)


def _steps(x: Any, mask: Any, reverse: bool) -> Any:
    """For references: time, the step's rows of x, and its mask as a column."""
    times = range(x.shape[1])
    for t in reversed(times) if reverse else times:
        yield t, x[:, t], np.ones((len(x), 1), bool) if mask is None else mask[:, t, None].astype(bool)


def _unpack(rest: Sequence[Any], attrs: Attrs, shapes: Sequence[Any]) -> tuple[Any, list[Any]]:
    """For references: the mask and the gradients, zeros for those that are missing."""
    more = list(rest)
    mask = more.pop(0) if attrs["mask"] else None
    return mask, [more.pop(0) if keep else np.zeros(shape) for keep, shape in zip(attrs["given"], shapes, strict=True)]


def _gated_encode(specs: Sequence[SpecPair], attrs: Attrs) -> tuple[Any, Any]:
    return (*_codes(attrs), len(specs) == 5, attrs["save"], attrs["reverse"]), ()


def _back_encode(specs: Sequence[SpecPair], attrs: Attrs) -> tuple[Any, Any]:
    return (*_codes(attrs), attrs["mask"], *attrs["given"], attrs["reverse"]), ()


# --- LSTM ------------------------------------------------------------------------------------------------------------


def _lstm_infer(specs: Sequence[SpecPair], attrs: Attrs) -> list[SpecPair]:
    (x, dtype), (r, _) = specs[:2]
    b, t = x[:2]
    u = r[0]
    fit = len(x) == 3 and r == (u, x[2]) and x[2] == 4 * u and specs[2][0] == specs[3][0] == (b, u)
    _check("lstm", fit and all(s == (b, t) for s, _ in specs[4:]), specs)
    outputs: list[SpecPair] = [((b, t, u), dtype), ((b, u), dtype), ((b, u), dtype)]
    return [*outputs, ((b, t, u), dtype), ((b, t, 4 * u), dtype)] if attrs["save"] else outputs


def _lstm_reference(x: Any, r: Any, h: Any, c: Any, mask: Any = None, **attrs: Any) -> Any:
    activation, recurrent_activation = attrs["activation"], attrs["recurrent_activation"]
    (b, t), u = x.shape[:2], len(r)
    out, cells, gates = np.zeros((b, t, u)), np.zeros((b, t, u)), np.zeros((b, t, 4 * u))
    for at, row, live in _steps(x, mask, attrs["reverse"]):
        z = row + h @ r
        i, f, o = (_plain_gate(recurrent_activation, z[:, k * u : (k + 1) * u]) for k in (0, 1, 3))
        g = _plain_gate(activation, z[:, 2 * u : 3 * u])
        new = f * c + i * g
        h, c = np.where(live, o * _plain_gate(activation, new), h), np.where(live, new, c)
        out[:, at], cells[:, at] = h, c
        gates[:, at] = np.where(live, np.concatenate([i, f, g, o], axis=1), 0)
    return [out, h, c, cells, gates] if attrs["save"] else [out, h, c]


def _lstm_grad(node: Any, needs: Sequence[bool], *gs: Any) -> Any:
    if not _zeros(gs[3:]):
        return THROUGH_COMPOSITION
    _, r, h, c, *mask = node.inputs
    attrs = node.attrs
    out, _, _, cells, gates = _saved(node)
    given, kept = _given(gs[:3])
    kinds = {k: attrs[k] for k in ("activation", "recurrent_activation", "reverse")}
    dz, dh, dc = apply(
        OPS["lstm_grad"], [r, c, cells, gates, *mask, *given], {**kinds, "mask": bool(mask), "given": kept}
    )
    dr = _weights_gradient(before(out, h, attrs["reverse"]), dz) if needs[1] else None
    return [dz, dr, dh, dc, *(None for _ in mask)]


def _lstm_back_reference(r: Any, c0: Any, cells: Any, gates: Any, *rest: Any, **attrs: Any) -> Any:
    activation, recurrent_activation = attrs["activation"], attrs["recurrent_activation"]
    b, t, u = cells.shape
    mask, (seq, dh, dc) = _unpack(rest, attrs, [(b, t, u), (b, u), (b, u)])
    dz = np.zeros((b, t, 4 * u))
    times = list(_steps(cells, mask, attrs["reverse"]))
    for n in range(t - 1, -1, -1):
        at, cell, live = times[n]
        previous = times[n - 1][1] if n else c0
        i, f, g, o = np.split(gates[:, at], 4, axis=1)
        d = dh + seq[:, at]
        y = _plain_gate(activation, cell)
        dcell = dc + d * o * _slope(activation, y)
        parts = [
            dcell * g * _slope(recurrent_activation, i),
            dcell * previous * _slope(recurrent_activation, f),
            dcell * i * _slope(activation, g),
            d * y * _slope(recurrent_activation, o),
        ]
        dz[:, at] = np.where(live, np.concatenate(parts, axis=1), 0)
        dh, dc = np.where(live, dz[:, at] @ r.T, d), np.where(live, dcell * f, dc)
    return [dz, dh, dc]


def _slope(name: str, y: Any) -> Any:
    """The derivative of a gate function where its value is y, in NumPy."""
    return {
        "linear": np.ones_like(y),
        "relu": np.where(y > 0, 1.0, 0.0),
        "sigmoid": y * (1 - y),
        "tanh": 1 - y * y,
        "hard_sigmoid": np.where((y > 0) & (y < 1), 1 / 6, 0.0),
    }[name]


def _lstm_back_infer(specs: Sequence[SpecPair], attrs: Attrs) -> list[SpecPair]:
    (cells, dtype) = specs[2]
    b, t, u = cells
    return [((b, t, 4 * u), dtype), ((b, u), dtype), ((b, u), dtype)]


OpDef("lstm", KERNEL, _lstm_infer, _lstm_grad, _lstm_reference, encode=_gated_encode, composed=recurrent_composed.lstm)
OpDef(
    "lstm_grad",
    KERNEL,
    _lstm_back_infer,
    THROUGH_COMPOSITION,
    _lstm_back_reference,
    encode=_back_encode,
    composed=recurrent_composed.lstm_grad,
)


def lstm(
    x: Any,
    recurrent_kernel: Any,
    h: Any,
    c: Any,
    mask: Any = None,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    reverse: bool = False,
) -> list[Any]:
    """All steps of an LSTM.

    Args:
        x: The inputs' products with their weights, bias added, ``(B, T, 4U)``; gates in the order i, f, c, o.
        recurrent_kernel: ``(U, 4U)``.
        h: State before the first step, ``(B, U)``.
        c: Cell state before the first step, ``(B, U)``.
        mask: Booleans ``(B, T)``, or None.
        activation: One of ``GATES``. Defaults to ``"tanh"``.
        recurrent_activation: One of ``GATES``. Defaults to ``"sigmoid"``.
        reverse: Whether the last step comes first. Defaults to False.

    Returns:
        States of all steps ``(B, T, U)``, last state, last cell state.
    """
    attrs = _attributes(activation, recurrent_activation, reverse)
    operands = [as_operand(v) for v in (x, recurrent_kernel, h, c)]
    return list(apply(OPS["lstm"], [*operands, *_mask(mask)], attrs))[:3]


def _attributes(activation: str, recurrent_activation: str, reverse: bool) -> Attrs:
    return {
        "activation": activation,
        "recurrent_activation": recurrent_activation,
        "reverse": bool(reverse),
        "save": False,  # until a gradient asks for it
    }


def _mask(mask: Any) -> list[Any]:
    if mask is None:
        return []
    mask = as_operand(mask)
    return [mask if dtype_of(mask) == "bool" else binary("ne", mask, 0)]


# --- GRU -------------------------------------------------------------------------------------------------------------


def _gru_infer(specs: Sequence[SpecPair], attrs: Attrs) -> list[SpecPair]:
    (x, dtype), (r, _) = specs[:2]
    b, t = x[:2]
    u = r[0]
    fit = len(x) == 3 and r == (u, x[2]) and x[2] == 3 * u and specs[2][0] == (3 * u,) and specs[3][0] == (b, u)
    _check("gru", fit and all(s == (b, t) for s, _ in specs[4:]), specs)
    outputs: list[SpecPair] = [((b, t, u), dtype), ((b, u), dtype)]
    return [*outputs, ((b, t, 4 * u), dtype)] if attrs["save"] else outputs


def _gru_reference(x: Any, r: Any, bias: Any, h: Any, mask: Any = None, **attrs: Any) -> Any:
    activation, recurrent_activation = attrs["activation"], attrs["recurrent_activation"]
    (b, t), u = x.shape[:2], len(r)
    out, gates = np.zeros((b, t, u)), np.zeros((b, t, 4 * u))
    for at, row, live in _steps(x, mask, attrs["reverse"]):
        n = h @ r + bias
        z, reset = (_plain_gate(recurrent_activation, (row + n)[:, k * u : (k + 1) * u]) for k in (0, 1))
        inner = n[:, 2 * u :]
        g = _plain_gate(activation, row[:, 2 * u :] + reset * inner)
        h = np.where(live, z * h + (1 - z) * g, h)
        out[:, at] = h
        gates[:, at] = np.where(live, np.concatenate([z, reset, g, inner], axis=1), 0)
    return [out, h, gates] if attrs["save"] else [out, h]


def _gru_grad(node: Any, needs: Sequence[bool], *gs: Any) -> Any:
    if not _zeros(gs[2:]):
        return THROUGH_COMPOSITION
    _, r, _, h, *mask = node.inputs
    attrs = node.attrs
    out, _, gates = _saved(node)
    given, kept = _given(gs[:2])
    kinds = {k: attrs[k] for k in ("activation", "recurrent_activation", "reverse")}
    kinds |= {"mask": bool(mask), "given": kept}
    dx, dn, dh = apply(OPS["gru_grad"], [r, h, out, gates, *mask, *given], kinds)
    dr = _weights_gradient(before(out, h, attrs["reverse"]), dn) if needs[1] else None
    db = ops_sum(dn, axis=(0, 1)) if needs[2] else None
    return [dx, dr, db, dh, *(None for _ in mask)]


def _gru_back_reference(r: Any, h0: Any, out: Any, gates: Any, *rest: Any, **attrs: Any) -> Any:
    activation, recurrent_activation = attrs["activation"], attrs["recurrent_activation"]
    b, t, u = out.shape
    mask, (seq, dh) = _unpack(rest, attrs, [(b, t, u), (b, u)])
    dx, dn = np.zeros((b, t, 3 * u)), np.zeros((b, t, 3 * u))
    times = list(_steps(out, mask, attrs["reverse"]))
    for n in range(t - 1, -1, -1):
        at, _, live = times[n]
        previous = times[n - 1][1] if n else h0
        z, reset, g, inner = np.split(gates[:, at], 4, axis=1)
        d = dh + seq[:, at]
        dz = d * (previous - g) * _slope(recurrent_activation, z)
        dg = d * (1 - z) * _slope(activation, g)
        dreset = dg * inner * _slope(recurrent_activation, reset)
        dx[:, at] = np.where(live, np.concatenate([dz, dreset, dg], axis=1), 0)
        dn[:, at] = np.where(live, np.concatenate([dz, dreset, dg * reset], axis=1), 0)
        dh = np.where(live, d * z + dn[:, at] @ r.T, d)
    return [dx, dn, dh]


def _gru_back_infer(specs: Sequence[SpecPair], attrs: Attrs) -> list[SpecPair]:
    (out, dtype) = specs[2]
    b, t, u = out
    return [((b, t, 3 * u), dtype), ((b, t, 3 * u), dtype), ((b, u), dtype)]


OpDef("gru", KERNEL, _gru_infer, _gru_grad, _gru_reference, encode=_gated_encode, composed=recurrent_composed.gru)
OpDef(
    "gru_grad",
    KERNEL,
    _gru_back_infer,
    THROUGH_COMPOSITION,
    _gru_back_reference,
    encode=_back_encode,
    composed=recurrent_composed.gru_grad,
)


def gru(
    x: Any,
    recurrent_kernel: Any,
    recurrent_bias: Any,
    h: Any,
    mask: Any = None,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    reverse: bool = False,
) -> list[Any]:
    """All steps of a GRU whose reset gate comes after the matrix product.

    Args:
        x: The inputs' products with their weights, bias added, ``(B, T, 3U)``; gates in the order z, r, h.
        recurrent_kernel: ``(U, 3U)``.
        recurrent_bias: ``(3U,)``.
        h: State before the first step, ``(B, U)``.
        mask: Booleans ``(B, T)``, or None.
        activation: One of ``GATES``. Defaults to ``"tanh"``.
        recurrent_activation: One of ``GATES``. Defaults to ``"sigmoid"``.
        reverse: Whether the last step comes first. Defaults to False.

    Returns:
        States of all steps ``(B, T, U)``, last state.
    """
    attrs = _attributes(activation, recurrent_activation, reverse)
    operands = [as_operand(v) for v in (x, recurrent_kernel, recurrent_bias, h)]
    return list(apply(OPS["gru"], [*operands, *_mask(mask)], attrs))[:2]


# --- the simple one --------------------------------------------------------------------------------------------------


def _simple_infer(specs: Sequence[SpecPair], attrs: Attrs) -> list[SpecPair]:
    (x, dtype), (r, _), (h, _) = specs[:3]
    fit = len(x) == 3 and r == (x[2], x[2]) and h == (x[0], x[2])
    _check("simple_rnn", fit and all(s == x[:2] for s, _ in specs[3:]), specs)
    return [(x, dtype), (h, dtype)]


def _simple_reference(x: Any, r: Any, h: Any, mask: Any = None, *, activation: str, reverse: bool) -> Any:
    out = np.zeros(x.shape)
    for at, row, live in _steps(x, mask, reverse):
        h = np.where(live, _plain_gate(activation, row + h @ r), h)
        out[:, at] = h
    return [out, h]


def _simple_grad(node: Any, needs: Sequence[bool], *gs: Any) -> list[Any]:
    _, r, h, *mask = node.inputs
    attrs = node.attrs
    given, kept = _given(gs)
    out = node.outputs[0]
    dx, dh = apply(OPS["simple_rnn_grad"], [r, out, *mask, *given], {**attrs, "mask": bool(mask), "given": kept})
    dr = _weights_gradient(before(out, h, attrs["reverse"]), dx) if needs[1] else None
    return [dx, dr, dh, *(None for _ in mask)]


def _simple_back_reference(r: Any, out: Any, *rest: Any, **attrs: Any) -> Any:
    b, t, u = out.shape
    mask, (seq, dh) = _unpack(rest, attrs, [(b, t, u), (b, u)])
    dx = np.zeros(out.shape)
    for at, y, live in reversed(list(_steps(out, mask, attrs["reverse"]))):
        d = dh + seq[:, at]
        dx[:, at] = np.where(live, d * _slope(attrs["activation"], y), 0)
        dh = np.where(live, dx[:, at] @ r.T, d)
    return [dx, dh]


OpDef(
    "simple_rnn",
    KERNEL,
    _simple_infer,
    _simple_grad,
    _simple_reference,
    encode=lambda specs, attrs: ((*_codes(attrs), len(specs) == 4, attrs["reverse"]), ()),
    composed=recurrent_composed.simple_rnn,
)
OpDef(
    "simple_rnn_grad",
    KERNEL,
    lambda specs, attrs: [specs[1], ((specs[1][0][0], specs[1][0][2]), specs[1][1])],
    THROUGH_COMPOSITION,
    _simple_back_reference,
    encode=_back_encode,
    composed=recurrent_composed.simple_rnn_grad,
)


def simple_rnn(
    x: Any, recurrent_kernel: Any, h: Any, mask: Any = None, activation: str = "tanh", reverse: bool = False
) -> list[Any]:
    """All steps of ``h = activation(x + h @ recurrent_kernel)``.

    Args:
        x: The inputs' products with their weights, bias added, ``(B, T, U)``.
        recurrent_kernel: ``(U, U)``.
        h: State before the first step, ``(B, U)``.
        mask: Booleans ``(B, T)``, or None.
        activation: One of ``GATES``. Defaults to ``"tanh"``.
        reverse: Whether the last step comes first. Defaults to False.

    Returns:
        States of all steps ``(B, T, U)``, last state.
    """
    operands = [as_operand(v) for v in (x, recurrent_kernel, h)]
    attrs = {"activation": activation, "reverse": bool(reverse)}
    return list(apply(OPS["simple_rnn"], [*operands, *_mask(mask)], attrs))

"""The recurrent primitives written as scans: what their kernels mean, and how gradients of gradients are taken.

Arguments, attributes and results are those of the primitives in ``recurrent.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.control_flow import scan
from nncore.ops.dtypes import dtype_of
from nncore.ops.elementwise import convert, unary, where
from nncore.ops.linalg import matmul, swap
from nncore.ops.shape import concatenate, expand_dims, place, reshape, slice_of, transpose


def gate(name: str, x: Any) -> Any:
    """A gate function by name, in ops."""
    if name == "hard_sigmoid":
        from nncore.ops.nn import hard_sigmoid

        return hard_sigmoid(x)
    return x if name == "linear" else unary(name, x)


def slope(name: str, y: Any) -> Any:
    """The derivative of a gate function where its value is y, in ops."""
    dtype = dtype_of(y)
    if name == "tanh":
        return 1 - y * y
    if name == "sigmoid":
        return y * (1 - y)
    if name == "relu":
        return convert(y > 0, dtype)
    if name == "hard_sigmoid":
        return where(y > 0, where(y < 1, convert(y * 0, dtype) + 1 / 6, 0.0), 0.0)
    return y * 0 + 1


def before(states: Any, first: Any, reverse: bool) -> Any:
    """The state before each step: ``states`` (B, T, U) a step later, ``first`` (B, U) at the start."""
    b, t, u = states.shape
    head = reshape(first, (b, 1, u))
    if t == 1:
        return head
    rest = slice_of(states, (0, 1 if reverse else 0, 0), (b, t - 1, u), (1, 1, 1))
    one = (1, 1, 1)
    at = [((0, t - 1, 0), one), ((0, 0, 0), one)] if reverse else [((0, 0, 0), one), ((0, 1, 0), one)]
    return place([head, rest], at, (b, t, u), None)


def _swapped(x: Any) -> Any:
    return transpose(x, (1, 0, *range(2, len(x.shape))))


def _walk(
    step: Any, carry: Any, rows: Sequence[Any], mask: Any, reverse: bool, added: bool = False
) -> tuple[Any, list[Any]]:
    """Call ``step(carry, row)`` for each step; where the mask is off the carry stays, and outputs are what it says.

    ``step`` returns the new carry and, as pairs, outputs of steps and their values where the mask is off. With
    ``added`` the first of the rows is added to the first carry before each step.
    """

    def turn(carry: Any, row: Any) -> Any:
        if added:
            carry = (carry[0] + row[0], *carry[1:])
        live = None if mask is None else expand_dims(row[-1], 1)
        new, outputs = step(carry, row)
        if live is None:
            return new, tuple(value for value, _ in outputs)
        new = tuple(where(live, a, b) for a, b in zip(new, carry, strict=True))
        return new, tuple(where(live, value, other) for value, other in outputs)

    arrays = tuple(_swapped(x) for x in (*rows, *(() if mask is None else (mask,))))
    last, outputs = scan(turn, tuple(carry), arrays, reverse=reverse)
    return last, [_swapped(y) for y in outputs]


def _parts(x: Any, count: int) -> list[Any]:
    b, n = x.shape
    return [slice_of(x, (0, k * (n // count)), (b, n // count), (1, 1)) for k in range(count)]


def _given(
    rest: Sequence[Any], has_mask: bool, given: Sequence[bool], shapes: Any, dtype: str
) -> tuple[Any, list[Any]]:
    """The mask, and the gradients with zeros for those that are missing."""
    more = list(rest)
    mask = more.pop(0) if has_mask else None
    return mask, [more.pop(0) if keep else np.zeros(s, dtype) for keep, s in zip(given, shapes, strict=True)]


def lstm(
    x: Any,
    r: Any,
    h: Any,
    c: Any,
    mask: Any = None,
    *,
    activation: str,
    recurrent_activation: str,
    reverse: bool,
    save: bool,
) -> list[Any]:
    """``lstm`` of ``recurrent.py``."""

    def step(carry: Any, row: Any) -> Any:
        h, c = carry
        i, f, g, o = _parts(row[0] + matmul(h, r), 4)
        i, f, o = (gate(recurrent_activation, z) for z in (i, f, o))
        g = gate(activation, g)
        new = f * c + i * g
        out = o * gate(activation, new)
        outputs = [(out, h), (new, c), (concatenate([i, f, g, o], axis=1), 0.0)]
        return (out, new), outputs[: 3 if save else 1]

    (h, c), (out, *saved) = _walk(step, (h, c), [x], mask, reverse)
    return [out, h, c, *saved]


def lstm_grad(
    r: Any,
    c0: Any,
    cells: Any,
    gates: Any,
    *rest: Any,
    activation: str,
    recurrent_activation: str,
    reverse: bool,
    mask: bool,
    given: Sequence[bool],
) -> list[Any]:
    """``lstm_grad`` of ``recurrent.py``."""
    (b, t, u), dtype = cells.shape, dtype_of(cells)
    live, (seq, dh, dc) = _given(rest, mask, given, [(b, t, u), (b, u), (b, u)], dtype)
    back = swap(r)

    def step(carry: Any, row: Any) -> Any:
        cell, previous, saved = row[:3]
        i, f, g, o = _parts(saved, 4)
        d = carry[0]
        y = gate(activation, cell)
        dcell = carry[1] + d * o * slope(activation, y)
        parts = [
            dcell * g * slope(recurrent_activation, i),
            dcell * previous * slope(recurrent_activation, f),
            dcell * i * slope(activation, g),
            d * y * slope(recurrent_activation, o),
        ]
        dz = concatenate(parts, axis=1)
        return (matmul(dz, back), dcell * f), [(dz, 0.0)]

    return _back(step, seq, (dh, dc), [cells, before(cells, c0, reverse), gates], live, reverse)


def _back(step: Any, seq: Any, carry: Any, rows: Sequence[Any], live: Any, reverse: bool) -> list[Any]:
    """Walk from the last step to the first, with the gradient of each step's state added to the first carry.

    A masked step hands on what came to it.
    """

    def turn(carry: Any, row: Any) -> Any:
        return step(carry, row[1:])

    last, outputs = _walk(turn, carry, [seq, *rows], live, not reverse, added=True)
    return [*outputs, *last]


def gru(
    x: Any,
    r: Any,
    bias: Any,
    h: Any,
    mask: Any = None,
    *,
    activation: str,
    recurrent_activation: str,
    reverse: bool,
    save: bool,
) -> list[Any]:
    """``gru`` of ``recurrent.py``."""

    def step(carry: Any, row: Any) -> Any:
        (h,) = carry
        x_z, x_r, x_h = _parts(row[0], 3)
        n_z, n_r, inner = _parts(matmul(h, r) + bias, 3)
        z, reset = gate(recurrent_activation, x_z + n_z), gate(recurrent_activation, x_r + n_r)
        g = gate(activation, x_h + reset * inner)
        out = z * h + (1 - z) * g
        return (out,), [(out, h), (concatenate([z, reset, g, inner], axis=1), 0.0)][: 2 if save else 1]

    (h,), (out, *saved) = _walk(step, (h,), [x], mask, reverse)
    return [out, h, *saved]


def gru_grad(
    r: Any,
    h0: Any,
    out: Any,
    gates: Any,
    *rest: Any,
    activation: str,
    recurrent_activation: str,
    reverse: bool,
    mask: bool,
    given: Sequence[bool],
) -> list[Any]:
    """``gru_grad`` of ``recurrent.py``."""
    (b, t, u), dtype = out.shape, dtype_of(out)
    live, (seq, dh) = _given(rest, mask, given, [(b, t, u), (b, u)], dtype)
    back = swap(r)

    def step(carry: Any, row: Any) -> Any:
        previous, saved = row[:2]
        z, reset, g, inner = _parts(saved, 4)
        d = carry[0]
        dz = d * (previous - g) * slope(recurrent_activation, z)
        dg = d * (1 - z) * slope(activation, g)
        dreset = dg * inner * slope(recurrent_activation, reset)
        dn = concatenate([dz, dreset, dg * reset], axis=1)
        return (d * z + matmul(dn, back),), [(concatenate([dz, dreset, dg], axis=1), 0.0), (dn, 0.0)]

    return _back(step, seq, (dh,), [before(out, h0, reverse), gates], live, reverse)


def simple_rnn(x: Any, r: Any, h: Any, mask: Any = None, *, activation: str, reverse: bool) -> list[Any]:
    """``simple_rnn`` of ``recurrent.py``."""

    def step(carry: Any, row: Any) -> Any:
        out = gate(activation, row[0] + matmul(carry[0], r))
        return (out,), [(out, carry[0])]

    (h,), (out,) = _walk(step, (h,), [x], mask, reverse)
    return [out, h]


def simple_rnn_grad(
    r: Any, out: Any, *rest: Any, activation: str, reverse: bool, mask: bool, given: Sequence[bool]
) -> list[Any]:
    """``simple_rnn_grad`` of ``recurrent.py``."""
    (b, t, u), dtype = out.shape, dtype_of(out)
    live, (seq, dh) = _given(rest, mask, given, [(b, t, u), (b, u)], dtype)
    back = swap(r)

    def step(carry: Any, row: Any) -> Any:
        y = row[0]
        d = carry[0]
        dx = d * slope(activation, y)
        return (matmul(dx, back),), [(dx, 0.0)]

    return _back(step, seq, (dh,), [out], live, reverse)

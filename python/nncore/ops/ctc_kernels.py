"""Primitives of connectionist temporal classification: the loss with its gradient, and a search for labels.

The two kernels carry their compositions, which are recorded step by step and serve where gradients are differentiated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, THROUGH_COMPOSITION, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.indexing import one_hot, take_along_axis
from nncore.ops.reduction import logsumexp
from nncore.ops.shape import concatenate, expand_dims, reshape, stack
from nncore.ops.softmax import np_log_softmax

_LOW = -1e30  # the logarithm of a probability that is nothing, in compositions


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (b, t, _), dtype = specs[0]
    saved = [((b, t, 2 * specs[1][0][1] + 1), dtype), ((b, t), dtype)]
    return [((b,), dtype), *(saved if attrs["save"] else [])]


def _states(labels: Any, blank: int) -> tuple[Any, Any]:
    """For references: a row's labels between blanks, and which states may be reached past the blank before."""
    x = np.full(2 * len(labels) + 1, blank)
    x[1::2] = labels
    skip = np.zeros(len(x), bool)
    skip[3::2] = (x[3::2] != x[1:-2:2]) & (x[3::2] != blank)
    return x, skip


def _reference(z: Any, labels: Any, label_lengths: Any, lengths: Any, *, blank: int, save: bool) -> Any:
    b, t, _ = z.shape
    loss, states = np.zeros(b), np.full((b, t, 2 * labels.shape[1] + 1), -np.inf)
    log_p = np_log_softmax(z)
    norms = np.where(np.arange(t) < lengths[:, None], (z - log_p)[..., 0], 0)
    with np.errstate(divide="ignore"):
        for i in range(b):
            x, skip = _states(labels[i, : label_lengths[i]], blank)
            a = np.zeros(len(x))
            a[0] = 1
            for step in range(lengths[i]):
                one, two = np.pad(a, (1, 0))[:-1], np.pad(a, (2, 0))[:-2]
                a = (a + one + two * skip) * np.exp(log_p[i, step, x])
                states[i, step, : len(x)] = np.log(a)
            loss[i] = -np.log(a[-2:].sum() if lengths[i] else a[-1])
    return [loss, states, norms] if save else loss


def _back_reference(
    z: Any, labels: Any, label_lengths: Any, lengths: Any, loss: Any, states: Any, norms: Any, g: Any, *, blank: int
) -> Any:
    dz = np.zeros(z.shape)
    p = np.exp(np_log_softmax(z))
    for i in range(len(z)):
        x, skip = _states(labels[i, : label_lengths[i]], blank)
        rest = np.zeros(len(x))
        rest[-2:] = 1
        for step in range(lengths[i] - 1, -1, -1):
            through = np.exp(states[i, step, : len(x)] + loss[i]) * rest
            dz[i, step] = g[i] * (p[i, step] - through @ (x[:, None] == np.arange(z.shape[2])))
            rest = rest * p[i, step, x]
            rest = rest + np.pad(rest, (0, 1))[1:] + np.pad(rest * skip, (0, 2))[2:]
    return dz


class _Lattice:
    """The states of all rows, in ops."""

    def __init__(self, z: Any, labels: Any, label_lengths: Any, lengths: Any, blank: int) -> None:
        self.b, self.t, self.classes = z.shape
        self.n = labels.shape[1]
        self.dtype = dtype_of(z)
        self.log_p = apply(OPS["log_softmax"], [z])
        self.label_lengths, self.lengths = label_lengths, lengths
        labels = where(binary("lt", np.arange(self.n)[None], expand_dims(label_lengths, 1)), labels, blank)
        blanks = binary("add", binary("mul", labels, 0), blank)
        between = reshape(stack([blanks, labels], axis=2), (self.b, 2 * self.n))
        self.x = concatenate([between, binary("add", binary("mul", label_lengths[:, None], 0), blank)], axis=1)
        before = binary("add", binary("mul", self.x[:, :2], 0), blank)
        differs = binary("ne", self.x, concatenate([before, self.x[:, :-2]], axis=1))
        skip = binary("logical_and", differs, binary("ne", self.x, blank))
        first = (np.arange(2 * self.n + 1) > 1)[None]
        self.skip = where(binary("logical_and", skip, first), 0.0, _LOW)

    def number(self, x: Any) -> Any:
        return convert(as_operand(x), self.dtype)

    def emit(self, step: int) -> Any:
        return take_along_axis(self.log_p[:, step], self.x, axis=1)

    def shifted(self, a: Any, by: int) -> Any:
        """``a`` moved ``by`` states on (back, if negative)."""
        gone = self.number(np.full((self.b, abs(by)), _LOW))
        return concatenate([gone, a[:, :-by]] if by > 0 else [a[:, -by:], gone], axis=1)

    def live(self, step: int) -> Any:
        return expand_dims(binary("gt", self.lengths, step), 1)

    def last(self) -> Any:
        """Where a complete path may end."""
        states, end = np.arange(2 * self.n + 1)[None], expand_dims(self.label_lengths * 2, 1)
        return binary("logical_or", binary("eq", states, end), binary("eq", states + 1, end))

    def forward(self) -> list[Any]:
        start = np.full((self.b, 2 * self.n + 1), _LOW)
        start[:, 0] = 0
        found = [self.number(start)]
        for step in range(self.t):
            a = found[-1]
            past = self.shifted(a, 2) + self.number(self.skip)
            found.append(where(self.live(step), _add(a, self.shifted(a, 1), past) + self.emit(step), a))
        return found[1:]

    def backward(self) -> list[Any]:
        """The logarithm of the probability of the rest after each step."""
        end = self.number(where(self.last(), 0.0, _LOW))
        found = [end]
        for step in range(self.t - 1, 0, -1):
            a = found[-1] + self.emit(step)
            past = self.shifted(a + self.number(self.skip), -2)
            found.append(where(self.live(step), _add(a, self.shifted(a, -1), past), end))
        return found[::-1]

    def loss(self, states: list[Any]) -> Any:
        ends = where(self.last(), states[-1], _LOW)
        return -logsumexp(ends, axis=1)


def _add(a: Any, b: Any, c: Any) -> Any:
    most = binary("max", a, binary("max", b, c))
    return most + unary("log", unary("exp", a - most) + unary("exp", b - most) + unary("exp", c - most))


def _composed(z: Any, labels: Any, label_lengths: Any, lengths: Any, *, blank: int, save: bool) -> Any:
    at = _Lattice(z, labels, label_lengths, lengths, blank)
    states = at.forward()
    loss = at.loss(states)
    loss = where(binary("gt", loss, -_LOW / 2), np.inf, loss)
    if not save:
        return loss
    of_row = binary("le", np.arange(2 * at.n + 1)[None], expand_dims(label_lengths * 2, 1))
    live = [binary("logical_and", at.live(t), of_row) for t in range(at.t)]
    found = [where(binary("gt", a, _LOW / 2), a, -np.inf) for a in states]
    kept = stack([where(on, a, -np.inf) for on, a in zip(live, found, strict=True)], axis=1)
    norms = where(binary("lt", np.arange(at.t)[None], expand_dims(lengths, 1)), (z - at.log_p)[..., 0], 0.0)
    return [loss, convert(kept, at.dtype), convert(norms, at.dtype)]


def _back_composed(
    z: Any, labels: Any, label_lengths: Any, lengths: Any, loss: Any, states: Any, norms: Any, g: Any, *, blank: int
) -> Any:
    # From the logits alone: what was saved is a function of them, and is not differentiated.
    del loss, states, norms
    at = _Lattice(z, labels, label_lengths, lengths, blank)
    forward, backward = at.forward(), at.backward()
    total = expand_dims(at.loss(forward), 1)
    hot = one_hot(at.x, at.classes, dtype=at.dtype)
    rows = []
    for step, (a, b) in enumerate(zip(forward, backward, strict=True)):
        through = expand_dims(unary("exp", a + b + total), 1)
        spelled = reshape(apply(OPS["matmul"], [through, hot]), (at.b, at.classes))
        slope = expand_dims(g, 1) * (unary("exp", at.log_p[:, step]) - spelled)
        rows.append(where(at.live(step), slope, 0.0))
    return stack(rows, axis=1)


def _grad(node: Any, needs: Sequence[bool], *gs: Any) -> Any:
    if not node.attrs["save"]:
        node.outputs[0].trace.widen(node, {**node.attrs, "save": True})
    inputs = [*node.inputs, *node.outputs, gs[0]]
    return [apply(OPS["ctc_grad"], inputs, {"blank": node.attrs["blank"]}), None, None, None]


OpDef(
    "ctc",
    KERNEL,
    _infer,
    _grad,
    _reference,
    encode=lambda specs, attrs: ((attrs["blank"], attrs["save"]), ()),
    composed=_composed,
)
OpDef(
    "ctc_grad",
    KERNEL,
    lambda specs, attrs: [specs[0]],
    THROUGH_COMPOSITION,
    _back_reference,
    encode=lambda specs, attrs: ((attrs["blank"],), ()),
    composed=_back_composed,
)


def _beam_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (b, t, _), dtype = specs[0]
    return [((attrs["paths"], b, t), "int32"), ((b, attrs["paths"]), dtype)]


def _beam_reference(z: Any, lengths: Any, *, width: int, paths: int, blank: int) -> Any:
    """The same search over dictionaries: labels -> probabilities of paths that end in them, and in a blank."""
    b, t, classes = z.shape
    labels, scores = np.full((paths, b, t), -1, "int32"), np.full((b, paths), -np.inf)
    p = np.exp(np_log_softmax(z))
    for i in range(b):
        known: dict[tuple[int, ...], Any] = {(): np.array([0.0, 1.0])}
        for step in range(lengths[i]):
            found: dict[tuple[int, ...], Any] = {}
            for spelled, (ends, blanks) in known.items():
                repeat = ends * p[i, step, spelled[-1]] if spelled else 0.0
                found[spelled] = found.get(spelled, 0) + np.array([repeat, (ends + blanks) * p[i, step, blank]])
                for c in set(range(classes)) - {blank}:
                    fresh = blanks if spelled[-1:] == (c,) else ends + blanks
                    found[(*spelled, c)] = found.get((*spelled, c), 0) + np.array([fresh * p[i, step, c], 0])
            known = dict(sorted(found.items(), key=lambda item: -item[1].sum())[:width])
        for k, (spelled, value) in enumerate(list(known.items())[:paths]):
            labels[k, i, : len(spelled)] = spelled
            scores[i, k] = np.log(value.sum())
    return [labels, scores]


OpDef(
    "ctc_beam",
    KERNEL,
    _beam_infer,
    None,
    _beam_reference,
    encode=lambda specs, attrs: ((attrs["width"], attrs["blank"]), ()),
)

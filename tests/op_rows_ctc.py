"""Rows of connectionist temporal classification, against the sum over all paths, one by one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import nncore.ops.ctc_kernels  # noqa: F401  (defines the primitives)
from nncore import ops
from op_case import Case, fixed, normal


def _spelled(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    return tuple(c for c, _ in itertools.groupby(path) if c != blank)


def _chances(z: Any, length: int, blank: int) -> dict[tuple[int, ...], float]:
    """The probability of everything that the first steps of one row may spell."""
    p = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    found: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(z.shape[1]), repeat=length):
        labels = _spelled(path, blank)
        found[labels] = found.get(labels, 0.0) + float(np.prod([p[t, c] for t, c in enumerate(path)]))
    return found


def _loss(target: Any, output: Any, target_length: Any, output_length: Any, blank: int = 0) -> Any:
    rows = zip(target, output, target_length, output_length, strict=True)
    return np.array([-np.log(_chances(z, int(t), blank).get(tuple(y[:n].tolist()), 0.0)) for y, z, n, t in rows])


def _best(z: Any, lengths: Any, paths: int, blank: int) -> list[Any]:
    labels, scores = np.full((paths, *z.shape[:2]), -1, "int32"), np.zeros((len(z), paths))
    for i, (row, length) in enumerate(zip(z, lengths, strict=True)):
        ranked = sorted(_chances(row, int(length), blank).items(), key=lambda item: -item[1])
        for k, (spelled, chance) in enumerate(ranked[:paths]):
            labels[k, i, : len(spelled)] = spelled
            scores[i, k] = np.log(chance)
    return [labels, scores]


def _greedy(z: Any, lengths: Any, merge: bool, blank: int) -> list[Any]:
    labels, scores = np.full((1, *z.shape[:2]), -1, "int32"), np.zeros((len(z), 1))
    for i, (row, length) in enumerate(zip(z, lengths, strict=True)):
        path = row[:length].argmax(axis=1).tolist()
        spelled = _spelled(tuple(path), blank) if merge else [c for c in path if c != blank]
        labels[0, i, : len(spelled)] = spelled
        scores[i, 0] = -row[:length].max(axis=1).sum()
    return [labels, scores]


# Repeats that need a blank between them, no labels at all, rows that end early, padding out of range.
_LABELS = fixed([[1, 1], [2, 1], [1, -1], [-1, -1], [2, 2]], "int32")
_COUNTS, _STEPS = fixed([2, 2, 1, 0, 2], "int64"), fixed([4, 2, 4, 3, 3], "int32")


def _sure(*shape: int) -> Any:
    """Logits of which one is far above the others."""
    return lambda rng: rng.normal(size=shape) * 4


CTC = [
    Case("ctc_loss", ops.ctc_loss, _loss, _LABELS, normal(5, 4, 3), _COUNTS, _STEPS, grad=(1,), tol=4),
    Case(
        "ctc_loss:last_class",
        lambda *x: ops.ctc_loss(*x, mask_index=3),
        lambda *x: _loss(*x, blank=3),
        fixed([[0, 0, 2], [0, 1, 0]], "int64"),
        _sure(2, 5, 4),
        fixed([3, 3], "int32"),
        fixed([5, 4], "int32"),
        grad=(1,),
        tol=8,
    ),
    Case(
        "ctc_decode:greedy",
        lambda z, n: ops.ctc_decode(z, n),
        lambda z, n: _greedy(z, n, True, 0),
        normal(4, 7, 3),
        fixed([7, 5, 1, 0], "int32"),
    ),
    Case(
        "ctc_decode:greedy_last",
        lambda z, n: ops.ctc_decode(z, n, merge_repeated=False, mask_index=None),
        lambda z, n: _greedy(z, n, False, 2),
        normal(3, 6, 3),
        fixed([6, 4, 6], "int32"),
    ),
    Case(
        "ctc_decode:beam",
        lambda z, n: ops.ctc_decode(z, n, "beam_search", beam_width=200, top_paths=4),
        lambda z, n: _best(z, n, 4, 0),
        normal(3, 4, 3),
        fixed([4, 3, 2], "int32"),
        tol=4,
    ),
    Case(
        "ctc_decode:beam_last",
        lambda z, n: ops.ctc_decode(z, n, "beam_search", mask_index=2),
        lambda z, n: _best(z, n, 1, 2),
        _sure(2, 5, 3),
        fixed([5, 5], "int32"),
        tol=4,
    ),
]

"""Connectionist temporal classification: the loss of logits per step against labels without places, and decoding.

A path names one class per step; it spells the labels that are left after repeats are merged and blanks are dropped.
The loss is the negative logarithm of the probability that a path spells the labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ir import SymbolicTensor
from nncore.ir.limits import note_check
from nncore.ops import ctc_kernels  # noqa: F401  (defines the primitives)
from nncore.ops.apply import apply, op
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary, convert, where
from nncore.ops.indexing import whole_index
from nncore.ops.shape import concatenate, expand_dims, slice_of, stack


def _logits(name: str, argument: str, x: Any) -> Any:
    x = as_operand(x)
    if len(x.shape) != 3:
        raise ValueError(
            f"{name}: `{argument}` must be logits of shape (batch, steps, classes). "
            f"Received: {argument}.shape={tuple(x.shape)}."
        )
    return x if dtype_of(x) in ("float32", "float64") else convert(x, "float32")


def _blank(name: str, mask_index: Any, classes: int) -> int:
    if isinstance(mask_index, bool) or not hasattr(mask_index, "__index__") or not 0 <= mask_index < classes:
        raise ValueError(
            f"{name}: `mask_index` must be the number of a class, from 0 to {classes - 1}. "
            f"Received: mask_index={mask_index!r}."
        )
    return int(mask_index)


def _lengths(name: str, argument: str, lengths: Any, batch: int, most: int) -> Any:
    """Whole numbers from 0 to ``most``, one a row."""
    lengths = whole_index(name, lengths)
    if tuple(lengths.shape) != (batch,):
        raise ValueError(
            f"{name}: `{argument}` must be one length per row, of shape ({batch},). "
            f"Received: {argument}.shape={tuple(lengths.shape)}."
        )

    def check(values: Any) -> None:
        if values.size and not (values.min() >= 0 and values.max() <= most):
            raise ValueError(
                f"{name}: `{argument}` must be from 0 to {most}. "
                f"Received: smallest {values.min().item()}, largest {values.max().item()}."
            )

    note_check(lengths, check)
    return lengths


def check_labels(name: str, labels: Any, label_lengths: Any, lengths: Any, classes: int, blank: int) -> None:
    """Check NumPy labels: classes but the blank, and no more than the steps can spell.

    Args:
        name: Who asks, for messages.
        labels: ``(B, N)``.
        label_lengths: How many of a row count.
        lengths: Steps of each row.
        classes: Number of classes.
        blank: The class that is none.

    Raises:
        ValueError: Naming the first row that does not do.
    """
    counts = np.arange(labels.shape[1]) < np.asarray(label_lengths)[:, None]
    wrong = counts & ~((labels >= 0) & (labels < classes))
    if wrong.any():
        row = int(wrong.any(axis=1).argmax())
        raise ValueError(
            f"{name}: labels must be whole numbers from 0 to {classes - 1}, for logits of {classes} classes. "
            f"Received: label {labels[row][wrong[row]][0].item()} in row {row}."
        )
    repeats = ((labels[:, 1:] == labels[:, :-1]) & counts[:, 1:]).sum(axis=1)
    needed, had = counts.sum(axis=1) + repeats, np.broadcast_to(lengths, (len(labels),))
    if (needed > had).any():
        row = int((needed > had).argmax())
        between = f" and a blank between equal neighbours ({int(repeats[row])})" if repeats[row] else ""
        raise ValueError(
            f"{name}: labels must not be longer than the sequence that spells them. Received: in row {row} "
            f"{int(counts[row].sum())} labels{between}, which take {int(needed[row])} steps, and {int(had[row])} steps."
        )


@op
def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0) -> Any:
    """Return how unlikely it is that the classes of the steps spell the labels.

    Args:
        target: Labels, whole numbers of shape ``(B, N)``; those behind ``target_length`` don't matter.
        output: Logits of shape ``(B, T, C)``, softmax not applied.
        target_length: Number of labels of each row, ``(B,)``.
        output_length: Number of steps of each row, ``(B,)``.
        mask_index: The blank: the class that spells nothing. Defaults to 0.

    Returns:
        ``(B,)``: the negative logarithm of the probability; infinite where labels don't fit into the steps and this
        was not known beforehand.

    Raises:
        ValueError: If shapes don't fit, a length or label is out of range, or a row has more labels than its steps can
            spell. Of what a traced function computes itself, values are not known.

    Source: Graves et al., "Connectionist Temporal Classification", ICML 2006.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> evenly = np.zeros((1, 2, 2), "float32")  # 3 of the 4 paths of two steps spell the label 1
        >>> float(np.exp(-ops.ctc_loss([[1]], evenly, [1], [2])[0]).round(4))
        0.75
    """
    z = _logits("ctc_loss", "output", output)
    labels = whole_index("ctc_loss", target)
    b, t, classes = z.shape
    if len(labels.shape) != 2 or labels.shape[0] != b:
        raise ValueError(
            f"ctc_loss: `target` must be labels of shape (batch, labels), with the batch of `output`. "
            f"Received: target.shape={tuple(labels.shape)}, output.shape={tuple(z.shape)}."
        )
    blank = _blank("ctc_loss", mask_index, classes)
    label_lengths = _lengths("ctc_loss", "target_length", target_length, b, labels.shape[1])
    lengths = _lengths("ctc_loss", "output_length", output_length, b, t)
    values, counts, steps = (_known(x) for x in (labels, label_lengths, lengths))
    if values is not None and counts is not None and steps is not None:
        check_labels("ctc_loss", values, counts, steps, classes, blank)
    return apply(OPS["ctc"], [z, labels, label_lengths, lengths], {"blank": blank, "save": False})


def _known(x: Any) -> Any:
    return x.value if isinstance(x, SymbolicTensor) else x


@op
def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[Any, Any]:
    """Return the labels that logits spell.

    Args:
        inputs: Logits of shape ``(B, T, C)``, softmax not applied.
        sequence_lengths: Number of steps of each row, ``(B,)``.
        strategy: ``"greedy"`` takes each step's likeliest class, ``"beam_search"`` looks for the likeliest labels, over
            all paths that spell them. Defaults to ``"greedy"``.
        beam_width: How many beginnings a beam search keeps. Defaults to 100.
        top_paths: How many results a beam search returns, best first. Defaults to 1.
        merge_repeated: Whether ``"greedy"`` merges equal neighbours; a beam search always does. Defaults to True.
        mask_index: The blank: the class that spells nothing; None for the last class. Defaults to 0.

    Returns:
        Labels, int32 of shape ``(top_paths, B, T)`` (one path if greedy) with -1 behind the last, and scores of shape
        ``(B, top_paths)``: the logarithm of the labels' probability, or if greedy the negative sum of the largest
        logits.

    Raises:
        ValueError: If the strategy is unknown, shapes don't fit, or a number is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> logits = np.eye(3)[[1, 1, 0, 2, 0]][None] * 5  # 1, 1, blank, 2, blank
        >>> labels, _ = ops.ctc_decode(logits, [5])
        >>> labels.tolist()
        [[[1, 2, -1, -1, -1]]]
    """
    z = _logits("ctc_decode", "inputs", inputs)
    b, t, classes = z.shape
    blank = _blank("ctc_decode", classes - 1 if mask_index is None else mask_index, classes)
    lengths = _lengths("ctc_decode", "sequence_lengths", sequence_lengths, b, t)
    if strategy == "greedy":
        return _greedy(z, lengths, blank, bool(merge_repeated))
    if strategy != "beam_search":
        raise ValueError(f"ctc_decode: `strategy` must be 'greedy' or 'beam_search'. Received: strategy={strategy!r}.")
    if not 1 <= top_paths <= beam_width:
        raise ValueError(
            "ctc_decode: `top_paths` must be from 1 to `beam_width`. "
            f"Received: top_paths={top_paths}, beam_width={beam_width}."
        )
    attrs = {"width": int(beam_width), "paths": int(top_paths), "blank": blank}
    labels, scores = apply(OPS["ctc_beam"], [z, lengths], attrs)
    return labels, scores


def _greedy(z: Any, lengths: Any, blank: int, merge: bool) -> tuple[Any, Any]:
    from nncore.ops.cumulative import cumsum
    from nncore.ops.reduction import argmax
    from nncore.ops.reduction import max as ops_max
    from nncore.ops.reduction import sum as ops_sum
    from nncore.ops.scatter import scatter

    b, t, _ = z.shape
    steps = np.arange(t)[None]
    live = binary("lt", steps, expand_dims(lengths, 1))
    classes = where(live, argmax(z, axis=-1), blank)
    scores = -ops_sum(where(live, ops_max(z, axis=-1), 0.0), axis=1, keepdims=True)
    spelled = binary("ne", classes, blank)
    if merge and t > 1:
        later, earlier = (slice_of(classes, (0, first), (b, t - 1), (1, 1)) for first in (1, 0))
        changes = binary("ne", later, earlier)
        spelled = binary("logical_and", spelled, concatenate([np.ones((b, 1), bool), changes], axis=1))
    # What is spelled moves to the front: its place is the number of those before it. The rest falls off the end.
    place = where(spelled, cumsum(convert(spelled, "int32"), axis=1) - 1, t)
    rows = np.broadcast_to(np.arange(b)[:, None], (b, t))
    moved = scatter(stack([convert(place * 0, "int32") + rows, place], axis=2), classes + 1, (b, t))
    return convert(expand_dims(moved - 1, 0), "int32"), convert(scores, dtype_of(z))

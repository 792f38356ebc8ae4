"""Sequences of different lengths, made into one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["pad_sequences"]


def pad_sequences(
    sequences: Sequence[Sequence[Any] | np.ndarray],
    maxlen: int | None = None,
    dtype: str = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float | str = 0.0,
) -> np.ndarray:
    """Bring sequences to one length, by filling short ones and cutting long ones.

    Args:
        sequences: B sequences; each is a list of numbers, or of equally shaped arrays.
        maxlen: The common length T. Default: the length of the longest sequence.
        dtype: dtype of the result. Default: `"int32"`.
        padding: `"pre"` (default) fills before the sequence, `"post"` after it.
        truncating: `"pre"` (default) cuts from the front, `"post"` from the end.
        value: What is filled in. Default: 0.

    Returns:
        An array of shape `(B, T)`, or `(B, T, ...)` for sequences of arrays.

    Raises:
        ValueError: If `padding` or `truncating` is neither `"pre"` nor `"post"`, if an entry
            has no length, or if the entries' elements differ in shape.

    Example:
        >>> from nncore.utils import pad_sequences
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    for name, choice in (("padding", padding), ("truncating", truncating)):
        if choice not in ("pre", "post"):
            raise ValueError(f"pad_sequences: `{name}` must be 'pre' or 'post'. Received: {name}={choice!r}.")
    rows = [_as_array(sequence, index) for index, sequence in enumerate(sequences)]
    if maxlen is None:
        maxlen = max((len(row) for row in rows), default=0)
    item_shape = next((row.shape[1:] for row in rows if len(row)), ())
    padded = np.full((len(rows), maxlen, *item_shape), value, dtype)
    for index, row in enumerate(rows):
        if not len(row) or not maxlen:
            continue
        if row.shape[1:] != item_shape:
            raise ValueError(
                f"pad_sequences: expected elements of shape {item_shape} in every sequence. "
                f"Received: elements of shape {row.shape[1:]} in sequences[{index}]."
            )
        kept = row[-maxlen:] if truncating == "pre" else row[:maxlen]
        target = slice(maxlen - len(kept), maxlen) if padding == "pre" else slice(len(kept))
        padded[index, target] = kept
    return padded


def _as_array(sequence: Sequence[Any] | np.ndarray, index: int) -> np.ndarray:
    """One sequence as an array with at least one axis."""
    if not hasattr(sequence, "__len__"):
        raise ValueError(
            f"pad_sequences: `sequences` must be a list of sequences. Received: sequences[{index}]={sequence!r}."
        )
    return np.asarray(sequence)

"""What the data sets of texts as numbers of words have in common."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from nncore.datasets.cached import find_file

__all__ = ["number_words", "read_word_index", "shorter_than"]


def number_words(sequences: Any, start_char: int | None, index_from: int | None) -> list[list[int]]:
    """Move the words' numbers up, and begin each text with a mark."""
    start = [] if start_char is None else [start_char]
    return [[*start, *(int(w) + (index_from or 0) for w in words)] for words in sequences]


def shorter_than(maxlen: int, sequences: list[list[int]], labels: Any) -> tuple[list[list[int]], Any]:
    """Keep the texts of fewer than ``maxlen`` words."""
    kept = [i for i, words in enumerate(sequences) if len(words) < maxlen]
    if not kept:
        raise ValueError(
            f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase maxlen."
        )
    return [sequences[i] for i in kept], np.asarray(labels)[kept]


def keep_common(
    sequences: list[list[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> np.ndarray[Any, Any]:
    """Put a mark in place of rare words, and of the commonest; or leave them out.

    Returns:
        Array of lists.
    """
    end = num_words or max(max(words) for words in sequences)
    if oov_char is not None:
        found = [[w if skip_top <= w < end else oov_char for w in words] for words in sequences]
    else:
        found = [[w for w in words if skip_top <= w < end] for words in sequences]
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array


def read_word_index(owner: str, path: str | os.PathLike[str]) -> dict[str, int]:
    """Read the words' numbers from a file of JSON."""
    with open(find_file(owner, path), encoding="utf-8") as file:
        found: dict[str, int] = json.load(file)
    return found

"""Reuters: 11,228 news as numbers of words, of 46 topics, read from ``reuters.npz``."""

from __future__ import annotations

import os
from typing import Any

from nncore.datasets.cached import find_file, load_arrays, shuffled_together, split_at
from nncore.datasets.words import keep_common, number_words, read_word_index, shorter_than

__all__ = ["get_label_names", "get_word_index", "load_data"]

_TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass "
    "crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi "
    "iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)


def load_data(
    path: str | os.PathLike[str] = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Any:
    """Read news from the file that Keras keeps.

    Args:
        path: The file; a name is looked for in ``~/.keras/datasets`` (see ``KERAS_HOME``). Defaults to
            ``"reuters.npz"``.
        num_words: Only words with smaller numbers are kept; the commonest have the smallest. Defaults to None, all.
        skip_top: Words with smaller numbers are not kept. Defaults to 0.
        maxlen: Only news of fewer words are kept. Defaults to None, all.
        test_split: Share of the test set. Defaults to 0.2.
        seed: Seed of the order, which is Keras's. Defaults to 113.
        start_char: What each text begins with, or None. Defaults to 1.
        oov_char: What stands for words that are not kept; None leaves them out. Defaults to 2.
        index_from: What is added to words' numbers. Defaults to 3.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``: arrays of lists of integers, and arrays of topics from 0 to 45.

    Raises:
        FileNotFoundError: If there is no such file; nothing is downloaded.
        ValueError: If it is damaged, or nothing is shorter than ``maxlen``.

    Example:
        >>> from nncore.datasets import reuters
        >>> len(reuters.get_label_names())
        46
    """
    owner = "reuters.load_data"
    x, y = shuffled_together(seed, *load_arrays(owner, find_file(owner, path), ("x", "y")))
    words = number_words(x, start_char, index_from)
    if maxlen:
        words, y = shorter_than(maxlen, words, y)
    return split_at(test_split, keep_common(words, num_words, skip_top, oov_char), y)


def get_word_index(path: str | os.PathLike[str] = "reuters_word_index.json") -> dict[str, int]:
    """Read the numbers of words, before ``index_from`` is added.

    Args:
        path: The file; a name is looked for in ``~/.keras/datasets``. Defaults to ``"reuters_word_index.json"``.

    Returns:
        Dictionary from word to number.

    Raises:
        FileNotFoundError: If there is no such file; nothing is downloaded.
    """
    return read_word_index("reuters.get_word_index", path)


def get_label_names() -> tuple[str, ...]:
    """The topics' names, in the order of their numbers."""
    return tuple(_TOPICS.split())

"""IMDB: 50,000 reviews of films as numbers of words, good or bad, read from ``imdb.npz``."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from nncore.datasets.cached import find_file, load_arrays, shuffled_together
from nncore.datasets.words import keep_common, number_words, read_word_index, shorter_than

__all__ = ["get_word_index", "load_data"]


def load_data(
    path: str | os.PathLike[str] = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    **kwargs: Any,
) -> Any:
    """Read reviews of films from the file that Keras keeps.

    Args:
        path: The file; a name is looked for in ``~/.keras/datasets`` (see ``KERAS_HOME``). Defaults to ``"imdb.npz"``.
        num_words: Only words with smaller numbers are kept; the commonest have the smallest. Defaults to None, all.
        skip_top: Words with smaller numbers are not kept. Defaults to 0.
        maxlen: Only reviews of fewer words are kept. Defaults to None, all.
        seed: Seed of the order, which is Keras's. Defaults to 113.
        start_char: What each review begins with, or None. Defaults to 1.
        oov_char: What stands for words that are not kept; None leaves them out. Defaults to 2.
        index_from: What is added to words' numbers. Defaults to 3.
        **kwargs: ``nb_words``, the old name of ``num_words``.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``: arrays of lists of integers, and int64 arrays with 1 for good ones.

    Raises:
        FileNotFoundError: If there is no such file; nothing is downloaded.
        ValueError: If it is damaged, or nothing is shorter than ``maxlen``.

    Example:
        >>> from nncore.datasets import imdb
        >>> imdb.load_data("no_such_file.npz")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        FileNotFoundError: imdb.load_data: there is no file ...
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}.")
    owner, names = "imdb.load_data", ("x_train", "y_train", "x_test", "y_test")
    arrays = load_arrays(owner, find_file(owner, path), names)
    rng = np.random.RandomState(seed)
    texts: list[list[int]] = []
    labels, counts = [], []
    for x, y in (arrays[:2], arrays[2:]):
        x, y = shuffled_together(seed, x, y, rng=rng)
        words = number_words(x, start_char, index_from)
        if maxlen:
            words, y = shorter_than(maxlen, words, y)
        texts += words
        labels.append(y)
        counts.append(len(words))
    kept = keep_common(texts, num_words, skip_top, oov_char)
    return (kept[: counts[0]], labels[0]), (kept[counts[0] :], labels[1])


def get_word_index(path: str | os.PathLike[str] = "imdb_word_index.json") -> dict[str, int]:
    """Read the numbers of words, before ``index_from`` is added.

    Args:
        path: The file; a name is looked for in ``~/.keras/datasets``. Defaults to ``"imdb_word_index.json"``.

    Returns:
        Dictionary from word to number.

    Raises:
        FileNotFoundError: If there is no such file; nothing is downloaded.
    """
    return read_word_index("imdb.get_word_index", path)

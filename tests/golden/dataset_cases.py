"""Small files in the form of the data sets that Keras keeps, and ways to load them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "mnist": ("mnist", {}),
    "boston": ("boston_housing", {}),
    "boston split": ("boston_housing", {"test_split": 0.5, "seed": 1}),
    "california": ("california_housing", {}),
    "california small": ("california_housing", {"version": "small", "test_split": 0.25}),
    "imdb": ("imdb", {}),
    "imdb words": ("imdb", {"num_words": 12, "skip_top": 4}),
    "imdb without marks": ("imdb", {"start_char": None, "index_from": 0, "oov_char": None, "num_words": 9}),
    "imdb short": ("imdb", {"maxlen": 6}),
    "reuters": ("reuters", {}),
    "reuters words": ("reuters", {"num_words": 12, "skip_top": 4, "test_split": 0.5, "maxlen": 7, "seed": 3}),
}


def _texts(rng: Any, count: int) -> Any:
    texts = np.empty(count, dtype=object)
    texts[:] = [rng.integers(1, 20, rng.integers(1, 9)).tolist() for _ in range(count)]
    return texts


def write_files(folder: Path) -> None:
    """Write the files into a folder."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (7, 2, 2)).astype("uint8")
    digits = rng.integers(0, 10, 7).astype("uint8")
    np.savez(folder / "mnist.npz", x_train=images[:4], y_train=digits[:4], x_test=images[4:], y_test=digits[4:])
    np.savez(folder / "boston_housing.npz", x=rng.random((11, 13)).round(3), y=np.arange(11.0))
    np.savez(folder / "california_housing.npz", x=np.arange(1300.0).reshape(650, 2), y=np.arange(650, dtype="float32"))
    labels = rng.integers(0, 2, 16)
    texts = _texts(rng, 16)
    np.savez(folder / "imdb.npz", x_train=texts[:9], y_train=labels[:9], x_test=texts[9:], y_test=labels[9:])
    np.savez(folder / "reuters.npz", x=_texts(rng, 12), y=rng.integers(0, 46, 12))


def as_lists(loaded: Any) -> Any:
    """What a loader returned, as plain lists."""
    return [[np.asarray(part).tolist() for part in pair] for pair in loaded]

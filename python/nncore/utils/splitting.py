"""Cut a data set in two."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import numpy as np

from nncore import tree
from nncore.utils.dataset import Dataset

__all__ = ["split_dataset"]


def split_dataset(
    dataset: Any,
    left_size: int | float | None = None,
    right_size: int | float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """Split samples into a left and a right part.

    Args:
        dataset: Array, tuple, list or dictionary of arrays of one length, or an iterable of samples, among them a
            ``Dataset`` and a ``PyDataset``.
        left_size: Number of samples on the left, or their share as a float from 0 to 1. Defaults to what
            ``right_size`` leaves.
        right_size: Number or share of the samples on the right. Defaults to what ``left_size`` leaves.
        shuffle: Mix the samples before. Defaults to False.
        seed: Integer for the same order in each run. Defaults to one drawn from Python's ``random``.
        preferred_backend: None: there is one kind of data set.

    Returns:
        Two ``Dataset``s of samples; ``batch(32)`` makes batches of them.

    Raises:
        ValueError: If the sizes are missing or out of range.

    Example:
        >>> import numpy as np
        >>> from nncore.utils import split_dataset
        >>> left, right = split_dataset(np.arange(10), left_size=0.7)
        >>> len(left), [int(x) for x in right]
        (7, [7, 8, 9])
    """
    if preferred_backend is not None:
        raise ValueError(
            f"`preferred_backend` must be None: there is one kind of data set. Received: {preferred_backend!r}"
        )
    if isinstance(dataset, (np.ndarray, tuple, list, dict)) and len(dataset):
        arrays = tree.map_structure(np.asarray, tuple(dataset) if isinstance(dataset, list) else dataset)
        lengths = {len(array) for array in tree.flatten(arrays)}
        if len(lengths) != 1:
            raise ValueError(f"The arrays must have one length. Received: lengths {sorted(lengths)}")
        (total,) = lengths
    elif hasattr(dataset, "__iter__"):
        samples = list(dataset)
        total = len(samples)
        arrays = None
    else:
        raise TypeError(
            "`dataset` must be an array, a structure of arrays, or an iterable of samples. "
            f"Received: {type(dataset).__name__}"
        )
    count_left, count_right = _sizes(left_size, right_size, total)
    order = list(range(total))
    if shuffle:
        random.Random(random.randint(0, 10**6) if seed is None else seed).shuffle(order)
    parts = order[:count_left], order[total - count_right :]

    def sample(i: int) -> Any:
        return samples[i] if arrays is None else tree.map_structure(lambda a: a[i], arrays)

    left, right = (Dataset(partial(map, sample, part), len(part)) for part in parts)
    return left, right


def _sizes(left: Any, right: Any, total: int) -> tuple[int, int]:
    """Both parts' numbers of samples."""
    if left is None and right is None:
        raise ValueError(
            "At least one of the `left_size` or `right_size` must be specified. Received: left_size=None and "
            "right_size=None"
        )
    count_left = _size("left_size", left, total)
    count_right = _size("right_size", right, total)
    if count_left is None:
        assert count_right is not None
        count_left = total - count_right
    elif count_right is None:
        count_right = total - count_left
    if count_left + count_right > total:
        raise ValueError(
            "The sum of `left_size` and `right_size` should not be greater than the number of samples "
            f"({total}). Received: left_size={left}, right_size={right}"
        )
    if 0 in (count_left, count_right):
        raise ValueError(
            f"With a dataset of length={total}, left_size={left} and right_size={right}, one of the parts would be "
            "empty. Adjust the sizes."
        )
    return count_left, count_right


def _size(name: str, value: Any, total: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"`{name}` must be an integer or a float. Received: {name}={value!r}")
    whole = isinstance(value, (int, np.integer))
    if not 0 < value <= (total if whole else 1):
        raise ValueError(
            f"`{name}` should be an integer from 1 to the number of samples ({total}), or a float between 0 and 1. "
            f"Received: {name}={value}"
        )
    if whole:
        return int(value)
    return round(float(value) * total)

"""Boston housing: prices of houses by 13 numbers about their surroundings, read from ``boston_housing.npz``."""

from __future__ import annotations

import os
from typing import Any

from nncore.datasets.cached import find_file, load_arrays, shuffled_together, split_at

__all__ = ["load_data"]


def load_data(path: str | os.PathLike[str] = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Any:
    """Read the prices of houses from the file that Keras keeps.

    One of the numbers tells the share of black people; the data are here for old examples, not for new work.

    Args:
        path: The file; a name is looked for in ``~/.keras/datasets`` (see ``KERAS_HOME``). Defaults to
            ``"boston_housing.npz"``.
        test_split: Share of the test set. Defaults to 0.2.
        seed: Seed of the order, which is Keras's. Defaults to 113.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``: float64 arrays ``(404, 13)``, ``(404,)``, ``(102, 13)``, ``(102,)``;
        prices are in thousands of dollars.

    Raises:
        FileNotFoundError: If there is no such file; nothing is downloaded.
        ValueError: If it is damaged.

    Example:
        >>> from nncore.datasets import boston_housing
        >>> boston_housing.load_data("no_such_file.npz")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        FileNotFoundError: boston_housing.load_data: there is no file ...
    """
    owner = "boston_housing.load_data"
    x, y = shuffled_together(seed, *load_arrays(owner, find_file(owner, path), ("x", "y")))
    return split_at(test_split, x, y)

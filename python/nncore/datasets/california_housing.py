"""California housing: prices of houses by 8 numbers about their blocks, read from ``california_housing.npz``."""

from __future__ import annotations

import os
from typing import Any

from nncore.datasets.cached import find_file, load_arrays, shuffled_together, split_at

__all__ = ["load_data"]


def load_data(
    version: str = "large",
    path: str | os.PathLike[str] = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Any:
    """Read the prices of houses from the file that Keras keeps.

    Args:
        version: ``"large"`` for all 20,640 blocks, ``"small"`` for the first 600. Defaults to ``"large"``.
        path: The file; a name is looked for in ``~/.keras/datasets`` (see ``KERAS_HOME``). Defaults to
            ``"california_housing.npz"``.
        test_split: Share of the test set. Defaults to 0.2.
        seed: Seed of the order, which is Keras's. Defaults to 113.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``: arrays ``(samples, 8)`` and ``(samples,)``; prices are in dollars.

    Raises:
        FileNotFoundError: If there is no such file; nothing is downloaded.
        ValueError: If it is damaged, or the version is unknown.

    Example:
        >>> from nncore.datasets import california_housing
        >>> california_housing.load_data(path="no_such_file.npz")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        FileNotFoundError: california_housing.load_data: there is no file ...
    """
    if version not in ("large", "small"):
        raise ValueError(f"Argument `version` must be one of 'small', 'large'. Received: version={version!r}")
    owner = "california_housing.load_data"
    x, y = load_arrays(owner, find_file(owner, path), ("x", "y"))
    if version == "small":
        x, y = x[:600], y[:600]
    x, y = shuffled_together(seed, x, y)
    return split_at(test_split, x, y)

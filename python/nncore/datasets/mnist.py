"""MNIST: 70,000 grey images of handwritten digits, 28 x 28 pixels, read from ``mnist.npz``."""

from __future__ import annotations

import os
from typing import Any

from nncore.datasets.cached import find_file, load_arrays

__all__ = ["load_data"]


def load_data(path: str | os.PathLike[str] = "mnist.npz") -> Any:
    """Read MNIST from the file that Keras keeps.

    Args:
        path: The file; a name is looked for in ``~/.keras/datasets`` (see ``KERAS_HOME``). Defaults to
            ``"mnist.npz"``.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``, uint8 arrays: images ``(60000, 28, 28)`` and ``(10000, 28, 28)``,
        and their digits.

    Raises:
        FileNotFoundError: If there is no such file; nothing is downloaded.
        ValueError: If it is damaged.

    Example:
        >>> from nncore.datasets import mnist
        >>> mnist.load_data("no_such_file.npz")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        FileNotFoundError: mnist.load_data: there is no file ...
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = load_arrays("mnist.load_data", find_file("mnist.load_data", path), names)
    return (x_train, y_train), (x_test, y_test)

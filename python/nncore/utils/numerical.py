"""Preparing arrays before they are fed to a model. NumPy in, NumPy out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["normalize", "to_categorical"]


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> np.ndarray:
    """Turn class numbers into one-hot rows.

    Args:
        x: Class numbers from 0 to `num_classes - 1`, of any shape `(d0, ..., dN)`. A last axis
            of length 1 is dropped.
        num_classes: Number of classes. Default: the largest class number plus one.

    Returns:
        A float64 array of shape `(d0, ..., dN, num_classes)`: 1 at the class, 0 elsewhere.

    Raises:
        ValueError: If a class number is negative, fractional or not below `num_classes`, or if
            `x` is empty and `num_classes` isn't given.

    Example:
        >>> from nncore.utils import to_categorical
        >>> to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]])
    """
    given = np.asarray(x)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"to_categorical: expected an array of class numbers. Received: x of dtype {given.dtype}.")
    labels = given.astype(np.int64)
    if given.dtype.kind == "f" and not np.array_equal(labels, given):
        raise ValueError(
            "to_categorical: expected whole class numbers. Received: x with fractional or non-finite values."
        )
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels.reshape(labels.shape[:-1])
    if num_classes is None:
        if labels.size == 0:
            raise ValueError(
                f"to_categorical: an empty x doesn't tell the number of classes. Received: x of "
                f"shape {given.shape}, num_classes=None. Pass `num_classes`."
            )
        num_classes = int(labels.max()) + 1
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f"to_categorical: expected class numbers from 0 to {num_classes - 1}. Received: "
            f"values from {labels.min()} to {labels.max()}, num_classes={num_classes}."
        )
    one_hot = np.zeros((labels.size, num_classes))
    one_hot[np.arange(labels.size), labels.ravel()] = 1.0
    return one_hot.reshape(*labels.shape, num_classes)


def normalize(x: ArrayLike, axis: int = -1, order: int | float | str = 2) -> np.ndarray:
    """Divide by the norm along an axis; all-zero vectors stay zero.

    Args:
        x: Array of any shape. Integers are computed in float64.
        axis: The axis along which a vector runs. Default: the last.
        order: Order of the norm, as `numpy.linalg.norm` has it for vectors. Default: 2, the
            Euclidean length.

    Returns:
        An array of the shape of `x`, whose vectors along `axis` have norm 1.

    Example:
        >>> from nncore.utils import normalize
        >>> normalize([[3.0, 4.0], [0.0, 0.0]])
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    values = np.atleast_1d(np.asarray(x))
    length = np.linalg.norm(values, order, axis, keepdims=True)  # type: ignore[arg-type]
    return values / np.where(length == 0, 1, length)

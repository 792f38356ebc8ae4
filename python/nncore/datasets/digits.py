"""The UCI handwritten digits: 1,797 grey images of 8 x 8 pixels, shipped with the package."""

from __future__ import annotations

from importlib import resources

import numpy as np

__all__ = ["load_data"]

Pair = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Pair, Pair]:
    """Load the UCI handwritten digits; they are part of the package, no network is used.

    The data are the test part of *Optical Recognition of Handwritten Digits* (E. Alpaydin and
    C. Kaynak, 1998, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, licence
    CC BY 4.0), in the copy that scikit-learn distributes. Each pixel counts the inked points
    of a 4 x 4 cell of the original bitmap.

    The split into training and test images is fixed: it was drawn once, class by class, and
    is stored that way. Both parts are in shuffled order and share their writers, so the test
    says how well digits of known hands are read.

    Returns:
        `((x_train, y_train), (x_test, y_test))`, fresh uint8 arrays that are yours to change:

        - `x_train` (1438, 8, 8) and `x_test` (359, 8, 8): pixels from 0 (paper) to 16 (ink).
        - `y_train` (1438,) and `y_test` (359,): the digits, 0 to 9.

    Example:
        >>> from nncore.datasets import digits
        >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
        >>> x_train.shape, x_test.shape, x_train.dtype.name
        ((1438, 8, 8), (359, 8, 8), 'uint8')
        >>> int(x_train.max()), int(y_train.max())
        (16, 9)
    """
    source = resources.files("nncore.datasets").joinpath("data", "digits.npz")
    with source.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return (
            (arrays["x_train"], arrays["y_train"]),
            (arrays["x_test"], arrays["y_test"]),
        )

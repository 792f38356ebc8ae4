"""Layers that compute fractions of whole numbers give floatx, not NumPy's float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nncore import initializers, layers

X = np.array([[-3, 0, 4]], "int32")
Y = np.array([[2, 1, 3]], "int32")
UNIT_X, UNIT_Y = X / np.linalg.norm(X), Y / np.linalg.norm(Y)

ROWS: dict[str, tuple[Callable[[], Any], Any]] = {
    "Average": (lambda: layers.Average()([X, Y]), (X + Y) / 2),
    "Dot": (lambda: layers.Dot(axes=1, normalize=True)([X, Y]), [[(UNIT_X * UNIT_Y).sum()]]),
    "ReLU": (lambda: layers.ReLU(max_value=1, negative_slope=0.5, threshold=0.25)(X), [[-1.625, -0.125, 1]]),
    "PReLU": (lambda: layers.PReLU(initializers.Constant(0.5))(X), [[-1.5, 0, 4]]),
}


@pytest.mark.parametrize("name", ROWS)
def test_whole_numbers_give_floatx(name: str) -> None:
    call, expected = ROWS[name]
    got = call()
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "bool"])
def test_identity_has_the_dtype_that_is_asked_for(dtype: str) -> None:
    got = initializers.Identity(np.float64(2.0))((2, 3), dtype=dtype)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, (2 * np.eye(2, 3)).astype(dtype))

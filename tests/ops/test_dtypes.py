"""Operands of unusual dtypes and values: what NumPy and Keras give for them, and in which dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nncore import ops

BOOLS = np.array([True, False, True])
SQUARE = np.ones((3, 3), bool)
WHOLE = np.array([-5, 0, 5], "int32")
LARGE = np.array([2**30, 2**30 - 1, 1, 2**53 + 1])
WITH_NAN = np.array([1.0, 2.0, np.nan], "float32")
SOUGHT = np.array([np.nan, 0.0, 5.0, np.inf], "float32")
NONE = np.zeros((2, 0, 3), "float32")
BLOCK = np.arange(24, dtype="float32").reshape(2, 3, 4)
WEIGHTS = BLOCK[0, :2].T  # of the last axis and the first

ROWS: dict[str, tuple[Callable[[], Any], Any, str]] = {
    "tril:bool": (lambda: ops.tril(SQUARE), np.tril(SQUARE), "bool"),
    "triu:bool": (lambda: ops.triu(SQUARE, 1), np.triu(SQUARE, 1), "bool"),
    "nansum:int64": (lambda: ops.nansum(LARGE), LARGE.sum(), "int64"),
    "nansum:bool": (lambda: ops.nansum(BOOLS), 2, "int32"),
    "floor_divide:bool": (lambda: ops.floor_divide(BOOLS, True), [1, 0, 1], "int32"),
    "mod:bool": (lambda: ops.mod(BOOLS, True), [0, 0, 0], "int32"),
    "power:bool": (lambda: ops.power(BOOLS, False), [1, 1, 1], "int32"),
    "clip:fractions": (lambda: ops.clip(WHOLE, -1.5, 1.5), [-1.5, 0, 1.5], "float32"),
    "clip:int": (lambda: ops.clip(WHOLE, -1, 1), [-1, 0, 1], "int32"),
    "clip:bool": (lambda: ops.clip(BOOLS, 0, 1), [1, 0, 1], "int32"),
    "searchsorted:nan": (lambda: ops.searchsorted(WITH_NAN, SOUGHT), np.searchsorted(WITH_NAN, SOUGHT), "int32"),
    "searchsorted:nan, right": (
        lambda: ops.searchsorted(WITH_NAN, SOUGHT, side="right"),
        np.searchsorted(WITH_NAN, SOUGHT, side="right"),
        "int32",
    ),
    "digitize:nan": (lambda: ops.digitize(SOUGHT, [0.0, 2.0]), np.digitize(SOUGHT, [0.0, 2.0]), "int32"),
    "logsumexp:empty": (lambda: ops.logsumexp(NONE, axis=1), np.full((2, 3), -np.inf), "float32"),
    "average:two axes": (
        lambda: ops.average(BLOCK, axis=(2, 0), weights=WEIGHTS),
        np.average(BLOCK, axis=(2, 0), weights=WEIGHTS),
        "float32",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_value_and_dtype(row: str) -> None:
    run, expected, dtype = ROWS[row]
    got = run()
    assert str(got.dtype) == dtype
    np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
def test_relu6_of_whole_numbers_is_a_float(dtype: str) -> None:
    y = ops.relu6(np.array([1, 9, 0]).astype(dtype))
    np.testing.assert_array_equal(y, np.clip(np.array([1, 9, 0]).astype(dtype).astype("float32"), 0, 6), strict=True)

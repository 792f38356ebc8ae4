"""Rows gathered and converted natively, against NumPy's own indexing and casts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncore import _native

SOURCES = [
    "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
    "float16", "float32", "float64",
]  # fmt: skip
TARGETS = ["float32", "float64", "int32", "int64", "uint8", "bool"]


def make_source(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers that every type can hold, so that NumPy's casts are defined."""
    numbers = np.random.default_rng(1).integers(0, 120, shape)
    return (numbers % 2).astype(dtype) if dtype == "bool" else numbers.astype(dtype)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", SOURCES)
def test_every_pair_of_dtypes(source: str, target: str) -> None:
    x = make_source(source, (50, 3, 7))
    index = np.random.default_rng(2).permutation(50)
    out = np.empty((20, 3, 7), target)
    _native.gather_rows(x, index, 5, out)
    np.testing.assert_array_equal(out, x[index[5:25]].astype(target))
    _native.gather_rows(x, None, 30, out)
    np.testing.assert_array_equal(out, x[30:50].astype(target))


LAYOUTS = {
    "contiguous": lambda x: x,
    "every second row": lambda x: x[::2],
    "reversed rows": lambda x: x[::-1],
    "reversed columns": lambda x: x[:, :, ::-1],
    "columns": lambda x: x[:, 1:, 1:5:2],
    "Fortran order": np.asfortranarray,
    "axes exchanged": lambda x: x.swapaxes(1, 2),
    "rows last": lambda x: np.ascontiguousarray(np.moveaxis(x, 0, 2)).transpose(2, 0, 1),
    "broadcast rows": lambda x: np.broadcast_to(x[:1], x.shape),
    "broadcast within rows": lambda x: np.broadcast_to(x[:, :1], x.shape),
    "axes of one": lambda x: x[:, None, :, :, None],
    "vectors": lambda x: x[:, 0, 0],
    "unaligned": lambda x: unaligned(x),
    "record field": lambda x: record_field(x),
    "rank 8": lambda x: x.reshape(x.shape[0], 1, 2, 1, 3, 1, 4, 1)[:, :, ::-1, :, :, :, ::-2],
}


def unaligned(x: np.ndarray) -> np.ndarray:
    memory = np.zeros(x.nbytes + 1, np.uint8)
    seen = memory[1:].view(x.dtype).reshape(x.shape)
    seen[...] = x
    return seen


def record_field(x: np.ndarray) -> np.ndarray:
    records = np.zeros(x.shape, np.dtype([("pad", "u1"), ("value", x.dtype)]))
    records["value"] = x
    return records["value"]


@pytest.mark.parametrize("dtype", ["float32", "uint8", "float16"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(layout: str, dtype: str) -> None:
    x = LAYOUTS[layout](make_source(dtype, (24, 4, 6)))
    rows = x.shape[0]
    index = np.random.default_rng(2).integers(0, rows, 9)
    out = np.full((9, *x.shape[1:]), -1, np.float32)
    _native.gather_rows(x, index, 0, out)
    np.testing.assert_array_equal(out, x[index].astype(np.float32))
    _native.gather_rows(x, None, rows - 9, out)
    np.testing.assert_array_equal(out, x[rows - 9 :].astype(np.float32))


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("layout", ["contiguous", "reversed rows", "unaligned"])
def test_short_rows(layout: str, width: int, dtype: str) -> None:
    x = LAYOUTS[layout](make_source(dtype, (30, width)))
    index = np.random.default_rng(2).integers(0, 30, 17)
    out = np.full((11, width), 77, dtype)
    _native.gather_rows(x, index, 6, out)
    np.testing.assert_array_equal(out, x[index[6:]])


def test_memory_map(tmp_path: Path) -> None:
    x = make_source("uint16", (40, 5))
    x.tofile(tmp_path / "rows.bin")
    mapped = np.memmap(tmp_path / "rows.bin", dtype="uint16", mode="r", shape=(40, 5))
    index = np.random.default_rng(2).permutation(40)
    out = np.empty((40, 5), np.float32)
    _native.gather_rows(mapped, index, 0, out)
    np.testing.assert_array_equal(out, x[index].astype(np.float32))


def test_every_half() -> None:
    bits = np.arange(2**16, dtype=np.uint16)
    x = bits.view(np.float16)
    out = np.empty(2**16, np.float32)
    _native.gather_rows(x, None, 0, out)
    with np.errstate(invalid="ignore"):
        expected = x.astype(np.float32)
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(np.signbit(out), np.signbit(expected))


def test_numbers_that_the_target_lacks() -> None:
    special = np.array([np.nan, np.inf, -np.inf, 3e9, -3e9, 2.9, -2.9])
    out = np.empty(7, np.int32)
    _native.gather_rows(special, None, 0, out)
    lowest = np.iinfo(np.int32).min
    np.testing.assert_array_equal(out, [lowest] * 5 + [2, -2])
    truth = np.empty(7, np.bool_)
    _native.gather_rows(special, None, 0, truth)
    assert truth.all()
    bytes_out = np.empty(3, np.uint8)
    _native.gather_rows(np.array([-1, 256, 511]), None, 0, bytes_out)
    np.testing.assert_array_equal(bytes_out, [255, 0, 255])
    large = np.array([2**64 - 1, 2**63], np.uint64)
    floats = np.empty(2, np.float64)
    _native.gather_rows(large, None, 0, floats)
    np.testing.assert_array_equal(floats, large.astype(np.float64))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_strided_view(draw_from: st.DataObject) -> None:
    shape = tuple(draw_from.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    x = make_source("int16", shape)
    x = x.transpose(draw_from.draw(st.permutations(range(len(shape)))))
    steps = [draw_from.draw(st.sampled_from([1, 2, -1, -2])) for _ in shape]
    x = x[tuple(slice(None, None, step) for step in steps)]
    index = np.array(draw_from.draw(st.lists(st.integers(0, x.shape[0] - 1), max_size=6)), np.int64)
    out = np.empty((len(index), *x.shape[1:]), np.float64)
    _native.gather_rows(x, index, 0, out)
    np.testing.assert_array_equal(out, x[index])


X, OUT = np.zeros((10, 3)), np.zeros((4, 3), np.float32)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((X, np.array([0, 1, 2, 10]), 0, OUT), ValueError, "from 0 to 9"),
        ((X, np.array([0, 1, 2, -1]), 0, OUT), ValueError, "from 0 to 9"),
        ((X, np.arange(4), 1, OUT), ValueError, "Received: first=1"),
        ((X, np.arange(4), -1, OUT), ValueError, "Received: first=-1"),
        ((X, np.arange(3), 0, OUT), ValueError, "within 3"),
        ((X, None, 7, OUT), ValueError, "within 10. Received: first=7"),
        ((X, np.arange(4.0), 0, OUT), TypeError, "index must have dtype int64"),
        ((X, None, 0, np.zeros((4, 2), np.float32)), ValueError, r"out float32\(4, 2\)"),
        ((X, None, 0, OUT.T), ValueError, "C-contiguous"),
        ((X, None, 0, OUT.astype(np.int16)), TypeError, r"Received: int16\(4, 3\)"),
        ((X.astype(str), None, 0, OUT), TypeError, "numbers or bools"),
        ((np.zeros(()), None, 0, np.zeros(())), ValueError, "rows"),
    ],
)
def test_bad_gather(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        _native.gather_rows(*arguments)
    assert re.search(message, str(caught.value)), str(caught.value)

"""pad_sequences: every combination of side and length."""

from __future__ import annotations

import numpy as np
import pytest

from nncore.utils import pad_sequences

SEQUENCES = [[1], [2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5]]),
        ({"maxlen": 4, "value": 9}, [[9, 9, 9, 1], [9, 9, 2, 3], [9, 4, 5, 6]]),
        ({"maxlen": 0}, [[], [], []]),
    ],
)
def test_padding(arguments: dict[str, object], expected: list[list[int]]) -> None:
    padded = pad_sequences(SEQUENCES, **arguments)  # type: ignore[arg-type]
    assert padded.dtype == np.int32
    np.testing.assert_array_equal(padded, expected)


def test_sequences_of_vectors() -> None:
    padded = pad_sequences([np.ones((1, 2)), np.ones((3, 2))], dtype="float32")
    assert padded.shape == (2, 3, 2)
    assert padded.dtype == np.float32
    np.testing.assert_array_equal(padded[0], [[0, 0], [0, 0], [1, 1]])


def test_empty_sequences() -> None:
    np.testing.assert_array_equal(pad_sequences([[], [7]]), [[0], [7]])
    assert pad_sequences([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("sequences", "arguments", "message"),
    [
        (SEQUENCES, {"padding": "before"}, "Received: padding='before'"),
        (SEQUENCES, {"truncating": ""}, "Received: truncating=''"),
        ([1, 2], {}, r"sequences\[0\]=1"),
        ([np.ones((2, 3)), np.ones((2, 4))], {}, r"\(4,\) in sequences\[1\]"),
    ],
)
def test_bad_arguments(sequences: list[object], arguments: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pad_sequences(sequences, **arguments)  # type: ignore[arg-type]

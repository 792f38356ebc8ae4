"""to_categorical and normalize against small arrays worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nncore.utils import normalize, to_categorical


def test_one_hot_rows() -> None:
    np.testing.assert_array_equal(to_categorical([1, 0], 3), [[0, 1, 0], [1, 0, 0]])


def test_number_of_classes_from_the_largest() -> None:
    assert to_categorical(np.array([0, 4], np.uint8)).shape == (2, 5)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((4,), (4, 3)), ((4, 1), (4, 3)), ((2, 5), (2, 5, 3)), ((2, 5, 1), (2, 5, 3)), ((), (3,))],
)
def test_shapes(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert to_categorical(np.zeros(shape, int), 3).shape == expected


def test_whole_floats_are_class_numbers() -> None:
    np.testing.assert_array_equal(to_categorical(np.array([1.0, 0.0])), [[0, 1], [1, 0]])


def test_empty_with_known_classes() -> None:
    assert to_categorical([], 4).shape == (0, 4)


@pytest.mark.parametrize(
    ("x", "num_classes", "message"),
    [
        ([0, 3], 3, "from 0 to 2.*values from 0 to 3"),
        ([-1, 0], None, "values from -1 to 0"),
        ([0.5], None, "whole class numbers"),
        ([np.nan], None, "whole class numbers"),
        ([], None, "Pass `num_classes`"),
        (["a"], None, "class numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_bad_labels(x: list[object], num_classes: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_categorical(x, num_classes)


def test_normalize_rows_and_columns() -> None:
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(normalize(x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(normalize(x, axis=0), [[1, 1], [0, 0]])


def test_normalize_by_sum() -> None:
    np.testing.assert_allclose(normalize([1, 3], order=1), [0.25, 0.75])


def test_normalize_keeps_float32() -> None:
    assert normalize(np.ones((2, 2), np.float32)).dtype == np.float32

"""Variable: values, assignment, operators, NumPy functions, copies."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from nncore import Variable


def test_values_and_attributes() -> None:
    v = Variable(np.arange(6, dtype="float64").reshape(2, 3), name="v")
    assert (v.shape, v.dtype, v.ndim, v.size, v.name, v.path, len(v)) == ((2, 3), "float64", 2, 6, "v", "v", 2)
    assert "path=v, shape=(2, 3)" in repr(v)
    assert v.trainable
    copied = v.numpy()
    copied[...] = 0
    assert v.numpy().any()


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (1, None, "float32"),
        ([1.0], None, "float32"),
        (np.int64(3), None, "int64"),
        (np.ones(2, bool), None, "bool"),
        (1, "int32", "int32"),
        (1, int, "int32"),
        (1, float, "float32"),
        (1, bool, "bool"),
        (1, np.float64, "float64"),
        (1, np.dtype("uint8"), "uint8"),
    ],
)
def test_dtype(value: object, dtype: object, expected: str) -> None:
    assert Variable(value, dtype=dtype).dtype == expected


def test_initializer() -> None:
    assert Variable("ones", shape=(2,)).numpy().tolist() == [1.0, 1.0]
    assert Variable(lambda shape, dtype: np.full(shape, 3, dtype), shape=2).numpy().tolist() == [3.0, 3.0]
    source = np.ones(2, "float32")
    v = Variable(source)
    source[0] = 5
    assert v.numpy().tolist() == [1.0, 1.0]


def test_assignment() -> None:
    v = Variable([1.0, 2.0])
    array = v.array
    v.assign([3, 4])
    v.assign_add([1, 1])
    v.assign_sub(np.array([0.5, 0.5]))
    assert v.numpy().tolist() == [3.5, 4.5]
    assert v.array is array
    assert v.value is array


def test_operators() -> None:
    v = Variable([2.0, -3.0])
    x = np.array([4.0, 5.0], "float32")
    assert (v + 1).tolist() == [3.0, -2.0]
    assert (1 - v).tolist() == [-1.0, 4.0]
    assert (x * v).tolist() == [8.0, -15.0]
    np.testing.assert_array_equal(x / v, x / v.numpy())
    assert (v**2).tolist() == [4.0, 9.0]
    assert (-v).tolist() == [-2.0, 3.0]
    assert abs(v).tolist() == [2.0, 3.0]
    assert (v > 0).tolist() == [True, False]
    assert (v == v).tolist() == [True, True]
    assert float(v @ x) == -7.0
    assert float(x @ v) == -7.0
    assert v[1] == -3.0
    assert float(Variable(2.5)) == 2.5
    assert int(Variable(2)) == 2
    assert bool(Variable(1))


def test_numpy_functions() -> None:
    v = Variable([[1.0, 4.0]])
    assert np.sqrt(v).tolist() == [[1.0, 2.0]]
    assert np.concatenate([v, v], axis=0).shape == (2, 2)
    assert np.sum(v) == 5.0
    assert v.mean() == 2.5
    assert np.asarray(v, dtype="float64").dtype == "float64"
    with pytest.raises(AttributeError):
        _ = v.nothing


@pytest.mark.parametrize("again", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies(again) -> None:
    v = Variable([1.0, 2.0], trainable=False, name="kept")
    other = again(v)
    other.assign([0.0, 0.0])
    assert v.numpy().tolist() == [1.0, 2.0]
    assert (other.name, other.trainable, other.path) == ("kept", False, "kept")


def test_hashable_by_identity() -> None:
    v, w = Variable(1.0), Variable(1.0)
    assert len({v, w, v}) == 2

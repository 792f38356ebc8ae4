"""Functions that make arrays, convert them, or answer questions about them."""

from __future__ import annotations

import doctest
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops
from nncore.ir import KerasTensor

CREATED: list[tuple[Any, Any]] = [
    (lambda: ops.zeros((2, 3)), np.zeros((2, 3), "float32")),
    (lambda: ops.zeros((), "int32"), np.zeros((), "int32")),
    (lambda: ops.ones(3, "float64"), np.ones(3)),
    (lambda: ops.empty((2,)), np.zeros(2, "float32")),
    (lambda: ops.full((2, 2), 7, "int32"), np.full((2, 2), 7, "int32")),
    (lambda: ops.full((2, 2), True, "bool"), np.full((2, 2), True)),
    (lambda: ops.arange(4), np.arange(4, dtype="int32")),
    (lambda: ops.arange(1, 7, 2), np.arange(1, 7, 2, dtype="int32")),
    (lambda: ops.arange(0, 1, 0.25), np.arange(0, 1, 0.25, dtype="float32")),
    (lambda: ops.arange(5, 0, -2), np.arange(5, 0, -2, dtype="int32")),
    (lambda: ops.arange(3, dtype="float64"), np.arange(3.0)),
    (lambda: ops.eye(2, 3, k=1), np.eye(2, 3, k=1, dtype="float32")),
    (lambda: ops.identity(3, "int64"), np.eye(3, dtype="int64")),
    (lambda: ops.tri(3, 4, -1), np.tri(3, 4, -1, dtype="float32")),
    (lambda: ops.linspace(0, 1, 1), np.array([0.0], "float32")),
    (lambda: ops.linspace(0, 1, 0), np.zeros(0, "float32")),
    (lambda: ops.linspace(0, 10, 5, dtype="int32"), np.array([0, 2, 5, 7, 10], "int32")),
    (lambda: ops.array([1, 2]), np.array([1, 2], "int32")),
    (lambda: ops.convert_to_tensor([[1.0], [2.0]]), np.array([[1.0], [2.0]], "float32")),
    (lambda: ops.convert_to_tensor(3), np.asarray(3, "int32")),
    (lambda: ops.convert_to_tensor(2**40), np.asarray(2**40, "int64")),
    (lambda: ops.convert_to_tensor(True), np.asarray(True)),
    (lambda: ops.convert_to_tensor(np.ones(2, "float16")), np.ones(2, "float32")),
    (lambda: ops.convert_to_tensor(np.ones(2, "uint16")), np.ones(2, "int32")),
    (lambda: ops.convert_to_tensor(np.ones(2, ">f4")), np.ones(2, "float32")),
    (lambda: ops.convert_to_tensor(1.7, dtype="int32"), np.asarray(1, "int32")),
]


@pytest.mark.parametrize("position", range(len(CREATED)))
@pytest.mark.parametrize("traced", [False, True])
def test_created(position: int, traced: bool) -> None:
    make, expected = CREATED[position]
    got = nncore.function(lambda x: (make(), x))(np.ones(1))[0] if traced else make()
    assert isinstance(got, np.ndarray)
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(got, expected)


def _cosines(*weights: float) -> Any:
    turn = 2 * np.pi * np.arange(9) / 8
    return sum(w * np.cos(k * turn) for k, w in enumerate(weights))


# From the definitions; Bartlett's is a triangle.
WINDOWS = {
    "bartlett": 1 - np.abs(np.arange(9) - 4) / 4,
    "blackman": _cosines(0.42, -0.5, 0.08),
    "hamming": _cosines(0.54, -0.46),
    "hanning": _cosines(0.5, -0.5),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_windows(name: str) -> None:
    window = getattr(ops, name)
    assert window(9).dtype == np.float32
    np.testing.assert_allclose(window(9), WINDOWS[name], atol=1e-6)
    np.testing.assert_array_equal(nncore.function(lambda x: x * window(9))(np.ones(9, "float32")), window(9))
    assert window(0).shape == (0,)
    np.testing.assert_array_equal(window(np.asarray(1)), [1.0])
    with pytest.raises(TypeError, match="one whole number"):
        window(2.5)


def test_kaiser_is_the_quotient_of_bessel_functions() -> None:
    # I0 by its series, sum of (x^2 / 4)^k / k!^2.
    def bessel(x: float) -> float:
        term, total = 1.0, 1.0
        for k in range(1, 60):
            term *= x * x / 4 / k**2
            total += term
        return total

    expected = [bessel(6.0 * np.sqrt(1 - t * t)) / bessel(6.0) for t in np.linspace(-1, 1, 7)]
    np.testing.assert_allclose(ops.kaiser(7, 6.0), expected, rtol=1e-5)


def test_unique_elements_of_arrays() -> None:
    x = np.array([[3, 1, 3], [1, 1, 9]], "int32")
    parts = ops.unique(x, return_index=True, return_inverse=True, return_counts=True)
    for part, expected in zip(parts, ([1, 3, 9], [1, 0, 5], [[1, 0, 1], [0, 0, 2]], [3, 2, 1]), strict=True):
        assert part.dtype == np.int32
        assert part.tolist() == expected
    rows = np.array([[2.0, 1.0], [0.0, 1.0], [2.0, 1.0]])
    values, counts = ops.unique(rows, axis=0, return_counts=True)
    assert (values.tolist(), counts.tolist()) == ([[0.0, 1.0], [2.0, 1.0]], [1, 2])
    values, counts = ops.unique(rows, axis=0, return_counts=True, size=3, fill_value=7)
    assert (values.tolist(), counts.tolist()) == ([[0.0, 1.0], [2.0, 1.0], [7.0, 7.0]], [1, 2, 0])


def test_bincount_of_arrays_finds_its_length() -> None:
    assert ops.bincount([1, 2, 2, 3]).tolist() == [0, 1, 2, 1]
    assert ops.bincount(np.zeros(0, "int32")).tolist() == []
    assert ops.bincount([[0, 1], [1, 1]]).tolist() == [[1, 1], [0, 2]]


def test_elastic_waves() -> None:
    image = np.random.default_rng(0).uniform(size=(2, 12, 10, 3)).astype("float32")
    bend = ops.image.elastic_transform
    np.testing.assert_array_equal(bend(image, seed=3), bend(image, seed=3))
    assert (bend(image, seed=3) != bend(image, seed=4)).any()
    # Without waves the image; with short ways the pixels are those of the neighbourhood.
    np.testing.assert_allclose(bend(image, alpha=0.0, seed=3), image, rtol=1e-6)
    flat = np.full((8, 8, 1), 7, "uint8")
    assert (bend(flat, seed=1) == 7).all()
    assert bend(flat, seed=1).dtype == np.uint8
    # Rows and columns are moved by waves of their own: a gradient along each shows them.
    ramp = np.arange(40.0, dtype="float32")
    down, right = (bend(np.broadcast_to(a, (40, 40))[..., None].copy(), 2.0, 3.0, fill_mode="nearest", seed=5)[..., 0]
                   for a in (ramp[:, None], ramp))  # fmt: skip
    moved = (down - ramp[:, None])[8:-8, 8:-8], (right - ramp)[8:-8, 8:-8]
    assert all(0.05 < m.std() < 5 for m in moved)
    assert abs(np.corrcoef(moved[0].ravel(), moved[1].ravel())[0, 1]) < 0.7
    first = bend(np.moveaxis(image, -1, 1), seed=3, data_format="channels_first")
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), bend(image, seed=3), rtol=1e-6)


def test_constants_in_a_trace_take_no_memory() -> None:
    step = nncore.function(lambda x: x * ops.ones((100, 100)) + ops.zeros((100, 100)))
    np.testing.assert_array_equal(step(np.ones((100, 100), "float32")), np.ones((100, 100)))
    assert "[100,100] = constant" not in step.dump()
    assert step.dump("program").count("const") <= 1


def test_linspace_returns_its_step() -> None:
    values, step = ops.linspace(0.0, 1.0, 5, retstep=True)
    assert float(step) == 0.25
    assert values.shape == (5,)


@pytest.mark.parametrize("namespace", ["numpy", "nn", "linalg"])
def test_namespaces_have_the_same_functions(namespace: str) -> None:
    there: Any = getattr(ops, namespace)
    for name in ("softmax", "nanmax", "solve", "sum", "relu", "matmul"):
        assert getattr(there, name) is getattr(ops, name)
    for name in ("no_such_name", "_private"):
        assert not hasattr(there, name)


def test_questions() -> None:
    x = np.zeros((2, 3), "int32")
    placeholder = KerasTensor((None, 3), "float64")
    assert ops.shape(x) == (2, 3)
    assert ops.shape(placeholder) == (None, 3)
    assert ops.ndim(x) == 2 == ops.ndim(placeholder)
    assert ops.size(x) == 6
    assert ops.size(placeholder) is None
    assert ops.dtype(x) == "int32"
    assert ops.dtype(placeholder) == "float64"
    assert ops.is_tensor(x)
    assert ops.is_tensor(placeholder)
    assert not ops.is_tensor([1])
    assert not ops.is_tensor(1.0)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("float32", "float32"), (np.float64, "float64"), (np.dtype("int64"), "int64"),
        (float, "float32"), (int, "int32"), (bool, "bool"), (None, "float32"), ("float", "float32"),
        ("int", "int32"), (np.int8, "int32"), ("uint16", "int32"),
        (np.dtype("float64"), "float64"),
    ],
)  # fmt: skip
def test_standardize_dtype(given: Any, name: str) -> None:
    assert ops.standardize_dtype(given) == name


def test_convert_to_numpy_may_be_changed() -> None:
    fixed = np.broadcast_to(np.ones(()), (3,))
    got = ops.convert_to_numpy(fixed)
    got[0] = 5
    np.testing.assert_array_equal(fixed, [1, 1, 1])


def test_conversion_of_mixed_lists_in_a_trace() -> None:
    got = nncore.function(lambda x: ops.convert_to_tensor([x, x * 2.0, 3.0]))(np.asarray(1.0))
    np.testing.assert_array_equal(got, [1.0, 2.0, 3.0])


def test_where_with_a_condition_alone_finds_places() -> None:
    (found,) = ops.where(np.array([False, True, True]))
    np.testing.assert_array_equal(found, [1, 2])
    rows, columns = ops.nonzero(np.eye(2))
    assert rows.tolist() == columns.tolist() == [0, 1]


def test_eval_shape_finds_unknown_dimensions() -> None:
    x = KerasTensor((None, 4))
    y = ops.eval_shape(lambda a: {"s": ops.softmax(a), "t": ops.transpose(a), "n": None}, x)
    assert y["s"].shape == (None, 4)
    assert y["t"].shape == (4, None)
    assert y["n"] is None
    assert ops.reshape(x, (-1, 2, 2)).shape == (None, 2, 2)
    assert ops.concatenate([x, x], axis=0).shape == (None, 4)
    assert ops.one_hot(KerasTensor((None,), "int32"), 3).shape == (None, 3)
    values, index = ops.top_k(x, 2)
    assert values.shape == index.shape == (None, 2)
    assert index.dtype == "int32"


def test_examples_in_docstrings() -> None:
    finder = doctest.DocTestFinder()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    tried = 0
    for name in ops.__all__:
        function = getattr(ops, name)
        # Decorated and generated functions are not found by walking their module.
        tests = finder.find(function, name, module=False, globs={})  # type: ignore[arg-type]
        assert any(test.examples for test in tests), f"{name} has no example"
        for test in tests:
            tried += runner.run(test).attempted
    assert runner.failures == 0
    assert tried > 400


def test_documents_have_all_parts() -> None:
    functions = [getattr(ops, name) for name in ops.__all__ if name != "image"]
    functions += [getattr(ops.image, name) for name in ops.image.__all__]
    for function in functions:
        name, doc = function.__name__, function.__doc__
        assert "Returns:" in doc, name
        assert "Args:" in doc, name
        assert len(doc.splitlines()[0]) <= 110, name

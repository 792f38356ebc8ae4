"""function, grad, value_and_grad, custom_gradient, stop_gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops


def test_gradients_of_several_arguments() -> None:
    g = nncore.grad(lambda x, y: ops.sum(x * x * y), argnums=(0, 1))
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    gx, gy = g(x, y)
    np.testing.assert_allclose(gx, 2 * x * y)
    np.testing.assert_allclose(gy, x * x)


def test_gradients_come_in_the_structure_of_the_argument() -> None:
    g = nncore.grad(lambda p: ops.sum(p["w"] * 2) + ops.sum(p["b"][0]))
    got = g({"w": np.ones((2, 2)), "b": [np.ones(3)]})
    np.testing.assert_array_equal(got["w"], np.full((2, 2), 2.0))
    np.testing.assert_array_equal(got["b"][0], np.ones(3))


def test_second_derivatives() -> None:
    second = nncore.grad(lambda x: nncore.grad(lambda y: y**4)(x))
    np.testing.assert_allclose(second(2.0), 48.0)


def test_grad_inside_a_compiled_function() -> None:
    @nncore.function
    def newton(x: Any) -> Any:
        def f(t: Any) -> Any:
            return t * t - 2.0

        return x - f(x) / nncore.grad(f)(x)

    x: Any = np.float64(1.0)
    for _ in range(6):
        x = newton(np.asarray(x))
    np.testing.assert_allclose(x, np.sqrt(2.0), rtol=1e-15)


def test_gradients_for_variables_and_auxiliary_results() -> None:
    w = nncore.Variable(np.array([1.0, -2.0]), dtype="float64")

    def loss(x: Any) -> Any:
        y = w * x
        return ops.sum(y * y), y

    (value, y), (g,) = nncore.value_and_grad(loss, variables=[w], has_aux=True)(np.array([3.0, 4.0]))
    assert value == 9.0 + 64.0
    np.testing.assert_array_equal(y, [3.0, -8.0])
    np.testing.assert_array_equal(g, [2 * 3.0 * 3.0, 2 * -8.0 * 4.0])


def test_what_the_value_does_not_depend_on_has_gradient_zero() -> None:
    g = nncore.grad(lambda x, y: ops.sum(y), argnums=0)(np.ones(3), np.ones(2))
    assert g.tolist() == [0.0, 0.0, 0.0]


def test_stop_gradient_and_custom_gradient() -> None:
    np.testing.assert_allclose(nncore.grad(lambda x: x * ops.stop_gradient(x * x))(3.0), 9.0)

    @nncore.custom_gradient
    def clipped(x: Any, y: Any) -> Any:
        return x * y, lambda g: (ops.clip(g * y, -1, 1), g * 0.0)

    gx, gy = nncore.grad(lambda x, y: clipped(x, y) * 5.0, argnums=(0, 1))(2.0, 3.0)
    assert (float(gx), float(gy)) == (1.0, 0.0)


def test_a_compiled_function_is_traced_once_per_signature() -> None:
    traces = []

    @nncore.function
    def double(x: Any, sign: int = 1) -> Any:
        traces.append(x.shape)
        return x * 2 * sign

    for _ in range(3):
        assert double(np.ones(3)).tolist() == [2.0] * 3
    assert double(np.ones(4)).tolist() == [2.0] * 4
    assert double(np.ones(3), sign=-1).tolist() == [-2.0] * 3
    assert traces == [(3,), (4,), (3,)]


def test_functions_of_functions_and_nested_results() -> None:
    inner = nncore.function(lambda x: {"double": x * 2, "none": None})
    outer = nncore.function(lambda x: (inner(x)["double"] + 1, [x]))
    a, (b,) = outer(np.array([1.0, 2.0]))
    assert a.tolist() == [3.0, 5.0]
    assert b.tolist() == [1.0, 2.0]
    assert inner(np.ones(1))["none"] is None


def test_variables_are_read_and_updated() -> None:
    counter = nncore.Variable(0, dtype="int32")

    @nncore.function
    def count(x: Any) -> Any:
        counter.assign(counter + 1)
        return x + ops.cast(counter, "float32")

    x = np.zeros(2, "float32")
    assert count(x).tolist() == [1.0, 1.0]
    counter.assign(10)
    assert count(x).tolist() == [11.0, 11.0]
    assert int(counter.numpy()) == 11


BAD = [
    (lambda: nncore.grad(lambda x: x)(np.ones(3)), ValueError, r"Only a scalar.*shape \(3,\)"),
    (lambda: nncore.grad(lambda x: x)(np.arange(1)[0]), TypeError, "Only float arguments.*int"),
    (lambda: nncore.grad(lambda x: x, argnums=2)(1.0), ValueError, "argnums=2"),
    (
        lambda: nncore.grad(nncore.custom_gradient(lambda x: (x * 1.0, lambda g: (g, g))))(1.0),
        ValueError,
        "must return 1 gradients.*Received: 2",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()

"""Rewriting and fusing: what anybody wrote in plain ops runs on the fused kernels, with the same results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops
from nncore.graph import compile_step
from nncore.ir import Spec


def _names(step: Any) -> list[str]:
    return [node.op.name for node in step.graph.nodes if not node.is_leaf]


def _specs(*shapes: tuple[int, ...]) -> tuple[Spec, ...]:
    return tuple(Spec(shape, "float32") for shape in shapes)


ACTIVATIONS: list[tuple[str, Callable[[Any], Any]]] = [
    ("relu", ops.relu),
    ("relu", lambda z: np.maximum(z, 0)),
    ("sigmoid", ops.sigmoid),
    ("tanh", np.tanh),
    ("elu", ops.elu),
    ("selu", ops.selu),
    ("leaky_relu", ops.leaky_relu),
    ("softplus", ops.softplus),
    ("exp", np.exp),
]


@pytest.mark.parametrize(("name", "activation"), ACTIVATIONS)
@pytest.mark.parametrize("rank", [2, 3])
def test_a_dense_layer_written_in_plain_ops_is_one_instruction(
    name: str, activation: Callable[[Any], Any], rank: int
) -> None:
    lead = (4, 5)[: rank - 1]
    step = compile_step(lambda x, w, b: activation(x @ w + b), _specs((*lead, 3), (3, 2), (2,)))
    assert "dense" in _names(step), step.dump()
    assert step.program.instruction_count == 1
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=s).astype("float32") for s in ((*lead, 3), (3, 2), (2,)))
    z = x.astype("float64") @ w.astype("float64") + b
    expected = np.asarray(activation(z))
    np.testing.assert_allclose(step.run((x, w, b)), expected, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "exp"])
@pytest.mark.parametrize("rank", [2, 3])
def test_the_gradient_of_a_layer_leaves_its_product_multiplied_by_the_slope(name: str, rank: int) -> None:
    activation = getattr(ops, name)
    lead = (4, 5)[: rank - 1]

    def loss(x: Any, w: Any, b: Any, v: Any) -> Any:
        return ops.sum(ops.square(activation(x @ w + b) @ v))

    gradients = nncore.grad(loss, argnums=(1, 2))
    specs = _specs((*lead, 3), (3, 6), (6,), (6, 7))
    step = compile_step(gradients, specs)
    fused = [node for node in step.graph.nodes if node.op.name == "dense_backward"]
    assert [node.attrs["activation"] for node in fused] == [name], step.dump()
    rng = np.random.default_rng(0)
    args = [rng.normal(size=spec.shape).astype("float32") for spec in specs]
    for got, want in zip(step.run(args), gradients(*args), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("name", ["relu", "tanh"])
@pytest.mark.parametrize("pooled", [False, True])
def test_the_gradient_of_a_convolution_leaves_multiplied_by_the_slope(name: str, pooled: bool) -> None:
    activation = getattr(ops, name)

    def loss(x: Any, w: Any, v: Any) -> Any:
        y = activation(ops.conv(x, w))
        if pooled:
            y = ops.max_pool(y, 2)
        return ops.sum(ops.square(ops.conv(y, v)))

    gradients = nncore.grad(loss, argnums=(1, 2))
    specs = _specs((2, 10, 8, 3), (3, 3, 3, 4), (2, 2, 4, 5))
    step = compile_step(gradients, specs)
    fused = [node for node in step.graph.nodes if node.op.name == "conv_data_backward"]
    # What tanh's slope is of lies before the pooling.
    assert len(fused) == (0 if pooled and name == "tanh" else 1), step.dump()
    rng = np.random.default_rng(0)
    args = [rng.normal(size=spec.shape).astype("float32") for spec in specs]
    for got, want in zip(step.run(args), gradients(*args), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-4)


def test_a_slope_of_something_else_stays_as_written() -> None:
    """Not the activation's own result, and a product that others read."""
    cases: list[Callable[..., Any]] = [
        lambda a, b, y: (a @ b) * y,
        lambda a, b, y: (a @ b) * (1.0 - y * y),
        lambda a, b, y: ops.tanh(y) * (a @ b),
        lambda a, b, y: (lambda p: (ops.where(ops.relu(y) > 0, p, 0), p))(a @ b),
    ]
    for function in cases:
        step = compile_step(function, _specs((4, 3), (3, 5), (4, 5)))
        assert "dense_backward" not in _names(step), step.dump()


def test_a_product_that_is_read_twice_is_not_swallowed() -> None:
    def function(x: Any, w: Any, b: Any) -> Any:
        z = x @ w
        return ops.relu(z + b), z

    step = compile_step(function, _specs((4, 3), (3, 2), (2,)))
    x, w, b = np.ones((4, 3), "float32"), -np.ones((3, 2), "float32"), np.ones(2, "float32")
    y, z = step.run((x, w, b))
    assert (y == 0).all()
    assert (z == -3).all()


def test_a_bias_of_another_shape_stays_an_addition() -> None:
    step = compile_step(lambda x, w, b: x @ w + b, _specs((4, 3), (3, 2), (4, 1)))
    assert "dense" not in _names(step)
    x, w = np.ones((4, 3), "float32"), np.ones((3, 2), "float32")
    b = np.arange(4, dtype="float32").reshape(4, 1)
    np.testing.assert_array_equal(step.run((x, w, b)), x @ w + b)


def test_a_chain_of_elementwise_ops_is_one_instruction() -> None:
    step = compile_step(lambda x, y: ops.tanh(x * y + 1.0) / (ops.abs(x) + 2.0) - y, _specs((7, 5), (5,)))
    assert step.program.instruction_count == 1
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(7, 5)).astype("float32"), rng.normal(size=5).astype("float32")
    np.testing.assert_allclose(step.run((x, y)), np.tanh(x * y + 1) / (np.abs(x) + 2) - y, rtol=1e-5, atol=1e-6)


def test_casts_inside_a_chain_keep_their_meaning() -> None:
    def function(x: Any) -> Any:
        whole = ops.cast(ops.cast(x * 2, "int32"), "float32")
        truth = ops.cast(ops.cast(x, "bool"), "float32")
        byte = ops.cast(ops.cast(x * 100, "uint8"), "float32")
        return whole * 100 + truth, byte

    step = compile_step(function, _specs((4,)))
    x = np.array([0.0, 0.7, -0.7, 1.9], "float32")
    got, byte = step.run((x,))
    np.testing.assert_array_equal(got, [0.0, 101.0, -99.0, 301.0])
    eager, eager_byte = function(x)
    np.testing.assert_array_equal(got, eager)
    np.testing.assert_array_equal(byte, eager_byte)


def test_integers_wrap_in_a_chain_as_they_do_alone() -> None:
    def function(a: Any) -> Any:
        return (a * a) // 2 + 1

    a = np.array([70000, -5, 3], "int32")
    step = compile_step(function, (Spec((3,), "int32"),))
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(step.run((a,)), (a * a) // 2 + 1)


def test_a_group_whose_result_is_read_before_its_end_is_closed() -> None:
    # The product needs h, and h2 needs the product: one group of both would be a cycle.
    def function(x: Any, w: Any) -> Any:
        h = x * 2 + 1
        return (h @ w) * h + ops.exp(h)

    step = compile_step(function, _specs((3, 3), (3, 3)))
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=(3, 3)).astype("float32"), rng.normal(size=(3, 3)).astype("float32")
    h = x * 2 + 1
    np.testing.assert_allclose(step.run((x, w)), (h @ w) * h + np.exp(h), rtol=1e-5)


@pytest.mark.parametrize(("rows", "instructions"), [(3, 2), (400, 3)])
def test_a_small_node_joins_the_group_of_what_it_reads(rows: int, instructions: int) -> None:
    # The difference is asked for after the product has read h. Of many elements it waits until then.
    def function(x: Any, w: Any) -> Any:
        h = x * 2 + 1
        return h @ w, h - 3

    step = compile_step(function, _specs((rows, 3), (3, 3)))
    assert step.program.instruction_count == instructions
    x, w = np.arange(3 * rows, dtype="float32").reshape(rows, 3) % 7, np.eye(3, dtype="float32")
    product, difference = step.run((x, w))
    np.testing.assert_array_equal(product, x * 2 + 1)
    np.testing.assert_array_equal(difference, x * 2 - 2)


def test_small_nodes_of_one_shape_need_not_read_each_other_to_be_one_instruction() -> None:
    a, b = nncore.Variable(np.float32(1)), nncore.Variable(np.float32(2))

    def step(x: Any) -> Any:
        a.assign(a.value + ops.sum(x))
        b.assign(b.value * 3)

    compiled = compile_step(step, _specs((4,)))
    assert compiled.program.instruction_count == 2
    compiled.run((np.ones(4, "float32"),))
    assert (float(a.numpy()), float(b.numpy())) == (5, 6)


def test_a_small_node_waits_for_what_comes_after_the_group() -> None:
    def function(x: Any, w: Any) -> Any:
        h = x * 2
        return h - ops.sum(h @ w, axis=0)

    step = compile_step(function, _specs((3, 3), (3, 3)))
    x, w = np.arange(9, dtype="float32").reshape(3, 3), np.ones((3, 3), "float32")
    np.testing.assert_array_equal(step.run((x, w)), 2 * x - (2 * x @ w).sum(axis=0))


def test_an_integer_that_wraps_is_stored_before_a_later_node_reads_it() -> None:
    def function(a: Any) -> Any:
        square = a * a
        return ops.sum(square), square // 2

    a = np.array([70000, -5, 3], "int32")
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(compile_step(function, (Spec((3,), "int32"),)).run((a,))[1], (a * a) // 2)


def test_what_is_summed_over_one_element_is_read_as_it_is() -> None:
    step = compile_step(lambda x: ops.sum(x * 2, axis=-1), _specs((5, 1)))
    assert step.program.instruction_count == 1
    np.testing.assert_array_equal(step.run((np.ones((5, 1), "float32"),)), np.full(5, 2.0))


def test_a_repeated_constant_needs_no_instruction() -> None:
    def loss(logits: Any, labels: Any) -> Any:
        return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))

    specs = (Spec((4, 3), "float32"), Spec((4,), "int32"))
    step = compile_step(nncore.grad(loss), specs)
    assert step.program.instruction_count == 1
    got = step.run((np.zeros((4, 3), "float32"), np.array([0, 1, 2, 0], "int32")))
    np.testing.assert_allclose(got, (1 / 3 - np.eye(3)[[0, 1, 2, 0]]) / 4, rtol=1e-6)


def test_more_operands_than_one_instruction_holds() -> None:
    step = compile_step(lambda *xs: sum(xs) * sum(x * x for x in xs), _specs(*[(3,)] * 50))
    xs = tuple(np.full(3, i, "float32") for i in range(50))
    expected = sum(range(50)) * sum(i * i for i in range(50))
    np.testing.assert_allclose(step.run(xs), np.full(3, expected), rtol=1e-6)


def test_optimizer_steps_with_equal_attributes_are_merged() -> None:
    variables = [nncore.Variable(np.ones(n, "float32")) for n in (3, 5, 7)]

    def step(*gs: Any) -> None:
        rate = ops.convert_to_tensor(0.5)
        for v, g in zip(variables, gs, strict=True):
            v.assign(ops.sgd_step(v.value, g, rate))

    compiled = compile_step(step, _specs((3,), (5,), (7,)))
    assert _names(compiled) == ["sgd_step"]
    compiled.run(tuple(np.full(n, n, "float32") for n in (3, 5, 7)))
    assert [v.numpy()[0] for v in variables] == [1 - 0.5 * n for n in (3, 5, 7)]


def test_a_step_that_is_read_before_the_others_is_not_merged_past_its_reader() -> None:
    a, b = (nncore.Variable(np.ones(2, "float32")) for _ in range(2))

    def step(g: Any) -> None:
        rate = ops.convert_to_tensor(1.0)
        new = ops.sgd_step(a.value, g, rate)
        a.assign(new)
        b.assign(ops.sgd_step(b.value, new * 2, rate))

    compile_step(step, _specs((2,))).run((np.array([3, 4], "float32"),))
    assert a.numpy().tolist() == [-2, -3]
    assert b.numpy().tolist() == [5, 7]


def test_crossentropy_of_probabilities_is_taken_from_the_logits() -> None:
    def loss(z: Any, t: Any) -> Any:
        return ops.mean(ops.categorical_crossentropy(t, ops.softmax(z)))

    # From rounded probabilities this loss is clipped at -log(1e-7) = 16.1 and has no gradient.
    z = np.array([[0.0, 100.0, -100.0]], "float32")
    t = np.array([[1.0, 0.0, 0.0]], "float32")
    value, g = nncore.value_and_grad(loss)(z, t)
    np.testing.assert_allclose(value, 100.0)
    np.testing.assert_allclose(g, [[-1.0, 1.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize("bias", [False, True])
def test_batch_normalization_at_inference_is_part_of_the_convolution(bias: bool) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 6, 6, 3)).astype("float32"), rng.normal(size=(3, 3, 3, 4)).astype("float32")
    mean, variance, gamma, beta, b = (rng.random(4).astype("float32") for _ in range(5))

    def layer(x: Any, w: Any, mean: Any, variance: Any, gamma: Any, beta: Any, b: Any) -> Any:
        z = ops.conv(x, w)
        return ops.relu(ops.batch_normalization(z + b if bias else z, mean, variance, -1, beta, gamma))

    operands = (x, w, mean, variance, gamma, beta, b)
    step = compile_step(layer, _specs(*(a.shape for a in operands)))
    convolution = next(node for node in step.graph.nodes if node.op.name == "conv")
    assert convolution.attrs["activation"] == "relu"
    assert len(convolution.inputs) == 3
    np.testing.assert_allclose(step.run(operands), layer(*operands), rtol=2e-5, atol=2e-5)


def test_filters_that_are_larger_than_the_result_are_left_alone() -> None:
    def layer(x: Any, w: Any, mean: Any, variance: Any) -> Any:
        return ops.batch_normalization(ops.conv(x, w), mean, variance, -1)

    step = compile_step(layer, _specs((1, 3, 3, 8), (3, 3, 8, 4), (4,), (4,)))
    assert len(next(node for node in step.graph.nodes if node.op.name == "conv").inputs) == 2


def test_the_gradient_of_pooled_relu_is_masked_after_pooling() -> None:
    x = np.random.default_rng(1).integers(-3, 4, (2, 6, 6, 5)).astype("float32")
    x[0, 0, 0, 0] = np.nan
    weights = np.random.default_rng(2).normal(size=(2, 3, 3, 5)).astype("float32")
    slope = nncore.grad(lambda a: ops.sum(ops.max_pool(ops.relu(a), 2) * weights))
    step = compile_step(slope, _specs(x.shape))
    masks = [node.outputs[0].shape for node in step.graph.nodes if node.op.name == "gt"]
    assert masks == [(2, 3, 3, 5)], step.dump()
    np.testing.assert_array_equal(step.run((x,)), slope(x))

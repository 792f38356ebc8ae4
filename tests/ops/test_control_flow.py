"""Loops and branches in compiled programs: what they capture and change, what they refuse, how they are run."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, ops
from nncore.graph.step import compile_step
from nncore.ir import Spec

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype("float32")


def running_sum(x: Any) -> Any:
    return ops.scan(lambda c, row: (c + row, c), ops.zeros(4), x)


# --- what becomes of it ----------------------------------------------------------------------------------------------


def test_a_scan_is_recorded_once_whatever_its_length() -> None:
    sizes = []
    for turns in (3, 300):
        step = compile_step(running_sum, (Spec((turns, 4), "float32"),))
        sizes.append(step.program.instruction_count)
        assert re.search(r"= scan\(.*\n  body 0 of float32\[4\], float32\[4\]\n    %0 = input", step.dump())
        assert re.search(r"\d scan .*\n    body of \d instructions", step.dump("program"))
    assert sizes[0] == sizes[1]
    unrolled = nncore.function(lambda x: ops.scan(lambda c, row: (c + row, c), ops.zeros(4), x, unroll=True))
    np.testing.assert_array_equal(unrolled(X)[1], running_sum(X)[1])
    assert "scan" not in unrolled.dump()


def test_products_leave_the_loop() -> None:
    w, u = RNG.normal(size=(4, 3)).astype("float32"), RNG.normal(size=(3, 3)).astype("float32")
    x = RNG.normal(size=(5, 2, 4)).astype("float32")

    def total(x: Any, w: Any, u: Any) -> Any:
        carry, ys = ops.scan(lambda c, row: ((h := ops.tanh(row @ w + c @ u * 2.0)), h @ u), ops.zeros((2, 3)), x)
        return ops.sum(carry * carry) + ops.sum(ys * ys)

    both = nncore.function(nncore.value_and_grad(total, (0, 1, 2)))
    value, slopes = both(x, w, u)
    expected, eager = nncore.value_and_grad(total, (0, 1, 2))(x, w, u)
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    for a, b in zip(slopes, eager, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-5)
    bodies = "\n".join(line for line in both.dump().splitlines() if line.startswith("    "))
    # One product in each direction waits for the turn before; the sums over turns are products outside.
    assert bodies.count("= matmul(") + bodies.count("= dense(") == 2


@pytest.mark.parametrize("rows", [8, 200])
def test_any_number_of_threads_gives_the_same_bits(rows: int) -> None:
    def function(x: Any, w: Any) -> Any:
        def turn(c: Any, row: Any) -> Any:
            c = ops.tanh(c @ w + row)
            # A sum over the batch is needed by all members in the same turn; a branch and a loop within.
            scale = ops.while_loop(lambda v: ops.mean(v) > 0.5, lambda v: v * 0.5, (ops.exp(c),))[0]
            c = ops.cond(ops.sum(c) > 0, lambda: c + ops.mean(c, axis=0), lambda: c - scale)
            return c, ops.sum(c, axis=1)

        carry, ys = ops.scan(turn, ops.zeros((rows, 16)), x)
        plain = ops.scan(lambda c, row: (ops.tanh(c @ w + row), None), carry, x)[0]
        return carry, ys, plain

    x = RNG.normal(size=(7, rows, 16)).astype("float32")
    w = (RNG.normal(size=(16, 16)) / 4).astype("float32")
    step = compile_step(function, (Spec(x.shape, "float32"), Spec(w.shape, "float32")))
    runs = []
    for threads in (1, 2, 3):
        step.program.set_threads(threads)
        runs += [step.run((x, w)) for _ in range(3)]
    for run in runs[1:]:
        for a, b in zip(runs[0], run, strict=True):
            np.testing.assert_array_equal(a, b)
    for a, b in zip(runs[0], function(x, w), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_program_with_loops_runs_again_and_again_on_other_values() -> None:
    halvings = nncore.function(lambda x: ops.while_loop(lambda n, v: v > 1.0, lambda n, v: (n + 1, v / 2), (0, x))[0])
    assert [int(halvings(np.float32(v))) for v in (0.5, 2, 3, 1000)] == [0, 1, 2, 10]
    chosen = nncore.function(lambda k: ops.switch(k, [lambda: 10.0, lambda: 20.0, lambda: 30.0]))
    assert [float(chosen(np.int32(k))) for k in (-3, 0, 1, 2, 9)] == [10, 10, 20, 30, 30]


def test_constants_are_computed_while_tracing() -> None:
    table = nncore.function(lambda x: x + float(ops.sum(ops.map(lambda r: r * r, np.arange(4.0)))))
    assert float(table(1.0)) == 15.0


# --- captured values and variables -----------------------------------------------------------------------------------


def test_bodies_read_and_assign_variables() -> None:
    count, weight = nncore.Variable(0.0), nncore.Variable(2.0)

    def function(x: Any) -> Any:
        def turn(c: Any, row: Any) -> Any:
            count.assign_add(1.0)
            return c + row * weight * count, count.value

        carry, seen = ops.scan(turn, ops.zeros(4), x)
        ops.cond(ops.sum(x) > 0, lambda: count.assign(-1.0), lambda: count.value)
        return carry, seen

    compiled = nncore.function(function)
    carry, seen = compiled(np.abs(X))
    np.testing.assert_array_equal(seen, [1, 2, 3, 4, 5, 6])
    np.testing.assert_allclose(carry, (np.abs(X) * 2 * np.arange(1, 7)[:, None]).sum(0), rtol=1e-5)
    assert float(count) == -1
    _, seen = compiled(-np.abs(X))
    np.testing.assert_array_equal(seen, np.arange(6))
    assert float(count) == 5
    for _ in range(2):
        eager = function(-np.abs(X))
    assert float(count) == 17
    np.testing.assert_array_equal(eager[1], np.arange(12, 18))


def test_random_numbers_differ_from_turn_to_turn() -> None:
    seed = nncore.random.SeedGenerator(3)
    draw = nncore.function(
        lambda x: ops.scan(lambda c, _: (c, nncore.random.uniform((2,), seed=seed) + c[:2]), x, length=4)[1]
    )
    first, second = draw(np.zeros(4)), draw(np.zeros(4))
    assert len(np.unique(np.concatenate([first, second]))) == 16


def test_a_gradient_goes_to_variables_and_outer_tensors() -> None:
    w = nncore.Variable(RNG.normal(size=(4, 4)))
    x = RNG.normal(size=(3, 4))

    def loss(x: Any) -> Any:
        scaled = ops.sin(x[0])

        def turn(c: Any, row: Any) -> Any:
            inner = ops.map(lambda column: ops.sum(column * scaled), w)
            return ops.tanh(c * inner + row), None

        return ops.sum(ops.scan(turn, x[1], x)[0] ** 2)

    slopes = nncore.function(lambda x: (nncore.grad(loss)(x), nncore.value_and_grad(loss, variables=[w])(x)[1][0]))(x)
    for got, array in zip(slopes, (x, w.array), strict=True):
        expected = np.zeros_like(array)
        for at in np.ndindex(*array.shape):
            old, ends = array[at], []
            for h in (1e-6, -1e-6):
                array[at] = old + h
                ends.append(float(loss(x)))
            array[at] = old
            expected[at] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-8)


def test_custom_gradients_hold_inside() -> None:
    @nncore.custom_gradient
    def straight(x: Any) -> Any:
        kept = ops.exp(x)
        return ops.round(x), lambda g: g * kept

    def loss(x: Any) -> Any:
        return ops.sum(ops.map(lambda r: straight(r * 2.0), x))

    x = RNG.normal(size=(3, 2))
    np.testing.assert_allclose(nncore.function(nncore.grad(loss))(x), 2 * np.exp(2 * x))


def test_second_derivatives_of_a_scan() -> None:
    def last(x: Any) -> Any:
        return ops.scan(lambda c, row: (ops.sin(c * row), None), x[0], x)[0]

    x = np.array([0.7, 1.3, -0.4])
    second = nncore.function(nncore.grad(lambda x: ops.sum(nncore.grad(last)(x) ** 2)))(x)
    slope = nncore.function(nncore.grad(last))
    expected = [(np.sum(slope(x + h) ** 2) - np.sum(slope(x - h) ** 2)) / 2e-6 for h in np.eye(3) * 1e-6]
    np.testing.assert_allclose(second, expected, rtol=1e-6, atol=1e-8)


def test_a_loop_without_bound_has_no_gradient() -> None:
    slope = nncore.function(nncore.grad(lambda x: ops.while_loop(lambda v: v < 5, lambda v: v * 2, x)))
    with pytest.raises(ValueError, match=r"number has no bound\. Received: maximum_iterations=None"):
        slope(1.0)
    # Where values are at hand, the turns are recorded one by one.
    assert float(nncore.grad(lambda x: ops.while_loop(lambda v: v < 5, lambda v: v * 2, x))(1.0)) == 8


def test_token_ids_are_checked_inside_as_well() -> None:
    embedding = layers.Embedding(5, 2, name="words")
    embedding.build()
    look_up = nncore.function(lambda ids: ops.map(lambda row: embedding(row), ids))
    assert look_up(np.array([[0, 4]])).shape == (1, 2, 2)
    with pytest.raises(ValueError, match=r"words.*largest id 5"):
        look_up(np.array([[0, 5]]))


# --- layers ----------------------------------------------------------------------------------------------------------


class Smooth(layers.Layer):
    """A moving mean with a learnt rate, stopped by value."""

    def build(self, input_shape: Any) -> None:
        self.rate = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="rate")
        self.dense = layers.Dense(3)
        self.dense.build((None, input_shape[-1]))
        self.noise = layers.Dropout(0.25, seed=1)

    def call(self, x: Any, training: Any = None) -> Any:
        def turn(c: Any, row: Any) -> Any:
            keep = ops.sigmoid(self.rate)
            c = c * keep + self.noise(row, training=training) * (1 - keep)
            return c, self.dense(c)

        carry, ys = ops.scan(turn, ops.zeros_like(x[:, 0]), ops.transpose(x, (1, 0, 2)))
        return ops.cond(ops.max(ops.abs(carry)) > 1e3, lambda: ys[0], lambda: ys[-1])


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_layer_with_a_scan_trains(eagerly: bool) -> None:
    nncore.utils.set_random_seed(1)
    model = nncore.Sequential([layers.Input((5, 4)), Smooth()])
    model.compile(nncore.optimizers.Adam(0.05), "mse", run_eagerly=eagerly)
    x = RNG.normal(size=(64, 5, 4)).astype("float32")
    y = x.mean(axis=1)[:, :3]
    epochs = 2 if eagerly else 20
    losses = model.fit(x, y, batch_size=16, epochs=epochs, verbose=0).history["loss"]
    assert losses[-1] < (0.9 if eagerly else 0.4) * losses[0]
    assert model.predict(x, verbose=0).shape == (64, 3)


def test_functional_models_hold_loops() -> None:
    inputs = layers.Input((6, 2))
    outputs = ops.map(lambda row: row / (1e-3 + ops.max(ops.abs(row))), inputs)
    assert outputs.shape == (None, 6, 2)
    model = nncore.Model(inputs, outputs)
    x = RNG.normal(size=(3, 6, 2)).astype("float32")
    expected = x / (1e-3 + np.abs(x).max(axis=(1, 2), keepdims=True))
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5)


# --- bad input -------------------------------------------------------------------------------------------------------

ZERO = np.zeros(2, "float32")
BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "no function": (lambda x: ops.scan(3, x, x), TypeError, "`f` should be a callable. Received: f=3"),
    "no pair": (lambda x: ops.scan(lambda c, r: c, x, x), ValueError, "return a pair"),
    "unroll": (lambda x: ops.scan(lambda c, r: (c, r), x, x, unroll=0), ValueError, "Received: unroll=0"),
    "nothing": (
        lambda x: ops.scan(lambda c, r: (c, r), x),
        ValueError,
        "no `xs` to scan over and `length` not provided",
    ),
    "lengths": (
        lambda x: ops.scan(lambda c, r: (c, None), x, (x, ops.zeros(3))),
        ValueError,
        r"shapes \[\(2,\), \(3,\)\], length=None",
    ),
    "length": (lambda x: ops.scan(lambda c, r: (c, None), x, x, length=5), ValueError, "length=5"),
    "scalar": (
        lambda x: ops.map(lambda r: r, ops.sum(x)),
        ValueError,
        r"first axis to walk along. Received: float32\(\)",
    ),
    "carry's shape": (
        lambda x: ops.scan(lambda c, r: (ops.stack([c, c]), None), ops.zeros(3), x),
        ValueError,
        r"float32\(3,\) before the turn, float32\(2, 3\) after it",
    ),
    "carry's dtype": (
        lambda x: ops.scan(lambda c, r: ({"n": ops.add(c["n"], 0.5)}, None), {"n": ops.zeros(3, "int32")}, x),
        ValueError,
        r"int32\(3,\) before the turn at 'n', float32\(3,\) after it.*ops.cast",
    ),
    "carry's structure": (lambda x: ops.scan(lambda c, r: ((c, c), None), x, x), ValueError, "keep their structure"),
    "loop's shape": (
        lambda x: ops.while_loop(lambda v: ops.sum(v) < 3, lambda v: ops.stack([v, v]), x),
        ValueError,
        r"ops.while_loop.*float32\(2,\) before.*float32\(2, 2\) after",
    ),
    "condition": (lambda x: ops.while_loop(lambda v: v < 3, lambda v: v + 1, x), ValueError, "scalar. Received: bool"),
    "maximum": (lambda x: ops.while_loop(lambda v: True, lambda v: v, x, -1), ValueError, "must not be negative"),
    "bounds": (lambda x: ops.fori_loop(0.5, 3, lambda i, v: v, x), TypeError, "lower=0.5"),
    "predicate": (lambda x: ops.cond(x > 0, lambda: x, lambda: x), ValueError, r"scalar. Received: bool\(2,\)"),
    "branches": (lambda x: ops.switch(0, []), ValueError, "list of functions"),
    "index": (lambda x: ops.switch(0.5, [lambda: x]), TypeError, "whole number. Received: float32"),
    "signature": (lambda x: ops.vectorize(lambda a: a, signature="n->n")(x), ValueError, "signature='n->n'"),
    "core": (lambda x: ops.vectorize(lambda a: a, signature="(m,n)->()")(x), ValueError, "fewer dimensions"),
    "sizes": (
        lambda x: ops.vectorize(lambda a, b: a, signature="(n),(n)->()")(x, ops.zeros(3)),
        ValueError,
        "dimension 'n' should have one size. Received: 2 and 3",
    ),
    "associative": (
        lambda x: ops.associative_scan(lambda a, b: a, (x, ops.zeros(3))),
        ValueError,
        "same length along the axis",
    ),
}
ONLY_COMPILED: dict[str, tuple[Any, type[Exception], str]] = {
    "kinds of branches": (
        lambda x: ops.cond(ops.sum(x) > 0, lambda: x, lambda: ops.sum(x)),
        ValueError,
        r"float32\(2,\) from false_fn|float32\(\) from false_fn, float32\(2,\) from true_fn",
    ),
    "structures of branches": (
        lambda x: ops.switch(ops.cast(x[0], "int32"), [lambda: x, lambda: (x, x)]),
        ValueError,
        r"branches\[0\] and branches\[1\] should return the same structure",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    function, error, message = BAD[name]
    with pytest.raises(error, match=re.compile(message, re.DOTALL)):
        function(ZERO)
    with pytest.raises(error, match=re.compile(message, re.DOTALL)):
        nncore.function(function)(ZERO)


@pytest.mark.parametrize("name", ONLY_COMPILED)
def test_bad_input_of_compiled_functions(name: str) -> None:
    function, error, message = ONLY_COMPILED[name]
    with pytest.raises(error, match=re.compile(message, re.DOTALL)):
        nncore.function(function)(ZERO)


def test_a_condition_assigns_nothing() -> None:
    v = nncore.Variable(0.0)
    with pytest.raises(ValueError, match="`cond` must not assign to variables"):
        nncore.function(lambda x: ops.while_loop(lambda y: v.assign(1.0) > y, lambda y: y + 1, x))(0.0)


def test_python_numbers_take_the_dtype_of_what_they_meet() -> None:
    def total(x: Any) -> Any:
        return ops.scan(lambda c, r: (ops.add(c, r), None), 0, x)[0]

    for function in (total, nncore.function(total)):
        result = function(X[:, 0])
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, X[:, 0].sum(), rtol=1e-6)
    for loop in (
        lambda x: ops.fori_loop(0, 3, lambda i, s: ops.add(s, x[i]), 0),
        lambda x: ops.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, ops.add(s, x[i])), (0, 0))[1],
    ):
        for function in (loop, nncore.function(loop)):
            np.testing.assert_allclose(function(X[:, 0]), X[:3, 0].sum(), rtol=1e-6)

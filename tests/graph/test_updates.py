"""Gradients that only an update reads are computed by it, with the same bits; those that others read are not."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, models, ops, optimizers
from nncore.graph import compile_step
from nncore.graph import step as compiling
from nncore.graph.updates import absorb_gradients
from nncore.ir import Spec

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 20)).astype("float32")
Y = RNG.integers(0, 4, 96).astype("int32")
OPTIMIZERS: dict[str, Any] = {
    "sgd": lambda **more: optimizers.SGD(0.1, **more),
    "momentum": lambda **more: optimizers.SGD(0.1, momentum=0.9, nesterov=True, **more),
    "rmsprop": lambda **more: optimizers.RMSprop(0.01, centered=True, momentum=0.5, **more),
    "adam": lambda **more: optimizers.Adam(0.01, amsgrad=True, **more),
    "adamw": lambda **more: optimizers.AdamW(0.01, **more),
    "adagrad": lambda **more: optimizers.Adagrad(0.1, **more),
    "adadelta": lambda **more: optimizers.Adadelta(1.0, **more),
    "adamax": lambda **more: optimizers.Adamax(0.01, **more),
    "nadam": lambda **more: optimizers.Nadam(0.01, **more),
    "lion": lambda **more: optimizers.Lion(0.001, **more),
    "ftrl": lambda **more: optimizers.Ftrl(0.1, **more),
}


def perceptron(dtype: str = "float32") -> models.Model:
    inputs = layers.Input((20,), dtype=dtype)
    h = layers.Dense(33, activation="relu", dtype=dtype)(inputs)
    h = layers.Dense(9, activation="tanh", dtype=dtype)(h)
    return models.Model(inputs, layers.Dense(10, dtype=dtype)(h))


def sequences() -> models.Model:
    inputs = layers.Input((20,))
    h = layers.Dense(8, activation="relu")(layers.Reshape((5, 4))(inputs))
    return models.Model(inputs, layers.Dense(9)(layers.Flatten()(h)))


def tied() -> models.Model:
    inputs = layers.Input((20,))
    shared = layers.Dense(20, activation="relu")
    return models.Model(inputs, layers.Dense(8)(shared(shared(inputs))))


def penalized() -> models.Model:
    inputs = layers.Input((20,))
    h = layers.Dense(9, activation="relu", kernel_regularizer=nncore.regularizers.L2(0.01))(inputs)
    return models.Model(inputs, layers.Dense(8)(h))


def train(make: Any, optimizer: Any, threads: int = 2, batch: int = 32) -> tuple[list[Any], Any]:
    """Weights after some steps, and the step's dump."""
    nncore.utils.set_random_seed(3)
    nncore.config.set_num_threads(threads)
    found: list[Any] = []
    made = compiling.Step.__init__

    def keep(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        found.append(self)

    try:
        model = make()
        model.compile(optimizer(), nncore.losses.SparseCategoricalCrossentropy(from_logits=True))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiling.Step, "__init__", keep)
            model.fit(X.astype(model.inputs[0].dtype), Y, batch_size=batch, epochs=4, verbose=0)
        return [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)], found[0]
    finally:
        nncore.config.set_num_threads(None)


def without(patch: Any) -> None:
    patch.setattr(compiling, "PASSES", tuple(p for p in compiling.PASSES if p is not absorb_gradients))


def same(a: list[Any], b: list[Any]) -> bool:
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


def sources(step: Any) -> list[int]:
    """Where the program's updates take their gradients from."""
    found = []
    for node in step.graph.nodes:
        found += node.attrs.get("sources", ())
    return found


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_trained_weights_have_the_same_bits(name: str, monkeypatch: Any) -> None:
    weights, step = train(perceptron, OPTIMIZERS[name])
    assert sources(step) == [1, 2] * 3
    dump = step.dump("program")
    # Three products forward, two for the gradients of inputs; no sum but the loss.
    assert len(re.findall(r"^\d+ matmul", dump, re.M)) == 5
    assert len(re.findall(r"^\d+ reduce", dump, re.M)) == 1
    alone, _ = train(perceptron, OPTIMIZERS[name], threads=1)
    assert same(weights, alone)
    without(monkeypatch)
    separate, plain = train(perceptron, OPTIMIZERS[name])
    assert sources(plain) == []
    assert same(weights, separate)
    assert step.program.arena_bytes <= plain.program.arena_bytes


def test_float64_has_the_same_bits(monkeypatch: Any) -> None:
    make = lambda: perceptron("float64")  # noqa: E731
    weights, step = train(make, OPTIMIZERS["adam"])
    assert sources(step) == [1, 2] * 3
    without(monkeypatch)
    assert same(weights, train(make, OPTIMIZERS["adam"])[0])


def test_layers_on_sequences_are_products_over_all_steps(monkeypatch: Any) -> None:
    weights, step = train(sequences, OPTIMIZERS["adam"])
    assert sources(step) == [1, 2] * 2
    without(monkeypatch)
    assert same(weights, train(sequences, OPTIMIZERS["adam"])[0])


# What else reads a gradient, and so has to find it in memory.
OTHERS: dict[str, tuple[Any, Any, list[int]]] = {
    "clipnorm": (perceptron, lambda: OPTIMIZERS["adam"](clipnorm=0.1), []),
    "global_clipnorm": (perceptron, lambda: OPTIMIZERS["sgd"](global_clipnorm=0.1), []),
    "clipvalue": (perceptron, lambda: OPTIMIZERS["sgd"](clipvalue=0.01), []),
    "accumulation": (perceptron, lambda: OPTIMIZERS["sgd"](gradient_accumulation_steps=2), []),
    "lamb": (perceptron, lambda: optimizers.Lamb(0.01), []),
    "shared weights": (tied, OPTIMIZERS["adam"], [0, 0, 1, 2]),
    "penalty": (penalized, OPTIMIZERS["adam"], [0, 2, 1, 2]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_gradients_that_others_read_are_given(name: str, monkeypatch: Any) -> None:
    make, optimizer, expected = OTHERS[name]
    weights, step = train(make, optimizer)
    assert sources(step) == expected
    without(monkeypatch)
    assert same(weights, train(make, optimizer)[0])


def step_of(function: Any, *specs: Any) -> Any:
    return compile_step(function, specs)


def test_a_fetched_gradient_is_given() -> None:
    w = nncore.Variable(np.ones((4, 3), "float32"))

    def function(x: Any, dy: Any) -> Any:
        g = ops.matmul(ops.transpose(x), dy)
        w.assign(ops.sgd_step(w, g, 0.5))
        return g

    step = step_of(function, Spec((6, 4), "float32"), Spec((6, 3), "float32"))
    assert sources(step) == []


def test_what_an_update_overwrites_is_not_what_it_reads() -> None:
    """A gradient that is made of a variable, which the same instruction updates."""
    a = nncore.Variable(RNG.normal(size=(6, 6)).astype("float32"))
    w = nncore.Variable(np.ones((6, 3), "float32"))
    old = a.numpy().copy()

    def function(dy: Any) -> Any:
        g = ops.matmul(ops.transpose(a), dy)
        new_a, new_w = ops.sgd_step(a, a * 2.0, 0.5), ops.sgd_step(w, g, 0.5)
        a.assign(new_a)
        w.assign(new_w)
        return ops.sum(dy)

    dy = RNG.normal(size=(6, 3)).astype("float32")
    step = step_of(function, Spec((6, 3), "float32"))
    assert sources(step) == []
    step.run((dy,))
    np.testing.assert_allclose(w.numpy(), 1 - 0.5 * old.T @ dy, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(a.numpy(), 0, atol=1e-6)


def test_a_handful_of_elements_is_given() -> None:
    w = nncore.Variable(np.ones((2, 1), "float32"))

    def function(x: Any, dy: Any) -> Any:
        w.assign(ops.sgd_step(w, ops.matmul(ops.transpose(x), dy), 0.5))
        return ops.sum(x)

    assert sources(step_of(function, Spec((16, 2), "float32"), Spec((16, 1), "float32"))) == []


@pytest.mark.parametrize(("rows", "absorbed"), [(512, True), (513, False)])
def test_long_sums_are_left_to_their_kernels(rows: int, absorbed: bool) -> None:
    w = nncore.Variable(np.ones((40, 30), "float32"))
    b = nncore.Variable(np.ones((30,), "float32"))

    def function(x: Any, dy: Any) -> Any:
        w.assign(ops.sgd_step(w, ops.matmul(ops.transpose(x), dy), 0.5))
        b.assign(ops.sgd_step(b, ops.sum(dy, axis=0), 0.5))
        return ops.sum(x)

    step = step_of(function, Spec((rows, 40), "float32"), Spec((rows, 30), "float32"))
    assert sources(step) == ([1, 2] if absorbed else [])


def test_deep_narrow_networks_do_not_hold_all_activations_and_gradients(monkeypatch: Any) -> None:
    """Where the operands are larger than the gradients, memory would grow."""

    def deep() -> models.Model:
        inputs = h = layers.Input((20,))
        for _ in range(30):
            h = layers.Dense(24, activation="tanh")(h)
        return models.Model(inputs, layers.Dense(4)(h))

    weights, step = train(deep, OPTIMIZERS["adam"], batch=96)
    assert {0, 1} <= set(sources(step))
    without(monkeypatch)
    separate, plain = train(deep, OPTIMIZERS["adam"], batch=96)
    assert same(weights, separate)
    assert step.program.arena_bytes <= plain.program.arena_bytes + 300_000

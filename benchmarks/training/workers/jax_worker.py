"""Training with JAX: one jitted scan over the epoch, which gathers the batches itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from case import Case, Data
from cases import BETAS, EPSILON, LEARNING_RATE, RHO
from serve import NotOfferedError, Weights, serve

State = dict[str, Any]
Layers = list[tuple[jax.Array, jax.Array]]


def apply(layers: Layers, inputs: list[jax.Array], case: Case) -> jax.Array:
    """The network's outputs."""
    depth = len(case.branch)
    for branch, x in enumerate(inputs):
        for kernel, bias in layers[branch * depth : (branch + 1) * depth]:
            x = jax.nn.relu(x @ kernel + bias)
        inputs = [*inputs[:branch], x, *inputs[branch + 1 :]]
    x = jnp.concatenate(inputs, axis=1)
    *hidden, (kernel, bias) = layers[depth * len(inputs) :]
    for pair in hidden:
        x = jax.nn.relu(x @ pair[0] + pair[1])
    return x @ kernel + bias


def loss_of(layers: Layers, inputs: list[jax.Array], y: jax.Array, case: Case) -> jax.Array:
    outputs = apply(layers, inputs, case)
    if case.loss == "mse":
        return jnp.mean((outputs - y) ** 2)
    return -jnp.take_along_axis(jax.nn.log_softmax(outputs), y[:, None], axis=1).mean()


def adam(state: State, gradients: Any) -> State:
    b1, b2 = BETAS
    step = state["step"] + 1
    rate = LEARNING_RATE * jnp.sqrt(1 - b2**step) / (1 - b1**step)
    m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state["m"], gradients)
    v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, state["v"], gradients)
    w = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), state["w"], m, v)
    return {"step": step, "w": w, "m": m, "v": v}


def rmsprop(state: State, gradients: Any) -> State:
    v = jax.tree.map(lambda v, g: RHO * v + (1 - RHO) * g * g, state["v"], gradients)
    w = jax.tree.map(lambda w, g, v: w - LEARNING_RATE * g / jnp.sqrt(v + EPSILON**2), state["w"], gradients, v)
    return state | {"w": w, "v": v}


UPDATES = {"adam": adam, "rmsprop": rmsprop}


@partial(jax.jit, static_argnames="case", donate_argnums=0)
def run_epoch(
    state: State, inputs: list[jax.Array], y: jax.Array, order: jax.Array, case: Case
) -> tuple[State, jax.Array]:
    def step(state: State, rows: jax.Array) -> tuple[State, jax.Array]:
        batch = [x[rows] for x in inputs]
        loss, gradients = jax.value_and_grad(loss_of)(state["w"], batch, y[rows], case)
        return UPDATES[case.optimizer](state, gradients), loss

    state, losses = jax.lax.scan(step, state, order)
    return state, losses.mean()


class Network:
    def __init__(self, case: Case, data: Data, weights: Weights) -> None:
        if case.layers:
            raise NotOfferedError("dense networks only")
        self.case = case
        self.inputs, self.y = jax.tree.map(jnp.asarray, (data.inputs, data.targets))
        first: Layers = jax.tree.map(jnp.asarray, weights)
        zeros = jax.tree.map(jnp.zeros_like, first)
        self.state: State = {"step": jnp.zeros(()), "w": first, "v": zeros}
        if case.optimizer == "adam":
            self.state["m"] = jax.tree.map(jnp.zeros_like, first)
        self.rng = np.random.default_rng(0)

    def train(self, epochs: int, steps: int, *, shuffle: bool) -> list[float]:
        losses = []
        n = steps * self.case.batch
        for _ in range(epochs):
            order = self.rng.permutation(n) if shuffle else np.arange(n)
            rows = jnp.asarray(order.reshape(steps, self.case.batch), jnp.int32)
            self.state, loss = run_epoch(self.state, self.inputs, self.y, rows, self.case)
            losses.append(float(loss))
        return losses

    def caller(self, how: str, inputs: list[np.ndarray]) -> Callable[[], object]:
        compiled = jax.jit(partial(apply, case=self.case))
        layers, arrays = self.state["w"], [jnp.asarray(x) for x in inputs]
        return lambda: compiled(layers, arrays).block_until_ready()


class Jax:
    def set_threads(self, threads: int) -> None:
        """XLA takes its number of threads from the CPUs that the process is bound to."""

    def make(self, case: Case, data: Data, weights: Weights) -> Network:
        return Network(case, data, weights)


if __name__ == "__main__":
    serve(Jax)

"""Training with JAX: one jitted scan over the epoch, which gathers the batches itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from cases import BETAS, EPSILON, LEARNING_RATE, RHO, Case, make_data, make_weights
from serve import serve

State = dict[str, Any]


def loss_of(weights: list[jax.Array], x: jax.Array, y: jax.Array) -> jax.Array:
    *hidden, last = zip(weights[::2], weights[1::2], strict=True)
    for kernel, bias in hidden:
        x = jax.nn.relu(x @ kernel + bias)
    logits = jax.nn.log_softmax(x @ last[0] + last[1])
    return -jnp.take_along_axis(logits, y[:, None], axis=1).mean()


def adam(state: State, gradients: list[jax.Array]) -> State:
    b1, b2 = BETAS
    step = state["step"] + 1
    m = [b1 * m + (1 - b1) * g for m, g in zip(state["m"], gradients, strict=True)]
    v = [b2 * v + (1 - b2) * g * g for v, g in zip(state["v"], gradients, strict=True)]
    rate = LEARNING_RATE * jnp.sqrt(1 - b2**step) / (1 - b1**step)
    w = [w - rate * m_ / (jnp.sqrt(v_) + EPSILON) for w, m_, v_ in zip(state["w"], m, v, strict=True)]
    return {"step": step, "w": w, "m": m, "v": v}


def rmsprop(state: State, gradients: list[jax.Array]) -> State:
    v = [RHO * v + (1 - RHO) * g * g for v, g in zip(state["v"], gradients, strict=True)]
    w = [w - LEARNING_RATE * g / jnp.sqrt(v_ + EPSILON**2) for w, g, v_ in zip(state["w"], gradients, v, strict=True)]
    return state | {"w": w, "v": v}


UPDATES = {"adam": adam, "rmsprop": rmsprop}


@partial(jax.jit, static_argnames="optimizer", donate_argnums=0)
def run_epoch(state: State, x: jax.Array, y: jax.Array, order: jax.Array, optimizer: str) -> tuple[State, jax.Array]:
    def step(state: State, rows: jax.Array) -> tuple[State, jax.Array]:
        loss, gradients = jax.value_and_grad(loss_of)(state["w"], x[rows], y[rows])
        return UPDATES[optimizer](state, gradients), loss

    state, losses = jax.lax.scan(step, state, order)
    return state, losses.mean()


class Network:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.x, self.y = map(jnp.asarray, make_data(case))
        weights = [jnp.asarray(w) for w in make_weights(case)]
        self.state: State = {
            "step": jnp.zeros((), jnp.float32),
            "w": weights,
            "m": [jnp.zeros_like(w) for w in weights],
            "v": [jnp.zeros_like(w) for w in weights],
        }
        self.rng = np.random.default_rng(0)

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        losses = []
        n = len(self.x)
        for _ in range(epochs):
            order = self.rng.permutation(n) if shuffle else np.arange(n)
            rows = jnp.asarray(order.reshape(self.case.steps, self.case.batch), jnp.int32)
            self.state, loss = run_epoch(self.state, self.x, self.y, rows, self.case.optimizer)
            losses.append(float(loss))
        return losses


class Jax:
    version = f"JAX {jax.__version__} scan"

    def set_threads(self, threads: int) -> None:
        """XLA takes its number of threads from the CPUs that the process is bound to."""

    def make(self, case: Case) -> Network:
        return Network(case)


if __name__ == "__main__":
    serve(Jax)

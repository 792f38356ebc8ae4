"""The networks that are timed, their data and their first weights: the same for every framework."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LEARNING_RATE = 0.001
# Frameworks add the optimizers' epsilon at slightly different places. With a small one their formulas
# agree but for the smallest gradients.
EPSILON = 1e-8
RHO = 0.9
BETAS = (0.9, 0.999)


class Case(NamedTuple):
    """One multi-layer perceptron: relu between its layers, cross-entropy from logits behind it."""

    sizes: tuple[int, ...]
    batch: int
    optimizer: str
    steps: int
    """Steps per epoch; an epoch is what is timed."""

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))} batch {self.batch} {self.optimizer}"


CASES = [
    Case((784, 32, 10), 128, "rmsprop", 200),
    Case((784, 32, 10), 128, "adam", 200),
    Case((784, 32, 10), 32, "rmsprop", 400),
    Case((784, 512, 512, 10), 128, "adam", 40),
    Case((784, 512, 512, 10), 32, "adam", 80),
]
DEFAULT_CASES = "784-32-10 batch 128"


def make_data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Float32 inputs (N, in) from 0 to 1, and int32 labels (N,) that can be learned from them."""
    rng = np.random.default_rng(1)
    n, (width, *_, classes) = case.batch * case.steps, case.sizes
    labels = rng.integers(0, classes, n, dtype=np.int32)
    # One picture per class under noise: learned fast and smoothly, so that rounding errors stay
    # small and the loss curves of two frameworks can be compared.
    pictures = rng.random((classes, width), dtype=np.float32)
    return 0.3 * pictures[labels] + 0.7 * rng.random((n, width), dtype=np.float32), labels


def make_weights(case: Case) -> list[np.ndarray]:
    """Kernel (in, out) and bias (out,) of each layer, Glorot-uniform and zero."""
    rng = np.random.default_rng(2)
    weights = []
    for fan_in, fan_out in zip(case.sizes, case.sizes[1:], strict=False):
        limit = (6 / (fan_in + fan_out)) ** 0.5
        weights.append(rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32))
        weights.append(np.zeros(fan_out, np.float32))
    return weights

"""The networks that are timed, their data and their first weights: the same for every framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

LEARNING_RATE = 0.001
# Frameworks add the optimizers' epsilon at different places: under the root, behind it, before or after
# the correction of the bias. With one this small they all compute the same.
EPSILON = 1e-12
RHO = 0.9
BETAS = (0.9, 0.999)


class Case(NamedTuple):
    """A network of Dense layers with relu between them, and how it is trained."""

    net: str
    """What it is called in tables."""
    inputs: tuple[int, ...]
    """Width of each input."""
    branch: tuple[int, ...]
    """Layers that every input passes alone; then all are joined."""
    trunk: tuple[int, ...]
    """Layers behind that; the last one has no activation."""
    loss: str
    """`crossentropy` from logits, or `mse`."""
    optimizer: str
    batch: int
    steps: int
    """Steps per epoch. Whole epochs are timed; they are long enough to hide what an epoch costs by itself."""
    check_steps: int = 20
    """Steps per epoch when loss curves are compared: few, before rounding has parted them."""

    @property
    def name(self) -> str:
        return f"{self.net} batch {self.batch} {self.optimizer}"

    @property
    def rows(self) -> int:
        """Samples in the data."""
        return self.batch * self.steps


class Data(NamedTuple):
    """Inputs, each (rows, width) of float32; labels (rows,) of int32, or float32 targets (rows, width)."""

    inputs: list[np.ndarray]
    targets: np.ndarray


def perceptron(sizes: Sequence[int], optimizer: str, batch: int, steps: int, check_steps: int = 20) -> Case:
    first, *trunk = sizes
    net = "-".join(map(str, sizes))
    return Case(net, (first,), (), tuple(trunk), "crossentropy", optimizer, batch, steps, check_steps)


CASES = [
    Case("linear 2-1", (2,), (), (1,), "mse", "rmsprop", 16, 2000),
    perceptron((784, 32, 10), "rmsprop", 32, 1000),
    perceptron((784, 32, 10), "rmsprop", 128, 400),
    perceptron((784, 32, 10), "adam", 128, 400),
    perceptron((784, 512, 512, 10), "adam", 32, 200),
    perceptron((784, 512, 512, 10), "adam", 128, 60),
    perceptron((2048, 2048, 2048, 1000), "adam", 256, 6, check_steps=3),
    Case("two branches of 64", (64, 64), (64,), (64, 10), "crossentropy", "adam", 64, 800),
]


def find_case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def from_json(fields: list[Any]) -> Case:
    """The case whose fields were sent as JSON, which knows lists only."""
    values: list[Any] = [tuple(field) if isinstance(field, list) else field for field in fields]
    return Case(*values)


def make_data(case: Case) -> Data:
    """Data that can be learned fast and smoothly, so that rounding errors stay small."""
    rng = np.random.default_rng(1)
    n, outputs = case.rows, case.trunk[-1]
    if case.loss == "mse":
        inputs = [rng.standard_normal((n, width), np.float32) for width in case.inputs]
        exact = sum(x @ rng.standard_normal((x.shape[1], outputs), np.float32) for x in inputs)
        return Data(inputs, exact + 0.1 * rng.standard_normal((n, outputs), np.float32))
    labels = rng.integers(0, outputs, n, dtype=np.int32)
    inputs = []
    for width in case.inputs:
        # One picture per class, under noise; in blocks, so that the data themselves are the peak of memory.
        pictures = 0.3 * rng.random((outputs, width), np.float32)
        x = rng.random((n, width), np.float32)
        for k in range(0, n, 1024):
            block = x[k : k + 1024]
            block *= 0.7
            block += pictures[labels[k : k + 1024]]
        inputs.append(x)
    return Data(inputs, labels)


def make_weights(case: Case) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernel (in, out), Glorot-uniform, and bias (out,), zero: branch by branch, then the trunk."""
    rng = np.random.default_rng(2)
    pairs: list[tuple[int, int]] = []
    for width in case.inputs:
        pairs += zip((width, *case.branch), case.branch, strict=False)
    joined = sum(case.branch[-1] if case.branch else width for width in case.inputs)
    pairs += zip((joined, *case.trunk), case.trunk, strict=False)
    weights = []
    for fan_in, fan_out in pairs:
        limit = (6 / (fan_in + fan_out)) ** 0.5
        kernel = rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)
        weights.append((kernel, np.zeros(fan_out, np.float32)))
    return weights

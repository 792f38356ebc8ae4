"""The networks that are timed, their data and their first weights: the same for every framework."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from case import Case, Data
from image_cases import IMAGE_CASES, weights_of_layers
from sequence_cases import SEQUENCE_CASES, make_ids

LEARNING_RATE = 0.001
# Frameworks add the optimizers' epsilon at different places: under the root, behind it, before or after
# the correction of the bias. With one this small they all compute the same.
EPSILON = 1e-12
RHO = 0.9
BETAS = (0.9, 0.999)


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
    *IMAGE_CASES,
    *SEQUENCE_CASES,
]


def find_case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def from_json(fields: list[Any]) -> Case:
    """The case whose fields were sent as JSON, which knows lists only."""

    def as_tuples(value: Any) -> Any:
        return tuple(map(as_tuples, value)) if isinstance(value, list) else value

    return Case(*map(as_tuples, fields))


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
    for shape in case.inputs:
        if case.layers and case.layers[0][0] == "embedding":
            inputs.append(make_ids(rng, labels, shape[0], case.layers[0][1]))
            continue
        width = math.prod(shape) if case.layers else shape
        # One picture per class, under noise; in blocks, so that the data themselves are the peak of memory.
        pictures = 0.3 * rng.random((outputs, width), np.float32)
        x = rng.random((n, width), np.float32)
        for k in range(0, n, 1024):
            block = x[k : k + 1024]
            block *= 0.7
            block += pictures[labels[k : k + 1024]]
        inputs.append(x.reshape(n, *shape) if case.layers else x)
    return Data(inputs, labels)


def make_weights(case: Case) -> list[tuple[np.ndarray, ...]]:
    """Kernel (in, out), Glorot-uniform, and bias (out,), zero: branch by branch, then the trunk."""
    if case.layers:
        return weights_of_layers(case)
    rng = np.random.default_rng(2)
    pairs: list[tuple[int, int]] = []
    weights: list[tuple[np.ndarray, ...]] = []
    for width in case.inputs:
        pairs += zip((width, *case.branch), case.branch, strict=False)
    joined = sum(case.branch[-1] if case.branch else width for width in case.inputs)
    pairs += zip((joined, *case.trunk), case.trunk, strict=False)
    for fan_in, fan_out in pairs:
        limit = (6 / (fan_in + fan_out)) ** 0.5
        kernel = rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)
        weights.append((kernel, np.zeros(fan_out, np.float32)))
    return weights

"""Networks over images and signals, channels last: rows that list their layers, and the layers' first weights.

    ("conv", filters, taps, padding, activation)    ("depthwise", taps, padding)    ("pool", size)
    ("block", filters, pool)    ("average",)    ("flatten",)    ("dense", units, activation)

A block is two 3x3 convolutions, each with batch normalization and relu, then pooling if asked for; what came in is
added, through a convolution of one tap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from case import Case

Shape = tuple[int, ...]
Weights = list[tuple[np.ndarray, ...]]


def listed(
    net: str, shape: Shape, layers: tuple[Any, ...], batch: int, steps: int, check_steps: int, outputs: int = 10
) -> Case:
    return Case(net, (shape,), (), (outputs,), "crossentropy", "adam", batch, steps, check_steps, layers)


CONVNET = listed(
    "convnet 28x28x1",
    (28, 28, 1),
    (
        ("conv", 32, 3, "valid", "relu"),
        ("pool", 2),
        ("conv", 64, 3, "valid", "relu"),
        ("pool", 2),
        ("conv", 64, 3, "valid", "relu"),
        ("flatten",),
        ("dense", 64, "relu"),
        ("dense", 10, None),
    ),
    batch=64,
    steps=60,
    check_steps=8,
)
RESIDUAL = listed(
    "residual net 32x32x3",
    (32, 32, 3),
    (("block", 32, True), ("block", 64, True), ("block", 128, False), ("average",), ("dense", 10, None)),
    batch=32,
    steps=12,
    check_steps=4,
)
SIGNALS = listed(
    "Conv1D stack 128x8",
    (128, 8),
    (
        ("conv", 32, 7, "valid", "relu"),
        ("pool", 2),
        ("conv", 64, 5, "valid", "relu"),
        ("average",),
        ("dense", 10, None),
    ),
    batch=64,
    steps=150,
    check_steps=10,
)
IMAGE_CASES = [CONVNET, RESIDUAL, SIGNALS]


def single(shape: Shape, layer: tuple[Any, ...], batch: int) -> Case:
    kind = "depthwise" if layer[0] == "depthwise" else f"{layer[2]}x{layer[2]}"
    filters = shape[-1] if kind == "depthwise" else layer[1]
    net = f"{kind} {'x'.join(map(str, shape))} to {filters}"
    return listed(net, shape, (layer,), batch, steps=1, check_steps=1)


# Forward and backward by themselves.
LAYER_CASES = [
    single((28, 28, 1), ("conv", 32, 3, "valid", None), 64),
    single((26, 26, 32), ("conv", 64, 3, "valid", None), 64),
    single((32, 32, 64), ("conv", 64, 3, "same", None), 32),
    single((56, 56, 64), ("conv", 64, 3, "same", None), 16),
    single((14, 14, 256), ("conv", 256, 1, "valid", None), 32),
    single((56, 56, 64), ("depthwise", 3, "same"), 16),
]


# ---- first weights, in Keras's shapes and order -----------------------------------------------------


def glorot(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    taps = math.prod(shape[:-2])
    limit = (6 / (taps * (shape[-2] + shape[-1]))) ** 0.5
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def zeros(n: int) -> np.ndarray:
    return np.zeros(n, np.float32)


def conv(
    rng: np.random.Generator, shape: Shape, filters: int, taps: int, padding: str, _activation: str | None
) -> tuple[Weights, Shape]:
    *sizes, channels = shape
    kernel = glorot(rng, (*[taps] * len(sizes), channels, filters))
    less = taps - 1 if padding == "valid" else 0
    return [(kernel, zeros(filters))], (*[n - less for n in sizes], filters)


def depthwise(rng: np.random.Generator, shape: Shape, taps: int, padding: str) -> tuple[Weights, Shape]:
    *sizes, channels = shape
    kernel = glorot(rng, (*[taps] * len(sizes), 1, channels)).reshape(*[taps] * len(sizes), channels, 1)
    less = taps - 1 if padding == "valid" else 0
    return [(kernel, zeros(channels))], (*[n - less for n in sizes], channels)


def block(rng: np.random.Generator, shape: Shape, filters: int, pool: bool) -> tuple[Weights, Shape]:
    *sizes, channels = shape
    weights: Weights = []
    for into in (channels, filters):
        weights.append((glorot(rng, (*[3] * len(sizes), into, filters)),))
        weights.append((zeros(filters) + 1, zeros(filters), zeros(filters), zeros(filters) + 1))
    weights.append((glorot(rng, (*[1] * len(sizes), channels, filters)), zeros(filters)))
    return weights, (*[n // 2 if pool else n for n in sizes], filters)


def dense(rng: np.random.Generator, shape: Shape, units: int, _activation: str | None) -> tuple[Weights, Shape]:
    (width,) = shape
    return [(glorot(rng, (width, units)), zeros(units))], (units,)


def pool(_rng: np.random.Generator, shape: Shape, size: int) -> tuple[Weights, Shape]:
    *sizes, channels = shape
    return [], (*[n // size for n in sizes], channels)


def average(_rng: np.random.Generator, shape: Shape) -> tuple[Weights, Shape]:
    return [], shape[-1:]


def flatten(_rng: np.random.Generator, shape: Shape) -> tuple[Weights, Shape]:
    return [], (math.prod(shape),)


MAKERS: dict[str, Callable[..., tuple[Weights, Shape]]] = {
    maker.__name__: maker for maker in (conv, depthwise, block, dense, pool, average, flatten)
}


def weights_of_layers(case: Case) -> Weights:
    """Glorot-uniform kernels, biases of zero, normalizations that change nothing: layer by layer."""
    rng = np.random.default_rng(2)
    (shape,) = case.inputs
    weights: Weights = []
    for kind, *arguments in case.layers:
        more, shape = MAKERS[kind](rng, shape, *arguments)
        weights += more
    return weights

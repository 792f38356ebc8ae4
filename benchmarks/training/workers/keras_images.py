"""Listed layers (`image_cases.py`) in Keras, or in what has its API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from case import Case
from keras_sequences import SequenceBuilder
from serve import NotOfferedError, Weights


class Builder(SequenceBuilder):
    """Adds layer after layer, and keeps those that have weights, in order."""

    def __init__(self, keras: Any, dimensions: int) -> None:
        self.layers = keras.layers
        self.dimensions = dimensions
        self.made: list[Any] = []

    def spatial(self, name: str, *arguments: Any, **more: Any) -> Any:
        return getattr(self.layers, f"{name}{self.dimensions}D")(*arguments, **more)

    def add(self, layer: Any, x: Any) -> Any:
        self.made.append(layer)
        return None if x is None else layer(x)

    def conv(self, x: Any, filters: int, taps: int, padding: str, activation: str | None) -> Any:
        return self.add(self.spatial("Conv", filters, taps, padding=padding, activation=activation), x)

    def depthwise(self, x: Any, taps: int, padding: str) -> Any:
        return self.add(self.spatial("DepthwiseConv", taps, padding=padding), x)

    def block(self, x: Any, filters: int, pool: bool) -> Any:
        beside = x
        for _ in range(2):
            x = self.add(self.spatial("Conv", filters, 3, padding="same", use_bias=False), x)
            x = self.layers.Activation("relu")(self.add(self.layers.BatchNormalization(), x))
        if pool:
            x = self.pool(x, 2)
        beside = self.add(self.spatial("Conv", filters, 1, strides=2 if pool else 1), beside)
        return self.layers.Add()([x, beside])

    def dense(self, x: Any, units: int, activation: str | None) -> Any:
        return self.add(self.layers.Dense(units, activation=activation), x)

    def pool(self, x: Any, size: int) -> Any:
        return self.spatial("MaxPooling", size)(x)

    def average(self, x: Any) -> Any:
        return self.spatial("GlobalAveragePooling")(x)

    def flatten(self, x: Any) -> Any:
        return self.layers.Flatten()(x)


def build(keras: Any, case: Case, weights: Weights) -> Any:
    """The functional model, with these weights."""
    (shape,) = case.inputs
    builder = Builder(keras, len(shape) - 1)
    dtype = "int32" if case.layers[0][0] == "embedding" else "float32"
    inputs = x = keras.layers.Input(shape=shape, dtype=dtype)
    for kind, *arguments in case.layers:
        x = getattr(builder, kind)(x, *arguments)
    model = keras.Model(inputs, x)
    for layer, arrays in zip(builder.made, weights, strict=True):
        layer.set_weights(list(arrays))
    return model


def gradients(keras: Any, case: Case, x: np.ndarray, weights: Weights) -> Callable[[], object]:
    """A call that gives a layer's result and its gradients, compiled."""
    ((kind, *arguments),) = case.layers
    convolve = keras.ops.depthwise_conv if kind == "depthwise" else keras.ops.conv
    padding = arguments[1] if kind == "depthwise" else arguments[2]
    kernel = weights[0][0]
    shape = convolve(x, kernel, padding=padding).shape
    seen = np.random.default_rng(3).standard_normal(shape, np.float32)

    def layer(x: Any, kernel: Any) -> Any:
        return convolve(x, kernel, padding=padding)

    if keras.__name__ == "nncore":

        def weighted(x: Any, kernel: Any, seen: Any) -> Any:
            y = layer(x, kernel)
            return keras.ops.sum(y * seen), y

        both = keras.value_and_grad(weighted, argnums=(0, 1), has_aux=True)

        @keras.function
        def result_and_gradients(x: Any, kernel: Any, seen: Any) -> Any:
            (_, y), found = both(x, kernel, seen)
            return y, found

        return lambda: result_and_gradients(x, kernel, seen)
    if keras.backend.backend() != "jax":
        raise NotOfferedError("layers alone are measured with JAX and PyTorch itself")
    import jax

    @jax.jit
    def compiled(x: Any, kernel: Any, seen: Any) -> Any:
        y, pull = jax.vjp(layer, x, kernel)
        return y, pull(seen)

    operands = [jax.numpy.asarray(a) for a in (x, kernel, seen)]
    return lambda: jax.block_until_ready(compiled(*operands))

"""A layer that somebody wrote in a few lines runs on the same native program as the library's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore as keras
from nncore import layers, ops


class SimpleDense(layers.Layer):
    def __init__(self, units: int, activation: Any = None) -> None:
        super().__init__()
        self.units = units
        self.activation = activation

    def build(self, input_shape: Any) -> None:
        self.W = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        y = ops.matmul(inputs, self.W) + self.b
        return y if self.activation is None else self.activation(y)


class NumpyDense(SimpleDense):
    def call(self, x: Any) -> Any:
        y = x @ self.W + self.b
        return y if self.activation is None else self.activation(y)


def _program(first: layers.Layer, second: layers.Layer, optimizer: str) -> str:
    model = keras.Sequential([layers.Input((784,)), first, second])
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.zeros((256, 784), "float32"), np.zeros(256, "int64")
    model.fit(x, y, batch_size=128, verbose=0)
    return str(model._compile_state.steps.dump("program"))


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam"])
@pytest.mark.parametrize(("kind", "relu"), [(SimpleDense, ops.relu), (NumpyDense, lambda z: np.maximum(z, 0))])
def test_a_custom_dense_layer_compiles_to_the_built_in_program(
    kind: type[SimpleDense], relu: Any, optimizer: str
) -> None:
    built_in = _program(layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax"), optimizer)
    assert "matmul" in built_in
    assert _program(kind(32, relu), kind(10, ops.softmax), optimizer) == built_in

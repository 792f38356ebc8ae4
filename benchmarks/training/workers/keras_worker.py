"""Training through `fit`: nncore and Keras, by the same script.

The argument names the module, `nncore` or `keras`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from case import Case, Data
from cases import BETAS, EPSILON, LEARNING_RATE, RHO
from keras_images import build as build_listed
from keras_images import gradients
from serve import Weights, serve

# Keras, or what has its API.
keras: Any = importlib.import_module(sys.argv[1])


def build(case: Case, weights: Weights) -> Any:
    """The functional model, with these weights."""
    dense: list[Any] = []

    def apply(x: Any, sizes: tuple[int, ...], last: str | None) -> Any:
        for k, units in enumerate(sizes):
            activation = last if k == len(sizes) - 1 else "relu"
            dense.append(keras.layers.Dense(units, activation=activation))
            x = dense[-1](x)
        return x

    inputs = [keras.layers.Input(shape=(width,)) for width in case.inputs]
    branches = [apply(x, case.branch, "relu") for x in inputs]
    joined = keras.layers.Concatenate()(branches) if len(branches) > 1 else branches[0]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], apply(joined, case.trunk, None))
    for layer, pair in zip(dense, weights, strict=True):
        layer.set_weights(list(pair))
    return model


def compile_model(model: Any, case: Case) -> None:
    if case.optimizer == "adam":
        optimizer = keras.optimizers.Adam(LEARNING_RATE, *BETAS, epsilon=EPSILON)
    else:
        # This epsilon stands under the root.
        optimizer = keras.optimizers.RMSprop(LEARNING_RATE, RHO, epsilon=EPSILON**2)
    loss = "mse" if case.loss == "mse" else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss)


def one_or_all(arrays: list[np.ndarray]) -> Any:
    return arrays if len(arrays) > 1 else arrays[0]


class Network:
    def __init__(self, case: Case, data: Data, weights: Weights) -> None:
        self.batch = case.batch
        self.data = data
        self.case, self.weights = case, weights
        self.model = build_listed(keras, case, weights) if case.layers else build(case, weights)
        compile_model(self.model, case)

    def train(self, epochs: int, steps: int, *, shuffle: bool) -> list[float]:
        rows = steps * self.batch
        x, y = one_or_all([x[:rows] for x in self.data.inputs]), self.data.targets[:rows]
        history = self.model.fit(x, y, batch_size=self.batch, epochs=epochs, shuffle=shuffle, verbose=0)
        losses: list[float] = history.history["loss"]
        return losses

    def caller(self, how: str, inputs: list[np.ndarray]) -> Callable[[], object]:
        x = one_or_all(inputs)
        if how == "gradients":
            return gradients(keras, self.case, x, self.weights)
        if how == "predict":
            # All in one batch, as PyTorch and JAX do it.
            return lambda: self.model.predict(x, batch_size=len(inputs[0]), verbose=0)
        return lambda: self.model(x)


class KerasApi:
    def set_threads(self, threads: int) -> None:
        """Threads of nncore and PyTorch; JAX and TensorFlow follow the CPUs that the process is bound to."""
        if sys.argv[1] == "nncore":
            keras.config.set_num_threads(threads)
        elif keras.backend.backend() == "torch":
            import torch

            torch.set_num_threads(threads)

    def make(self, case: Case, data: Data, weights: Weights) -> Network:
        return Network(case, data, weights)


if __name__ == "__main__":
    serve(KerasApi)

"""Small models and data that several tests use."""

from __future__ import annotations

from typing import Any

import numpy as np

import nncore
from nncore import layers


def data(samples: int = 40, inputs: int = 3, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, inputs)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def linear(inputs: int = 3, **compile_args: Any) -> Any:
    """One Dense unit with fixed weights, compiled."""
    model = nncore.Sequential([layers.Input((inputs,)), layers.Dense(1)])
    model.set_weights([np.linspace(-1, 1, inputs).reshape(inputs, 1), np.zeros(1)])
    model.compile(**{"optimizer": nncore.optimizers.SGD(0.05), "loss": "mse", **compile_args})
    return model


def softmax(classes: int = 3, inputs: int = 3, **compile_args: Any) -> Any:
    """A softmax classifier with fixed weights, compiled."""
    model = nncore.Sequential([layers.Input((inputs,)), layers.Dense(classes, activation="softmax")])
    weights = np.linspace(-1, 1, inputs * classes).reshape(inputs, classes)
    model.set_weights([weights, np.zeros(classes)])
    options = {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}
    model.compile(**{**options, **compile_args})
    return model

"""Layers around a layer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from nncore import layers, models

X = np.random.default_rng(0).standard_normal((6, 5)).astype("float32")


@pytest.mark.parametrize("cls", [layers.Wrapper, layers.SpectralNormalization])
def test_shapes_weights_and_configuration(cls: Any) -> None:
    layer = cls(layers.Dense(3, activation="relu"))
    assert layer.compute_output_shape((None, 5)) == (None, 3)
    y = layer(X)
    np.testing.assert_array_equal(y, layer.layer(X))
    assert len(layer.trainable_weights) == 2
    data = json.loads(json.dumps(layers.serialize(layer)))
    again = layers.deserialize(data)
    assert json.loads(json.dumps(layers.serialize(again))) == data
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(X), y)
    model = models.Sequential([layers.Input((5,)), again])
    np.testing.assert_allclose(model.predict(X, verbose=0), y, rtol=1e-6)


def test_spectral_normalization_divides_by_the_largest_singular_value() -> None:
    layer = layers.SpectralNormalization(layers.Dense(3), power_iterations=50)
    layer(X)
    before = layer.kernel.numpy()
    np.testing.assert_array_equal(layer(X), layer.layer(X))
    np.testing.assert_array_equal(layer.kernel.numpy(), before)
    layer(X, training=True)
    largest = np.linalg.svd(before, compute_uv=False)[0]
    np.testing.assert_allclose(layer.kernel.numpy(), before / largest, rtol=1e-4)
    assert np.linalg.norm(layer.vector_u.numpy()) == pytest.approx(1, rel=1e-5)


def test_spectral_normalization_leaves_zeros() -> None:
    layer = layers.SpectralNormalization(layers.Dense(3, kernel_initializer="zeros"))
    layer(X)
    u = layer.vector_u.numpy()
    layer(X, training=True)
    np.testing.assert_array_equal(layer.kernel.numpy(), 0)
    np.testing.assert_array_equal(layer.vector_u.numpy(), u)


@pytest.mark.parametrize("eagerly", [False, True])
def test_spectral_normalization_trains(eagerly: bool) -> None:
    layer = layers.SpectralNormalization(layers.Dense(1), power_iterations=3)
    model = models.Sequential([layers.Input((5,)), layer])
    model.compile("sgd", "mse", run_eagerly=eagerly)
    history = model.fit(X, X[:, :1], epochs=20, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert np.linalg.svd(layer.kernel.numpy(), compute_uv=False)[0] < 1.2

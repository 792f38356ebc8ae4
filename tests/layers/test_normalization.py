"""What normalization layers do beyond one call: moving averages, freezing, gradients that are those of the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, models, ops

X = (np.random.default_rng(0).standard_normal((24, 3, 2, 5)) * 2 + 3).astype("float32")
Y = np.zeros((24, 1), "float32")


def build(norm: Any) -> Any:
    return models.Sequential([layers.Input((3, 2, 5)), norm, layers.Flatten(), layers.Dense(1)])


@pytest.mark.parametrize("eagerly", [False, True])
def test_moving_averages_follow_the_batches(eagerly: bool) -> None:
    norm = layers.BatchNormalization(momentum=0.9)
    model = build(norm)
    model.compile("sgd", "mse", run_eagerly=eagerly)
    model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    mean, variance = np.zeros(5), np.ones(5)
    for _ in range(2):
        for start in range(0, 24, 8):
            batch = X[start : start + 8].astype("float64")
            mean = 0.9 * mean + 0.1 * batch.mean(axis=(0, 1, 2))
            variance = 0.9 * variance + 0.1 * batch.var(axis=(0, 1, 2))
    np.testing.assert_allclose(norm.moving_mean.numpy(), mean, rtol=1e-5)
    np.testing.assert_allclose(norm.moving_variance.numpy(), variance, rtol=1e-5)
    before = [w.numpy() for w in norm.weights]
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    for weight, kept in zip(norm.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), kept)


def test_predict_uses_the_moving_averages() -> None:
    norm = layers.BatchNormalization(epsilon=0.0)
    model = models.Sequential([layers.Input((3, 2, 5)), norm])
    norm.moving_mean.assign(np.full(5, 3.0))
    norm.moving_variance.assign(np.full(5, 4.0))
    np.testing.assert_allclose(model.predict(X, verbose=0), (X - 3) / 2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(norm(X), (X - 3) / 2, rtol=1e-5, atol=1e-6)


def test_a_frozen_layer_runs_as_in_inference() -> None:
    norm = layers.BatchNormalization()
    model = build(norm)
    norm.trainable = False
    model.compile("sgd", "mse")
    before = [w.numpy() for w in norm.weights]
    model.fit(X, Y, batch_size=8, verbose=0)
    for weight, kept in zip(norm.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), kept)
    np.testing.assert_array_equal(norm(X, training=True), norm(X, training=False))
    norm.trainable = True
    assert (norm(X, training=True) != norm(X, training=False)).any()


def test_the_batch_comes_out_with_mean_0_and_variance_1() -> None:
    y = layers.BatchNormalization(epsilon=0.0)(X, training=True)
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(y.var(axis=(0, 1, 2)), 1, rtol=1e-5)
    y = layers.GroupNormalization(5, epsilon=0.0)(X)
    np.testing.assert_allclose(y.mean(axis=(1, 2)), 0, atol=1e-5)


def test_far_from_zero_nothing_is_lost() -> None:
    x = (X + 1e4).astype("float32")
    y = layers.BatchNormalization(epsilon=0.0)(x, training=True)
    wide = x.astype("float64")
    expected = (wide - wide.mean(axis=(0, 1, 2))) / wide.std(axis=(0, 1, 2))
    np.testing.assert_allclose(y, expected, atol=1e-3)


def composed(x: Any, gamma: Any, beta: Any, axis: int) -> Any:
    """Batch normalization as anybody may write it."""
    axes = tuple(a for a in range(len(x.shape)) if a != axis)
    mean = ops.mean(x, axis=axes)
    shape = tuple(d if a == axis else 1 for a, d in enumerate(x.shape))
    variance = ops.mean(ops.square(x - ops.reshape(mean, shape)), axis=axes)
    return ops.batch_normalization(x, mean, variance, axis, beta, gamma, 1e-3)


@pytest.mark.parametrize("axis", [-1, 1])
def test_its_gradient_is_that_of_the_formula(axis: int) -> None:
    x = X.astype("float64")
    layer = layers.BatchNormalization(axis, dtype="float64")
    layer(x)
    rng = np.random.default_rng(1)
    gamma, beta = rng.normal(size=x.shape[axis]), rng.normal(size=x.shape[axis])
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    weights = rng.normal(size=x.shape)

    def own(a: Any) -> Any:
        return nncore.gradients(ops.sum(layer(a, training=True) * weights), [a, layer.gamma, layer.beta])

    def formula(a: Any, g: Any, b: Any) -> Any:
        return ops.sum(composed(a, g, b, axis % 4) * weights)

    expected = nncore.grad(formula, argnums=(0, 1, 2))(x, gamma, beta)
    for got, want in zip(nncore.function(own)(x), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("layer", [layers.BatchNormalization(), layers.GroupNormalization(5)], ids=["batch", "group"])
def test_second_derivatives(layer: Any) -> None:
    x = X[:3, :2].astype("float64")
    layer = type(layer).from_config({**layer.get_config(), "dtype": "float64"})
    weights = np.cos(np.arange(x.size)).reshape(x.shape)
    more = {"training": True} if isinstance(layer, layers.BatchNormalization) else {}
    layer(x)
    slope = nncore.grad(lambda a: ops.sum(layer(a, **more) * weights))
    mixed, along = np.sin(np.arange(x.size)).reshape(x.shape), np.cos(np.arange(x.size) * 0.7).reshape(x.shape)
    second = nncore.grad(lambda a: ops.sum(slope(a) * mixed))(x)
    h = 1e-5
    expected = ((slope(x + h * along) - slope(x - h * along)) * mixed).sum() / (2 * h)
    np.testing.assert_allclose((second * along).sum(), expected, rtol=1e-5)


@pytest.mark.parametrize("layer", [layers.LayerNormalization(rms_scaling=False), layers.RMSNormalization()])
def test_old_configurations_load(layer: Any) -> None:
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_rms_scaling_warns() -> None:
    with pytest.warns(DeprecationWarning, match="RMSNormalization"):
        layer = layers.LayerNormalization(rms_scaling=True, epsilon=0.0)
    x = np.array([[1.0, 3.0]], "float32")
    np.testing.assert_array_equal(layer(x), x)
    assert len(layer.weights) == 1

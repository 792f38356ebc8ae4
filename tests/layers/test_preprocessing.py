"""What layers that vary images do at random, and what Normalization finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, models

IMAGES = np.random.default_rng(0).uniform(0, 255, (40, 5, 6, 2)).astype("float32")

RANDOM = [
    layers.RandomFlip(seed=1),
    layers.RandomTranslation(0.3, 0.3, seed=1),
    layers.RandomRotation(0.2, seed=1),
    layers.RandomZoom(0.3, seed=1),
    layers.RandomContrast(0.5, seed=1),
    layers.RandomBrightness(0.5, seed=1),
    layers.RandomCrop(4, 5, seed=1),
]


@pytest.mark.parametrize("layer", RANDOM, ids=lambda layer: type(layer).__name__)
def test_varies_while_training_and_when_called_alone(layer: Any) -> None:
    still = layer(IMAGES, training=False)
    first, second = layer(IMAGES), layer(IMAGES)
    assert (first != second).any()
    if not isinstance(layer, layers.RandomCrop):
        np.testing.assert_array_equal(still, IMAGES)
        moved = np.abs(first - IMAGES).reshape(len(IMAGES), -1).max(axis=1)
        assert len(np.unique(moved.round(3))) > 1, "every image varies by itself"
    model = models.Sequential([layers.Input(IMAGES.shape[1:]), layer])
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), still)
    one = layer(IMAGES[0])
    assert one.shape == first.shape[1:]


def test_flips_each_direction_by_itself() -> None:
    image = np.arange(4.0).reshape(1, 2, 2, 1)
    y = layers.RandomFlip(seed=2)(np.repeat(image, 400, axis=0))
    seen, counts = np.unique(y.reshape(400, 4), axis=0, return_counts=True)
    assert seen.tolist() == [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]
    assert counts.min() > 70


def test_crops_everywhere() -> None:
    image = np.arange(20.0).reshape(1, 4, 5, 1)
    layer = layers.RandomCrop(3, 3, seed=1)
    corners = {float(layer(image)[0, 0, 0, 0]) for _ in range(100)}
    assert corners == {0.0, 1.0, 2.0, 5.0, 6.0, 7.0}


def test_contrast_stays_within_its_factors() -> None:
    layer = layers.RandomContrast((0.2, 0.4), (-1e9, 1e9), seed=1)
    deviation = layer(IMAGES).std(axis=(1, 2)) / IMAGES.std(axis=(1, 2))
    assert 0.8 <= deviation.min() < 0.85
    assert 1.35 < deviation.max() <= 1.4001


def test_augmentation_takes_part_in_training() -> None:
    model = models.Sequential(
        [layers.Input((5, 6, 2)), layers.RandomFlip(seed=1), layers.RandomRotation(0.1, seed=2), layers.Flatten()]
    )
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    before = [g.state.numpy().tolist() for layer in model.layers for g in layer._seed_generators]
    model.fit(IMAGES / 255, np.zeros(40), epochs=2, verbose=0)
    after = [g.state.numpy().tolist() for layer in model.layers for g in layer._seed_generators]
    assert all(a != b for a, b in zip(before, after, strict=True))


def test_normalization_finds_mean_and_variance() -> None:
    x = np.random.default_rng(1).normal(3, 2, (100, 4, 3)).astype("float32")
    whole, batches = layers.Normalization(axis=-1), layers.Normalization(axis=-1)
    whole.adapt(x)
    batches.adapt((x[i : i + 30], None) for i in range(0, 100, 30))
    for layer in (whole, batches):
        np.testing.assert_allclose(layer.mean, x.mean(axis=(0, 1), keepdims=True), rtol=1e-5)
        np.testing.assert_allclose(layer.variance, x.var(axis=(0, 1), keepdims=True), rtol=1e-5)
        y = layer(x)
        np.testing.assert_allclose(y.mean(axis=(0, 1)), 0, atol=1e-5)
        np.testing.assert_allclose(y.std(axis=(0, 1)), 1, rtol=1e-5)


def test_normalization_that_is_adapted_again_changes_compiled_models() -> None:
    layer = layers.Normalization()
    layer.adapt(np.array([[0.0], [2.0]]))
    model = models.Sequential([layers.Input((1,)), layer])
    x = np.array([[3.0]], "float32")
    assert [float(model.predict(x, verbose=0)[0, 0]) for _ in range(2)] == [2.0, 2.0]
    layer.adapt(np.array([[2.0], [4.0]]))
    assert float(model.predict(x, verbose=0)[0, 0]) == 0.0


def test_normalization_checks_before_it_changes() -> None:
    layer = layers.Normalization(name="n")
    layer.adapt(np.array([[0.0, 1.0]]))
    with pytest.raises(ValueError, match=r'"n".*built for.*\(2,\).*\(1, 3\)'):
        layer.adapt([np.zeros((1, 2)), np.zeros((1, 3))])
    assert layer.adapt_mean.numpy().tolist() == [0.0, 1.0]


def test_gradients_pass_through_transforms() -> None:
    x = IMAGES[:1].astype("float64") / 255
    layer = layers.RandomTranslation((0.2, 0.2), (0.5, 0.5), fill_mode="nearest", dtype="float64")
    g = nncore.grad(lambda a: nncore.ops.sum(layer(a) * x[:, ::-1]))(x)
    h = 1e-6
    for at in ((0, 0, 0, 0), (0, 2, 1, 1), (0, 3, 5, 0)):
        moved = x.copy()
        moved[at] += h
        slope = ((layer(moved) - layer(x)) * x[:, ::-1]).sum() / h
        np.testing.assert_allclose(g[at], slope, rtol=1e-4, atol=1e-6)

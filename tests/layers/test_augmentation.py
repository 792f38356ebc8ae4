"""Layers that vary images: Keras's values where nothing is random, and what is random by its properties."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers

FILE = np.load(os.path.join(os.path.dirname(os.path.dirname(__file__)), "golden", "augmentation.npz"))
CONFIGS = json.loads(str(FILE["meta"]))["configs"]


@pytest.mark.parametrize("name", CONFIGS)
def test_values_are_those_of_keras(name: str) -> None:
    layer = layers.deserialize(CONFIGS[name])
    x = FILE[f"{name}.x"]
    if f"{name}.w0" in FILE:
        layer.build(x.shape)
        layer.set_weights([FILE[f"{name}.w0"]])
    y = layer(x)
    assert y.dtype == FILE[f"{name}.y"].dtype
    np.testing.assert_allclose(y, FILE[f"{name}.y"], rtol=1e-5, atol=2e-6)
    if f"{name}.back" in FILE:
        np.testing.assert_allclose(layer(y, reverse=True), FILE[f"{name}.back"], rtol=1e-5, atol=1e-6)
    compiled = nncore.function(lambda a: layer(a))(x)
    np.testing.assert_allclose(compiled, y, rtol=1e-5, atol=2e-6)


IMAGES = np.random.default_rng(0).uniform(0, 255, (40, 8, 6, 3)).astype("float32")
RANDOM = [
    layers.RandomHue(0.5, seed=1),
    layers.RandomSaturation((0.1, 0.9), seed=1),
    layers.RandomGrayscale(0.5, seed=1),
    layers.RandomColorDegeneration(0.8, seed=1),
    layers.RandomInvert(1.0, seed=1),
    layers.RandomSharpness((0.1, 0.9), seed=1),
    layers.RandomPosterization((1, 6), seed=1),
    layers.RandomColorJitter(brightness_factor=0.2, contrast_factor=0.3, saturation_factor=0.6, hue_factor=0.2, seed=1),
    layers.Solarization(0.2, 0.9, seed=1),
    layers.RandomShear(0.5, 0.5, seed=1),
    layers.RandomPerspective(0.7, 0.5, seed=1),
    layers.RandomElasticTransform(0.7, seed=1),
    layers.RandomGaussianBlur(0.7, 5, seed=1),
    layers.RandomErasing(0.7, seed=1),
    layers.MixUp(1.0, seed=1),
    layers.CutMix(1.0, seed=1),
    layers.RandAugment(seed=1),
    layers.AugMix(seed=1),
]


@pytest.mark.parametrize("layer", RANDOM, ids=lambda layer: type(layer).__name__)
def test_varies_while_training_only(layer: Any) -> None:
    np.testing.assert_array_equal(layer(IMAGES, training=False), IMAGES)
    first, second = layer(IMAGES), layer(IMAGES)
    assert (first != second).any(), "every call draws anew"
    assert np.isfinite(first).all()
    assert first.min() >= -1e-3
    assert first.max() <= 255 + 1e-3
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    np.testing.assert_array_equal(again(IMAGES), first, "the seed says what is drawn")
    assert layer(IMAGES[0]).shape == IMAGES[0].shape
    model = nncore.Sequential([layers.Input(IMAGES.shape[1:]), layer])
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), IMAGES)


ALONE = [layer for layer in RANDOM if type(layer).__name__ not in ("MixUp", "CutMix", "RandAugment", "AugMix")]


@pytest.mark.parametrize("layer", ALONE, ids=lambda layer: type(layer).__name__)
def test_every_image_varies_by_itself(layer: Any) -> None:
    same = np.repeat(IMAGES[:1], 30, axis=0)
    varied = layer(same).reshape(30, -1)
    assert len(np.unique(varied.round(2), axis=0)) > 1
    if getattr(layer, "factor", None) == (0.0, 0.7):  # a part of the images is left alone
        untouched = (np.abs(varied - same.reshape(30, -1)).max(axis=1) < 1e-2).sum()
        assert 5 < untouched < 30


def test_hues_turn_and_keep_saturation_and_value() -> None:
    turned = layers.RandomHue((0.4, 0.4), (0, 1), seed=2)(IMAGES / 255)
    before, after = (nncore.ops.image.rgb_to_hsv(x) for x in (IMAGES / 255, turned))
    np.testing.assert_allclose(after[..., 1:], before[..., 1:], atol=1e-4)
    turn = np.mod(after[..., 0] - before[..., 0] + 0.5, 1) - 0.5
    np.testing.assert_allclose(np.abs(turn), 0.2, atol=1e-3)
    assert len(np.unique(np.sign(turn[:, 0, 0]))) == 2


def test_posterization_keeps_bits() -> None:
    for bits in (1, 4, 8):
        y = layers.RandomPosterization((bits, bits))(IMAGES)
        np.testing.assert_array_equal(y, np.floor(IMAGES).astype("uint8") & (256 - 2 ** (8 - bits)))
    values = layers.RandomPosterization((1, 3), seed=0)(IMAGES)
    assert sorted({len(np.unique(image)) for image in values}) == [2, 4]


def test_solarization_turns_what_is_above_the_threshold() -> None:
    y = layers.Solarization((0.2, 0.2), (0.5, 0.5))(IMAGES)
    moved = np.clip(IMAGES + 51, 0, 255)
    np.testing.assert_allclose(y, np.where(moved < 127.5, moved, 255 - moved), rtol=1e-5, atol=1e-3)


def test_erased_rectangles() -> None:
    y = layers.RandomErasing((1.0, 1.0), scale=(0.1, 0.4), fill_value=-7.0, value_range=(-7, 255), seed=3)(IMAGES)
    erased = (y == -7).all(axis=-1)
    np.testing.assert_array_equal(y[~erased], IMAGES[~erased])
    for mask in erased:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert mask.sum() == len(rows) * len(columns) > 0
        assert 8 * 0.1**0.5 - 1 <= len(rows) <= 8 * 0.4**0.5 + 1
    noise = layers.RandomErasing((1.0, 1.0), scale=(1.0, 1.0), seed=3)(IMAGES)
    assert (noise != IMAGES).mean() > 0.99


@pytest.mark.parametrize("cls", [layers.MixUp, layers.CutMix])
def test_labels_are_mixed_as_images_are(cls: Any) -> None:
    # Image i is the number i everywhere, so that its mean tells what it is made of.
    numbers = np.arange(16.0)
    images = np.broadcast_to(numbers.reshape(16, 1, 1, 1), (16, 40, 40, 1)).astype("float32")
    layer = cls(1.0, seed=5)
    mixed = layer({"images": images, "labels": np.eye(16, dtype="float32")})
    np.testing.assert_allclose(mixed["labels"].sum(axis=1), 1, rtol=1e-5)
    of_labels = mixed["labels"] @ numbers
    np.testing.assert_allclose(
        mixed["images"].mean(axis=(1, 2, 3)), of_labels, atol=1e-3 if cls is layers.MixUp else 1.0
    )
    assert ((mixed["labels"] > 0).sum(axis=1) <= 2).all()
    if cls is layers.CutMix:
        assert all(len(np.unique(image)) <= 2 for image in mixed["images"])
    still = layer({"images": images, "labels": numbers}, training=False)
    np.testing.assert_array_equal(still["labels"], numbers)
    with pytest.raises(ValueError, match="bounding_boxes"):
        layer({"images": images, "bounding_boxes": numbers})


def test_shear_moves_rows_by_their_distance() -> None:
    y = layers.RandomShear((0.5, 0.5), fill_mode="wrap", interpolation="nearest", seed=1)(IMAGES)
    signs = set()
    for image, sheared in zip(IMAGES, y, strict=True):
        np.testing.assert_array_equal(sheared[0], image[0])
        # Every second row moves by whole pixels.
        found = [
            sign
            for sign in (1, -1)
            if all((sheared[i] == np.roll(image[i], -sign * i // 2, axis=0)).all() for i in (2, 4, 6))
        ]
        assert len(found) == 1
        signs.update(found)
    assert signs == {1, -1}


def test_contrast_is_stretched_and_flat_channels_stay() -> None:
    images = IMAGES * 0.3 + 20
    images[0, ..., 0] = 77
    y = layers.AutoContrast()(images)
    assert (y[0, ..., 0] == 77).all()
    rest = y.reshape(40, -1, 3)[1:]
    np.testing.assert_allclose(rest.min(axis=1), 0, atol=1e-3)
    np.testing.assert_allclose(rest.max(axis=1), 255, atol=1e-3)
    np.testing.assert_array_equal(layers.Equalization()(images)[0, ..., 0], images[0, ..., 0])


def test_equalization_sees_one_image_at_a_time() -> None:
    layer = layers.Equalization(bins=64)
    y = layer(IMAGES)
    for i in (0, 7):
        np.testing.assert_array_equal(y[i], layer(IMAGES[i]))
    wide = layer(np.random.default_rng(0).beta(2, 5, (1, 60, 60, 1)).astype("float32") * 255)
    shares = np.histogram(wide, 4, (0, 255))[0] / 3600
    np.testing.assert_allclose(shares, 0.25, atol=0.03)


BAD: list[tuple[Any, str]] = [
    (lambda: layers.RandomHue(1.5), "factor=1.5|factor=\\(0.0, 1.5\\)"),
    (lambda: layers.RandomSaturation(0.5, (1, 0)), "`value_range` should be two numbers"),
    (lambda: layers.RandomGrayscale(-1), "`factor` should be"),
    (lambda: layers.RandomPosterization(9), "`factor` should be a number from 1.0 to 8.0"),
    (lambda: layers.Solarization(threshold_factor="a"), "threshold_factor"),
    (lambda: layers.RandomShear(2.0), "x_factor"),
    (lambda: layers.RandomShear(fill_mode="none"), "fill_mode='none'"),
    (lambda: layers.RandomPerspective(scale=2), "`scale` should be"),
    (lambda: layers.RandomPerspective(interpolation="cubic"), "interpolation='cubic'"),
    (lambda: layers.RandomElasticTransform(fill_mode="none"), "fill_mode='none'"),
    (lambda: layers.RandomGaussianBlur(kernel_size=4), "should be odd"),
    (lambda: layers.RandomErasing(fill_value=[1, 2]), "`fill_value` should be None"),
    (lambda: layers.MixUp(0), "alpha=0"),
    (lambda: layers.RandAugment(num_ops=-1), "`num_ops`"),
    (lambda: layers.AugMix(num_chains=0), "num_chains=0"),
    (lambda: layers.Equalization(bins=1), "`bins` should be"),
    (lambda: layers.RandomHue(0.1)(np.ones((2, 4, 4, 2), "float32")), "3 channels"),
]


@pytest.mark.parametrize("position", range(len(BAD)))
def test_bad_input(position: int) -> None:
    call, message = BAD[position]
    with pytest.raises(ValueError, match=message):
        call()

"""Small convolutional networks of the usual kinds learn, the same on any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, models


def striped_images(n: int, size: int, seed: int = 0) -> tuple[Any, Any]:
    """Images of four kinds: stripes across, stripes down, a bright corner, noise; noise over all."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    x = rng.normal(0, 0.7, (n, size, size, 3))
    stripes = np.where(np.arange(size) % 4 < 2, 1.0, -1.0)
    x[y == 0] += stripes[None, :, None, None]
    x[y == 1] += stripes[None, None, :, None]
    x[y == 2, : size // 2, : size // 2] += 1.5
    return x.astype("float32"), y.astype("int32")


def residual_block(x: Any, filters: int, strides: int = 1) -> Any:
    shortcut = x
    x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    if strides > 1:
        shortcut = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides=strides, use_bias=False)(shortcut))
    return layers.Activation("relu")(layers.add([x, shortcut]))


def residual() -> Any:
    inputs = layers.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    x = residual_block(residual_block(x, 8), 16, strides=2)
    x = layers.GlobalAveragePooling2D()(x)
    return models.Model(inputs, layers.Dense(4, activation="softmax")(x))


def inception_block(x: Any, filters: int) -> Any:
    """Four branches: 1x1, 1x1 and 3x3, 1x1 and 5x5, pooling and 1x1."""

    def conv(y: Any, size: int) -> Any:
        return layers.Conv2D(filters, size, padding="same", activation="relu")(y)

    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    return layers.concatenate([conv(x, 1), conv(conv(x, 1), 3), conv(conv(x, 1), 5), conv(pooled, 1)])


def inception() -> Any:
    inputs = layers.Input((12, 12, 3))
    x = layers.MaxPooling2D()(inception_block(inputs, 6))
    x = layers.AveragePooling2D(2)(inception_block(x, 6))
    return models.Model(inputs, layers.Dense(4, activation="softmax")(layers.Flatten()(x)))


def separable() -> Any:
    """A small Xception: blocks of two separable convolutions, halved by pooling, with a residual beside them."""
    inputs = layers.Input((32, 32, 3))
    x = layers.Conv2D(8, 5, use_bias=False)(layers.Rescaling(0.5)(inputs))
    for filters in (8, 16):
        residual = x
        for _ in range(2):
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
            x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        x = layers.add([x, layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(residual)])
    x = layers.Dropout(0.1, seed=1)(layers.GlobalAveragePooling2D()(x))
    return models.Model(inputs, layers.Dense(4, activation="softmax")(x))


def plain() -> Any:
    return models.Sequential(
        [
            layers.Input((12, 12, 3)),
            layers.RandomTranslation(0.1, 0.1, seed=1),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.SpatialDropout2D(0.1, seed=2),
            layers.Conv2D(16, 3, activation="relu"),
            layers.GroupNormalization(4),
            layers.GlobalMaxPooling2D(),
            layers.Dense(4, activation="softmax"),
        ]
    )


def trained(build: Any, epochs: int = 6) -> Any:
    nncore.utils.set_random_seed(1)
    model = build()
    x, y = striped_images(512, model.input_shape[1])
    model.compile(nncore.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=32, epochs=epochs, verbose=0).history
    return model, history


@pytest.mark.parametrize("build", [residual, inception, separable, plain], ids=lambda f: f.__name__)
def test_learns(build: Any) -> None:
    model, history = trained(build)
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    assert history["accuracy"][-1] > 0.9
    x, y = striped_images(512, model.input_shape[1], seed=1)
    assert model.evaluate(x, y, verbose=0)[1] > 0.85


def test_one_thread_and_two_train_alike() -> None:
    threads = nncore.config.get_num_threads()
    found = []
    try:
        for n in (1, 2):
            nncore.config.set_num_threads(n)
            found.append(trained(residual, epochs=2)[0].get_weights())
    finally:
        nncore.config.set_num_threads(threads)
    for one, two in zip(*found, strict=True):
        assert one.tobytes() == two.tobytes()

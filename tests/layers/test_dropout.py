"""Dropout: what is dropped, when, and that seeds settle it."""

from __future__ import annotations

import numpy as np

from nncore import layers, models, random

X = np.ones((200, 50), "float32")


def test_part_and_scale() -> None:
    y = layers.Dropout(0.3, seed=1)(X, training=True)
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs((y == 0).mean() - 0.3) < 0.02


def test_off_outside_training() -> None:
    layer = layers.Dropout(0.3, seed=1)
    np.testing.assert_array_equal(layer(X), X)
    assert layer.seed_generator.state.numpy().tolist() == [1, 0]


def test_new_mask_each_call_same_run_for_a_seed() -> None:
    first, second = layers.Dropout(0.5, seed=7), layers.Dropout(0.5, seed=7)
    a, b = first(X, training=True), first(X, training=True)
    assert (a != b).any()
    np.testing.assert_array_equal(a, second(X, training=True))
    np.testing.assert_array_equal(b, second(X, training=True))


def test_noise_shape_shares_decisions() -> None:
    y = layers.Dropout(0.5, noise_shape=(None, 1), seed=2)(X, training=True)
    assert ((y == 0).all(axis=1) | (y != 0).all(axis=1)).all()
    assert (y == 0).any()


def test_rate_one() -> None:
    assert not layers.Dropout(1.0)(X, training=True).any()


def test_global_seed() -> None:
    def run() -> np.ndarray:
        random.set_global_seed(5)
        return random.dropout(X, 0.5)

    np.testing.assert_array_equal(run(), run())


def test_compiled_training_draws_anew_each_step() -> None:
    """The mask's seed advances natively: a step per batch, and none while predicting."""
    model = models.Sequential([layers.Input((50,)), layers.Dropout(0.5, seed=3), layers.Dense(50)])
    model.compile("sgd", "mse")
    model.fit(X, X, batch_size=50, epochs=2, verbose=0)
    assert model.layers[0].seed_generator.state.numpy().tolist() == [3, 8]
    model.predict(X, verbose=0)
    assert model.layers[0].seed_generator.state.numpy().tolist() == [3, 8]

"""Scripts as Keras users write them, run as written."""

from __future__ import annotations

import numpy as np
import pytest

import nncore as keras
from nncore import layers, models, ops, optimizers


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    x = rng.random((256, 784)).astype("float32")
    labels = rng.integers(0, 10, 256)
    return x, np.eye(10, dtype="float32")[labels]


def sequential_by_list():
    return models.Sequential([layers.Dense(32, input_shape=(784,), activation="relu"), layers.Dense(10)])


def sequential_by_add():
    model = models.Sequential()
    model.add(layers.Dense(32, activation="relu", input_shape=(784,)))
    model.add(layers.Dense(10))
    return model


def functional():
    inputs = layers.Input(shape=(784,))
    hidden = layers.Dense(32, activation="relu")(inputs)
    return models.Model(inputs=inputs, outputs=layers.Dense(10)(hidden))


@pytest.mark.parametrize("make", [sequential_by_list, sequential_by_add, functional])
def test_the_three_ways_to_write_one_network(make, images, capsys):
    x, t = images
    model = make()
    assert [w.shape for w in model.weights] == [(784, 32), (32,), (32, 10), (10,)]
    model.compile(optimizer=optimizers.RMSprop(lr=0.001), loss="mse", metrics=["accuracy"])
    history = model.fit(x, t, batch_size=128, epochs=10)
    assert set(history.history) == {"loss", "accuracy"}
    assert len(history.history["loss"]) == 10
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert "Epoch 10/10" in capsys.readouterr().out
    scores = model.evaluate(x, t, batch_size=128, verbose=0)
    assert isinstance(scores, list)
    assert all(isinstance(score, float) for score in scores)
    outputs = model.predict(x, batch_size=128, verbose=0)
    assert isinstance(outputs, np.ndarray)
    assert outputs.shape == (256, 10)
    np.testing.assert_allclose(model(x), outputs, rtol=1e-4, atol=1e-5)


class SimpleDense(layers.Layer):
    def __init__(self, units, activation=None):
        super().__init__()
        self.units = units
        self.activation = activation

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", name="W")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, x):
        y = ops.matmul(x, self.W) + self.b
        return self.activation(y) if self.activation else y


class NumPyDense(SimpleDense):
    def call(self, x):
        return np.maximum(x @ self.W + self.b, 0)


@pytest.mark.parametrize("dense", [SimpleDense, NumPyDense])
def test_a_layer_of_ones_own(dense, images):
    x, t = images
    layer = dense(4)
    assert layer(x[:2]).shape == (2, 4)
    model = models.Sequential([dense(32), SimpleDense(10, ops.softmax)])
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, t, batch_size=64, epochs=3, verbose=0, validation_data=(x, t))
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history.history["loss"][2] < history.history["loss"][0]


def test_the_own_layer_trains_as_the_built_in_one(images):
    x, t = images
    own = models.Sequential([layers.Input((784,)), SimpleDense(32, ops.relu), SimpleDense(10)])
    built_in = models.Sequential([layers.Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(10)])
    built_in.set_weights(own.get_weights())
    losses = []
    for model in (own, built_in):
        model.compile(optimizer="adam", loss="mse")
        history = model.fit(x, t, batch_size=64, epochs=2, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def my_custom_loss(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def my_numpy_loss(y_true, y_pred):
    return np.mean(np.square(y_true - y_pred), axis=-1)


def my_metric(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred))


@pytest.mark.parametrize("loss", [my_custom_loss, my_numpy_loss])
def test_losses_and_metrics_of_ones_own(loss, images):
    x, t = images
    own, known = sequential_by_list(), sequential_by_list()
    known.set_weights(own.get_weights())
    own.compile(optimizer="sgd", loss=loss, metrics=[my_metric])
    known.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    mine = own.fit(x, t, epochs=2, shuffle=False, verbose=0).history
    theirs = known.fit(x, t, epochs=2, shuffle=False, verbose=0).history
    np.testing.assert_allclose(mine["loss"], theirs["loss"], rtol=1e-5)
    np.testing.assert_allclose(mine["my_metric"], theirs["mae"], rtol=1e-5)


def test_the_module_can_stand_in_for_keras(images):
    x, t = images
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=1e-3),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy()],
    )
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=1, mode="max")
    history = model.fit(x, t, epochs=9, validation_split=0.25, callbacks=[stop], verbose=0)
    assert len(history.epoch) < 9
    assert list(history.history) == [
        "loss",
        "categorical_accuracy",
        "val_loss",
        "val_categorical_accuracy",
    ]

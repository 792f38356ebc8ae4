"""Scripts as Keras's users write them, with `import nncore as keras`, run as they stand."""

from __future__ import annotations

import numpy as np
import pytest

import nncore as keras
from nncore import layers, models, ops, optimizers


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    """Inputs (512, 784) and one-hot targets (512, 10) that depend on them."""
    rng = np.random.default_rng(0)
    x = rng.random((512, 784), dtype=np.float32)
    labels = (x @ rng.standard_normal((784, 10))).argmax(axis=1)
    return x, keras.utils.to_categorical(labels, 10)


class SimpleDense(layers.Layer):
    def __init__(self, units: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.W = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x):
        return ops.relu(ops.matmul(x, self.W) + self.b)


class NumpyDense(SimpleDense):
    def call(self, x):
        return np.maximum(x @ self.W + self.b, 0)


def make_sequential() -> keras.Model:
    model = models.Sequential()
    model.add(layers.Dense(32, input_shape=(784,), activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def make_functional() -> keras.Model:
    input_tensor = layers.Input(shape=(784,))
    x = layers.Dense(32, activation="relu")(input_tensor)
    output_tensor = layers.Dense(10, activation="softmax")(x)
    return models.Model(inputs=input_tensor, outputs=output_tensor)


def make_custom() -> keras.Model:
    return keras.Sequential([SimpleDense(32), NumpyDense(16), layers.Dense(10, "softmax")])


@pytest.mark.parametrize("make", [make_sequential, make_functional, make_custom])
def test_compile_and_fit(make, data: tuple[np.ndarray, np.ndarray]) -> None:
    model = make()
    model.compile(optimizer=optimizers.RMSprop(lr=0.001), loss="mse", metrics=["accuracy"])
    history = model.fit(*data, batch_size=128, epochs=10, verbose=0)
    assert set(history.history) == {"loss", "accuracy"}
    losses = history.history["loss"]
    assert len(losses) == 10
    assert all(isinstance(value, float) for value in losses)
    assert losses[-1] < losses[0]


def test_weights_shapes_of_the_second_layer_are_inferred() -> None:
    assert [w.shape for w in make_sequential().weights] == [(784, 32), (32,), (32, 10), (10,)]


@pytest.mark.parametrize("layer", [SimpleDense, NumpyDense])
def test_custom_layer_called_on_an_array(layer: type[SimpleDense]) -> None:
    dense = layer(units=4)
    x = np.random.default_rng(0).standard_normal((3, 5)).astype(np.float32)
    y = dense(x)
    assert isinstance(y, np.ndarray)
    expected = np.maximum(x @ dense.W.numpy() + dense.b.numpy(), 0)
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    assert [w.shape for w in dense.weights] == [(5, 4), (4,)]


def test_custom_layers_and_built_in_ones_train_alike(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    makers = (layers.Dense, SimpleDense, NumpyDense)
    curves = []
    weights = None
    for make in makers:
        arguments = {"activation": "relu"} if make is layers.Dense else {}
        model = keras.Sequential([make(32, **arguments), make(10, **arguments)])
        model.build((None, 784))
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model.compile(optimizer="rmsprop", loss="mse")
        history = model.fit(*data, batch_size=128, epochs=3, shuffle=False, verbose=0)
        curves.append(history.history["loss"])
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-6)
    np.testing.assert_allclose(curves[2], curves[0], rtol=1e-6)


def test_custom_loss_and_metrics(data: tuple[np.ndarray, np.ndarray]) -> None:
    def my_custom_loss(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    def my_numpy_metric(y_true, y_pred):
        return np.mean(np.abs(y_true - y_pred), axis=-1)

    x, t = data
    histories = []
    for loss, metric in ((my_custom_loss, my_numpy_metric), ("mse", "mae")):
        keras.utils.set_random_seed(3)
        model = make_sequential()
        model.compile(optimizer="rmsprop", loss=loss, metrics=[metric])
        histories.append(model.fit(x, t, batch_size=128, epochs=2, verbose=0).history)
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-5)
    np.testing.assert_allclose(histories[0]["my_numpy_metric"], histories[1]["mae"], rtol=1e-5)


def test_validation_evaluate_and_predict(data: tuple[np.ndarray, np.ndarray]) -> None:
    x, t = data
    model = make_sequential()
    model.compile(optimizer=optimizers.RMSprop(lr=0.001), loss="mse", metrics=["accuracy"])
    history = model.fit(x[:400], t[:400], batch_size=128, epochs=2, validation_data=(x[400:], t[400:]), verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}

    results = model.evaluate(x[400:], t[400:], batch_size=128, verbose=0)
    assert isinstance(results, list)
    assert [float(v) for v in results] == pytest.approx(
        [history.history["val_loss"][-1], history.history["val_accuracy"][-1]], rel=1e-6
    )

    predictions = model.predict(x, batch_size=128, verbose=0)
    assert isinstance(predictions, np.ndarray)
    assert predictions.shape == (512, 10)
    np.testing.assert_allclose(predictions, model(x), rtol=1e-5, atol=1e-7)


def test_digits_in_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    (x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
    model = keras.Sequential(
        [
            keras.Input(shape=(8, 8)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.summary()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    # uint8 pixels are read as they are.
    model.fit(x_train, y_train, batch_size=32, epochs=10, verbose=2)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    assert accuracy > 0.93
    output = capsys.readouterr().out
    assert "Total params: 4,810" in output
    assert "Epoch 10/10" in output
    assert "\x1b" not in output

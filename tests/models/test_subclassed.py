"""Subclassed models: layers found in attributes, building, weights, data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nncore import layers, models, ops

X = np.random.default_rng(0).standard_normal((6, 4)).astype("float32")


class Net(models.Model):
    """Two hidden layers in a list, an output layer, dropout."""

    def __init__(self, units: int = 3) -> None:
        super().__init__()
        self.hidden = [layers.Dense(units, activation="relu") for _ in range(2)]
        self.drop = layers.Dropout(0.5, seed=1)
        self.out = layers.Dense(1)

    def call(self, x: Any, training: bool = False) -> Any:
        for layer in self.hidden:
            x = layer(x)
        return self.out(self.drop(x, training=training))


def test_call_builds() -> None:
    model = Net()
    assert model.weights == []
    assert model(X).shape == (6, 1)
    assert [w.shape for w in model.weights] == [(4, 3), (3,), (3, 3), (3,), (3, 1), (1,)]
    assert len(model.layers) == 4
    assert all(w.path.startswith(model.name + "/dense") for w in model.weights)
    assert len({w.path for w in model.weights}) == 6


def test_build_with_a_shape() -> None:
    model = Net()
    model.build((None, 4))
    assert model.built
    assert model.count_params() == 31
    with pytest.raises(ValueError, match="input_shape=None"):
        Net().build()


def test_training_changes_it() -> None:
    model = Net()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((6, 1)), epochs=1, verbose=0)
    before = model.get_weights()
    model.fit(X, np.ones((6, 1)), epochs=2, verbose=0)
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    np.testing.assert_allclose(model.predict(X, verbose=0), model(X), rtol=1e-5)


def test_several_inputs_and_outputs() -> None:
    class Two(models.Model):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = layers.Dense(2), layers.Dense(3)

        def call(self, inputs: Any) -> Any:
            return {"a": self.a(inputs["x"]), "b": self.b(inputs["y"])}

    model = Two()
    out = model({"x": X, "y": X})
    assert {k: v.shape for k, v in out.items()} == {"a": (6, 2), "b": (6, 3)}
    fresh = Two()
    fresh.build({"x": (None, 4), "y": (None, 4)})
    assert len(fresh.weights) == 4


def test_model_in_a_model() -> None:
    class Outer(models.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Net()

        def call(self, x: Any) -> Any:
            return self.inner(x) * 2

    model = Outer()
    np.testing.assert_allclose(model(X), model.inner(X) * 2)
    assert len(model.weights) == 6
    entry = layers.Input((4,))
    assert models.Model(entry, Outer()(entry))(X).shape == (6, 1)


def test_no_call() -> None:
    class Empty(models.Model):
        pass

    with pytest.raises(TypeError, match=r"Empty does not have a `call\(\)`"):
        Empty()(X)


def test_config_is_the_arguments() -> None:
    assert Net(5).get_config() == {"units": 5}
    assert Net.from_config({"units": 7}).hidden[0].units == 7


def test_losses_of_inner_layers() -> None:
    class Penal(models.Model):
        def __init__(self) -> None:
            super().__init__()
            self.d = layers.Dense(1, kernel_regularizer="l2")

        def call(self, x: Any) -> Any:
            self.add_loss(ops.mean(x) * 0.0)
            return self.d(x)

    model = Penal()
    model(X)
    assert len(model.losses) == 2
    model.compile("sgd", "mse")
    model.fit(X, np.ones((6, 1)), verbose=0)
    assert len(model.losses) == 1  # what the traced call added is gone with its trace


def test_layers_name_is_reserved() -> None:
    with pytest.raises(AttributeError, match="reserved"):
        Net().layers = []


def test_placeholder_attributes_say_what_they_need() -> None:
    model = Net()
    assert model.inputs is None
    assert model.outputs is None
    with pytest.raises(AttributeError, match="not built from placeholders"):
        _ = model.input

"""Sequential: building now or later, adding and removing layers, data."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

from nncore import TraceError, layers, models, ops

X = np.random.default_rng(0).standard_normal((6, 4)).astype("float32")


def test_shapes_are_inferred_from_the_first_layer() -> None:
    model = models.Sequential()
    model.add(layers.Dense(3, input_shape=(4,)))
    model.add(layers.Dense(2))
    assert model.built
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))
    assert [w.shape for w in model.weights] == [(4, 3), (3,), (3, 2), (2,)]
    first = model.layers[0].name
    assert [w.path.split("/", 1)[1] for w in model.weights[:2]] == [f"{first}/kernel", f"{first}/bias"]


@pytest.mark.parametrize(
    "first",
    [
        lambda: [layers.Input((4,)), layers.Dense(3)],
        lambda: [layers.InputLayer((4,)), layers.Dense(3)],
        lambda: [layers.InputLayer(input_shape=(4,)), layers.Dense(3)],
        lambda: [layers.Dense(3, input_dim=4)],
        lambda: [layers.Dense(3, batch_input_shape=(None, 4))],
        lambda: [layers.Dense(3, input_shape=4)],
        lambda: [models.Sequential([layers.Dense(3, input_shape=(4,))])],
    ],
)
def test_ways_to_say_the_input_shape(first: Any) -> None:
    model = models.Sequential(first())
    assert model.built
    assert len(model.layers) == 1
    assert model.count_params() == 15


def test_built_by_first_data() -> None:
    model = models.Sequential([layers.Dense(3), layers.Dense(2)])
    assert not model.built
    assert model.weights == []
    expected = model(X)
    assert model.built
    assert model.output_shape == (None, 2)
    np.testing.assert_array_equal(model(X), expected)
    assert len(model.layers) == 2
    model.add(layers.Dense(1))
    assert model(X).shape == (6, 1)


def test_build_with_a_shape() -> None:
    model = models.Sequential([layers.Dense(3)])
    model.build((None, 4))
    assert model.count_params() == 15


def test_integers_stay_integers_until_a_layer_computes() -> None:
    model = models.Sequential([layers.Flatten(), layers.Dense(2)])
    images = np.random.default_rng(0).integers(0, 255, (6, 2, 2)).astype("uint8")
    assert model(images).dtype == "float32"
    assert model.inputs[0].dtype == "uint8"


def test_failed_first_call_changes_nothing() -> None:
    model = models.Sequential([layers.Dense(3), layers.Reshape((2, 2))])
    with pytest.raises(ValueError, match="size"):
        model(X)
    assert not model.built
    assert len(model.layers) == 2
    model.pop()
    model.add(layers.Reshape((3, 1)))
    assert model(X).shape == (6, 3, 1)


def test_failed_add_changes_nothing() -> None:
    model = models.Sequential([layers.Dense(3, input_shape=(4,), name="a")])
    before = model(X)
    with pytest.raises(ValueError, match="unchanged"):
        model.add(layers.Reshape((2, 2)))
    with pytest.raises(ValueError, match=r'unique names\. Name "a"'):
        model.add(layers.Dense(1, name="a"))
    np.testing.assert_array_equal(model(X), before)
    assert [layer.name for layer in model.layers] == ["a"]


def test_pop() -> None:
    model = models.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)])
    top = model.pop()
    assert top.units == 2
    assert model.output_shape == (None, 3)
    assert len(model.weights) == 2
    late = models.Sequential([layers.Dense(3), layers.Dense(2)])
    late.pop()
    assert late(X).shape == (6, 3)


def test_structure_may_change_after_training() -> None:
    model = models.Sequential([layers.Dense(3, input_shape=(4,))])
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((6, 3)), verbose=0)
    model.add(layers.Dense(1))
    assert model.predict(X, verbose=0).shape == (6, 1)


def test_wrong_input() -> None:
    model = models.Sequential([layers.Dense(3, input_shape=(4,))], name="stack")
    with pytest.raises(ValueError, match=r'"stack".*expected shape=\(None, 4\).*found shape=\(6, 3\)'):
        model(X[:, :3])


@pytest.mark.parametrize("built", [True, False])
def test_data_round_trip(built: bool) -> None:
    model = models.Sequential([layers.Dense(3, activation="relu"), layers.Dropout(0.5), layers.Dense(2)], name="m")
    if built:
        model(X)
    data = json.loads(json.dumps(model.get_config()))
    again = models.Sequential.from_config(data)
    assert again.built is built
    assert json.loads(json.dumps(again.get_config())) == data
    if built:
        again.set_weights(model.get_weights())
        np.testing.assert_array_equal(again(X), model(X))


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_copies(again: Any) -> None:
    model = models.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)])
    other = again(model)
    np.testing.assert_array_equal(other(X), model(X))
    other.add(layers.Dense(1))
    assert len(model.layers) == 2
    assert other(X).shape == (6, 1)


def test_features_of_a_stack() -> None:
    model = models.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)])
    features = models.Model(model.inputs, model.layers[0].output)
    np.testing.assert_array_equal(features(X), model.layers[0](X))


def test_layer_that_looks_at_values_runs_op_by_op() -> None:
    class Looks(layers.Layer):
        def call(self, x: Any) -> Any:
            return x if float(ops.sum(x)) > 0 else -x

    model = models.Sequential([layers.Dense(2), Looks()])
    assert (model(np.abs(X)).sum()) >= 0
    assert (model(-np.abs(X)).sum()) >= 0
    fresh = models.Sequential([layers.Input((4,)), Looks(), layers.Dense(2)])
    fresh.compile("sgd", "mse")
    with pytest.raises(TraceError, match="needs the values"):
        fresh.fit(X, X[:, :2], verbose=0)
    fresh.compile("sgd", "mse", run_eagerly=True)
    losses = fresh.fit(X, X[:, :2], epochs=3, verbose=0).history["loss"]
    assert losses[2] < losses[0]


def test_list_input() -> None:
    model = models.Sequential([layers.Add(), layers.Dense(2)])
    assert model([X, X]).shape == (6, 2)
    assert model([X, X]).shape == (6, 2)

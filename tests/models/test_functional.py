"""Functional models: graphs, inputs and outputs, nesting, sharing, ops in the graph, data."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

from nncore import layers, models, ops

X = np.random.default_rng(0).standard_normal((5, 4)).astype("float32")
Y = np.random.default_rng(1).standard_normal((5, 4)).astype("float32")


def test_branches_and_shared_layer() -> None:
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(3)
    model = models.Model([a, b], layers.Subtract()([shared(a), shared(b)]))
    kernel, bias = shared.get_weights()
    np.testing.assert_allclose(model([X, Y]), (X @ kernel + bias) - (Y @ kernel + bias), rtol=1e-5, atol=1e-6)
    assert len(model.weights) == 2
    assert model.input_names == ["a", "b"]


def test_several_outputs_in_any_structure() -> None:
    x = layers.Input((4,), name="x")
    first, second = layers.Dense(1, name="one")(x), layers.Dense(2, name="two")(x)
    model = models.Model(x, {"p": first, "q": [second, x]})
    out = model(X)
    assert set(out) == {"p", "q"}
    assert out["q"][0].shape == (5, 2)
    np.testing.assert_array_equal(out["q"][1], X)
    assert model.output_names == ["one", "two", "x"]
    assert model.output_shape == {"p": (None, 1), "q": [(None, 2), (None, 4)]}


@pytest.mark.parametrize("given", [[X, Y], (X, Y), {"a": X, "b": Y}, {"b": Y, "a": X}], ids=str)
def test_ways_to_give_inputs(given: Any) -> None:
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    model = models.Model([a, b], layers.Subtract()([a, b]))
    np.testing.assert_array_equal(model(given), X - Y)


def test_dictionary_of_inputs() -> None:
    inputs = {"left": layers.Input((4,), name="a"), "right": layers.Input((4,), name="b")}
    model = models.Model(inputs, inputs["left"] - inputs["right"])
    np.testing.assert_array_equal(model({"right": Y, "left": X}), X - Y)


def test_ops_and_numpy_functions_in_the_graph() -> None:
    x = layers.Input((4,))
    y = np.maximum(x * 2 - 1, 0)
    z = ops.concatenate([y, ops.exp(-x)], axis=-1)[:, 1:5]
    model = models.Model(x, ops.sum(z, axis=-1, keepdims=True) / 2)
    expected = np.concatenate([np.maximum(X * 2 - 1, 0), np.exp(-X)], axis=-1)[:, 1:5].sum(-1, keepdims=True) / 2
    np.testing.assert_allclose(model(X), expected, rtol=1e-5)


def test_nested_models() -> None:
    inner_in = layers.Input((4,))
    inner = models.Model(inner_in, layers.Dense(4, name="d")(inner_in), name="inner")
    stack = models.Sequential([layers.Dense(4), layers.ReLU()], name="stack")
    x = layers.Input((4,))
    model = models.Model(x, layers.Add()([inner(x), stack(inner(x))]))
    h = inner(X)
    np.testing.assert_allclose(model(X), h + stack(h), rtol=1e-6)
    assert len(model.weights) == 4
    assert [layer.name for layer in model.layers][1:3] == ["inner", "stack"]


def test_intermediate_outputs() -> None:
    x = layers.Input((4,))
    hidden = layers.Dense(3, name="hidden")
    model = models.Model(x, layers.Dense(2)(hidden(x)))
    features = models.Model(model.input, model.get_layer("hidden").output)
    np.testing.assert_array_equal(features(X), hidden(X))
    rest = models.Model(hidden.output, model.output)
    np.testing.assert_array_equal(rest(hidden(X)), model(X))


def test_unused_input() -> None:
    a, b = layers.Input((4,), name="a"), layers.Input((2,), name="b")
    model = models.Model([a, b], layers.Dense(1)(a))
    assert {layer.name for layer in model.layers} >= {"a", "b"}
    assert model([X, X[:, :2]]).shape == (5, 1)


def test_inputs_are_fitted() -> None:
    model = models.Model(x := layers.Input((4,)), layers.Identity()(x))
    assert model(X.astype("float64")).dtype == "float32"
    assert model((X * 10).astype("int64")).dtype == "float32"
    column = models.Model(c := layers.Input((1,)), layers.Identity()(c))
    assert column(np.ones(5)).shape == (5, 1)
    row = models.Model(r := layers.Input(()), layers.Identity()(r))
    assert row(np.ones((5, 1))).shape == (5,)
    ints = models.Model(i := layers.Input((4,), dtype="int32"), layers.Identity()(i))
    assert ints(X).dtype == "int32"


def test_training_flag_reaches_layers() -> None:
    x = layers.Input((4,))
    model = models.Model(x, layers.Dropout(0.5, seed=1)(x))
    np.testing.assert_array_equal(model(X), X)
    assert (model(X, training=True) != X).any()
    forced = models.Model(x, layers.Dropout(0.5, seed=1)(x, training=True))
    assert (forced(X) != X).any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: models.Model(layers.Input((4,)), layers.Dense(1)(layers.Input((4,)))), "Graph disconnected"),
        (lambda: models.Model([x := layers.Input((4,)), x], layers.Dense(1)(x)), "should be different"),
        (
            lambda: models.Model(x := layers.Input((4,)), layers.Dense(1, name="d")(layers.Dense(1, name="d")(x))),
            r'"d" is used more than once',
        ),
        (lambda: models.Model([], []), "must be KerasTensors"),
    ],
)
def test_bad_graphs(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (X[:, :3], r"Input 0 of layer \"net\".*expected shape=\(None, 4\).*found shape=\(5, 3\)"),
        ([X, X], r"\"net\" expects 1 input\(s\), but it received 2"),
        ({"y": X}, r"expects the inputs \['x'\]. Missing: \['x'\]"),
        (X[None], r"found shape=\(1, 5, 4\)"),
    ],
)
def test_bad_inputs(given: Any, message: str) -> None:
    x = layers.Input((4,), name="x")
    model = models.Model(x, layers.Dense(1)(x), name="net")
    with pytest.raises(ValueError, match=message):
        model(given)


def big_model() -> Any:
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(4, name="shared")
    inner = models.Sequential([layers.Dense(4, name="in")], name="inner")
    c = layers.Concatenate(name="c")([shared(a), inner(shared(b)) * 2.0, ops.relu(a)[:, ::2]])
    return models.Model([a, b], [layers.Dense(1, name="o")(c), layers.Dropout(0.5, name="drop")(c, training=False)])


def test_data_round_trip() -> None:
    model = big_model()
    data = json.loads(json.dumps(model.get_config()))
    again = models.Model.from_config(data)
    assert json.loads(json.dumps(again.get_config())) == data
    assert [w.path for w in again.weights] == [w.path for w in model.weights]
    again.set_weights(model.get_weights())
    for one, two in zip(model([X, Y]), again([X, Y]), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_copies(again: Any) -> None:
    model = big_model()
    other = again(model)
    for one, two in zip(model([X, Y]), other([X, Y]), strict=True):
        np.testing.assert_array_equal(one, two)
    other.set_weights([w * 0 for w in other.get_weights()])
    assert model.get_layer("shared").kernel.numpy().any()
    part = models.Model(other.inputs, other.get_layer("shared").output)
    assert not part([X, Y]).any()


def test_configuration_with_missing_layer() -> None:
    config = big_model().get_config()
    config["layers"] = [entry for entry in config["layers"] if entry["name"] != "shared"]
    with pytest.raises(ValueError, match="shared"):
        models.Model.from_config(config)


def test_configuration_with_unknown_op() -> None:
    config = big_model().get_config()
    for entry in config["layers"]:
        if entry["module"].startswith("keras.src.ops."):
            entry["class_name"] = "__loader__"
    with pytest.raises(ValueError, match="Could not interpret op identifier: '__loader__'"):
        models.Model.from_config(config)


def test_subclass_with_inputs_and_outputs() -> None:
    class Mine(models.Model):
        def extra(self) -> int:
            return 3

    x = layers.Input((4,))
    model = Mine(x, layers.Dense(1)(x))
    assert type(model) is Mine
    assert model.extra() == 3
    assert model(X).shape == (5, 1)
    again = Mine.from_config(json.loads(json.dumps(model.get_config())))
    assert type(again) is Mine


def test_deep_model() -> None:
    """A thousand layers: nothing recurses over the graph."""
    x = entry = layers.Input((2,))
    for _ in range(1000):
        x = layers.Identity()(x)
    model = models.Model(entry, x)
    assert len(model.layers) == 1001
    assert model(X[:, :2]).shape == (5, 2)


# Layers and ops over an unknown size that meets a known one, and what is known of the result.
MEETINGS: list[tuple[str, Any, tuple[Any, ...], tuple[Any, ...]]] = [
    *(
        (name, lambda a, b, name=name: getattr(layers, name)()([a, b]), (3, 4), (None, 3, 4))
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    ),
    ("Concatenate", lambda a, b: layers.Concatenate()([a, b]), (3, 4), (None, 3, 8)),
    ("concatenate", lambda a, b: ops.concatenate([a, b], axis=-1), (3, 4), (None, 3, 8)),
    ("stack", lambda a, b: ops.stack([b, a], axis=1), (3, 4), (None, 2, 3, 4)),
    ("plus", lambda a, b: a + b, (3, 4), (None, 3, 4)),
    ("where", lambda a, b: ops.where(a > 0.5, b, 0.0), (3, 4), (None, 3, 4)),
    ("matmul", lambda a, b: ops.matmul(ops.transpose(a, (0, 2, 1)), b), (3, 4), (None, 4, 4)),
    ("Reshape", lambda a, b: layers.Reshape((4, 3))(a) + layers.Reshape((4, 3))(b), (3, 4), (None, 4, 3)),
    ("Reshape -1", lambda a, b: layers.Reshape((-1, 6))(a), (3, 4), (None, None, 6)),
    ("reshape", lambda a, b: ops.reshape(a, (-1, 2, 6)), (3, 4), (None, 2, 6)),
    ("repeated", lambda a, b: a * b, (1, 4), (None, None, 4)),
]


@pytest.mark.parametrize(("name", "function", "known", "shape"), MEETINGS, ids=[row[0] for row in MEETINGS])
def test_an_unknown_size_may_be_the_one_that_it_has_to_be(
    name: str, function: Any, known: tuple[Any, ...], shape: tuple[Any, ...]
) -> None:
    a, b = layers.Input((None, 4)), layers.Input(known)
    model = models.Model([a, b], function(a, b))
    assert model.output_shape == shape
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 3, 4), "float32"), rng.random((2, *known), "float32")
    for result in (model([x, y]), model.predict([x, y], verbose=0)):
        np.testing.assert_allclose(result, function(x, y), rtol=1e-6)
        assert all(want in (None, have) for want, have in zip(shape, result.shape, strict=True))
    if name != "repeated":  # five is not what it has to be
        with pytest.raises(ValueError, match=r"shape|dimensions|axis"):
            model.predict([rng.random((2, 5, 4), "float32"), y], verbose=0)


def test_sizes_that_never_fit_are_errors_at_once() -> None:
    a, b = layers.Input((None, 4)), layers.Input((3, 5))
    for function in (lambda: a + b, lambda: layers.Add()([a, b]), lambda: layers.Concatenate(axis=1)([a, b])):
        with pytest.raises(ValueError, match="shape"):
            function()
    with pytest.raises(ValueError, match="unchanged"):
        layers.Reshape((4, 3))(layers.Input((2, 4)))

"""``check_layer``: one call gives a layer all its checks; the tables of layer tests are rows of arguments for it."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np

from nncore import layers, models, tree


def make_inputs(shapes: Any, dtype: str = "float32", given: str | None = None, seed: int = 1) -> Any:
    """Random arrays for a shape or a list of shapes; small integers for integer dtypes, ``given`` as another dtype."""
    rng = np.random.default_rng(seed)

    def one(shape: tuple[int, ...]) -> Any:
        if dtype.startswith("float"):
            return rng.standard_normal(shape).astype(given or dtype)
        return rng.integers(0, 5, shape).astype(given or dtype)

    return [one(shape) for shape in shapes] if isinstance(shapes, list) else one(shapes)


def _symbolic(shapes: Any, dtype: str) -> Any:
    if isinstance(shapes, list):
        return [layers.Input(shape[1:], dtype=dtype) for shape in shapes]
    return layers.Input(shapes[1:], dtype=dtype)


def check_layer(
    cls: Any,
    init: dict[str, Any],
    input_shape: Any,
    output_shape: tuple[int, ...],
    *,
    weights: int = 0,
    trainable: int | None = None,
    seeds: int = 0,
    losses: int = 0,
    input_dtype: str = "float32",
    call: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    train: bool = True,
) -> None:
    """Run all checks of one layer.

    Args:
        cls: The layer class.
        init: Its arguments.
        input_shape: Shape of an input batch, or a list of shapes.
        output_shape: Expected shape.
        weights: Expected number of weights.
        trainable: Expected number of trainable ones. Defaults to all.
        seeds: Expected number of seed states.
        losses: Expected number of losses after a call.
        input_dtype: dtype of the input data.
        call: Further keyword arguments of the call.
        custom_objects: The layer's own classes and functions, for rebuilding.
        train: Whether the short training is run.
    """
    call = call or {}
    check_shapes(cls, init, input_shape, output_shape, input_dtype, call)
    layer = check_state(cls, init, input_shape, input_dtype, call, weights, trainable, seeds, losses)
    check_dtypes(cls, init, input_shape, input_dtype, call)
    check_rebuilding(layer, input_shape, input_dtype, call, custom_objects)
    check_copies(layer, input_shape, input_dtype, call)
    check_compiled(cls, init, input_shape, input_dtype, call)
    if train:
        check_training(cls, init, input_shape, output_shape, input_dtype, weights)


def check_shapes(
    cls: Any, init: dict[str, Any], shapes: Any, expected: tuple[int, ...], dtype: str, call: dict[str, Any]
) -> None:
    """Symbolic, computed and eager shapes agree."""
    symbolic = cls(**init)(_symbolic(shapes, dtype), **call)
    assert symbolic.shape == (None, *expected[1:])
    unknown = [(None, *s[1:]) for s in shapes] if isinstance(shapes, list) else (None, *shapes[1:])
    assert tuple(cls(**init).compute_output_shape(unknown)) == (None, *expected[1:])
    output = cls(**init)(make_inputs(shapes, dtype), **call)
    assert isinstance(output, np.ndarray)
    assert output.shape == expected
    assert str(output.dtype) == symbolic.dtype


def check_state(
    cls: Any,
    init: dict[str, Any],
    shapes: Any,
    dtype: str,
    call: dict[str, Any],
    weights: int,
    trainable: int | None,
    seeds: int,
    losses: int,
) -> Any:
    """The layer has the weights, seeds and losses it should have; freezing empties the trained ones."""
    layer = cls(**init)
    layer(make_inputs(shapes, dtype), **call)
    assert layer.built
    assert len(layer.weights) == weights
    assert len(layer.trainable_weights) == (weights if trainable is None else trainable)
    assert len(layer.variables) == weights + seeds
    assert len(layer.losses) == losses
    assert layer.count_params() == sum(w.size for w in layer.weights)
    before = [w.trainable for w in layer.weights]
    layer.trainable = False
    assert layer.trainable_variables == []
    assert len(layer.non_trainable_weights) == weights
    layer.trainable = True
    for weight, was in zip(layer.weights, before, strict=True):
        weight.trainable = was
    return layer


def check_dtypes(cls: Any, init: dict[str, Any], shapes: Any, input_dtype: str, call: dict[str, Any]) -> None:
    """A layer computes in its own dtype, whatever float (or whole number) it is given."""
    for dtype in ("float32", "float64"):
        for given in ("float32", "float64"):
            layer = cls(**{**init, "dtype": dtype})
            output = layer(make_inputs(shapes, input_dtype, given), **call)
            assert output.dtype == dtype
            # Counts are integers in either case.
            assert all(w.dtype in (dtype, "int32") for w in layer.weights)


def check_rebuilding(
    layer: Any, shapes: Any, dtype: str, call: dict[str, Any], custom_objects: dict[str, Any] | None
) -> None:
    """Configuration -> JSON -> configuration gives an equal layer, weights made by the build config."""
    data = json.loads(json.dumps(layers.serialize(layer)))
    again = layers.deserialize(data, custom_objects)
    assert type(again) is type(layer)
    assert json.loads(json.dumps(layers.serialize(again))) == data
    again.set_weights(layer.get_weights())
    x = make_inputs(shapes, dtype)
    np.testing.assert_array_equal(again(x, **call), layer(x, **call))


def check_copies(layer: Any, shapes: Any, dtype: str, call: dict[str, Any]) -> None:
    """Deep copies and pickles compute the same and share nothing."""
    x = make_inputs(shapes, dtype)
    expected = layer(x, **call)
    copies = [copy.deepcopy(layer)]
    if getattr(type(layer), "__module__", "").startswith("nncore."):
        copies.append(pickle.loads(pickle.dumps(layer)))
    for made in copies:
        np.testing.assert_array_equal(made(x, **call), expected)
        for mine, other in zip(layer.weights, made.weights, strict=True):
            assert mine is not other
            assert not np.shares_memory(mine.array, other.array)


class Scale(layers.Layer):
    """A trained factor in front of the layer under test: its gradient goes through the layer."""

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight(shape=input_shape[1:], initializer="ones")

    def call(self, x: Any) -> Any:
        return x * self.factor


def _trained_model(cls: Any, init: dict[str, Any], shapes: Any, dtype: str) -> Any:
    inputs = _symbolic(shapes, dtype)
    if not dtype.startswith("float"):
        return models.Model(inputs, cls(**init)(inputs))
    scaled = tree.map_structure(lambda x: Scale()(x), inputs)
    return models.Model(inputs, cls(**init)(scaled))


def _model(cls: Any, init: dict[str, Any], shapes: Any, dtype: str, call: dict[str, Any] | None = None) -> Any:
    inputs = _symbolic(shapes, dtype)
    return models.Model(inputs, cls(**init)(inputs, **(call or {})))


def check_compiled(cls: Any, init: dict[str, Any], shapes: Any, dtype: str, call: dict[str, Any]) -> None:
    """Eager call, compiled predict and op-by-op predict agree."""
    model = _model(cls, init, shapes, dtype, call)
    x = make_inputs(shapes, dtype)
    eager = model(x)
    for _ in range(4):  # a kind of input that comes back is compiled
        np.testing.assert_array_equal(model(x), eager)
    compiled = model.predict(x, batch_size=3, verbose=0)
    np.testing.assert_allclose(compiled, eager, rtol=1e-5, atol=1e-6)
    model.compile(run_eagerly=True)
    stepwise = model.predict(x, batch_size=3, verbose=0)
    np.testing.assert_allclose(stepwise, eager, rtol=1e-5, atol=1e-6)


def check_training(
    cls: Any,
    init: dict[str, Any],
    shapes: Any,
    expected: tuple[int, ...],
    dtype: str,
    weights: int,
) -> None:
    """A few compiled steps give a finite loss and change the weights, as op-by-op steps do."""
    x = make_inputs(shapes, dtype)
    first = tree.flatten(x)[0]
    y = np.random.default_rng(2).standard_normal((len(first), *expected[1:])).astype("float32")
    trained = []
    start = None
    for eagerly in (False, True):
        model = _trained_model(cls, init, shapes, dtype)
        if start is None:
            start = model.get_weights()
        model.set_weights(start)
        for generator in (g for layer in model._flatten_layers() for g in layer._seed_generators):
            generator.state.assign(np.array([5, 0]))
        model.compile("sgd", "mse", run_eagerly=eagerly)
        history = model.fit(x, y, epochs=2, batch_size=len(first), verbose=0, shuffle=False)
        assert np.isfinite(history.history["loss"]).all()
        trained.append(model.get_weights())
    for compiled, stepwise in zip(*trained, strict=True):
        np.testing.assert_allclose(compiled, stepwise, rtol=1e-4, atol=1e-6)
    changed = sum(bool((a != b).any()) for a, b in zip(start, trained[0], strict=True))
    assert changed >= weights + (dtype.startswith("float"))

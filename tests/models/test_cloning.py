"""clone_model and models as JSON: the same structure, new weights, functions called where they should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, models, optimizers

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def sequential() -> Any:
    return models.Sequential([layers.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)], name="stack")


def functional() -> Any:
    a = layers.Input((4,), name="a")
    shared = layers.Dense(4, name="shared")
    inner = models.Sequential([layers.Input((4,)), layers.Dense(2, name="deep")], name="inner")
    x = shared(shared(a)) * 2.0
    return models.Model(a, {"out": inner(x), "sum": nncore.ops.sum(x, axis=-1, keepdims=True)}, name="net")


def predictions(model: Any) -> list[Any]:
    found = model.predict(X, verbose=0)
    return [found[key] for key in sorted(found)] if isinstance(found, dict) else [found]


def assert_equal_with_equal_weights(model: Any, clone: Any) -> None:
    clone.set_weights(model.get_weights())
    for a, b in zip(predictions(model), predictions(clone), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("make", [sequential, functional])
@pytest.mark.parametrize("recursive", [False, True])
def test_clone(make: Any, recursive: bool) -> None:
    model = make()
    clone = models.clone_model(model, recursive=recursive)
    assert type(clone) is type(model)
    assert clone.name == model.name
    assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]
    assert not {id(w) for w in model.weights} & {id(w) for w in clone.weights}
    assert (model.get_weights()[0] != clone.get_weights()[0]).any()
    assert not clone.compiled
    assert_equal_with_equal_weights(model, clone)


def test_clone_is_compiled_with_things_of_its_own() -> None:
    model = sequential()
    model.compile(optimizers.Adam(0.01), lambda a, b: (a - b) ** 2, metrics=["mae", nncore.metrics.MeanSquaredError()])
    clone = models.clone_model(model)
    assert clone.compiled
    assert clone.optimizer is not model.optimizer
    assert float(clone.optimizer.learning_rate) == pytest.approx(0.01)
    clone.fit(X, X[:, :2], verbose=0)
    assert int(model.optimizer.iterations) == 0


def test_clone_function_and_nested_models() -> None:
    seen: list[str] = []

    def doubled(layer: Any) -> Any:
        seen.append(layer.name)
        config = layer.get_config()
        return type(layer).from_config({**config, "use_bias": False} if "units" in config else config)

    model = functional()
    assert len(models.clone_model(model, clone_function=doubled).get_layer("inner").weights) == 2
    assert sorted(seen) == ["inner", "shared"]
    seen.clear()
    clone = models.clone_model(model, clone_function=doubled, recursive=True)
    assert sorted(seen) == ["deep", "shared"]
    assert len(clone.weights) == 2


def test_same_layers_on_other_inputs() -> None:
    model = functional()
    other = layers.Input((4,), name="other")
    clone = models.clone_model(model, input_tensors=other, clone_function=lambda layer: layer)
    assert clone.input_names == ["other"]
    for a, b in zip(predictions(model), predictions(clone), strict=True):
        np.testing.assert_array_equal(a, b)
    assert models.clone_model(sequential(), input_tensors=[layers.Input((4,), name="z")]).input_names == ["z"]


def test_call_function() -> None:
    model = models.Model(a := layers.Input((4,)), layers.Dense(3)(layers.Dense(4)(a)))

    def with_dropout(layer: Any, *args: Any, **kwargs: Any) -> Any:
        out = layer(*args, **kwargs)
        return layers.Dropout(0.5)(out) if isinstance(layer, layers.Dense) else out

    clone = models.clone_model(model, clone_function=lambda x: x, call_function=with_dropout)
    assert [type(layer).__name__ for layer in clone.layers] == ["InputLayer", "Dense", "Dropout", "Dense", "Dropout"]
    assert clone.weights[0] is model.weights[0]


class Net(models.Model):
    def __init__(self, units: int = 2) -> None:
        super().__init__()
        self.units = units
        self.dense = layers.Dense(units)

    def call(self, x: Any) -> Any:
        return self.dense(x)

    def get_config(self) -> dict[str, Any]:
        return {"units": self.units}


def test_subclassed() -> None:
    model = Net(3)
    model(X)
    clone = models.clone_model(model)
    assert clone.units == 3
    assert_equal_with_equal_weights(model, clone)
    with pytest.raises(ValueError, match="only supported for Sequential models"):
        models.clone_model(model, clone_function=lambda x: x)


def test_subclass_of_functional_and_frozen() -> None:
    class Mine(models.Model):
        pass

    x = layers.Input((4,))
    model = Mine(x, layers.Dense(2)(x))
    model.trainable = False
    clone = models.clone_model(model)
    assert type(clone).__name__ in ("Mine", "Functional")
    assert not clone.trainable_weights


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: models.clone_model(sequential(), call_function=print), "not supported with Sequential"),
        (lambda: models.clone_model(sequential(), colour="red"), "Unexpected keyword"),
        (lambda: models.clone_model(sequential(), clone_function=3), "clone_function=3"),
        (lambda: models.clone_model(sequential(), clone_function=lambda x: None), "should return a layer"),
        (lambda: models.clone_model(sequential(), input_tensors=X), "must be a KerasTensor"),
        (lambda: models.clone_model(functional(), input_tensors=[X]), "must be placeholders"),
        (lambda: models.model_from_json("{"), "not valid JSON"),
        (lambda: models.model_from_json('{"class_name": "Nothing", "module": "keras", "config": {}}'), "Nothing"),
    ],
)
def test_bad_arguments(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("make", [sequential, functional])
def test_json(make: Any) -> None:
    model = make()
    model.compile("adam", "mse")
    again = models.model_from_json(model.to_json(indent=2))
    assert again.compiled
    assert again.to_json() == model.to_json()
    assert_equal_with_equal_weights(model, again)

"""Objects as data: registered names, scopes, values, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from nncore import activations, layers, serialization
from nncore.serialization import deserialize_keras_object, serialize_keras_object


@serialization.register_keras_serializable("tests.package", name="Renamed")
class Mine(layers.Layer):
    """A registered layer."""

    def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x: Any) -> Any:
        return x * self.factor


@serialization.register_keras_serializable("tests.package")
def triple(x: Any) -> Any:
    """A registered activation."""
    return x * 3


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2.5, "text", [1, [2, None]], {"a": {"b": 1}}, b"\x00\xff", slice(1, None, 2), Ellipsis],
)
def test_values(value: Any) -> None:
    data = json.loads(json.dumps(serialize_keras_object(value)))
    assert deserialize_keras_object(data) == value


def test_arrays_and_numbers() -> None:
    data = json.loads(json.dumps(serialize_keras_object({"x": np.arange(4, dtype="int32"), "y": np.float32(2)})))
    back = deserialize_keras_object(data)
    assert back["x"].dtype == "int32"
    assert back["x"].tolist() == [0, 1, 2, 3]
    assert back["y"] == 2.0
    assert serialize_keras_object((1, 2)) == (1, 2)
    assert serialize_keras_object(np.dtype("float32")) == "float32"


def test_registered_class() -> None:
    data = json.loads(json.dumps(serialize_keras_object(Mine(4.0))))
    assert data["registered_name"] == "tests.package>Renamed"
    assert deserialize_keras_object(data).factor == 4.0
    assert serialization.get_registered_object("tests.package>Renamed") is Mine
    assert serialization.get_registered_object("nothing", module_objects={"nothing": 1}) == 1
    assert serialization.get_custom_objects()["tests.package>Renamed"] is Mine


def test_registered_function() -> None:
    layer = layers.Dense(1, activation=triple)
    data = json.loads(json.dumps(layers.serialize(layer)))
    assert layers.deserialize(data).activation is triple
    assert activations.deserialize(activations.serialize(triple)) is triple


def test_activation_layer_in_a_config() -> None:
    layer = layers.Dense(1, activation=layers.LeakyReLU(0.2))
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    assert again.activation.negative_slope == 0.2


class Unregistered(layers.Layer):
    """A layer that nobody registered."""

    def call(self, x: Any) -> Any:
        return x


def test_scope_and_custom_objects() -> None:
    data = serialize_keras_object(Unregistered())
    with pytest.raises(ValueError, match=r"(?s)Could not locate 'Unregistered'.*register_keras_serializable"):
        deserialize_keras_object(data)
    assert isinstance(deserialize_keras_object(data, {"Unregistered": Unregistered}), Unregistered)
    with serialization.custom_object_scope({"Unregistered": Unregistered}):
        assert isinstance(layers.deserialize(data), Unregistered)
    with pytest.raises(ValueError, match="Could not locate"):
        deserialize_keras_object(data)


def test_scopes_nest() -> None:
    with serialization.custom_object_scope({"f": 1}):
        with serialization.custom_object_scope({"f": 2}):
            assert serialization.get_registered_object("f") == 2
        assert serialization.get_registered_object("f") == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"module": "os", "class_name": "system", "config": {}}, "Could not locate 'system'"),
        ({"module": "keras.layers.os", "class_name": "system", "config": {}}, "Could not locate 'system'"),
        ({"module": "keras.layers", "class_name": "serialization", "config": {}}, "'serialization'"),
        ({"module": "keras.layers", "class_name": "__class__", "config": {}}, "'__class__'"),
        ({"class_name": "__lambda__", "config": {"value": "x"}}, "lambda"),
        ({"module": "builtins", "class_name": "function", "config": "eval"}, "Could not locate 'eval'"),
        ({"module": "keras.layers", "class_name": "add", "config": {}}, "no class"),
        ({"class_name": "__numpy__", "config": {"value": ["x"], "dtype": "U1000000000"}}, "dtype should be one of"),
    ],
)
def test_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        deserialize_keras_object(data)


def test_unsafe_mode_runs_no_code_either() -> None:
    data = serialize_keras_object(layers.Dense(2))
    assert deserialize_keras_object(data, safe_mode=False).units == 2
    with pytest.raises(ValueError, match=r"never run.*safe_mode=False"):
        deserialize_keras_object({"class_name": "__lambda__", "config": {"value": "x"}}, safe_mode=False)


def test_what_cannot_be_data() -> None:
    with pytest.raises(ValueError, match="lambda"):
        serialize_keras_object(lambda x: x)
    with pytest.raises(TypeError, match="get_config"):
        serialize_keras_object(object())
    with pytest.raises(TypeError, match="plain data"):
        deserialize_keras_object(object())
    with pytest.raises(ValueError, match="get_config"):
        serialization.register_keras_serializable()(type("NoConfig", (), {}))
    with pytest.raises(TypeError, match="dictionary"):
        serialization.custom_object_scope([Mine])

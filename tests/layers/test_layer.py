"""The layer base: tracking, building, calling, names, losses and configuration."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from nncore import Variable, layers, metrics, models, naming, ops, random, serialization

X = np.ones((2, 3), "float32")


class Holder(layers.Layer):
    """Holds things in every kind of attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.first = layers.Dense(2)
        self.many = [layers.Dense(2), layers.Dense(2)]
        self.by_name = {"a": layers.Dense(2)}
        self.pair = (layers.Dense(2), layers.Dense(2))
        self.counter = Variable(0, dtype="int32", trainable=False, name="counter")
        self.seed = random.SeedGenerator(1)
        self.mean = metrics.Mean()

    def call(self, x: Any) -> Any:
        return self.first(x)


def test_attributes_are_tracked() -> None:
    layer = Holder()
    assert len(layer._layers) == 6
    assert [v.name for v in layer.weights] == ["counter"]
    assert len(layer.variables) == 2
    assert layer.metrics == [layer.mean]
    layer.many.append(layers.Dense(2))
    layer.by_name["b"] = layers.Dense(2)
    assert len(layer._layers) == 8


def test_replaced_attributes_are_forgotten() -> None:
    layer = Holder()
    old = layer.first
    layer.first = layers.Dense(5)
    assert not any(inner is old for inner in layer._layers)
    popped = layer.many.pop()
    assert not any(inner is popped for inner in layer._layers)
    del layer.by_name["a"]
    layer.kept = layer.many[0]
    layer.many.clear()
    assert any(inner is layer.kept for inner in layer._layers)
    del layer.kept
    assert len(layer._layers) == 3


def test_list_operations_are_tracked() -> None:
    layer = layers.Layer()
    layer.many = []
    layer.many += [layers.Dense(1), layers.Dense(2)]
    layer.many.insert(0, layers.Dense(3))
    layer.many[1:] = [layers.Dense(4)]
    layer.many[0] = layers.Dense(5)
    assert [inner.units for inner in layer.many] == [5, 4]
    assert sorted(inner.units for inner in layer._layers) == [4, 5]
    gone = layer.many[0]
    layer.many.remove(gone)
    del layer.many[0]
    assert layer._layers == []
    layer.named = {}
    layer.named.update(a=layers.Dense(1))
    layer.named.setdefault("b", layers.Dense(2))
    layer.named["a"] = layers.Dense(3)
    layer.named.pop("b")
    assert [inner.units for inner in layer._layers] == [3]
    layer.named.clear()
    assert layer._layers == []


def test_weights_in_init_and_build() -> None:
    class Scale(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

        def build(self, input_shape: Any) -> None:
            self.shift = self.add_weight("shift", shape=input_shape[1:], initializer="zeros", trainable=False)

        def call(self, x: Any) -> Any:
            return x * self.scale + self.shift

    layer = Scale()
    assert layer(X).tolist() == X.tolist()
    assert [w.path for w in layer.weights] == [f"{layer.name}/scale", f"{layer.name}/shift"]
    assert [w.name for w in layer.trainable_weights] == ["scale"]
    assert [w.name for w in layer.non_trainable_weights] == ["shift"]


def test_weight_options() -> None:
    layer = layers.Layer(name="options")
    ints = layer.add_weight((2,), dtype="int32", name="ints")
    assert (ints.dtype, ints.numpy().tolist()) == ("int32", [0, 0])
    array = layer.add_weight((2,), initializer=np.array([1.0, 2.0]), regularizer="l2", constraint="non_neg")
    assert array.numpy().tolist() == [1.0, 2.0]
    assert len(layer.losses) == 1
    assert array.constraint(np.array([-1.0])).tolist() == [0.0]


def test_build_of_several_arguments() -> None:
    class Two(layers.Layer):
        def build(self, query_shape: Any, value_shape: Any) -> None:
            self.given = (query_shape, value_shape)

        def call(self, query: Any, value: Any, scale: float = 1.0) -> Any:
            return (query + value) * scale

    layer = Two()
    assert layer(X, value=X, scale=3.0).tolist() == (6 * X).tolist()
    assert layer.given == ((2, 3), (2, 3))
    a = layers.Input((3,))
    assert Two()(a, a).shape == (None, 3)


def test_failed_build_leaves_nothing() -> None:
    class Fails(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.add_weight(input_shape[1:])
            if input_shape[-1] == 3:
                raise ValueError("three")

        def call(self, x: Any) -> Any:
            return x

    layer = Fails()
    with pytest.raises(ValueError, match="three"):
        layer(X)
    assert layer.weights == []
    assert not layer.built
    layer(np.ones((2, 4)))
    assert len(layer.weights) == 1


def test_super_build_is_one_build() -> None:
    class Base(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight(input_shape[1:])

        def call(self, x: Any) -> Any:
            return x

    class Derived(Base):
        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            assert not self.built
            self.v = self.add_weight(input_shape[1:])

    layer = Derived()
    layer.build((None, 3))
    assert layer.built
    assert len(layer.weights) == 2
    assert layer.get_build_config() == {"input_shape": (None, 3)}


class Flag(layers.Layer):
    """Gives back the training flag that it sees."""

    def call(self, x: Any, training: bool = False) -> Any:
        self.seen = training
        return x


class Around(layers.Layer):
    """A layer without a training argument around one that has it."""

    def __init__(self, forced: Any = None) -> None:
        super().__init__()
        self.inner = Flag()
        self.forced = forced

    def call(self, x: Any) -> Any:
        return self.inner(x) if self.forced is None else self.inner(x, training=self.forced)


@pytest.mark.parametrize(
    ("given", "forced", "seen"),
    [(None, None, False), (True, None, True), (False, None, False), (True, False, False), (None, True, True)],
)
def test_training_flag_reaches_inner_layers(given: Any, forced: Any, seen: bool) -> None:
    layer = Around(forced)
    layer(X, training=given)
    assert layer.inner.seen is seen


def test_training_given_by_position() -> None:
    layer = Flag()
    layer(X, True)
    assert layer.seen is True


def test_inputs_are_cast() -> None:
    layer = layers.Identity()
    assert layer(X.astype("float64")).dtype == "float32"
    assert layer(X.astype("int32")).dtype == "int32"
    assert layers.Identity(dtype="float64")(X).dtype == "float64"
    assert layers.Identity(autocast=False)(X.astype("float64")).dtype == "float64"
    assert layer([[1.0, 2.0]]).tolist() == [[1.0, 2.0]]


def test_losses_are_those_of_the_last_call() -> None:
    class Penalty(layers.Layer):
        def call(self, x: Any) -> Any:
            self.add_loss(ops.sum(x))
            return x

    inner = Penalty()
    model = models.Sequential([inner, layers.Dense(1, kernel_regularizer="l2")])
    model(X)
    model(2 * X)
    assert len(model.losses) == 2
    assert float(model.losses[0]) == 12.0
    entry = layers.Input((3,))
    models.Model(entry, inner(entry))
    assert len(inner.losses) <= 1  # nothing symbolic is left of shape inference


def test_automatic_names() -> None:
    naming.forget_names()
    assert [layers.Dense(1).name, layers.Dense(1).name, layers.LeakyReLU().name, layers.PReLU().name] == [
        "dense",
        "dense_1",
        "leaky_re_lu",
        "p_re_lu",
    ]


def test_automatic_config() -> None:
    class Plain(layers.Layer):
        def __init__(self, units: int, mode: str = "a", **kwargs: Any) -> None:
            super().__init__(**kwargs)

        def call(self, x: Any) -> Any:
            return x

    layer = Plain(3, mode="b", name="plain")
    config = layer.get_config()
    assert config == {"name": "plain", "trainable": True, "dtype": "float32", "units": 3, "mode": "b"}
    assert Plain.from_config(config).get_config() == config

    class Odd(layers.Layer):
        def __init__(self, thing: Any) -> None:
            super().__init__()

    with pytest.raises(TypeError, match=r"get_config.*thing"):
        Odd(object()).get_config()


def test_layers_in_config() -> None:
    @serialization.register_keras_serializable("tests")
    class Wraps(layers.Layer):
        def __init__(self, inner: Any, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.inner = inner

        def call(self, x: Any) -> Any:
            return self.inner(x)

    data = json.loads(json.dumps(layers.serialize(Wraps(layers.Dense(2, activation="relu")))))
    assert layers.deserialize(data).inner.units == 2


def test_frozen_layer() -> None:
    model = models.Sequential([layers.Dense(2, input_shape=(3,), name="low"), layers.Dense(1)])
    model.get_layer("low").trainable = False
    assert [v.shape for v in model.trainable_variables] == [(2, 1), (1,)]
    assert len(model.non_trainable_weights) == 2
    model.trainable = False
    assert model.trainable_variables == []
    assert all(not v.trainable for v in model.weights)
    model.trainable = True
    assert len(model.trainable_variables) == 4
    frozen = layers.Dense(1, trainable=False)
    frozen.build((None, 2))
    assert frozen.trainable_weights == []


def test_input_and_output_of_a_layer() -> None:
    entry = layers.Input((3,))
    layer = layers.Dense(2)
    with pytest.raises(AttributeError, match="never been called"):
        _ = layer.output
    out = layer(entry)
    assert layer.input is entry
    assert layer.output is out
    assert (layer.input_shape, layer.output_shape) == ((None, 3), (None, 2))


def test_copy_shares_nothing() -> None:
    layer = layers.Dense(2)
    layer(X)
    other = copy.deepcopy(layer)
    other.kernel.assign(np.zeros((3, 2)))
    assert layer.kernel.numpy().any()
    assert other._trainable_variables[0] is other.kernel


def test_repr() -> None:
    assert repr(layers.Dense(2, name="d")) == "<Dense name=d, built=False>"

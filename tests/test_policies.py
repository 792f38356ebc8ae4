"""Dtype policies, and the names that scripts ask `backend` and `mixed_precision` for."""

from __future__ import annotations

import numpy as np
import pytest

import nncore
from nncore import backend, config, dtype_policies, layers, mixed_precision


@pytest.fixture(autouse=True)
def restored():
    yield
    config.set_dtype_policy(None)
    config.set_floatx("float32")


# name: variable dtype. Half-precision computations are made in float32, which is at least as exact.
POLICIES = {"float32": "float32", "float64": "float64", "mixed_bfloat16": "float32", "mixed_float16": "float32"}


@pytest.mark.parametrize("name", POLICIES)
def test_policies(name):
    policy = nncore.DTypePolicy(name)
    assert (policy.name, policy.variable_dtype, policy.compute_dtype) == (name, POLICIES[name], POLICIES[name])
    # as Keras 3.15 writes it
    data = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": name}, "registered_name": None}
    assert dtype_policies.serialize(policy) == data
    assert dtype_policies.deserialize(data) == dtype_policies.get(data) == dtype_policies.get(name) == policy
    assert repr(policy) == f'<DTypePolicy "{name}">'
    config.set_dtype_policy(policy)
    made = nncore.Sequential([layers.Input((3,)), layers.Dense(2), layers.BatchNormalization()])
    for layer in made.layers:
        assert layer.dtype_policy == policy == config.dtype_policy()
        assert layer.get_config()["dtype"] == name
        assert {w.dtype for w in layer.weights} == {POLICIES[name]}
    assert made.predict(np.ones((2, 3)), verbose=0).dtype == POLICIES[name]
    made.compile("sgd", "mse")
    assert np.isfinite(made.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0).history["loss"][0])
    config.set_dtype_policy(None)
    again = nncore.Sequential.from_config(made.get_config())
    assert [layer.dtype_policy for layer in again.layers] == [policy] * 2
    assert layers.Dense.from_config({**layers.Dense(2).get_config(), "dtype": data}).dtype_policy == policy


def test_mixed_policies_give_the_numbers_of_float32():
    x = np.random.default_rng(0).random((8, 3)).astype("float32")
    found = []
    for name in ("float32", "mixed_bfloat16"):
        nncore.utils.set_random_seed(0)
        mixed_precision.set_global_policy(name)
        model = nncore.Sequential([layers.Dense(4, "tanh"), layers.Dense(1)])
        model.compile("adam", "mse")
        found.append(model.fit(x, x[:, :1], epochs=3, verbose=0).history["loss"])
    assert found[0] == found[1]


def test_without_a_global_policy_floatx_decides():
    assert config.dtype_policy().name == "float32"
    config.set_floatx("float64")
    assert layers.Dense(1).dtype == config.dtype_policy().name == dtype_policies.get(None).name == "float64"
    config.set_dtype_policy("float32")
    assert layers.Dense(1).dtype == nncore.DTypePolicy().name == "float32"


def test_a_layers_policy_may_be_set_before_it_has_weights():
    layer = layers.Dense(2)
    layer.dtype_policy = "float64"
    layer.build((None, 3))
    assert (layer.kernel.dtype, layer.compute_dtype) == ("float64", "float64")
    with pytest.raises(ValueError, match="has weights of dtype float64"):
        layer.dtype_policy = "float32"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("float16", ValueError, "use 'mixed_float16'"),
        ("bfloat16", ValueError, "use 'mixed_bfloat16'"),
        ("fp32", ValueError, "Cannot convert 'fp32'"),
        (3, TypeError, "name=3"),
    ],
)
def test_no_policies(name, error, message):
    with pytest.raises(error, match=message):
        nncore.DTypePolicy(name)
    with pytest.raises(ValueError, match=r"Cannot (convert|interpret)"):
        config.set_dtype_policy(name)
    with pytest.raises(ValueError, match="Layer 'dense"):
        layers.Dense(1, dtype=name)
    with pytest.raises(ValueError, match="Unknown policy 'QuantizedDTypePolicy'"):
        dtype_policies.deserialize({"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}})


def test_convert_input():
    policy = nncore.FloatDTypePolicy("float32")
    assert policy.convert_input(np.ones(2), True, "float32").dtype == np.float32
    assert policy.convert_input(np.ones(2), False, "float32").dtype == np.float64
    assert policy.convert_input(np.ones(2, "int32"), True, "float32").dtype == np.int32
    assert policy.convert_input(1.5, True, "float64").dtype == np.float64
    assert nncore.FloatDTypePolicy.from_config(policy.get_config()) == policy
    assert hash(policy) == hash(nncore.DTypePolicy("float32"))


MEETINGS = [  # dtypes, what operands of them meet in
    (("int32", "float32"), "float32"),
    (("int64", "float32"), "float32"),
    (("uint8", "int32"), "int32"),
    (("float32", "float64"), "float64"),
    (("float64", int), "float64"),
    (("int32", float), "float32"),
    (("bool", int), "int32"),
    ((int,), "int32"),
    ((), "float32"),
]


@pytest.mark.parametrize(("dtypes", "wanted"), MEETINGS)
def test_result_type(dtypes, wanted):
    assert backend.result_type(*dtypes) == wanted


def test_names_of_the_backend():
    assert backend.backend() == config.backend() == "nncore"
    config.set_backend("nncore")
    with pytest.raises(ValueError, match="backend='torch'"):
        config.set_backend("torch")
    assert backend.is_keras_tensor(nncore.Input((1,)))
    assert backend.standardize_dtype(float) == "float32"
    assert backend.is_int_dtype(np.int8)
    assert not backend.is_int_dtype(bool)
    assert backend.is_float_dtype(np.dtype("float16"))
    backend.clear_session()
    assert [backend.get_uid("a_1"), backend.get_uid("a_1"), backend.get_uid("a"), backend.get_uid()] == [1, 2, 1, 1]
    assert layers.Dense(1).name == "dense"
    assert nncore.version() == nncore.__version__
    assert nncore.Regularizer is nncore.regularizers.Regularizer
    with nncore.device("CPU:0"):
        pass
    with pytest.raises(ValueError, match="device_name='gpu'"):
        nncore.device("gpu")


def test_name_scopes_nest():
    with nncore.name_scope("a") as scope:
        with nncore.name_scope("b"):
            inner = nncore.Variable(1.0, name="v")
        with nncore.name_scope("c", override_parent=""):
            other = nncore.Variable(1.0, name="v")
        with nncore.name_scope("a", caller=scope), nncore.name_scope("a", caller=scope):
            same = nncore.Variable(1.0, name="v")
        layer = layers.Dense(1, name="d")
        layer.build((None, 1))
    assert [inner.path, other.path, same.path] == ["a/b/v", "c/v", "a/a/v"]
    assert layer.kernel.path == "a/d/kernel"
    with pytest.raises(ValueError, match="name='a/b'"):
        nncore.name_scope("a/b")

"""Several outputs: which loss, metric, target and weight goes where."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nncore
from nncore import layers, ops
from training.models import data

X, Y = data()
LABELS = np.arange(40) % 3
W = np.linspace(0, 1, 40)


def network(names=("a", "b"), **compile_args):
    nncore.utils.set_random_seed(0)
    inputs = layers.Input((3,))
    outputs = [layers.Dense(1, name=name)(inputs) for name in names]
    model = nncore.Model(inputs, outputs)
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compile_args})
    return model


def results(model, *args, **kwargs):
    return model.evaluate(*args, verbose=0, batch_size=40, return_dict=True, **kwargs)


def errors(model):
    return [np.mean((out - Y) ** 2, axis=1) for out in model.predict(X, verbose=0)]


def test_targets_by_list_tuple_and_name():
    model = network()
    wanted = results(model, X, [Y, 2 * Y])
    assert list(wanted) == ["loss", "a_loss", "b_loss"]
    assert wanted["loss"] == pytest.approx(wanted["a_loss"] + wanted["b_loss"], rel=1e-5)
    assert results(model, X, (Y, 2 * Y)) == wanted
    assert results(model, X, {"b": 2 * Y, "a": Y}) == wanted


def test_one_weight_array_serves_all_outputs():
    model = network()
    a, b = errors(model)
    found = results(model, X, [Y, Y], sample_weight=W)
    assert found["a_loss"] == pytest.approx(float(np.mean(a * W)), rel=1e-4)
    assert found["b_loss"] == pytest.approx(float(np.mean(b * W)), rel=1e-4)
    assert results(model, X, [Y, Y], sample_weight=W[:, None]) == pytest.approx(found)
    with pytest.raises(ValueError, match=r"one value per sample.*\(40, 3\)"):
        results(model, X, [Y, Y], sample_weight=np.ones((40, 3)))


def test_weights_by_output():
    model = network()
    a, b = errors(model)
    wanted = [float(np.mean(a * W)), float(np.mean(b))]
    listed = results(model, X, [Y, Y], sample_weight=[W, np.ones(40)])
    named = results(model, X, {"a": Y, "b": Y}, sample_weight={"a": W})
    for found in (listed, named):
        np.testing.assert_allclose([found["a_loss"], found["b_loss"]], wanted, rtol=1e-4)


@pytest.mark.parametrize("loss", [["mse", None], {"a": "mse", "b": None}], ids=["list", "dict"])
def test_an_output_may_go_without_a_loss(loss):
    model = network(loss=loss, metrics={"a": ["mae"]})
    expected = float(np.mean(errors(model)[0]))
    for y in ([Y], {"a": Y}, [Y, Y]):
        found = results(model, X, y)
        assert set(found) == {"loss", "a_mae"}
        assert found["loss"] == pytest.approx(expected, rel=1e-5)


def test_a_dict_of_losses_names_all_outputs_of_a_list():
    """Of a dict of outputs it may leave some out, as in Keras; weights name all losses."""
    for loss, weights, message in (
        ({"a": "mse"}, None, "`loss` must name every output"),
        ({"a": "mse", "b": "mse"}, {"a": 2.0}, "`loss_weights` must match the losses"),
    ):
        with pytest.raises(ValueError, match=message):
            results(network(loss=loss, loss_weights=weights), X, [Y, Y])
    x = layers.Input((3,))
    model = nncore.Model(x, {"a": layers.Dense(1, name="a")(x), "b": layers.Dense(1, name="b")(x)})
    for loss in ({"a": "mse"}, {"a": "mse", "b": None}):
        model.compile("sgd", loss)
        assert set(results(model, X, {"a": Y, "b": Y})) == {"loss"}


def test_a_loss_without_its_target_is_an_error():
    with pytest.raises(ValueError, match="Output 'b' has a loss but no target"):
        results(network(), X, {"a": Y})
    with pytest.raises(ValueError, match="Output 'b' has metrics but no target"):
        results(network(loss={"a": "mse", "b": None}, metrics={"b": ["mae"]}), X, {"a": Y})


def test_several_losses_for_several_outputs():
    model = network(loss=[["mse", "mae"], "mse"], loss_weights=[1.0, 2.0, 3.0])
    found = results(model, X, [Y, Y])
    assert set(found) == {"loss", "a_mse_loss", "a_mae_loss", "b_loss"}
    parts = [v for k, v in found.items() if k != "loss"]
    assert found["loss"] == pytest.approx(parts[0] + 2 * parts[1] + 3 * parts[2], rel=1e-5)


class Unnamed(nncore.Model):
    def __init__(self, structure):
        super().__init__()
        self.first, self.second = layers.Dense(1), layers.Dense(1)
        self.structure = structure

    def call(self, x):
        a, b = self.first(x), self.second(x)
        return {"list": [a, b], "dict": {"p": a, "q": b}, "deep": {"p": [a], "q": b}}[self.structure]


@pytest.mark.parametrize(
    ("structure", "y", "names"),
    [
        ("list", [Y, Y], ("output_1", "output_2")),
        ("dict", {"p": Y, "q": Y}, ("p", "q")),
        ("deep", {"p": [Y], "q": Y}, ("p/output_1", "q")),
    ],
)
def test_names_of_a_subclass_s_outputs(structure, y, names):
    model = Unnamed(structure)
    model.compile("sgd", "mse", metrics=None if structure == "deep" else [["mae"], ["mse"]])
    history = model.fit(X, y, verbose=0).history
    expected = {"loss", *(f"{name}_loss" for name in names)}
    if structure != "deep":
        expected |= {f"{names[0]}_mae", f"{names[1]}_mse"}
    assert set(history) == expected


def test_labels_of_the_right_output_are_checked():
    inputs = layers.Input((3,))
    wide = layers.Dense(5, activation="softmax", name="wide")(inputs)
    narrow = layers.Dense(3, activation="softmax", name="narrow")(inputs)
    model = nncore.Model(inputs, [wide, narrow])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, [LABELS + 2, LABELS], verbose=0)
    with pytest.raises(ValueError, match=r"3 classes.*largest label 4"):
        model.fit(X, {"wide": LABELS, "narrow": LABELS + 2}, verbose=0)


def test_the_same_metric_twice_gets_two_names():
    model = network(metrics=[["mae", "mae"], []], weighted_metrics=[["mae"], []])
    found = results(model, X, [Y, Y], sample_weight=W)
    assert {"a_mae", "a_mae_1", "a_weighted_mae"} <= set(found)
    assert found["a_mae"] == found["a_mae_1"] != found["a_weighted_mae"]


def test_class_weights_of_batches():
    def batches():
        for start in range(0, 40, 10):
            yield X[start : start + 10], LABELS[start : start + 10]

    def trained(*args, **kwargs):
        nncore.utils.set_random_seed(0)
        model = nncore.Sequential([layers.Input((3,)), layers.Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model.fit(*args, **kwargs, class_weight={0: 5.0, 1: 0.5}, verbose=0).history

    wanted = trained(X, LABELS, batch_size=10, shuffle=False)
    assert trained(batches()) == wanted
    with pytest.raises(ValueError, match="needs batches"):
        trained(iter([(X, LABELS, W)]))


def test_batch_logs_can_be_changed_and_kept_as_a_dict():
    from nncore.training.logs import LazyLogs

    def fresh():
        return LazyLogs(lambda: {"a": 1.0, "b": 2.0})

    logs = fresh()
    logs["c"] = 3.0
    del logs["a"]
    assert logs == {"b": 2.0, "c": 3.0}
    assert fresh() | {"c": 1} == {"a": 1.0, "b": 2.0, "c": 1}
    assert {"c": 1} | fresh() == {"c": 1, "a": 1.0, "b": 2.0}
    assert list(reversed(fresh())) == ["b", "a"]
    assert list(fresh().keys()) == ["a", "b"]
    assert list(fresh().values()) == [1.0, 2.0]
    assert fresh().pop("a") == 1.0
    assert fresh().setdefault("z", 4) == 4
    assert repr(fresh()) == "{'a': 1.0, 'b': 2.0}"
    assert json.dumps(fresh()) == '{"a": 1.0, "b": 2.0}'
    updated = fresh()
    updated.update(a=5.0)
    assert updated["a"] == 5.0
    import copy
    import pickle

    assert type(copy.copy(fresh())) is dict
    assert pickle.loads(pickle.dumps(fresh())) == {"a": 1.0, "b": 2.0}


def test_a_compiled_step_can_be_shown():
    model = network()
    model.fit(X, [Y, Y], verbose=0)
    step = next(iter(model._compile_state.steps._steps.values()))
    assert "matmul" in step.dump()
    assert "matmul" in step.dump("graph")
    model.run_eagerly = True
    model.fit(X, [Y, Y], verbose=0)
    eager = list(model._compile_state.steps._steps.values())[-1]
    assert "run_eagerly=True" in eager.dump()


def test_settings_can_be_read_back():
    model = network(steps_per_execution=4)
    assert model.steps_per_execution == 4
    assert model.jit_compile
    assert not model.run_eagerly
    with pytest.warns(UserWarning, match="jit_compile"):
        model.compile("sgd", "mse", jit_compile=True, run_eagerly=True)
    assert not model.jit_compile
    model.optimizer = "adam"
    assert isinstance(model.optimizer, nncore.optimizers.Adam)
    assert np.isfinite(model.fit(X, [Y, Y], verbose=0).history["loss"][0])
    assert [v.name for v in model.metrics_variables]
    assert ops.sum(model.metrics_variables[0]) > 0

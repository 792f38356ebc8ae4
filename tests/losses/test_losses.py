"""Every loss: values against Keras's, its other forms, traced and eager, gradients."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest

import nncore
from golden import object_cases as cases
from nncore import losses, ops

_PATH = pathlib.Path(__file__).parent.parent / "golden" / "objects_losses.json"
GOLDEN = json.loads(_PATH.read_text())
ROWS = [
    pytest.param(name, arguments, kind, shape, id=cases.case_id(name, arguments, kind, shape))
    for name, arguments, kinds in cases.LOSSES
    for kind, shape in kinds
]


def _expected(key: str) -> Any:
    stored = GOLDEN[key]
    return np.reshape(stored["values"], stored["shape"])


@pytest.mark.parametrize(("name", "arguments", "kind", "shape"), ROWS)
class TestEveryLoss:
    def test_value(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """All reductions and weights give Keras's values, or are refused as there."""
        y_true, y_pred, weights = cases.batch(kind, shape)
        for weight_name, weight in weights.items():
            for reduction in cases.REDUCTIONS:
                loss = getattr(losses, name)(reduction=reduction, **arguments)
                key = cases.case_id(name, arguments, kind, shape, weight_name, reduction)
                if "error" in GOLDEN[key]:
                    with pytest.raises(ValueError, match="sample_weight"):
                        loss(y_true, y_pred, sample_weight=weight)
                    continue
                got = loss(y_true, y_pred, sample_weight=weight)
                np.testing.assert_allclose(
                    got, _expected(key), rtol=2e-5, atol=2e-6, err_msg=f"{weight_name}/{reduction}"
                )
                assert str(got.dtype) == "float32"

    def test_function_form(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """The function gives the loss of each sample."""
        y_true, y_pred, _ = cases.batch(kind, shape)
        fn = getattr(losses, nncore.registry.to_snake_case(name))
        key = cases.case_id(name, arguments, kind, shape, "none", "none")
        got = fn(y_true, y_pred, **arguments)
        np.testing.assert_allclose(got, _expected(key), rtol=2e-5, atol=2e-6)

    def test_config(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """A loss made from its configuration, directly or serialized, is the same loss."""
        loss = getattr(losses, name)(reduction="sum", name="mine", **arguments)
        y_true, y_pred, _ = cases.batch(kind, shape)
        serialized = json.loads(json.dumps(losses.serialize(loss)))
        assert serialized["module"] == "keras.losses"
        for other in (
            type(loss).from_config(loss.get_config()),
            losses.deserialize(serialized),
            losses.get(serialized),
        ):
            assert (type(other), other.name, other.reduction) == (type(loss), "mine", "sum")
            assert other.get_config() == loss.get_config()
            assert other(y_true, y_pred) == loss(y_true, y_pred)

    def test_traced(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """A compiled program computes what the eager call does."""
        y_true, y_pred, weights = cases.batch(kind, shape)
        weight = weights["column"] if name != "CosineSimilarity" else None
        loss = getattr(losses, name)(reduction="sum_over_batch_size", **arguments)
        compiled = nncore.function(lambda t, p: loss(t, p, sample_weight=weight))
        expected = loss(y_true, y_pred, sample_weight=weight)
        np.testing.assert_allclose(compiled(y_true, y_pred), expected, rtol=1e-5, atol=1e-6)

    def test_gradient(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """The gradient agrees with differences of the float64 loss."""
        y_true, y_pred, _ = cases.batch(kind, shape)
        if y_true.dtype.kind == "f":
            y_true = y_true.astype("float64")
        y_pred = y_pred.astype("float64")
        loss = getattr(losses, name)(dtype="float64", **arguments)
        gradient = nncore.grad(lambda p: loss(y_true, p))(y_pred)
        direction = np.random.RandomState(1).randn(*y_pred.shape)
        step = 1e-6
        difference = (loss(y_true, y_pred + step * direction) - loss(y_true, y_pred - step * direction)) / (2 * step)
        np.testing.assert_allclose((gradient * direction).sum(), difference, rtol=1e-5, atol=1e-7)


def test_every_class_has_a_row() -> None:
    base = {"Loss", "LossFunctionWrapper"}
    assert {c.__name__ for c in losses.CLASSES} - base == {row[0] for row in cases.LOSSES}


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("mse", "mean_squared_error"),
        ("MSE", "mean_squared_error"),
        ("mae", "mean_absolute_error"),
        ("MAE", "mean_absolute_error"),
        ("mape", "mean_absolute_percentage_error"),
        ("msle", "mean_squared_logarithmic_error"),
        ("bce", "binary_crossentropy"),
        ("BCE", "binary_crossentropy"),
        ("kld", "kl_divergence"),
        ("KLD", "kl_divergence"),
    ],
)
def test_alias(alias: str, name: str) -> None:
    assert losses.get(alias) is losses.get(name) is getattr(losses, name)


def test_get_returns_instances_and_functions_unchanged() -> None:
    loss = losses.Huber()
    assert losses.get(loss) is loss
    assert losses.get(losses.huber) is losses.huber
    assert losses.get(None) is None
    assert isinstance(losses.get("Huber"), losses.Huber)
    assert isinstance(losses.get(losses.Huber), losses.Huber)


def test_serialize_of_a_function_is_its_name() -> None:
    config = losses.serialize(losses.mean_squared_error)
    assert config["config"] == "mean_squared_error"
    assert losses.deserialize(config) is losses.mean_squared_error


def test_own_loss_by_call_alone() -> None:
    class Cubic(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.mean(ops.abs(y_true - y_pred) ** 3, axis=-1)

    loss = Cubic(reduction="sum")
    assert loss.name.startswith("cubic")
    assert float(loss([[0.0, 1.0], [2.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]], [1.0, 0.5])) == 2.5
    again = losses.deserialize(losses.serialize(loss), custom_objects={"Cubic": Cubic})
    assert isinstance(again, Cubic)
    assert again.reduction == "sum"


def test_own_function_is_wrapped_under_its_name() -> None:
    def worst(y_true: Any, y_pred: Any) -> Any:
        return ops.max(ops.abs(y_true - y_pred), axis=-1)

    loss = losses.resolve(worst, np.zeros((2, 2)), np.zeros((2, 2)))
    assert loss is not None
    assert loss.name == "worst"
    assert float(loss([[0.0, 0.0], [0.0, 0.0]], [[1.0, -3.0], [0.0, 1.0]])) == 2.0
    config = losses.serialize(loss)
    again = losses.deserialize(
        {**config, "config": {**config["config"], "fn": worst}}  # a function itself is allowed
    )
    assert float(again([[0.0, 0.0]], [[1.0, -3.0]])) == 3.0


@pytest.mark.parametrize(
    ("true_shape", "pred_shape", "expected"),
    [
        ((8, 1), (8, 1), losses.binary_crossentropy),
        ((8,), (8, 1), losses.binary_crossentropy),
        ((8,), (8, 10), losses.sparse_categorical_crossentropy),
        ((8, 1), (8, 10), losses.sparse_categorical_crossentropy),
        ((8, 10), (8, 10), losses.categorical_crossentropy),
        ((8, 5), (8, 5, 10), losses.sparse_categorical_crossentropy),
    ],
)
@pytest.mark.parametrize("identifier", ["crossentropy", "ce"])
def test_crossentropy_by_shape(true_shape: Any, pred_shape: Any, expected: Any, identifier: str) -> None:
    loss: Any = losses.resolve(identifier, np.zeros(true_shape), np.zeros(pred_shape))
    assert loss.fn is expected
    assert loss.name == identifier


def test_logits_stay_finite_where_probabilities_underflow() -> None:
    logits = np.array([[1000.0, 0.0], [0.0, 1000.0]], "float32")
    labels = np.array([1, 1])
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    assert loss(labels, logits).tolist() == [1000.0, 0.0]
    gradient = nncore.grad(lambda z: ops.sum(loss(labels, z)))(logits)
    assert gradient.tolist() == [[1.0, -1.0], [0.0, 0.0]]
    binary = losses.BinaryCrossentropy(from_logits=True, reduction="none")
    assert binary([[1.0], [0.0]], [[-500.0], [-500.0]]).tolist() == [500.0, 0.0]


@pytest.mark.parametrize(
    ("loss", "y_true", "last", "expected"),
    [
        (losses.SparseCategoricalCrossentropy(), [1], ops.softmax, [[1.0, -1.0]]),
        (losses.CategoricalCrossentropy(), [[0.0, 1.0]], ops.softmax, [[1.0, -1.0]]),
        (losses.BinaryCrossentropy(), [[0.0, 1.0]], ops.sigmoid, [[0.5, -0.5]]),
    ],
)
def test_a_traced_loss_sees_through_the_last_activation(loss: Any, y_true: Any, last: Any, expected: Any) -> None:
    logits = np.array([[200.0, -200.0]], "float32")
    compiled = nncore.function(nncore.grad(lambda z: loss(np.array(y_true), last(z))))
    np.testing.assert_allclose(compiled(logits), expected)


def test_all_samples_ignored_give_zero() -> None:
    loss = losses.SparseCategoricalCrossentropy(ignore_class=0)
    assert float(loss([0, 0], [[0.5, 0.5], [0.1, 0.9]])) == 0.0


def test_empty_batch() -> None:
    empty = np.zeros((0, 3), "float32")
    assert losses.MeanSquaredError()(empty, empty).shape == (0,)


def test_float64() -> None:
    loss = losses.MeanSquaredError(dtype="float64")
    value = loss(np.array([[0.1]]), np.array([[0.3]]))
    assert str(value.dtype) == "float64"
    np.testing.assert_allclose(value, 0.04, rtol=1e-12)


def test_structures_reach_an_own_loss() -> None:
    class Pair(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.abs(y_true["a"] - y_pred[0]) + ops.abs(y_true["b"] - y_pred[1])

    value = Pair()({"a": np.zeros(2), "b": np.ones(2)}, [np.ones(2), np.ones(2)])
    assert float(value) == 1.0


BAD = [
    (lambda: losses.MeanSquaredError(reduction="avg"), "Received: reduction='avg'"),
    (lambda: losses.MeanSquaredError(reduction="meen"), "Did you mean 'mean'"),
    (lambda: losses.get("mean_square_error"), "Did you mean 'mean_squared_error'"),
    (lambda: losses.get("categorical_crosentropy"), "'categorical_crossentropy'"),
    (lambda: losses.get("zzzzzz"), "Could not interpret loss identifier: 'zzzzzz'. Expected one"),
    (lambda: losses.get(3), "Could not interpret loss identifier"),
    (lambda: losses.deserialize({"name": "x"}), "class_name"),
    (lambda: losses.deserialize({"class_name": "Hubber", "config": {}}), "Did you mean 'Huber'"),
    (lambda: losses.BinaryCrossentropy(label_smoothing=1.5), "label_smoothing=1.5"),
    (lambda: losses.CategoricalCrossentropy(label_smoothing=-0.1), "label_smoothing=-0.1"),
    (
        lambda: losses.CategoricalCrossentropy()(np.zeros((4,)), np.zeros((4, 3))),
        r"y_true.shape=\(4,\), y_pred.shape=\(4, 3\).*sparse_categorical_crossentropy",
    ),
    (
        lambda: losses.SparseCategoricalCrossentropy()(np.zeros((4, 3)), np.zeros((4, 3))),
        r"y_true.shape=\(4, 3\).*categorical_crossentropy",
    ),
    (
        lambda: losses.MeanSquaredError()(np.zeros((4, 3)), np.zeros((4, 2))),
        r"y_true.shape=\(4, 3\)",
    ),
    (
        lambda: losses.MeanSquaredError()(np.zeros((4, 2)), np.zeros((4, 2)), np.ones(3)),
        r"sample_weight.shape=\(3,\).*one weight per sample",
    ),
    (lambda: losses.binary_crossentropy([[1.0]], [[0.5]], axis=True), "axis=True"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_loss_without_call_says_so() -> None:
    with pytest.raises(TypeError, match="has no `call`"):
        losses.Loss()([1.0], [1.0])


def test_categorical_crossentropy_of_one_class_warns() -> None:
    with pytest.warns(SyntaxWarning, match="Consider using 'binary_crossentropy'"):
        losses.categorical_crossentropy([[1.0]], [[0.5]])


def test_circle_tells_large_class_numbers_apart_and_trains() -> None:
    x = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
    labels = 2**30 + np.arange(12) % 3
    near = np.array(losses.Circle()(labels, x / np.linalg.norm(x, axis=1, keepdims=True)))
    assert near > 1  # as one class all pairs would pull, and nothing would push
    model = nncore.Sequential([nncore.layers.Dense(8), nncore.layers.UnitNormalization()])
    model.compile("adam", losses.Circle(gamma=4.0))
    history = model.fit(x, labels, epochs=30, batch_size=12, verbose=0).history["loss"]
    assert history[-1] < history[0]

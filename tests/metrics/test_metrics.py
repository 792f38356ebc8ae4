"""Every metric: values against Keras's over several batches, its other forms, traced and eager."""

from __future__ import annotations

import inspect
import json
import pathlib
from typing import Any

import numpy as np
import pytest

import nncore
from golden import object_cases as cases
from nncore import losses, metrics, ops

_PATH = pathlib.Path(__file__).parent.parent / "golden" / "objects_metrics.json"
GOLDEN = json.loads(_PATH.read_text())
ROWS = [
    pytest.param(name, arguments, kind, shape, id=cases.case_id(name, arguments, kind, shape))
    for name, arguments, kinds in cases.METRICS
    for kind, shape in kinds
]


def _compare(got: Any, stored: Any, message: str = "") -> None:
    expected = np.reshape(stored["values"], stored["shape"])
    np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-6, err_msg=message)


def _batches(kind: str, shape: str) -> list[Any]:
    return [cases.batch(kind, shape, seed, size) for seed, size in cases.METRIC_BATCHES]


@pytest.mark.parametrize(("name", "arguments", "kind", "shape"), ROWS)
class TestEveryMetric:
    def test_value(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """Results after each batch are Keras's, for all weights; a reset begins afresh."""
        for weight_name in cases.batch(kind, shape)[2]:
            metric = getattr(metrics, name)(**arguments)
            stored = GOLDEN[cases.case_id(name, arguments, kind, shape, weight_name)]
            if "error" in stored:
                y_true, y_pred, weights = cases.batch(kind, shape)
                with pytest.raises(ValueError, match="sample_weight"):
                    metric.update_state(y_true, y_pred, sample_weight=weights[weight_name])
                continue
            for _ in range(2):
                for (y_true, y_pred, weights), expected in zip(_batches(kind, shape), stored, strict=True):
                    metric.update_state(y_true, y_pred, sample_weight=weights[weight_name])
                    _compare(metric.result(), expected, weight_name)
                metric.reset_state()

    def test_traced(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """A compiled update changes the variables as the eager one does."""
        eager, traced = (getattr(metrics, name)(**arguments) for _ in range(2))

        def step(t: Any, p: Any, w: Any) -> Any:
            traced.update_state(t, p, sample_weight=w)
            return traced.result()

        compiled = nncore.function(step)
        for y_true, y_pred, weights in _batches(kind, shape)[:2]:
            traced.build(y_true.shape, y_pred.shape)
            weight = weights["column" if shape == "3d" else "sample"]
            eager.update_state(y_true, y_pred, sample_weight=weight)
            got = compiled(y_true, y_pred, weight)
            np.testing.assert_allclose(got, eager.result(), rtol=1e-5, atol=1e-6)
        for a, b in zip(traced.variables, eager.variables, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)

    def test_config(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """A metric made from its configuration, directly or serialized, is the same metric."""
        metric = getattr(metrics, name)(name="mine", **arguments)
        serialized = json.loads(json.dumps(metrics.serialize(metric)))
        assert serialized["module"] == "keras.metrics"
        y_true, y_pred, _ = cases.batch(kind, shape)
        expected = metric(y_true, y_pred)
        for other in (
            type(metric).from_config(metric.get_config()),
            metrics.deserialize(serialized),
            metrics.get(serialized),
        ):
            assert (type(other), other.name) == (type(metric), "mine")
            assert other.get_config() == metric.get_config()
            np.testing.assert_array_equal(other(y_true, y_pred), expected)

    def test_float64(self, name: str, arguments: Any, kind: str, shape: str) -> None:
        """dtype decides the dtype of the state and the result."""
        metric = getattr(metrics, name)(dtype="float64", **arguments)
        y_true, y_pred, _ = cases.batch(kind, shape)
        assert str(np.asarray(metric(y_true, y_pred)).dtype) == "float64"
        assert {v.dtype for v in metric.variables} == {"float64"}


def test_every_class_has_a_row() -> None:
    base = {"Metric", "Mean", "Sum", "MeanMetricWrapper"}
    assert {name for name in metrics.__all__ if name[0].isupper()} - base == {row[0] for row in cases.METRICS}


def test_mean_and_sum_with_weights() -> None:
    mean, total = metrics.Mean(), metrics.Sum()
    for metric in (mean, total):
        metric.update_state([1.0, 3.0], sample_weight=[1.0, 0.5])
        metric.update_state([[2.0, 4.0]], sample_weight=[2.0])
        metric.update_state(5.0)
    # Weights 1, 0.5, 2 and 1: Mean takes the second batch's row as its mean, Sum as its sum.
    np.testing.assert_allclose(mean.result(), (1 + 1.5 + 6 + 5) / 4.5)
    np.testing.assert_allclose(total.result(), 1 + 1.5 + 12 + 5)


def test_result_does_not_alias_the_state() -> None:
    total = metrics.Sum()
    total.update_state([1.0])
    first = total.result()
    total.update_state([1.0])
    assert float(first) == 1.0


def test_mean_before_the_first_value_is_zero() -> None:
    assert float(metrics.Mean().result()) == 0.0
    assert float(metrics.AUC(multi_label=True).result()) == 0.0


@pytest.mark.parametrize("identifier", ["accuracy", "acc", "Accuracy"])
@pytest.mark.parametrize(
    ("true_shape", "pred_shape", "expected"),
    [
        ((8, 1), (8, 1), metrics.BinaryAccuracy),
        ((8,), (8, 1), metrics.BinaryAccuracy),
        ((8,), (8, 10), metrics.SparseCategoricalAccuracy),
        ((8, 1), (8, 10), metrics.SparseCategoricalAccuracy),
        ((8, 10), (8, 10), metrics.CategoricalAccuracy),
        ((8, 5), (8, 5, 10), metrics.SparseCategoricalAccuracy),
    ],
)
def test_accuracy_by_shape(identifier: str, true_shape: Any, pred_shape: Any, expected: Any) -> None:
    metric = metrics.resolve(identifier, np.zeros(true_shape), np.zeros(pred_shape))
    assert type(metric) is expected
    assert metric.name == identifier


def test_crossentropy_takes_over_the_logits_of_the_loss() -> None:
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    metric: Any = metrics.resolve("crossentropy", np.zeros((8,)), np.zeros((8, 3)), loss)
    assert isinstance(metric, metrics.SparseCategoricalCrossentropy)
    assert metric.from_logits
    assert metric.name == "crossentropy"


def test_names_of_resolved_metrics() -> None:
    y = np.zeros((8, 3))

    def my_metric(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)

    for identifier, name in [
        ("mse", "mse"),
        ("MAE", "MAE"),
        ("AUC", "AUC"),
        (my_metric, "my_metric"),
        (metrics.Precision(name="p"), "p"),
        (losses.mean_squared_error, "mean_squared_error"),
        (losses.Huber(name="h"), "h"),
    ]:
        metric = metrics.resolve(identifier, y, y)
        assert isinstance(metric, metrics.Metric)
        assert metric.name == name


def test_multi_label_auc_is_built_when_resolved() -> None:
    metric = metrics.resolve(metrics.AUC(multi_label=True), np.zeros((8, 4)), np.zeros((8, 4)))
    assert [tuple(v.shape) for v in metric.variables] == [(200, 4)] * 4


def test_snake_case_names_make_metrics() -> None:
    for cls in [getattr(metrics, row[0]) for row in cases.METRICS]:
        parameters = list(inspect.signature(cls).parameters.values())
        if any(p.default is p.empty for p in parameters):
            continue
        assert type(metrics.get(nncore.registry.to_snake_case(cls.__name__))) is cls
        assert type(metrics.get(cls.__name__)) is cls


def test_f_score_of_all_classes_together() -> None:
    """Micro: 3 right, 1 wrong and 2 missed decisions, worked out by hand; weights count double."""
    y_true = [[1, 0, 1], [0, 1, 1], [1, 0, 0]]
    y_pred = [[0.9, 0.2, 0.1], [0.1, 0.8, 0.9], [0.3, 0.6, 0.1]]
    micro = metrics.FBetaScore(average="micro", beta=2.0, threshold=0.5)
    np.testing.assert_allclose(micro(y_true, y_pred), 5 * 3 / (5 * 3 + 4 * 2 + 1), rtol=1e-5)
    f1 = metrics.F1Score(average="micro", threshold=0.5)
    np.testing.assert_allclose(f1(y_true, y_pred, [1.0, 2.0, 1.0]), 2 * 5 / (2 * 5 + 2 + 1), rtol=1e-5)


def test_counts_for_iou_are_exact_beyond_single_precision() -> None:
    """A float32 count of pixels stops growing at 2 ** 24."""
    metric = metrics.MeanIoU(num_classes=2)
    metric.update_state([0], [0], sample_weight=2.0**24)
    for _ in range(3):
        metric.update_state([0], [0])
    assert metric.total_cm.numpy()[0, 0] == 2**24 + 3


def test_own_metric_with_a_dictionary_of_results() -> None:
    class Extremes(metrics.Metric):
        def __init__(self, name: str = "extremes") -> None:
            super().__init__(name=name)
            self.largest = self.add_variable(shape=(), initializer="zeros", name="largest")
            self.inner = metrics.Mean()

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.largest.assign(ops.maximum(self.largest, ops.max(y_pred)))
            self.inner.update_state(y_pred)

        def result(self) -> Any:
            return {"largest": self.largest.value, "mean": self.inner.result()}

    metric = Extremes()
    metric.update_state([0.0], [3.0])
    assert [v.name for v in metric.variables] == ["largest", "total", "count"]
    assert {k: float(v) for k, v in metric.result().items()} == {"largest": 3.0, "mean": 3.0}
    metric.reset_state()
    assert all(float(v.numpy()) == 0.0 for v in metric.variables)


def test_wrapped_function_round_trip() -> None:
    metric = metrics.MeanMetricWrapper(losses.huber, name="h", delta=2.0)
    again = metrics.deserialize(json.loads(json.dumps(metrics.serialize(metric))))
    pair = [[0.0, 0.0]], [[1.0, 3.0]]
    assert float(again(*pair)) == float(metric(*pair)) == 2.25


def test_automatic_names_are_counted() -> None:
    first, second = metrics.Precision(), metrics.Precision()
    assert first.name.startswith("precision")
    assert first.name != second.name
    assert metrics.BinaryAccuracy().name == "binary_accuracy"


def test_forgotten_super_is_told() -> None:
    class Forgetful(metrics.Metric):
        def __init__(self) -> None:
            self.inner = metrics.Mean()

    with pytest.raises(RuntimeError, match=r"call `super\(\).__init__\(\)`"):
        Forgetful()


BAD = [
    (lambda: metrics.Precision(thresholds=1.5), "thresholds=1.5"),
    (lambda: metrics.Recall(thresholds=[0.5, -1]), r"Threshold values must be in \[0, 1\]"),
    (lambda: metrics.AUC(num_thresholds=1), "num_thresholds=1"),
    (lambda: metrics.AUC(curve="ROCK"), "curve='ROCK'"),
    (lambda: metrics.AUC(summation_method="simpson"), "summation_method='simpson'"),
    (lambda: metrics.AUC(num_labels=3), "`num_labels` is needed only when"),
    (lambda: metrics.AUC(thresholds=[0.5, 2]), "thresholds="),
    (lambda: metrics.AUC(multi_label=True)([1, 0], [0.5, 0.5]), "rank 2"),
    (
        lambda: metrics.AUC(multi_label=True, label_weights=[1.0])([[1, 0]], [[0.5, 0.5]]),
        "one weight per label",
    ),
    (lambda: metrics.SensitivityAtSpecificity(1.5), "specificity=1.5"),
    (lambda: metrics.PrecisionAtRecall(0.5, num_thresholds=0), "num_thresholds=0"),
    (lambda: metrics.Precision(class_id=3)([[1, 0]], [[0.5, 0.5]]), "class_id=3"),
    (lambda: metrics.Precision(class_id=0)([1, 0], [0.5, 0.5]), "class_id=0"),
    (lambda: metrics.Precision(top_k=3)([[1, 0]], [[0.5, 0.5]]), "top_k=3"),
    (lambda: metrics.Precision()([1, 0, 1], [0.5, 0.5]), r"y_true.shape=\(3,\)"),
    (lambda: metrics.Mean()([1.0, 2.0], sample_weight=[1.0, 2.0, 3.0]), "sample_weight.shape"),
    (lambda: metrics.FBetaScore(average="mean"), "average='mean'"),
    (lambda: metrics.FBetaScore(beta=0.0), "beta=0.0"),
    (lambda: metrics.F1Score(threshold=1.5), "threshold=1.5"),
    (lambda: metrics.F1Score()([1, 0], [0.5, 0.5]), r"y_true.shape=\(2,\)"),
    (lambda: metrics.F1Score()([[1, 0]], [[0.5, 0.5]], [[1.0]]), r"sample_weight.shape=\(1, 1\)"),
    (lambda: metrics.R2Score(num_regressors=-1), "num_regressors=-1"),
    (lambda: metrics.R2Score(class_aggregation="sum"), "class_aggregation='sum'"),
    (lambda: metrics.R2Score()([1.0, 0.0], [0.5, 0.5]), r"y_pred.shape=\(2,\)"),
    (lambda: metrics.IoU(2, [2]), r"target_class_ids=\[2\]"),
    (lambda: metrics.MeanIoU(2)([0, 1], [0, 1], [1.0, 1.0, 1.0]), r"sample_weight.shape=\(3,\)"),
    (lambda: metrics.get("acuracy"), "'accuracy'"),
    (lambda: metrics.get(7), "Could not interpret metric identifier"),
    (lambda: metrics.resolve(None, np.zeros(2), np.zeros(2)), "Expected a metric"),
    (lambda: metrics.deserialize({"class_name": "AUK", "config": {}}), "Did you mean 'AUC'"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_metric_without_its_methods_says_so() -> None:
    with pytest.raises(TypeError, match="has no `update_state`"):
        metrics.Metric().update_state([1.0], [1.0])
    with pytest.raises(TypeError, match="has no `result`"):
        metrics.Metric().result()

"""The methods around `fit`, and what they return."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import nncore
from in_threads import in_threads
from nncore import layers, ops
from training.models import data, linear, softmax

X, Y = data()
LABELS = np.arange(40) % 3


def test_evaluate_returns_a_number_a_list_or_a_dict():
    model = linear()
    assert isinstance(model.evaluate(X, Y, verbose=0), float)
    model.compile(loss="mse", metrics=["mae"])
    listed = model.evaluate(X, Y, verbose=0)
    named = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert list(named) == ["loss", "mae"] == model.metrics_names
    assert listed == [named["loss"], named["mae"]]
    errors = model.predict(X, verbose=0) - Y
    assert named["loss"] == pytest.approx(float(np.mean(errors**2)), rel=1e-5)
    assert named["mae"] == pytest.approx(float(np.mean(np.abs(errors))), rel=1e-5)


def test_evaluate_changes_no_weights():
    model = softmax(metrics=["accuracy"])
    before = model.get_weights()
    model.evaluate(X, LABELS, verbose=0, sample_weight=np.arange(40))
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_single_batches():
    model = linear(metrics=["mae"])
    whole = linear(metrics=["mae"])
    first = whole.fit(X, Y, batch_size=40, verbose=0, epochs=1).history
    found = model.train_on_batch(X, Y, return_dict=True)
    assert found == {name: pytest.approx(v[0], rel=1e-5) for name, v in first.items()}
    np.testing.assert_allclose(model.get_weights()[0], whole.get_weights()[0], rtol=1e-6)
    model.reset_metrics()
    tested = model.test_on_batch(X, Y)
    assert tested == pytest.approx(whole.evaluate(X, Y, verbose=0), rel=1e-5)
    np.testing.assert_array_equal(model.predict_on_batch(X), model.predict(X, batch_size=40, verbose=0))
    assert isinstance(linear().train_on_batch(X, Y), float)


def test_single_batches_answer_for_themselves():
    model = linear(metrics=["mae"])
    model.fit(X, Y, verbose=0)
    for run in (model.test_on_batch, model.train_on_batch):
        run(X[:20], Y[:20])
        half = model.evaluate(X[20:], Y[20:], verbose=0)
        model.test_on_batch(X[:20], Y[:20])
        assert run(X[20:], Y[20:]) == pytest.approx(half, rel=1e-5)


def test_single_batches_with_weights():
    model = softmax()
    weighted = model.test_on_batch(X, LABELS, sample_weight=(LABELS == 1).astype(float))
    model.reset_metrics()
    ones = LABELS == 1
    plain = model.test_on_batch(X[ones], LABELS[ones])
    assert weighted * 40 == pytest.approx(plain * ones.sum(), rel=1e-5)
    model.reset_metrics()
    by_class = model.train_on_batch(X, LABELS, class_weight={0: 0.0, 2: 0.0})
    assert by_class == pytest.approx(weighted, rel=1e-5)


def test_outputs_come_nested_as_the_model_gives_them():
    inputs = layers.Input((3,))
    a, b = layers.Dense(2)(inputs), layers.Dense(1)(inputs)
    listed = nncore.Model(inputs, [a, b])
    first, second = listed.predict(X, batch_size=16, verbose=0)
    assert (first.shape, second.shape) == ((40, 2), (40, 1))
    named = nncore.Model(inputs, {"two": a, "one": b}).predict(X, verbose=0)
    np.testing.assert_array_equal(named["one"], second)


def test_losses_can_come_from_the_model_itself():
    inputs = layers.Input((3,))
    outputs = layers.Dense(1, activity_regularizer="l2")(inputs)
    model = nncore.Model(inputs, outputs)
    model.compile(nncore.optimizers.SGD(0.5))
    losses = model.fit(X, epochs=3, verbose=0).history["loss"]
    assert losses[2] < losses[0]


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_penalties_of_outputs_are_means_over_the_batch(run_eagerly):
    model = nncore.Sequential([layers.Input((3,)), layers.ActivityRegularization(l1=0.5)])
    model.compile("sgd", "mse", run_eagerly=run_eagerly)
    found = model.evaluate(X, X, batch_size=16, verbose=0)
    assert found == pytest.approx(float(np.mean(np.sum(0.5 * np.abs(X), axis=1))), rel=1e-5)
    model(X[:8])
    assert float(model.losses[0]) == pytest.approx(float(np.sum(0.5 * np.abs(X[:8])) / 8), rel=1e-5)


def test_training_stops_when_asked_and_can_go_on():
    class Stop(nncore.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    model = linear()
    history = model.fit(X, Y, batch_size=8, epochs=5, verbose=0, callbacks=[Stop()])
    assert history.epoch == [0]
    assert int(model.optimizer.iterations.numpy()) == 2
    assert model.fit(X, Y, epochs=2, verbose=0).epoch == [0, 1]


def test_frozen_layers_stay_put_without_a_new_compile():
    model = nncore.Sequential([layers.Input((3,)), layers.Dense(2), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = False
    frozen = model.layers[0].get_weights()
    others = model.layers[1].get_weights()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], frozen[0])
    assert (model.layers[1].get_weights()[0] != others[0]).any()


def test_the_learning_rate_can_be_set_between_runs_without_tracing_again():
    model = linear()
    model.fit(X, Y, verbose=0)
    steps = model._compile_state.steps
    count = len(steps._steps)
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert len(steps._steps) == count


def test_dropout_drops_in_fit_only():
    class Net(nncore.Model):
        def __init__(self):
            super().__init__()
            self.drop = layers.Dropout(0.5)

        def call(self, x):
            return self.drop(x)

    for model in (nncore.Sequential([layers.Input((3,)), layers.Dropout(0.5)]), Net()):
        model.compile("sgd", "mse")
        ones = np.ones((40, 3))
        with pytest.warns(UserWarning, match="trainable weights"):
            trained = model.train_on_batch(ones, ones)
        assert trained > 0.1
        assert model.evaluate(ones, ones, verbose=0) == 0
        np.testing.assert_array_equal(model.predict(ones, verbose=0), ones)


def test_two_optimizer_steps_count():
    model = linear()
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    assert int(model.optimizer.iterations.numpy()) == 6


def test_many_threads_predict_at_once():
    model = nncore.Sequential([layers.Input((3,)), layers.Dense(16, activation="tanh"), layers.Dense(2)])
    wanted = model.predict(X, batch_size=7, verbose=0)
    found = [None] * 8

    def work(i):
        found[i] = [model.predict(X, batch_size=7, verbose=0) for _ in range(5)]

    in_threads(8, work)
    for results in found:
        for result in results:
            np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_train_on_their_own(duplicate):
    model = linear()
    model.fit(X, Y, verbose=0)
    other = duplicate(model)
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    kept = model.get_weights()
    other.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], kept[0])
    assert (other.get_weights()[0] != kept[0]).any()


def test_the_crossentropy_shortcut_and_a_function_metric():
    def always_two(y_true, y_pred):
        return 2.0 * ops.ones_like(y_pred[:, 0])

    model = softmax(loss="crossentropy", metrics=["ce", always_two])
    model.compile("sgd", "crossentropy", metrics=["crossentropy", always_two])
    named = model.evaluate(X, LABELS, verbose=0, return_dict=True)
    assert named["crossentropy"] == pytest.approx(named["loss"], rel=1e-5)
    assert named["always_two"] == pytest.approx(2.0)


def test_several_losses_of_one_output_add_up():
    single = [linear(loss=name).evaluate(X, Y, verbose=0) for name in ("mse", "mae")]
    model = linear(loss=["mse", "mae"], loss_weights=[1.0, 0.5])
    named = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert named["loss"] == pytest.approx(single[0] + 0.5 * single[1], rel=1e-5)


@pytest.mark.parametrize("loss", ["mse", nncore.losses.Huber(0.5), ["mse"]], ids=["name", "object", "list"])
def test_a_compile_config_makes_the_same_compile_again(loss):
    import json

    model = linear(
        optimizer=nncore.optimizers.SGD(0.02, momentum=0.9),
        loss=loss,
        metrics=["mae", nncore.metrics.RootMeanSquaredError(name="r")],
    )
    config = json.loads(json.dumps(model.get_compile_config()))
    other = linear()
    other.compile_from_config(config)
    first = model.fit(X, Y, epochs=2, shuffle=False, verbose=0).history
    assert other.fit(X, Y, epochs=2, shuffle=False, verbose=0).history == first
    assert nncore.Sequential([layers.Dense(1)]).get_compile_config() == {}

"""Calls without side effects: they give what the ones with state give, and leave everything as it was."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import nncore
from nncore import layers, metrics, optimizers

X = np.random.default_rng(0).random((8, 3)).astype("float32")


def net():
    model = nncore.Sequential(
        [layers.Input((3,)), layers.Dense(4, "tanh"), layers.BatchNormalization(), layers.Dense(1)]
    )
    nncore.utils.set_random_seed(1)
    model.set_weights([np.random.random(w.shape).astype(w.dtype) for w in model.weights])  # noqa: NPY002
    return model


def values(variables):
    return [variable.numpy() for variable in variables]


@pytest.mark.parametrize("training", [False, True])
def test_a_stateless_call_is_a_call(training):
    model = net()
    before, still = values(model.variables), values(model.non_trainable_variables)
    trainable = [2 * v for v in values(model.trainable_variables)]
    outputs, after = model.stateless_call(trainable, values(model.non_trainable_variables), X, training=training)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    for variable, value in zip(model.trainable_variables, trainable, strict=True):
        variable.assign(value)
    assert any((a != b).any() for a, b in zip(after, still, strict=True)) == training
    np.testing.assert_array_equal(model(X, training=training), outputs)
    for variable, value in zip(model.non_trainable_variables, after, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_losses_come_along():
    layer = layers.Dense(1, kernel_regularizer="l2", use_bias=False)
    layer.build((None, 3))
    _, _, losses = layer.stateless_call([np.full((3, 1), 2.0)], [], X, return_losses=True)
    assert [float(loss) for loss in losses] == pytest.approx([0.01 * 12])


def test_a_training_loop_without_state_is_fit():
    """The loop that is written for JAX: gradients of a function of weights, then an update of lists."""
    model, twin = net(), net()
    y = X.sum(1, keepdims=True)
    twin.compile(optimizers.Adam(0.01), "mse")
    twin.fit(X, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    optimizer = optimizers.Adam(0.01)
    optimizer.build(model.trainable_variables)

    def loss(trainable, others):
        outputs, others = model.stateless_call(trainable, others, X, training=True)
        return nncore.ops.mean((outputs - y) ** 2), others

    gradient = nncore.value_and_grad(loss, has_aux=True)
    state = [values(v) for v in (model.trainable_variables, model.non_trainable_variables, optimizer.variables)]
    before = [values(v) for v in (model.variables, optimizer.variables)]
    for _ in range(3):
        (_, state[1]), grads = gradient(state[0], state[1])
        state[0], state[2] = optimizer.stateless_apply(state[2], grads, state[0])
    for old, new in zip(before, [values(v) for v in (model.variables, optimizer.variables)], strict=True):
        assert all((a == b).all() for a, b in zip(old, new, strict=True)), "the loop changed variables"
    for found, wanted in zip(state[0], twin.trainable_variables, strict=True):
        np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-5)
    for found, wanted in zip(state[1], twin.non_trainable_variables, strict=True):
        np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-5)
    assert int(state[2][0]) == 3


@pytest.mark.parametrize("make", [metrics.MeanSquaredError, metrics.AUC, metrics.Recall])
def test_metrics(make):
    metric, twin = make(), make()
    y_true, y_pred = np.array([0.0, 1, 1, 0]), np.array([0.1, 0.8, 0.3, 0.4])
    state = metric.stateless_reset_state()
    for _ in range(2):
        state = metric.stateless_update_state(state, y_true, y_pred)
        twin.update_state(y_true, y_pred)
    assert float(metric.stateless_result(state)) == float(twin.result())
    assert all((v.numpy() == 0).all() for v in metric.variables)


def test_scopes():
    a, b = nncore.Variable([1.0, 2.0]), nncore.Variable(0.0)
    with nncore.StatelessScope([(a, [5.0, 6.0])]) as outer:
        with nncore.StatelessScope() as inner:
            a.assign_add([1.0, 1.0])
            b.assign(7.0)
            assert inner.get_current_value(a).tolist() == [6.0, 7.0]
        assert a.numpy().tolist() == [5.0, 6.0]
        assert outer.get_current_value(a).tolist() == [5.0, 6.0]
        outer.add_update((b, 3.0))
    assert a.numpy().tolist() == [1.0, 2.0]
    assert float(b.numpy()) == 0
    assert float(inner.get_current_value(b)) == 7
    assert float(outer.get_current_value(b)) == 3
    assert outer.get_current_value(nncore.Variable(1.0)) is None


def test_an_error_restores_and_threads_do_not_meet():
    a = nncore.Variable(1.0)
    with pytest.raises(OSError, match="stop"), nncore.StatelessScope([(a, 2.0)]):
        raise OSError("stop")
    assert float(a.numpy()) == 1
    b = nncore.Variable(1.0)
    with nncore.StatelessScope():
        other = threading.Thread(target=lambda: b.assign(5.0))
        other.start()
        other.join()
    assert float(b.numpy()) == 5


def test_bad_arguments():
    model = net()
    a = nncore.Variable([1.0])
    for call, message in (
        (lambda: layers.Dense(1).stateless_call([], [], X), "must be built"),
        (lambda: model.stateless_call([], [], X), "`trainable_variables`.*4 variables|6 variables"),
        (lambda: optimizers.SGD().stateless_apply([], [], []), "must be built"),
        (lambda: metrics.Mean().stateless_result([1.0]), "2 variables"),
        (lambda: nncore.StatelessScope([(a, [1.0, 2.0])]), "shape"),
        (lambda: nncore.StatelessScope([("a", 1.0)]), "keys must be variables"),
        (lambda: nncore.StatelessScope(collect_losses=True), "return_losses"),
        (lambda: nncore.StatelessScope(initialize_variables=False), "initialize_variables"),
    ):
        with pytest.raises(ValueError, match=message):
            call()

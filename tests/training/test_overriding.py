"""Models whose steps, losses and metrics the user writes."""

from __future__ import annotations

import numpy as np
import pytest

import nncore
from nncore import layers, metrics, ops
from training.models import data, linear

X, Y = data()
EAGER = pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])


def build(cls, **compile_args):
    model = cls([layers.Input((3,)), layers.Dense(1)])
    model.set_weights(linear().get_weights())
    model.compile(optimizer=nncore.optimizers.SGD(0.05), **compile_args)
    return model


class OwnStep(nncore.Sequential):
    """The built-in training, written out."""

    def train_step(self, data):
        x, y = data
        variables = self.trainable_variables

        def loss():
            return np.mean((self(x, training=True) - y) ** 2)

        value, grads = nncore.value_and_grad(loss, variables=variables)()
        self.optimizer.apply(grads, variables)
        return {"loss": value, "size": ops.sum(ops.square(self.layers[0].kernel))}

    def test_step(self, data):
        x, y = data
        return {"loss": np.mean((self(x, training=False) - y) ** 2)}

    def predict_step(self, data):
        return 10.0 * self(data)


@EAGER
def test_steps_of_ones_own(eager):
    model = build(OwnStep, run_eagerly=eager)
    same = linear()
    wanted = same.fit(X, Y, batch_size=20, epochs=3, shuffle=False, verbose=0).history
    history = model.fit(
        X,
        Y,
        batch_size=20,
        epochs=3,
        shuffle=False,
        verbose=0,
        validation_data=(X, Y),
        validation_batch_size=40,
    ).history
    assert set(history) == {"loss", "size", "val_loss"}
    np.testing.assert_allclose(model.get_weights()[0], same.get_weights()[0], rtol=1e-5)
    # The logs of an epoch are what the step returned last, not a mean.
    assert history["loss"][0] != pytest.approx(wanted["loss"][0])
    assert history["val_loss"][-1] == pytest.approx(same.evaluate(X, Y, verbose=0), rel=1e-3)
    np.testing.assert_allclose(model.predict(X, verbose=0), 10 * same.predict(X, verbose=0), rtol=1e-4)


class OwnTrackers(nncore.Model):
    """Own metrics as attributes, as in Keras's guide to `train_step`."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)
        self.loss_tracker = metrics.Mean(name="loss")
        self.mae_metric = metrics.MeanAbsoluteError(name="mae")

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        variables = self.trainable_variables

        def loss():
            y_pred = self(x, training=True)
            return ops.mean(ops.square(y - y_pred)), y_pred

        (value, y_pred), grads = nncore.value_and_grad(loss, variables=variables, has_aux=True)()
        self.optimizer.apply(grads, variables)
        self.loss_tracker.update_state(value)
        self.mae_metric.update_state(y, y_pred)
        return {"loss": self.loss_tracker.result(), "mae": self.mae_metric.result()}

    @property
    def metrics(self):
        return [self.loss_tracker, self.mae_metric]


@EAGER
def test_own_trackers_are_reset_for_each_epoch(eager):
    model = OwnTrackers()
    model.compile(nncore.optimizers.SGD(0.0), run_eagerly=eager)
    history = model.fit(X, Y, batch_size=10, epochs=2, verbose=0).history
    assert set(history) == {"loss", "mae"}
    assert history["loss"][0] == pytest.approx(history["loss"][1], rel=1e-5)
    error = np.mean((model.predict(X, verbose=0) - Y) ** 2)
    assert history["loss"][0] == pytest.approx(float(error), rel=1e-4)


class OwnLoss(nncore.Sequential):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = ops.mean(ops.abs(y - y_pred))
        return loss + 0.5 * ops.mean(x) if training else loss


class OldOwnLoss(nncore.Sequential):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return ops.mean(ops.abs(y - y_pred))


@EAGER
@pytest.mark.parametrize("cls", [OwnLoss, OldOwnLoss])
def test_a_loss_of_ones_own(cls, eager):
    model = build(cls, run_eagerly=eager)
    wanted = linear(loss="mae")
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(wanted.evaluate(X, Y, verbose=0))
    model.fit(X, Y, shuffle=False, verbose=0)
    wanted.fit(X, Y, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], wanted.get_weights()[0], rtol=1e-5)


class OwnMetrics(nncore.Sequential):
    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        results = super().compute_metrics(x, y, y_pred, sample_weight)
        results["bias"] = ops.mean(y_pred - y)
        return results


@EAGER
def test_metrics_of_ones_own(eager):
    model = build(OwnMetrics, loss="mse", metrics=["mae"], run_eagerly=eager)
    found = model.evaluate(X, Y, batch_size=40, verbose=0, return_dict=True)
    assert set(found) == {"loss", "mae", "bias"}
    bias = float(np.mean(model.predict(X, verbose=0) - Y))
    assert found["bias"] == pytest.approx(bias, rel=1e-4)


class Doubled(nncore.Sequential):
    """Wraps the library's own step."""

    def train_step(self, data):
        logs = super().train_step(data)
        return {**logs, "twice": 2 * logs["loss"]}


def test_a_step_around_the_built_in_one():
    history = build(Doubled, loss="mse").fit(X, Y, epochs=2, verbose=0).history
    np.testing.assert_allclose(history["twice"], 2 * np.array(history["loss"]), rtol=1e-5)


def test_eager_steps_see_numbers():
    seen = []

    class Look(nncore.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            y = self.dense(x)
            value = getattr(y, "value", None)
            if value is not None:
                seen.append(float(value.sum()))
            return y

    model = Look()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(X, Y, batch_size=20, verbose=0)
    assert len(seen) == 2
    assert all(np.isfinite(seen))


def test_run_eagerly_can_be_switched_at_any_time():
    model = linear()
    model.fit(X, Y, verbose=0)
    model.run_eagerly = True
    model.fit(X, Y, verbose=0)
    model.run_eagerly = False
    model.fit(X, Y, verbose=0)
    other = linear()
    other.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    assert int(model.optimizer.iterations.numpy()) == int(other.optimizer.iterations.numpy())


class Duel(nncore.Model):
    """Two networks with an optimizer each, as in Keras's guide to adversarial training."""

    def __init__(self):
        super().__init__()
        self.critic = nncore.Sequential([layers.Input((3,)), layers.Dense(1)])
        self.maker = nncore.Sequential([layers.Input((2,)), layers.Dense(3)])
        self.seeds = nncore.random.SeedGenerator(1)
        self.c_tracker = metrics.Mean(name="c_loss")

    def compile(self, c_optimizer, m_optimizer, loss_fn):
        super().compile()
        self.c_optimizer = c_optimizer
        self.m_optimizer = m_optimizer
        self.loss_fn = loss_fn

    @property
    def metrics(self):
        return [self.c_tracker]

    def call(self, x):
        return self.critic(x)

    def train_step(self, real):
        noise = nncore.random.normal((real.shape[0], 2), seed=self.seeds)
        made = self.maker(noise)
        both = ops.concatenate([made, real], axis=0)
        labels = ops.concatenate([ops.ones((20, 1)), ops.zeros((20, 1))], axis=0)
        critic = self.critic.trainable_variables
        c_loss = self.loss_fn(labels, ops.sigmoid(self.critic(both)))
        self.c_optimizer.apply(nncore.gradients(c_loss, critic), critic)
        maker = self.maker.trainable_variables
        m_loss = self.loss_fn(ops.zeros((20, 1)), ops.sigmoid(self.critic(self.maker(noise))))
        self.m_optimizer.apply(nncore.gradients(m_loss, maker), maker)
        self.c_tracker.update_state(c_loss)
        return {"c_loss": self.c_tracker.result()}


def duel(eager):
    nncore.utils.set_random_seed(5)
    model = Duel()
    model.compile(nncore.optimizers.Adam(0.01), nncore.optimizers.SGD(0.1), nncore.losses.BinaryCrossentropy())
    model.run_eagerly = eager
    before = [variable.numpy() for variable in model.trainable_variables]
    history = model.fit(X, batch_size=20, epochs=3, shuffle=False, verbose=0).history
    after = [variable.numpy() for variable in model.trainable_variables]
    assert all((a != b).any() for a, b in zip(before, after, strict=True))
    assert int(model.c_optimizer.iterations.numpy()) == 6
    return history["c_loss"]


def test_two_optimizers_in_one_step():
    np.testing.assert_allclose(duel(eager=False), duel(eager=True), rtol=1e-5)


class Minimum(metrics.Metric):
    """A metric of two results."""

    def __init__(self, name="extremes"):
        super().__init__(name=name)
        self.low = self.add_variable((), "zeros", name="low")
        self.high = self.add_variable((), "zeros", name="high")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.low.assign(ops.minimum(self.low, ops.min(y_pred)))
        self.high.assign(ops.maximum(self.high, ops.max(y_pred)))

    def result(self):
        return {"low": self.low.value, "high": self.high.value}


@EAGER
def test_a_metric_may_have_several_results(eager):
    model = linear(metrics=[Minimum(), "mae"], run_eagerly=eager)
    outputs = model.predict(X, verbose=0)
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert set(found) == {"loss", "low", "high", "mae"}
    assert found["low"] == pytest.approx(float(outputs.min()))
    assert found["high"] == pytest.approx(float(outputs.max()))


@EAGER
def test_a_layer_may_add_losses(eager):
    class Shrink(layers.Layer):
        def call(self, x):
            self.add_loss(0.5 * ops.mean(ops.square(x)))
            return x

    inputs = layers.Input((3,))
    model = nncore.Model(inputs, Shrink()(layers.Dense(1)(inputs)))
    model.compile("sgd", "mse", run_eagerly=eager)
    outputs = model.predict(X, verbose=0)
    wanted = np.mean((outputs - Y) ** 2) + 0.5 * np.mean(outputs**2)
    assert model.evaluate(X, Y, batch_size=40, verbose=0) == pytest.approx(float(wanted), rel=1e-5)

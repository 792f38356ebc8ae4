"""A model's state as nested dictionaries, and the ways in which layers bring losses and metrics of their own."""

from __future__ import annotations

import numpy as np
import pytest

import nncore
from nncore import layers, metrics, ops

X = np.random.default_rng(0).random((16, 2)).astype("float32")


def small(name="net"):
    model = nncore.Sequential(
        [layers.Input((2,)), layers.Dense(1, name="out"), layers.BatchNormalization(name="bn")], name=name
    )
    model.compile(nncore.optimizers.Adam(name="adam"), "mse", metrics=["mae"])
    return model


def test_the_tree_of_a_trained_model():
    model = small()
    model.fit(X, X[:, :1], epochs=2, verbose=0)
    tree = model.get_state_tree("numpy_array")
    assert set(tree["trainable_variables"]["net"]["out"]) == {"kernel", "bias"}
    assert set(tree["non_trainable_variables"]["net"]["bn"]) == {"moving_mean", "moving_variance"}
    assert {"iteration", "learning_rate"} <= set(tree["optimizer_variables"]["adam"])
    assert set(tree["metrics_variables"]["loss"]) == {"total", "count"}
    twin = small()
    twin.optimizer.build(twin.trainable_variables)
    twin.evaluate(X, X[:, :1], verbose=0)
    twin.set_state_tree(tree)
    a, b = (m.fit(X, X[:, :1], epochs=2, shuffle=False, verbose=0).history["loss"] for m in (model, twin))
    assert a == b
    kept = tree["trainable_variables"]["net"]["out"]["kernel"]
    assert (kept != model.layers[0].kernel.numpy()).any(), "the tree follows training"


def test_parts_and_what_does_not_fit():
    model = small()
    model.set_state_tree({"trainable_variables": {"net": {"out": {"bias": [5.0]}}}})
    assert model.layers[0].bias.numpy().tolist() == [5]
    wrong = {"net": {"out": {"bias": [1.0], "kernel": [1.0], "scale": [1.0]}}}
    with pytest.raises(ValueError, match=r"(?s)nothing was set.*net/out/kernel.*no variable 'net/out/scale'"):
        model.set_state_tree({"trainable_variables": wrong})
    assert model.layers[0].bias.numpy().tolist() == [5]
    with pytest.raises(ValueError, match="weights"):
        model.set_state_tree({"weights": {}})
    with pytest.raises(ValueError, match="value_format='torch'"):
        model.get_state_tree("torch")
    layer = layers.Dense(1)
    layer.twins = [nncore.Variable(1.0, name="twin"), nncore.Variable(1.0, name="twin")]
    model = nncore.Sequential([layers.Input((2,)), layer])
    with pytest.raises(ValueError, match=r"found twice.*'twin'"):
        model.get_state_tree()


class Watched(layers.Layer):
    """Adds a loss and keeps a metric, as the guides do instead of `add_metric`."""

    def __init__(self, **options):
        super().__init__(**options)
        self.largest = metrics.Mean(name="largest")

    def call(self, x, training=False):
        self.add_loss(0.1 * ops.mean(ops.square(x)))
        self.largest.update_state(ops.max(x))
        return x


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_losses_and_metrics_of_layers(eager, kind):
    if kind == "sequential":
        model = nncore.Sequential([layers.Input((2,)), Watched(), layers.Dense(1, kernel_initializer="zeros")])
    else:
        inputs = layers.Input((2,))
        model = nncore.Model(inputs, layers.Dense(1, kernel_initializer="zeros")(Watched()(inputs)))
    model.compile(nncore.optimizers.SGD(0.0), "mse", run_eagerly=eager)
    history = model.fit(X, np.zeros((16, 1)), batch_size=8, shuffle=False, epochs=2, verbose=0, validation_split=0.5)
    history = history.history
    assert history["loss"] == pytest.approx([0.1 * np.mean(X[:8] ** 2)] * 2, rel=1e-5)
    assert history["val_loss"] == pytest.approx([0.1 * np.mean(X[8:] ** 2)] * 2, rel=1e-5)
    assert history["largest"] == pytest.approx([X[:8].max()] * 2, rel=1e-6)
    assert history["val_largest"] == pytest.approx([X[8:].max()] * 2, rel=1e-6)
    assert "largest" in [m.name for m in model.metrics]

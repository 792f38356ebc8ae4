"""Masks travel through layers and models, eager and compiled, to whoever uses them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, losses, masking, metrics, models, ops

X = np.array([[[1.0, 2.0], [0.0, 0.0], [0.0, 3.0]], [[0.0, 0.0], [0.0, 0.0], [4.0, 4.0]]], "float32")
MASK = [[True, False, True], [False, False, True]]


class Counts(layers.Layer):
    """Gives, for each sample, how many steps its mask lets count; -1 without a mask."""

    def call(self, x: Any, mask: Any = None) -> Any:
        if mask is None:
            return ops.full_like(x[:, 0, 0], -1.0)
        return ops.sum(ops.cast(mask, x.dtype), axis=1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


class Pairs(layers.Layer):
    """Two inputs: each mask comes under its input's name."""

    def call(self, a: Any, b: Any, a_mask: Any = None, b_mask: Any = None) -> Any:
        self.masks = (a_mask, b_mask)
        return a + b


class Drop(layers.Layer):
    """A user's layer that says nothing of masks."""

    def call(self, x: Any) -> Any:
        return x * 2


def _all_ways(model: Any, x: Any, expected: Any) -> None:
    for _ in range(6):  # op by op, then compiled
        np.testing.assert_array_equal(model(x), expected)
    np.testing.assert_array_equal(model.predict(x, verbose=0), expected)
    model.compile(run_eagerly=True)
    np.testing.assert_array_equal(model.predict(x, verbose=0), expected)


@pytest.mark.parametrize("kind", ["sequential", "functional", "nested", "subclass"])
def test_travel(kind: str) -> None:
    between = [layers.Dropout(0.5), layers.Activation("relu"), layers.Dense(3), layers.Identity()]
    if kind == "sequential":
        model: Any = models.Sequential([layers.Masking(), *between, Counts()])
    elif kind == "nested":
        inner = models.Sequential([layers.Input((3, 2)), *between])
        inputs = layers.Input((3, 2))
        model = models.Model(inputs, Counts()(inner(layers.Masking()(inputs))))
    elif kind == "functional":
        inputs = x = layers.Input((3, 2))
        for layer in [layers.Masking(), *between, Counts()]:
            x = layer(x)
        model = models.Model(inputs, x)
    else:

        class Net(models.Model):
            def __init__(self) -> None:
                super().__init__()
                self.stack = [layers.Masking(), *between, Counts()]

            def call(self, x: Any) -> Any:
                for layer in self.stack:
                    x = layer(x)
                return x

        model = Net()
    _all_ways(model, X, [2.0, 1.0])


def test_masking_layer() -> None:
    out = layers.Masking(mask_value=2.0)(np.array([[[2.0, 2.0], [2.0, 1.0]]], "float32"))
    np.testing.assert_array_equal(out, [[[0.0, 0.0], [2.0, 1.0]]])
    np.testing.assert_array_equal(masking.get_mask(out), [[False, True]])


def test_outputs_keep_their_masks_when_calls_are_compiled() -> None:
    model = models.Sequential([layers.Masking(), layers.Dense(2)])
    for _ in range(6):
        np.testing.assert_array_equal(masking.get_mask(model(X)), MASK)


def test_named_masks_and_explicit_ones() -> None:
    layer = Pairs()
    with pytest.warns(UserWarning, match="does not support masking"):
        layer(layers.Masking()(X), X)
    assert layer.masks[1] is None
    np.testing.assert_array_equal(layer.masks[0], MASK)
    given = np.array([[True, True, False]] * 2)
    np.testing.assert_array_equal(Counts()(layers.Masking()(X), mask=given), [2.0, 2.0])
    inputs, mask = layers.Input((3, 2)), layers.Input((3,), dtype="bool")
    model = models.Model([inputs, mask], Counts()(inputs, mask=mask))
    np.testing.assert_array_equal(model([X, given]), [2.0, 2.0])


def test_an_input_that_comes_out_again_is_not_marked() -> None:
    x = np.ones((2, 3, 1), "float32")
    marked = layers.Lambda(lambda x: x, mask=np.ones((2, 3), bool))(x)
    assert masking.get_mask(x) is None
    assert masking.get_mask(marked).shape == (2, 3)
    np.testing.assert_array_equal(marked, x)


def test_layers_without_masking_warn_and_drop() -> None:
    with pytest.warns(UserWarning, match="passed an input with a mask attached"):
        out = Drop()(layers.Masking()(X))
    assert masking.get_mask(out) is None


def test_a_mask_lives_as_long_as_its_array() -> None:
    before = len(masking._OF_ARRAYS)
    out = layers.Masking()(X)
    assert len(masking._OF_ARRAYS) == before + 1
    del out
    assert len(masking._OF_ARRAYS) == before


def test_model_takes_a_mask() -> None:
    inputs = layers.Input((3, 2))
    model = models.Model(inputs, Counts()(layers.Dense(2)(inputs)))
    np.testing.assert_array_equal(model(X, mask=np.array(MASK)), [2.0, 1.0])
    assert masking.get_mask(X) is None
    np.testing.assert_array_equal(model(X), [-1.0, -1.0])


def test_merging() -> None:
    a, b = layers.Masking()(X), layers.Masking()(X[:, ::-1].copy())
    np.testing.assert_array_equal(masking.get_mask(layers.Add()([a, b])), [[1, 0, 1], [1, 0, 1]])
    assert masking.get_mask(layers.Add()([a, X])) is None
    np.testing.assert_array_equal(masking.get_mask(layers.Concatenate()([a, b])), [[1, 0, 1], [1, 0, 1]])
    np.testing.assert_array_equal(masking.get_mask(layers.Concatenate(axis=1)([a, X])), np.c_[MASK, np.ones((2, 3))])
    assert masking.get_mask(layers.Dot(1)([a, b])) is None
    with pytest.raises(ValueError, match=r"add.*should have the same length"):
        layers.Add(name="add").compute_mask([X, X], [np.array(MASK)])
    with pytest.raises(ValueError, match="should be a list"):
        layers.Concatenate().compute_mask([X, X], np.array(MASK))


def test_losses_and_metrics_count_what_the_mask_lets() -> None:
    """By hand: squared errors of the unmasked steps, averaged over their number."""
    target = np.array([[[0.0], [9.0], [1.0]], [[9.0], [9.0], [2.0]]], "float32")
    errors = np.array([3.0 - 0.0, 3.0 - 1.0, 8.0 - 2.0])  # sums of features against the targets
    model = models.Sequential([layers.Masking(), layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    for eagerly in (False, True):
        model.compile(
            loss="mse",
            metrics=["mae"],
            weighted_metrics=["mse"],
            run_eagerly=eagerly,
            optimizer=nncore.optimizers.SGD(0),
        )
        found = model.evaluate(X, target, verbose=0, return_dict=True)
        assert found["loss"] == pytest.approx(np.mean(errors**2))
        assert found["mae"] == pytest.approx(np.mean(np.abs(errors)))
        assert found["mse"] == pytest.approx(np.mean(errors**2))
        weight = np.array([[1.0, 1.0, 3.0], [1.0, 1.0, 0.5]], "float32")
        found = model.evaluate(X, target, sample_weight=weight, verbose=0, return_dict=True)
        # Keras divides the loss by the number of entries that count, a weighted metric by the sum of weights.
        weighted = errors**2 * [1.0, 3.0, 0.5]
        assert found["loss"] == pytest.approx(weighted.sum() / 3)
        assert found["mse"] == pytest.approx(weighted.sum() / 4.5)
        history = model.fit(X, target, verbose=0)
        assert history.history["loss"][0] == pytest.approx(np.mean(errors**2))


def test_standalone_loss_and_metric() -> None:
    out = layers.Masking()(X)
    assert float(losses.MeanSquaredError()(np.zeros_like(X), out)) == pytest.approx((2.5 + 4.5 + 16.0) / 3)
    ignoring = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    # Of the three unmasked steps one is ignored.
    labels = np.array([[1, 0, -1], [0, 0, 1]])
    expected = (np.log1p(np.exp(-1.0)) + np.log(2.0)) / 2
    assert float(ignoring(labels, out)) == pytest.approx(expected, rel=1e-6)
    metric = metrics.MeanSquaredError()
    metric.update_state(np.zeros_like(X), out)
    assert float(metric.result()) == pytest.approx((2.5 + 4.5 + 16.0) / 3)


@pytest.mark.parametrize(
    "layer",
    [
        layers.BatchNormalization(),
        layers.LayerNormalization(),
        layers.GroupNormalization(1),
        layers.UnitNormalization(),
        layers.SpatialDropout1D(0.5),
        layers.GaussianNoise(0.5),
        layers.ActivityRegularization(),
    ],
    ids=lambda layer: layer.name,
)
def test_normalization_and_noise_pass_masks_on(layer: Any) -> None:
    np.testing.assert_array_equal(masking.get_mask(layer(layers.Masking()(X))), MASK)


@pytest.mark.parametrize(
    "layer",
    [layers.Conv1D(2, 1), layers.MaxPooling1D(1), layers.AveragePooling1D(1), layers.GlobalMaxPooling1D()],
    ids=lambda layer: layer.name,
)
def test_convolution_and_pooling_drop_masks(layer: Any) -> None:
    with pytest.warns(UserWarning, match="does not support masking"):
        out = layer(layers.Masking()(X))
    assert masking.get_mask(out) is None


def test_the_mean_over_steps_counts_what_the_mask_lets_count() -> None:
    model = models.Sequential([layers.Input((3, 2)), layers.Masking(), layers.GlobalAveragePooling1D()])
    _all_ways(model, X, [[0.5, 2.5], [4.0, 4.0]])
    assert masking.get_mask(model(X)) is None


def test_batch_statistics_pass_over_masked_steps() -> None:
    """The three steps that count are (1, 2), (0, 3) and (4, 4)."""
    model = models.Sequential([layers.Input((3, 2)), layers.Masking(), layers.BatchNormalization(momentum=0.0)])
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)
    steps = np.array([[1.0, 2.0], [0.0, 3.0], [4.0, 4.0]])
    norm = model.layers[-1]
    np.testing.assert_allclose(norm.moving_mean.numpy(), steps.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(norm.moving_variance.numpy(), steps.var(axis=0), rtol=1e-6)

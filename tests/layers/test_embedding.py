"""Embedding: values, gradients, masks, and ids out of range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, masking, models

IDS = np.array([[1, 2, 0], [3, 1, 1]])


def _model(layer: Any, dtype: str = "int32") -> Any:
    inputs = layers.Input((3,), dtype=dtype)
    model = models.Model(inputs, layers.Flatten()(layer(inputs)))
    model.compile(nncore.optimizers.SGD(0.5), "mse")
    return model


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float32", "float64"])
def test_rows_are_looked_up(dtype: str) -> None:
    table = np.arange(8.0, dtype="float32").reshape(4, 2)
    layer = layers.Embedding(4, 2, weights=table)
    np.testing.assert_array_equal(layer(IDS.astype(dtype)), table[IDS])
    model = models.Sequential([layers.Input((3,), dtype=dtype), layer])
    np.testing.assert_array_equal(model.predict(IDS.astype(dtype), verbose=0), table[IDS])


@pytest.mark.parametrize("eagerly", [False, True])
def test_gradient_adds_up_over_equal_ids(eagerly: bool) -> None:
    """By hand: d mse / d row = 2 / size * sum of (row - target) over the places where the id stands."""
    table = np.ones((5, 2), "float32")
    model = _model(layers.Embedding(5, 2, weights=table))
    model.compile(nncore.optimizers.SGD(0.5), "mse", run_eagerly=eagerly)
    target = np.zeros((2, 6), "float32")
    model.fit(IDS, target, verbose=0, shuffle=False)
    counts = np.bincount(IDS.ravel(), minlength=5)[:, None]
    np.testing.assert_allclose(model.get_weights()[0], table - 0.5 * 2 / 12 * counts, rtol=1e-6)


def test_mask() -> None:
    layer = layers.Embedding(5, 2, mask_zero=True)
    np.testing.assert_array_equal(masking.get_mask(layer(IDS)), IDS != 0)
    assert layers.Embedding(5, 2).compute_mask(IDS) is None


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "call": lambda model, x: model(x),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "predict on batch": lambda model, x: model.predict_on_batch(x),
    "fit": lambda model, x: model.fit(x, np.zeros((2, 6)), verbose=0),
    "train on batch": lambda model, x: model.train_on_batch(x, np.zeros((2, 6))),
    "evaluate": lambda model, x: model.evaluate(x, np.zeros((2, 6)), verbose=0),
    "iterator": lambda model, x: model.fit(iter([(IDS, np.zeros((2, 6))), (x, np.zeros((2, 6)))]), verbose=0),
    "validation": lambda model, x: model.fit(IDS, np.zeros((2, 6)), validation_data=(x, np.zeros((2, 6))), verbose=0),
}


@pytest.mark.parametrize("way", CALLS)
@pytest.mark.parametrize("bad", [4, -1])
@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_ids_out_of_range_name_the_layer(way: str, bad: int, dtype: str) -> None:
    model = _model(layers.Embedding(4, 2, name="words"), dtype)
    for _ in range(6):  # also the compiled call
        model(IDS)
    model.predict(IDS, verbose=0)
    before = model.get_weights()[0]
    x = IDS.copy()
    x[1, 2] = bad
    with pytest.raises(ValueError, match=rf"'words'.*from 0 to 3\. Received: smallest id .*{bad}"):
        CALLS[way](model, x)
    if way != "iterator":
        np.testing.assert_array_equal(model.get_weights()[0], before)
    model.predict(IDS, verbose=0)


def test_out_of_range_in_a_compiled_function() -> None:
    layer = layers.Embedding(4, 2, name="words")
    layer.build()
    compiled = nncore.function(lambda x: layer(x))
    assert compiled(IDS).shape == (2, 3, 2)
    with pytest.raises(ValueError, match="'words'"):
        compiled(IDS + 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_dim": 0, "output_dim": 2}, "`input_dim` should be a positive integer"),
        ({"input_dim": 3, "output_dim": 2.5}, "`output_dim` should be a positive integer"),
        ({"input_dim": 3, "output_dim": 2, "weights": np.zeros((2, 2))}, "weight shapes do not match"),
        ({"input_dim": 3, "output_dim": 2, "lora_rank": 4}, "lora_rank"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layers.Embedding(**arguments)


def test_false_and_true_are_the_first_two_ids() -> None:
    table = np.arange(6.0, dtype="float32").reshape(3, 2)
    flags = np.array([[True, False, True]])
    layer = layers.Embedding(3, 2, weights=table)
    np.testing.assert_array_equal(layer(flags), table[[[1, 0, 1]]])
    model = models.Sequential([layers.Input((3,), dtype="bool"), layer])
    np.testing.assert_array_equal(model.predict(flags, verbose=0), table[[[1, 0, 1]]])

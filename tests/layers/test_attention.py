"""Attention layers and EinsumDense: Keras's values and gradients, checks of all layers, masks, bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from layer_checks import check_layer
from nncore import layers, masking, models, ops, tree

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "attention.npz")
META = json.loads(str(GOLDEN["meta"]))["layers"]
NAMED = {"mask": GOLDEN["mask"], "pairs": GOLDEN["pairs"], "both": [np.ones((2, 4), bool), GOLDEN["mask"]]}


def _arrays(name: str, kind: str, count: int) -> list[Any]:
    return [GOLDEN[f"{name}.{kind}{i}"] for i in range(count)]


@pytest.mark.parametrize("name", META)
def test_values_and_gradients(name: str) -> None:
    meta = META[name]
    layer = layers.deserialize(meta["config"])
    inputs = _arrays(name, "in", meta["inputs"])
    options = {k: NAMED[v] if isinstance(v, str) else v for k, v in meta["options"].items()}

    def call(arrays: Any) -> Any:
        return layer(list(arrays), **options) if meta["listed"] else layer(*arrays, **options)

    call(inputs)
    layer.set_weights(_arrays(name, "w", meta["weights"]))
    expected = _arrays(name, "out", meta["outputs"])
    for got, want in zip(tree.flatten(call(inputs)), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    variables = layer.trainable_variables

    def total(*arrays: Any) -> Any:
        leaves = tree.flatten(call(arrays))
        weights = [np.cos(np.arange(leaf.size)).reshape(leaf.shape).astype("float32") for leaf in expected]
        return sum((ops.sum(leaf * weight) for leaf, weight in zip(leaves, weights, strict=True)), 0.0)

    compiled = nncore.function(lambda *x: nncore.gradients(total(*x), [*variables]))
    if variables:
        for got, want in zip(compiled(*inputs), _arrays(name, "dw", meta["weights"]), strict=True):
            np.testing.assert_allclose(0 * want if got is None else got, want, rtol=1e-4, atol=1e-5)
    found = nncore.grad(total, argnums=tuple(range(len(inputs))))(*inputs)
    for got, want in zip(found, _arrays(name, "din", meta["inputs"]), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", META)
def test_configuration_goes_round(name: str) -> None:
    layer = layers.deserialize(META[name]["config"])
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    assert json.dumps(layers.serialize(again)) == json.dumps(layers.serialize(layer))


TWO = [(2, 3, 4), (2, 5, 4)]
EINSUM = {"equation": "abc,cd->abd", "output_shape": (None, 2)}
ROWS: list[tuple[str, Any, dict[str, Any], Any, tuple[int, ...], int, int]] = [
    ("attention", layers.Attention, {"use_scale": True}, TWO, (2, 3, 4), 1, 0),
    ("attention_concat", layers.Attention, {"score_mode": "concat"}, TWO, (2, 3, 4), 1, 0),
    ("attention_dropout", layers.Attention, {"dropout": 0.5}, TWO, (2, 3, 4), 0, 1),
    ("additive", layers.AdditiveAttention, {}, TWO, (2, 3, 4), 1, 0),
    (
        "einsum_dense",
        layers.EinsumDense,
        {"equation": "abc,cd->abd", "output_shape": (None, 2)},
        (4, 3, 5),
        (4, 3, 2),
        1,
        0,
    ),
]


@pytest.mark.parametrize(("name", "cls", "init", "shape", "output", "weights", "seeds"), ROWS, ids=[r[0] for r in ROWS])
def test_layer(
    name: str, cls: Any, init: dict[str, Any], shape: Any, output: tuple[int, ...], weights: int, seeds: int
) -> None:
    check_layer(cls, init, shape, output, weights=weights, seeds=seeds)


KINDS = {
    "mha": lambda **k: layers.MultiHeadAttention(2, 3, **k),
    "gqa": lambda **k: layers.GroupQueryAttention(3, 4, 2, **k),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_trains_in_a_block(kind: str, dropout: float) -> None:
    inputs = layers.Input((6, 4))
    x = KINDS[kind](dropout=dropout)(inputs, inputs, use_causal_mask=True)
    model = models.Model(inputs, layers.Dense(1)(layers.Add()([inputs, x])))
    model.compile("adam", "mse")
    data = np.random.default_rng(0).normal(size=(16, 6, 4)).astype("float32")
    history = model.fit(data, data.sum(-1, keepdims=True), epochs=4, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    eager = model(data)
    np.testing.assert_allclose(model.predict(data, verbose=0), eager, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_masks_come_from_the_layers_below(kind: str) -> None:
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    x[0, 3:] = 0
    layer = KINDS[kind]()
    masked = layers.Masking()(x)
    out = layer(masked, masked)
    np.testing.assert_allclose(out[:1, :3], layer(x[:1, :3], x[:1, :3]), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(masking.get_mask(out), masking.get_mask(masked))
    scored, _ = layer(masked, masked, return_attention_scores=True)
    np.testing.assert_allclose(scored[:1, :3], out[:1, :3], rtol=1e-5, atol=1e-6)


X = np.zeros((2, 5, 4), "float32")
IMAGE = np.zeros((2, 3, 4, 5), "float32")


def test_causal_attention_along_columns_is_that_of_each_column() -> None:
    layer = layers.MultiHeadAttention(2, 3, attention_axes=2, sliding_window=2)
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")
    got, scores = layer(x, x, use_causal_mask=True, return_attention_scores=True)
    plain = layers.MultiHeadAttention(2, 3, sliding_window=2)
    plain(x[:, 0], x[:, 0])
    plain.set_weights(layer.get_weights())
    for i in range(3):
        want, wanted = plain(x[:, i], x[:, i], use_causal_mask=True, return_attention_scores=True)
        np.testing.assert_allclose(got[:, i], want, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(scores[:, i], wanted, rtol=1e-5, atol=1e-6)


BAD: dict[str, tuple[Any, str]] = {
    "heads": (lambda: layers.MultiHeadAttention(0, 3), "`num_heads`, expected a positive integer"),
    "axes": (lambda: layers.MultiHeadAttention(2, 3, attention_axes=1.5), "attention_axes=1.5"),
    "axis": (
        lambda: layers.MultiHeadAttention(2, 3, attention_axes=(1, 3), name="mine")(IMAGE, IMAGE),
        r'"mine".*from 1 to 2. Received: attention_axes=\(1, 3\)',
    ),
    "other axes": (
        lambda: layers.MultiHeadAttention(2, 3, attention_axes=2, name="mine")(IMAGE, IMAGE[:, :2]),
        r'"mine".*same size along the axes that are not attended, \(1,\)',
    ),
    "order": (
        lambda: layers.MultiHeadAttention(2, 3)(IMAGE, IMAGE, use_causal_mask=True),
        r"one attended axis. Received: attention_axes=\(1, 2\)",
    ),
    "mask of another axis": (
        lambda: layers.MultiHeadAttention(2, 3, attention_axes=2)(IMAGE, IMAGE, value_mask=np.ones((2, 3), bool)),
        r"belong to `attention_axes=1`.*Received: attention_axes=\(2,\), value_mask",
    ),
    "mask of an image": (
        lambda: layers.MultiHeadAttention(2, 3, name="mine")(IMAGE, IMAGE, attention_mask=np.ones((2, 3), bool)),
        r'"mine": masks must broadcast to the scores, of shape \(2, 2, 3, 4, 3, 4\)',
    ),
    "window": (lambda: layers.MultiHeadAttention(2, 3, sliding_window=0), "`sliding_window`"),
    "groups": (lambda: layers.GroupQueryAttention(3, 4, 3), "divisible by `num_key_value_heads`"),
    "rank": (lambda: layers.MultiHeadAttention(2, 3, name="mine")(X[0], X[0]), '"mine": `query` should have the shape'),
    "lengths": (lambda: layers.MultiHeadAttention(2, 3, name="mine")(X, X, X[:, :4]), '"mine": all dimensions'),
    "mask": (
        lambda: layers.MultiHeadAttention(2, 3, name="mine")(X, X, value_mask=np.ones((2, 4), bool)),
        r'"mine": `value_mask` should have the shape \(2, 5\)',
    ),
    "no list": (lambda: layers.Attention(name="mine")(X), '"mine": Attention must be called on a list'),
    "mask list": (lambda: layers.Attention(name="mine")([X, X], mask=[np.ones((2, 5), bool)]), '"mine": the mask of'),
    "value mask": (
        lambda: layers.Attention(name="mine")([X, X], mask=[None, np.ones((2, 4), bool)]),
        r'"mine": the value\'s mask should have the shape \(2, 5\)',
    ),
    "mode": (lambda: layers.Attention(score_mode="sum"), "score_mode='sum'"),
    "equation": (lambda: layers.EinsumDense("ab->b", 3), "invalid einsum equation"),
    "einsum shape": (lambda: layers.EinsumDense("abc,cd->abd", (4, 3))(X), "do not match at shared dimension 'b'"),
    "einsum bias": (lambda: layers.EinsumDense("abc,cd->abd", (None, 3), bias_axes="z")(X), "bias_axes='z'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    call, message = BAD[name]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        call()

"""Gradients of gradients of layers of sequences: those of finite differences of the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4, 2))
MASK = np.arange(4) < np.array([[4], [2], [1]])

LAYERS: dict[str, Any] = {
    "lstm": lambda: layers.LSTM(3, dtype="float64"),
    "gru": lambda: layers.GRU(3, dtype="float64", go_backwards=True),
    "gru_before": lambda: layers.GRU(3, dtype="float64", reset_after=False),
    "simple_rnn": lambda: layers.SimpleRNN(3, dtype="float64"),
    "attention": lambda: layers.Attention(dtype="float64"),
    "multi_head": lambda: layers.MultiHeadAttention(2, 3, dtype="float64"),
    "conv_lstm": lambda: layers.ConvLSTM1D(2, 1, dtype="float64"),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_second_gradients(name: str, masked: bool) -> None:
    layer = LAYERS[name]()
    mask = MASK if masked else None

    def call(x: Any) -> Any:
        if name == "attention":
            return layer([x, ops.sin(x)], mask=[mask, mask])
        if name == "multi_head":
            return layer(x, ops.sin(x), query_mask=mask, value_mask=mask)
        return layer(ops.expand_dims(x, 2) if name == "conv_lstm" else x, mask=mask)

    def penalty(x: Any) -> Any:
        """How fast the layer's result changes, as in a gradient penalty."""
        slope = nncore.grad(lambda x: ops.sum(ops.square(call(x))))(x)
        return ops.sum(ops.square(slope))

    call(X)
    got = nncore.grad(penalty)(X)
    direction = RNG.normal(size=X.shape)
    h = 1e-5
    expected = (penalty(X + h * direction) - penalty(X - h * direction)) / (2 * h)
    np.testing.assert_allclose((got * direction).sum(), expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(nncore.function(nncore.grad(penalty))(X), got, rtol=1e-9, atol=1e-12)


def test_ctc() -> None:
    labels = np.array([[1, 1], [1, 0], [0, 0]])
    z = RNG.normal(size=(3, 4, 2))

    def penalty(z: Any) -> Any:
        slope = nncore.grad(lambda z: ops.sum(ops.ctc_loss(labels, z, [2, 1, 0], [4, 3, 4])))(z)
        return ops.sum(ops.square(slope))

    got, direction, h = nncore.grad(penalty)(z), RNG.normal(size=z.shape), 1e-5
    expected = (penalty(z + h * direction) - penalty(z - h * direction)) / (2 * h)
    np.testing.assert_allclose((got * direction).sum(), expected, rtol=1e-6)

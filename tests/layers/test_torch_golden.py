"""LSTM, GRU and MultiHeadAttention give PyTorch's values and gradients, rows of several lengths included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, ops

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch_sequences.npz")
LENGTHS = GOLDEN["lengths"]


def weighted(x: Any) -> Any:
    return ops.sum(x * np.cos(np.arange(np.prod(x.shape), dtype="float32")).reshape(x.shape))


def compare(name: str, layer: Any, total: Any, inputs: list[tuple[Any, str]]) -> None:
    """Gradients to weights and inputs."""
    compiled = nncore.function(lambda *x: nncore.gradients(total(*x), layer.trainable_variables))
    arrays = [x for x, _ in inputs]
    for i, got in enumerate(compiled(*arrays)):
        np.testing.assert_allclose(got, GOLDEN[f"{name}.dw{i}"], rtol=1e-4, atol=2e-5)
    slopes = nncore.grad(total, argnums=tuple(range(len(arrays))))(*arrays)
    for got, (_, key) in zip(slopes, inputs, strict=True):
        np.testing.assert_allclose(got, GOLDEN[f"{name}.{key}"], rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(("name", "cls"), [("lstm", layers.LSTM), ("gru", layers.GRU)])
def test_recurrent(name: str, cls: Any) -> None:
    x = GOLDEN[f"{name}.x"]
    mask = np.arange(x.shape[1]) < LENGTHS[:, None]
    layer = cls(5, return_sequences=True, return_state=True, zero_output_for_mask=True)
    layer(x)
    layer.set_weights([GOLDEN[f"{name}.w{i}"] for i in range(3)])
    # PyTorch's state is that of a row's last step; the output of masked steps is zero in both.
    for i, got in enumerate(layer(x, mask=mask)):
        np.testing.assert_allclose(got, GOLDEN[f"{name}.out{i}"], rtol=1e-5, atol=1e-6)
    compare(name, layer, lambda x: sum((weighted(y) for y in layer(x, mask=mask)), 0.0), [(x, "dx")])


def test_heads() -> None:
    q, v = GOLDEN["heads.q"], GOLDEN["heads.v"]
    mask = np.arange(v.shape[1]) < LENGTHS[:, None]
    layer = layers.MultiHeadAttention(2, 3)
    layer(q, v)
    layer.set_weights([GOLDEN[f"heads.w{i}"] for i in range(8)])
    out, scores = layer(q, v, value_mask=mask, return_attention_scores=True)
    np.testing.assert_allclose(out, GOLDEN["heads.out"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(scores, GOLDEN["heads.scores"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer(q, v, value_mask=mask), out, rtol=1e-5, atol=1e-6)

    def total(q: Any, v: Any) -> Any:
        return sum((weighted(y) for y in layer(q, v, value_mask=mask, return_attention_scores=True)), 0.0)

    compare("heads", layer, total, [(q, "dq"), (v, "dv")])

"""Layers of sequences give Keras's values and gradients, and read its configurations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, ops, tree

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "sequences.npz")
META = json.loads(str(GOLDEN["meta"]))["layers"]


def _arrays(name: str, kind: str, count: int) -> list[Any]:
    return [GOLDEN[f"{name}.{kind}{i}"] for i in range(count)]


@pytest.mark.parametrize("name", META)
def test_values_and_gradients(name: str) -> None:
    meta = META[name]
    layer = layers.deserialize(meta["config"])
    x = GOLDEN[f"{name}.x"]
    options: dict[str, Any] = {"mask": GOLDEN["mask"]} if meta["masked"] else {}
    if meta["states"]:
        options["initial_state"] = _arrays(name, "state", meta["states"])
    layer(x, **options)
    layer.set_weights(_arrays(name, "w", meta["weights"]))
    expected = _arrays(name, "out", meta["outputs"])
    for got, want in zip(tree.flatten(layer(x, **options)), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)

    variables = layer.trainable_variables

    def total(x: Any) -> Any:
        leaves = tree.flatten(layer(x, **options))
        weights = [np.cos(np.arange(leaf.size)).reshape(leaf.shape).astype("float32") for leaf in expected]
        return sum((ops.sum(leaf * weight) for leaf, weight in zip(leaves, weights, strict=True)), 0.0)

    compiled = nncore.function(lambda x: nncore.gradients(total(x), [*variables]))
    wanted = _arrays(name, "dw", meta["weights"])
    for got, want in zip(compiled(x), wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(nncore.grad(total)(x), GOLDEN[f"{name}.dx"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", META)
def test_configuration_goes_round(name: str) -> None:
    layer = layers.deserialize(META[name]["config"])
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    assert layers.serialize(again) == layers.serialize(layer)

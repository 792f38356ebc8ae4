"""Models that Keras wrote as data: the same graph, order of weights, and numbers."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from nncore import serialization, tree

FILE = np.load(os.path.join(os.path.dirname(os.path.dirname(__file__)), "golden", "layers.npz"))
META = json.loads(str(FILE["meta"]))["models"]


@pytest.mark.parametrize("name", sorted(META))
def test_model(name: str) -> None:
    case = META[name]
    model = serialization.deserialize_keras_object(json.loads(case["json"]))
    assert [layer.name for layer in model.layers] == case["layers"]
    assert [list(w.shape) for w in model.weights] == case["weights"]
    model.set_weights([FILE[f"models.{name}.w{i}"] for i in range(len(case["weights"]))])
    inputs = [FILE[f"models.{name}.in{i}"] for i in range(case["inputs"])]
    outputs = tree.flatten(model(inputs if len(inputs) > 1 else inputs[0]))
    assert len(outputs) == case["outputs"]
    for i, output in enumerate(outputs):
        np.testing.assert_allclose(output, FILE[f"models.{name}.out{i}"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted(META))
def test_written_again(name: str) -> None:
    """What nncore writes of a model that Keras wrote rebuilds the same model."""
    model = serialization.deserialize_keras_object(json.loads(META[name]["json"]))
    again = serialization.deserialize_keras_object(json.loads(model.to_json()))
    assert json.loads(again.to_json()) == json.loads(model.to_json())
    again.set_weights(model.get_weights())
    x = [FILE[f"models.{name}.in{i}"] for i in range(META[name]["inputs"])]
    given = x if len(x) > 1 else x[0]
    for a, b in zip(tree.flatten(model(given)), tree.flatten(again(given)), strict=True):
        np.testing.assert_array_equal(a, b)

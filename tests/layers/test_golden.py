"""Layers, activations, regularizers and constraints against Keras's numbers, from Keras's configurations."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

from nncore import activations, constraints, layers, regularizers

FILE = np.load(os.path.join(os.path.dirname(os.path.dirname(__file__)), "golden", "layers.npz"))
META = json.loads(str(FILE["meta"]))


ACTIVATIONS = sorted(k.split(".")[1] for k in FILE if k.startswith("activations.") and k != "activations.x")


def close(received: Any, expected: Any, rtol: float = 1e-5) -> None:
    np.testing.assert_allclose(np.asarray(received), expected, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("name", sorted(META["layers"]))
def test_layer(name: str) -> None:
    case = META["layers"][name]
    layer = layers.deserialize(case["config"])
    inputs = [FILE[f"layers.{name}.in{i}"] for i in range(case["inputs"])]
    given = inputs if len(inputs) > 1 else inputs[0]
    layer(given)
    layer.set_weights([FILE[f"layers.{name}.w{i}"] for i in range(case["weights"])])
    close(layer(given), FILE[f"layers.{name}.out"])
    shapes = [(None, *x.shape[1:]) for x in inputs]
    computed = layer.compute_output_shape(shapes if len(shapes) > 1 else shapes[0])
    assert list(computed) == case["symbolic"]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name: str) -> None:
    x = FILE["activations.x"]
    function = activations.get(name)
    close(function(x), FILE[f"activations.{name}"])
    assert activations.serialize(function) == name


@pytest.mark.parametrize("name", sorted(META["regularizers"]))
def test_regularizer(name: str) -> None:
    regularizer = regularizers.deserialize(META["regularizers"][name])
    close(regularizer(FILE["matrix"]), FILE[f"regularizers.{name}"])
    again = regularizers.deserialize(json.loads(json.dumps(regularizers.serialize(regularizer))))
    assert again.get_config() == regularizer.get_config()


@pytest.mark.parametrize("name", sorted(META["constraints"]))
def test_constraint(name: str) -> None:
    constraint = constraints.deserialize(META["constraints"][name])
    close(constraint(FILE["matrix"]), FILE[f"constraints.{name}"])
    again = constraints.deserialize(json.loads(json.dumps(constraints.serialize(constraint))))
    assert again.get_config() == constraint.get_config()

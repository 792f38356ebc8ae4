"""Layers over spatial dimensions against Keras's and PyTorch's results and gradients."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, ops

FILE = np.load(os.path.join(os.path.dirname(os.path.dirname(__file__)), "golden", "image_layers.npz"))
META = json.loads(str(FILE["meta"]))

FIRST = "channels_first"
TORCH: dict[str, Any] = {
    "max_pool_ties": lambda x: ops.max_pool(x, 2, data_format=FIRST),
    "max_pool_overlap_ties": lambda x: ops.max_pool(x, 3, 1, data_format=FIRST),
    "adaptive_max_ties": lambda x: ops.adaptive_max_pool(x, (3, 5), FIRST),
    "adaptive_average": lambda x: ops.adaptive_average_pool(x, (3, 5), FIRST),
    "average_pool": lambda x: ops.average_pool(x, 3, 2, "same", FIRST),
}


def close(received: Any, expected: Any) -> None:
    np.testing.assert_allclose(received, expected, rtol=1e-5, atol=2e-6 * max(1.0, float(np.abs(expected).max())))


def check(function: Any, name: str) -> None:
    """The function's result, and the gradient of its sum with weights."""
    x, weight = FILE[f"{name}.x"], FILE[f"{name}.weight"]
    close(function(x), FILE[f"{name}.y"])
    gradient = nncore.grad(lambda a: ops.sum(function(a) * weight))
    close(gradient(x), FILE[f"{name}.dx"])
    close(nncore.function(gradient)(x), FILE[f"{name}.dx"])


@pytest.mark.parametrize("name", sorted(META["layers"]))
def test_layer(name: str) -> None:
    case = META["layers"][name]
    layer = layers.deserialize(case["config"])
    x = FILE[f"{name}.x"]
    layer(x)
    layer.set_weights([FILE[f"{name}.w{i}"] for i in range(case["weights"])])
    check(layer, name)
    assert list(layer.compute_output_shape((None, *x.shape[1:]))) == case["symbolic"]


@pytest.mark.parametrize("name", sorted(META["trained"]))
def test_training_step(name: str) -> None:
    case = META["trained"][name]
    more: dict[str, Any] = {"training": True} if case["training"] else {}
    if f"{name}.mask" in FILE:
        more["mask"] = FILE[f"{name}.mask"]
    x, weight = FILE[f"{name}.x"], FILE[f"{name}.weight"]
    layer = layers.deserialize(case["config"])
    layer(x)
    before = [FILE[f"{name}.w{i}"] for i in range(case["weights"])]

    def gradients(a: Any) -> list[Any]:
        variables = [v.value for v in layer.trainable_variables]
        return nncore.gradients(ops.sum(layer(a, **more) * weight), [a, *variables])

    layer.set_weights(before)
    dx, *grads = nncore.function(gradients)(x)
    close(dx, FILE[f"{name}.dx"])
    assert len(grads) == case["gradients"]
    for i, g in enumerate(grads):
        close(g, FILE[f"{name}.g{i}"])
    layer.set_weights(before)
    close(layer(x, **more), FILE[f"{name}.y"])
    for i, value in enumerate(layer.get_weights()):
        close(value, FILE[f"{name}.after{i}"])


@pytest.mark.parametrize("name", sorted(META["resized"]))
def test_resize(name: str) -> None:
    size, more = META["resized"][name]
    close(ops.image.resize(FILE[f"{name}.x"], size, **more), FILE[f"{name}.y"])


@pytest.mark.parametrize("name", sorted(META["affine"]))
def test_affine_transform(name: str) -> None:
    x, transforms = FILE["affine.x"], FILE["affine.transforms"]
    close(ops.image.affine_transform(x, transforms, **META["affine"][name]), FILE[f"{name}.y"])


@pytest.mark.parametrize("name", META["torch"])
def test_torch(name: str) -> None:
    check(TORCH[name], f"torch.{name}")


def test_masked_average() -> None:
    x, mask = np.arange(12.0).reshape(2, 3, 2), np.array([[True, False, True], [False, True, False]])
    layer = layers.GlobalAveragePooling1D()
    np.testing.assert_array_equal(layer(x, mask=mask), [[2.0, 3.0], [8.0, 9.0]])
    assert layer.supports_masking
    assert layer.compute_mask(x, mask) is None

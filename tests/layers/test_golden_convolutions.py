"""Convolution layers against Keras's results and gradients, convolutions against PyTorch's."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, ops

FILE = np.load(os.path.join(os.path.dirname(os.path.dirname(__file__)), "golden", "convolutions.npz"))
META = json.loads(str(FILE["meta"]))

FIRST = "channels_first"
TORCH: dict[str, Any] = {
    "conv_1d": lambda x, w: ops.conv(x, w, 2, data_format=FIRST),
    "conv_2d": lambda x, w: ops.conv(x, w, data_format=FIRST),
    "conv_2d_same": lambda x, w: ops.conv(x, w, 1, "same", FIRST),
    "conv_2d_gaps": lambda x, w: ops.conv(x, w, (3, 4), data_format=FIRST),
    "conv_2d_dilation": lambda x, w: ops.conv(x, w, 2, data_format=FIRST, dilation_rate=3),
    "conv_2d_groups": lambda x, w: ops.conv(x, w, data_format=FIRST),
    "conv_3d": lambda x, w: ops.conv(x, w, data_format=FIRST),
    "transposed_1d": lambda x, w: ops.conv_transpose(x, w, 2, data_format=FIRST),
    "transposed_2d": lambda x, w: ops.conv_transpose(x, w, (2, 3), data_format=FIRST),
    "transposed_2d_dilation": lambda x, w: ops.conv_transpose(x, w, data_format=FIRST, dilation_rate=2),
}


def close(received: Any, expected: Any) -> None:
    assert received.shape == expected.shape
    np.testing.assert_allclose(received, expected, rtol=1e-5, atol=2e-6 * max(1.0, float(np.abs(expected).max())))


@pytest.mark.parametrize("name", sorted(META["layers"]))
def test_layer(name: str) -> None:
    case = META["layers"][name]
    layer = layers.deserialize(case["config"])
    x, weight = FILE[f"{name}.x"], FILE[f"{name}.weight"]
    layer(x)
    layer.set_weights([FILE[f"{name}.w{i}"] for i in range(case["weights"])])
    close(layer(x), FILE[f"{name}.y"])
    assert list(layer.compute_output_shape((None, *x.shape[1:]))) == case["symbolic"]
    close(nncore.function(lambda a: layer(a))(x), FILE[f"{name}.y"])

    def slopes(a: Any) -> Any:
        total = ops.sum(layer(a) * weight)
        return nncore.gradients(total, [a, *layer.trainable_variables])

    dx, *dw = nncore.function(slopes)(x)
    close(dx, FILE[f"{name}.dx"])
    for i, d in enumerate(dw):
        close(d, FILE[f"{name}.dw{i}"])


@pytest.mark.parametrize("name", META["torch"])
def test_torch(name: str) -> None:
    """PyTorch's kernels have their two channel axes first; those of transposed convolutions are swapped too."""
    x, w, weight = (FILE[f"torch.{name}.{key}"] for key in ("x", "w", "weight"))

    def function(a: Any, k: Any) -> Any:
        return TORCH[name](a, ops.transpose(k, (*range(2, k.ndim), 1, 0)))

    close(function(x, w), FILE[f"torch.{name}.y"])
    dx, dw = nncore.grad(lambda a, k: ops.sum(function(a, k) * weight), argnums=(0, 1))(x, w)
    close(dx, FILE[f"torch.{name}.dx"])
    close(dw, FILE[f"torch.{name}.dw"])

"""Make ``convolutions.npz``: results and gradients of convolution layers by Keras, of convolutions by PyTorch.

Run by hand, in an environment with both: ``KERAS_BACKEND=jax python tests/golden/make_convolutions.py``.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
import torch
from keras import layers

FIRST = "channels_first"

# name: layer, shape of its input. Odd sizes, strides larger than the kernel, dilation, groups, both formats.
LAYERS = {
    "conv_1d": (layers.Conv1D(5, 3, activation="relu"), (2, 9, 3)),
    "conv_1d_causal": (layers.Conv1D(4, 3, padding="causal", dilation_rate=2), (2, 9, 3)),
    "conv_1d_causal_strides": (layers.Conv1D(4, 4, 3, "causal"), (2, 11, 3)),
    "conv_1d_same": (layers.Conv1D(17, 4, 2, "same"), (2, 9, 3)),
    "conv_2d": (layers.Conv2D(33, 3), (2, 7, 9, 5)),
    "conv_2d_one_channel": (layers.Conv2D(32, 3, activation="relu"), (2, 9, 11, 1)),
    "conv_2d_same": (layers.Conv2D(6, (4, 3), padding="same", activation="tanh"), (2, 7, 6, 3)),
    "conv_2d_same_strides": (layers.Conv2D(6, (4, 3), (2, 3), "same"), (2, 9, 8, 3)),
    "conv_2d_gaps": (layers.Conv2D(4, (2, 1), (3, 4)), (2, 9, 10, 3)),
    "conv_2d_gaps_same": (layers.Conv2D(4, 2, 3, "same"), (2, 8, 10, 3)),
    "conv_2d_dilation": (layers.Conv2D(4, (2, 3), dilation_rate=(3, 2)), (2, 8, 9, 3)),
    "conv_2d_dilation_same": (layers.Conv2D(4, 3, padding="same", dilation_rate=2), (2, 7, 5, 3)),
    "conv_2d_groups": (layers.Conv2D(6, 3, padding="same", groups=3), (2, 5, 6, 9)),
    "conv_2d_groups_strides": (layers.Conv2D(8, 2, 2, groups=2, use_bias=False), (2, 7, 6, 4)),
    "conv_2d_one_tap": (layers.Conv2D(7, 1, activation="relu"), (2, 5, 6, 4)),
    "conv_2d_one_tap_strides": (layers.Conv2D(7, 1, 2), (2, 5, 6, 4)),
    "conv_3d": (layers.Conv3D(4, (2, 3, 2), padding="same"), (1, 4, 5, 3, 2)),
    "conv_3d_strides": (layers.Conv3D(4, 2, (2, 1, 2)), (1, 5, 4, 5, 2)),
    "transposed_1d": (layers.Conv1DTranspose(4, 3, 2), (2, 5, 3)),
    "transposed_1d_same": (layers.Conv1DTranspose(4, 4, 3, "same", activation="relu"), (2, 5, 3)),
    "transposed_2d": (layers.Conv2DTranspose(5, 3), (2, 4, 5, 3)),
    "transposed_2d_strides": (layers.Conv2DTranspose(5, (3, 2), (2, 3)), (2, 4, 3, 3)),
    "transposed_2d_same": (layers.Conv2DTranspose(5, 3, 2, "same"), (2, 4, 3, 3)),
    "transposed_2d_same_even": (layers.Conv2DTranspose(5, 4, 2, "same"), (2, 4, 3, 3)),
    "transposed_2d_more": (layers.Conv2DTranspose(5, 3, 2, "same", output_padding=1), (2, 4, 3, 3)),
    "transposed_2d_more_valid": (layers.Conv2DTranspose(5, 3, 3, output_padding=(0, 2)), (2, 4, 3, 3)),
    "transposed_2d_dilation": (layers.Conv2DTranspose(5, 3, padding="same", dilation_rate=2), (2, 4, 6, 3)),
    "transposed_3d": (layers.Conv3DTranspose(3, 2, (1, 2, 1), "same"), (1, 3, 2, 4, 2)),
    "depthwise_1d": (layers.DepthwiseConv1D(3, 2, "same"), (2, 9, 5)),
    "depthwise_2d": (layers.DepthwiseConv2D(3, padding="same", activation="relu"), (2, 7, 6, 35)),
    "depthwise_2d_strides": (layers.DepthwiseConv2D(3, 2, "same"), (2, 7, 8, 5)),
    "depthwise_2d_multiplier": (layers.DepthwiseConv2D((3, 2), depth_multiplier=3), (2, 7, 6, 3)),
    "depthwise_2d_dilation": (layers.DepthwiseConv2D(3, dilation_rate=2), (2, 7, 6, 3)),
    "separable_1d": (layers.SeparableConv1D(4, 3, 2, "same"), (2, 9, 5)),
    "separable_2d": (layers.SeparableConv2D(4, 3, padding="same", depth_multiplier=2, activation="relu"), (2, 7, 6, 3)),
}  # fmt: skip

F = torch.nn.functional
# name: function of a channels-first tensor and a kernel (filters, channels, taps...), their shapes
TORCH = {
    "conv_1d": (lambda x, w: F.conv1d(x, w, stride=2), (2, 3, 9), (4, 3, 3)),
    "conv_2d": (lambda x, w: F.conv2d(x, w), (2, 3, 7, 6), (5, 3, 3, 2)),
    "conv_2d_same": (lambda x, w: F.conv2d(x, w, padding="same"), (2, 3, 7, 6), (5, 3, 3, 3)),
    "conv_2d_gaps": (lambda x, w: F.conv2d(x, w, stride=(3, 4)), (2, 3, 8, 9), (5, 3, 2, 3)),
    "conv_2d_dilation": (lambda x, w: F.conv2d(x, w, stride=2, dilation=3), (2, 3, 9, 11), (5, 3, 2, 3)),
    "conv_2d_groups": (lambda x, w: F.conv2d(x, w, groups=2), (2, 4, 5, 6), (6, 2, 3, 2)),
    "conv_3d": (lambda x, w: F.conv3d(x, w), (1, 2, 4, 5, 3), (3, 2, 2, 3, 2)),
    "transposed_1d": (lambda x, w: F.conv_transpose1d(x, w, stride=2), (2, 3, 5), (3, 4, 3)),
    "transposed_2d": (lambda x, w: F.conv_transpose2d(x, w, stride=(2, 3)), (2, 3, 4, 5), (3, 4, 3, 4)),
    "transposed_2d_dilation": (lambda x, w: F.conv_transpose2d(x, w, dilation=2), (2, 3, 4, 5), (3, 4, 2, 3)),
}


def main() -> None:
    """Write ``convolutions.npz`` beside this file."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    meta: dict[str, dict] = {"layers": {}, "torch": sorted(TORCH)}

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype("float32")

    for name, (layer, shape) in LAYERS.items():
        x = draw(*shape)
        layer(x)
        for variable in layer.weights:
            variable.assign(0.4 * rng.standard_normal(variable.shape))
        y = np.asarray(layer(x))
        weight = draw(*y.shape)
        values = [v.value for v in layer.trainable_variables]

        def total(a, v, layer=layer, weight=weight):
            return (layer.stateless_call(v, [], a)[0] * weight).sum()

        dx, dw = jax.grad(total, argnums=(0, 1))(x, values)
        meta["layers"][name] = {
            "config": layers.serialize(layer),
            "weights": len(values),
            "symbolic": list(layer(layers.Input(shape[1:])).shape),
        }
        for i, (w, d) in enumerate(zip(layer.get_weights(), dw, strict=True)):
            arrays[f"{name}.w{i}"] = w
            arrays[f"{name}.dw{i}"] = np.asarray(d)
        arrays.update({f"{name}.x": x, f"{name}.y": y, f"{name}.weight": weight, f"{name}.dx": np.asarray(dx)})

    for name, (function, *shapes) in TORCH.items():
        tensors = [torch.tensor(draw(*shape), requires_grad=True) for shape in shapes]
        y = function(*tensors)
        weight = draw(*y.shape)
        (y * torch.tensor(weight)).sum().backward()
        arrays.update({f"torch.{name}.y": y.detach().numpy(), f"torch.{name}.weight": weight})
        for key, tensor in zip("xw", tensors, strict=True):
            arrays[f"torch.{name}.{key}"] = tensor.detach().numpy()
            arrays[f"torch.{name}.d{key}"] = tensor.grad.numpy()

    meta["versions"] = {"keras": keras.__version__, "torch": torch.__version__, "jax": jax.__version__}
    arrays["meta"] = np.array(json.dumps(meta))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "convolutions.npz")
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()

"""Make ``image_layers.npz``: results and gradients of layers over spatial dimensions, by Keras and by PyTorch.

Run by hand, in an environment with both: ``KERAS_BACKEND=jax python tests/golden/make_image_layers.py``.
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

# name: layer, shape of its input
POOLING = {
    "max_1d": (layers.MaxPooling1D(3, 2, "same"), (2, 9, 3)),
    "max_2d": (layers.MaxPooling2D(), (2, 7, 6, 3)),
    "max_overlap": (layers.MaxPooling2D(3, 2, "same"), (2, 9, 8, 5)),
    "max_gaps": (layers.MaxPooling2D((2, 1), (3, 4), "same"), (2, 8, 9, 2)),
    "max_first": (layers.MaxPooling2D((2, 3), (1, 2), data_format=FIRST), (2, 3, 7, 6)),
    "max_3d": (layers.MaxPooling3D((2, 1, 3), 2, "same"), (1, 5, 4, 7, 2)),
    "average_1d": (layers.AveragePooling1D(3, 2), (2, 9, 3)),
    "average_2d": (layers.AveragePooling2D(2, padding="same"), (2, 7, 6, 3)),
    "average_overlap": (layers.AveragePooling2D(3, 1, "same"), (2, 5, 6, 5)),
    "average_first": (layers.AveragePooling2D((2, 3), (1, 2), "same", FIRST), (2, 3, 7, 6)),
    "average_3d": (layers.AveragePooling3D(2, 1, "same"), (1, 3, 4, 5, 2)),
    "global_max_1d": (layers.GlobalMaxPooling1D(), (2, 5, 3)),
    "global_max_2d": (layers.GlobalMaxPooling2D(FIRST, keepdims=True), (2, 3, 5, 4)),
    "global_max_3d": (layers.GlobalMaxPooling3D(), (2, 3, 2, 4, 3)),
    "global_average_1d": (layers.GlobalAveragePooling1D(keepdims=True), (2, 5, 3)),
    "global_average_2d": (layers.GlobalAveragePooling2D(), (2, 3, 5, 4)),
    "global_average_3d": (layers.GlobalAveragePooling3D(FIRST), (2, 3, 2, 4, 3)),
    "adaptive_max_1d": (layers.AdaptiveMaxPooling1D(4), (2, 10, 3)),
    "adaptive_max_2d": (layers.AdaptiveMaxPooling2D((3, 4)), (2, 10, 7, 3)),
    "adaptive_average_2d": (layers.AdaptiveAveragePooling2D((3, 4), FIRST), (2, 3, 10, 7)),
    "adaptive_average_3d": (layers.AdaptiveAveragePooling3D(2), (2, 5, 3, 4, 2)),
}

LAYERS = {**POOLING}

F = torch.nn.functional
# name: function of a channels-first tensor, shape of its input; whole numbers, so that maxima are tied
TORCH = {
    "max_pool_ties": (lambda x: F.max_pool2d(x, 2), (2, 3, 6, 8)),
    "max_pool_overlap_ties": (lambda x: F.max_pool2d(x, 3, 1), (2, 3, 6, 8)),
    "adaptive_max_ties": (lambda x: F.adaptive_max_pool2d(x, (3, 5)), (2, 3, 7, 8)),
    "adaptive_average": (lambda x: F.adaptive_avg_pool2d(x, (3, 5)), (2, 3, 7, 8)),
    "average_pool": (lambda x: F.avg_pool2d(x, 3, 2, padding=1, count_include_pad=False), (2, 3, 7, 9)),
}


def keras_case(layer: layers.Layer, x: np.ndarray, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Result, and the gradient of the result's sum, weighted element by element."""
    values = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]

    def total(a):
        return (layer.stateless_call(values, fixed, a)[0] * weight).sum()

    return np.asarray(jax.grad(total)(x))


def main() -> None:
    """Write ``image_layers.npz`` beside this file."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    meta: dict[str, dict] = {"layers": {}, "torch": sorted(TORCH)}

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype("float32")

    for name, (layer, shape) in LAYERS.items():
        x = draw(*shape)
        layer(x)
        for variable in layer.weights:
            spread = 0.3 * rng.standard_normal(variable.shape)
            variable.assign(np.abs(1 + spread) if "variance" in variable.name else variable + spread)
        y = np.asarray(layer(x))
        weight = draw(*y.shape)
        meta["layers"][name] = {
            "config": layers.serialize(layer),
            "weights": len(layer.weights),
            "symbolic": list(layer(layers.Input(shape[1:])).shape),
        }
        for i, w in enumerate(layer.get_weights()):
            arrays[f"{name}.w{i}"] = w
        arrays.update({f"{name}.x": x, f"{name}.y": y, f"{name}.weight": weight})
        arrays[f"{name}.dx"] = keras_case(layer, x, weight)

    for name, (function, shape) in TORCH.items():
        x = rng.integers(-2, 3, shape).astype("float32")
        tensor = torch.tensor(x, requires_grad=True)
        y = function(tensor)
        weight = draw(*y.shape)
        (y * torch.tensor(weight)).sum().backward()
        for key, value in (("x", x), ("y", y.detach().numpy()), ("weight", weight), ("dx", tensor.grad.numpy())):
            arrays[f"torch.{name}.{key}"] = value

    meta["versions"] = {"keras": keras.__version__, "torch": torch.__version__, "jax": jax.__version__}
    arrays["meta"] = np.array(json.dumps(meta))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "image_layers.npz")
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()

"""Make the golden values of layers that prepare and vary images and numbers, where nothing is random.

Run by hand with a Python that has keras and jax:

    KERAS_BACKEND=jax python tests/golden/make_augmentation.py

Writes augmentation.npz beside this file.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

FIRST = {"data_format": "channels_first"}
UNIT = {"value_range": (0, 1)}
IMAGE, ONE, GREY, TURNED = (2, 6, 7, 3), (1, 6, 7, 3), (2, 6, 7, 1), (2, 3, 6, 7)

# Both ends of the range are one number, so nothing is random.
IMAGES = {
    "saturation": (layers.RandomSaturation((0.3, 0.3), **UNIT), IMAGE),
    "saturation_up": (layers.RandomSaturation((0.8, 0.8), **UNIT, **FIRST), TURNED),
    "grayscale": (layers.RandomGrayscale(1.0), IMAGE),
    "degeneration": (layers.RandomColorDegeneration((0.4, 0.4), **UNIT), IMAGE),
    "invert": (layers.RandomInvert((1.0, 1.0), **UNIT), IMAGE),
    "posterization": (layers.RandomPosterization((3, 3), **UNIT), IMAGE),
    "sharpness": (layers.RandomSharpness((0.9, 0.9), **UNIT), IMAGE),
    "sharpness_first": (layers.RandomSharpness((0.1, 0.1), **UNIT, **FIRST), TURNED),
    "solarization": (layers.Solarization(**UNIT), IMAGE),
    "auto_contrast": (layers.AutoContrast(**UNIT), IMAGE),
    "equalization": (layers.Equalization(**UNIT), ONE),
    "equalization_bins": (layers.Equalization(**UNIT, bins=16), ONE),
    "adaptive": (layers.ContrastLimitedAdaptiveHistogramEqualization(**UNIT, tile_grid_size=(2, 2)), IMAGE),
    "adaptive_unlimited": (
        layers.ContrastLimitedAdaptiveHistogramEqualization(**UNIT, clip_limit=0.0, tile_grid_size=(3, 2), **FIRST),
        TURNED,
    ),
    "jitter": (layers.RandomColorJitter((0, 1), brightness_factor=(0.1, 0.1), saturation_factor=(0.6, 0.6)), IMAGE),
    "blur": (layers.RandomGaussianBlur((1.0, 1.0), (3, 5), (0.7, 0.7), **UNIT), GREY),
    "perspective": (layers.RandomPerspective((1.0, 1.0), 0.0), IMAGE),
    "erasing": (layers.RandomErasing((1.0, 1.0), (1.0, 1.0), 0.25, (0, 1)), IMAGE),
}
NUMBERS = {
    "discretization": (layers.Discretization([-1.0, 0.0, 0.5]), (3, 4)),
    "discretization_one_hot": (layers.Discretization([-1.0, 0.0, 0.5], output_mode="one_hot"), (3, 1)),
    "discretization_multi_hot": (layers.Discretization([-1.0, 0.0, 0.5], output_mode="multi_hot"), (3, 4)),
    "discretization_count": (layers.Discretization([-1.0, 0.0, 0.5], output_mode="count"), (3, 4, 2)),
}
CLASSES = {
    "category_multi_hot": (layers.CategoryEncoding(5), (3, 4)),
    "category_count": (layers.CategoryEncoding(5, "count"), (3, 4)),
    "category_one_hot": (layers.CategoryEncoding(5, "one_hot"), (3, 4)),
    "category_column": (layers.CategoryEncoding(5, "one_hot"), (3, 1)),
    "category_cube": (layers.CategoryEncoding(5), (3, 4, 2)),
    "reversible": (layers.ReversibleEmbedding(5, 3, logit_soft_cap=0.5), (3, 4)),
}


def main() -> None:
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    meta: dict[str, dict] = {"configs": {}, "keras": keras.__version__}
    for name, (layer, shape) in {**IMAGES, **NUMBERS, **CLASSES}.items():
        if name in IMAGES:
            x = rng.uniform(size=shape).astype("float32")
        elif name in NUMBERS:
            x = rng.standard_normal(shape).astype("float32")
        else:
            x = rng.integers(0, 5, shape).astype("int32")
        arrays.update({f"{name}.x": x, f"{name}.y": np.asarray(layer(x))})
        for i, w in enumerate(layer.get_weights()):
            arrays[f"{name}.w{i}"] = w
        if name == "reversible":
            arrays[f"{name}.back"] = np.asarray(layer(arrays[f"{name}.y"], reverse=True))
        meta["configs"][name] = layers.serialize(layer)
    arrays["meta"] = np.array(json.dumps(meta))
    np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), "augmentation.npz"), **arrays)


if __name__ == "__main__":
    main()

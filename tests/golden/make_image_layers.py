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

NORMALIZATION = {
    "batch": (layers.BatchNormalization(), (8, 5)),
    "batch_images": (layers.BatchNormalization(epsilon=1e-2), (3, 4, 5, 6)),
    "batch_first": (layers.BatchNormalization(axis=1, scale=False), (3, 6, 5, 4)),
    "layer": (layers.LayerNormalization(), (3, 4, 7)),
    "layer_axes": (layers.LayerNormalization(axis=[1, 2], epsilon=1e-2), (3, 4, 5, 6)),
    "layer_last": (layers.LayerNormalization(axis=[2, 3], center=False), (3, 4, 5, 6)),
    "group": (layers.GroupNormalization(3), (3, 4, 5, 6)),
    "group_first": (layers.GroupNormalization(2, axis=1), (3, 6, 4, 5)),
    "instance": (layers.GroupNormalization(-1), (3, 9, 4)),
    "rms": (layers.RMSNormalization(), (3, 4, 7)),
    "rms_axes": (layers.RMSNormalization(axis=[1, 2]), (3, 4, 7)),
    "unit": (layers.UnitNormalization(axis=[1, 2]), (3, 4, 7)),
}

RESHAPING = {
    "cropping_1d": (layers.Cropping1D((2, 1)), (2, 7, 3)),
    "cropping_2d": (layers.Cropping2D(((1, 0), (0, 2))), (2, 4, 5, 3)),
    "cropping_3d": (layers.Cropping3D(1, data_format=FIRST), (2, 2, 3, 4, 5)),
    "padding_1d": (layers.ZeroPadding1D((2, 1)), (2, 3, 2)),
    "padding_2d": (layers.ZeroPadding2D(((1, 0), (2, 3)), data_format=FIRST), (2, 3, 4, 2)),
    "padding_3d": (layers.ZeroPadding3D((1, 0, 2)), (2, 3, 2, 1, 2)),
    "up_sampling_1d": (layers.UpSampling1D(3), (2, 4, 2)),
    "up_sampling_2d": (layers.UpSampling2D((2, 3)), (2, 3, 4, 2)),
    "up_sampling_3d": (layers.UpSampling3D((1, 2, 3)), (2, 3, 2, 2, 2)),
    "up_sampling_bilinear": (layers.UpSampling2D((2, 3), interpolation="bilinear"), (2, 3, 4, 2)),
    "up_sampling_bicubic": (layers.UpSampling2D(3, FIRST, "bicubic"), (2, 2, 5, 4)),
    "up_sampling_lanczos3": (layers.UpSampling2D(2, interpolation="lanczos3"), (2, 7, 8, 2)),
    "up_sampling_lanczos5": (layers.UpSampling2D(2, interpolation="lanczos5"), (2, 12, 3, 2)),
    "permute": (layers.Permute((3, 1, 2)), (2, 3, 4, 5)),
    "repeat_vector": (layers.RepeatVector(3), (2, 4)),
}

PREPROCESSING = {
    "rescaling": (layers.Rescaling([0.5, 2.0], 1.0), (3, 4, 2)),
    "normalization": (layers.Normalization(axis=(1, 2), mean=[1.0, 2.0], variance=[4.0, 0.0]), (3, 4, 2)),
    "normalization_invert": (layers.Normalization(axis=None, mean=1.0, variance=4.0, invert=True), (3, 4, 2)),
    "resizing": (layers.Resizing(5, 3, antialias=True), (2, 8, 7, 2)),
    "resizing_first": (layers.Resizing(5, 9, "bicubic", data_format=FIRST), (2, 2, 4, 6)),
    "center_crop": (layers.CenterCrop(3, 4), (2, 6, 7, 2)),
    "center_crop_small": (layers.CenterCrop(6, 4), (2, 4, 9, 2)),
    # Both ends of the range are one number, so nothing is random.
    "translation": (layers.RandomTranslation((0.2, 0.2), (-0.3, -0.3)), (2, 5, 6, 2)),
    "translation_first": (
        layers.RandomTranslation((-0.5, -0.5), (0.25, 0.25), "constant", data_format=FIRST),
        (2, 2, 4, 6),
    ),
    "rotation": (layers.RandomRotation((0.1, 0.1), "nearest"), (2, 5, 6, 2)),
    "rotation_wrap": (layers.RandomRotation((-0.3, -0.3), "wrap"), (2, 5, 6, 2)),
    "zoom": (layers.RandomZoom((0.3, 0.3), fill_mode="constant", fill_value=0.5), (2, 5, 6, 2)),
    "zoom_in": (layers.RandomZoom((-0.4, -0.4), (-0.2, -0.2)), (2, 5, 6, 2)),
    "brightness": (layers.RandomBrightness((0.2, 0.2), (-1, 1)), (2, 3, 4, 2)),
}

LAYERS = {**POOLING, **NORMALIZATION, **RESHAPING, **PREPROCESSING}
# layers that behave otherwise while training: one step, its weights afterwards, its gradients
TRAINED = {
    "batch_train": (layers.BatchNormalization(momentum=0.8), (8, 5)),
    "batch_train_images": (layers.BatchNormalization(), (3, 4, 5, 6)),
    "batch_train_first": (layers.BatchNormalization(axis=1, center=False), (3, 6, 5, 4)),
    "batch_train_renorm": (
        layers.BatchNormalization(renorm=True, renorm_clipping={"rmax": 1.2, "dmax": 0.3}, renorm_momentum=0.7),
        (8, 5),
    ),
    "layer_train": (layers.LayerNormalization(), (3, 4, 7)),
    "layer_axes_train": (layers.LayerNormalization(axis=[1, 3]), (3, 4, 5, 6)),
    "group_train": (layers.GroupNormalization(3), (3, 4, 5, 6)),
    "group_first_train": (layers.GroupNormalization(2, axis=1), (3, 6, 4, 5)),
    "rms_train": (layers.RMSNormalization(), (3, 4, 7)),
}
MASKED = {"batch_masked": (layers.BatchNormalization(momentum=0.5), (4, 3, 5))}

# name: size and further arguments of ops.image.resize, shape of the images
RESIZED = {
    "resize_smaller": ((3, 4), {}, (2, 7, 9, 2)),
    "resize_antialias": ((3, 4), {"antialias": True}, (2, 7, 9, 2)),
    "resize_cubic_antialias": ((3, 11), {"interpolation": "bicubic", "antialias": True}, (7, 9, 2)),
    "resize_lanczos_antialias": ((4, 5), {"interpolation": "lanczos3", "antialias": True}, (2, 9, 15, 2)),
    "resize_nearest": ((5, 4), {"interpolation": "nearest"}, (2, 7, 9, 2)),
    "resize_crop": ((6, 4), {"crop_to_aspect_ratio": True}, (2, 7, 9, 2)),
    "resize_pad": ((4, 6), {"pad_to_aspect_ratio": True, "fill_value": 2.0}, (2, 9, 7, 2)),
    "resize_first": ((6, 3), {"data_format": FIRST}, (2, 2, 4, 5)),
}
TRANSFORMS = [[0.9, 0.3, -0.7, -0.2, 1.1, 1.4, 0, 0], [1, 0, 2.5, 0, 1, -1.25, 0, 0]]
AFFINE = {
    f"affine_{mode}_{how}": {"fill_mode": mode, "interpolation": how, "fill_value": 0.5}
    for mode in ("constant", "nearest", "wrap", "reflect", "mirror")
    for how in ("bilinear", "nearest")
}

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
    meta: dict[str, dict] = {"layers": {}, "trained": {}, "resized": {}, "affine": {}, "torch": sorted(TORCH)}

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

    for name, (layer, shape) in {**TRAINED, **MASKED}.items():
        x = draw(*shape)
        mask = rng.random(shape[:-1]) < 0.6 if name in MASKED else None
        more = {"training": True} if isinstance(layer, layers.BatchNormalization) else {}
        more.update({} if mask is None else {"mask": mask})
        layer(x)
        for variable in layer.weights:
            spread = 0.3 * rng.standard_normal(variable.shape)
            variable.assign(np.abs(1 + spread) if "mean" not in variable.name else variable + spread)
        before = layer.get_weights()
        weight = draw(*shape)
        values = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]

        def total(a, values, layer=layer, fixed=fixed, weight=weight, more=more):
            return (layer.stateless_call(values, fixed, a, **more)[0] * weight).sum()

        dx, grads = jax.grad(total, argnums=(0, 1))(x, values)
        arrays[f"{name}.y"] = np.asarray(layer(x, **more))
        meta["trained"][name] = {
            "config": layers.serialize(layer),
            "weights": len(before),
            "gradients": len(grads),
            "training": bool(more),
        }
        arrays.update({f"{name}.x": x, f"{name}.weight": weight, f"{name}.dx": np.asarray(dx)})
        if mask is not None:
            arrays[f"{name}.mask"] = mask
        for i, (w, after) in enumerate(zip(before, layer.get_weights(), strict=True)):
            arrays[f"{name}.w{i}"], arrays[f"{name}.after{i}"] = w, after
        for i, g in enumerate(grads):
            arrays[f"{name}.g{i}"] = np.asarray(g)

    for name, (function, shape) in TORCH.items():
        x = rng.integers(-2, 3, shape).astype("float32")
        tensor = torch.tensor(x, requires_grad=True)
        y = function(tensor)
        weight = draw(*y.shape)
        (y * torch.tensor(weight)).sum().backward()
        for key, value in (("x", x), ("y", y.detach().numpy()), ("weight", weight), ("dx", tensor.grad.numpy())):
            arrays[f"torch.{name}.{key}"] = value

    for name, (size, more, shape) in RESIZED.items():
        x = draw(*shape)
        arrays.update({f"{name}.x": x, f"{name}.y": np.asarray(keras.ops.image.resize(x, size, **more))})
        meta["resized"][name] = [size, more]
    x = arrays["affine.x"] = draw(2, 5, 6, 2)
    transforms = arrays["affine.transforms"] = np.array(TRANSFORMS, "float32")
    for name, more in AFFINE.items():
        arrays[f"{name}.y"] = np.asarray(keras.ops.image.affine_transform(x, transforms, **more))
        meta["affine"][name] = more

    meta["versions"] = {"keras": keras.__version__, "torch": torch.__version__, "jax": jax.__version__}
    arrays["meta"] = np.array(json.dumps(meta))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "image_layers.npz")
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()

"""Rows of layers that rearrange, disturb and prepare images and the like, for ``check_layer``."""

from __future__ import annotations

from typing import Any

from layer_rows_spatial import FIRST, Row
from nncore import layers

RESHAPING: list[Row] = [
    ("cropping_1d", layers.Cropping1D, {}, (4, 7, 3), (4, 5, 3), {}),
    ("cropping_2d", layers.Cropping2D, {"cropping": ((1, 0), 2)}, (4, 4, 6, 3), (4, 3, 2, 3), {}),
    ("cropping_first", layers.Cropping2D, {"cropping": (0, 1), **FIRST}, (4, 2, 4, 6), (4, 2, 4, 4), {}),
    ("cropping_none", layers.Cropping2D, {}, (4, 4, 6, 3), (4, 4, 6, 3), {}),
    ("cropping_3d", layers.Cropping3D, {"cropping": ((1, 1), (0, 2), (1, 0))}, (4, 3, 3, 3, 2), (4, 1, 1, 2, 2), {}),
    ("padding_1d", layers.ZeroPadding1D, {"padding": (2, 1)}, (4, 3, 2), (4, 6, 2), {}),
    ("padding_1d_first", layers.ZeroPadding1D, FIRST, (4, 3, 2), (4, 3, 4), {}),
    ("padding_2d", layers.ZeroPadding2D, {"padding": ((1, 0), (2, 2))}, (4, 3, 2, 2), (4, 4, 6, 2), {}),
    ("padding_3d", layers.ZeroPadding3D, {"padding": (0, 1, 2), **FIRST}, (4, 2, 3, 2, 1), (4, 2, 3, 4, 5), {}),
    ("up_sampling_1d", layers.UpSampling1D, {"size": 3}, (4, 2, 3), (4, 6, 3), {}),
    ("up_sampling_2d", layers.UpSampling2D, {}, (4, 2, 3, 2), (4, 4, 6, 2), {}),
    ("up_sampling_first", layers.UpSampling2D, {"size": (1, 3), **FIRST}, (4, 2, 3, 2), (4, 2, 3, 6), {}),
    ("up_sampling_bilinear", layers.UpSampling2D, {"size": (2, 3), "interpolation": "bilinear"}, (4, 3, 2, 2),
     (4, 6, 6, 2), {}),
    ("up_lanczos", layers.UpSampling2D, {"interpolation": "lanczos5", **FIRST}, (4, 2, 3, 2), (4, 2, 6, 4), {}),
    ("up_sampling_3d", layers.UpSampling3D, {"size": (2, 1, 2)}, (4, 2, 2, 1, 3), (4, 4, 2, 2, 3), {}),
    ("permute", layers.Permute, {"dims": (3, 1, 2)}, (4, 2, 3, 5), (4, 5, 2, 3), {}),
    ("repeat_vector", layers.RepeatVector, {"n": 3}, (4, 5), (4, 3, 5), {}),
]  # fmt: skip

NOISE: list[Row] = [
    ("spatial_dropout_1d", layers.SpatialDropout1D, {"rate": 0.5, "seed": 3}, (4, 3, 5), (4, 3, 5), {"seeds": 1}),
    ("spatial_dropout_2d", layers.SpatialDropout2D, {"rate": 0.5, **FIRST}, (4, 3, 2, 2), (4, 3, 2, 2), {"seeds": 1}),
    ("spatial_dropout_3d", layers.SpatialDropout3D, {"rate": 0.3}, (4, 2, 2, 2, 3), (4, 2, 2, 2, 3), {"seeds": 1}),
    ("gaussian_noise", layers.GaussianNoise, {"stddev": 0.5}, (4, 5), (4, 5), {"seeds": 1}),
    ("gaussian_noise_none", layers.GaussianNoise, {"stddev": 0}, (4, 5), (4, 5), {}),
    ("gaussian_dropout", layers.GaussianDropout, {"rate": 0.3, "seed": 1}, (4, 5), (4, 5), {"seeds": 1}),
    ("alpha_dropout", layers.AlphaDropout, {"rate": 0.3}, (4, 5), (4, 5), {"seeds": 1}),
    ("alpha_dropout_noise", layers.AlphaDropout, {"rate": 0.3, "noise_shape": (None, 1)}, (4, 5), (4, 5), {"seeds": 1}),
    ("activity", layers.ActivityRegularization, {"l1": 0.1, "l2": 0.2}, (4, 5), (4, 5), {"losses": 1}),
]  # fmt: skip

# They vary their input unless they are told that this is no training.
STILL: dict[str, Any] = {"seeds": 1, "call": {"training": False}}
WHOLE: dict[str, Any] = {"input_dtype": "int32", "train": False}
PREPROCESSING: list[Row] = [
    ("rescaling", layers.Rescaling, {"scale": 0.5, "offset": [1.0, 2.0]}, (4, 3, 2), (4, 3, 2), {}),
    ("rescaling_bytes", layers.Rescaling, {"scale": 1 / 255}, (4, 3), (4, 3), {"input_dtype": "uint8", "train": False}),
    ("category_encoding", layers.CategoryEncoding, {"num_tokens": 5}, (4, 3), (4, 5), WHOLE),
    ("category_counts", layers.CategoryEncoding, {"num_tokens": 5, "output_mode": "count"}, (4, 3), (4, 5), WHOLE),
    ("category_one_hot", layers.CategoryEncoding, {"num_tokens": 5, "output_mode": "one_hot"}, (4, 3), (4, 3, 5),
     WHOLE),
    ("discretization", layers.Discretization, {"bin_boundaries": [-1.0, 0.0, 1.0], "output_mode": "one_hot"},
     (4, 3), (4, 3, 4), {"train": False}),
    ("normalization", layers.Normalization, {}, (4, 3), (4, 3), {"weights": 3, "trainable": 0, "train": False}),
    ("normalization_given", layers.Normalization, {"axis": (1, 2), "mean": [1.0, 2.0], "variance": [1.0, 4.0]},
     (4, 3, 2),
     (4, 3, 2), {}),
    ("normalization_all", layers.Normalization, {"axis": None, "mean": 1.0, "variance": 2.0, "invert": True},
     (4, 3), (4, 3),
     {}),
    ("flip", layers.RandomFlip, {}, (4, 3, 2, 2), (4, 3, 2, 2), STILL),
    ("flip_first", layers.RandomFlip, {"mode": "vertical", "seed": 3, **FIRST}, (4, 3, 2, 2), (4, 3, 2, 2), STILL),
    ("translation", layers.RandomTranslation, {"height_factor": 0.3, "width_factor": (0.1, 0.2)},
     (4, 5, 4, 2), (4, 5, 4, 2),
     STILL),
    ("rotation", layers.RandomRotation, {"factor": 0.2, "fill_mode": "wrap", **FIRST},
     (4, 2, 5, 4), (4, 2, 5, 4), STILL),
    ("zoom", layers.RandomZoom, {"height_factor": (-0.3, 0.2), "fill_mode": "nearest"},
     (4, 5, 4, 2), (4, 5, 4, 2), STILL),
    ("zoom_both", layers.RandomZoom, {"height_factor": 0.3, "width_factor": 0.1, "interpolation": "nearest"},
     (4, 5, 4, 2),
     (4, 5, 4, 2), STILL),
    ("contrast", layers.RandomContrast, {"factor": 0.3, "value_range": (-3, 3)}, (4, 5, 4, 2), (4, 5, 4, 2), STILL),
    ("brightness", layers.RandomBrightness, {"factor": 0.3, "value_range": [-3, 3]}, (4, 5, 4, 2), (4, 5, 4, 2), STILL),
    ("resizing", layers.Resizing, {"height": 3, "width": 7}, (4, 5, 4, 2), (4, 3, 7, 2), {}),
    ("resizing_bytes", layers.Resizing, {"height": 3, "width": 2, "antialias": True}, (4, 5, 4, 2), (4, 3, 2, 2),
     {"input_dtype": "uint8", "train": False}),
    ("center_crop", layers.CenterCrop, {"height": 3, "width": 2, **FIRST}, (4, 2, 4, 5), (4, 2, 3, 2), {}),
    ("random_crop", layers.RandomCrop, {"height": 3, "width": 2}, (4, 5, 4, 2), (4, 3, 2, 2), STILL),
]  # fmt: skip

IMAGES: list[Row] = [*RESHAPING, *NOISE, *PREPROCESSING]

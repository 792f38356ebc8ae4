"""Rows of layers over spatial dimensions, for ``check_layer``: name, class, arguments, shapes, and the rest."""

from __future__ import annotations

from typing import Any

from nncore import layers

Row = tuple[str, Any, dict[str, Any], Any, tuple[int, ...], dict[str, Any]]

FIRST = {"data_format": "channels_first"}

POOLING: list[Row] = [
    ("max_pool_1d", layers.MaxPooling1D, {}, (4, 7, 3), (4, 3, 3), {}),
    ("max_pool_2d", layers.MaxPooling2D, {}, (4, 6, 5, 3), (4, 3, 2, 3), {}),
    ("max_same", layers.MaxPool2D, {"pool_size": 3, "strides": 2, "padding": "SAME"}, (4, 6, 5, 3), (4, 3, 3, 3), {}),
    ("max_pool_first", layers.MaxPooling2D, {"pool_size": (2, 1), **FIRST}, (4, 3, 6, 5), (4, 3, 3, 5), {}),
    ("max_pool_3d", layers.MaxPooling3D, {"pool_size": (2, 1, 2)}, (4, 4, 3, 5, 2), (4, 2, 3, 2, 2), {}),
    ("average_pool_1d", layers.AveragePooling1D, {"pool_size": 3, "strides": 1}, (4, 7, 3), (4, 5, 3), {}),
    ("average_pool_2d", layers.AveragePooling2D, {"pool_size": 2, "padding": "same"}, (4, 5, 5, 3), (4, 3, 3, 3), {}),
    ("average_pool_first", layers.AvgPool2D, {"pool_size": 2, **FIRST}, (4, 3, 6, 4), (4, 3, 3, 2), {}),
    ("average_pool_3d", layers.AveragePooling3D, {"pool_size": 2}, (4, 4, 4, 4, 2), (4, 2, 2, 2, 2), {}),
    ("pool_ints", layers.MaxPooling2D, {}, (4, 4, 4, 2), (4, 2, 2, 2), {"input_dtype": "uint8", "train": False}),
    ("global_max_1d", layers.GlobalMaxPooling1D, {}, (4, 5, 3), (4, 3), {}),
    ("global_max_2d", layers.GlobalMaxPooling2D, {"keepdims": True}, (4, 3, 5, 2), (4, 1, 1, 2), {}),
    ("global_max_first", layers.GlobalMaxPool2D, FIRST, (4, 3, 5, 2), (4, 3), {}),
    ("global_max_3d", layers.GlobalMaxPooling3D, {}, (4, 2, 3, 2, 3), (4, 3), {}),
    ("global_average_1d", layers.GlobalAveragePooling1D, {"keepdims": True}, (4, 5, 3), (4, 1, 3), {}),
    ("global_average_2d", layers.GlobalAveragePooling2D, {}, (4, 3, 5, 2), (4, 2), {}),
    ("global_average_first", layers.GlobalAvgPool2D, {"keepdims": True, **FIRST}, (4, 3, 5, 2), (4, 3, 1, 1), {}),
    ("global_average_3d", layers.GlobalAveragePooling3D, {}, (4, 2, 3, 2, 3), (4, 3), {}),
    ("adaptive_max_1d", layers.AdaptiveMaxPooling1D, {"output_size": 3}, (4, 7, 2), (4, 3, 2), {}),
    ("adaptive_max_2d", layers.AdaptiveMaxPooling2D, {"output_size": (3, 2)}, (4, 7, 5, 2), (4, 3, 2, 2), {}),
    ("adaptive_max_3d", layers.AdaptiveMaxPooling3D, {"output_size": 2}, (4, 3, 4, 5, 2), (4, 2, 2, 2, 2), {}),
    ("adaptive_average_1d", layers.AdaptiveAveragePooling1D, {"output_size": 3}, (4, 7, 2), (4, 3, 2), {}),
    ("adaptive_average", layers.AdaptiveAveragePooling2D, {"output_size": 2, **FIRST}, (4, 2, 5, 4), (4, 2, 2, 2), {}),
    ("adaptive_average_3d", layers.AdaptiveAveragePooling3D, {"output_size": 2}, (4, 3, 4, 5, 2), (4, 2, 2, 2, 2), {}),
]  # fmt: skip

_TWO = {"weights": 2}
_SMALL = {"filters": 2, "kernel_size": 2}
CONVOLUTION: list[Row] = [
    ("conv_1d", layers.Conv1D, {"filters": 5, "kernel_size": 3}, (4, 7, 3), (4, 5, 5), _TWO),
    (
        "conv_1d_causal",
        layers.Conv1D,
        {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2, "activation": "relu"},
        (4, 7, 3),
        (4, 7, 2),
        _TWO,
    ),
    ("conv_2d", layers.Conv2D, {"filters": 5, "kernel_size": 3}, (4, 6, 5, 3), (4, 4, 3, 5), _TWO),
    (
        "conv_2d_same",
        layers.Convolution2D,
        {"filters": 17, "kernel_size": (3, 2), "strides": (2, 1), "padding": "SAME", "activation": "tanh"},
        (4, 6, 5, 3),
        (4, 3, 5, 17),
        _TWO,
    ),
    ("conv_2d_first", layers.Conv2D, {"filters": 4, "kernel_size": 2, **FIRST}, (4, 3, 6, 5), (4, 4, 5, 4), _TWO),
    ("conv_2d_groups", layers.Conv2D, {"filters": 4, "kernel_size": 2, "groups": 2}, (4, 3, 3, 6), (4, 2, 2, 4), _TWO),
    ("conv_2d_one_tap", layers.Conv2D, {"filters": 4, "kernel_size": 1}, (4, 3, 3, 6), (4, 3, 3, 4), _TWO),
    (
        "conv_2d_penalties",
        layers.Conv2D,
        {
            "filters": 2,
            "kernel_size": 2,
            "kernel_regularizer": "l2",
            "bias_regularizer": "l1",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
        },
        (4, 3, 3, 2),
        (4, 2, 2, 2),
        {"weights": 2, "losses": 3},
    ),
    (
        "conv_ints",
        layers.Conv2D,
        {"filters": 2, "kernel_size": 2},
        (4, 3, 3, 1),
        (4, 2, 2, 2),
        {**_TWO, "input_dtype": "uint8"},
    ),
    (
        "conv_3d",
        layers.Conv3D,
        {"filters": 2, "kernel_size": 2, "use_bias": False},
        (4, 3, 4, 5, 2),
        (4, 2, 3, 4, 2),
        {"weights": 1},
    ),
    (
        "transposed_1d",
        layers.Conv1DTranspose,
        {"filters": 5, "kernel_size": 3, "strides": 2},
        (4, 5, 3),
        (4, 11, 5),
        _TWO,
    ),
    (
        "transposed_2d",
        layers.Conv2DTranspose,
        {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
        (4, 3, 2, 3),
        (4, 6, 4, 5),
        _TWO,
    ),
    (
        "transposed_2d_more",
        layers.Convolution2DTranspose,
        {"filters": 2, "kernel_size": (2, 3), "strides": 3, "output_padding": (1, 2), **FIRST},
        (4, 3, 3, 2),
        (4, 2, 9, 8),
        _TWO,
    ),
    ("transposed_3d", layers.Conv3DTranspose, _SMALL, (4, 2, 3, 1, 2), (4, 3, 4, 2, 2), _TWO),
    ("depthwise_1d", layers.DepthwiseConv1D, {"kernel_size": 3, "padding": "same"}, (4, 7, 5), (4, 7, 5), _TWO),
    (
        "depthwise_2d",
        layers.DepthwiseConv2D,
        {"kernel_size": 3, "strides": 2, "depth_multiplier": 2, "depthwise_regularizer": "l2"},
        (4, 6, 5, 3),
        (4, 2, 2, 6),
        {"weights": 2, "losses": 1},
    ),
    (
        "depthwise_2d_first",
        layers.DepthwiseConv2D,
        {"kernel_size": 2, "dilation_rate": 2, "activation": "relu", **FIRST},
        (4, 3, 6, 5),
        (4, 3, 4, 3),
        _TWO,
    ),
    ("separable_1d", layers.SeparableConv1D, {"filters": 4, "kernel_size": 3}, (4, 7, 5), (4, 5, 4), {"weights": 3}),
    (
        "separable_2d",
        layers.SeparableConv2D,
        {"filters": 4, "kernel_size": 3, "padding": "same", "depth_multiplier": 2, "activation": "relu"},
        (4, 4, 5, 3),
        (4, 4, 5, 4),
        {"weights": 3},
    ),
    (
        "separable_2d_first",
        layers.SeparableConvolution2D,
        {"filters": 2, "kernel_size": 2, **FIRST},
        (4, 3, 4, 5),
        (4, 2, 3, 4),
        {"weights": 3},
    ),
]

SPATIAL: list[Row] = [*POOLING, *CONVOLUTION]

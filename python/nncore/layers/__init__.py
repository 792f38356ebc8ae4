"""Layers: the building blocks of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nncore.layers.core.input_layer import Input, InputLayer
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer
from nncore.lazy import lazy_names

if TYPE_CHECKING:
    from nncore.layers.activations.layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
    from nncore.layers.convolution.conv import Conv1D, Conv2D, Conv3D, Convolution1D, Convolution2D, Convolution3D
    from nncore.layers.convolution.conv_transpose import (
        Conv1DTranspose,
        Conv2DTranspose,
        Conv3DTranspose,
        Convolution1DTranspose,
        Convolution2DTranspose,
        Convolution3DTranspose,
    )
    from nncore.layers.convolution.depthwise_conv import DepthwiseConv1D, DepthwiseConv2D
    from nncore.layers.convolution.separable_conv import (
        SeparableConv1D,
        SeparableConv2D,
        SeparableConvolution1D,
        SeparableConvolution2D,
    )
    from nncore.layers.core.activation import Activation
    from nncore.layers.core.dense import Dense
    from nncore.layers.core.identity import Identity
    from nncore.layers.core.lambda_layer import Lambda
    from nncore.layers.core.reversible_embedding import ReversibleEmbedding
    from nncore.layers.core.wrapper import Wrapper
    from nncore.layers.merging.concatenate import Concatenate, concatenate
    from nncore.layers.merging.dot import Dot, dot
    from nncore.layers.merging.elementwise import (
        Add,
        Average,
        Maximum,
        Minimum,
        Multiply,
        Subtract,
        add,
        average,
        maximum,
        minimum,
        multiply,
        subtract,
    )
    from nncore.layers.normalization.batch_normalization import BatchNormalization
    from nncore.layers.normalization.group_normalization import GroupNormalization
    from nncore.layers.normalization.layer_normalization import LayerNormalization
    from nncore.layers.normalization.rms_normalization import RMSNormalization
    from nncore.layers.normalization.spectral_normalization import SpectralNormalization
    from nncore.layers.normalization.unit_normalization import UnitNormalization
    from nncore.layers.pooling.adaptive_pooling import (
        AdaptiveAveragePooling1D,
        AdaptiveAveragePooling2D,
        AdaptiveAveragePooling3D,
        AdaptiveMaxPooling1D,
        AdaptiveMaxPooling2D,
        AdaptiveMaxPooling3D,
    )
    from nncore.layers.pooling.average_pooling import (
        AveragePooling1D,
        AveragePooling2D,
        AveragePooling3D,
        AvgPool1D,
        AvgPool2D,
        AvgPool3D,
    )
    from nncore.layers.pooling.global_pooling import (
        GlobalAveragePooling1D,
        GlobalAveragePooling2D,
        GlobalAveragePooling3D,
        GlobalAvgPool1D,
        GlobalAvgPool2D,
        GlobalAvgPool3D,
        GlobalMaxPool1D,
        GlobalMaxPool2D,
        GlobalMaxPool3D,
        GlobalMaxPooling1D,
        GlobalMaxPooling2D,
        GlobalMaxPooling3D,
    )
    from nncore.layers.pooling.max_pooling import (
        MaxPool1D,
        MaxPool2D,
        MaxPool3D,
        MaxPooling1D,
        MaxPooling2D,
        MaxPooling3D,
    )
    from nncore.layers.preprocessing.category_encoding import CategoryEncoding
    from nncore.layers.preprocessing.discretization import Discretization
    from nncore.layers.preprocessing.feature_normalization import Normalization
    from nncore.layers.preprocessing.hashing import HashedCrossing, Hashing
    from nncore.layers.preprocessing.histograms import (
        AutoContrast,
        ContrastLimitedAdaptiveHistogramEqualization,
        Equalization,
        Solarization,
    )
    from nncore.layers.preprocessing.image_size import CenterCrop, RandomCrop, Resizing
    from nncore.layers.preprocessing.lookup import IntegerLookup, StringLookup
    from nncore.layers.preprocessing.mixing import CutMix, MixUp
    from nncore.layers.preprocessing.pipeline import Pipeline
    from nncore.layers.preprocessing.policies import AugMix, RandAugment
    from nncore.layers.preprocessing.random_affine import RandomRotation, RandomTranslation, RandomZoom
    from nncore.layers.preprocessing.random_color import RandomBrightness, RandomContrast
    from nncore.layers.preprocessing.random_colors import (
        RandomColorDegeneration,
        RandomColorJitter,
        RandomGrayscale,
        RandomHue,
        RandomInvert,
        RandomPosterization,
        RandomSaturation,
        RandomSharpness,
    )
    from nncore.layers.preprocessing.random_flip import RandomFlip
    from nncore.layers.preprocessing.random_shapes import (
        RandomElasticTransform,
        RandomErasing,
        RandomGaussianBlur,
        RandomPerspective,
        RandomShear,
    )
    from nncore.layers.preprocessing.rescaling import Rescaling
    from nncore.layers.preprocessing.spectrograms import MelSpectrogram, STFTSpectrogram
    from nncore.layers.preprocessing.text_vectorization import TextVectorization
    from nncore.layers.regularization.activity_regularization import ActivityRegularization
    from nncore.layers.regularization.alpha_dropout import AlphaDropout
    from nncore.layers.regularization.dropout import Dropout
    from nncore.layers.regularization.gaussian import GaussianDropout, GaussianNoise
    from nncore.layers.regularization.spatial_dropout import SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
    from nncore.layers.reshaping.cropping import Cropping1D, Cropping2D, Cropping3D
    from nncore.layers.reshaping.flatten import Flatten
    from nncore.layers.reshaping.permute import Permute
    from nncore.layers.reshaping.repeat_vector import RepeatVector
    from nncore.layers.reshaping.reshape import Reshape
    from nncore.layers.reshaping.up_sampling import UpSampling1D, UpSampling2D, UpSampling3D
    from nncore.layers.reshaping.zero_padding import ZeroPadding1D, ZeroPadding2D, ZeroPadding3D

_HOMES = {
    "Activation": "core.activation",
    "ActivityRegularization": "regularization.activity_regularization",
    "AdaptiveAveragePooling1D": "pooling.adaptive_pooling",
    "AdaptiveAveragePooling2D": "pooling.adaptive_pooling",
    "AdaptiveAveragePooling3D": "pooling.adaptive_pooling",
    "AdaptiveMaxPooling1D": "pooling.adaptive_pooling",
    "AdaptiveMaxPooling2D": "pooling.adaptive_pooling",
    "AdaptiveMaxPooling3D": "pooling.adaptive_pooling",
    "Add": "merging.elementwise",
    "AdditiveAttention": "attention.attention",
    "AlphaDropout": "regularization.alpha_dropout",
    "Attention": "attention.attention",
    "AugMix": "preprocessing.policies",
    "AutoContrast": "preprocessing.histograms",
    "Average": "merging.elementwise",
    "AveragePooling1D": "pooling.average_pooling",
    "AveragePooling2D": "pooling.average_pooling",
    "AveragePooling3D": "pooling.average_pooling",
    "AvgPool1D": "pooling.average_pooling",
    "AvgPool2D": "pooling.average_pooling",
    "AvgPool3D": "pooling.average_pooling",
    "BatchNormalization": "normalization.batch_normalization",
    "Bidirectional": "rnn.bidirectional",
    "CategoryEncoding": "preprocessing.category_encoding",
    "CenterCrop": "preprocessing.image_size",
    "Concatenate": "merging.concatenate",
    "ContrastLimitedAdaptiveHistogramEqualization": "preprocessing.histograms",
    "Conv1D": "convolution.conv",
    "Conv1DTranspose": "convolution.conv_transpose",
    "Conv2D": "convolution.conv",
    "Conv2DTranspose": "convolution.conv_transpose",
    "Conv3D": "convolution.conv",
    "Conv3DTranspose": "convolution.conv_transpose",
    "ConvLSTM1D": "rnn.conv_lstm",
    "ConvLSTM2D": "rnn.conv_lstm",
    "ConvLSTM3D": "rnn.conv_lstm",
    "Convolution1D": "convolution.conv",
    "Convolution1DTranspose": "convolution.conv_transpose",
    "Convolution2D": "convolution.conv",
    "Convolution2DTranspose": "convolution.conv_transpose",
    "Convolution3D": "convolution.conv",
    "Convolution3DTranspose": "convolution.conv_transpose",
    "Cropping1D": "reshaping.cropping",
    "Cropping2D": "reshaping.cropping",
    "Cropping3D": "reshaping.cropping",
    "CutMix": "preprocessing.mixing",
    "Dense": "core.dense",
    "DepthwiseConv1D": "convolution.depthwise_conv",
    "DepthwiseConv2D": "convolution.depthwise_conv",
    "Discretization": "preprocessing.discretization",
    "Dot": "merging.dot",
    "Dropout": "regularization.dropout",
    "ELU": "activations.layers",
    "EinsumDense": "core.einsum_dense",
    "Embedding": "core.embedding",
    "Equalization": "preprocessing.histograms",
    "Flatten": "reshaping.flatten",
    "GRU": "rnn.gru",
    "GRUCell": "rnn.gru",
    "GaussianDropout": "regularization.gaussian",
    "GaussianNoise": "regularization.gaussian",
    "GlobalAveragePooling1D": "pooling.global_pooling",
    "GlobalAveragePooling2D": "pooling.global_pooling",
    "GlobalAveragePooling3D": "pooling.global_pooling",
    "GlobalAvgPool1D": "pooling.global_pooling",
    "GlobalAvgPool2D": "pooling.global_pooling",
    "GlobalAvgPool3D": "pooling.global_pooling",
    "GlobalMaxPool1D": "pooling.global_pooling",
    "GlobalMaxPool2D": "pooling.global_pooling",
    "GlobalMaxPool3D": "pooling.global_pooling",
    "GlobalMaxPooling1D": "pooling.global_pooling",
    "GlobalMaxPooling2D": "pooling.global_pooling",
    "GlobalMaxPooling3D": "pooling.global_pooling",
    "GroupNormalization": "normalization.group_normalization",
    "GroupQueryAttention": "attention.multi_head",
    "HashedCrossing": "preprocessing.hashing",
    "Hashing": "preprocessing.hashing",
    "Identity": "core.identity",
    "IntegerLookup": "preprocessing.lookup",
    "LSTM": "rnn.lstm",
    "LSTMCell": "rnn.lstm",
    "Lambda": "core.lambda_layer",
    "LayerNormalization": "normalization.layer_normalization",
    "LeakyReLU": "activations.layers",
    "Masking": "core.masking",
    "MaxPool1D": "pooling.max_pooling",
    "MaxPool2D": "pooling.max_pooling",
    "MaxPool3D": "pooling.max_pooling",
    "MaxPooling1D": "pooling.max_pooling",
    "MaxPooling2D": "pooling.max_pooling",
    "MaxPooling3D": "pooling.max_pooling",
    "Maximum": "merging.elementwise",
    "MelSpectrogram": "preprocessing.spectrograms",
    "Minimum": "merging.elementwise",
    "MixUp": "preprocessing.mixing",
    "MultiHeadAttention": "attention.multi_head",
    "Multiply": "merging.elementwise",
    "Normalization": "preprocessing.feature_normalization",
    "PReLU": "activations.layers",
    "Permute": "reshaping.permute",
    "Pipeline": "preprocessing.pipeline",
    "RMSNormalization": "normalization.rms_normalization",
    "RNN": "rnn.rnn",
    "RandAugment": "preprocessing.policies",
    "RandomBrightness": "preprocessing.random_color",
    "RandomColorDegeneration": "preprocessing.random_colors",
    "RandomColorJitter": "preprocessing.random_colors",
    "RandomContrast": "preprocessing.random_color",
    "RandomCrop": "preprocessing.image_size",
    "RandomElasticTransform": "preprocessing.random_shapes",
    "RandomErasing": "preprocessing.random_shapes",
    "RandomFlip": "preprocessing.random_flip",
    "RandomGaussianBlur": "preprocessing.random_shapes",
    "RandomGrayscale": "preprocessing.random_colors",
    "RandomHue": "preprocessing.random_colors",
    "RandomInvert": "preprocessing.random_colors",
    "RandomPerspective": "preprocessing.random_shapes",
    "RandomPosterization": "preprocessing.random_colors",
    "RandomRotation": "preprocessing.random_affine",
    "RandomSaturation": "preprocessing.random_colors",
    "RandomSharpness": "preprocessing.random_colors",
    "RandomShear": "preprocessing.random_shapes",
    "RandomTranslation": "preprocessing.random_affine",
    "RandomZoom": "preprocessing.random_affine",
    "ReLU": "activations.layers",
    "RepeatVector": "reshaping.repeat_vector",
    "Rescaling": "preprocessing.rescaling",
    "Reshape": "reshaping.reshape",
    "Resizing": "preprocessing.image_size",
    "ReversibleEmbedding": "core.reversible_embedding",
    "STFTSpectrogram": "preprocessing.spectrograms",
    "SeparableConv1D": "convolution.separable_conv",
    "SeparableConv2D": "convolution.separable_conv",
    "SeparableConvolution1D": "convolution.separable_conv",
    "SeparableConvolution2D": "convolution.separable_conv",
    "SimpleRNN": "rnn.simple_rnn",
    "SimpleRNNCell": "rnn.simple_rnn",
    "Softmax": "activations.layers",
    "Solarization": "preprocessing.histograms",
    "SpatialDropout1D": "regularization.spatial_dropout",
    "SpatialDropout2D": "regularization.spatial_dropout",
    "SpatialDropout3D": "regularization.spatial_dropout",
    "SpectralNormalization": "normalization.spectral_normalization",
    "StackedRNNCells": "rnn.stacked",
    "StringLookup": "preprocessing.lookup",
    "Subtract": "merging.elementwise",
    "TextVectorization": "preprocessing.text_vectorization",
    "TimeDistributed": "rnn.time_distributed",
    "UnitNormalization": "normalization.unit_normalization",
    "UpSampling1D": "reshaping.up_sampling",
    "UpSampling2D": "reshaping.up_sampling",
    "UpSampling3D": "reshaping.up_sampling",
    "Wrapper": "core.wrapper",
    "ZeroPadding1D": "reshaping.zero_padding",
    "ZeroPadding2D": "reshaping.zero_padding",
    "ZeroPadding3D": "reshaping.zero_padding",
    "add": "merging.elementwise",
    "average": "merging.elementwise",
    "concatenate": "merging.concatenate",
    "dot": "merging.dot",
    "maximum": "merging.elementwise",
    "minimum": "merging.elementwise",
    "multiply": "merging.elementwise",
    "subtract": "merging.elementwise",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)


def serialize(layer: Layer) -> dict[str, Any]:
    """Return the configuration of a layer as plain data, without its weights.

    Args:
        layer: A layer or model.

    Returns:
        A dictionary that ``deserialize`` understands.

    Example:
        >>> from nncore import layers
        >>> layers.serialize(layers.Flatten())["class_name"]
        'Flatten'
    """
    from nncore import serialization

    return serialization.serialize_keras_object(layer)  # type: ignore[no-any-return]


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the layer that a configuration describes.

    Args:
        config: What ``serialize`` returned.
        custom_objects: The caller's own classes and functions by name. Defaults to None.

    Returns:
        A new layer.

    Raises:
        ValueError: If the configuration names something unknown, or something that is no layer.

    Example:
        >>> from nncore import layers
        >>> layers.deserialize(layers.serialize(layers.Dense(3))).units
        3
    """
    from nncore import serialization

    layer = serialization.deserialize_keras_object(config, custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(
            "layers.deserialize: expected the configuration of a layer, as `layers.serialize` gives it. "
            f"Received: config={config!r}."
        )
    return layer


__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "ActivityRegularization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Equalization",
    "Flatten",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "IntegerLookup",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "MelSpectrogram",
    "Minimum",
    "MixUp",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "Pipeline",
    "RMSNormalization",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "ReversibleEmbedding",
    "STFTSpectrogram",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "TextVectorization",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]

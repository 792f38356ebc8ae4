"""Separable convolution layers."""

from __future__ import annotations

from nncore.layers.convolution.base import Separable

__all__ = [
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
]


class SeparableConv1D(Separable):
    """Convolution over temporal data of each channel by itself, then one of single taps that mixes the channels.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number.
        strides: Step from window to window, a whole number. Defaults to 1.
        padding: ``"valid"`` (none) or ``"same"`` (zeros on both sides, so that a stride of 1 keeps the size).
            Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number. Defaults to 1.
        depth_multiplier: Number of channels between the two for each input channel. Defaults to 1.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        depthwise_initializer: For the depthwise kernel. Defaults to ``"glorot_uniform"``.
        pointwise_initializer: For the pointwise kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        depthwise_regularizer: Penalty of the depthwise kernel. Defaults to None.
        pointwise_regularizer: Penalty of the pointwise kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        depthwise_constraint: Applied to the depthwise kernel after each update. Defaults to None.
        pointwise_constraint: Applied to the pointwise kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, T, C)``, output the same with other sizes and ``filters`` channels; depthwise kernel
        ``(k, C, depth_multiplier)``, pointwise kernel ``(1, C * depth_multiplier, filters)``,
        bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range; when built, if the kernel is larger than the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.SeparableConv1D(4, 3)(np.zeros((2, 8, 3))).shape
        (2, 6, 4)
    """

    rank = 1


class SeparableConv2D(Separable):
    """Convolution over images of each channel by itself, then one of single taps that mixes the channels.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number, or a tuple of 2 of them.
        strides: Step from window to window, a whole number, or a tuple of 2 of them. Defaults to 1.
        padding: ``"valid"`` (none) or ``"same"`` (zeros on both sides, so that a stride of 1 keeps the size).
            Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number, or a tuple of 2 of them. Defaults to 1.
        depth_multiplier: Number of channels between the two for each input channel. Defaults to 1.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        depthwise_initializer: For the depthwise kernel. Defaults to ``"glorot_uniform"``.
        pointwise_initializer: For the pointwise kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        depthwise_regularizer: Penalty of the depthwise kernel. Defaults to None.
        pointwise_regularizer: Penalty of the pointwise kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        depthwise_constraint: Applied to the depthwise kernel after each update. Defaults to None.
        pointwise_constraint: Applied to the pointwise kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, H, W, C)``, output the same with other sizes and ``filters`` channels; depthwise kernel
        ``(k1, k2, C, depth_multiplier)``, pointwise kernel ``(1, 1, C * depth_multiplier, filters)``,
        bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range; when built, if the kernel is larger than the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.SeparableConv2D(4, 3)(np.zeros((2, 8, 8, 3))).shape
        (2, 6, 6, 4)
    """

    rank = 2


SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D

"""Depthwise convolution layers."""

from __future__ import annotations

from nncore.layers.convolution.base import Depthwise

__all__ = [
    "DepthwiseConv1D",
    "DepthwiseConv2D",
]


class DepthwiseConv1D(Depthwise):
    """Convolution over temporal data of each channel by itself.

    Args:
        kernel_size: Size of the window, a whole number.
        strides: Step from window to window, a whole number. Defaults to 1.
        padding: ``"valid"`` (none) or ``"same"`` (zeros on both sides, so that a stride of 1 keeps the size).
            Defaults to ``"valid"``.
        depth_multiplier: Number of output channels for each input channel. Defaults to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number. Defaults to 1.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        depthwise_initializer: For the kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        depthwise_regularizer: Penalty of the kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        depthwise_constraint: Applied to the kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, T, C)``, output the same with other sizes and ``C * depth_multiplier`` channels; kernel
        ``(k, C, depth_multiplier)``, bias ``(C * depth_multiplier,)``. With channels first, the channels are at
        axis 1.

    Raises:
        ValueError: If an argument is out of range; when built, if the kernel is larger than the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.DepthwiseConv1D(3, depth_multiplier=2)(np.zeros((2, 8, 3))).shape
        (2, 6, 6)
    """

    rank = 1


class DepthwiseConv2D(Depthwise):
    """Convolution over images of each channel by itself.

    Args:
        kernel_size: Size of the window, a whole number, or a tuple of 2 of them.
        strides: Step from window to window, a whole number, or a tuple of 2 of them. Defaults to 1.
        padding: ``"valid"`` (none) or ``"same"`` (zeros on both sides, so that a stride of 1 keeps the size).
            Defaults to ``"valid"``.
        depth_multiplier: Number of output channels for each input channel. Defaults to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number, or a tuple of 2 of them. Defaults to 1.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        depthwise_initializer: For the kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        depthwise_regularizer: Penalty of the kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        depthwise_constraint: Applied to the kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, H, W, C)``, output the same with other sizes and ``C * depth_multiplier`` channels; kernel
        ``(k1, k2, C, depth_multiplier)``, bias ``(C * depth_multiplier,)``. With channels first, the channels are at
        axis 1.

    Raises:
        ValueError: If an argument is out of range; when built, if the kernel is larger than the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.DepthwiseConv2D(3, depth_multiplier=2)(np.zeros((2, 8, 8, 3))).shape
        (2, 6, 6, 6)
    """

    rank = 2

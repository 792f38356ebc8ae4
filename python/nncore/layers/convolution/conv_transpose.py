"""Transposed convolution layers."""

from __future__ import annotations

from nncore.layers.convolution.base import Transposed

__all__ = [
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3DTranspose",
    "Convolution1DTranspose",
    "Convolution2DTranspose",
    "Convolution3DTranspose",
]


class Conv1DTranspose(Transposed):
    """Transposed convolution over temporal data: from the shape of a convolution's result to that of its input.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number.
        strides: Factor by which the input grows, a whole number. Defaults to 1.
        padding: ``"valid"`` or ``"same"``; a size n becomes ``(n - 1) * stride + kernel_size``, at least
            ``n * stride``, or ``n * stride``. Defaults to ``"valid"``.
        output_padding: Elements added behind in place of what ``padding`` says, fewer than the strides, a
            whole number. Defaults to None.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number. Not with
            strides. Defaults to 1.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        kernel_initializer: For the kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        kernel_constraint: Applied to the kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, T, C)``, output the same with other sizes and ``filters`` channels; kernel
        ``(k, filters, C)``, bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Conv1DTranspose(4, 3, strides=2, padding="same")(np.zeros((2, 8, 3))).shape
        (2, 16, 4)
    """

    rank = 1


class Conv2DTranspose(Transposed):
    """Transposed convolution over images: from the shape of a convolution's result to that of its input.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number, or a tuple of 2 of them.
        strides: Factor by which the input grows, a whole number, or a tuple of 2 of them. Defaults to 1.
        padding: ``"valid"`` or ``"same"``; a size n becomes ``(n - 1) * stride + kernel_size``, at least
            ``n * stride``, or ``n * stride``. Defaults to ``"valid"``.
        output_padding: Elements added behind in place of what ``padding`` says, fewer than the strides, a
            whole number, or a tuple of 2 of them. Defaults to None.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number, or a tuple of 2 of them. Not with
            strides. Defaults to 1.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        kernel_initializer: For the kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        kernel_constraint: Applied to the kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, H, W, C)``, output the same with other sizes and ``filters`` channels; kernel
        ``(k1, ..., filters, C)``, bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Conv2DTranspose(4, 3, strides=2, padding="same")(np.zeros((2, 8, 8, 3))).shape
        (2, 16, 16, 4)
    """

    rank = 2


class Conv3DTranspose(Transposed):
    """Transposed convolution over volumes: from the shape of a convolution's result to that of its input.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number, or a tuple of 3 of them.
        strides: Factor by which the input grows, a whole number, or a tuple of 3 of them. Defaults to 1.
        padding: ``"valid"`` or ``"same"``; a size n becomes ``(n - 1) * stride + kernel_size``, at least
            ``n * stride``, or ``n * stride``. Defaults to ``"valid"``.
        output_padding: Elements added behind in place of what ``padding`` says, fewer than the strides, a
            whole number, or a tuple of 3 of them. Defaults to None.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number, or a tuple of 3 of them. Not with
            strides. Defaults to 1.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        kernel_initializer: For the kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        kernel_constraint: Applied to the kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, D, H, W, C)``, output the same with other sizes and ``filters`` channels; kernel
        ``(k1, ..., filters, C)``, bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Conv3DTranspose(4, 3, strides=2, padding="same")(np.zeros((2, 4, 8, 8, 3))).shape
        (2, 8, 16, 16, 4)
    """

    rank = 3


Convolution1DTranspose = Conv1DTranspose
Convolution2DTranspose = Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose

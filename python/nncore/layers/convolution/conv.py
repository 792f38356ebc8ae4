"""Convolution layers."""

from __future__ import annotations

from nncore.layers.convolution.base import Convolution

__all__ = [
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Convolution1D",
    "Convolution2D",
    "Convolution3D",
]


class Conv1D(Convolution):
    """Convolution over temporal data: slides a kernel along one dimension and sums over all channels.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number.
        strides: Step from window to window, a whole number. Defaults to 1.
        padding: ``"valid"`` (none), ``"same"`` (zeros on both sides, so that a stride of 1 keeps the size) or
            ``"causal"`` (zeros before, so that no output sees the future).
            Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number. Not with
            strides. Defaults to 1.
        groups: Channels and filters are divided into so many groups that know nothing of each other. Defaults to 1.
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
        ``(k, C / groups, filters)``, bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range, or ``filters`` is no multiple of ``groups``; when built, if the
            channels are no multiple of ``groups`` or the kernel is larger than the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Conv1D(4, 3, activation="relu")(np.zeros((2, 8, 3))).shape
        (2, 6, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class Conv2D(Convolution):
    """Convolution over images: slides a kernel along two dimensions and sums over all channels.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number, or a tuple of 2 of them.
        strides: Step from window to window, a whole number, or a tuple of 2 of them. Defaults to 1.
        padding: ``"valid"`` (none) or ``"same"`` (zeros on both sides, so that a stride of 1 keeps the size).
            Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number, or a tuple of 2 of them. Not with
            strides. Defaults to 1.
        groups: Channels and filters are divided into so many groups that know nothing of each other. Defaults to 1.
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
        ``(k1, ..., C / groups, filters)``, bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range, or ``filters`` is no multiple of ``groups``; when built, if the
            channels are no multiple of ``groups`` or the kernel is larger than the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Conv2D(4, 3, activation="relu")(np.zeros((2, 8, 8, 3))).shape
        (2, 6, 6, 4)
    """

    rank = 2


class Conv3D(Convolution):
    """Convolution over volumes: slides a kernel along three dimensions and sums over all channels.

    Args:
        filters: Number of output channels, positive.
        kernel_size: Size of the window, a whole number, or a tuple of 3 of them.
        strides: Step from window to window, a whole number, or a tuple of 3 of them. Defaults to 1.
        padding: ``"valid"`` (none) or ``"same"`` (zeros on both sides, so that a stride of 1 keeps the size).
            Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between the taps of the kernel, a whole number, or a tuple of 3 of them. Not with
            strides. Defaults to 1.
        groups: Channels and filters are divided into so many groups that know nothing of each other. Defaults to 1.
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
        ``(k1, ..., C / groups, filters)``, bias ``(filters,)``. With channels first, the channels are at axis 1.

    Raises:
        ValueError: If an argument is out of range, or ``filters`` is no multiple of ``groups``; when built, if the
            channels are no multiple of ``groups`` or the kernel is larger than the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Conv3D(4, 3, activation="relu")(np.zeros((2, 4, 8, 8, 3))).shape
        (2, 2, 6, 6, 4)
    """

    rank = 3


Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D

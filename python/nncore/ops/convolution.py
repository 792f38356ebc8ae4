"""Convolutions as Keras has them: ``conv``, ``conv_transpose``, ``depthwise_conv``, ``separable_conv``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nncore.ops import conv_ops
from nncore.ops.apply import op
from nncore.ops.dtypes import harmonize, to_float
from nncore.ops.elementwise import convert
from nncore.ops.linalg import matmul
from nncore.ops.shape import reshape
from nncore.ops.spatial import (
    channels_back,
    channels_last,
    low_padding,
    sizes,
    standardize_data_format,
    standardize_padding,
)

Ints = tuple[int, ...]


# --- sizes ------------------------------------------------------------------------------------------------------------


def conv_sizes(
    name: str, spatial: Sequence[int | None], taps: Ints, strides: Ints, padding: str, dilations: Ints
) -> tuple[tuple[int | None, ...], Ints]:
    """Spatial sizes of a convolution's result, and the padding before; None stays None, with a padding of 0."""
    out: list[int | None] = []
    before = []
    for n, k, s, d in zip(spatial, taps, strides, dilations, strict=True):
        reach = (k - 1) * d + 1
        if n is None:
            out.append(None)
            before.append(0)
        elif padding == "valid":
            if reach > n:
                raise ValueError(
                    f"{name}: the kernel must fit into the input, or `padding` must be 'same'. "
                    f"Received: kernel_size={taps}, dilation_rate={dilations} and an input of spatial shape "
                    f"{tuple(spatial)}."
                )
            out.append((n - reach) // s + 1)
            before.append(0)
        else:
            out.append(-(-n // s))
            before.append(reach - 1 if padding == "causal" else low_padding(n, reach, s, padding))
    return tuple(out), tuple(before)


def transpose_sizes(
    spatial: Sequence[int | None], taps: Ints, strides: Ints, padding: str, output_padding: Ints | None, dilations: Ints
) -> tuple[tuple[int | None, ...], Ints]:
    """Spatial sizes of a transposed convolution's result, and how much of the full one is cropped before."""
    out: list[int | None] = []
    crops = []
    for i, (n, k, s, d) in enumerate(zip(spatial, taps, strides, dilations, strict=True)):
        reach = (k - 1) * d + 1
        more = None if output_padding is None else output_padding[i]
        if padding == "valid":
            more = max(reach, s) - reach if more is None else more
            length, crop = (None if n is None else (n - 1) * s + reach + more), 0
        else:
            whole = s + reach - 2 if more is None else reach + reach % 2 - 2 + more
            crop = reach - 1 - min(whole // 2 + whole % 2, reach - 1)
            rest = s if more is None else reach % 2 + more
            length = None if n is None else (n - 1) * s + rest
        out.append(length)
        crops.append(crop)
    return tuple(out), tuple(crops)


class _Arguments:
    """The operands of one convolution, channels-last and of one float dtype, and its windows."""

    def __init__(
        self,
        name: str,
        inputs: Any,
        kernel: Any,
        strides: Any,
        padding: Any,
        data_format: Any,
        dilation_rate: Any,
        paddings: tuple[str, ...] = ("valid", "same"),
    ) -> None:
        x, w, dtype = harmonize(inputs, kernel)
        dtype = to_float(dtype)
        self.x, self.w = convert(x, dtype), convert(w, dtype)
        self.rank = rank = len(self.x.shape) - 2
        if rank not in (1, 2, 3):
            raise ValueError(
                f"{name}: inputs of one to three spatial dimensions were expected, between batch and channels. "
                f"Received: inputs of shape {tuple(self.x.shape)}."
            )
        if len(self.w.shape) != rank + 2 or math.prod(self.w.shape) == 0:
            raise ValueError(
                f"{name}: a kernel of {rank + 2} dimensions, none of length 0, was expected for inputs of shape "
                f"{tuple(self.x.shape)}. Received: a kernel of shape {tuple(self.w.shape)}."
            )
        self.taps: Ints = tuple(self.w.shape[:rank])
        self.strides = sizes(name, "strides", strides, rank)
        self.dilations = sizes(name, "dilation_rate", dilation_rate, rank)
        self.padding = standardize_padding(name, padding, paddings)
        self.data_format = standardize_data_format(name, data_format)
        self.x = channels_last(self.x, self.data_format)
        self.channels = self.x.shape[-1]

    def windows(self, pads: Ints, groups: int) -> dict[str, Any]:
        return {"strides": self.strides, "dilations": self.dilations, "pads": pads, "groups": groups}

    def returned(self, y: Any) -> Any:
        return channels_back(y, self.data_format)


def convolve(name: str, args: _Arguments, groups: int) -> Any:
    """Convolve, channels-last. With one tap, a step of 1 and one group it is a matrix product."""
    spatial = tuple(args.x.shape[1:-1])
    out, pads = conv_sizes(name, spatial, args.taps, args.strides, args.padding, args.dilations)
    if groups == 1 and math.prod(args.taps) == 1 and math.prod(args.strides) == 1:
        return matmul(args.x, reshape(args.w, tuple(args.w.shape[-2:])))
    return conv_ops.conv(args.x, args.w, out, args.windows(pads, groups))  # type: ignore[arg-type]


def conv_layer(
    name: str, inputs: Any, kernel: Any, bias: Any, strides: Any, padding: str, data_format: str, dilation_rate: Any
) -> Any:
    """``conv`` with a bias, and with causal padding as well: what convolution layers call."""
    args = _Arguments(name, inputs, kernel, strides, padding, data_format, dilation_rate, ("valid", "same", "causal"))
    y = convolve(name, args, _groups(name, args))
    return args.returned(y if bias is None else y + bias)


def _groups(name: str, args: _Arguments) -> int:
    per_group, filters = args.w.shape[-2:]
    if args.channels % per_group or filters % (args.channels // per_group):
        raise ValueError(
            f"{name}: the number of input channels must be a multiple of the kernel's last but one dimension, and its "
            f"last one, the filters, of the number of such groups. Received: inputs with {args.channels} channels and "
            f"a kernel of shape {tuple(args.w.shape)}."
        )
    return int(args.channels // per_group)


# --- public functions ------------------------------------------------------------------------------------------------


@op
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolution over one, two or three spatial dimensions (the kernel is not flipped).

    Args:
        inputs: Array ``(B, spatial..., C)``, or ``(B, C, spatial...)`` with channels first.
        kernel: Array ``(taps..., C / groups, filters)``; fewer channels than the inputs' make groups, each convolved
            with its share of the filters.
        strides: Step from window to window, for all spatial dimensions or each. Defaults to 1.
        padding: ``"valid"`` (none) or ``"same"`` (zeros, evenly on both sides, so that a stride of 1 keeps the size).
            Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps, for all spatial dimensions or each. Defaults to 1.

    Returns:
        Array ``(B, spatial..., filters)``, or channels first.

    Raises:
        ValueError: If shapes don't fit, the kernel is larger than the input, or an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.conv(ops.ones((1, 5, 5, 3)), ops.ones((3, 3, 3, 2)), padding="same").shape
        (1, 5, 5, 2)
    """
    args = _Arguments("conv", inputs, kernel, strides, padding, data_format, dilation_rate)
    return args.returned(convolve("conv", args, _groups("conv", args)))


def transposed_layer(
    name: str,
    inputs: Any,
    kernel: Any,
    bias: Any,
    strides: Any,
    padding: str,
    output_padding: Any,
    data_format: str | None,
    dilation_rate: Any,
) -> Any:
    """``conv_transpose`` with a bias: what the transposed layers call."""
    args = _Arguments(name, inputs, kernel, strides, padding, data_format, dilation_rate)
    if args.w.shape[-1] != args.channels:
        raise ValueError(
            f"{name}: the kernel's last dimension must be the number of input channels (the one before is that of the "
            f"filters). Received: inputs with {args.channels} channels and a kernel of shape {tuple(args.w.shape)}."
        )
    more = None
    if output_padding is not None:
        more = sizes(name, "output_padding", output_padding, args.rank, 0)
    spatial = tuple(args.x.shape[1:-1])
    out, crops = transpose_sizes(spatial, args.taps, args.strides, args.padding, more, args.dilations)
    y = conv_ops.conv_data(args.x, args.w, out, args.windows(crops, 1))  # type: ignore[arg-type]
    return args.returned(y if bias is None else y + bias)


@op
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Transposed convolution: what the gradient of a convolution with respect to its inputs is.

    Args:
        inputs: Array ``(B, spatial..., C)``, or ``(B, C, spatial...)`` with channels first.
        kernel: Array ``(taps..., filters, C)``.
        strides: Factor by which the spatial dimensions grow, for all or each. Defaults to 1.
        padding: ``"valid"`` or ``"same"``; the result has the size ``(n - 1) * stride + taps`` or ``n * stride``.
            Defaults to ``"valid"``.
        output_padding: Rows added behind, for all spatial dimensions or each. Defaults to None, as many as fill the
            size above.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps, for all spatial dimensions or each. Defaults to 1.

    Returns:
        Array ``(B, spatial..., filters)``, or channels first.

    Raises:
        ValueError: If shapes don't fit or an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.conv_transpose(ops.ones((1, 5, 5, 3)), ops.ones((3, 3, 2, 3)), strides=2, padding="same").shape
        (1, 10, 10, 2)
    """
    return transposed_layer(
        "conv_transpose", inputs, kernel, None, strides, padding, output_padding, data_format, dilation_rate
    )


def depthwise_layer(
    name: str,
    inputs: Any,
    kernel: Any,
    bias: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    dilation_rate: Any,
    paddings: tuple[str, ...] = ("valid", "same"),
) -> Any:
    """``depthwise_conv`` with a bias: what the depthwise layers call."""
    args = _Arguments(name, inputs, kernel, strides, padding, data_format, dilation_rate, paddings)
    channels, multiplier = args.w.shape[-2:]
    if channels != args.channels:
        raise ValueError(
            f"{name}: the kernel's last but one dimension must be the number of input channels. "
            f"Received: inputs with {args.channels} channels and a kernel of shape {tuple(args.w.shape)}."
        )
    # Every channel is a group of its own.
    args.w = reshape(args.w, (*args.taps, 1, channels * multiplier))
    y = convolve(name, args, channels)
    return args.returned(y if bias is None else y + bias)


@op
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolution of each channel by itself.

    Args:
        inputs: Array ``(B, spatial..., C)``, or ``(B, C, spatial...)`` with channels first.
        kernel: Array ``(taps..., C, multiplier)``; result ``c * multiplier + m`` is channel c convolved with
            ``kernel[..., c, m]``.
        strides: Step from window to window, for all spatial dimensions or each. Defaults to 1.
        padding: ``"valid"`` or ``"same"``. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps, for all spatial dimensions or each. Defaults to 1.

    Returns:
        Array ``(B, spatial..., C * multiplier)``, or channels first.

    Raises:
        ValueError: If shapes don't fit, the kernel is larger than the input, or an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.depthwise_conv(ops.ones((1, 5, 5, 3)), ops.ones((3, 3, 3, 2))).shape
        (1, 3, 3, 6)
    """
    return depthwise_layer("depthwise_conv", inputs, kernel, None, strides, padding, data_format, dilation_rate)


def separable_layer(
    name: str,
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    bias: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    dilation_rate: Any,
    paddings: tuple[str, ...] = ("valid", "same"),
) -> Any:
    """``separable_conv`` with a bias: what the separable layers call."""
    between = depthwise_layer(
        name, inputs, depthwise_kernel, None, strides, padding, data_format, dilation_rate, paddings
    )
    return conv_layer(name, between, pointwise_kernel, bias, 1, "valid", standardize_data_format(name, data_format), 1)


@op
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """A convolution of each channel by itself, then one with single taps that mixes the channels.

    Args:
        inputs: Array ``(B, spatial..., C)``, or ``(B, C, spatial...)`` with channels first.
        depthwise_kernel: Array ``(taps..., C, multiplier)``.
        pointwise_kernel: Array ``(1..., C * multiplier, filters)``.
        strides: Step from window to window, for all spatial dimensions or each. Defaults to 1.
        padding: ``"valid"`` or ``"same"``. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps, for all spatial dimensions or each. Defaults to 1.

    Returns:
        Array ``(B, spatial..., filters)``, or channels first.

    Raises:
        ValueError: If shapes don't fit, the kernel is larger than the input, or an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.separable_conv(ops.ones((1, 5, 5, 3)), ops.ones((3, 3, 3, 2)), ops.ones((1, 1, 6, 4))).shape
        (1, 3, 3, 4)
    """
    return separable_layer(
        "separable_conv",
        inputs,
        depthwise_kernel,
        pointwise_kernel,
        None,
        strides,
        padding,
        data_format,
        dilation_rate,
    )

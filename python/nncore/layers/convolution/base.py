"""What convolution layers share."""

from __future__ import annotations

from typing import Any, ClassVar

from nncore import activations, constraints, initializers, regularizers
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer
from nncore.ops.convolution import (
    conv_layer,
    conv_sizes,
    depthwise_layer,
    separable_layer,
    transpose_sizes,
    transposed_layer,
)
from nncore.ops.spatial import sizes, standardize_data_format, standardize_padding

__all__ = ["Convolution", "Convolving", "Depthwise", "Separable", "Transposed"]


def positive(name: str, argument: str, value: Any) -> int:
    """A positive whole number, or a ValueError that says so."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value <= 0:
        raise ValueError(f"{name}: `{argument}` must be a positive integer. Received: {argument}={value!r}.")
    return int(value)


class Convolving(Layer):
    """Windows over ``rank`` spatial dimensions, an optional bias, an activation.

    A subclass names its kernels in ``kernels`` (weight, and the prefix of its initializer, regularizer and constraint),
    and says in ``shapes`` what shapes they have.
    """

    rank: ClassVar[int]
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    kernels: ClassVar[dict[str, str]] = {"kernel": "kernel"}
    bias: Any = None

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: Any,
        data_format: Any,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        kernels: dict[str, tuple[Any, Any, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        cls = type(self).__name__
        self.kernel_size = sizes(cls, "kernel_size", kernel_size, self.rank)
        self.strides = sizes(cls, "strides", strides, self.rank)
        self.dilation_rate = sizes(cls, "dilation_rate", dilation_rate, self.rank)
        self.padding = standardize_padding(cls, padding, self.paddings)
        self.data_format = standardize_data_format(cls, data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        for prefix, (initializer, regularizer, constraint) in {
            **kernels,
            "bias": (bias_initializer, bias_regularizer, bias_constraint),
        }.items():
            setattr(self, f"{prefix}_initializer", initializers.get(initializer))
            setattr(self, f"{prefix}_regularizer", regularizers.get(regularizer))
            setattr(self, f"{prefix}_constraint", constraints.get(constraint))
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _refuse_strides_with_dilation(self) -> None:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__}: `strides` and `dilation_rate` can't both be larger than 1. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}."
            )

    @property
    def _label(self) -> str:
        return f'Layer "{self.name}"'

    def _channels(self, shape: Any) -> Any:
        return shape[-1 if self.data_format == "channels_last" else 1]

    def _spatial(self, shape: Any) -> tuple[int | None, ...]:
        return tuple(shape[1:-1] if self.data_format == "channels_last" else shape[2:])

    def shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        """The shape of each kernel for so many input channels; checks them."""
        raise TypeError(f"{type(self).__name__}: a Convolving subclass must implement `shapes(self, channels)`.")

    def result_channels(self, channels: int) -> int:
        """How many channels the result has."""
        raise TypeError(
            f"{type(self).__name__}: a Convolving subclass must implement `result_channels(self, channels)`."
        )

    def result_sizes(self, spatial: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The spatial sizes of the result."""
        return conv_sizes(self._label, spatial, self.kernel_size, self.strides, self.padding, self.dilation_rate)[0]

    def build(self, input_shape: Any = None) -> None:
        """Make kernels and bias.

        Args:
            input_shape: Shape of the input; its channels must be known.
        """
        channels = self._channels(input_shape)
        if channels is None:
            raise ValueError(
                f"{self._label}: the number of channels of the inputs must be known. "
                f"Received: input_shape={tuple(input_shape)}, data_format={self.data_format!r}."
            )
        shapes = self.shapes(channels)
        self.compute_output_shape(input_shape)
        for name, prefix in self.kernels.items():
            setattr(self, name, self._weight(name, prefix, shapes[name]))
        if self.use_bias:
            self.bias = self._weight("bias", "bias", (self.result_channels(channels),))
        axis = -1 if self.data_format == "channels_last" else 1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def _weight(self, name: str, prefix: str, shape: tuple[int, ...]) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{prefix}_initializer"),
            regularizer=getattr(self, f"{prefix}_regularizer"),
            constraint=getattr(self, f"{prefix}_constraint"),
        )

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape of the output: the input's, with the result's sizes and channels."""
        if len(input_shape) != self.rank + 2:
            raise ValueError(
                f"{self._label}: an input of {self.rank + 2} dimensions was expected, batch and channels among them. "
                f"Received: input_shape={tuple(input_shape)}."
            )
        spatial = self.result_sizes(self._spatial(input_shape))
        channels = self.result_channels(self._channels(input_shape))
        if self.data_format == "channels_last":
            return (input_shape[0], *spatial, channels)
        return (input_shape[0], channels, *spatial)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
        }
        for prefix in (*self.kernels.values(), "bias"):
            config[f"{prefix}_initializer"] = initializers.serialize(getattr(self, f"{prefix}_initializer"))
            config[f"{prefix}_regularizer"] = regularizers.serialize(getattr(self, f"{prefix}_regularizer"))
            config[f"{prefix}_constraint"] = constraints.serialize(getattr(self, f"{prefix}_constraint"))
        return config


class Convolution(Convolving):
    """Each filter sees all channels of its group."""

    kernel: Any

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            {"kernel": (kernel_initializer, kernel_regularizer, kernel_constraint)},
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        cls = type(self).__name__
        self.filters = positive(cls, "filters", filters)
        self.groups = positive(cls, "groups", groups)
        if self.filters % self.groups:
            raise ValueError(
                f"{cls}: `filters` must be a multiple of `groups`. Received: filters={filters}, groups={groups}."
            )
        self._refuse_strides_with_dilation()

    def shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        """The shape of the kernel."""
        if channels % self.groups:
            raise ValueError(
                f"{self._label}: the number of input channels must be a multiple of `groups`. "
                f"Received: {channels} channels, groups={self.groups}."
            )
        return {"kernel": (*self.kernel_size, channels // self.groups, self.filters)}

    def result_channels(self, channels: int) -> int:
        """The filters."""
        return self.filters

    def call(self, inputs: Any) -> Any:
        """Apply the layer to ``inputs``."""
        outputs = conv_layer(
            self._label,
            inputs,
            self.kernel,
            self.bias,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "filters": self.filters, "groups": self.groups}


class Transposed(Convolving):
    """The transposed convolution."""

    kernel: Any

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            {"kernel": (kernel_initializer, kernel_regularizer, kernel_constraint)},
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        cls = type(self).__name__
        self.filters = positive(cls, "filters", filters)
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = sizes(cls, "output_padding", output_padding, self.rank, 0)
            if any(more >= s for more, s in zip(self.output_padding, self.strides, strict=True)):
                raise ValueError(
                    f"{cls}: `output_padding` must be smaller than `strides` in every dimension. "
                    f"Received: output_padding={output_padding}, strides={strides}."
                )
        self._refuse_strides_with_dilation()

    def shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        """The shape of the kernel."""
        return {"kernel": (*self.kernel_size, self.filters, channels)}

    def result_channels(self, channels: int) -> int:
        """The filters."""
        return self.filters

    def result_sizes(self, spatial: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The spatial sizes of the result."""
        return transpose_sizes(
            spatial, self.kernel_size, self.strides, self.padding, self.output_padding, self.dilation_rate
        )[0]

    def call(self, inputs: Any) -> Any:
        """Apply the layer to ``inputs``."""
        outputs = transposed_layer(
            self._label,
            inputs,
            self.kernel,
            self.bias,
            self.strides,
            self.padding,
            self.output_padding,
            self.data_format,
            self.dilation_rate,
        )
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "filters": self.filters, "output_padding": self.output_padding}


class Depthwise(Convolving):
    """Each channel by itself."""

    kernels: ClassVar[dict[str, str]] = {"kernel": "depthwise"}
    kernel: Any

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            {"depthwise": (depthwise_initializer, depthwise_regularizer, depthwise_constraint)},
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.depth_multiplier = positive(type(self).__name__, "depth_multiplier", depth_multiplier)

    def shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        """The shape of the kernel."""
        return {"kernel": (*self.kernel_size, channels, self.depth_multiplier)}

    def result_channels(self, channels: int) -> int:
        """``depth_multiplier`` for each channel."""
        return channels * self.depth_multiplier

    def call(self, inputs: Any) -> Any:
        """Apply the layer to ``inputs``."""
        outputs = depthwise_layer(
            self._label,
            inputs,
            self.kernel,
            self.bias,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "depth_multiplier": self.depth_multiplier}


class Separable(Convolving):
    """Each channel by itself, then a convolution of single taps that mixes them."""

    kernels: ClassVar[dict[str, str]] = {"depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise"}
    depthwise_kernel: Any
    pointwise_kernel: Any

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            {
                "depthwise": (depthwise_initializer, depthwise_regularizer, depthwise_constraint),
                "pointwise": (pointwise_initializer, pointwise_regularizer, pointwise_constraint),
            },
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        cls = type(self).__name__
        self.filters = positive(cls, "filters", filters)
        self.depth_multiplier = positive(cls, "depth_multiplier", depth_multiplier)

    def shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        """The shapes of both kernels."""
        return {
            "depthwise_kernel": (*self.kernel_size, channels, self.depth_multiplier),
            "pointwise_kernel": (*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
        }

    def result_channels(self, channels: int) -> int:
        """The filters."""
        return self.filters

    def call(self, inputs: Any) -> Any:
        """Apply the layer to ``inputs``."""
        outputs = separable_layer(
            self._label,
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            self.bias,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "filters": self.filters, "depth_multiplier": self.depth_multiplier}

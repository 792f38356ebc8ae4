"""ConvLSTMCell: one step of a long short-term memory over images."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.convolution.base import positive
from nncore.layers.rnn.lstm import LSTMCell
from nncore.ops.convolution import conv_layer, conv_sizes
from nncore.ops.spatial import sizes, standardize_data_format, standardize_padding

__all__ = ["ConvLSTMCell"]


class ConvLSTMCell(LSTMCell):
    """One step of a long short-term memory whose inputs and states are images.

    Args:
        rank: Number of spatial dimensions, 1 to 3.
        filters: Number of channels of the states, positive.
        kernel_size: Taps of both kernels, a whole number or one for each spatial dimension.
        strides: Step from window to window of the inputs. Defaults to 1.
        padding: ``"valid"`` or ``"same"``, of the inputs; states keep their size. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps on the inputs. Defaults to 1.
        kwargs: Arguments of ``LSTMCell`` but ``units``.
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        **kwargs: Any,
    ) -> None:
        cls = f"ConvLSTM{rank}D"
        self.rank = rank
        super().__init__(positive(cls, "filters", filters), **kwargs)
        self.filters = self.units
        self.kernel_size = sizes(cls, "kernel_size", kernel_size, rank)
        self.strides = sizes(cls, "strides", strides, rank)
        self.dilation_rate = sizes(cls, "dilation_rate", dilation_rate, rank)
        self.padding = standardize_padding(cls, padding)
        self.data_format = standardize_data_format(cls, data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{cls}: `strides` and `dilation_rate` can't both be larger than 1. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}."
            )

    @property
    def _axis(self) -> int:
        """The axis of the channels of one step."""
        return -1 if self.data_format == "channels_last" else 1

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of one step, ``(B, spatial..., C)`` or channels first."""
        channels = input_shape[self._axis]
        if None in input_shape[1:]:
            raise ValueError(
                f'Layer "{self.name}": spatial dimensions and channels of the inputs must be known. '
                f"Received: input_shape={tuple(input_shape)} of one step."
            )
        spatial = tuple(input_shape[1:-1] if self._axis == -1 else input_shape[2:])
        self.__dict__["image"] = self.image_of(spatial)
        columns = 4 * self.filters
        self.kernel = self._weight("kernel", "kernel", (*self.kernel_size, channels, columns))
        self.recurrent_kernel = self._weight(
            "recurrent_kernel", "recurrent", (*self.kernel_size, self.filters, columns)
        )
        self.bias = self._weight("bias", "bias", (columns,)) if self.use_bias else None

    def image_of(self, spatial: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of a state, without the batch, for inputs of these spatial sizes."""
        label = f'Layer "{self.name}"'
        out = conv_sizes(label, spatial, self.kernel_size, self.strides, self.padding, self.dilation_rate)[0]
        return (*out, self.filters) if self._axis == -1 else (self.filters, *out)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros for both states."""
        return [ops.zeros((batch_size, *self.__dict__["image"]), dtype=self.compute_dtype) for _ in range(2)]

    def _mask_count(self) -> int:
        return 4

    def of_inputs(self, x: Any, kernel: Any, bias: Any) -> Any:
        """The convolution of inputs, ``(N, spatial..., C)``."""
        return conv_layer(self.name, x, kernel, bias, self.strides, self.padding, self.data_format, self.dilation_rate)

    def of_state(self, h: Any, kernel: Any) -> Any:
        """The convolution of the state, which keeps its size."""
        return conv_layer(self.name, h, kernel, None, 1, "same", self.data_format, 1)

    def after(self, x: Any, states: Any) -> tuple[Any, list[Any]]:
        """One step from the inputs' convolution: the output and the new states."""
        h, c = states
        return self._gated(list(ops.split(x + self.of_state(h, self.recurrent_kernel), 4, axis=self._axis)), c)

    def _products(self, inputs: Any, h: Any, training: Any) -> list[Any]:
        xs, hs = self._dropped("dropout", inputs, training), self._dropped("recurrent_dropout", h, training)
        if all(x is inputs for x in xs) and all(each is h for each in hs):
            z = self.of_inputs(inputs, self.kernel, self.bias) + self.of_state(h, self.recurrent_kernel)
            return list(ops.split(z, 4, axis=self._axis))
        kernels, recurrents = ops.split(self.kernel, 4, axis=-1), ops.split(self.recurrent_kernel, 4, axis=-1)
        biases = [None] * 4 if self.bias is None else ops.split(self.bias, 4, axis=0)
        return [
            self.of_inputs(x, k, b) + self.of_state(y, r)
            for x, k, b, y, r in zip(xs, kernels, biases, hs, recurrents, strict=True)
        ]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal cell."""
        config = super().get_config()
        del config["units"]
        names = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")
        return {**config, **{name: getattr(self, name) for name in names}}

"""What pooling layers share."""

from __future__ import annotations

from typing import Any, ClassVar

from nncore import ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer
from nncore.ops.spatial import sizes, standardize_data_format, standardize_padding, window_count

__all__ = ["AdaptivePooling", "GlobalPooling", "Pooling"]


class _Spatial(Layer):
    """A layer over ``dimensions`` spatial dimensions; sizes without an argument come from the class."""

    dimensions: ClassVar[int]

    def _set_format(self, data_format: Any) -> None:
        self.data_format = standardize_data_format(type(self).__name__, data_format)
        self.input_spec = InputSpec(ndim=self.dimensions + 2)

    def _spatial(self, shape: Any) -> tuple[int | None, ...]:
        return tuple(shape[1:-1] if self.data_format == "channels_last" else shape[2:])

    def _shape(self, input_shape: Any, spatial: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.data_format == "channels_last":
            return (input_shape[0], *spatial, input_shape[-1])
        return (input_shape[0], input_shape[1], *spatial)


class Pooling(_Spatial):
    """Pools windows of a size, a stride apart; a subclass says by which op."""

    op: ClassVar[str]

    def __init__(self, pool_size: Any, strides: Any, padding: str, data_format: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        cls = type(self).__name__
        self.pool_size = sizes(cls, "pool_size", pool_size, self.dimensions)
        self.strides = self.pool_size if strides is None else sizes(cls, "strides", strides, self.dimensions)
        self.padding = standardize_padding(cls, padding)
        self._set_format(data_format)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Pool ``inputs``."""
        pool = getattr(ops, self.op)
        return pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The input's shape with the number of windows in each spatial dimension."""
        spatial = tuple(
            window_count(d, w, s, self.padding)
            for d, w, s in zip(self._spatial(input_shape), self.pool_size, self.strides, strict=True)
        )
        if any(d is not None and d <= 0 for d in spatial):
            raise ValueError(
                f'Layer "{self.name}": the pooling window doesn\'t fit into the input. Received: '
                f"input_shape={tuple(input_shape)}, pool_size={self.pool_size}, padding={self.padding!r}."
            )
        return self._shape(input_shape, spatial)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }


class GlobalPooling(_Spatial):
    """Pools all spatial dimensions into one value per channel."""

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set_format(data_format)
        self.keepdims = keepdims
        first = 1 if self.data_format == "channels_last" else 2
        self._axes = tuple(range(first, first + self.dimensions))
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Shape ``(B, C)``, with ones for the spatial dimensions if they are kept."""
        return self._shape(input_shape, (1,) * (self.dimensions if self.keepdims else 0))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class GlobalMax(GlobalPooling):
    """The largest value of each channel."""

    def call(self, inputs: Any) -> Any:
        """Pool ``inputs``."""
        return ops.max(inputs, axis=self._axes, keepdims=self.keepdims)


class GlobalAverage(GlobalPooling):
    """The mean of each channel."""

    def call(self, inputs: Any) -> Any:
        """Pool ``inputs``."""
        return ops.mean(inputs, axis=self._axes, keepdims=self.keepdims)


class AdaptivePooling(_Spatial):
    """Pools into a given number of windows; a subclass says by which op."""

    op: ClassVar[str]

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_size = sizes(type(self).__name__, "output_size", output_size, self.dimensions)
        self._set_format(data_format)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Pool ``inputs``."""
        return getattr(ops, self.op)(inputs, self.output_size, self.data_format)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The input's shape with ``output_size`` for the spatial dimensions."""
        return self._shape(input_shape, self.output_size)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "output_size": self.output_size, "data_format": self.data_format}

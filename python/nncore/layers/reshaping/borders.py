"""What cropping and padding layers share: pairs of sizes at the two ends of each spatial dimension."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer
from nncore.ops.spatial import standardize_data_format

__all__ = ["Borders"]

Pair = tuple[int, int]


def _is_size(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(value >= 0)


def _pair(value: Any) -> Pair | None:
    if _is_size(value):
        return int(value), int(value)
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(_is_size(v) for v in value):
        return int(value[0]), int(value[1])
    return None


class Borders(Layer):
    """A layer that changes the two ends of each spatial dimension by given sizes."""

    dimensions: ClassVar[int]
    argument: ClassVar[str]

    def _set(self, value: Any, data_format: Any) -> None:
        n, cls = self.dimensions, type(self).__name__
        if n == 1:
            found = [_pair(value)]
        elif isinstance(value, (tuple, list)) and len(value) == n:
            found = [_pair(v) for v in value]
        else:
            found = [_pair(value) if _is_size(value) else None] * n
        if None in found:
            more = "" if n == 1 else f", or {n} of them in a tuple"
            raise ValueError(
                f"{cls}: `{self.argument}` should be a whole number from 0 on, or a pair of them{more}. "
                f"Received: {self.argument}={value!r}."
            )
        self._pairs = tuple(pair for pair in found if pair is not None)
        setattr(self, self.argument, self._pairs[0] if n == 1 else self._pairs)
        self.data_format = standardize_data_format(cls, data_format)
        self.input_spec = InputSpec(ndim=n + 2)
        self.built = True

    def _around(self, spatial: Any, batch: Any, channels: Any) -> tuple[Any, ...]:
        """Something for each dimension of the input, in its order."""
        if self.data_format == "channels_last":
            return (batch, *spatial, channels)
        return (batch, channels, *spatial)

    def _spatial(self, shape: Any) -> tuple[Any, ...]:
        return tuple(shape[1:-1] if self.data_format == "channels_last" else shape[2:])

    def _output_shape(self, input_shape: Any, sign: int) -> tuple[Any, ...]:
        spatial = tuple(
            None if d is None else d + sign * (before + after)
            for d, (before, after) in zip(self._spatial(input_shape), self._pairs, strict=True)
        )
        channels = input_shape[-1] if self.data_format == "channels_last" else input_shape[1]
        return self._around(spatial, input_shape[0], channels)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), self.argument: getattr(self, self.argument), "data_format": self.data_format}

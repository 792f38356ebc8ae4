"""Flatten layer."""

from __future__ import annotations

import math
from typing import Any

from nncore import config, ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer

__all__ = ["Flatten"]


class Flatten(Layer):
    """Makes one vector of each sample.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; the latter moves the channels to the end before
            flattening, so that weights fit both. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, ...)``, output ``(B, n)``; ``(B, 1)`` for an input ``(B,)``.

    Raises:
        ValueError: If ``data_format`` is unknown.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Flatten()(np.zeros((2, 3, 4))).shape
        (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = config.image_data_format() if data_format is None else data_format
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                "Flatten: `data_format` should be 'channels_last' or 'channels_first'. "
                f"Received: data_format={data_format!r}."
            )
        self.input_spec = InputSpec(min_ndim=1)
        self._channels_first = self.data_format == "channels_first"
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Flatten ``inputs``, ``(B, ...)``."""
        rank = len(inputs.shape)
        if self._channels_first and rank > 2:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape ``(B, n)``."""
        rest = tuple(input_shape[1:])
        return (input_shape[0], None if None in rest else math.prod(rest))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format}

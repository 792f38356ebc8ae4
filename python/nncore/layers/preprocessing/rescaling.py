"""Rescaling layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config, ops
from nncore.layers.layer import Layer

__all__ = ["Rescaling"]


class Rescaling(Layer):
    """Brings numbers into another range: ``inputs * scale + offset``.

    Args:
        scale: Number, or one per channel.
        offset: Number, or one per channel. Defaults to 0.
        kwargs: Arguments of ``Layer``.

    Integers become floats.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Rescaling(1 / 255)(np.array([[0, 51, 255]], "uint8")).round(3).tolist()
        [[0.0, 0.20000000298023224, 1.0]]
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name, value in (("scale", scale), ("offset", offset)):
            if np.asarray(value).dtype.kind not in "iuf":
                raise ValueError(f"Rescaling: `{name}` should be a number or numbers. Received: {name}={value!r}.")
        self.scale = np.asarray(scale).tolist()
        self.offset = np.asarray(offset).tolist()
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Rescale ``inputs``."""
        scale, offset = (np.asarray(value, self.compute_dtype) for value in (self.scale, self.offset))
        if config.image_data_format() == "channels_first":
            scale, offset = (v.reshape(-1, 1, 1) if v.ndim == 1 else v for v in (scale, offset))
        return ops.cast(inputs, self.compute_dtype) * scale + offset

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}

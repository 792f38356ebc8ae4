"""Identity layer."""

from __future__ import annotations

from typing import Any

from nncore.layers.layer import Layer

__all__ = ["Identity"]


class Identity(Layer):
    """Gives its input back, for example as a named place in a model.

    Args:
        kwargs: Arguments of ``Layer``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Identity()(np.array([1.0, 2.0])).tolist()
        [1.0, 2.0]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return ``inputs``."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

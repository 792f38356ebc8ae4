"""ActivityRegularization layer."""

from __future__ import annotations

from typing import Any

from nncore import regularizers
from nncore.layers.layer import Layer

__all__ = ["ActivityRegularization"]


class ActivityRegularization(Layer):
    """Gives its input back, and adds a penalty of it to the loss: ``l1 * sum|x| + l2 * sum x**2``.

    The sums are divided by the batch size, so that the penalty weighs as much for any.

    Args:
        l1: Factor of the sum of magnitudes, from 0 on. Defaults to 0.
        l2: Factor of the sum of squares, from 0 on. Defaults to 0.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If a factor is negative.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.ActivityRegularization(l1=0.5)
        >>> y = layer(np.array([[1.0, -3.0], [2.0, 2.0]]))
        >>> [float(loss) for loss in layer.losses]
        [2.0]
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return ``inputs``."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return {**config, "l1": self.l1, "l2": self.l2}

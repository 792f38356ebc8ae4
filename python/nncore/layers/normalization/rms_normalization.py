"""RMSNormalization layer."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.layer import Layer
from nncore.layers.normalization.base import as_axes, axis_argument, dimensions_along

__all__ = ["RMSNormalization"]


class RMSNormalization(Layer):
    """Divides by the root mean square along axes: ``scale * x / sqrt(mean(x**2) + epsilon)``.

    Args:
        axis: Axis or axes. Defaults to -1.
        epsilon: Added to the mean square. Defaults to 1e-6.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, ...)``; the weight ``scale`` has the dimensions along ``axis``.

    Raises:
        TypeError: If ``axis`` is no int or list of ints.
        ValueError: If it is out of range, or a dimension along it is not known.

    Source: Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RMSNormalization(epsilon=0.0)(np.array([[2.0, 2.0]])).tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis_argument("RMSNormalization", axis)
        self.epsilon = epsilon
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Make the weight.

        Args:
            input_shape: Shape of the input; its dimensions along ``axis`` must be known.
        """
        self._axes = as_axes(self, self.axis, input_shape)
        shape = dimensions_along(self, self._axes, input_shape)
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones")

    def call(self, inputs: Any) -> Any:
        """Normalise ``inputs``."""
        inputs = ops.cast(inputs, self.compute_dtype)
        return ops.rms_normalization(inputs, self.scale, self._axes, self.epsilon)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}

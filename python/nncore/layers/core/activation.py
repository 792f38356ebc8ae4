"""Activation layer."""

from __future__ import annotations

from typing import Any

from nncore import activations
from nncore.layers.layer import Layer

__all__ = ["Activation"]


class Activation(Layer):
    """Applies an activation function.

    Args:
        activation: Name or function, see ``nncore.activations``.
        kwargs: Arguments of ``Layer``.

    Shapes: the output has the input's shape.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Activation("relu")(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}

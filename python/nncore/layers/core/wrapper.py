"""Wrapper: base of layers around a layer."""

from __future__ import annotations

from typing import Any, Self

from nncore.layers.layer import Layer

__all__ = ["Wrapper"]


class Wrapper(Layer):
    """A layer around another one; a subclass says what it adds.

    Args:
        layer: The layer inside.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If ``layer`` is no layer.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> class Twice(layers.Wrapper):
        ...     def call(self, inputs):
        ...         return self.layer(self.layer(inputs))
        >>> Twice(layers.Dense(3))(np.zeros((2, 3))).shape
        (2, 3)
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"{type(self).__name__}: `layer` should be a layer. Received: layer={layer!r}.")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside.

        Args:
            input_shape: Shape of its input.
        """
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True

    def call(self, inputs: Any) -> Any:
        """Apply the layer to ``inputs``."""
        return self.layer(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that the layer inside gives."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        from nncore import serialization

        return {**super().get_config(), "layer": serialization.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from ``get_config``'s dictionary."""
        from nncore import serialization

        config = dict(config)
        return cls(serialization.deserialize_keras_object(config.pop("layer")), **config)

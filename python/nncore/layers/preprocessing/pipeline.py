"""Pipeline layer."""

from __future__ import annotations

from typing import Any, Self

from nncore import masking
from nncore.layers.calling import signature_of
from nncore.layers.layer import Layer

__all__ = ["Pipeline"]


class Pipeline(Layer):
    """Applies layers one after the other: a ``Sequential`` for preparing data.

    Args:
        layers: The layers.
        name: Name of the pipeline.
        kwargs: Arguments of ``Layer``.

    Raises:
        TypeError: If one of them is no layer.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> pipeline = layers.Pipeline([layers.Rescaling(2.0), layers.Rescaling(1.0, offset=1.0)])
        >>> pipeline(np.array([[1.0, 2.0]])).tolist()
        [[3.0, 5.0]]
    """

    def __init__(self, layers: Any, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        layers = list(layers)
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"Pipeline: layers were expected. Received: {layer!r} of type {type(layer).__name__}.")
        self._pipeline_layers = layers
        self.autocast = False
        self.built = True

    @property
    def layers(self) -> list[Any]:
        """The layers, in their order."""
        return list(self._pipeline_layers)

    def call(self, inputs: Any, training: bool = True, mask: Any = None) -> Any:
        """Apply the layers to ``inputs``."""
        for layer in self._pipeline_layers:
            names = signature_of(type(layer).call).names
            given: dict[str, Any] = {"training": training} if "training" in names and training is not None else {}
            if "mask" in names:
                given["mask"] = mask
            inputs = layer(inputs, **given)
            mask = masking.masks_of(inputs)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that the last layer gives."""
        for layer in self._pipeline_layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        from nncore import serialization

        return {**super().get_config(), "layers": serialization.serialize_keras_object(self._pipeline_layers)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a pipeline from ``get_config``'s dictionary."""
        from nncore import serialization

        made = [serialization.deserialize_keras_object(layer) for layer in config["layers"]]
        return super().from_config({**config, "layers": made})

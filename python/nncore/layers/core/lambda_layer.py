"""Lambda layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nncore import serialization
from nncore.layers.calling import is_shape, signature_of
from nncore.layers.layer import Layer

__all__ = ["Lambda"]


class Lambda(Layer):
    """Makes a layer of any function written in ``nncore.ops`` or NumPy functions.

    A model that holds one can be saved only if the function is a named one, registered with
    ``register_keras_serializable``: files hold names, never code.

    Args:
        function: Function of the inputs.
        output_shape: Shape of one output sample, or a function from the input's shape to the output's. Needed never:
            shapes are found by tracing. Defaults to None.
        mask: The output's mask, or a function ``(inputs, previous_mask)`` that gives it. Defaults to None.
        arguments: Dictionary of further keyword arguments of the function. Defaults to none.
        kwargs: Arguments of ``Layer``.

    Raises:
        TypeError: If ``function`` is not callable.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Lambda(lambda x: x**2)(np.array([1.0, 3.0])).tolist()
        [1.0, 9.0]
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda: `function` should be callable. Received: function={function!r}.")
        if output_shape is not None and not callable(output_shape) and not is_shape(output_shape):
            raise TypeError(
                "Lambda: `output_shape` should be a shape tuple or a function of the input's shape. "
                f"Received: output_shape={output_shape!r}."
            )
        self.function = function
        self.arguments = dict(arguments or {})
        self.supports_masking = mask is not None
        self.mask = mask
        self._output_shape = output_shape
        self.built = True

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """Call the function; ``mask`` and ``training`` reach it if it has such parameters."""
        parameters = signature_of(getattr(self.function, "__func__", self.function)).names
        extra = dict(self.arguments)
        if mask is not None and "mask" in parameters:
            extra["mask"] = mask
        if training is not None and "training" in parameters:
            extra["training"] = training
        return self.function(inputs, **extra)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output, as stated or else found by tracing."""
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        first = input_shape if is_shape(input_shape) else input_shape[0]
        return (first[0], *self._output_shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The stated mask, or what the stated function gives."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer.

        Raises:
            ValueError: If the function is a Python lambda, which can't be stored as data.
        """
        return {
            **super().get_config(),
            "function": serialization.serialize_keras_object(self.function),
            "output_shape": serialization.serialize_keras_object(self._output_shape),
            "mask": serialization.serialize_keras_object(self.mask),
            "arguments": serialization.serialize_keras_object(self.arguments),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Lambda:
        """Make a layer from ``get_config``'s dictionary; functions are found by their registered names."""
        keys = ("function", "output_shape", "mask", "arguments")
        found = {k: serialization.deserialize_keras_object(config[k]) for k in keys if k in config}
        return cls(**{**config, **found})

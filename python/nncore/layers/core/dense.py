"""Dense layer."""

from __future__ import annotations

from typing import Any, Self

from nncore import activations, constraints, initializers, ops, regularizers
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer

__all__ = ["Dense"]


class Dense(Layer):
    """Fully connected layer: ``activation(inputs @ kernel + bias)``.

    Args:
        units: Number of outputs, positive.
        activation: Name or function. Defaults to none.
        use_bias: Whether a bias is added. Defaults to True.
        kernel_initializer: For the kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        kernel_constraint: Applied to the kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, such as ``name``, ``dtype`` and ``input_shape``.

    Shapes: input ``(B, ..., I)``, output ``(B, ..., units)``; kernel ``(I, units)``, bias ``(units,)``.

    Raises:
        ValueError: If ``units`` is no positive integer.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Dense(3, activation="relu")(np.zeros((2, 4))).shape
        (2, 3)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if isinstance(units, bool) or not hasattr(units, "__index__") or units <= 0:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units!r}."
            )
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Make kernel and bias.

        Args:
            input_shape: Shape of the input; its last dimension must be known.
        """
        features = input_shape[-1]
        if features is None:
            raise ValueError(
                f'Layer "{self.name}": the last dimension of the inputs to Dense must be known. '
                f"Received: input_shape={tuple(input_shape)}."
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(features, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Any) -> Any:
        """Apply the layer to ``inputs``, ``(B, ..., I)``."""
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape of the output: the input's, its last dimension ``units``."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from ``get_config``'s dictionary, or from Keras's of an unquantised layer."""
        config = dict(config)
        if config.get("quantization_config") is None:
            config.pop("quantization_config", None)
        return super().from_config(config)

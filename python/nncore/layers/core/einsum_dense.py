"""EinsumDense: a dense layer whose product is an einsum equation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Self

from nncore import activations, constraints, initializers, ops, regularizers
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer

__all__ = ["EinsumDense"]

_FORMS = (
    r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)",
    r"\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)",
    r"([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\.",
)


class EinsumDense(Layer):
    """Dense layer with any dimensions: ``activation(einsum(equation, inputs, kernel) + bias)``.

    Args:
        equation: ``"ab,bc->ac"``, ``"...ab,bc->...ac"`` or ``"ab...,bc->ac..."`` with any letters.
        output_shape: Shape of the output without the batch; None where a dimension is the input's.
        activation: Name or function. Defaults to none.
        bias_axes: Letters of the output that the bias has, such as ``"c"``. Defaults to None: no bias.
        kernel_initializer: For the kernel. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the kernel. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        kernel_constraint: Applied to the kernel after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If the equation has another form, or doesn't fit the shapes.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")(np.zeros((2, 32, 128))).shape
        (2, 32, 64)
    """

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not any(re.fullmatch(form, equation) for form in _FORMS):
            raise ValueError(
                f"EinsumDense: invalid einsum equation. Equations must be in the form [X],[Y]->[Z], "
                f"...[X],[Y]->...[Z], or [X]...,[Y]->[Z].... Received: equation={equation!r}."
            )
        self.equation = equation
        shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.partial_output_shape: tuple[int | None, ...] = shape
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def _parts(self) -> tuple[str, str, str]:
        inputs, rest = self.equation.split(",")
        weights, outputs = rest.split("->")
        return inputs.replace("...", ""), weights, outputs.replace("...", "")

    def _dims(self, input_shape: Any) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """Sizes of the letters, and the shape of the output."""
        inputs, weights, outputs = self._parts()
        elided = len(input_shape) - len(inputs)
        left = self.equation.startswith("...")
        if elided < 0 or (elided and "..." not in self.equation):
            raise ValueError(
                f'Layer "{self.name}": the inputs should have the dimensions {inputs} of equation '
                f"{self.equation!r}. Received: input_shape={tuple(input_shape)}."
            )
        more = tuple(input_shape[:elided]) if left else tuple(input_shape[len(inputs) :])
        own = tuple(input_shape[elided:]) if left else tuple(input_shape[: len(inputs)])
        sizes: dict[str, Any] = dict(zip(inputs, own, strict=True))
        partial = (input_shape[0], *self.partial_output_shape)
        if left:
            partial = partial[max(len(partial) - len(outputs), 0) :]
        if len(partial) != len(outputs):
            raise ValueError(
                f'Layer "{self.name}": `output_shape` should have the dimensions {outputs} of equation '
                f"{self.equation!r} without the batch. Received: output_shape={self.partial_output_shape}."
            )
        for letter, size in zip(outputs, partial, strict=True):
            if letter not in inputs and letter not in weights:
                raise ValueError(
                    f'Layer "{self.name}": dimension {letter!r} of the output is neither in the inputs nor in the '
                    f"weights. Received: equation={self.equation!r}."
                )
            known = sizes.get(letter)
            if known is not None and size is not None and known != size:
                raise ValueError(
                    f"Layer \"{self.name}\": input shape and output shape do not match at shared dimension '{letter}': "
                    f"{known} and {size}. Received: input_shape={tuple(input_shape)}."
                )
            sizes[letter] = known if size is None else size
        shape = tuple(sizes[letter] for letter in outputs)
        return sizes, (*more, *shape) if left else (*shape, *more)

    def build(self, input_shape: Any = None) -> None:
        """Make kernel and bias."""
        inputs, weights, outputs = self._parts()
        sizes, _ = self._dims(input_shape)
        unknown = [letter for letter in weights if sizes.get(letter) is None]
        if unknown:
            raise ValueError(
                f'Layer "{self.name}": the weights\' dimensions {unknown} of equation {self.equation!r} must be known '
                f"from inputs or `output_shape`. Received: input_shape={tuple(input_shape)}."
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=tuple(sizes[letter] for letter in weights),
            initializer=self._fitted(weights, inputs, outputs),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.bias_axes is not None:
            first = min(outputs.find(letter) for letter in self.bias_axes)
            if first < 0:
                raise ValueError(
                    f'Layer "{self.name}": bias dimensions should be in the output {outputs!r}. '
                    f"Received: bias_axes={self.bias_axes!r}."
                )
            shape = tuple(sizes[letter] if letter in self.bias_axes else 1 for letter in outputs[first:])
            self.bias = self.add_weight(
                name="bias",
                shape=shape + (1,) * (len(input_shape) - len(inputs) if self.equation.endswith("...") else 0),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(ndim=len(input_shape))

    def _fitted(self, weights: str, inputs: str, outputs: str) -> Any:
        """The kernel's initializer, told which axes are inputs and which are outputs."""
        own = self.kernel_initializer
        config = own.get_config() if hasattr(own, "get_config") else {}
        if "input_axes" not in config or config["input_axes"] is not None:
            return own
        axes = {
            "input_axes": [i for i, letter in enumerate(weights) if letter in inputs],
            "output_axes": [i for i, letter in enumerate(weights) if letter in outputs and letter not in inputs],
        }
        return type(own).from_config({**config, **axes})

    def call(self, inputs: Any) -> Any:
        """Apply the layer to ``inputs``."""
        outputs = self._product(inputs)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def _product(self, x: Any) -> Any:
        """The einsum; one matrix product where the equation is one of flattened dimensions."""
        inputs, weights, outputs = self._parts()
        kept = len(outputs) - sum(letter not in inputs for letter in outputs)
        free, summed, new = inputs[:kept], inputs[kept:], outputs[kept:]
        plain = free == outputs[:kept] and weights == summed + new and not set(free) & set(weights)
        if not plain or not summed or not new or self.equation.endswith("..."):
            return ops.einsum(self.equation, x, self.kernel)
        rows = math.prod(self.kernel.shape[: len(summed)])
        lead = tuple(x.shape[: len(x.shape) - len(summed)])
        kernel = ops.reshape(self.kernel, (rows, -1))
        product = ops.matmul(ops.reshape(x, (math.prod(lead), rows)), kernel)
        return ops.reshape(product, (*lead, *self.kernel.shape[len(summed) :]))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Shape of the output for inputs of a shape."""
        return self._dims(input_shape)[1]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "equation": self.equation,
            "output_shape": self.partial_output_shape,
            "activation": activations.serialize(self.activation),
            "bias_axes": self.bias_axes,
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
        for name in ("quantization_config", "gptq_unpacked_column_size"):
            if config.get(name) is None:
                config.pop(name, None)
        return super().from_config(config)

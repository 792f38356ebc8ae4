"""Embedding layer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from nncore import constraints, initializers, ops, regularizers
from nncore.ir import SymbolicTensor
from nncore.ir.limits import note_range
from nncore.layers.layer import Layer
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.indexing import gather, whole_index

__all__ = ["Embedding"]


class Embedding(Layer):
    """Turns whole numbers into trained vectors: row ``i`` of a table for the id ``i``.

    Args:
        input_dim: Number of rows: the largest id plus one.
        output_dim: Length of a vector.
        embeddings_initializer: For the table. Defaults to ``"uniform"``.
        embeddings_regularizer: Penalty of the table. Defaults to None.
        embeddings_constraint: Applied to the table after each update. Defaults to None.
        mask_zero: Whether the id 0 is padding, which the layers above skip. Defaults to False.
        weights: The table to start from, ``(input_dim, output_dim)``, or a list of it. Defaults to None.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, ...)``, output ``(B, ..., output_dim)``, mask as the input.

    Raises:
        ValueError: If a dimension is no positive integer, or when an id is out of range. Ids that a model computes are
            known only to its program: those out of range give NaN there.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Embedding(1000, 64)(np.array([[3, 7, 0]])).shape
        (1, 3, 64)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        **kwargs: Any,
    ) -> None:
        length = kwargs.pop("input_length", None)  # as in books; shapes say it
        if length is not None and kwargs.get("input_shape") is None:
            kwargs["input_shape"] = tuple(length) if isinstance(length, (list, tuple)) else (length,)
        super().__init__(**kwargs)
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if isinstance(value, bool) or not hasattr(value, "__index__") or value <= 0:
                raise ValueError(f"Embedding: `{name}` should be a positive integer. Received: {name}={value!r}.")
        self.input_dim = int(input_dim)
        self.output_dim = int(output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        if weights is not None:
            self.build()
            self.set_weights(list(weights) if isinstance(weights, (list, tuple)) else [weights])

    def build(self, input_shape: Any = None) -> None:
        """Make the table."""
        if self.built:
            return
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )

    def call(self, inputs: Any) -> Any:
        """Look up the vectors of ``inputs``, ids of any shape; False and True are the ids 0 and 1."""
        owner = f"Layer '{self.name}' (Embedding of {self.input_dim} rows)"
        advice = "Give the layer a larger `input_dim`, or check how the ids were made."
        note_range(inputs if isinstance(inputs, SymbolicTensor) else np.asarray(inputs), self.input_dim, owner, advice)
        if dtype_of(as_operand(inputs)) == "bool":
            inputs = ops.cast(inputs, "int32")
        return gather(as_operand(self.embeddings), whole_index(owner, inputs), axis=0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where the id is not 0, if ``mask_zero``."""
        del mask
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape of the output: the input's and the length of a vector."""
        return (*input_shape, self.output_dim)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": self.mask_zero,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from ``get_config``'s dictionary, or from Keras's of an unquantised layer."""
        config = dict(config)
        if config.get("quantization_config") is None:
            config.pop("quantization_config", None)
        return super().from_config(config)

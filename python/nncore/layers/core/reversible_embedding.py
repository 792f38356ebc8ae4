"""ReversibleEmbedding layer."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.core.embedding import Embedding

__all__ = ["ReversibleEmbedding"]


class ReversibleEmbedding(Embedding):
    """Turns whole numbers into trained vectors, and vectors back into scores of all numbers.

    Language models begin and end with it: called with ``reverse=True`` it is a product with its own table.

    Args:
        input_dim: Number of rows: the largest id plus one.
        output_dim: Length of a vector.
        tie_weights: Whether both directions share the table; otherwise the way back has one of its own. Defaults to
            True.
        embeddings_initializer: For the tables. Defaults to ``"uniform"``.
        embeddings_regularizer: Penalty of the table. Defaults to None.
        embeddings_constraint: Applied to the table after each update. Defaults to None.
        mask_zero: Whether the id 0 is padding, which the layers above skip. Defaults to False.
        reverse_dtype: dtype of the scores. Defaults to None: that of the layer.
        logit_soft_cap: Limit ``c`` of scores ``s``, which become ``c tanh(s / c)``. Defaults to None.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, ...)``, output ``(B, ..., output_dim)``; in reverse ``(B, ..., output_dim)`` and
    ``(B, ..., input_dim)``.

    Raises:
        ValueError: If a dimension is no positive integer, or when an id is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.ReversibleEmbedding(1000, 64)
        >>> layer(layer(np.array([[3, 7]])), reverse=True).shape
        (1, 2, 1000)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer,
            embeddings_regularizer,
            embeddings_constraint,
            mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = None if reverse_dtype is None else ops.standardize_dtype(reverse_dtype)
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape: Any = None) -> None:
        """Make the tables."""
        if self.built:
            return
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                name="reverse_embeddings",
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Look up the vectors of ids, or score all ids for vectors."""
        if not reverse:
            return super().call(inputs)
        dtype = self.reverse_dtype or self.compute_dtype
        table = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        scores = ops.matmul(ops.cast(inputs, dtype), ops.cast(table, dtype))
        cap = self.logit_soft_cap
        return scores if cap is None else ops.tanh(scores / cap) * cap

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where the id is not 0, if ``mask_zero``; vectors keep the mask they have."""
        if not str(inputs.dtype).startswith(("int", "uint")):
            return mask
        return super().compute_mask(inputs, mask)

    def compute_output_shape(self, input_shape: Any, reverse: bool = False) -> tuple[int | None, ...]:
        """Shape of the output."""
        return (*input_shape[:-1], self.input_dim) if reverse else (*input_shape, self.output_dim)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "tie_weights": self.tie_weights,
            "reverse_dtype": self.reverse_dtype,
            "logit_soft_cap": self.logit_soft_cap,
        }

"""Permute layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer

__all__ = ["Permute"]


class Permute(Layer):
    """Puts the dimensions of each sample into another order.

    Args:
        dims: For each dimension of the output the one of the input, counted from 1; the batch stays.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If ``dims`` are not the numbers from 1 on in some order.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Permute((2, 1))(np.zeros((1, 3, 4))).shape
        (1, 4, 3)
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        found = tuple(dims) if isinstance(dims, (tuple, list)) else ()
        if not found or sorted(found) != list(range(1, len(found) + 1)):
            raise ValueError(
                "Permute: `dims` should be the numbers from 1 to the number of dimensions, each once. "
                f"Received: dims={dims!r}."
            )
        self.dims = found
        self.input_spec = InputSpec(ndim=len(found) + 1)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Permute the dimensions of ``inputs``."""
        return ops.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The input's dimensions in the new order."""
        return (input_shape[0], *(input_shape[d] for d in self.dims))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "dims": self.dims}

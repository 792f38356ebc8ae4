"""Concatenate layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.ir import known_dims
from nncore.layers.layer import Layer
from nncore.layers.merging.base import check_list, check_masks

__all__ = ["Concatenate", "concatenate"]


class Concatenate(Layer):
    """Joins a list of inputs along one axis; all other dimensions must be equal.

    Args:
        axis: The axis, counted with the batch. Defaults to the last.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: When called on something else than a list, or on shapes that differ elsewhere.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Concatenate()([np.ones((2, 1)), np.ones((2, 3))]).shape
        (2, 4)
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Check that the inputs' shapes fit each other.

        Args:
            input_shape: List of shapes.
        """
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The inputs' shape, the dimensions along the axis added up."""
        shapes = [known_dims(shape) for shape in check_list(self, input_shape, 1)]
        rank = len(shapes[0])
        if not -rank <= self.axis < rank:
            raise ValueError(
                f'Layer "{self.name}": `axis` should be from {-rank} to {rank - 1}. Received: axis={self.axis}.'
            )
        axis = self.axis % rank
        merged = list(shapes[0])
        for shape in shapes[1:]:
            if len(shape) != rank:
                self._mismatch(input_shape)
            for i, dim in enumerate(shape):
                have = merged[i]
                if i == axis:
                    merged[i] = None if have is None or dim is None else have + dim
                elif have is None:
                    merged[i] = dim
                elif dim not in (None, have):
                    self._mismatch(input_shape)
        return tuple(merged)

    def _mismatch(self, input_shape: Any) -> None:
        raise ValueError(
            f'Layer "{self.name}": a `Concatenate` layer requires inputs with matching shapes except for the '
            f"concatenation axis. Received: input_shape={input_shape}, axis={self.axis}."
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks joined like the inputs, where any feature counts; None if no input has a mask."""
        if mask is None or all(m is None for m in check_masks(self, inputs, mask)):
            return None
        masks = []
        for x, m in zip(inputs, mask, strict=True):
            if m is None:
                m = ops.ones_like(x, dtype="bool")
            elif len(m.shape) < len(x.shape):
                m = ops.logical_or(ops.expand_dims(m, axis=-1), ops.zeros_like(x, dtype="bool"))
            masks.append(m)
        return ops.any(ops.concatenate(masks, axis=self.axis), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Join a list of tensors."""
        self.compute_output_shape([tuple(x.shape) for x in inputs])
        return ops.concatenate(list(inputs), axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """Join a list of tensors: ``Concatenate(axis, **kwargs)(inputs)``.

    Args:
        inputs: List of tensors.
        axis: The axis, counted with the batch. Defaults to the last.
        kwargs: Arguments of ``Layer``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.concatenate([np.ones((2, 1)), np.ones((2, 3))]).shape
        (2, 4)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)

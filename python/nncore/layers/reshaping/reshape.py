"""Reshape layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.ir import known_dims
from nncore.layers.layer import Layer

__all__ = ["Reshape"]


class Reshape(Layer):
    """Gives each sample another shape with the same number of values.

    Args:
        target_shape: Shape of one output sample, without the batch; one dimension may be -1, it is worked out.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, ...)``, output ``(B, *target_shape)``.

    Raises:
        ValueError: If more than one dimension is -1, or the number of values does not fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Reshape((2, -1))(np.zeros((5, 6))).shape
        (5, 2, 3)
    """

    def __init__(self, target_shape: int | Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        target = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if target.count(-1) > 1 or any(not isinstance(d, int) or d < -1 for d in target):
            raise ValueError(
                "Reshape: `target_shape` should be a tuple of non-negative integers, of which at most one may be -1. "
                f"Received: target_shape={target_shape!r}."
            )
        self.target_shape = target

    def _resolve(self, sample: Any) -> tuple[int | None, ...]:
        sample = known_dims(sample)
        if None in sample:
            return tuple(None if dim == -1 else dim for dim in self.target_shape)
        size, known = math.prod(sample), math.prod(d for d in self.target_shape if d != -1)
        unknown = -1 in self.target_shape
        if (unknown and (known == 0 or size % known)) or (not unknown and size != known):
            raise ValueError(
                f'Layer "{self.name}": the total size of the tensor must be unchanged. Received: '
                f"input_shape={sample} ({size} values), target_shape={self.target_shape}."
            )
        return tuple(size // known if dim == -1 else dim for dim in self.target_shape)

    def build(self, input_shape: Any = None) -> None:
        """Check that the input's size fits.

        Args:
            input_shape: Shape of the input.
        """
        self._resolve(input_shape[1:])

    def call(self, inputs: Any) -> Any:
        """Reshape ``inputs``, ``(B, ...)``."""
        target = (-1 if dim is None else dim for dim in self._resolve(inputs.shape[1:]))
        return ops.reshape(inputs, (inputs.shape[0], *target))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape ``(B, *target_shape)``."""
        return (input_shape[0], *self._resolve(input_shape[1:]))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "target_shape": self.target_shape}

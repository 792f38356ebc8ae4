"""Masking layer."""

from __future__ import annotations

from typing import Any

from nncore import masking, ops
from nncore.layers.layer import Layer

__all__ = ["Masking"]


class Masking(Layer):
    """Masks the time steps whose features all have one value: the layers above skip them.

    Masked steps come out as zeros. The mask travels with the output, through layers that pass masks on, to those that
    use it (recurrent layers, attention, losses and metrics).

    Args:
        mask_value: The value. Defaults to 0.0.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, ..., F)``, output the same, mask ``(B, T, ...)``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Masking().compute_mask(np.array([[[1.0, 0.0], [0.0, 0.0]]])).tolist()
        [[True, False]]
    """

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(mask_value, dict):  # as Keras writes NumPy scalars
            mask_value = mask_value["config"]["value"]
        self.mask_value = mask_value
        self.supports_masking = True
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where any feature of a step differs from ``mask_value``."""
        del mask
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Set masked steps of ``inputs`` to zero."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = ops.where(kept, inputs, ops.zeros((), dtype=inputs.dtype))
        masking.set_mask(outputs, ops.squeeze(kept, axis=-1))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output: the input's."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "mask_value": self.mask_value}

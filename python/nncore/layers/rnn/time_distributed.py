"""TimeDistributed: a layer applied to each time step."""

from __future__ import annotations

from typing import Any

from nncore import ops, tree
from nncore.layers.calling import is_shape, signature_of
from nncore.layers.core.wrapper import Wrapper
from nncore.naming import path_scope

__all__ = ["TimeDistributed"]


class TimeDistributed(Wrapper):
    """Applies a layer to each time step of its input.

    All steps are computed at once, as rows of one batch. A layer whose state depends on the batch it sees, such as a
    batch normalization, gets one step after the other.

    Args:
        layer: The layer.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, ...)``, output ``(B, T, *output of the layer without its batch)``.

    Raises:
        ValueError: If it is no layer, the input has less than three dimensions, or the mask doesn't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.TimeDistributed(layers.Dense(4))(np.zeros((2, 5, 3))).shape
        (2, 5, 4)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def _step_shape(self, input_shape: Any) -> tuple[Any, ...]:
        if not is_shape(input_shape) or len(input_shape) < 3:
            raise ValueError(
                f'Layer "{self.name}": `TimeDistributed` should be passed an `input_shape` with at least 3 dimensions. '
                f"Received: input_shape={input_shape}."
            )
        return (input_shape[0], *input_shape[2:])

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The layer's output shape for a step, with the time after the batch."""
        inner = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (inner[0], input_shape[1], *inner[1:])

    def build(self, input_shape: Any = None) -> None:
        """Build the layer for the inputs of a step."""
        with path_scope(self.path):
            super().build(self._step_shape(input_shape))

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Apply the layer to each step of ``inputs``, ``(B, T, ...)``; ``mask`` is ``(B, T, ...)``."""
        self._step_shape(tuple(inputs.shape))
        batch, steps = inputs.shape[:2]
        if mask is not None and tuple(mask.shape[:2]) != (batch, steps):
            raise ValueError(
                f'Layer "{self.name}": the first two dimensions of `mask` must match those of the input, '
                f"({batch}, {steps}). Received: mask.shape={tuple(mask.shape)}."
            )
        names = signature_of(type(self.layer).call).names
        options = {"training": training} if "training" in names and training is not None else {}
        masked = mask if "mask" in names else None
        if self._sees_batches():
            each = []
            for t in range(steps):
                extra = {} if masked is None else {"mask": masked[:, t]}
                each.append(self.layer(inputs[:, t], **options, **extra))
            return tree.map_structure(lambda *outputs: ops.stack(outputs, axis=1), *each)
        extra = {} if masked is None else {"mask": ops.reshape(masked, (batch * steps, *masked.shape[2:]))}
        outputs = self.layer(ops.reshape(inputs, (batch * steps, *inputs.shape[2:])), **options, **extra)
        return tree.map_structure(lambda y: ops.reshape(y, (batch, steps, *y.shape[1:])), outputs)

    def _sees_batches(self) -> bool:
        """Whether a layer inside keeps what it learns from whole batches."""
        return any(layer._non_trainable_variables for layer in self.layer._flatten_layers())

"""UnitNormalization layer."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.layer import Layer
from nncore.layers.normalization.base import as_axes, axis_argument

__all__ = ["UnitNormalization"]


class UnitNormalization(Layer):
    """Divides each sample by its norm along axes, so that the sum of squares is 1.

    Args:
        axis: Axis or axes. Defaults to -1.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, ...)``.

    Raises:
        TypeError: If ``axis`` is no int or list of ints.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.UnitNormalization()(np.array([[3.0, 4.0]]))
        array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis_argument("UnitNormalization", axis)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Normalise ``inputs``."""
        inputs = ops.cast(inputs, self.compute_dtype)
        return ops.normalize(inputs, axis=as_axes(self, self.axis, inputs.shape), order=2, epsilon=1e-12)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        as_axes(self, self.axis, input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}

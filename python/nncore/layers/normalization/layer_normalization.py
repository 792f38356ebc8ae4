"""LayerNormalization layer."""

from __future__ import annotations

import warnings
from typing import Any

from nncore import ops
from nncore.layers.normalization.base import Affine, as_axes, axis_argument, dimensions_along

__all__ = ["LayerNormalization"]


class LayerNormalization(Affine):
    """Brings each sample to mean 0 and variance 1 along axes, then scales and shifts it.

    ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``.

    Args:
        axis: Axis or axes. Defaults to -1.
        epsilon: Added to the variance. Defaults to 1e-3.
        center: Whether ``beta`` is added. Defaults to True.
        scale: Whether there is a factor ``gamma``. Defaults to True.
        beta_initializer: For ``beta``. Defaults to ``"zeros"``.
        gamma_initializer: For ``gamma``. Defaults to ``"ones"``.
        beta_regularizer: Penalty of ``beta``. Defaults to None.
        gamma_regularizer: Penalty of ``gamma``. Defaults to None.
        beta_constraint: Applied to ``beta`` after each update. Defaults to None.
        gamma_constraint: Applied to ``gamma`` after each update. Defaults to None.
        kwargs: Arguments of ``Layer``, and ``rms_scaling``, which old models have: don't subtract the mean, don't add
            ``beta``.

    Shapes: input and output ``(B, ...)``; weights of the dimensions along ``axis``.

    Raises:
        TypeError: If ``axis`` is no int or list of ints.
        ValueError: If it is out of range, or a dimension along it is not known.

    Source: Ba et al., 2016, https://arxiv.org/abs/1607.06450

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.LayerNormalization(epsilon=0.0)(np.array([[1.0, 3.0]])).tolist()
        [[-1.0, 1.0]]
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        self.rms_scaling = bool(kwargs.pop("rms_scaling", False))
        super().__init__(**kwargs)
        if self.rms_scaling:
            warnings.warn(
                "LayerNormalization(rms_scaling=True) divides by the standard deviation, not by the root mean square. "
                "Use RMSNormalization.",
                DeprecationWarning,
                stacklevel=2,
            )
        self.axis = axis_argument("LayerNormalization", axis)
        self._set_affine(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
        )

    def build(self, input_shape: Any = None) -> None:
        """Make the weights.

        Args:
            input_shape: Shape of the input; its dimensions along ``axis`` must be known.
        """
        self._axes = as_axes(self, self.axis, input_shape)
        shape = dimensions_along(self, self._axes, input_shape)
        if self.rms_scaling:
            self.scale, self.center = True, False
        self._add_affine(shape)

    def call(self, inputs: Any) -> Any:
        """Normalise ``inputs``."""
        inputs = ops.cast(inputs, self.compute_dtype)
        return ops.layer_normalization(inputs, self.gamma, self.beta, self._axes, self.epsilon, self.rms_scaling)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), **self._affine_config(), "axis": self.axis, "rms_scaling": self.rms_scaling}

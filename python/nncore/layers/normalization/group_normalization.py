"""GroupNormalization layer."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.normalization.base import Affine, as_axes, dimensions_along
from nncore.ops.statistics_kernels import normalize_channels

__all__ = ["GroupNormalization"]


class GroupNormalization(Affine):
    """Brings each group of channels of each sample to mean 0 and variance 1, then scales and shifts each channel.

    Args:
        groups: Number of groups, which must divide the channels; -1: as many as channels (instance normalization).
            Defaults to 32.
        axis: The axis of channels. Defaults to -1.
        epsilon: Added to the variance. Defaults to 1e-3.
        center: Whether ``beta`` is added. Defaults to True.
        scale: Whether there is a factor ``gamma``. Defaults to True.
        beta_initializer: For ``beta``. Defaults to ``"zeros"``.
        gamma_initializer: For ``gamma``. Defaults to ``"ones"``.
        beta_regularizer: Penalty of ``beta``. Defaults to None.
        gamma_regularizer: Penalty of ``gamma``. Defaults to None.
        beta_constraint: Applied to ``beta`` after each update. Defaults to None.
        gamma_constraint: Applied to ``gamma`` after each update. Defaults to None.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, ...)``; weights ``(C,)``.

    Raises:
        ValueError: If ``groups`` is no positive int or -1, or doesn't divide the channels.

    Source: Wu and He, 2018, https://arxiv.org/abs/1803.08494

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GroupNormalization(2, epsilon=0.0)(np.array([[1.0, 3.0, 0.0, 8.0]])).tolist()
        [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
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
        super().__init__(**kwargs)
        if isinstance(groups, bool) or not isinstance(groups, int) or (groups < 1 and groups != -1):
            raise ValueError(
                "GroupNormalization: `groups` should be a positive integer, or -1 for as many as channels. "
                f"Received: groups={groups!r}."
            )
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ValueError(f"GroupNormalization: `axis` should be an int. Received: axis={axis!r}.")
        self.groups = groups
        self.axis = axis
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
            input_shape: Shape of the input; its channels must be known.
        """
        axes = as_axes(self, self.axis, input_shape)
        shape = dimensions_along(self, axes, input_shape)
        groups = shape[0] if self.groups == -1 else self.groups
        if axes[0] == 0 or shape[0] % groups:
            raise ValueError(
                f'Layer "{self.name}": the number of channels should be a multiple of `groups`, and `axis` not the '
                f"batch's. Received: groups={self.groups}, axis={self.axis}, input_shape={tuple(input_shape)}."
            )
        self._groups, self._channel_axis = groups, axes[0]
        self._add_affine(shape)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self._channel_axis: shape[0]})

    def call(self, inputs: Any) -> Any:
        """Normalise ``inputs``."""
        inputs = ops.cast(inputs, self.compute_dtype)
        return normalize_channels(inputs, self.gamma, self.beta, self.epsilon, self._channel_axis, self._groups)[0]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), **self._affine_config(), "groups": self.groups, "axis": self.axis}

"""What normalization layers share: factor and offset, and the check of axes."""

from __future__ import annotations

from typing import Any

from nncore import constraints, initializers, regularizers
from nncore.layers.layer import Layer

__all__ = ["Affine", "as_axes", "axis_argument", "dimensions_along"]


def axis_argument(name: str, axis: Any) -> Any:
    """An ``axis`` argument: an int, or a list of ints."""
    if isinstance(axis, int) and not isinstance(axis, bool):
        return axis
    if isinstance(axis, (list, tuple)) and axis and all(isinstance(a, int) for a in axis):
        return list(axis)
    raise TypeError(f"{name}: `axis` should be an int or a list or tuple of ints. Received: axis={axis!r}.")


def as_axes(layer: Layer, axis: Any, input_shape: Any) -> tuple[int, ...]:
    """The axes of an input, sorted and from 0 on."""
    ndim = len(input_shape)
    axes = [axis] if isinstance(axis, int) else list(axis)
    if any(not -ndim <= a < ndim for a in axes) or len({a % ndim for a in axes}) != len(axes):
        raise ValueError(
            f'Layer "{layer.name}": `axis` should name different dimensions of the input. '
            f"Received: axis={axis}, input_shape={tuple(input_shape)}."
        )
    return tuple(sorted(a % ndim for a in axes))


def dimensions_along(layer: Layer, axes: tuple[int, ...], input_shape: Any) -> tuple[int, ...]:
    """The input's dimensions along axes, which must be known."""
    shape = tuple(input_shape[a] for a in axes)
    if None in shape:
        raise ValueError(
            f'Layer "{layer.name}": the dimensions that are normalised must be known. '
            f"Received: input_shape={tuple(input_shape)}, axes {axes}."
        )
    return shape


class Affine(Layer):
    """A layer with a trained factor ``gamma`` (if ``scale``) and offset ``beta`` (if ``center``)."""

    gamma: Any = None
    beta: Any = None

    def _set_affine(
        self,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
    ) -> None:
        if isinstance(epsilon, bool) or not isinstance(epsilon, (int, float)) or epsilon < 0:
            raise ValueError(
                f"{type(self).__name__}: `epsilon` should be a number from 0 on. Received: epsilon={epsilon!r}."
            )
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True

    def _add_affine(self, shape: tuple[int, ...]) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def _affine_config(self) -> dict[str, Any]:
        return {
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }

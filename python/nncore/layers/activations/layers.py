"""Layers that apply one activation function with options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import activations, constraints, initializers, ops, regularizers
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"]


class _ActivationLayer(Layer):
    """An activation: no weights unless a subclass says so, output like the input."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape


def _non_negative(layer: str, name: str, value: Any) -> float:
    if value is None or value < 0:
        raise ValueError(
            f"{layer}: `{name}` of a {layer} layer cannot be a negative value or None. Received: {name}={value!r}."
        )
    return value  # type: ignore[no-any-return]


class ReLU(_ActivationLayer):
    """Rectified linear unit: ``max(x, 0)``, with options.

    Args:
        max_value: Largest output, or None. Defaults to None.
        negative_slope: Slope below the threshold, not negative. Defaults to 0.
        threshold: Inputs below it are cut or damped; not negative. Defaults to 0.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If an argument is negative.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ReLU(max_value=6.0)(np.array([-1.0, 2.0, 9.0])).tolist()
        [0.0, 2.0, 6.0]
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else _non_negative("ReLU", "max_value", max_value)
        self.negative_slope = _non_negative("ReLU", "negative_slope", negative_slope)
        self.threshold = _non_negative("ReLU", "threshold", threshold)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


class LeakyReLU(_ActivationLayer):
    """Leaky rectified linear unit: ``x`` above 0, ``negative_slope * x`` below.

    Args:
        negative_slope: Slope below 0, not negative (``alpha`` is an older name). Defaults to 0.3.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If the slope is negative or None.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.LeakyReLU(0.5)(np.array([-1.0, 2.0])).tolist()
        [-0.5, 2.0]
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self.negative_slope = _non_negative("LeakyReLU", "negative_slope", negative_slope)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(_ActivationLayer):
    """Exponential linear unit: ``x`` above 0, ``alpha * (exp(x) - 1)`` below.

    Args:
        alpha: Factor below 0. Defaults to 1.
        kwargs: Arguments of ``Layer``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ELU()(np.array([0.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "alpha": self.alpha}


class PReLU(_ActivationLayer):
    """Leaky rectified linear unit whose slope below 0 is learnt, one for each feature.

    Args:
        alpha_initializer: For the slopes. Defaults to ``"Zeros"``.
        alpha_regularizer: Penalty of the slopes. Defaults to None.
        alpha_constraint: Applied to the slopes after each update. Defaults to None.
        shared_axes: Axes (counted with the batch) along which one slope is shared. Defaults to none.
        kwargs: Arguments of ``Layer``.

    Shapes: the slopes have the input's shape without the batch, 1 along shared axes.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.PReLU(alpha_initializer="ones")(np.array([[-1.0, 2.0]])).tolist()
        [[-1.0, 2.0]]
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        axes = (shared_axes,) if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if axes is None else [int(axis) for axis in axes]

    def build(self, input_shape: Any = None) -> None:
        """Make the slopes.

        Args:
            input_shape: Shape of the input; dimensions that are not shared must be known.
        """
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        if None in shape:
            raise ValueError(
                f'Layer "{self.name}": PReLU needs known dimensions along axes that are not shared. '
                f"Received: input_shape={tuple(input_shape)}, shared_axes={self.shared_axes}."
            )
        self.alpha = self.add_weight(
            name="alpha",
            shape=tuple(shape),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        known = {axis + 1: dim for axis, dim in enumerate(shape) if axis + 1 not in (self.shared_axes or ())}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=known)

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return ops.subtract(ops.relu(inputs), ops.multiply(self.alpha, ops.relu(ops.negative(inputs))))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes,
        }


class Softmax(_ActivationLayer):
    """Exponentials scaled to sum 1.

    Args:
        axis: Axis, or axes, over which they sum to 1. Defaults to the last.
        kwargs: Arguments of ``Layer``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Softmax()(np.array([[1.0, 1.0]])).tolist()
        [[0.5, 0.5]]
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis if isinstance(axis, int) else tuple(axis)
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Apply the function; where the boolean ``mask`` is False, the result is 0."""
        if mask is not None:
            # Finite, so that rows without any True stay free of NaN.
            lowest = -3.0e38 if inputs.dtype == "float32" else -1.0e308
            inputs = ops.where(mask, inputs, lowest)
        return activations.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}

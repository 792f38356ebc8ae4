"""Add, Subtract, Multiply, Average, Maximum, Minimum: as layers and as functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from nncore import ops
from nncore.layers.merging.base import Merge

__all__ = [
    "Add",
    "Average",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]


def _fold(function: Callable[[Any, Any], Any], inputs: list[Any]) -> Any:
    return reduce(function, inputs)


class Add(Merge):
    """Sum of a list of inputs.

    Args:
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: When called on something else than a list, or on shapes that do not broadcast.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Add()([np.array([[1.0]]), np.array([[2.0]])]).tolist()
        [[3.0]]
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return _fold(ops.add, inputs)


class Subtract(Merge):
    """Difference of exactly two inputs, first minus second.

    Args:
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: When called on another number of inputs.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Subtract()([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[1.0]]
    """

    _least = 2

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape to which both inputs broadcast."""
        shape = super().compute_output_shape(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                f'Layer "{self.name}": a `Subtract` layer should be called on exactly 2 inputs. '
                f"Received: input_shape={input_shape}."
            )
        return shape

    def _merge(self, inputs: list[Any]) -> Any:
        return ops.subtract(inputs[0], inputs[1])


class Multiply(Merge):
    """Product of a list of inputs.

    Args:
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: When called on something else than a list, or on shapes that do not broadcast.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Multiply()([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[6.0]]
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return _fold(ops.multiply, inputs)


class Average(Merge):
    """Mean of a list of inputs.

    Args:
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: When called on something else than a list, or on shapes that do not broadcast.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Average()([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[2.5]]
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return ops.divide(_fold(ops.add, inputs), len(inputs))


class Maximum(Merge):
    """Largest value of a list of inputs, element by element.

    Args:
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: When called on something else than a list, or on shapes that do not broadcast.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Maximum()([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[3.0]]
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return _fold(ops.maximum, inputs)


class Minimum(Merge):
    """Smallest value of a list of inputs, element by element.

    Args:
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: When called on something else than a list, or on shapes that do not broadcast.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Minimum()([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[2.0]]
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return _fold(ops.minimum, inputs)


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Sum of a list of tensors: ``Add(**kwargs)(inputs)``.

    Args:
        inputs: List of tensors.
        kwargs: Arguments of ``Add``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.add([np.array([[1.0]]), np.array([[2.0]])]).tolist()
        [[3.0]]
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Difference of two tensors: ``Subtract(**kwargs)(inputs)``.

    Args:
        inputs: List of two tensors.
        kwargs: Arguments of ``Subtract``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.subtract([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[1.0]]
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Product of a list of tensors: ``Multiply(**kwargs)(inputs)``.

    Args:
        inputs: List of tensors.
        kwargs: Arguments of ``Multiply``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.multiply([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[6.0]]
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Mean of a list of tensors: ``Average(**kwargs)(inputs)``.

    Args:
        inputs: List of tensors.
        kwargs: Arguments of ``Average``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.average([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[2.5]]
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Largest values of a list of tensors: ``Maximum(**kwargs)(inputs)``.

    Args:
        inputs: List of tensors.
        kwargs: Arguments of ``Maximum``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.maximum([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[3.0]]
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Smallest values of a list of tensors: ``Minimum(**kwargs)(inputs)``.

    Args:
        inputs: List of tensors.
        kwargs: Arguments of ``Minimum``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.minimum([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[2.0]]
    """
    return Minimum(**kwargs)(inputs)

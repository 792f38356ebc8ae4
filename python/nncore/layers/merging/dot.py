"""Dot layer: products of samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nncore import config, ops
from nncore.layers.layer import Layer
from nncore.layers.merging.base import check_list

__all__ = ["Dot", "dot"]


class Dot(Layer):
    """Multiplies two inputs sample by sample, summing over one axis of each.

    Args:
        axes: The axis, or a pair of axes, to sum over, counted with the batch (which is axis 0 and can't be summed).
        normalize: Whether samples are first scaled to norm 1 along the axis, so that the result is the cosine. Defaults
            to False.
        kwargs: Arguments of ``Layer``.

    Shapes: the first input's without the axis, then the second's without batch and axis; ``(B, 1)`` for two vectors.

    Raises:
        ValueError: When called on something else than two inputs, or on axes of different size.
        TypeError: If ``axes`` is no integer or pair of integers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Dot(axes=1)([np.ones((2, 3)), np.ones((2, 3))]).tolist()
        [[3.0], [3.0]]
    """

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = (axes, axes) if isinstance(axes, int) else axes
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
            raise TypeError(f"Dot: `axes` should be an integer or a pair of integers. Received: axes={axes!r}.")
        if 0 in pair:
            raise ValueError(f"Dot: the batch axis 0 can't be summed over. Received: axes={axes!r}.")
        self.axes = axes if isinstance(axes, int) else list(axes)
        self.normalize = normalize
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Check that the inputs' shapes fit each other.

        Args:
            input_shape: List of two shapes.
        """
        self.compute_output_shape(input_shape)

    def _axes(self, a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[int, int]:
        first, second = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        for axis, shape in ((first, a), (second, b)):
            if not -len(shape) < axis < len(shape):
                raise ValueError(
                    f'Layer "{self.name}": `axes` are outside the inputs\' dimensions. '
                    f"Received: axes={self.axes}, input shapes {a} and {b}."
                )
        return first % len(a), second % len(b)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape of the product."""
        shapes = check_list(self, input_shape, 2)
        if len(shapes) != 2:
            raise ValueError(
                f'Layer "{self.name}": a `Dot` layer should be called on a list of 2 inputs. '
                f"Received: input_shape={input_shape}."
            )
        a, b = shapes
        if len(a) < 2 or len(b) < 2:
            raise ValueError(
                f'Layer "{self.name}": a `Dot` layer needs inputs of two dimensions or more. '
                f"Received: input_shape={input_shape}."
            )
        i, j = self._axes(a, b)
        if a[i] != b[j] and a[i] is not None and b[j] is not None:
            raise ValueError(
                f'Layer "{self.name}": incompatible input shapes: axis values {a[i]} (at axis {i}) != '
                f"{b[j]} (at axis {j}). Received: input_shape={input_shape}."
            )
        batch = b[0] if a[0] is None else a[0]
        rest = (*_without(a, i), *_without(b, j))
        return (batch, *(rest or (1,)))

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: the axes that masks are about may be summed over."""

    def call(self, inputs: Any) -> Any:
        """Multiply a list of two tensors."""
        a, b = inputs
        shape = self.compute_output_shape([tuple(a.shape), tuple(b.shape)])
        i, j = self._axes(a.shape, b.shape)
        if self.normalize:
            a, b = _unit(a, i), _unit(b, j)
        batch, size = a.shape[0], a.shape[i]
        left = [k for k in range(1, len(a.shape)) if k != i]
        right = [k for k in range(1, len(b.shape)) if k != j]
        rows = math.prod(a.shape[k] for k in left)
        columns = math.prod(b.shape[k] for k in right)
        a = ops.reshape(ops.transpose(a, (0, *left, i)), (batch, rows, size))
        b = ops.reshape(ops.transpose(b, (0, j, *right)), (batch, size, columns))
        return ops.reshape(ops.matmul(a, b), shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _without(shape: tuple[Any, ...], axis: int) -> tuple[Any, ...]:
    return tuple(dim for k, dim in enumerate(shape) if k not in (0, axis))


def _unit(x: Any, axis: int) -> Any:
    total = ops.sum(ops.square(x), axis=axis, keepdims=True)
    # The floor keeps value and gradient finite for a sample of zeros.
    return ops.divide(x, ops.sqrt(ops.maximum(total, config.epsilon() ** 2)))


def dot(inputs: Sequence[Any], axes: int | Sequence[int] = -1, **kwargs: Any) -> Any:
    """Multiply two tensors sample by sample: ``Dot(axes, **kwargs)(inputs)``.

    Args:
        inputs: List of two tensors.
        axes: The axis, or a pair of axes, to sum over. Defaults to the last.
        kwargs: ``normalize``, and arguments of ``Layer``.

    Returns:
        Tensor.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.dot([np.ones((2, 3)), np.ones((2, 3))], axes=1).tolist()
        [[3.0], [3.0]]
    """
    return Dot(axes=axes, **kwargs)(inputs)

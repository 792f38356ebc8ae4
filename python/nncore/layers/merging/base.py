"""Merge: what the element-wise merging layers share."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.ir import known_dims
from nncore.layers.calling import describe, is_shape
from nncore.layers.layer import Layer

__all__ = ["Merge", "check_list", "check_masks"]


def check_list(layer: Layer, input_shape: Any, least: int) -> list[tuple[Any, ...]]:
    """Return the shapes of a layer's inputs if they are a list of enough.

    Args:
        layer: The layer, for the message.
        input_shape: What ``build`` was given.
        least: Smallest number of inputs.

    Returns:
        List of shapes.

    Raises:
        ValueError: If it is no list of shapes, or too short a one.
    """
    if is_shape(input_shape) or not isinstance(input_shape, (list, tuple)):
        raise ValueError(
            f'Layer "{layer.name}": a `{type(layer).__name__}` layer should be called on a list of inputs. '
            f"Received: input_shape={input_shape} (not a list of shapes)."
        )
    if len(input_shape) < least:
        raise ValueError(
            f'Layer "{layer.name}": a `{type(layer).__name__}` layer should be called on a list of at least '
            f"{least} input{'s' if least > 1 else ''}. Received {len(input_shape)} inputs. "
            f"Full input_shape received: {input_shape}."
        )
    return [tuple(shape) for shape in input_shape]


def _broadcast(layer: Layer, a: tuple[Any, ...], b: tuple[Any, ...], every: Any) -> tuple[Any, ...]:
    """Shape of an element-wise operation; an input of lower rank gets dimensions after the batch."""
    if len(a) < len(b):
        a = (*a[:1], *(1 for _ in range(len(b) - len(a))), *a[1:])
    elif len(b) < len(a):
        b = (*b[:1], *(1 for _ in range(len(a) - len(b))), *b[1:])
    merged: list[int | None] = []
    for m, n in zip(a, b, strict=True):
        if m == 1:
            merged.append(n)
        elif n == 1 or m == n or n is None:
            merged.append(m)
        elif m is None:
            merged.append(n)
        else:
            raise ValueError(
                f'Layer "{layer.name}": inputs have incompatible shapes. '
                f"Received: input_shape={every}, of which {a} and {b} do not broadcast together."
            )
    return tuple(merged)


def check_masks(layer: Layer, inputs: Any, mask: Any) -> list[Any]:
    """Return a merging layer's masks if they are a list with one entry for each input.

    Args:
        layer: The layer, for the message.
        inputs: What ``compute_mask`` was given.
        mask: The masks.

    Returns:
        The masks, None where an input has none.

    Raises:
        ValueError: If they are no list, or one of another length.
    """
    for name, value in (("mask", mask), ("inputs", inputs)):
        if not isinstance(value, (list, tuple)):
            raise ValueError(f'Layer "{layer.name}": `{name}` should be a list. Received: {name}={describe(value)}.')
    if len(mask) != len(inputs):
        raise ValueError(
            f'Layer "{layer.name}": the lists `inputs` and `mask` should have the same length. Received: '
            f"inputs of length {len(inputs)}, mask of length {len(mask)}."
        )
    return list(mask)


class Merge(Layer):
    """Base of layers that merge a list of inputs element by element.

    A subclass writes ``_merge(inputs)``. Inputs broadcast; one of lower rank gets dimensions of 1 after the batch.

    Args:
        kwargs: Arguments of ``Layer``.
    """

    _least = 1

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Check that the inputs' shapes fit each other.

        Args:
            input_shape: List of shapes.
        """
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape to which all inputs broadcast."""
        shapes = [known_dims(shape) for shape in check_list(self, input_shape, self._least)]
        merged = shapes[0]
        for shape in shapes[1:]:
            merged = _broadcast(self, merged, shape, input_shape)
        return merged

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """What any input's mask lets count; None if an input has no mask."""
        if mask is None or any(m is None for m in check_masks(self, inputs, mask)):
            return None
        merged = mask[0]
        for m in mask[1:]:
            merged = ops.logical_or(merged, m)
        return merged

    def call(self, inputs: Any) -> Any:
        """Merge a list of tensors."""
        self.compute_output_shape([tuple(x.shape) for x in inputs])
        rank = max(len(x.shape) for x in inputs)
        aligned = []
        for x in inputs:
            for _ in range(rank - len(x.shape)):
                x = ops.expand_dims(x, axis=1)
            aligned.append(x)
        return self._merge(aligned)

    def _merge(self, inputs: list[Any]) -> Any:
        raise TypeError(f"{type(self).__name__}: a Merge subclass must implement `_merge(self, inputs)`.")

"""StackedRNNCells: several cells as one, the output of each the input of the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from nncore import ops, serialization, tree
from nncore.layers.calling import signature_of
from nncore.layers.layer import Layer

__all__ = ["StackedRNNCells"]


class StackedRNNCells(Layer):
    """Makes one cell of several, for ``RNN``.

    Args:
        cells: The cells, the first one nearest to the input.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If one has no ``call`` or ``state_size``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> cells = layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(3)])
        >>> layers.RNN(cells)(np.zeros((2, 5, 6))).shape
        (2, 3)
    """

    def __init__(self, cells: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise ValueError(f"StackedRNNCells: `cells` should be a list of cells. Received: cells={cells!r}.")
        for cell in cells:
            for attribute in ("call", "state_size"):
                if not hasattr(cell, attribute):
                    raise ValueError(
                        f"StackedRNNCells: all cells must have `{attribute}`. Received cell without it: {cell!r}."
                    )
        self.cells = list(cells)
        self.supports_masking = True

    @staticmethod
    def sizes_of(cell: Any) -> tuple[list[int], int]:
        """The sizes of a cell's states, and that of its output."""
        states = list(cell.state_size) if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
        output = getattr(cell, "output_size", None)
        return states, states[0] if output is None else output

    @property
    def state_size(self) -> list[Any]:
        """The cells' state sizes."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """The last cell's output size."""
        return self.sizes_of(self.cells[-1])[1]

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The cells' initial states: what they say, or zeros."""
        states: list[Any] = []
        for cell in self.cells:
            own = getattr(cell, "get_initial_state", None)
            if own is not None:
                states.append(own(batch_size=batch_size))
                continue
            zeros = [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in self.sizes_of(cell)[0]]
            states.append(zeros if isinstance(cell.state_size, (list, tuple)) else zeros[0])
        return states

    def build(self, input_shape: Any = None) -> None:
        """Build the cells one after the other for a step's inputs ``(B, ...)``."""
        batch = tree.flatten(input_shape)[0]
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (batch, self.sizes_of(cell)[1])

    def call(self, inputs: Any, states: Any, training: Any = False, **kwargs: Any) -> tuple[Any, list[Any]]:
        """Call the cells in order; returns the last output and all new states."""
        after = []
        for cell, before in zip(self.cells, states, strict=True):
            nested = tree.is_nested(before)
            if isinstance(cell, Layer) and "training" in signature_of(type(cell).call).names:
                kwargs["training"] = training
            else:
                kwargs.pop("training", None)
            call = cell if callable(cell) else cell.call
            inputs, new = call(inputs, list(before) if nested else [before], **kwargs)
            if nested:
                after.append(list(new) if tree.is_nested(new) else [new])
            else:
                after.append(new[0] if tree.is_nested(new) else new)
        return inputs, after

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal cell."""
        return {**super().get_config(), "cells": [serialization.serialize_keras_object(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make a cell from ``get_config``'s dictionary."""
        config = dict(config)
        cells = [serialization.deserialize_keras_object(cell, custom_objects) for cell in config.pop("cells")]
        return cls(cells, **config)

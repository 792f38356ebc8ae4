"""RNN: a layer that walks a cell over the time steps of its input."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from nncore import ops, serialization, tree
from nncore.layers.calling import is_tensor, signature_of
from nncore.layers.layer import Layer
from nncore.layers.rnn.cell import RecurrentCell
from nncore.layers.rnn.loop import walk
from nncore.layers.rnn.stacked import StackedRNNCells
from nncore.naming import path_scope
from nncore.variable import Variable

__all__ = ["RNN"]


class RNN(Layer):
    """Base of recurrent layers: applies a cell to one time step after the other.

    A cell is a layer (or any object) with ``call(inputs, states)``, which returns the output of a step and the list of
    new states, and ``state_size``, an int or a list of ints. It may have ``output_size`` and
    ``get_initial_state(batch_size)``.

    Args:
        cell: The cell, or a list of cells to be stacked.
        return_sequences: Whether the outputs of all steps are returned, not the last one's. Defaults to False.
        return_state: Whether the last states are returned after the output. Defaults to False.
        go_backwards: Whether the sequence is walked from its end; outputs come in that order. Defaults to False.
        stateful: Whether a batch starts from the states in which the batch before ended. Defaults to False.
        unroll: Whether each step is recorded on its own, not as a loop; results are the same. Defaults to False.
        zero_output_for_mask: Whether masked steps give zeros, not the output of the step before. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, ...)``; output ``(B, units)``, or ``(B, T, units)``; each state ``(B, size)``.

    Raises:
        ValueError: If the cell lacks something, or inputs, states or mask don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers, ops
        >>> class Sum(layers.Layer):
        ...     state_size = 2
        ...     def call(self, inputs, states):
        ...         total = states[0] + inputs
        ...         return total, [total]
        >>> layers.RNN(Sum(), return_sequences=True)(np.ones((1, 3, 2))).tolist()
        [[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]]
    """

    states: Any

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        for attribute, what in (("call", "a `call` method"), ("state_size", "a `state_size` attribute (int or list)")):
            if not hasattr(cell, attribute):
                raise ValueError(f"{type(self).__name__}: argument `cell` should have {what}. Received: cell={cell!r}.")
        size = cell.state_size
        if not isinstance(size, (int, np.integer, list, tuple)):
            raise ValueError(
                f"{type(self).__name__}: state_size must be an integer, or a list or tuple of integers. "
                f"Received: cell.state_size={size!r}."
            )
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        # Not tracked: where a sequence stands is no weight.
        self.__dict__["states"] = None
        self.state_size = list(size) if isinstance(size, (list, tuple)) else [size]

    # -- shapes and masks --

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Shape of the output; with ``return_state`` a tuple that goes on with the states' shapes."""
        del initial_state_shape
        batch, steps = sequences_shape[0], sequences_shape[1]
        size = getattr(self.cell, "output_size", None)
        if size is None:
            size = self.state_size[0]
        sizes = tuple(size) if isinstance(size, (list, tuple)) else (size,)
        output = (batch, steps, *sizes) if self.return_sequences else (batch, *sizes)
        if not self.return_state:
            return output
        return (output, *(_state_shape(batch, each) for each in self.state_size))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The input's mask for sequences, None for the last output and the states."""
        del inputs
        mask = tree.flatten(mask)[0]
        output = mask if self.return_sequences else None
        return [output, *(None for _ in self.state_size)] if self.return_state else output

    def build(self, sequences_shape: Any = None, initial_state_shape: Any = None) -> None:
        """Build the cell for ``(B, ...)``, the inputs of a step."""
        del initial_state_shape
        if isinstance(self.cell, Layer) and not self.cell.built:
            with path_scope(self.path):
                self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful and self.states is None:
            if sequences_shape[0] is None:
                raise ValueError(
                    f'Layer "{self.name}": when using `stateful=True` in a RNN, the batch size must be static. Give it '
                    f"by `Input(batch_shape=...)`. Found dynamic batch size: sequence.shape={tuple(sequences_shape)}."
                )
            self._create_state_variables(sequences_shape[0])

    # -- states --

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states before the first step: what the cell says, or zeros.

        Args:
            batch_size: Rows of a batch.

        Returns:
            List of arrays, nested as the cell's ``state_size``.
        """
        own = getattr(self.cell, "get_initial_state", None)
        if own is None:
            dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
            return [_zeros(batch_size, size, dtype) for size in self.state_size]
        states = own(batch_size=batch_size)
        return list(states) if tree.is_nested(states) else [states]

    def _create_state_variables(self, batch: int) -> None:
        with path_scope(self.path):
            self.__dict__["states"] = tree.map_structure(
                lambda value: Variable(value, trainable=False, dtype=self.variable_dtype, name="rnn_state"),
                self.get_initial_state(batch),
            )

    def reset_state(self) -> None:
        """Start the next sequence from zeros, in a stateful layer."""
        for variable in tree.flatten(self.states or []):
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def reset_states(self) -> None:
        """The same as ``reset_state``."""
        self.reset_state()

    def _states(self, given: Any, batch: int) -> list[Any]:
        """The states to start from, checked."""
        if given is None:
            if self.stateful:
                self._check_batch(batch)
                given = tree.map_structure(lambda variable: variable.value, self.states)
            else:
                given = self.get_initial_state(batch)
        given = list(given) if tree.is_nested(given) else [given]
        wanted = tree.flatten(self.state_size)
        found = tree.flatten(given)
        if len(found) != len(wanted):
            raise ValueError(
                f'Layer "{self.name}" expects {len(wanted)} state(s), of sizes {wanted}, but it received {len(found)} '
                f"initial state(s). Received: initial_state of shapes {[tuple(np.shape(s)) for s in found]}."
            )
        for size, state in zip(wanted, found, strict=True):
            shape = self._shape_of_state(batch, size)
            if not is_tensor(state) or tuple(state.shape) != shape:
                raise ValueError(
                    f'Layer "{self.name}": each initial state should have the shape (batch, size), here '
                    f"{shape}. Received: initial_state of shape {tuple(np.shape(state))}."
                )
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        return [tree.map_structure(lambda x: ops.cast(x, dtype), state) for state in given]

    def _shape_of_state(self, batch: int, size: Any) -> tuple[Any, ...]:
        return (batch, size)

    def _check_batch(self, batch: int) -> None:
        expected = tree.flatten(self.states)[0].shape[0]
        if batch != expected:
            raise ValueError(
                f'Layer "{self.name}": if an RNN is stateful, the batch size of the input sequences must be the same '
                f"as the batch size of the initial state. Expected batch size: {expected}. "
                f"Received batch size: {batch}."
            )

    # -- calling --

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        """Walk the cell over ``sequences``, ``(B, T, ...)``, skipping the steps where ``mask`` ``(B, T)`` is False."""
        first = tree.flatten(sequences)[0]
        mask = self._checked_mask(mask, first)
        states = self._states(initial_state, first.shape[0])
        last, outputs, states = self._run(sequences, states, mask, training)
        if self.stateful:
            for variable, state in zip(tree.flatten(self.states), tree.flatten(states), strict=True):
                variable.assign(state)
        output = outputs if self.return_sequences else last
        return (output, *states) if self.return_state else output

    def _checked_mask(self, mask: Any, first: Any) -> Any:
        mask = tree.flatten(mask)[0]
        if mask is None:
            return None
        if len(mask.shape) == 3 and mask.shape[-1] == 1:
            mask = ops.squeeze(mask, axis=-1)
        if tuple(mask.shape) != tuple(first.shape[:2]):
            raise ValueError(
                f'Layer "{self.name}": `mask` should have the shape (batch, time steps) of the inputs, '
                f"{tuple(first.shape[:2])}. Received: mask.shape={tuple(mask.shape)}."
            )
        return ops.cast(mask, "bool")

    def _run(self, sequences: Any, states: list[Any], mask: Any, training: Any) -> tuple[Any, Any, list[Any]]:
        """The last output, all outputs and the last states. Layers with a kernel for all steps override it."""
        if training:
            first = tree.map_structure(lambda x: x[:, 0], sequences)
            _draw_masks(self.cell, first, states)
        call = self.cell if callable(self.cell) else self.cell.call
        takes = isinstance(self.cell, Layer) and "training" in signature_of(type(self.cell).call).names
        extra = {"training": training} if takes else {}

        def step(inputs: Any, before: Any) -> tuple[Any, Any]:
            output, after = call(inputs, before, **extra)
            return output, list(after) if tree.is_nested(after) else [after]

        try:
            return walk(
                step,
                sequences,
                states,
                mask,
                self.go_backwards,
                self.zero_output_for_mask,
                f'Layer "{self.name}"',
                self.unroll,
            )
        finally:
            _forget_masks(self.cell)

    # -- data --

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "cell": serialization.serialize_keras_object(self.cell),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make a layer from ``get_config``'s dictionary."""
        config = dict(config)
        cell = serialization.deserialize_keras_object(config.pop("cell"), custom_objects)
        return cls(cell, **config)


def _state_shape(batch: Any, size: Any) -> Any:
    if isinstance(size, (list, tuple)):
        return [(batch, each) for each in size]
    return (batch, size)


def _zeros(batch: Any, size: Any, dtype: str) -> Any:
    if isinstance(size, (list, tuple)):
        return [ops.zeros((batch, each), dtype=dtype) for each in size]
    return ops.zeros((batch, size), dtype=dtype)


def _draw_masks(cell: Any, inputs: Any, states: Any) -> None:
    """Draw the dropout masks before the first step, so that all steps have the same."""
    if isinstance(cell, RecurrentCell):
        cell.get_dropout_mask(inputs)
        cell.get_recurrent_dropout_mask(tree.flatten(states)[0])
    elif isinstance(cell, StackedRNNCells):
        for inner, state in zip(cell.cells, states, strict=True):
            _draw_masks(inner, inputs, state)
            inputs = ops.zeros((inputs.shape[0], cell.sizes_of(inner)[1]), dtype=cell.compute_dtype)


def _forget_masks(cell: Any) -> None:
    if isinstance(cell, RecurrentCell):
        cell.reset_dropout_mask()
        cell.reset_recurrent_dropout_mask()
    elif isinstance(cell, StackedRNNCells):
        for inner in cell.cells:
            _forget_masks(inner)

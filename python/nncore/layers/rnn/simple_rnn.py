"""SimpleRNN layer and its cell."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.rnn.cell import RecurrentCell, gate_name
from nncore.layers.rnn.fused import FusedRNN, of_cell
from nncore.ops import recurrent

__all__ = ["SimpleRNN", "SimpleRNNCell"]


class SimpleRNNCell(RecurrentCell):
    """One step of a fully connected recurrence: ``activation(x @ kernel + h @ recurrent_kernel + bias)``.

    Args:
        units: Number of units, positive.
        activation: Name or function. Defaults to ``"tanh"``.
        use_bias: Whether biases are added. Defaults to True.
        kernel_initializer: For the input weights. Defaults to ``"glorot_uniform"``.
        recurrent_initializer: For the recurrent weights. Defaults to ``"orthogonal"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the input weights. Defaults to None.
        recurrent_regularizer: Penalty of the recurrent weights. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        kernel_constraint: Applied to the input weights after each update. Defaults to None.
        recurrent_constraint: Applied to the recurrent weights after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        dropout: Share of the inputs that is dropped while training, the same at all steps. Defaults to 0.
        recurrent_dropout: Share of the states that is dropped while training. Defaults to 0.
        seed: Seed of dropout. Defaults to None: a new one.
        kwargs: Arguments of ``Layer``.

    Shapes: inputs ``(B, F)``, states and output ``(B, units)``;
    kernel ``(F, units)``, recurrent_kernel ``(units, units)``, bias ``(units,)``.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> cell = layers.SimpleRNNCell(4)
        >>> output, states = cell(np.zeros((2, 3)), cell.get_initial_state(2))
        >>> output.shape, len(states)
        ((2, 4), 1)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        arguments = {
            "activation": activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
        }
        super().__init__(units, arguments, 1, **kwargs)

    def _mask_count(self) -> int:
        return 0

    def call(self, inputs: Any, states: Any, training: Any = False) -> tuple[Any, Any]:
        """One step: inputs ``(B, F)`` and ``[h]`` to the output ``h`` and the new ``[h]``."""
        nested = isinstance(states, (list, tuple))
        h = states[0] if nested else states
        x = ops.matmul(self._dropped("dropout", inputs, training)[0], self.kernel)
        if self.bias is not None:
            x = x + self.bias
        h = self._dropped("recurrent_dropout", h, training)[0]
        h = self.activation(x + ops.matmul(h, self.recurrent_kernel))
        return h, [h] if nested else h


class SimpleRNN(FusedRNN):
    """Fully connected recurrence: the output of a step is an input of the next.

    Args:
        units: Number of units, positive.
        activation: Name or function. Defaults to ``"tanh"``.
        use_bias: Whether biases are added. Defaults to True.
        kernel_initializer: For the input weights. Defaults to ``"glorot_uniform"``.
        recurrent_initializer: For the recurrent weights. Defaults to ``"orthogonal"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the input weights. Defaults to None.
        recurrent_regularizer: Penalty of the recurrent weights. Defaults to None.
        bias_regularizer: Penalty of the bias. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        kernel_constraint: Applied to the input weights after each update. Defaults to None.
        recurrent_constraint: Applied to the recurrent weights after each update. Defaults to None.
        bias_constraint: Applied to the bias after each update. Defaults to None.
        dropout: Share of the inputs that is dropped while training, the same at all steps. Defaults to 0.
        recurrent_dropout: Share of the states that is dropped while training. Defaults to 0.
        seed: Seed of dropout. Defaults to None: a new one.
        return_sequences: Whether the outputs of all steps are returned, not the last one's. Defaults to False.
        return_state: Whether the last states are returned after the output. Defaults to False.
        go_backwards: Whether the sequence is walked from its end; outputs come in that order. Defaults to False.
        stateful: Whether a batch starts from the states in which the batch before ended. Defaults to False.
        unroll: Accepted for what is written for Keras; results are the same. Defaults to False.
        kwargs: ``zero_output_for_mask`` of ``RNN``, and arguments of ``Layer``.

    Call arguments: ``initial_state``, a list of states to start from; ``mask`` ``(B, T)``; ``training``.

    Shapes: input ``(B, T, F)``; output ``(B, units)``, or ``(B, T, units)``;
    kernel ``(F, units)``, recurrent_kernel ``(units, units)``, bias ``(units,)``.

    Raises:
        ValueError: If an argument is out of range, or inputs, states or mask don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.SimpleRNN(4, return_sequences=True)(np.zeros((2, 5, 3))).shape
        (2, 5, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = SimpleRNNCell(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **of_cell("simple_rnn_cell", kwargs),
        )
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )

    def _knows_cell(self) -> bool:
        return type(self.cell) is SimpleRNNCell and gate_name(self.cell.activation) is not None

    def _sequence(self, x: Any, states: list[Any], mask: Any) -> list[Any]:
        cell = self.cell
        return recurrent.simple_rnn(
            self._projected(x, cell.bias),
            cell.recurrent_kernel,
            states[0],
            mask,
            activation=gate_name(cell.activation) or "",
            reverse=self.go_backwards,
        )

"""LSTM layer and its cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import activations, initializers, ops
from nncore.layers.rnn.cell import RecurrentCell, gate_name
from nncore.layers.rnn.fused import FusedRNN, of_cell
from nncore.ops import recurrent

__all__ = ["LSTM", "LSTMCell"]


class LSTMCell(RecurrentCell):
    """One step of a long short-term memory: an input, a forget and an output gate around a cell state.

    Args:
        units: Number of units, positive.
        activation: Name or function. Defaults to ``"tanh"``.
        recurrent_activation: Name or function, for the gates. Defaults to ``"sigmoid"``.
        use_bias: Whether biases are added. Defaults to True.
        kernel_initializer: For the input weights. Defaults to ``"glorot_uniform"``.
        recurrent_initializer: For the recurrent weights. Defaults to ``"orthogonal"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        unit_forget_bias: Whether the forget gate's bias starts at 1. Defaults to True.
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
    kernel ``(F, 4 * units)``, recurrent_kernel ``(units, 4 * units)``, bias ``(4 * units,)``, gates in the order
    input, forget, cell, output.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> cell = layers.LSTMCell(4)
        >>> output, states = cell(np.zeros((2, 3)), cell.get_initial_state(2))
        >>> output.shape, len(states)
        ((2, 4), 2)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
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
        super().__init__(units, arguments, 4, **kwargs)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = bool(unit_forget_bias)
        self.state_size = [self.units, self.units]

    def _initializer(self, part: str) -> Any:
        if part != "bias" or not self.unit_forget_bias:
            return super()._initializer(part)
        own, one = self.bias_initializer, initializers.get("ones")

        def with_forget_bias(shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
            n = self.units
            parts = [own((n,), dtype=dtype), one((n,), dtype=dtype), own((2 * n,), dtype=dtype)]
            return np.concatenate([np.asarray(x) for x in parts])

        return with_forget_bias

    def call(self, inputs: Any, states: Any, training: Any = False) -> tuple[Any, list[Any]]:
        """One step: inputs ``(B, F)`` and ``[h, c]`` to the output ``h`` and the new ``[h, c]``."""
        h, c = states
        return self._gated(self._products(inputs, h, training), c)

    def _gated(self, z: list[Any], c: Any) -> tuple[Any, list[Any]]:
        """The output and the new states, from what enters the gates."""
        i, f = self.recurrent_activation(z[0]), self.recurrent_activation(z[1])
        c = f * c + i * self.activation(z[2])
        h = self.recurrent_activation(z[3]) * self.activation(c)
        return h, [h, c]

    def _products(self, inputs: Any, h: Any, training: Any) -> list[Any]:
        """What enters the gates."""
        xs, hs = self._dropped("dropout", inputs, training), self._dropped("recurrent_dropout", h, training)
        if all(x is xs[0] for x in xs) and all(each is h for each in hs):
            z = ops.matmul(xs[0], self.kernel) + ops.matmul(h, self.recurrent_kernel)
            return list(ops.split(z if self.bias is None else z + self.bias, 4, axis=-1))
        kernels, recurrents = ops.split(self.kernel, 4, axis=1), ops.split(self.recurrent_kernel, 4, axis=1)
        z = [ops.matmul(x, k) + ops.matmul(y, r) for x, k, y, r in zip(xs, kernels, hs, recurrents, strict=True)]
        biases = [0.0] * 4 if self.bias is None else ops.split(self.bias, 4, axis=0)
        return [each + bias for each, bias in zip(z, biases, strict=True)]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal cell."""
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }


class LSTM(FusedRNN):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997).

    Args:
        units: Number of units, positive.
        activation: Name or function. Defaults to ``"tanh"``.
        recurrent_activation: Name or function, for the gates. Defaults to ``"sigmoid"``.
        use_bias: Whether biases are added. Defaults to True.
        kernel_initializer: For the input weights. Defaults to ``"glorot_uniform"``.
        recurrent_initializer: For the recurrent weights. Defaults to ``"orthogonal"``.
        bias_initializer: For the bias. Defaults to ``"zeros"``.
        unit_forget_bias: Whether the forget gate's bias starts at 1. Defaults to True.
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
        use_cudnn: ``"auto"`` or False; there is no GPU. Defaults to ``"auto"``.
        kwargs: ``zero_output_for_mask`` of ``RNN``, and arguments of ``Layer``.

    Call arguments: ``initial_state``, a list of states to start from; ``mask`` ``(B, T)``; ``training``.

    Shapes: input ``(B, T, F)``; output ``(B, units)``, or ``(B, T, units)``;
    kernel ``(F, 4 * units)``, recurrent_kernel ``(units, 4 * units)``, bias ``(4 * units,)``, gates in the order
    input, forget, cell, output.

    Raises:
        ValueError: If an argument is out of range, or inputs, states or mask don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.LSTM(4, return_sequences=True)(np.zeros((2, 5, 3))).shape
        (2, 5, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **of_cell("lstm_cell", kwargs),
        )
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            use_cudnn=use_cudnn,
            **kwargs,
        )

    def _knows_cell(self) -> bool:
        cell = self.cell
        return type(cell) is LSTMCell and None not in (gate_name(cell.activation), gate_name(cell.recurrent_activation))

    def _sequence(self, x: Any, states: list[Any], mask: Any) -> list[Any]:
        cell = self.cell
        h, c = states
        return recurrent.lstm(
            self._projected(x, cell.bias),
            cell.recurrent_kernel,
            h,
            c,
            mask,
            activation=gate_name(cell.activation) or "",
            recurrent_activation=gate_name(cell.recurrent_activation) or "",
            reverse=self.go_backwards,
        )

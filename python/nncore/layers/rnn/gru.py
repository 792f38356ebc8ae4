"""GRU layer and its cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import activations, ops
from nncore.layers.rnn.cell import RecurrentCell, gate_name
from nncore.layers.rnn.fused import FusedRNN, of_cell
from nncore.ops import recurrent

__all__ = ["GRU", "GRUCell"]


class GRUCell(RecurrentCell):
    """One step of a gated recurrent unit: an update and a reset gate.

    Args:
        units: Number of units, positive.
        activation: Name or function. Defaults to ``"tanh"``.
        recurrent_activation: Name or function, for the gates. Defaults to ``"sigmoid"``.
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
        reset_after: Whether the reset gate acts after the matrix product (as on GPUs) or before. Defaults to True.
        seed: Seed of dropout. Defaults to None: a new one.
        kwargs: Arguments of ``Layer``.

    Shapes: inputs ``(B, F)``, states and output ``(B, units)``;
    kernel ``(F, 3 * units)``, recurrent_kernel ``(units, 3 * units)``, bias ``(2, 3 * units)``
    (``(3 * units,)`` with ``reset_after=False``); gates in the order update, reset, candidate.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> cell = layers.GRUCell(4)
        >>> output, states = cell(np.zeros((2, 3)), cell.get_initial_state(2))
        >>> output.shape, len(states)
        ((2, 4), 1)
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
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
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
        super().__init__(units, arguments, 3, **kwargs)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = bool(reset_after)

    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def biases(self) -> tuple[Any, Any]:
        """The biases of the inputs' and of the states' products, ``(3 * units,)`` each, or None."""
        if self.bias is None or not self.reset_after:
            return self.bias, None
        return self.bias[0], self.bias[1]

    def call(self, inputs: Any, states: Any, training: Any = False) -> tuple[Any, Any]:
        """One step: inputs ``(B, F)`` and ``[h]`` to the output ``h`` and the new ``[h]``."""
        nested = isinstance(states, (list, tuple))
        h = states[0] if nested else states
        bias, inner_bias = self.biases()
        xs, hs = self._dropped("dropout", inputs, training), self._dropped("recurrent_dropout", h, training)
        x = self._product(xs, self.kernel, bias)
        if self.reset_after:
            n = self._product(hs, self.recurrent_kernel, inner_bias)
            z, r = self.recurrent_activation(x[0] + n[0]), self.recurrent_activation(x[1] + n[1])
            fresh = self.activation(x[2] + r * n[2])
        else:
            n = self._product(hs[:2], self.recurrent_kernel[:, : 2 * self.units], None)
            z, r = self.recurrent_activation(x[0] + n[0]), self.recurrent_activation(x[1] + n[1])
            fresh = self.activation(x[2] + ops.matmul(r * hs[2], self.recurrent_kernel[:, 2 * self.units :]))
        h = z * h + (1 - z) * fresh
        return h, [h] if nested else h

    @staticmethod
    def _product(xs: list[Any], kernel: Any, bias: Any) -> list[Any]:
        """Each gate's product, all in one where they have the same input."""
        count = len(xs)
        if all(x is xs[0] for x in xs):
            z = ops.matmul(xs[0], kernel)
            return list(ops.split(z if bias is None else z + bias, count, axis=-1))
        z = [ops.matmul(x, k) for x, k in zip(xs, ops.split(kernel, count, axis=1), strict=True)]
        if bias is None:
            return z
        return [each + b for each, b in zip(z, ops.split(bias, count, axis=0), strict=True)]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal cell."""
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "reset_after": self.reset_after,
        }


class GRU(FusedRNN):
    """Gated recurrent unit (Cho et al., 2014).

    Args:
        units: Number of units, positive.
        activation: Name or function. Defaults to ``"tanh"``.
        recurrent_activation: Name or function, for the gates. Defaults to ``"sigmoid"``.
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
        reset_after: Whether the reset gate acts after the matrix product (as on GPUs) or before. Defaults to True.
        use_cudnn: ``"auto"`` or False; there is no GPU. Defaults to ``"auto"``.
        kwargs: ``zero_output_for_mask`` of ``RNN``, and arguments of ``Layer``.

    Call arguments: ``initial_state``, a list of states to start from; ``mask`` ``(B, T)``; ``training``.

    Shapes: input ``(B, T, F)``; output ``(B, units)``, or ``(B, T, units)``;
    kernel ``(F, 3 * units)``, recurrent_kernel ``(units, 3 * units)``, bias ``(2, 3 * units)``
    (``(3 * units,)`` with ``reset_after=False``); gates in the order update, reset, candidate.

    Raises:
        ValueError: If an argument is out of range, or inputs, states or mask don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GRU(4, return_sequences=True)(np.zeros((2, 5, 3))).shape
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
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
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
            reset_after=reset_after,
            seed=seed,
            **of_cell("gru_cell", kwargs),
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
        known = None not in (gate_name(cell.activation), gate_name(cell.recurrent_activation))
        return type(cell) is GRUCell and cell.reset_after and known

    def _sequence(self, x: Any, states: list[Any], mask: Any) -> list[Any]:
        cell = self.cell
        bias, inner_bias = cell.biases()
        if inner_bias is None:
            inner_bias = np.zeros(3 * cell.units, cell.compute_dtype)
        return recurrent.gru(
            self._projected(x, bias),
            cell.recurrent_kernel,
            inner_bias,
            states[0],
            mask,
            activation=gate_name(cell.activation) or "",
            recurrent_activation=gate_name(cell.recurrent_activation) or "",
            reverse=self.go_backwards,
        )

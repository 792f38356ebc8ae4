"""ConvLSTM1D, ConvLSTM2D and ConvLSTM3D: memories over images, with convolutions for products."""

from __future__ import annotations

from typing import Any, ClassVar

from nncore import ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.rnn.conv_lstm_cell import ConvLSTMCell
from nncore.layers.rnn.fused import FusedRNN, of_cell
from nncore.layers.rnn.loop import walk

__all__ = ["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"]


class _ConvLSTM(FusedRNN):
    """What the three share; ``rank`` is the number of spatial dimensions."""

    rank: ClassVar[int]

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        **kwargs: Any,
    ) -> None:
        cell = ConvLSTMCell(
            self.rank,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
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
            **of_cell("conv_lstm_cell", kwargs),
        )
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Shape of the output; with ``return_state`` a tuple that goes on with the states' shapes."""
        del initial_state_shape
        batch, steps, *step = sequences_shape
        image = self.cell.image_of(tuple(step[:-1] if self.cell.data_format == "channels_last" else step[1:]))
        output = (batch, steps, *image) if self.return_sequences else (batch, *image)
        return (output, (batch, *image), (batch, *image)) if self.return_state else output

    def _shape_of_state(self, batch: int, size: Any) -> tuple[Any, ...]:
        del size
        return (batch, *self.cell.image)

    def _knows_cell(self) -> bool:
        return True

    def _run(self, sequences: Any, states: list[Any], mask: Any, training: Any) -> tuple[Any, Any, list[Any]]:
        cell = self.cell
        if training and (cell.dropout or cell.recurrent_dropout):
            return super(FusedRNN, self)._run(sequences, states, mask, training)
        # The inputs of all steps are one batch of images.
        batch, steps, *step = sequences.shape
        x = cell.of_inputs(ops.reshape(sequences, (batch * steps, *step)), cell.kernel, cell.bias)
        x = ops.reshape(x, (batch, steps, *x.shape[1:]))
        label = f'Layer "{self.name}"'
        back, zeros = self.go_backwards, self.zero_output_for_mask
        return walk(cell.after, x, states, mask, back, zeros, label, self.unroll)


class ConvLSTM1D(_ConvLSTM):
    """Long short-term memory over sequences of signals, with convolutions for products (Shi et al., 2015).

    Args:
        filters: Number of channels of output and states, positive.
        kernel_size: Taps of both kernels, a whole number or one for each spatial dimension.
        strides: Step from window to window of the inputs. Defaults to 1.
        padding: ``"valid"`` or ``"same"``, of the inputs; states keep their size. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps on the inputs. Defaults to 1.
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
        kwargs: ``unroll`` and ``zero_output_for_mask`` of ``RNN``, and arguments of ``Layer``.

    Call arguments: ``initial_state``, a list of two states to start from; ``mask`` ``(B, T)``; ``training``.

    Shapes: input ``(B, T, L, C)``; output and each state ``(B, L, filters)`` with other sizes, or
    ``(B, T, L, filters)``; kernel ``(k, C, 4 * filters)``, recurrent_kernel with ``filters`` for ``C``,
    bias ``(4 * filters,)``. With channels first, the channels stand before the spatial dimensions.

    Raises:
        ValueError: If an argument is out of range, or inputs, states or mask don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ConvLSTM1D(4, 3)(np.zeros((2, 5, 8, 3))).shape
        (2, 6, 4)
    """

    rank = 1


class ConvLSTM2D(_ConvLSTM):
    """Long short-term memory over sequences of images, with convolutions for products (Shi et al., 2015).

    Args:
        filters: Number of channels of output and states, positive.
        kernel_size: Taps of both kernels, a whole number or one for each spatial dimension.
        strides: Step from window to window of the inputs. Defaults to 1.
        padding: ``"valid"`` or ``"same"``, of the inputs; states keep their size. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps on the inputs. Defaults to 1.
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
        kwargs: ``unroll`` and ``zero_output_for_mask`` of ``RNN``, and arguments of ``Layer``.

    Call arguments: ``initial_state``, a list of two states to start from; ``mask`` ``(B, T)``; ``training``.

    Shapes: input ``(B, T, H, W, C)``; output and each state ``(B, H, W, filters)`` with other sizes, or
    ``(B, T, H, W, filters)``; kernel ``(k, k, C, 4 * filters)``, recurrent_kernel with ``filters`` for ``C``,
    bias ``(4 * filters,)``. With channels first, the channels stand before the spatial dimensions.

    Raises:
        ValueError: If an argument is out of range, or inputs, states or mask don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ConvLSTM2D(4, 3)(np.zeros((2, 5, 8, 8, 3))).shape
        (2, 6, 6, 4)
    """

    rank = 2


class ConvLSTM3D(_ConvLSTM):
    """Long short-term memory over sequences of volumes, with convolutions for products (Shi et al., 2015).

    Args:
        filters: Number of channels of output and states, positive.
        kernel_size: Taps of both kernels, a whole number or one for each spatial dimension.
        strides: Step from window to window of the inputs. Defaults to 1.
        padding: ``"valid"`` or ``"same"``, of the inputs; states keep their size. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        dilation_rate: Distance between taps on the inputs. Defaults to 1.
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
        kwargs: ``unroll`` and ``zero_output_for_mask`` of ``RNN``, and arguments of ``Layer``.

    Call arguments: ``initial_state``, a list of two states to start from; ``mask`` ``(B, T)``; ``training``.

    Shapes: input ``(B, T, D, H, W, C)``; output and each state ``(B, D, H, W, filters)`` with other sizes, or
    ``(B, T, D, H, W, filters)``; kernel ``(k, k, k, C, 4 * filters)``, recurrent_kernel with ``filters`` for ``C``,
    bias ``(4 * filters,)``. With channels first, the channels stand before the spatial dimensions.

    Raises:
        ValueError: If an argument is out of range, or inputs, states or mask don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ConvLSTM3D(4, 3)(np.zeros((2, 5, 4, 4, 4, 3))).shape
        (2, 2, 2, 2, 4)
    """

    rank = 3

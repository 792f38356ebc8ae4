"""FusedRNN: what LSTM, GRU and SimpleRNN share, layers of one cell with a kernel for all time steps."""

from __future__ import annotations

from typing import Any, Self

from nncore import ops
from nncore.layers.calling import signature_of
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer
from nncore.layers.rnn.cell import RecurrentCell
from nncore.layers.rnn.rnn import RNN

__all__ = ["FusedRNN"]


def of_cell(name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Options of a layer's cell: its name, and what it takes over from those of the layer."""
    shared = {"name": name, "dtype": kwargs.get("dtype"), "trainable": kwargs.get("trainable", True)}
    return {**shared, "implementation": kwargs.pop("implementation")} if "implementation" in kwargs else shared


def _own_classes(cls: type) -> list[Any]:
    """The classes between a cell's and the base of cells."""
    return [c for c in cls.__mro__ if issubclass(c, RecurrentCell) and c is not RecurrentCell]


class FusedRNN(RNN):
    """Base of LSTM, GRU and SimpleRNN.

    The inputs' products with their weights are one matrix product for all steps; a primitive walks the rest. Where the
    primitive doesn't know the activations, or the recurrent values are dropped, the cell is walked step by step.

    Args:
        cell: The cell.
        use_cudnn: ``"auto"`` or False; there is no GPU.
        options: Arguments of ``RNN`` and ``Layer``.
    """

    def __init__(self, cell: RecurrentCell, use_cudnn: Any = "auto", **options: Any) -> None:
        cls = type(self).__name__
        if use_cudnn is True:
            raise ValueError(
                f"{cls}: use_cudnn=True was specified, but cuDNN is not supported: nncore computes on the CPU. Pass "
                "use_cudnn='auto', the default."
            )
        if use_cudnn not in ("auto", False):
            raise ValueError(
                f"{cls}: invalid value for argument `use_cudnn`. Expected one of 'auto', True, False. "
                f"Received: use_cudnn={use_cudnn!r}."
            )
        super().__init__(cell, **options)
        self.use_cudnn = use_cudnn
        self.input_spec = InputSpec(ndim=3)

    def __getattr__(self, name: str) -> Any:
        # The cell keeps those arguments of the layer that are its own.
        cell = self.__dict__.get("cell")
        if cell is not None and any(name in signature_of(c.__init__).names for c in _own_classes(type(cell))):
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _run(self, sequences: Any, states: list[Any], mask: Any, training: Any) -> tuple[Any, Any, list[Any]]:
        cell = self.cell
        if not self._is_fused(training):
            return super()._run(sequences, states, mask, training)
        if training and cell.dropout:
            dropped = cell.get_dropout_mask(sequences[:, 0])
            cell.reset_dropout_mask()
            sequences = sequences * ops.expand_dims(dropped, axis=1)
        outputs, *last = self._sequence(sequences, states, mask)
        output = last[0]
        if mask is not None and self.zero_output_for_mask:
            outputs = ops.where(ops.expand_dims(mask, axis=-1), outputs, ops.zeros((), dtype=outputs.dtype))
            output = outputs[:, 0 if self.go_backwards else -1]
        if self.go_backwards:
            outputs = ops.flip(outputs, axis=1)
        return output, outputs, last

    def _is_fused(self, training: Any) -> bool:
        cell = self.cell
        dropped_apart = cell.recurrent_dropout or (cell.dropout and cell.implementation == 1)
        return self._knows_cell() and not (training and dropped_apart)

    def _knows_cell(self) -> bool:
        """Whether the primitive computes what the cell says."""
        raise TypeError(f"{type(self).__name__} is no layer of its own.")

    def _sequence(self, x: Any, states: list[Any], mask: Any) -> list[Any]:
        """Outputs of all steps in their places, and the last states, by the primitive."""
        raise TypeError(f"{type(self).__name__} is no layer of its own.")

    def _projected(self, x: Any, bias: Any) -> Any:
        """The inputs' products with their weights, for all steps at once."""
        product = ops.matmul(x, self.cell.kernel)
        return product if bias is None else ops.add(product, bias)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        from nncore import regularizers

        config = super().get_config()
        del config["cell"]
        inner = self.cell.get_config()
        for name in inner.keys() & Layer.get_config(self.cell).keys():
            del inner[name]
        penalty = regularizers.serialize(self.activity_regularizer)
        return {**config, **inner, "activity_regularizer": penalty}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make a layer from ``get_config``'s dictionary."""
        from nncore import serialization

        with serialization.custom_object_scope(custom_objects or {}):
            return cls(**config)

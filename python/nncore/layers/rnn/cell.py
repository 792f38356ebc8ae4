"""RecurrentCell: the arguments, weights and dropout masks that the cells of the library share."""

from __future__ import annotations

from typing import Any

from nncore import activations, constraints, initializers, ops, random, regularizers
from nncore.layers.layer import Layer

__all__ = ["RecurrentCell"]

PARTS = ("kernel", "recurrent", "bias")


class RecurrentCell(Layer):
    """Base of SimpleRNNCell, LSTMCell and GRUCell: weights for ``gates`` gates side by side.

    Args:
        units: Number of units, positive.
        arguments: The other arguments of the cell by name.
        gates: How many gates the weights hold.
        kwargs: Arguments of ``Layer``.
    """

    dropout: float
    recurrent_dropout: float
    bias_initializer: Any

    def __init__(self, units: int, arguments: dict[str, Any], gates: int, **kwargs: Any) -> None:
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        cls = type(self).__name__
        if isinstance(units, bool) or not hasattr(units, "__index__") or units <= 0:
            raise ValueError(
                f"{cls}: received an invalid value for argument `units`, expected a positive integer, got {units!r}."
            )
        self.units = int(units)
        self.activation = activations.get(arguments["activation"])
        self.use_bias = bool(arguments["use_bias"])
        for part in PARTS:
            setattr(self, f"{part}_initializer", initializers.get(arguments[f"{part}_initializer"]))
            setattr(self, f"{part}_regularizer", regularizers.get(arguments[f"{part}_regularizer"]))
            setattr(self, f"{part}_constraint", constraints.get(arguments[f"{part}_constraint"]))
        for name in ("dropout", "recurrent_dropout"):
            rate = arguments[name]
            if isinstance(rate, bool) or not isinstance(rate, (int, float)):
                raise ValueError(f"{cls}: `{name}` should be a number from 0 to 1. Received: {name}={rate!r}.")
            setattr(self, name, min(1.0, max(0.0, float(rate))))
        if implementation not in (1, 2):
            raise ValueError(f"{cls}: `implementation` should be 1 or 2. Received: implementation={implementation!r}.")
        self._gates = gates
        # With masks of its own for each gate, the gates' products are computed apart.
        self.implementation = 1 if self.recurrent_dropout else implementation
        self.seed = arguments["seed"]
        self.seed_generator = random.SeedGenerator(self.seed)
        self.state_size: Any = self.units
        self.output_size = self.units
        self.__dict__["_masks"] = {}

    # -- weights --

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs ``(B, F)``."""
        features = input_shape[-1]
        if features is None:
            raise ValueError(
                f'Layer "{self.name}": the last dimension of the inputs must be known. '
                f"Received: input_shape={tuple(input_shape)}."
            )
        columns = self._gates * self.units
        self.kernel = self._weight("kernel", "kernel", (features, columns))
        self.recurrent_kernel = self._weight("recurrent_kernel", "recurrent", (self.units, columns))
        self.bias = None
        if self.use_bias:
            self.bias = self._weight("bias", "bias", self._bias_shape())

    def _bias_shape(self) -> tuple[int, ...]:
        return (self._gates * self.units,)

    def _weight(self, name: str, part: str, shape: tuple[int, ...]) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=self._initializer(part),
            regularizer=getattr(self, f"{part}_regularizer"),
            constraint=getattr(self, f"{part}_constraint"),
        )

    def _initializer(self, part: str) -> Any:
        return getattr(self, f"{part}_initializer")

    # -- states --

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros for each state, ``(batch_size, units)``."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]

    # -- dropout: one set of masks for all steps of a sequence --

    def get_dropout_mask(self, step_input: Any) -> Any:
        """The inputs' mask, or one for each gate where they are computed apart; None without dropout."""
        return self._mask("dropout", step_input)

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """The same for the states."""
        return self._mask("recurrent_dropout", step_input)

    def _mask(self, name: str, like: Any) -> Any:
        rate = getattr(self, name)
        if not rate:
            return None
        masks = self.__dict__["_masks"]
        if name not in masks:
            ones = ops.ones_like(like)
            count = self._mask_count()
            drawn = [random.dropout(ones, rate, seed=self.seed_generator) for _ in range(count or 1)]
            masks[name] = drawn if count else drawn[0]
        return masks[name]

    def _mask_count(self) -> int:
        """How many masks: one for each gate, or 0 for a single one for all."""
        return self._gates if self.implementation == 1 else 0

    def reset_dropout_mask(self) -> None:
        """Draw a new mask at the next call."""
        self.__dict__["_masks"].pop("dropout", None)

    def reset_recurrent_dropout_mask(self) -> None:
        """Draw a new mask at the next call."""
        self.__dict__["_masks"].pop("recurrent_dropout", None)

    def _dropped(self, name: str, x: Any, training: Any) -> list[Any]:
        """``x`` for each gate, with the gate's values dropped."""
        mask = self._mask(name, x) if training else None
        if mask is None:
            return [x] * self._gates
        if isinstance(mask, list):
            return [x * m for m in mask]
        return [x * mask] * self._gates

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_masks": {}}

    # -- data --

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal cell."""
        config = {**super().get_config(), "units": self.units, "activation": activations.serialize(self.activation)}
        config["use_bias"] = self.use_bias
        for part in PARTS:
            config[f"{part}_initializer"] = initializers.serialize(getattr(self, f"{part}_initializer"))
            config[f"{part}_regularizer"] = regularizers.serialize(getattr(self, f"{part}_regularizer"))
            config[f"{part}_constraint"] = constraints.serialize(getattr(self, f"{part}_constraint"))
        return {**config, "dropout": self.dropout, "recurrent_dropout": self.recurrent_dropout, "seed": self.seed}


def gate_name(function: Any) -> str | None:
    """The name under which the recurrent kernels know an activation, or None."""
    from nncore.ops.recurrent import GATES

    name = getattr(function, "__name__", None)
    return name if name in GATES and activations.get(name) is function else None

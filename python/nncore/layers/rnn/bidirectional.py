"""Bidirectional: a recurrent layer from both ends of a sequence."""

from __future__ import annotations

from typing import Any, Self

from nncore import ops, serialization
from nncore.layers.calling import signature_of
from nncore.layers.layer import Layer
from nncore.naming import path_scope

__all__ = ["Bidirectional"]

_MODES = ("sum", "mul", "ave", "concat", None)


class Bidirectional(Layer):
    """Runs a recurrent layer forwards and another one backwards, and merges what they give.

    Args:
        layer: A recurrent layer: one with ``go_backwards``, ``return_sequences``, ``return_state`` and ``stateful``. It
            is copied, without weights.
        merge_mode: ``"concat"``, ``"sum"``, ``"mul"``, ``"ave"``, or None for a pair of outputs. Defaults to
            ``"concat"``.
        weights: Weights to start from, the forward layer's first. Defaults to None.
        backward_layer: The layer for the other direction. Defaults to a copy of ``layer`` that goes the other way.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, F)``; output as the layer's, with twice the units for ``"concat"``.

    Raises:
        ValueError: If the merge mode is unknown, or the two layers don't go together.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Bidirectional(layers.GRU(4))(np.zeros((2, 5, 3))).shape
        (2, 8)
    """

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        for name, value in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(value, Layer) and (name == "layer" or value is not None):
                raise ValueError(f"Bidirectional: `{name}` should be a `Layer` instance. Received: {name}={value!r}.")
        if merge_mode not in _MODES:
            raise ValueError(
                f"Bidirectional: invalid merge mode. Merge mode should be one of {_MODES}. "
                f"Received: merge_mode={merge_mode!r}."
            )
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer, "forward", {})
        if backward_layer is None:
            backward_layer = _copy(layer, "backward", {"go_backwards": True})
        self.backward_layer = backward_layer
        self._check_layers()
        for each in (self.forward_layer, self.backward_layer):
            if hasattr(each, "zero_output_for_mask"):
                each.zero_output_for_mask = each.return_sequences
        self.merge_mode = merge_mode
        self._initial_weights = list(weights) if weights else None
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def _check_layers(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "Bidirectional: forward layer and backward layer should have different `go_backwards` values. "
                f"Received: forward_layer.go_backwards={forward.go_backwards}, "
                f"backward_layer.go_backwards={backward.go_backwards}."
            )
        for name in ("stateful", "return_sequences", "return_state"):
            one, other = getattr(forward, name), getattr(backward, name)
            if one != other:
                raise ValueError(
                    "Bidirectional: forward layer and backward layer are expected to have the same value for "
                    f'attribute "{name}". Received: {one} for the forward layer and {other} for the backward layer.'
                )

    def build(self, sequences_shape: Any = None, initial_state_shape: Any = None) -> None:
        """Build both layers."""
        del initial_state_shape
        with path_scope(self.path):
            for layer in (self.forward_layer, self.backward_layer):
                if not layer.built:
                    layer.build(sequences_shape)
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Shape of the output; several as a tuple."""
        del initial_state_shape
        output: Any = self.forward_layer.compute_output_shape(sequences_shape)
        states: tuple[Any, ...] = ()
        if self.return_state:
            output, states = output[0], tuple(output[1:])
        if self.merge_mode == "concat":
            output = (*output[:-1], output[-1] * 2)
        outputs = (output, output) if self.merge_mode is None else (output,)
        outputs += states + states
        return outputs if len(outputs) > 1 else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The input's mask for sequences, None for the last outputs and the states."""
        del inputs
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        output = mask if self.return_sequences else None
        masks = [output, output] if self.merge_mode is None else [output]
        if self.return_state:
            masks += [None] * (2 * len(self.forward_layer.state_size))
        return masks if len(masks) > 1 else output

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None) -> Any:
        """Run both layers over ``sequences``; ``initial_state`` holds the forward layer's states first."""
        half = 0 if initial_state is None else len(initial_state) // 2
        if initial_state is not None and len(initial_state) % 2:
            raise ValueError(
                f'Layer "{self.name}": `initial_state` should hold the same number of states for both directions. '
                f"Received: {len(initial_state)} states."
            )
        forward = self._run(self.forward_layer, sequences, initial_state and initial_state[:half], mask, training)
        backward = self._run(self.backward_layer, sequences, initial_state and initial_state[half:], mask, training)
        y, y_rev = forward[0], backward[0]
        if self.return_sequences:
            y_rev = ops.flip(y_rev, axis=1)
        merged = self._merge(y, y_rev)
        outputs = (*merged, *forward[1:], *backward[1:])
        return outputs if len(outputs) > 1 else outputs[0]

    def _run(self, layer: Any, sequences: Any, states: Any, mask: Any, training: Any) -> tuple[Any, ...]:
        names = signature_of(type(layer).call).names
        given = {"initial_state": states, "mask": mask, "training": training}
        options = {name: value for name, value in given.items() if value is not None and name in names}
        outputs = layer(sequences, **options)
        return tuple(outputs) if self.return_state else (outputs,)

    def _merge(self, y: Any, y_rev: Any) -> tuple[Any, ...]:
        if self.merge_mode == "concat":
            return (ops.concatenate([y, y_rev], axis=-1),)
        if self.merge_mode == "sum":
            return (y + y_rev,)
        if self.merge_mode == "ave":
            return ((y + y_rev) / 2,)
        if self.merge_mode == "mul":
            return (y * y_rev,)
        return (y, y_rev)

    @property
    def states(self) -> Any:
        """The states of a stateful layer, the forward layer's first; None otherwise."""
        forward, backward = self.forward_layer.states, self.backward_layer.states
        return tuple(forward) + tuple(backward) if forward and backward else None

    def reset_state(self) -> None:
        """Start the next sequence from zeros.

        Raises:
            AttributeError: If the layer is not stateful.
        """
        if not self.stateful:
            raise AttributeError(f'Layer "{self.name}" must be stateful.')
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """The same as ``reset_state``."""
        self.reset_state()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialization.serialize_keras_object(self.forward_layer),
            "backward_layer": serialization.serialize_keras_object(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make a layer from ``get_config``'s dictionary."""
        config = dict(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = serialization.deserialize_keras_object(config[name], custom_objects)
        return cls(**config)


def _copy(layer: Any, direction: str, changes: dict[str, Any]) -> Any:
    """A layer like ``layer``, without weights, named after its direction."""
    data = serialization.serialize_keras_object(layer)
    name = layer.name.removeprefix(f"{direction}_")
    data["config"] = {**data["config"], "name": f"{direction}_{name}", **changes}
    data.pop("build_config", None)
    copied = serialization.deserialize_keras_object(data, {type(layer).__name__: type(layer)})
    if hasattr(layer, "use_cudnn"):
        copied.use_cudnn = layer.use_cudnn
    return copied

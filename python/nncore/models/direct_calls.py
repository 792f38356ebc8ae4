"""Direct calls: ``model(x)`` on arrays, compiled once a kind of input has come back a few times.

A call runs op by op at first. Where the result of a call can depend on nothing but the arrays, the weights and what
the layers noted as their attributes, the recorded call gives the same numbers without any Python in between. That is
so for models that are made of the library's own layers with the library's own functions; code of the user's may look
at anything (an attribute, the clock, a file), so it is run each time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from nncore import config, masking, revision, tree
from nncore.ir import Spec
from nncore.ir import trace as tracing
from nncore.layers.calling import current_frame
from nncore.models.network import Operation
from nncore.ops.dtypes import as_array
from nncore.training.ready import MOST, ReadyStep, array_key

__all__ = ["DirectCalls"]

# Compiling costs some dozens of small calls: a kind of input has to come back before it is worth that.
CALLS_BEFORE = 3
# Larger steps spend their time in kernels, and a compiled one would keep its memory.
LARGEST_ARENA = 1 << 24

# Per kind of call: how often it came, its step, or that it has to run op by op.
Known = dict[Any, "int | ReadyStep"]
OP_BY_OP = -1

# Attributes that a call does not read: what the layer was made of, and functions used to make and to train weights.
_UNREAD = {"_init_arguments", "_inbound_calls", "_losses"}
_UNREAD_ENDS = ("_initializer", "_regularizer", "_constraint")


class DirectCalls:
    """The compiled direct calls of one model. Copies and pickles of the model start without any."""

    def __init__(self) -> None:
        # Revision, state of the model, and what is known; replaced as a whole, as several threads may call.
        self._current: tuple[int, Any, Known | None] = (-1, None, None)
        self._compiling = threading.Lock()

    def find(self, model: Any, x: Any, training: Any) -> ReadyStep | None:
        """The compiled form of ``model(x, training=training)``, or None if it is to run op by op.

        Args:
            model: The model, always the same.
            x: The argument of the call.
            training: None, True or False.
        """
        kind = array_key(x)
        if kind is None or current_frame() is not None or tracing.current() is not None:
            return None  # no plain arrays, or part of something larger
        if masking.any_mask(masking.masks_of(x)):
            return None
        number, _, known = self._current
        if number != revision.current:
            known = self._look_again(model)
        if known is None:
            return None
        key = (training, kind)
        found = known.get(key, 0)
        if isinstance(found, ReadyStep):
            return found
        if found == OP_BY_OP:
            return None
        if found < CALLS_BEFORE:
            if len(known) >= MOST and key not in known:
                known.pop(next(iter(known)), None)
            known[key] = found + 1
            return None
        return self._compile(model, x, training, known, key)

    def _look_again(self, model: Any) -> Known | None:
        """After a change somewhere: forget what was compiled if it was a change of this model."""
        number = revision.current
        _, before, known = self._current
        state = _state_of(model)
        if state != before:
            known = {} if _is_fixed(model) else None
        # What `add_loss` was given from outside lasts until the next call.
        model._clear_losses()
        self._current = (number, state, known)
        return known

    def _compile(self, model: Any, x: Any, training: Any, known: Known, key: Any) -> ReadyStep | None:
        if not self._compiling.acquire(blocking=False):
            return None  # another thread is at it
        try:
            known[key] = found = _compiled(model, x, training)
            return found if isinstance(found, ReadyStep) else None
        finally:
            self._compiling.release()

    def __reduce__(self) -> Any:
        return (DirectCalls, ())


def _compiled(model: Any, x: Any, training: Any) -> ReadyStep | int:
    """Compile a call; ``OP_BY_OP`` if it changes variables, adds losses, or can't be traced."""
    from nncore import graph

    try:
        specs = tree.map_structure(lambda leaf: Spec(leaf.shape, as_array(np.empty(0, leaf.dtype)).dtype.name), x)
        kind: list[type[ReadyStep]] = []
        step = graph.compile_step(
            lambda inputs: _call(model, inputs, training, kind), (specs,), name=model.name, exact=True
        )
    except Exception:  # the call runs op by op, and says itself what is wrong
        return OP_BY_OP
    if step.graph.writes or step.program.arena_bytes > LARGEST_ARENA:
        return OP_BY_OP
    return kind[0](step)


class MaskedStep(ReadyStep):
    """A compiled call of a function that returns its results and their masks."""

    __slots__ = ()

    def __call__(self, x: Any) -> Any:
        """Compute the results for ``x`` and attach the masks to them."""
        outputs, masks = super().__call__(x)
        for leaf, mask in zip(tree.flatten(outputs), tree.flatten(masks), strict=True):
            masking.set_mask(leaf, mask)
        return outputs


def _call(model: Any, inputs: Any, training: Any, kind: list[type[ReadyStep]]) -> Any:
    outputs = model(inputs) if training is None else model(inputs, training=training)
    if any(layer._losses for layer in model._flatten_layers()):
        raise ValueError("A loss was added: `model.losses` has to hold its value after each call.")
    masks = masking.masks_of(outputs)
    kind[:] = [MaskedStep if masking.any_mask(masks) else ReadyStep]
    return (outputs, masks) if kind[0] is MaskedStep else outputs


def _state_of(model: Any) -> Any:
    """What changes with the model's layers, their attributes and the settings that a trace reads."""
    settings = (config.floatx(), config.epsilon(), config.image_data_format(), model.run_eagerly)
    return settings, [(id(layer), layer.__dict__.get("_revision")) for layer in model._flatten_layers()]


def _is_fixed(model: Any) -> bool:
    """Whether a call can depend on nothing that changes without a new revision."""
    if model.run_eagerly:
        return False
    return all(map(_is_fixed_layer, model._flatten_layers()))


def _is_fixed_layer(layer: Any) -> bool:
    if not _is_ours(type(layer)) or not layer.built or layer.activity_regularizer is not None:
        return False
    network = layer.__dict__.get("_network")
    if network is not None and "call" not in layer.__dict__:
        return all(_is_fixed_operation(step) for step in network.steps)
    return all(
        _is_fixed_value(value)
        for name, value in layer.__dict__.items()
        if name not in _UNREAD and not name.endswith(_UNREAD_ENDS)
    )


def _is_fixed_operation(step: Any) -> bool:
    function = step.operation.function if isinstance(step.operation, Operation) else None
    arguments = tree.flatten((step.args, step.kwargs))
    return (function is None or _is_ours(function)) and all(map(_is_fixed_value, arguments))


def _is_fixed_value(value: Any) -> bool:
    """No array, which may be written in place, and no function of the user's."""
    if isinstance(value, np.ndarray):
        return False
    if isinstance(value, (list, tuple, dict)):
        return all(map(_is_fixed_value, _items(value)))
    return not callable(value) or _is_ours(value) or _is_ours(type(value))


def _items(value: Any) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _is_ours(thing: Any) -> bool:
    return (getattr(thing, "__module__", None) or "").startswith("nncore.")

"""Walking a cell over time: one call of the cell for each step, recorded one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nncore import ops, tree
from nncore.ir import trace as tracing

__all__ = ["walk"]

Step = Callable[[Any, Any], tuple[Any, Any]]

# Each step is recorded on its own, so that time and memory of compiling grow with their number.
MOST_STEPS = 4096


def walk(
    step: Step,
    sequences: Any,
    states: Any,
    mask: Any = None,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
    owner: str = "RNN",
) -> tuple[Any, Any, Any]:
    """Apply a step function to each time step.

    Args:
        step: Function of a step's inputs and states that returns its output and the new states.
        sequences: Inputs ``(B, T, ...)``, or nested ones.
        states: States before the first step, nested.
        mask: Booleans ``(B, T)``: where False the states and the output stay as they were. Defaults to None.
        go_backwards: Whether the last step comes first. Defaults to False.
        zero_output_for_mask: Whether the output of a masked step is 0. Defaults to False.
        owner: Whose steps they are, for the message.

    Returns:
        The last output, the outputs ``(B, T, ...)`` in the order of the steps, and the last states.

    Raises:
        ValueError: If there are no steps, or too many.
    """
    steps = tree.flatten(sequences)[0].shape[1]
    if not 0 < steps <= MOST_STEPS:
        raise ValueError(
            f"{owner}: a cell is walked over 1 to {MOST_STEPS} time steps. Received: sequences of {steps} steps."
        )
    trace = tracing.current()
    if trace is not None and trace.shapes_only:
        output, states = step(tree.map_structure(lambda x: x[:, 0], sequences), states)
        outputs = tree.map_structure(lambda y: ops.repeat(ops.expand_dims(y, 1), steps, axis=1), output)
        return output, outputs, states
    collected = []
    output = None
    for t in reversed(range(steps)) if go_backwards else range(steps):
        before = output
        output, new = step(tree.map_structure(lambda x, t=t: x[:, t], sequences), states)
        tree.assert_same_structure(states, new)
        if mask is not None:
            live = mask[:, t]
            if zero_output_for_mask:
                before = tree.map_structure(ops.zeros_like, output)
            elif before is None:
                before = _start(output, states)
            output, new = _choose(live, output, before), _choose(live, new, states)
        collected.append(output)
        states = new
    outputs = tree.map_structure(lambda *each: ops.stack(each, axis=1), *collected)
    return collected[-1], outputs, states


def _choose(live: Any, new: Any, old: Any) -> Any:
    """``new`` where a row takes part in the step, ``old`` elsewhere, leaf by leaf."""

    def one(a: Any, b: Any) -> Any:
        return ops.where(ops.reshape(live, (live.shape[0], *(1 for _ in a.shape[1:]))), a, b)

    return tree.map_structure(one, new, old)


def _start(output: Any, states: Any) -> Any:
    """The output before the first step: the state where a cell gives its state out, zeros otherwise."""
    first = states[-1] if isinstance(states, (list, tuple)) and tree.is_nested(states[-1]) else states
    leaf = tree.flatten(first)[0]
    if not tree.is_nested(output) and tuple(leaf.shape) == tuple(output.shape):
        return leaf
    return tree.map_structure(ops.zeros_like, output)

"""Walking a cell over time: a scan whose body is one call of the cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nncore import ops, tree
from nncore.ops.control_flow import scan_from

__all__ = ["walk"]

Step = Callable[[Any, Any], tuple[Any, Any]]


def walk(
    step: Step,
    sequences: Any,
    states: Any,
    mask: Any = None,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
    owner: str = "RNN",
    unroll: bool = False,
) -> tuple[Any, Any, Any]:
    """Apply a step function to each time step.

    Args:
        step: Function of a step's inputs and states that returns its output and the new states.
        sequences: Inputs ``(B, T, ...)``, or nested ones.
        states: States before the first step, nested.
        mask: Booleans ``(B, T)``: where False the states and the output stay as they were. Defaults to None.
        go_backwards: Whether the last step comes first. Defaults to False.
        zero_output_for_mask: Whether the output of a masked step is 0. Defaults to False.
        owner: Whose steps they are, for messages.
        unroll: Whether each step is recorded on its own. Defaults to False.

    Returns:
        The last output, the outputs ``(B, T, ...)`` in the order of the steps, and the last states.

    Raises:
        ValueError: If there are no steps, or the states change their structure, shapes or dtypes.
    """
    steps = tree.flatten(sequences)[0].shape[1]
    if steps < 1:
        raise ValueError(f"{owner}: a cell is walked over at least one time step. Received: sequences of none.")
    rows = tree.map_structure(_time_first, sequences)
    live = None if mask is None else _time_first(mask)
    if go_backwards:
        rows = tree.map_structure(lambda x: ops.flip(x, axis=0), rows)
        live = None if live is None else ops.flip(live, axis=0)
    try:
        last, outputs, states = _walk(step, rows, states, live, zero_output_for_mask, unroll)
    except ValueError as error:
        error.add_note(f"This happened in a time step of {owner}.")
        raise
    return last, tree.map_structure(_time_first, outputs), states


def _time_first(x: Any) -> Any:
    """Swap the first two axes."""
    return ops.transpose(x, (1, 0, *range(2, len(x.shape))))


def _walk(step: Step, rows: Any, states: Any, live: Any, zero_output: bool, unroll: bool) -> tuple[Any, Any, Any]:
    def checked(inputs: Any, before: Any) -> tuple[Any, Any]:
        output, new = step(inputs, before)
        tree.assert_same_structure(before, new)
        return output, new

    if live is None or zero_output:
        # Where a cell gives a state out, the last output is the last state, and outputs need not be kept for it.
        places: list[int] = []

        def turn(before: Any, row: Any) -> tuple[Any, Any]:
            output, new = checked(row[0], before)
            if live is not None:
                new = _choose(row[1], new, before)
                output = _choose(row[1], output, tree.map_structure(ops.zeros_like, output))
            places[:] = [k for k, state in enumerate(tree.flatten(new)) if state is output]
            return new, output

        states, outputs = scan_from(turn, states, (rows, live), unroll)
        if places:
            return tree.flatten(states)[places[0]], outputs, states
        return tree.map_structure(lambda y: y[-1], outputs), outputs, states

    def masked(before: Any, row: Any) -> tuple[Any, Any]:
        output, new = checked(row[0], before[1])
        output, new = _choose(row[1], output, before[0]), _choose(row[1], new, before[1])
        return (output, new), output

    # A masked step repeats the output before it, whose kind only the first step tells.
    first, new = checked(tree.map_structure(lambda x: x[0], rows), states)
    first = _choose(live[0], first, _start(first, states))
    states = _choose(live[0], new, states)
    rest = tree.map_structure(lambda x: x[1:], (rows, live))
    (last, states), outputs = scan_from(masked, (first, states), rest, unroll)
    joined = tree.map_structure(lambda a, b: ops.concatenate([ops.expand_dims(a, 0), b], axis=0), first, outputs)
    return last, joined, states


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

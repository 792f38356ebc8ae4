"""Limits of fed whole numbers (token ids, for example), noted while a function is traced and checked before it runs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from typing import Any

from nncore.ir.graph import CONSTANT, INPUT
from nncore.ir.tensor import SymbolicTensor
from nncore.ir.trace import current

# Operations after which every value is one of the input's; the first ones keep its shape as well.
_SAME = ("cast", "convert", "copy", "identity", "stop_gradient")
_KEEPING = (*_SAME, "reshape", "transpose")


class Limit:
    """Something that a fed array's values must satisfy.

    Args:
        index: Number of the fed input.
        check: Function of the array; raises ``ValueError`` if the values don't do.
        through: Operations that the input may have gone through, for a body's input: see ``note_check``.
    """

    __slots__ = ("check", "index", "through")

    def __init__(self, index: int, check: Callable[[Any], None], through: Container[str] = _SAME) -> None:
        self.index = index
        self.check = check
        self.through = through


def check_range(array: Any, size: int, owner: str, advice: str) -> None:
    """Check that all values of an array lie in [0, size).

    Args:
        array: NumPy array.
        size: First value that is too large.
        owner: Who asks for it.
        advice: What to do about it, a sentence.

    Raises:
        ValueError: If one lies outside, or is NaN.
    """
    if array.size == 0:
        return
    low, high = array.min(), array.max()
    if not (low >= 0 and high < size):
        raise ValueError(
            f"{owner}: ids must be whole numbers from 0 to {size - 1}. "
            f"Received: smallest id {low.item()}, largest id {high.item()}. {advice}"
        )


def note_range(tensor: Any, size: int, owner: str, advice: str) -> None:
    """Ask that the values of an array, or of a tensor of the current trace, lie in [0, size).

    Arrays and values that the trace carries are checked at once; those of a fed input, or of something that only
    converts or reshapes one, before each run. Of computed values nothing is known.

    Args:
        tensor: Whole numbers, or floats that hold such.
        size: First value that is too large.
        owner: Who asks for it.
        advice: What to do about it, a sentence.
    """
    note_check(tensor, partial(check_range, size=size, owner=owner, advice=advice), _KEEPING)


def note_check(tensor: Any, check: Callable[[Any], None], through: Container[str] = _SAME) -> None:
    """Ask that an array satisfies a check: an array at once, a tensor of the current trace as ``note_range`` says.

    Args:
        tensor: Array or tensor.
        check: Function of an array that raises ``ValueError``.
        through: Operations that a fed input may have gone through on its way. Defaults to those that keep its shape.
    """
    trace = current()
    if trace is not None and trace.shapes_only:
        return  # sizes are made up, and so may be values that depend on them
    if not isinstance(tensor, SymbolicTensor) or tensor.value is not None:
        check(tensor.value if isinstance(tensor, SymbolicTensor) else tensor)
        return
    node = tensor.node
    while node.op is not INPUT:
        if node.op is CONSTANT:
            check(node.attrs["value"])
        if node.is_leaf or node.op.name not in through:
            return
        node = node.inputs[0].node
    tensor.trace.limits.append(Limit(node.attrs["index"], check, through))


def check_rows(check: Callable[[Any], None], array: Any) -> None:
    """Check each row of an array: what a loop's body asks of the rows that it takes."""
    for row in array:
        check(row)


def check_limits(limits: Iterable[Limit], arrays: Sequence[Any]) -> None:
    """Check the arrays that are about to be fed against a step's limits."""
    for limit in limits:
        limit.check(arrays[limit.index])

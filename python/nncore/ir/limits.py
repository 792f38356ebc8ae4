"""Limits of fed whole numbers (token ids, for example), noted while a function is traced and checked before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nncore.ir.graph import INPUT
from nncore.ir.tensor import SymbolicTensor


class Limit:
    """A fed array whose values must lie in [0, size).

    Args:
        index: Number of the fed input.
        size: First value that is too large.
        owner: Who asks for it, for the message: ``"Layer 'embedding' (Embedding)"``.
        advice: What to do about it, a sentence.
    """

    __slots__ = ("advice", "index", "owner", "size")

    def __init__(self, index: int, size: int, owner: str, advice: str) -> None:
        self.index = index
        self.size = size
        self.owner = owner
        self.advice = advice

    def check(self, array: Any) -> None:
        """Raise ``ValueError`` if a value lies outside."""
        check_range(array, self.size, self.owner, self.advice)


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


def note_range(tensor: SymbolicTensor, size: int, owner: str, advice: str) -> None:
    """Ask that the values of a tensor of the current trace lie in [0, size).

    Values that the trace carries are checked at once; those of a fed input, or of something that only converts or
    reshapes one, before each run. Of computed values nothing is known.

    Args:
        tensor: Whole numbers, or floats that hold such.
        size: First value that is too large.
        owner: Who asks for it.
        advice: What to do about it, a sentence.
    """
    if tensor.value is not None:
        check_range(tensor.value, size, owner, advice)
        return
    node = tensor.node
    while node.op is not INPUT:
        if node.is_leaf or node.op.name not in _KEEPING:
            return
        node = node.inputs[0].node
    tensor.trace.limits.append(Limit(node.attrs["index"], size, owner, advice))


# Operations after which every value is one of the input's.
_KEEPING = ("cast", "convert", "copy", "identity", "reshape", "stop_gradient", "transpose")


def check_limits(limits: Iterable[Limit], arrays: Sequence[Any]) -> None:
    """Check the arrays that are about to be fed against a step's limits."""
    for limit in limits:
        limit.check(arrays[limit.index])

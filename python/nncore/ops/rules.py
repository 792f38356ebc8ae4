"""Rules applied while operations are recorded: forms that must be stable before they are differentiated.

Each row: the op that is about to be recorded, the op that made its first input, and the replacement. Speed is not the
aim here (that is ``graph/rewrite.py``, after differentiation).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nncore.ir import SymbolicTensor

Replacement = Callable[[SymbolicTensor, Sequence[Any], dict[str, Any]], Any]

# (op, producer of its first input) -> replacement(producer's input, inputs, attributes)
_TABLE: dict[tuple[str, str], Replacement] = {}


def rule(op: str, producer: str) -> Callable[[Replacement], Replacement]:
    """Add a row: when ``op`` is recorded on the result of ``producer``."""

    def add(function: Replacement) -> Replacement:
        _TABLE[op, producer] = function
        return function

    return add


def at_record(op: Any, inputs: Sequence[Any], attrs: dict[str, Any]) -> Any:
    """The replacement for an op that is about to be recorded, or None."""
    first = inputs[0]
    if first.__class__ is not SymbolicTensor:
        return None
    found = _TABLE.get((op.name, first.node.op.name))
    return None if found is None else found(first.node.inputs[0], inputs, attrs)

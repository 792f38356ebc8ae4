"""Recognising, while operations are recorded, what made an operand: forms that must be stable before differentiation.

Speed is not the aim here (that is ``graph/rewrite.py``, after differentiation).
"""

from __future__ import annotations

from typing import Any

from nncore.ir import CONSTANT, SymbolicTensor


def made_by(producer: str, x: Any, axis: int | None = None) -> Any:
    """The input of the op that made ``x``, in the shape of ``x``; None if another op did, or ``x`` is no tensor.

    Reshapes in between are looked through for element-wise producers.

    Args:
        producer: Name of the op.
        x: Operand.
        axis: For ops over the last axis: the axis of ``x`` that must be it. Defaults to None (element-wise).
    """
    if x.__class__ is not SymbolicTensor:
        return None
    source = x
    if axis is None:
        while source.node.op.name == "reshape":
            source = source.node.inputs[0]
    elif axis != len(x.shape) - 1:
        return None
    if source.node.op.name != producer:
        return None
    made: Any = source.node.inputs[0]
    if made.shape != x.shape:
        from nncore.ops.shape import reshape

        made = reshape(made, x.shape)
    return made


def is_zero(x: Any) -> bool:
    """Whether a tensor is a constant of zeros: the gradient of a result that nothing depends on."""
    return isinstance(x, SymbolicTensor) and x.node.op is CONSTANT and not x.node.attrs["value"].any()

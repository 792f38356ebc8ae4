"""Products that read rows of a table through an index: fused forms of picking rows and of a product or dense layer.

The bits are those of picking first; an index outside the table gives NaN there, as ``ops.take`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, THROUGH_COMPOSITION, OpDef, SpecPair, shape_of
from nncore.ops.indexing import gather
from nncore.ops.linalg import EPILOGUES
from nncore.ops.shape import transpose

# By the attribute "axis": which operand is a table whose rows are picked, and whether they are its columns.
FORMS = ((0, False), (0, True), (1, False), (1, True))


def _operands(take: Any, a: Any, b: Any, index: Any, axis: int) -> list[Any]:
    operands = [a, b]
    side, across = FORMS[axis]
    rows = take(operands[side], index)
    operands[side] = transpose(rows, (1, 0)) if across else rows
    return operands


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    shapes = [shape for shape, _ in specs[:2]]
    side, across = FORMS[attrs["axis"]]
    if len(shapes[0]) == len(shapes[1]) == 2 and len(specs[2][0]) == 1:
        rows = (*specs[2][0], shapes[side][1])
        shapes[side] = rows[::-1] if across else rows
        if shapes[0][1] == shapes[1][0]:
            return [((shapes[0][0], shapes[1][1]), specs[0][1])]
    raise ValueError(f"dense_picked: operands don't fit. Received: {shape_of(specs)}.")


def _composed(a: Any, b: Any, index: Any, *bias: Any, axis: int, **attrs: Any) -> Any:
    return apply(OPS["dense"], [*_operands(lambda x, i: gather(x, i, 0), a, b, index, axis), *bias], attrs)


def _reference(a: Any, b: Any, index: Any, *bias: Any, axis: int, **attrs: Any) -> Any:
    picked = _operands(lambda x, i: OPS["gather"].reference(x[None], i)[0], a, b, index, axis)
    return OPS["dense"].reference(*picked, *bias, **attrs)


# y = activation(a @ b + bias), where a or b is a table, of which the rows that the index picks are multiplied.
OpDef(
    "dense_picked",
    KERNEL,
    _infer,
    THROUGH_COMPOSITION,
    _reference,
    kernel="matmul_picked",
    encode=lambda specs, attrs: (
        (attrs["axis"], EPILOGUES[attrs["activation"]], int(len(specs) == 4)),
        (attrs["alpha"],),
    ),
    composed=_composed,
)

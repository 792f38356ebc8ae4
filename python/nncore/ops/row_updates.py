"""Updates of the rows of a table that a gradient touches: fused forms of an update and the gradient of an embedding.

Only where a gradient of 0 changes nothing, so that results are those of the update of the whole table. They have no
derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair, shape_of


def _define(name: str, whole: str, tables: int, floats: tuple[str, ...]) -> None:
    """Inputs: learning rate, parameter, slots, gradients (1, N, D), their rows (N). Outputs: parameter, slots."""

    def infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
        (rows, dtype), (g, _), (index, _) = specs[1], *specs[1 + tables :]
        fit = len(rows) == 2 and g == (1, *index, rows[1]) and all(s == (rows, dtype) for s in specs[1 : 1 + tables])
        if not fit:
            raise ValueError(f"{name}: operands don't fit. Received: {shape_of(specs)}.")
        return list(specs[1 : 1 + tables])

    def of_whole(compute: Any, attrs: dict[str, Any], inputs: Sequence[Any]) -> Any:
        lr, p, *slots = inputs[: 1 + tables]
        g = compute(OPS["scatter_add"], list(inputs[1 + tables :]), {"size": p.shape[0]}).reshape(p.shape)
        return compute(OPS[whole], [lr, p, g, *slots], {"n": 1, "weight_decay": 0.0, **attrs})

    def reference(*inputs: Any, **attrs: Any) -> Any:
        return of_whole(lambda op, arrays, attrs: op.reference(*arrays, **attrs), attrs, inputs)

    OpDef(
        name,
        KERNEL,
        infer,
        None,
        reference,
        encode=lambda specs, attrs: ((), tuple(float(attrs[key]) for key in floats)),
        inplace=lambda count, attrs: [(k, 1 + k) for k in range(tables)],
        composed=lambda *inputs, **attrs: of_whole(apply, attrs, inputs),
    )


_define("sgd_rows_step", "sgd_step", 1, ())
_define("adagrad_rows_step", "adagrad_step", 2, ("epsilon",))

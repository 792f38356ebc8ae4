"""Reductions of rows that belong together: ``segment_sum`` and its kin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ir import SymbolicTensor, trace_error
from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary, convert, where
from nncore.ops.indexing import whole_index
from nncore.ops.numeric import named
from nncore.ops.shape import reshape

_CODES = {"mul": 0, "max": 1, "min": 2}


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (g, dtype), (index, _) = specs
    if len(g) != 3 or index != g[1:2]:
        raise ValueError(f"scatter_reduce: operands don't fit. Received: {[shape for shape, _ in specs]}.")
    return [((g[0], attrs["size"], g[2]), dtype)]


def _fill(kind: str, dtype: Any) -> Any:
    if kind == "mul":
        return 1
    limits: Any = np.iinfo(dtype) if dtype.kind == "i" else None
    ends = (limits.min, limits.max) if limits else (-np.inf, np.inf)
    return ends[kind == "min"]


def _reference(g: Any, index: Any, kind: str, size: int) -> Any:
    out = np.full((g.shape[0], size, g.shape[2]), _fill(kind, g.dtype), g.dtype)
    meet = {"mul": np.multiply, "max": np.maximum, "min": np.minimum}[kind]
    for position, target in enumerate(index):
        if 0 <= target < size:
            out[:, target] = meet(out[:, target], g[:, position])
    return out


def _sum(flat: Any, index: Any, size: int) -> Any:
    return apply(OPS["scatter_add"], [flat, index], {"size": size})


def _back(y: Any, index: Any) -> Any:
    return apply(OPS["gather"], [y, index])


def _grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    (x, index), y, size = node.inputs, node.outputs[0], node.attrs["size"]
    inside = binary("logical_and", binary("ge", index, 0), binary("lt", index, size))
    inside = reshape(inside, (1, -1, 1))
    if node.attrs["kind"] == "mul":
        # Products of the others of the segment, exact where elements are zero.
        zero = convert(binary("eq", x, 0), x.dtype)
        filled = where(binary("eq", x, 0), 1.0, x)
        others = segment_reduce("mul", filled, index, size)
        zeros = _back(_sum(zero, index, size), index)
        usual = _back(y, index) / filled
        slope = where(zeros == 0, usual, where(zeros == 1, zero * _back(others, index), 0.0))
    else:
        # Equal extremes share the gradient evenly.
        hit = convert(binary("eq", x, _back(y, index)), x.dtype)
        slope = hit / where(inside, _back(_sum(hit, index, size), index), 1.0)
    return [where(inside, _back(g, index) * slope, 0), None]


# (O, n, I), (n) -> (O, size, I)
OpDef(
    "scatter_reduce",
    KERNEL,
    _infer,
    _grad,
    _reference,
    encode=lambda specs, attrs: ((_CODES[attrs["kind"]],), ()),
)


def segment_reduce(kind: str, flat: Any, index: Any, size: int) -> Any:
    """Reduce the rows of ``(O, n, I)`` whose index is the same, to ``(O, size, I)``.

    Args:
        kind: ``"mul"``, ``"max"`` or ``"min"``.
        flat: The rows.
        index: Their targets, shape ``(n,)``; those out of range are left out.
        size: Number of targets. One without rows gets 1, or what every number replaces.
    """
    return apply(OPS["scatter_reduce"], [flat, index], {"kind": kind, "size": size})


def _segment(name: str, kind: str, data: Any, segment_ids: Any, num_segments: int | None) -> Any:
    data, ids = as_operand(data), whole_index(name, segment_ids)
    if data.shape[: len(ids.shape)] != ids.shape or not ids.shape:
        raise ValueError(
            f"{name}: `segment_ids` should have the shape of the first axes of `data`. "
            f"Received: data.shape={tuple(data.shape)}, segment_ids.shape={tuple(ids.shape)}."
        )
    if num_segments is None:
        if isinstance(ids, SymbolicTensor):
            raise trace_error(
                f"{name} needs num_segments while tracing: the shape depends on values.",
                "Pass num_segments=.",
            )
        num_segments = int(ids.max()) + 1 if ids.size else 0
    size, rest = int(num_segments), data.shape[len(ids.shape) :]
    dtype = dtype_of(data)
    if dtype in ("bool", "uint8"):
        data = convert(data, "int32")
    flat, ids = reshape(data, (1, math.prod(ids.shape), math.prod(rest))), reshape(ids, (math.prod(ids.shape),))
    y = _sum(flat, ids, size) if kind == "add" else segment_reduce(kind, flat, ids, size)
    return reshape(y, (size, *rest))


_DOC = """{line}

    Args:
        data: Array of shape ``(n, ...)``.
        segment_ids: Segment number of each row, shape ``(n,)`` (or of more axes, the first of ``data``). Rows of a
            number out of range are left out.
        num_segments: How many segments. Defaults to None: the largest number plus one (arrays only).
        sorted: Promise that the numbers ascend; the result is the same. Defaults to False.

    Returns:
        Array of shape ``(num_segments, ...)``; {empty} for a segment without rows.

    Raises:
        TraceError: Inside a compiled function without ``num_segments``.
        ValueError: If the shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.{name}([1, 2, 3], [0, 0, 1], 2)
        array([{result}], dtype=int32)
    """


def _make(name: str, kind: str, line: str, empty: str, result: str) -> Any:
    def function(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        return _segment(name, kind, data, segment_ids, num_segments)

    return named(function, name, _DOC.format(name=name, line=line, empty=empty, result=result))


segment_sum = _make("segment_sum", "add", "Sum the rows that belong to the same segment.", "0", "3, 3")
segment_prod = _make("segment_prod", "mul", "Multiply the rows that belong to the same segment.", "1", "2, 3")
segment_max = _make(
    "segment_max", "max", "Largest of the rows that belong to the same segment.", "the dtype's lowest value", "2, 3"
)
segment_min = _make(
    "segment_min", "min", "Smallest of the rows that belong to the same segment.", "the dtype's highest value", "1, 3"
)

"""Placing elements by index: ``scatter`` and ``scatter_update``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary, convert, where
from nncore.ops.indexing import gather, whole_index, wrap
from nncore.ops.segments import segment_reduce
from nncore.ops.shape import place, reshape, slice_of


def _linear(indices: Any, shape: Sequence[int]) -> Any:
    """Positions in a flattened array from index vectors of shape (..., K); -1 where out of range."""
    index = whole_index("scatter", indices)
    if not index.shape or index.shape[-1] > len(shape):
        raise ValueError(
            "indices must have shape (..., K) with K at most the number of dimensions. "
            f"Received: indices.shape={index.shape}, shape={tuple(shape)}."
        )
    total: Any = None
    valid: Any = None
    ndim = len(index.shape)
    for k in range(index.shape[-1]):
        column = slice_of(index, (0,) * (ndim - 1) + (k,), (*index.shape[:-1], 1), (1,) * ndim)
        column = wrap(reshape(column, (-1,)), shape[k])
        ok = binary("logical_and", binary("ge", column, 0), binary("lt", column, shape[k]))
        total = column if total is None else binary("add", binary("mul", total, shape[k]), column)
        valid = ok if valid is None else binary("logical_and", valid, ok)
    return where(valid, total, -1)


@op
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Add values into an array of zeros at index vectors; those of equal indices add up.

    Args:
        indices: Index vectors of shape ``(..., K)``.
        values: Values of shape ``(..., *shape[K:])``.
        shape: Shape of the result.

    Returns:
        Array of ``shape``.

    Raises:
        ValueError: If the shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> ops.scatter([[0], [2]], [5, 7], (4,))
        array([5, 0, 7, 0], dtype=int32)
    """
    shape = tuple(int(d) for d in shape)
    values = as_operand(values)
    index = as_operand(indices)
    k = index.shape[-1] if index.shape else 0
    _check_updates("scatter", index, values, shape, k)
    rows, inner = math.prod(index.shape[:-1]), math.prod(shape[k:])
    flat = reshape(values, (1, rows, inner))
    y = apply(OPS["scatter_add"], [flat, _linear(index, shape)], {"size": math.prod(shape[:k])})
    return reshape(y, shape)


def _check_updates(name: str, index: Any, values: Any, shape: tuple[int, ...], k: int) -> None:
    expected = (*index.shape[:-1], *shape[k:])
    if values.shape != expected:
        raise ValueError(
            f"{name}: values of shape {expected} were expected for indices of shape {index.shape}. "
            f"Received: values.shape={values.shape}, shape={shape}."
        )


# Reductions of scatter_update, and the op that brings them together with what is there.
_COMBINE = {"add": "add", "mul": "mul", "max": "max", "min": "min"}


@op
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """Replace (or add to) elements at index vectors; the argument itself stays as it is.

    Args:
        inputs: Array.
        indices: Index vectors of shape ``(n, K)``. Of equal ones the last wins.
        updates: Values of shape ``(n, *inputs.shape[K:])``.
        reduction: None replaces; ``"add"``, ``"mul"``, ``"max"`` and ``"min"`` combine with what is there. Defaults to
            None.

    Returns:
        Array of the shape of ``inputs``.

    Raises:
        ValueError: If the shapes don't fit, or for another reduction.

    Example:
        >>> from nncore import ops
        >>> ops.scatter_update([1, 2, 3], [[0], [2]], [8, 9])
        array([8, 2, 9], dtype=int32)
    """
    if reduction not in (None, *_COMBINE):
        raise ValueError(
            f"scatter_update: `reduction` should be None or one of {tuple(_COMBINE)}. "
            f"Received: reduction={reduction!r}."
        )
    x = as_operand(inputs)
    index = as_operand(indices)
    values = convert(as_operand(updates), dtype_of(x))
    k = index.shape[-1] if index.shape else 0
    _check_updates("scatter_update", index, values, x.shape, k)
    if reduction == "add":
        return binary("add", x, scatter(index, values, x.shape))
    rows, cells, inner = math.prod(index.shape[:-1]), math.prod(x.shape[:k]), math.prod(x.shape[k:])
    flat = reshape(values, (1, rows, inner))
    if reduction is not None:
        combined = segment_reduce(reduction, flat, _linear(index, x.shape), cells)
        return binary(_COMBINE[reduction], x, reshape(combined, x.shape))
    target = _last_of_equal(_linear(index, x.shape))
    put = apply(OPS["scatter_add"], [flat, target], {"size": cells})
    ones = np.ones((1, rows, 1), "int32")
    hit = apply(OPS["scatter_add"], [ones, target], {"size": cells})
    return reshape(where(binary("gt", hit, 0), put, reshape(x, (1, cells, inner))), x.shape)


def _last_of_equal(index: Any) -> Any:
    """Indices with -1 in place of all but the last of equal ones."""
    from nncore.ops.sorting import argsort

    n = index.shape[0]
    if n < 2:
        return index
    order = argsort(index)
    ranked = gather(index, order, 0)
    here, after = (slice_of(ranked, (s,), (n - 1,), (1,)) for s in (0, 1))
    keep = binary("ne", here, after)
    places = [((0,), (1,)), ((n - 1,), (1,))]
    kept = place([convert(keep, "int32"), np.ones(1, "int32")], places, (n,), None)
    kept = reshape(apply(OPS["scatter_add"], [reshape(kept, (1, n, 1)), order], {"size": n}), (n,))
    return where(binary("gt", kept, 0), index, -1)

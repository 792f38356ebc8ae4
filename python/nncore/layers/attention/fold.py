"""Fold: attention over some axes of an array of many, as attention over one."""

from __future__ import annotations

import math
from typing import Any

from nncore import ops

__all__ = ["Fold"]


class Fold:
    """Brings ``(B, d1, ..., dk, N, H)`` to ``(B * others, attended, N, H)`` and back.

    Args:
        owner: Whose axes they are, for messages.
        rank: Dimensions of the query, batch and features among them.
        axes: The axes that are attended, negative ones counted from the end; None for all between batch and features.

    Raises:
        ValueError: If an axis is out of range or named twice.
    """

    def __init__(self, owner: str, rank: int, axes: tuple[int, ...] | None) -> None:
        found = tuple(range(1, rank - 1)) if axes is None else tuple(a if a >= 0 else rank + a for a in axes)
        if len(set(found)) != len(found) or not all(0 < axis < rank - 1 for axis in found):
            raise ValueError(
                f"{owner}: `attention_axes` should be different axes between batch and features, here from 1 to "
                f"{rank - 2}. Received: attention_axes={axes!r}."
            )
        self.owner = owner
        self.axes = found
        self.others = tuple(axis for axis in range(1, rank - 1) if axis not in found)
        self.plain = rank == 3

    def check(self, query: Any, value: Any) -> None:
        """Check that the axes that are not attended agree."""
        if any(None not in (query[a], value[a]) and query[a] != value[a] for a in self.others):
            raise ValueError(
                f"{self.owner}: `query` and `value` must have the same size along the axes that are not attended, "
                f"{self.others}. Received: query_shape={tuple(query)}, value_shape={tuple(value)}."
            )

    def check_masks(self, masks: dict[str, Any], ordered: bool) -> None:
        """Check that masks of sequences, and an order of positions, have a meaning here."""
        given = [name for name, mask in masks.items() if mask is not None]
        if given and self.axes != (1,):
            raise ValueError(
                f"{self.owner}: masks of shape (batch, time) belong to `attention_axes=1`; give an `attention_mask`. "
                f"Received: attention_axes={self.axes}, {', '.join(given)}."
            )
        if ordered and len(self.axes) > 1:
            raise ValueError(
                f"{self.owner}: `use_causal_mask` and `sliding_window` need an order of positions, one attended axis. "
                f"Received: attention_axes={self.axes}."
            )

    def _sizes(self, shape: Any, axes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(shape[axis] for axis in axes)

    def rows(self, x: Any) -> Any:
        """``(B * others, attended, N, H)``."""
        last = len(x.shape) - 2
        moved = ops.transpose(x, (0, *self.others, *self.axes, last, last + 1))
        batch = x.shape[0] * math.prod(self._sizes(x.shape, self.others))
        return ops.reshape(moved, (batch, math.prod(self._sizes(x.shape, self.axes)), *x.shape[last:]))

    def unfolded(self, x: Any, shape: Any) -> Any:
        """The inverse, for the attended values of a query of this shape."""
        order = (0, *self.others, *self.axes, len(shape) - 2, len(shape) - 1)
        wide = ops.reshape(x, (*self._sizes(shape, order[:-2]), *x.shape[2:]))
        return ops.transpose(wide, tuple(order.index(axis) for axis in range(len(order))))

    def scores(self, q: Any, k: Any) -> tuple[int, ...]:
        """Shape of the scores: batch and axes that are not attended, heads, the query's axes, the key's."""
        return (*self._sizes(q, (0, *self.others)), q[-2], *self._sizes(q, self.axes), *self._sizes(k, self.axes))

    def mask(self, mask: Any, q: Any, k: Any) -> Any:
        """A mask that broadcasts to the scores, with missing axes before the attended ones, folded like them."""
        full = self.scores(q, k)
        last = 2 * len(self.axes)
        shape = tuple(mask.shape)
        first = shape[: max(len(shape) - last, 0)]
        aligned = (*first, *(1 for _ in range(len(full) - len(shape))), *shape[len(first) :])
        if len(aligned) != len(full) or any(a not in (1, b) for a, b in zip(aligned, full, strict=True)):
            raise ValueError(
                f"{self.owner}: masks must broadcast to the scores, of shape {full} (batch, axes not attended, "
                f"heads, the query's axes, the key's). Received: a mask of shape {shape}."
            )
        wide = ops.broadcast_to(ops.reshape(mask, aligned), full)
        count = 1 + len(self.others)
        sizes = [math.prod(full[:count]), full[count], *(math.prod(self._sizes(s, self.axes)) for s in (q, k))]
        return ops.reshape(wide, tuple(sizes))

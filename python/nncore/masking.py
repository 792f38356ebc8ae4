"""Masks travel with tensors: which entries (time steps, as a rule) of a tensor are data, and which are padding."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from nncore import tree
from nncore.ir.tensor import Tensor

__all__ = ["any_mask", "get_mask", "keep_mask", "masks_of", "set_mask", "with_mask"]

# Arrays have no place for a mask, so theirs are kept here for as long as the array lives.
_OF_ARRAYS: dict[int, tuple[weakref.ref[Any], Any]] = {}


def get_mask(x: Any) -> Any:
    """The mask that was attached to a tensor.

    Args:
        x: Array, symbolic tensor, or anything else.

    Returns:
        Booleans, true where ``x`` counts; None if there is no mask.
    """
    if isinstance(x, Tensor):
        return x.mask
    if _OF_ARRAYS and isinstance(x, np.ndarray):
        found = _OF_ARRAYS.get(id(x))
        if found is not None and found[0]() is x:
            return found[1]
    return None


def set_mask(x: Any, mask: Any) -> None:
    """Attach a mask to a tensor, or take it away.

    Args:
        x: Array or symbolic tensor; anything else can't carry one and is left alone.
        mask: Booleans of the leading dimensions of ``x``, or None.
    """
    if isinstance(x, Tensor):
        x.mask = mask
    elif isinstance(x, np.ndarray):
        key = id(x)
        if mask is None:
            _OF_ARRAYS.pop(key, None)
        else:
            _OF_ARRAYS[key] = (weakref.ref(x, lambda _: _OF_ARRAYS.pop(key, None)), mask)


def with_mask(x: Any, mask: Any) -> Any:
    """The same values as another tensor that carries a mask, so that the caller's own stays as it is.

    Args:
        x: Array or symbolic tensor.
        mask: Booleans; None gives ``x`` itself.

    Returns:
        A view of ``x`` with the mask.
    """
    if mask is None or mask is get_mask(x):
        return x
    if isinstance(x, np.ndarray):
        view = x.view()
    elif isinstance(x, Tensor):
        from nncore.ops.apply import apply
        from nncore.ops.definition import OPS

        view = apply(OPS["identity"], [x])
    else:
        return x
    set_mask(view, mask)
    return view


def keep_mask(x: Any, converted: Any) -> Any:
    """Hand the mask of a tensor on to what a conversion made of it.

    Args:
        x: The tensor.
        converted: The result.

    Returns:
        ``converted``.
    """
    if converted is not x:
        mask = get_mask(x)
        if mask is not None:
            set_mask(converted, mask)
    return converted


def masks_of(structure: Any) -> Any:
    """The masks of a tensor, or of each tensor of a structure, None where there is none."""
    return tree.map_structure(get_mask, structure) if tree.is_nested(structure) else get_mask(structure)


def any_mask(structure: Any) -> bool:
    """Whether a structure of masks holds any."""
    return structure is not None and (
        not tree.is_nested(structure) or any(mask is not None for mask in tree.flatten(structure))
    )

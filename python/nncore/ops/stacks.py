"""Shorthands for one axis: stacking and splitting in depth, flipping left-right and up-down."""

from __future__ import annotations

from typing import Any

from nncore.ops.apply import op
from nncore.ops.arrange import split
from nncore.ops.dtypes import as_operand
from nncore.ops.shape import concatenate, flip, reshape


def _rank(name: str, x: Any, least: int) -> Any:
    x = as_operand(x)
    if len(x.shape) < least:
        raise ValueError(f"{name}: at least {least} dimensions were expected. Received: x.shape={tuple(x.shape)}.")
    return x


@op
def dstack(xs: Any) -> Any:
    """Join arrays along the third axis, which one- and two-dimensional ones get.

    Args:
        xs: Sequence of arrays.

    Returns:
        Array of at least three dimensions.

    Raises:
        ValueError: If the shapes differ on another axis.

    Example:
        >>> from nncore import ops
        >>> ops.dstack([[1, 2], [3, 4]]).tolist()
        [[[1, 3], [2, 4]]]
    """

    def deep(x: Any) -> Any:
        x = as_operand(x)
        shape = x.shape if len(x.shape) > 1 else (1, *(x.shape or (1,)))
        return reshape(x, shape if len(shape) > 2 else (*shape, 1))

    return concatenate([deep(x) for x in xs], axis=2)


@op
def hsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the second axis; along the first if there is one only.

    Args:
        x: Array.
        indices_or_sections: Number of equal parts, or the indices at which to cut.

    Returns:
        List of arrays.

    Raises:
        ValueError: If the axis can't be cut that way.

    Example:
        >>> from nncore import ops
        >>> [a.tolist() for a in ops.hsplit([[1, 2], [3, 4]], 2)]
        [[[1], [3]], [[2], [4]]]
    """
    x = _rank("hsplit", x, 1)
    return split(x, indices_or_sections, axis=min(1, len(x.shape) - 1))


@op
def vsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the first axis.

    Args:
        x: Array of at least two dimensions.
        indices_or_sections: Number of equal parts, or the indices at which to cut.

    Returns:
        List of arrays.

    Raises:
        ValueError: If the axis can't be cut that way.

    Example:
        >>> from nncore import ops
        >>> [a.tolist() for a in ops.vsplit([[1, 2], [3, 4]], 2)]
        [[[1, 2]], [[3, 4]]]
    """
    return split(_rank("vsplit", x, 2), indices_or_sections, axis=0)


@op
def dsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the third axis.

    Args:
        x: Array of at least three dimensions.
        indices_or_sections: Number of equal parts, or the indices at which to cut.

    Returns:
        List of arrays.

    Raises:
        ValueError: If the axis can't be cut that way.

    Example:
        >>> from nncore import ops
        >>> [a.tolist() for a in ops.dsplit([[[1, 2]]], 2)]
        [[[[1]]], [[[2]]]]
    """
    return split(_rank("dsplit", x, 3), indices_or_sections, axis=2)


@op
def fliplr(x: Any) -> Any:
    """Reverse the second axis.

    Args:
        x: Array of at least two dimensions.

    Returns:
        Array of the same shape.

    Raises:
        ValueError: If there is no second axis.

    Example:
        >>> from nncore import ops
        >>> ops.fliplr([[1, 2]])
        array([[2, 1]], dtype=int32)
    """
    return flip(_rank("fliplr", x, 2), axis=1)


@op
def flipud(x: Any) -> Any:
    """Reverse the first axis.

    Args:
        x: Array of at least one dimension.

    Returns:
        Array of the same shape.

    Raises:
        ValueError: If there is no axis.

    Example:
        >>> from nncore import ops
        >>> ops.flipud([1, 2])
        array([2, 1], dtype=int32)
    """
    return flip(_rank("flipud", x, 1), axis=0)

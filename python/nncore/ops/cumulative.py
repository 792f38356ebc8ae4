"""Running sums and products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, standardize_dtype
from nncore.ops.elementwise import binary, convert, where
from nncore.ops.shape import flip, normalize_axis, reshape


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [specs[0]]


def _run(name: str, x: Any, axis: int) -> Any:
    return apply(OPS[name], [x], {"axis": axis})


def _sum_after(x: Any, axis: int) -> Any:
    """The sum of each element and all after it."""
    return flip(_run("cumsum", flip(x, axis), axis), axis)


def _cumsum_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    return [_sum_after(g, node.attrs["axis"])]


def _cumprod_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    """Sums of products without the element itself; exact where elements are zero.

    Before the first zero of a line the products can be divided by the element. At the first zero they are those of
    the line with a one in its place. Behind it every product holds that zero.
    """
    x, y, axis = node.inputs[0], node.outputs[0], node.attrs["axis"]
    zero = binary("eq", x, 0)
    count = _run("cumsum", convert(zero, "int32"), axis)
    first = binary("logical_and", zero, binary("eq", count, 1))
    at_first = _sum_after(binary("mul", g, _run("cumprod", where(first, 1.0, x), axis)), axis)
    before = binary("div", _sum_after(binary("mul", g, y), axis), where(zero, 1.0, x))
    return [where(binary("eq", count, 0), before, where(first, at_first, 0.0))]


OpDef(
    "cumsum",
    KERNEL,
    _infer,
    _cumsum_grad,
    lambda x, axis: np.cumsum(x, axis=axis, dtype=x.dtype),
    kernel="cumulative",
    encode=lambda specs, attrs: ((0, attrs["axis"]), ()),
)
OpDef(
    "cumprod",
    KERNEL,
    _infer,
    _cumprod_grad,
    lambda x, axis: np.cumprod(x, axis=axis, dtype=x.dtype),
    kernel="cumulative",
    encode=lambda specs, attrs: ((1, attrs["axis"]), ()),
)


def _cumulative(name: str, x: Any, axis: int | None, dtype: Any) -> Any:
    x = as_operand(x)
    if dtype is not None:
        x = convert(x, standardize_dtype(dtype))
    if dtype_of(x) in ("bool", "uint8"):
        x = convert(x, "int32")
    if axis is None:
        x, axis = reshape(x, (math.prod(x.shape),)), 0
    return _run(name, x, normalize_axis(axis, len(x.shape)))


@op
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sum along an axis.

    Args:
        x: Array.
        axis: The axis. Defaults to None: the flattened array.
        dtype: dtype of the result. Defaults to None: that of ``x`` (int32 for bool and uint8).

    Returns:
        Array of the same shape (one-dimensional without an axis).

    Example:
        >>> from nncore import ops
        >>> ops.cumsum([1, 2, 3])
        array([1, 3, 6], dtype=int32)
    """
    return _cumulative("cumsum", x, axis, dtype)


@op
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running product along an axis.

    Args:
        x: Array.
        axis: The axis. Defaults to None: the flattened array.
        dtype: dtype of the result. Defaults to None: that of ``x`` (int32 for bool and uint8).

    Returns:
        Array of the same shape (one-dimensional without an axis).

    Example:
        >>> from nncore import ops
        >>> ops.cumprod([1, 2, 3])
        array([1, 2, 6], dtype=int32)
    """
    return _cumulative("cumprod", x, axis, dtype)

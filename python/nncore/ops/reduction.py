"""Reductions: sum, product, extremes, any/all, and what is composed of them (mean, variance, logsumexp)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, is_float, to_float
from nncore.ops.elementwise import binary, convert, unary, where
from nncore.ops.shape import broadcast_to, normalize_axes, normalize_axis, reshape

_CODES = {"sum": 0, "prod": 1, "max": 2, "min": 3, "any": 4, "all": 5}


def _reduced(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(d for i, d in enumerate(shape) if i not in axes)


def kept(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with the reduced axes kept as length one."""
    return tuple(1 if i in axes else d for i, d in enumerate(shape))


def _define(name: str, reference: Callable[..., Any], derivative: Callable[..., Any] | None) -> None:
    """Define a reduction; ``derivative(x, y, g)`` sees y and g with their reduced axes kept."""
    boolean = name in ("any", "all")

    def infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
        shape, dtype = specs[0]
        if name in ("max", "min") and 0 in [shape[a] for a in attrs["axes"]]:
            raise ValueError(f"{name} of no elements has no value. Received: an array of shape {shape}.")
        return [(_reduced(shape, attrs["axes"]), "bool" if boolean else dtype)]

    def grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
        x, y = node.inputs[0], node.outputs[0]
        shape = kept(x.shape, node.attrs["axes"])
        return [derivative(x, reshape(y, shape), reshape(g, shape))]  # type: ignore[misc]

    OpDef(
        f"reduce_{name}",
        KERNEL,
        infer,
        grad if derivative else None,
        lambda x, axes: np.asarray(reference(x, axis=axes)),
        kernel="reduce",
        encode=lambda specs, attrs: ((_CODES[name], *attrs["axes"]), ()),
    )


def _share_extreme(x: Any, y: Any, g: Any) -> Any:
    # Equal extremes share the gradient evenly.
    hit = convert(x == y, g.dtype)
    axes = tuple(i for i, (a, b) in enumerate(zip(x.shape, y.shape, strict=True)) if a != b)
    count = sum(hit, axis=axes, keepdims=True) if axes else hit
    return hit * (g / count)


def _prod_grad(x: Any, y: Any, g: Any) -> Any:
    """Products of the other elements; exact where elements are zero."""
    axes = tuple(i for i, (a, b) in enumerate(zip(x.shape, y.shape, strict=True)) if a != b)
    zero = convert(x == 0, x.dtype)
    zeros = sum(zero, axis=axes, keepdims=True)
    others = prod(where(x == 0, 1.0, x), axis=axes, keepdims=True)
    usual = y / where(x == 0, 1.0, x)
    return g * where(zeros == 0, usual, where(zeros == 1, zero * others, 0.0))


_define("sum", np.sum, lambda x, y, g: broadcast_to(g, x.shape))
_define("prod", np.prod, _prod_grad)
_define("max", np.max, _share_extreme)
_define("min", np.min, _share_extreme)
_define("any", np.any, None)
_define("all", np.all, None)


def _arg_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    shape, _ = specs[0]
    if shape[attrs["axis"]] == 0:
        raise ValueError(f"argmax and argmin need at least one element. Received: an array of shape {shape}.")
    return [(_reduced(shape, (attrs["axis"],)), "int32")]


for _name, _largest, _function in (("argmax", 1, np.argmax), ("argmin", 0, np.argmin)):
    OpDef(
        _name,
        KERNEL,
        _arg_infer,
        None,
        lambda x, axis, _function=_function: np.asarray(_function(x, axis=axis), dtype=np.int32),
        kernel="argreduce",
        encode=lambda specs, attrs, _largest=_largest: ((_largest, attrs["axis"]), ()),
    )


def _reduce(name: str, x: Any, axis: Any, keepdims: bool) -> Any:
    axes = normalize_axes(axis, len(x.shape))
    y = apply(OPS[f"reduce_{name}"], [x], {"axes": axes}) if axes else x
    return reshape(y, kept(x.shape, axes)) if keepdims else y


def _widen(x: Any) -> Any:
    # Sums of booleans and bytes are int32, as in Keras.
    return convert(x, "int32") if dtype_of(x) in ("bool", "uint8") else x


@op
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Add elements along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array without the summed axes.

    Example:
        >>> from nncore import ops
        >>> ops.sum([[1, 2], [3, 4]], axis=0)
        array([4, 6], dtype=int32)
    """
    return _reduce("sum", _widen(as_operand(x)), axis, keepdims)


@op
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Multiply elements along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.
        dtype: dtype of the result. Defaults to None: that of ``x`` (int32 for bool and uint8).

    Returns:
        Array without these axes.

    Example:
        >>> from nncore import ops
        >>> int(ops.prod([2, 3]))
        6
    """
    x = _widen(as_operand(x))
    if dtype is not None:
        from nncore.ops.elementwise import cast

        x = cast(x, dtype)
    return _reduce("prod", x, axis, keepdims)


@op
def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Largest element along axes; NaN where there is one.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.
        initial: Lower bound of the result. Defaults to None.

    Returns:
        Array without these axes.

    Raises:
        ValueError: If there are no elements and no ``initial``.

    Example:
        >>> from nncore import ops
        >>> ops.max([[1, 5], [3, 4]], axis=1)
        array([5, 4], dtype=int32)
    """
    return _extreme("max", as_operand(x), axis, keepdims, initial)


@op
def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Smallest element along axes; NaN where there is one.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.
        initial: Upper bound of the result. Defaults to None.

    Returns:
        Array without these axes.

    Raises:
        ValueError: If there are no elements and no ``initial``.

    Example:
        >>> from nncore import ops
        >>> ops.min([[1, 5], [3, 4]], axis=1)
        array([1, 3], dtype=int32)
    """
    return _extreme("min", as_operand(x), axis, keepdims, initial)


def _extreme(name: str, x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    from nncore.ops.elementwise import binary

    axes = normalize_axes(axis, len(x.shape))
    if initial is not None and 0 in [x.shape[a] for a in axes]:
        shape = kept(x.shape, axes) if keepdims else _reduced(x.shape, axes)
        return broadcast_to(convert(as_operand(initial), dtype_of(x)), shape)
    y = _reduce(name, x, axes, keepdims)
    return y if initial is None else binary(name, y, initial)


@op
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether some element is true (non-zero) along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Boolean array.

    Example:
        >>> from nncore import ops
        >>> bool(ops.any([0, 1]))
        True
    """
    return _reduce("any", convert(as_operand(x), "bool"), axis, keepdims)


@op
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether every element is true (non-zero) along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Boolean array.

    Example:
        >>> from nncore import ops
        >>> bool(ops.all([0, 1]))
        False
    """
    return _reduce("all", convert(as_operand(x), "bool"), axis, keepdims)


@op
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Average along axes; integers are averaged as floats.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes.

    Example:
        >>> from nncore import ops
        >>> float(ops.mean([1, 2]))
        1.5
    """
    x = as_operand(x)
    x = convert(x, to_float(dtype_of(x)))
    axes = normalize_axes(axis, len(x.shape))
    count = math.prod(x.shape[a] for a in axes)
    total = _reduce("sum", x, axes, keepdims)
    # Not by the operator, which is NumPy's where the total is an array: one kernel, one rounding.
    return binary("div", total, float(count)) if count != 1 else total


@op
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Variance along axes (mean squared distance from the mean).

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes.

    Example:
        >>> from nncore import ops
        >>> float(ops.var([1, 3]))
        1.0
    """
    x = as_operand(x)
    x = convert(x, to_float(dtype_of(x)))
    return mean(unary("square", x - mean(x, axis=axis, keepdims=True)), axis=axis, keepdims=keepdims)


@op
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Standard deviation along axes.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes.

    Example:
        >>> from nncore import ops
        >>> float(ops.std([1, 3]))
        1.0
    """
    return unary("sqrt", var(x, axis=axis, keepdims=keepdims))


@op
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` along axes, without overflow.

    Args:
        x: Array.
        axis: Axis or axes. Defaults to None: all.
        keepdims: Keep the axes with length one. Defaults to False.

    Returns:
        Array of floats without these axes.

    Example:
        >>> from nncore import ops
        >>> round(float(ops.logsumexp([1000.0, 1000.0])), 3)
        1000.693
    """
    from nncore.ops.autodiff_hooks import stop_gradient

    x = as_operand(x)
    x = convert(x, to_float(dtype_of(x)))
    axes = normalize_axes(axis, len(x.shape))
    lowest = -math.inf if 0 in x.shape else None
    top = stop_gradient(max(x, axis=axes, keepdims=True, initial=lowest))
    top = where(unary("isfinite", top), top, 0.0)
    y = unary("log", sum(unary("exp", x - top), axis=axes, keepdims=True)) + top
    return y if keepdims else reshape(y, _reduced(x.shape, axes))


@op
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Position of the largest element along an axis: the first of equals, and NaN before all.

    Args:
        x: Array.
        axis: Axis. Defaults to None: position in the flattened array.
        keepdims: Keep the axis with length one. Defaults to False.

    Returns:
        Array of int32.

    Example:
        >>> from nncore import ops
        >>> int(ops.argmax([3, 7, 7]))
        1
    """
    return _arg("argmax", as_operand(x), axis, keepdims)


@op
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Position of the smallest element along an axis: the first of equals, and NaN before all.

    Args:
        x: Array.
        axis: Axis. Defaults to None: position in the flattened array.
        keepdims: Keep the axis with length one. Defaults to False.

    Returns:
        Array of int32.

    Example:
        >>> from nncore import ops
        >>> int(ops.argmin([3, 1, 1]))
        1
    """
    return _arg("argmin", as_operand(x), axis, keepdims)


def _arg(name: str, x: Any, axis: int | None, keepdims: bool) -> Any:
    if not is_float(dtype_of(x)):
        x = _widen(x)
    if axis is None:
        y = apply(OPS[name], [reshape(x, (-1,))], {"axis": 0})
        return reshape(y, (1,) * len(x.shape)) if keepdims else y
    axis = normalize_axis(axis, len(x.shape))
    y = apply(OPS[name], [x], {"axis": axis})
    return reshape(y, kept(x.shape, (axis,))) if keepdims else y

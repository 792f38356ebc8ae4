"""``jvp``: derivatives in a direction, by differentiating the gradient, which is linear in what it starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nncore import tree
from nncore.graph.autodiff import gradients
from nncore.graph.step import run_eagerly
from nncore.ir import SymbolicTensor, current
from nncore.ops.apply import apply
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_array, as_operand, dtype_of, is_float
from nncore.ops.elementwise import binary, convert
from nncore.ops.reduction import sum as ops_sum

__all__ = ["jvp"]


def jvp(
    fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, ...]:
    """Find the value of a function and its derivative in a direction (Jacobian-vector product).

    Args:
        fun: Function of arrays, nested or not; its gradient must be differentiable.
        primals: Its arguments, a tuple or list.
        tangents: The direction: arrays in the structure and shapes of ``primals``.
        has_aux: Whether ``fun`` returns a pair, of which only the first part is differentiated. Defaults to False.

    Returns:
        The value and its derivative, and what else ``fun`` returned if ``has_aux``.

    Raises:
        TypeError: If an argument holds no floats.
        ValueError: If structures or shapes differ.

    Example:
        >>> from nncore import ops
        >>> value, slope = ops.jvp(lambda x, y: x * x * y, (3.0, 2.0), (1.0, 10.0))
        >>> float(value), float(slope)
        (18.0, 102.0)
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError(
            "ops.jvp: `primals` and `tangents` should be tuples or lists of arguments. "
            f"Received: {type(primals).__name__} and {type(tangents).__name__}."
        )
    tree.assert_same_structure(tuple(primals), tuple(tangents))
    xs = [_float("primals", x) for x in tree.flatten(tuple(primals))]
    ts = [_float("tangents", t) for t in tree.flatten(tuple(tangents))]
    for x, t in zip(xs, ts, strict=True):
        if tuple(x.shape) != tuple(t.shape):
            raise ValueError(
                "ops.jvp: each tangent should have the shape of its primal. "
                f"Received: shapes {tuple(x.shape)} and {tuple(t.shape)}."
            )

    def compute(xs: list[Any], ts: list[Any]) -> Any:
        return _derivative(fun, tuple(primals), xs, ts, has_aux)

    result: tuple[Any, ...] = compute(xs, ts) if current() is not None else run_eagerly(compute, (xs, ts))
    return result


def _float(name: str, x: Any) -> Any:
    x = as_operand(x) if not isinstance(x, (int, float)) else as_array(x)
    if not is_float(dtype_of(x)):
        raise TypeError(
            f"ops.jvp: `{name}` should hold floats. Received: an array of dtype={dtype_of(x)}, shape={tuple(x.shape)}."
        )
    return x


def _derivative(fun: Callable[..., Any], structure: Any, xs: list[Any], ts: list[Any], has_aux: bool) -> Any:
    trace = current()
    assert trace is not None

    def named(x: Any) -> Any:
        return apply(OPS["identity"], [x if isinstance(x, SymbolicTensor) else trace.constant(x)])

    xs = [named(x) for x in xs]
    result = fun(*tree.pack_sequence_as(structure, xs))
    value, aux = result if has_aux else (result, None)
    ys = [as_operand(y) for y in tree.flatten(value)]
    found: list[Any] = [None] * len(ys)
    moving = [k for k, y in enumerate(ys) if isinstance(y, SymbolicTensor) and is_float(y.dtype)]
    if moving:
        starts = [named(np.zeros(ys[k].shape, ys[k].dtype)) for k in moving]
        slopes = gradients([ys[k] for k in moving], xs, starts)
        terms = [
            ops_sum(binary("mul", g, convert(t, dtype_of(g)))) for g, t in zip(slopes, ts, strict=True) if g is not None
        ]
        if terms:
            # The sum of terms of the first one's dtype: all lead back to the same starts.
            for k, g in zip(moving, gradients(terms, starts), strict=True):
                found[k] = g
    derivatives = [np.zeros(y.shape, dtype_of(y)) if g is None else g for y, g in zip(ys, found, strict=True)]
    pair = tree.pack_sequence_as(value, ys), tree.pack_sequence_as(value, derivatives)
    return (*pair, aux) if has_aux else pair

"""Into and out of arrays: conversion, and questions about shape and dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore.ir import KerasTensor, SymbolicTensor, Tensor
from nncore.ops import dtypes
from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, standardize_dtype
from nncore.ops.elementwise import convert


def convert_to_tensor(x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None) -> Any:
    """Make a tensor of anything like an array.

    Args:
        x: Array, number, nested list, variable or tensor.
        dtype: The dtype. Defaults to None: that of ``x``; Python floats take ``floatx()``, ints int32.
        sparse: Only False or None: there are no sparse tensors.
        ragged: Only False or None: there are no ragged tensors.

    Returns:
        NumPy array; a symbolic tensor where ``x`` is or holds one.

    Raises:
        TypeError: If ``x`` holds something else than numbers.
        ValueError: For sparse or ragged tensors.

    Example:
        >>> from nncore import ops
        >>> ops.convert_to_tensor([1, 2], dtype="float32")
        array([1., 2.], dtype=float32)
    """
    if sparse or ragged:
        raise ValueError(
            f"convert_to_tensor: only dense tensors exist in nncore. Received: sparse={sparse}, ragged={ragged}."
        )
    if x.__class__ is KerasTensor:
        return x if dtype is None or standardize_dtype(dtype) == x.dtype else _cast(x, dtype)
    if dtype is None:
        return as_operand(x)
    dtype = standardize_dtype(dtype)
    if dtypes.is_weak(x):
        return np.asarray(x).astype(dtype)
    return convert(as_operand(x), dtype)


def _cast(x: Any, dtype: Any) -> Any:
    from nncore.ops.elementwise import cast

    return cast(x, dtype)


def array(x: Any, dtype: Any = None) -> Any:
    """Make a tensor of anything like an array; never the argument's own memory.

    Args:
        x: Array, number, nested list, variable or tensor.
        dtype: The dtype. Defaults to None: that of ``x``.

    Returns:
        NumPy array; a symbolic tensor where ``x`` is or holds one.

    Example:
        >>> from nncore import ops
        >>> ops.array([1, 2])
        array([1, 2], dtype=int32)
    """
    return copy(convert_to_tensor(x, dtype))


def convert_to_numpy(x: Any) -> Any:
    """Make a NumPy array that may be changed.

    Args:
        x: Array, variable, or a tensor that carries values.

    Returns:
        NumPy array.

    Raises:
        TraceError: If ``x`` is a symbolic tensor without values.

    Example:
        >>> from nncore import ops
        >>> ops.convert_to_numpy([1.0])
        array([1.], dtype=float32)
    """
    x = x if isinstance(x, KerasTensor) else as_operand(x)
    if isinstance(x, Tensor):
        return x.__array__()
    return x if x.flags.writeable else x.copy()


def is_tensor(x: Any) -> bool:
    """Tell whether ``x`` is an array or a symbolic tensor.

    Args:
        x: Anything.

    Returns:
        True for NumPy arrays and tensors; False for numbers, lists and other objects.

    Example:
        >>> from nncore import ops
        >>> ops.is_tensor(ops.zeros(2)), ops.is_tensor([0, 0])
        (True, False)
    """
    return isinstance(x, (np.ndarray, Tensor))


def _with_shape(x: Any) -> Any:
    return x if x.__class__ is KerasTensor or x.__class__ is SymbolicTensor else as_operand(x)


def shape(x: Any) -> tuple[Any, ...]:
    """The shape of an array.

    Args:
        x: Array or tensor.

    Returns:
        Tuple of ints; None for unknown dimensions of a placeholder.

    Example:
        >>> from nncore import ops
        >>> ops.shape([[1, 2, 3]])
        (1, 3)
    """
    return tuple(_with_shape(x).shape)


def ndim(x: Any) -> int:
    """The number of dimensions of an array.

    Args:
        x: Array or tensor.

    Returns:
        An int.

    Example:
        >>> from nncore import ops
        >>> ops.ndim([[1, 2, 3]])
        2
    """
    return len(_with_shape(x).shape)


def size(x: Any) -> int | None:
    """The number of elements of an array.

    Args:
        x: Array or tensor.

    Returns:
        An int; None for a placeholder with an unknown dimension.

    Example:
        >>> from nncore import ops
        >>> ops.size([[1, 2, 3]])
        3
    """
    dims = _with_shape(x).shape
    return None if None in dims else math.prod(dims)


def dtype(x: Any) -> str:
    """The name of an array's dtype.

    Args:
        x: Array or tensor.

    Returns:
        For example ``"float32"``.

    Example:
        >>> from nncore import ops
        >>> ops.dtype([1, 2])
        'int32'
    """
    x = _with_shape(x)
    return x.dtype if x.__class__ is KerasTensor else dtype_of(x)


@op
def copy(x: Any) -> Any:
    """Make an array with the same elements and its own memory.

    Args:
        x: Array.

    Returns:
        Array of the same shape and dtype.

    Example:
        >>> from nncore import ops
        >>> ops.copy([1, 2])
        array([1, 2], dtype=int32)
    """
    x = as_operand(x)
    # Tensors can't be changed, so a tensor is its own copy.
    return x.copy() if isinstance(x, np.ndarray) else x

"""Matrix products: ``matmul`` and the fused ``dense``, and what is composed of them (dot, tensordot, einsum)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ir import common_size
from nncore.lazy import forward_names, lazy_names
from nncore.ops import dtypes
from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair, broadcast
from nncore.ops.dtypes import as_operand, is_float
from nncore.ops.elementwise import SELU_ALPHA, SELU_SCALE, binary, convert, unary, unbroadcast, where
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import broadcast_to, normalize_axes, reshape, transpose

# Activations whose derivative is a function of their result: the product's kernel applies them as it stores.
EPILOGUES = {
    "linear": 0,
    "relu": 1,
    "sigmoid": 2,
    "tanh": 3,
    "elu": 4,
    "selu": 5,
    "leaky_relu": 6,
    "softplus": 7,
    "exp": 8,
}


def _matmul_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (a, dtype), (b, _) = specs[0], specs[1]
    if len(a) < 2 or len(b) < 2 or common_size(a[-1], b[-2]) is None:
        raise ValueError(
            f"matmul: the last axis of the first array must match the last but one of the second. "
            f"Received: shapes {a} and {b}."
        )
    batch = batch_shape(a[:-2], b[:-2])
    return [((*batch, a[-2], b[-1]), dtype)]


def batch_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The batch shape of a product of stacks of matrices."""
    return a if a == b else broadcast("matmul", [a, b])


def swap(x: Any) -> Any:
    """Transpose the last two axes."""
    axes = list(range(len(x.shape)))
    axes[-1], axes[-2] = axes[-2], axes[-1]
    return transpose(x, tuple(axes))


def _matmul_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    a, b = node.inputs
    return [
        unbroadcast(_product(g, swap(b)), a.shape) if needs[0] else None,
        unbroadcast(_product(swap(a), g), b.shape) if needs[1] else None,
    ]


def _product(a: Any, b: Any) -> Any:
    if a.shape[:-2] != b.shape[:-2]:
        batch = batch_shape(tuple(a.shape[:-2]), tuple(b.shape[:-2]))
        a, b = broadcast_batch(a, batch), broadcast_batch(b, batch)
    return apply(OPS["matmul"], [a, b])


OpDef(
    "matmul",
    KERNEL,
    _matmul_infer,
    _matmul_grad,
    lambda a, b: np.matmul(a, b),
    encode=lambda specs, attrs: ((0, 0, 0), (0.0,)),
)


# --- the fused dense layer -------------------------------------------------------------------------------------------


def activate(name: str, z: Any, alpha: float) -> Any:
    """Apply an epilogue activation by name, as an op of its own."""
    if name == "linear":
        return z
    if name in ("elu", "leaky_relu"):
        return binary(name, z, alpha)
    return unary(name, z)


def activation_grad(name: str, y: Any, g: Any, alpha: float) -> Any:
    """The gradient before an epilogue activation, from its result ``y``."""
    if name == "linear":
        return g
    if name == "relu":
        return where(y > 0, g, 0)
    if name == "sigmoid":
        return g * y * (1.0 - y)
    if name == "tanh":
        return g * (1.0 - y * y)
    if name == "elu":
        return g * where(y > 0, 1.0, y + alpha)
    if name == "selu":
        return g * where(y > 0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA)
    if name == "leaky_relu":
        return where(y > 0, g, g * alpha)
    if name == "softplus":
        return g * (0.0 - unary("expm1", 0.0 - y))
    return g * y  # exp


def _dense_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return _matmul_infer(specs[:2], attrs)


def _dense_encode(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> tuple[Any, Any]:
    return (EPILOGUES[attrs["activation"]], int(len(specs) == 3), 0), (attrs["alpha"],)


def _dense_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    a, b = node.inputs[:2]
    gz = activation_grad(node.attrs["activation"], node.outputs[0], g, node.attrs["alpha"])
    grads = [
        unbroadcast(_product(gz, swap(b)), a.shape) if needs[0] else None,
        unbroadcast(_product(swap(a), gz), b.shape) if needs[1] else None,
    ]
    if len(node.inputs) == 3:
        axes = tuple(range(len(gz.shape) - 1))
        grads.append(ops_sum(gz, axis=axes) if needs[2] else None)
    return grads


def _dense_composed(a: Any, b: Any, *bias: Any, activation: str = "linear", alpha: float = 0.0) -> Any:
    z = apply(OPS["matmul"], [a, b])
    return activate(activation, z + bias[0] if bias else z, alpha)


def _dense_reference(a: Any, b: Any, *bias: Any, activation: str, alpha: float) -> Any:
    z = np.matmul(a, b) + (bias[0] if bias else 0)
    if activation == "linear":
        return z
    function = OPS[activation].reference
    return function(z, alpha) if activation in ("elu", "leaky_relu") else function(z)


# y = activation(a @ b + bias). Not a function of its own: matmul, + and an activation are rewritten to it, whoever
# wrote them.
OpDef(
    "dense",
    KERNEL,
    _dense_infer,
    _dense_grad,
    _dense_reference,
    kernel="matmul",
    encode=_dense_encode,
    composed=_dense_composed,
)


# --- the gradient of a dense layer's inputs --------------------------------------------------------------------------


def slope_grad(name: str, y: Any, g: Any, alpha: float) -> Any:
    """The gradient of ``activation_grad`` in ``y``, for the gradient ``g`` of the slope."""
    if name in ("linear", "relu", "leaky_relu"):
        return y * 0.0
    if name == "sigmoid":
        return g * (1.0 - 2.0 * y)
    if name == "tanh":
        return g * (-2.0 * y)
    if name in ("elu", "selu"):
        return where(y > 0, 0.0, g)
    if name == "softplus":
        return g * unary("exp", 0.0 - y)
    return g  # exp


def _dense_backward_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    product = _matmul_infer(specs[:2], attrs)
    if product[0] != specs[2]:
        raise ValueError(f"dense_backward: y must be like the product, {product[0]}. Received: {specs[2]}.")
    return product


def _dense_backward_composed(a: Any, b: Any, y: Any, *, activation: str, alpha: float) -> Any:
    return activation_grad(activation, y, _product(a, b), alpha)


def _dense_backward_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    a, b, y = node.inputs
    activation, alpha = node.attrs["activation"], node.attrs["alpha"]
    gz = activation_grad(activation, y, g, alpha)
    return [
        unbroadcast(_product(gz, swap(b)), a.shape) if needs[0] else None,
        unbroadcast(_product(swap(a), gz), b.shape) if needs[1] else None,
        slope_grad(activation, y, g * _product(a, b), alpha) if needs[2] else None,
    ]


def slope_reference(activation: str, y: Any, alpha: float) -> Any:
    """The derivative of an epilogue activation, from its results."""
    slopes: dict[str, Any] = {
        "linear": lambda: 1.0,
        "relu": lambda: y > 0,
        "sigmoid": lambda: y * (1 - y),
        "tanh": lambda: 1 - y * y,
        "elu": lambda: np.where(y > 0, 1, y + alpha),
        "selu": lambda: np.where(y > 0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA),
        "leaky_relu": lambda: np.where(y > 0, 1, alpha),
        "softplus": lambda: 1 - np.exp(-y),
        "exp": lambda: y,
    }
    return slopes[activation]()


def _dense_backward_reference(a: Any, b: Any, y: Any, activation: str, alpha: float) -> Any:
    return np.matmul(a, b) * slope_reference(activation, y, alpha)


# (a @ b) * activation'(z), where y is activation(z): the gradient before the previous layer's activation.
OpDef(
    "dense_backward",
    KERNEL,
    _dense_backward_infer,
    _dense_backward_grad,
    _dense_backward_reference,
    kernel="matmul_grad",
    encode=lambda specs, attrs: ((EPILOGUES[attrs["activation"]],), (attrs["alpha"],)),
    composed=_dense_backward_composed,
)


# --- functions -------------------------------------------------------------------------------------------------------


@op
def matmul(x1: Any, x2: Any) -> Any:
    """Matrix product, over stacks of matrices where there are more than two dimensions.

    Args:
        x1: Array of shape ``(..., M, K)`` or ``(K,)``.
        x2: Array of shape ``(..., K, N)`` or ``(K,)``.

    Returns:
        Array of shape ``(..., M, N)``, without the axes that one-dimensional operands lack.

    Raises:
        ValueError: If the shapes don't fit or an operand is a scalar.

    Example:
        >>> from nncore import ops
        >>> ops.matmul([[1.0, 2.0]], [[3.0], [4.0]])
        array([[11.]], dtype=float32)
    """
    a, b, dtype = dtypes.harmonize(x1, x2)
    if not a.shape or not b.shape:
        raise ValueError(
            f"matmul: arrays of at least one dimension were expected (use multiply for scalars). "
            f"Received: shapes {a.shape} and {b.shape}."
        )
    if common_size(a.shape[-1], b.shape[-2 if len(b.shape) > 1 else 0]) is None:
        raise ValueError(
            f"matmul: the last axis of x1 must match the {'last but one' if len(b.shape) > 1 else 'only'} axis of x2. "
            f"Received: shapes {tuple(a.shape)} and {tuple(b.shape)}."
        )
    if not is_float(dtype):
        # Whole numbers are multiplied in float64, exact up to 2**53.
        return convert(matmul(convert(a, "float64"), convert(b, "float64")), _whole(dtype))
    return _matmul_floats(convert(a, dtype), convert(b, dtype))


def _whole(dtype: str) -> str:
    return dtype if dtype in ("int32", "int64") else "int32"


def _matmul_floats(a: Any, b: Any) -> Any:
    squeeze_first, squeeze_last = len(a.shape) == 1, len(b.shape) == 1
    if squeeze_first:
        a = reshape(a, (1, a.shape[0]))
    if squeeze_last:
        b = reshape(b, (b.shape[0], 1))
    if len(a.shape) > 2 and len(b.shape) == 2:
        # One large product instead of a stack of small ones.
        lead = a.shape[:-1]
        y = reshape(_product(reshape(a, (math.prod(lead), a.shape[-1])), b), (*lead, b.shape[-1]))
    else:
        y = _product(a, b)
    shape = list(y.shape)
    if squeeze_last:
        del shape[-1]
    if squeeze_first:
        del shape[-1 if squeeze_last else -2]
    return reshape(y, tuple(shape))


@op
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """Sum of products over the named axes of two arrays.

    Args:
        x1: First array.
        x2: Second array.
        axes: An int n (the last n axes of ``x1`` with the first n of ``x2``) or a pair of axis lists. Defaults to 2.

    Returns:
        Array with the remaining axes of ``x1``, then those of ``x2``.

    Raises:
        ValueError: If the summed axes differ in length.

    Example:
        >>> from nncore import ops
        >>> ops.tensordot(ops.ones((2, 3, 4)), ops.ones((3, 4, 5)), 2).shape
        (2, 5)
    """
    a, b = as_operand(x1), as_operand(x2)
    if isinstance(axes, (int, np.integer)):
        axes = (range(len(a.shape) - axes, len(a.shape)), range(axes))
    left, right = ([axis] if isinstance(axis, (int, np.integer)) else list(axis) for axis in axes)
    left = [normalize_axes(i, len(a.shape))[0] for i in left]
    right = [normalize_axes(i, len(b.shape))[0] for i in right]
    if [a.shape[i] for i in left] != [b.shape[i] for i in right]:
        raise ValueError(
            "tensordot: the summed axes must have equal lengths. "
            f"Received: axes={axes}, shapes {a.shape} and {b.shape}."
        )
    free_a = [i for i in range(len(a.shape)) if i not in left]
    free_b = [i for i in range(len(b.shape)) if i not in right]
    rows, columns = [a.shape[i] for i in free_a], [b.shape[i] for i in free_b]
    inner = math.prod(a.shape[i] for i in left)
    a2 = reshape(transpose(a, (*free_a, *left)), (math.prod(rows), inner))
    b2 = reshape(transpose(b, (*right, *free_b)), (inner, math.prod(columns)))
    return reshape(matmul(a2, b2), (*rows, *columns))


@op
def dot(x1: Any, x2: Any) -> Any:
    """Dot product as NumPy has it: the last axis of ``x1`` with the last but one of ``x2``.

    Args:
        x1: First array; a scalar multiplies.
        x2: Second array; a scalar multiplies.

    Returns:
        Array.

    Example:
        >>> from nncore import ops
        >>> int(ops.dot([1, 2], [3, 4]))
        11
    """
    a, b = as_operand(x1), as_operand(x2)
    if not a.shape or not b.shape:
        return binary("mul", a, b)
    return tensordot(a, b, axes=((len(a.shape) - 1,), (max(len(b.shape) - 2, 0),)))


@op
def einsum(subscripts: str, *operands: Any) -> Any:
    """Sum of products by Einstein's convention.

    Args:
        subscripts: For example ``"bij,bjk->bik"``; ``...`` stands for any axes.
        operands: The arrays.

    Returns:
        Array.

    Raises:
        ValueError: If the subscripts don't fit the operands.

    Example:
        >>> from nncore import ops
        >>> ops.einsum("ij,jk->ik", ops.ones((2, 3)), ops.ones((3, 4))).shape
        (2, 4)
    """
    from nncore.ops.contraction import contract

    return contract(subscripts, [as_operand(x) for x in operands])


@op
def outer(x1: Any, x2: Any) -> Any:
    """All products of the elements of two arrays, flattened first.

    Args:
        x1: Array of M elements.
        x2: Array of N elements.

    Returns:
        Array of shape ``(M, N)``.

    Example:
        >>> from nncore import ops
        >>> ops.outer([1, 2], [3, 4])
        array([[3, 4],
               [6, 8]], dtype=int32)
    """
    a, b = reshape(as_operand(x1), (-1, 1)), reshape(as_operand(x2), (1, -1))
    return binary("mul", a, b)


@op
def vdot(x1: Any, x2: Any) -> Any:
    """Sum of the products of the elements of two arrays of one size.

    Args:
        x1: Array.
        x2: Array of as many elements.

    Returns:
        A scalar.

    Example:
        >>> from nncore import ops
        >>> int(ops.vdot([1, 2], [3, 4]))
        11
    """
    return dot(reshape(as_operand(x1), (-1,)), reshape(as_operand(x2), (-1,)))


def broadcast_batch(x: Any, batch: tuple[int, ...]) -> Any:
    """Broadcast the leading axes of a stack of matrices."""
    return broadcast_to(x, (*batch, *x.shape[-2:]))


# --- Keras's namespace -----------------------------------------------------------------------------------------------

# ``ops.linalg.solve`` and the like: found where they are defined, when they are first used.
__getattr__ = lazy_names(
    __name__,
    {
        **dict.fromkeys(
            ("cholesky", "cholesky_inverse", "eigh", "lu_factor", "qr", "solve_triangular", "svd"), "nncore.ops.factors"
        ),
        **dict.fromkeys(("det", "inv", "lstsq", "matrix_rank", "pinv", "solve"), "nncore.ops.systems"),
        "jvp": "nncore.graph.forward",
        "norm": "nncore.ops.statistics",
    },
)


# Keras's namespace has more than is written here.
__getattr__ = forward_names(__name__, "nncore.ops")

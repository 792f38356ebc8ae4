"""Activations and normalisations. All are composed of primitives; the interpreter fuses them into one pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.lazy import forward_names
from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, is_float, to_float
from nncore.ops.elementwise import binary, clip, convert, sigmoid, unary, where
from nncore.ops.numeric import as_floats, one
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import normalize_axis

_ZERO = "array([0.], dtype=float32)"

silu = one("silu", "silu", "``x * sigmoid(x)``; also known as swish.", "[0.0]", _ZERO)
swish = one("swish", "silu", "``x * sigmoid(x)``; also known as silu.", "[0.0]", _ZERO)
mish = one("mish", "mish", "``x * tanh(softplus(x))``.", "[0.0]", _ZERO)
selu = one("selu", "selu", "Scaled elu that keeps mean 0 and variance 1.", "[0.0]", _ZERO)
softplus = one("softplus", "softplus", "``log(1 + exp(x))`` without overflow.", "[-1000.0]", _ZERO)
log_sigmoid = one(
    "log_sigmoid", "log_sigmoid", "``log(sigmoid(x))`` without overflow.", "[1000.0]",
    "array([-0.], dtype=float32)",
)  # fmt: skip


@op
def relu(x: Any) -> Any:
    """``max(x, 0)``. Its derivative at 0 is 0.

    Args:
        x: Array.

    Returns:
        Array of the same shape and dtype.

    Example:
        >>> from nncore import ops
        >>> ops.relu([-1.0, 2.0])
        array([0., 2.], dtype=float32)
    """
    x = as_operand(x)
    return unary("relu", x) if is_float(dtype_of(x)) else binary("max", x, 0)


@op
def relu6(x: Any) -> Any:
    """``min(max(x, 0), 6)``.

    Args:
        x: Array; whole numbers become floats.

    Returns:
        Array of the same shape and dtype.

    Example:
        >>> from nncore import ops
        >>> ops.relu6([-1.0, 8.0])
        array([0., 6.], dtype=float32)
    """
    x = as_operand(x)
    return binary("min", relu(convert(x, to_float(dtype_of(x)))), 6.0)


@op
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """``x`` above 0 and ``negative_slope * x`` below.

    Args:
        x: Array.
        negative_slope: Slope below 0. Defaults to 0.2.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.leaky_relu([-1.0, 1.0], negative_slope=0.5)
        array([-0.5,  1. ], dtype=float32)
    """
    x = as_floats(x)
    if isinstance(negative_slope, (int, float)) and negative_slope <= 0:
        # The primitive's derivative reads the sign of its result, which then says nothing of x.
        return where(x > 0, x, x * float(negative_slope))
    return binary("leaky_relu", x, negative_slope)


@op
def elu(x: Any, alpha: float = 1.0) -> Any:
    """``x`` above 0 and ``alpha * (exp(x) - 1)`` below.

    Args:
        x: Array.
        alpha: Minus the limit far below 0. Defaults to 1.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.elu([0.0, 1.0])
        array([0., 1.], dtype=float32)
    """
    x = as_floats(x)
    if isinstance(alpha, (int, float)) and alpha <= 0:
        return where(x > 0, x, unary("expm1", binary("min", x, 0.0)) * float(alpha))
    return binary("elu", x, alpha)


@op
def celu(x: Any, alpha: float = 1.0) -> Any:
    """``max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)``: an elu with a continuous derivative.

    Args:
        x: Array.
        alpha: Minus the limit far below 0; not 0. Defaults to 1.

    Returns:
        Array of floats.

    Raises:
        ValueError: If ``alpha`` is 0.

    Example:
        >>> from nncore import ops
        >>> ops.celu([0.0, 1.0])
        array([0., 1.], dtype=float32)
    """
    if alpha == 0:
        raise ValueError("celu: alpha must not be 0. Received: alpha=0.")
    x = as_floats(x)
    below = unary("expm1", where(x > 0, 0.0, x) / float(alpha)) * float(alpha)
    return where(x > 0, x, below)


@op
def gelu(x: Any, approximate: bool = True) -> Any:
    """``x`` times the normal distribution function of ``x``.

    Args:
        x: Array.
        approximate: Use the approximation by tanh. Defaults to True.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.gelu([0.0])
        array([0.], dtype=float32)
    """
    return unary("gelu_tanh" if approximate else "gelu", x)


@op
def softsign(x: Any) -> Any:
    """``x / (1 + |x|)``.

    Args:
        x: Array.

    Returns:
        Array of floats in (-1, 1).

    Example:
        >>> from nncore import ops
        >>> ops.softsign([1.0])
        array([0.5], dtype=float32)
    """
    x = as_floats(x)
    return x / (unary("abs", x) + 1.0)


@op
def hard_sigmoid(x: Any) -> Any:
    """``clip(x / 6 + 0.5, 0, 1)``: a sigmoid of straight lines.

    Args:
        x: Array.

    Returns:
        Array of floats in [0, 1].

    Example:
        >>> from nncore import ops
        >>> ops.hard_sigmoid([-3.0, 0.0, 3.0])
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return clip(as_floats(x) * (1.0 / 6.0) + 0.5, 0.0, 1.0)


@op
def hard_silu(x: Any) -> Any:
    """``x * hard_sigmoid(x)``; also known as hard_swish.

    Args:
        x: Array.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.hard_silu([-3.0, 0.0, 3.0])
        array([-0.,  0.,  3.], dtype=float32)
    """
    x = as_floats(x)
    return x * hard_sigmoid(x)


@op
def hard_swish(x: Any) -> Any:
    """``x * hard_sigmoid(x)``; also known as hard_silu.

    Args:
        x: Array.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.hard_swish([3.0])
        array([3.], dtype=float32)
    """
    return hard_silu(x)


@op
def hard_tanh(x: Any) -> Any:
    """``clip(x, -1, 1)``.

    Args:
        x: Array.

    Returns:
        Array of floats in [-1, 1].

    Example:
        >>> from nncore import ops
        >>> ops.hard_tanh([-3.0, 0.5])
        array([-1. ,  0.5], dtype=float32)
    """
    return clip(as_floats(x), -1.0, 1.0)


@op
def glu(x: Any, axis: int = -1) -> Any:
    """Gated linear unit: the first half of an axis times the sigmoid of the second.

    Args:
        x: Array, the axis of even length.
        axis: The axis. Defaults to -1.

    Returns:
        Array with half the axis.

    Raises:
        ValueError: If the axis has an odd length.

    Example:
        >>> from nncore import ops
        >>> ops.glu([2.0, 0.0])
        array([1.], dtype=float32)
    """
    from nncore.ops.arrange import split

    x = as_floats(x)
    if not x.shape or x.shape[normalize_axis(axis, len(x.shape))] % 2:
        raise ValueError(f"glu: an axis of even length was expected. Received: axis={axis}, shape={x.shape}.")
    a, b = split(x, 2, axis=axis)
    return a * sigmoid(b)


@op
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """``x`` where it is above a threshold, elsewhere a fixed value.

    Args:
        x: Array.
        threshold: The threshold.
        default_value: The value at and below it.

    Returns:
        Array of the same shape.

    Example:
        >>> from nncore import ops
        >>> ops.threshold([1.0, 3.0], 2.0, 0.0)
        array([0., 3.], dtype=float32)
    """
    x = as_operand(x)
    return where(binary("gt", x, threshold), x, default_value)


@op
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Move towards 0 by a threshold; 0 in between.

    Args:
        x: Array.
        threshold: By how much. Defaults to 0.5.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.soft_shrink([-1.0, 0.2, 1.0])
        array([-0.5,  0. ,  0.5], dtype=float32)
    """
    x = as_floats(x)
    t = float(threshold)
    return where(x > t, x - t, where(x < -t, x + t, 0.0))


@op
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """0 within a threshold of 0, elsewhere ``x``.

    Args:
        x: Array.
        threshold: The threshold. Defaults to 0.5.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.hard_shrink([-1.0, 0.2])
        array([-1.,  0.], dtype=float32)
    """
    x = as_floats(x)
    return where(unary("abs", x) > float(threshold), x, 0.0)


@op
def tanh_shrink(x: Any) -> Any:
    """``x - tanh(x)``.

    Args:
        x: Array.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.tanh_shrink([0.0])
        array([0.], dtype=float32)
    """
    x = as_floats(x)
    return x - unary("tanh", x)


@op
def squareplus(x: Any, b: float = 4) -> Any:
    """``(x + sqrt(x**2 + b)) / 2``: a smooth relu without exponentials.

    Args:
        x: Array.
        b: Smoothness. Defaults to 4.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.squareplus([0.0])
        array([1.], dtype=float32)
    """
    x = as_floats(x)
    return (x + unary("sqrt", x * x + float(b))) * 0.5


@op
def sparse_plus(x: Any) -> Any:
    """0 below -1, ``x`` above 1 and ``(x + 1)**2 / 4`` in between.

    Args:
        x: Array.

    Returns:
        Array of floats.

    Example:
        >>> from nncore import ops
        >>> ops.sparse_plus([-2.0, 0.0, 2.0])
        array([0.  , 0.25, 2.  ], dtype=float32)
    """
    x = as_floats(x)
    return where(x <= -1.0, 0.0, where(x < 1.0, unary("square", x + 1.0) * 0.25, x))


@op
def sparse_sigmoid(x: Any) -> Any:
    """``clip((x + 1) / 2, 0, 1)``: the derivative of ``sparse_plus``.

    Args:
        x: Array.

    Returns:
        Array of floats in [0, 1].

    Example:
        >>> from nncore import ops
        >>> ops.sparse_sigmoid([-2.0, 0.0, 2.0])
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return clip(as_floats(x) * 0.5 + 0.5, 0.0, 1.0)


@op
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The nearest probability distribution: like softmax, but with exact zeros (Martins and Astudillo, 2016).

    Args:
        x: Array.
        axis: The axis. Defaults to -1.

    Returns:
        Array of floats that sum to one along the axis.

    Example:
        >>> from nncore import ops
        >>> ops.sparsemax([3.0, 1.0])
        array([1., 0.], dtype=float32)
    """
    from nncore.ops.cumulative import cumsum
    from nncore.ops.shape import flip
    from nncore.ops.sorting import sort

    x = as_floats(x)
    axis = normalize_axis(axis, len(x.shape))
    z = flip(sort(x, axis=axis), axis)
    ranks = np.arange(1, x.shape[axis] + 1, dtype=x.dtype)
    ranks = ranks.reshape([-1 if i == axis else 1 for i in range(len(x.shape))])
    kept = convert(z * ranks + 1.0 > cumsum(z, axis=axis), dtype_of(x))
    size = ops_sum(kept, axis=axis, keepdims=True)
    tau = (ops_sum(z * kept, axis=axis, keepdims=True) - 1.0) / size
    return unary("relu", x - tau)


# Keras's namespace has more than is written here.
__getattr__ = forward_names(__name__, "nncore.ops")

"""Functions that draw random numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore import config, ops
from nncore.random.seed import draw_seed

__all__ = [
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

_FLOATS = ("float32", "float64")


def _dims(shape: Any) -> tuple[int, ...]:
    """A shape; a number is the length of a vector."""
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(shape)


def _float_dtype(owner: str, dtype: Any) -> str:
    name: str = config.floatx() if dtype is None else ops.standardize_dtype(dtype)
    if name not in _FLOATS:
        raise ValueError(f"random.{owner}: `dtype` should be one of {_FLOATS}. Received: dtype={dtype!r}.")
    return name


def normal(shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from a normal distribution.

    Args:
        shape: Shape of the result.
        mean: Mean. Defaults to 0.
        stddev: Standard deviation. Defaults to 1.
        dtype: ``"float32"`` or ``"float64"``. Defaults to ``config.floatx()``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor of ``shape``.

    Raises:
        ValueError: For another dtype or seed.

    Example:
        >>> import nncore
        >>> a, b = nncore.random.normal((2,), seed=1), nncore.random.normal((2,), seed=1)
        >>> bool((a == b).all())
        True
    """
    drawn = ops.random_normal(draw_seed(seed), _dims(shape), _float_dtype("normal", dtype))
    return drawn * stddev + mean


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draw from a normal distribution cut at two standard deviations.

    Args:
        shape: Shape of the result.
        mean: Mean. Defaults to 0.
        stddev: Standard deviation before the cut. Defaults to 1.
        dtype: ``"float32"`` or ``"float64"``. Defaults to ``config.floatx()``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor of ``shape``.

    Raises:
        ValueError: For another dtype or seed.

    Example:
        >>> import nncore
        >>> bool(abs(nncore.random.truncated_normal((100,))).max() <= 2)
        True
    """
    drawn = ops.random_truncated_normal(draw_seed(seed), _dims(shape), _float_dtype("truncated_normal", dtype))
    return drawn * stddev + mean


def uniform(shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from a uniform distribution over ``[minval, maxval)``.

    Args:
        shape: Shape of the result.
        minval: Lower bound, included. Defaults to 0.
        maxval: Upper bound, not included. Defaults to 1.
        dtype: ``"float32"`` or ``"float64"``; integers are drawn by ``randint``. Defaults to ``config.floatx()``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor of ``shape``.

    Raises:
        ValueError: For another dtype or seed.

    Example:
        >>> import nncore
        >>> x = nncore.random.uniform((100,), 2.0, 3.0)
        >>> bool(x.min() >= 2 and x.max() < 3)
        True
    """
    drawn = ops.random_uniform(draw_seed(seed), _dims(shape), _float_dtype("uniform", dtype))
    if minval == 0 and maxval == 1:
        return drawn
    return drawn * (maxval - minval) + minval


def randint(shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draw integers uniformly from ``[minval, maxval)``.

    Args:
        shape: Shape of the result.
        minval: Lower bound, included.
        maxval: Upper bound, not included. At most 2**31 values.
        dtype: Integer dtype. Defaults to ``"int32"``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor of ``shape``.

    Raises:
        ValueError: For a float dtype, or bounds without a number between them.

    Example:
        >>> import nncore
        >>> x = nncore.random.randint((100,), 2, 4)
        >>> int(x.min()), int(x.max())
        (2, 3)
    """
    name = ops.standardize_dtype(dtype)
    if name.startswith("float"):
        raise ValueError(f"random.randint: `dtype` should be an integer dtype. Received: dtype={dtype!r}.")
    if not 0 < maxval - minval <= 2**31:
        raise ValueError(
            f"random.randint: `maxval` should be greater than `minval`, by 2**31 at most. "
            f"Received: minval={minval}, maxval={maxval}."
        )
    # 53 random bits scaled to the range: the bias is below 2**-22 for the widest range.
    drawn = ops.random_uniform(draw_seed(seed), _dims(shape), "float64")
    return ops.cast(ops.floor(drawn * (maxval - minval)) + minval, name)


def _spread(owner: str, shape: Sequence[int], dtype: str, **parameters: Any) -> list[Any]:
    """Parameters of a distribution as tensors of the result's shape."""
    shape = tuple(int(d) for d in shape)
    found = []
    for name, value in parameters.items():
        value = ops.cast(value, dtype)
        try:
            found.append(ops.broadcast_to(value, shape))
        except ValueError as error:
            raise ValueError(
                f"random.{owner}: `{name}` should broadcast to `shape`. "
                f"Received: {name}.shape={tuple(value.shape)}, shape={shape}."
            ) from error
    return found


def gamma(shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from a gamma distribution of scale 1. There is no gradient to ``alpha``.

    Args:
        shape: Shape of the result.
        alpha: Shape parameter above 0 (others give NaN): a number, or an array that broadcasts to ``shape``.
        dtype: ``"float32"`` or ``"float64"``. Defaults to ``config.floatx()``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor of ``shape``.

    Raises:
        ValueError: For another dtype or seed, or an ``alpha`` that doesn't fit.

    Example:
        >>> import nncore
        >>> x = nncore.random.gamma((10_000,), 2.0, seed=1)
        >>> abs(float(x.mean()) - 2.0) < 0.1
        True
    """
    dtype = _float_dtype("gamma", dtype)
    (parameter,) = _spread("gamma", shape, dtype, alpha=alpha)
    return ops.random_gamma(draw_seed(seed), parameter)


def beta(shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from a beta distribution. There is no gradient to its parameters.

    Args:
        shape: Shape of the result.
        alpha: First parameter, above 0: a number, or an array that broadcasts to ``shape``.
        beta: Second parameter, likewise.
        dtype: ``"float32"`` or ``"float64"``. Defaults to ``config.floatx()``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor of ``shape``, values in [0, 1].

    Raises:
        ValueError: For another dtype or seed, or parameters that don't fit.

    Example:
        >>> import nncore
        >>> x = nncore.random.beta((10_000,), 1.0, 3.0, seed=1)
        >>> abs(float(x.mean()) - 0.25) < 0.02
        True
    """
    dtype = _float_dtype("beta", dtype)
    first, second = _spread("beta", shape, dtype, alpha=alpha, beta=beta)
    state = draw_seed(seed)
    # x / (x + y) of two gamma variables, by their logarithms: those of small parameters are tiny numbers.
    logs = [ops.random_gamma(state, parameter, log=True, stream=i) for i, parameter in enumerate((first, second))]
    return ops.sigmoid(logs[0] - logs[1])


def binomial(shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draw how many of a number of trials succeed.

    Args:
        shape: Shape of the result.
        counts: Number of trials: a number, or an array that broadcasts to ``shape``.
        probabilities: Probability of success, likewise. Parameters without a distribution give NaN.
        dtype: ``"float32"`` or ``"float64"``. Defaults to ``config.floatx()``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor of ``shape``, whole numbers as floats.

    Raises:
        ValueError: For another dtype or seed, or parameters that don't fit.

    Example:
        >>> import nncore
        >>> x = nncore.random.binomial((10_000,), 10, 0.3, seed=1)
        >>> abs(float(x.mean()) - 3.0) < 0.1
        True
    """
    dtype = _float_dtype("binomial", dtype)
    trials, p = _spread("binomial", shape, dtype, counts=counts, probabilities=probabilities)
    return ops.random_binomial(draw_seed(seed), trials, p)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draw class indices with the probabilities ``softmax(logits)``.

    Args:
        logits: Tensor ``(batch, classes)``, unnormalised log-probabilities.
        num_samples: Draws for each row.
        dtype: Integer dtype. Defaults to ``"int32"``.
        seed: None (the global generator), an integer (the same numbers each time) or a ``SeedGenerator``.

    Returns:
        Tensor ``(batch, num_samples)``.

    Raises:
        ValueError: If ``logits`` has not two dimensions.

    Example:
        >>> import numpy as np
        >>> import nncore
        >>> nncore.random.categorical(np.array([[0.0, 99.0]]), 3).tolist()
        [[1, 1, 1]]
    """
    logits = ops.convert_to_tensor(logits)
    if len(logits.shape) != 2:
        raise ValueError(
            f"random.categorical: `logits` should have shape (batch, classes). Received: logits.shape={logits.shape}."
        )
    rows, classes = logits.shape
    drawn = ops.random_uniform(draw_seed(seed), (rows, num_samples, classes), "float64")
    # The largest of logits plus Gumbel noise is distributed as softmax(logits).
    gumbel = -ops.log(-ops.log(ops.maximum(drawn, math.ldexp(1.0, -60))))
    noisy = ops.expand_dims(ops.cast(logits, "float64"), 1) + gumbel
    return ops.cast(ops.argmax(noisy, axis=-1), ops.standardize_dtype(dtype))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """Put the slices along one axis into a random order.

    Args:
        x: Tensor.
        axis: The axis. Defaults to 0.
        seed: None (the global generator), an integer (the same order each time) or a ``SeedGenerator``.

    Returns:
        Tensor like ``x``.

    Example:
        >>> import numpy as np
        >>> import nncore
        >>> sorted(nncore.random.shuffle(np.arange(4)).tolist())
        [0, 1, 2, 3]
    """
    x = ops.convert_to_tensor(x)
    return ops.take(x, permutation(x.shape[axis], seed), axis=axis)


def permutation(n: int, seed: Any = None) -> Any:
    """Draw an order of the numbers 0 to n - 1, each as probable as any other.

    Args:
        n: How many numbers.
        seed: None (the global generator), an integer (the same order each time) or a ``SeedGenerator``.

    Returns:
        int64 tensor of shape ``(n,)``.

    Example:
        >>> import nncore
        >>> sorted(nncore.random.permutation(4).tolist())
        [0, 1, 2, 3]
    """
    return ops.random_permutation(draw_seed(seed), n)


def dropout(inputs: Any, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Any = None) -> Any:
    """Set a random part of the values to 0 and scale the others by ``1 / (1 - rate)``.

    Args:
        inputs: Float tensor.
        rate: The part to drop, from 0 to 1.
        noise_shape: Shape of the mask, broadcast to the inputs'; None in it takes the inputs' dimension. Defaults to
            the inputs' shape.
        seed: None (the global generator), an integer (the same mask each time) or a ``SeedGenerator``.

    Returns:
        Tensor like ``inputs``.

    Example:
        >>> import numpy as np
        >>> import nncore
        >>> sorted(set(nncore.random.dropout(np.ones(100, "float32"), 0.5).tolist()))
        [0.0, 2.0]
    """
    inputs = ops.convert_to_tensor(inputs)
    if rate >= 1:
        return inputs * 0.0
    shape = tuple(inputs.shape)
    if noise_shape is not None:
        shape = tuple(have if want is None else want for want, have in zip(noise_shape, inputs.shape, strict=True))
    drawn = ops.random_uniform(draw_seed(seed), shape, inputs.dtype)
    kept = ops.cast(drawn >= rate, inputs.dtype) * (1.0 / (1.0 - rate))
    return inputs * kept

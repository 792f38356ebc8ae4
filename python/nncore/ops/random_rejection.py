"""Random primitives that propose and reject: gamma and binomial variables.

As for all random primitives, element ``i`` depends on the seed, the stream, ``i`` and its own parameters only.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, is_float
from nncore.ops.elementwise import convert
from nncore.ops.random import philox
from nncore.ops.shape import broadcast_to

_PROPOSALS = 500


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    if specs[0] != ((2,), "int64"):
        raise ValueError(f"random: a seed of int64 and shape (2,) was expected. Received: {specs[0]}.")
    return [specs[1]]


# --- the kernel's numbers, one by one, for the tests -----------------------------------------------------------------


def _words(seed: Any, stream: int, element: int, block: int) -> list[int]:
    """Block ``block`` of an element: four random words."""
    key, counter = int(seed[0]) % 2**64, int(seed[1]) % 2**64
    last = (stream ^ element >> 32 << 16 ^ block << 20) & 0xFFFFFFFF
    words = [element & 0xFFFFFFFF, counter & 0xFFFFFFFF, counter >> 32 ^ stream >> 32 & 0xFFFFFFFF, last]
    drawn: list[int] = philox(np.array([words], np.uint64), (key & 0xFFFFFFFF, key >> 32))[0].tolist()
    return drawn


def _uniforms(seed: Any, stream: int, element: int) -> Iterator[float]:
    for block in itertools.count(1):
        drawn = _words(seed, stream, element, block)
        for low, high in ((drawn[2], drawn[3]), (drawn[0], drawn[1])):
            yield ((high << 32 | low) >> 12) * 2.0**-52 + 2.0**-53


def _three_uniforms(seed: Any, stream: int, element: int, block: int) -> tuple[float, float, float]:
    a, b, more, c = _words(seed, stream, element, block)
    first, second, third = a << 11 | more & 2047, b << 11 | more >> 11 & 2047, c << 10 | more >> 22
    return (first + 0.5) * 2.0**-43, (second + 0.5) * 2.0**-43, (third + 0.5) * 2.0**-42


def _log_gamma_variable(alpha: float, uniforms: Callable[[int], tuple[float, float, float]]) -> float:
    boost = math.log(uniforms(2048)[0]) / alpha if alpha < 1 else 0.0
    d = (alpha + 1 if alpha < 1 else alpha) - 1 / 3
    c = 1 / math.sqrt(9 * d)
    for proposal in itertools.count(1):
        first, second, u = uniforms(proposal)
        if alpha == 1:
            return math.log(-math.log(first))
        x = math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)
        root = 1 + c * x
        if root > 0 and math.log(u) < x * x / 2 + d * (1 - root**3 + 3 * math.log(root)):
            return math.log(d) + 3 * math.log(root) + boost
    raise AssertionError("every proposal was rejected")


def _gamma_reference(seed: Any, alpha: Any, stream: int, log: bool) -> Any:
    out = np.empty(alpha.shape, np.float64)
    for i, a in enumerate(alpha.reshape(-1).tolist()):
        y = _log_gamma_variable(a, partial(_three_uniforms, seed, stream, i)) if a > 0 else math.nan
        out.reshape(-1)[i] = y if log else math.exp(y)
    return out


def _binomial_variable(n: float, p: float, random: Iterator[float]) -> float:
    odds = p / (1 - p)
    if n * p < 10:
        u, mass, k = next(random), math.exp(n * math.log1p(-p)), 0
        while u > mass and k < n:
            u, k = u - mass, k + 1
            mass *= odds * (n - k + 1) / k
        return k
    deviation = math.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a, centre = -0.0873 + 0.0248 * b + 0.01 * p, n * p + 0.5
    sure, alpha = 0.92 - 4.2 / b, (2.83 + 5.1 / b) * deviation
    mode = math.floor((n + 1) * p)
    while True:
        u, v = next(random) - 0.5, next(random)
        edge = 0.5 - abs(u)
        k = math.floor((2 * a / edge + b) * u + centre)
        if edge >= 0.07 and v <= sure:
            return k
        if 0 <= k <= n:
            at_mode, here = (math.lgamma(j + 1) + math.lgamma(n - j + 1) for j in (mode, k))
            if math.log(v * alpha / (a / edge**2 + b)) <= at_mode - here + (k - mode) * math.log(odds):
                return k


def _binomial_reference(seed: Any, counts: Any, probabilities: Any, stream: int) -> Any:
    out = np.empty(counts.shape, np.float64)
    pairs = zip(counts.reshape(-1).tolist(), probabilities.reshape(-1).tolist(), strict=True)
    for i, (n, p) in enumerate(pairs):
        k = _binomial_variable(math.floor(n), min(p, 1 - p), _uniforms(seed, stream, i))
        out.reshape(-1)[i] = math.floor(n) - k if p > 0.5 else k
    return out


OpDef(
    "random_gamma",
    KERNEL,
    _infer,
    lambda node, needs, g: [None, None],
    _gamma_reference,
    encode=lambda specs, attrs: ((attrs["stream"], int(attrs["log"])), ()),
)
OpDef(
    "random_binomial",
    KERNEL,
    _infer,
    lambda node, needs, g: [None, None, None],
    _binomial_reference,
    encode=lambda specs, attrs: ((attrs["stream"],), ()),
)


# --- functions -------------------------------------------------------------------------------------------------------


def _operands(name: str, seed: Any, *parameters: Any) -> list[Any]:
    """The seed, and the parameters as floats of one shape."""
    seed, found = as_operand(seed), [as_operand(x) for x in parameters]
    dtypes = {dtype_of(x) for x in found}
    if len(dtypes) != 1 or not is_float(*dtypes):
        raise TypeError(f"{name}: parameters of one float dtype were expected. Received: {sorted(dtypes)}.")
    shape = np.broadcast_shapes(*(x.shape for x in found))
    return [convert(seed, "int64"), *(broadcast_to(x, shape) for x in found)]


def random_gamma(seed: Any, alpha: Any, log: bool = False, stream: int = 0) -> Any:
    """Draw from gamma distributions of scale 1. There is no gradient to the shape parameter.

    Args:
        seed: int64 array ``[key, counter]``.
        alpha: Shape parameters, floats above 0 (others give NaN).
        log: Return logarithms, which are exact where the numbers themselves are too small for a float. Defaults to
            False.
        stream: Draws of one seed and different streams are independent, up to 2**20 of them. Defaults to 0.

    Returns:
        Array of the shape and dtype of ``alpha``.

    Raises:
        TypeError: If ``alpha`` holds no floats.
        ValueError: For another seed.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> x = ops.random_gamma(np.array([1, 0]), np.full(10_000, 3.0))
        >>> abs(float(x.mean()) - 3.0) < 0.1
        True
    """
    return apply(OPS["random_gamma"], _operands("random_gamma", seed, alpha), {"stream": int(stream), "log": log})


def random_binomial(seed: Any, counts: Any, probabilities: Any, stream: int = 0) -> Any:
    """Draw how many of a number of trials succeed.

    Args:
        seed: int64 array ``[key, counter]``.
        counts: Numbers of trials, as floats; fractions are cut off.
        probabilities: Probabilities of success, floats; they broadcast with ``counts``.
        stream: Draws of one seed and different streams are independent, up to 2**20 of them. Defaults to 0.

    Returns:
        Array of floats of the shape to which the two broadcast; NaN where there is no such distribution.

    Raises:
        TypeError: If the parameters are no floats of one dtype.
        ValueError: For another seed.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> x = ops.random_binomial(np.array([1, 0]), np.full(10_000, 20.0), np.array(0.25))
        >>> abs(float(x.mean()) - 5.0) < 0.1
        True
    """
    return apply(
        OPS["random_binomial"], _operands("random_binomial", seed, counts, probabilities), {"stream": int(stream)}
    )

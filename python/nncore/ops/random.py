"""Random primitives: numbers that follow from a seed operand alone, on any number of threads.

A seed is an int64 array ``[key, counter]``. Element ``i`` of a draw depends on key, counter, stream and ``i`` only; who
wants new numbers advances the counter (``nncore.random.SeedGenerator`` does).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, standardize_dtype
from nncore.ops.elementwise import convert, np_erfinv

_CODES = {"uniform": 0, "normal": 1, "truncated_normal": 2, "bits": 3}


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    if specs[0] != ((2,), "int64"):
        raise ValueError(f"random: a seed of int64 and shape (2,) was expected. Received: {specs[0]}.")
    return [(attrs["shape"], attrs["dtype"])]


_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox(counter: Any, key: tuple[int, int]) -> Any:
    """Philox4x32-10 (Salmon et al., 2011) of counters of shape (n, 4): 32-bit words as uint64."""
    c0, c1, c2, c3 = (counter[:, i].astype(np.uint64) for i in range(4))
    k0, k1 = key
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _32) ^ c1 ^ np.uint64(k0),
            p1 & _LOW,
            (p0 >> _32) ^ c3 ^ np.uint64(k1),
            p0 & _LOW,
        )
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1)


def _words(seed: Any, stream: int, groups: int) -> Any:
    """Random words of shape (groups, 4, 16): 16 blocks a group, the blocks' first words first."""
    key, counter, low = int(seed[0]) % 2**64, int(seed[1]) % 2**64, stream & 0xFFFFFFFF
    high = (counter >> 32) ^ (stream >> 32 & 0xFFFFFFFF)
    blocks = np.arange(groups * 16, dtype=np.uint64)
    rest = np.broadcast_to(np.array([counter & 0xFFFFFFFF, high, low], np.uint64), (groups * 16, 3))
    words = philox(np.concatenate([blocks[:, None] & _LOW, rest], axis=1), (key & 0xFFFFFFFF, key >> 32))
    return words.reshape(groups, 16, 4).transpose(0, 2, 1)


def _reference(seed: Any, dist: str, shape: tuple[int, ...], dtype: str, stream: int) -> Any:
    """The kernel's numbers, in float64 where they are not whole."""
    size = math.prod(shape)
    per_group = 32 if dtype == "float64" else 64
    words = _words(seed, stream, -(-size // per_group))
    if dist == "bits":
        return words.reshape(-1)[:size].reshape(shape).astype(np.int64)
    if dtype == "float64":
        bits = (words[:, 1::2] * 2.0**21 + (words[:, ::2] >> np.uint64(11))).astype(float)
        unit = 2.0**-53
        positive = (bits + 1) * unit
    else:
        bits = (words >> np.uint64(8)).astype(float)
        unit = 2.0**-24
        positive = (words >> np.uint64(1)) * 2.0**-31 + 2.0**-32
    if dist == "uniform":
        y = bits * unit
    elif dist == "normal":
        radius, angle = np.sqrt(-2 * np.log(positive[:, ::2])), 2 * np.pi * unit * bits[:, 1::2]
        y = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    else:
        y = math.sqrt(2.0) * np_erfinv(((2 * bits + 1) * unit - 1) * math.erf(math.sqrt(2.0)))
    return y.reshape(-1)[:size].reshape(shape)


def _draw(dist: str, seed: Any, shape: Any, dtype: str, stream: int) -> Any:
    seed = as_operand(seed)
    if dtype_of(seed) != "int64" and dtype_of(seed) in ("int32", "uint8"):
        seed = convert(seed, "int64")
    attrs = {"dist": dist, "shape": tuple(int(d) for d in shape), "dtype": dtype, "stream": int(stream)}
    return apply(OPS["random"], [seed], attrs)


OpDef(
    "random",
    KERNEL,
    _infer,
    lambda node, needs, g: [None],
    _reference,
    encode=lambda specs, attrs: ((_CODES[attrs["dist"]], attrs["stream"]), ()),
)


def _float(name: str, dtype: Any) -> str:
    given, dtype = dtype, standardize_dtype(dtype)
    if dtype not in ("float32", "float64"):
        raise ValueError(f"{name}: dtype must be 'float32' or 'float64'. Received: dtype={given!r}.")
    return str(dtype)


def random_uniform(seed: Any, shape: Any, dtype: Any = None, stream: int = 0) -> Any:
    """Draw from the uniform distribution over [0, 1).

    Args:
        seed: int64 array ``[key, counter]``.
        shape: Shape of the result.
        dtype: ``"float32"`` (multiples of 2**-24) or ``"float64"`` (of 2**-53). Defaults to None: ``floatx()``.
        stream: Draws of one seed and different streams are independent. Defaults to 0.

    Returns:
        Array of that shape.

    Raises:
        ValueError: For another seed or dtype.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> x = ops.random_uniform(np.array([1, 0]), (100,))
        >>> bool((x >= 0).all() and (x < 1).all())
        True
    """
    return _draw("uniform", seed, shape, _float("random_uniform", dtype), stream)


def random_normal(seed: Any, shape: Any, dtype: Any = None, stream: int = 0) -> Any:
    """Draw from the normal distribution of mean 0 and variance 1.

    Args:
        seed: int64 array ``[key, counter]``.
        shape: Shape of the result.
        dtype: ``"float32"`` or ``"float64"``. Defaults to None: ``floatx()``.
        stream: Draws of one seed and different streams are independent. Defaults to 0.

    Returns:
        Array of that shape.

    Raises:
        ValueError: For another seed or dtype.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> abs(float(ops.random_normal(np.array([1, 0]), (1000,)).mean())) < 0.2
        True
    """
    return _draw("normal", seed, shape, _float("random_normal", dtype), stream)


def random_truncated_normal(seed: Any, shape: Any, dtype: Any = None, stream: int = 0) -> Any:
    """Draw from the normal distribution cut at two standard deviations.

    Args:
        seed: int64 array ``[key, counter]``.
        shape: Shape of the result.
        dtype: ``"float32"`` or ``"float64"``. Defaults to None: ``floatx()``.
        stream: Draws of one seed and different streams are independent. Defaults to 0.

    Returns:
        Array of that shape, values in [-2, 2].

    Raises:
        ValueError: For another seed or dtype.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> bool(abs(ops.random_truncated_normal(np.array([1, 0]), (100,))).max() <= 2)
        True
    """
    return _draw("truncated_normal", seed, shape, _float("random_truncated_normal", dtype), stream)


def random_bits(seed: Any, shape: Any, stream: int = 0) -> Any:
    """Draw 32 random bits per element.

    Args:
        seed: int64 array ``[key, counter]``.
        shape: Shape of the result.
        stream: Draws of one seed and different streams are independent. Defaults to 0.

    Returns:
        Array of int64 in [0, 2**32).

    Raises:
        ValueError: For another seed.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> ops.random_bits(np.array([1, 0]), (3,)).dtype
        dtype('int64')
    """
    return _draw("bits", seed, shape, "int64", stream)


def _permutation_reference(words: Any) -> Any:
    out: list[int] = []
    for i, word in enumerate(np.asarray(words).tolist()):
        j = word * (i + 1) >> 32
        out.append(i)
        out[i], out[j] = out[j], i
    return np.array(out, dtype=np.int64)


OpDef(
    "permutation",
    KERNEL,
    lambda specs, attrs: [(specs[0][0], "int64")],
    None,
    _permutation_reference,
    encode=lambda specs, attrs: ((), ()),
)


def random_permutation(seed: Any, n: int, stream: int = 0) -> Any:
    """Draw an order of the numbers 0 to n - 1, each as probable as any other.

    Args:
        seed: int64 array ``[key, counter]``.
        n: How many numbers.
        stream: Draws of one seed and different streams are independent. Defaults to 0.

    Returns:
        Array of int64, shape ``(n,)``.

    Raises:
        ValueError: For another seed.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> sorted(ops.random_permutation(np.array([1, 0]), 4).tolist())
        [0, 1, 2, 3]
    """
    return apply(OPS["permutation"], [random_bits(seed, (int(n),), stream)])

"""The kernels of Fourier transforms, and transforms of any length from them.

The kernels transform rows whose length has small prime factors; real ones of even length count as half as many complex
ones. Other lengths become a convolution with a chirp (Bluestein), that is three transforms of a power of two. The
transform is linear, so its gradient is the transform in the other direction.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import dtype_of
from nncore.ops.getitem import get_item
from nncore.ops.shape import pad

__all__ = ["halves", "transform"]

_FACTORS = (2, 3, 5, 7, 11, 13)


def _infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [specs[0], specs[0]]


def _grad(node: Any, needs: Sequence[bool], *gs: Any) -> list[Any]:
    back = apply(OPS["fft"], [*gs, node.inputs[2]], {"inverse": not node.attrs["inverse"]})
    return [*back, None]


def _reference(re: Any, im: Any, roots: Any, inverse: bool) -> list[Any]:
    z = re + 1j * im
    z = np.fft.ifft(z) * z.shape[-1] if inverse else np.fft.fft(z)
    return [z.real, z.imag]


OpDef("fft", KERNEL, _infer, _grad, _reference, encode=lambda specs, attrs: ((int(attrs["inverse"]),), ()))


# Real numbers (..., n) to the first half and one of their transform, and back; n is even, and half of it has small
# prime factors. Inputs end with the roots of n / 2, and the first n / 2 roots of n.


def _half_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (*lead, n), dtype = specs[0]
    return [((*lead, n // 2 + 1), dtype)] * 2


def _whole_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (*lead, half), dtype = specs[0]
    return [((*lead, 2 * half - 2), dtype)]


def _inner(half: int, factor: float, dtype: str) -> Any:
    """One for the first and the last of a half and one, which have no conjugate; ``factor`` for the others."""
    factors = np.full(half, factor, dtype)
    factors[[0, -1]] = 1
    return factors


def _half_grad(node: Any, needs: Sequence[bool], g_re: Any, g_im: Any) -> list[Any]:
    once = _inner(int(g_re.shape[-1]), 0.5, dtype_of(g_re))
    return [apply(OPS["irfft"], [g_re * once, g_im * once, *node.inputs[1:]]), None, None]


def _whole_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    re, im = apply(OPS["rfft"], [g, *node.inputs[2:]])
    twice = _inner(int(re.shape[-1]), 2.0, dtype_of(g))
    return [re * twice, im * twice, None, None]


def _half_reference(x: Any, *roots: Any) -> list[Any]:
    z = np.fft.rfft(x)
    return [z.real, z.imag]


def _whole_reference(re: Any, im: Any, *roots: Any) -> Any:
    n = 2 * re.shape[-1] - 2
    return np.fft.irfft(re + 1j * im, n) * n


OpDef("rfft", KERNEL, _half_infer, _half_grad, _half_reference, encode=lambda specs, attrs: ((), ()))
OpDef("irfft", KERNEL, _whole_infer, _whole_grad, _whole_reference, encode=lambda specs, attrs: ((), ()))


# --- lengths ---------------------------------------------------------------------------------------------------------


def _is_smooth(n: int) -> bool:
    for factor in _FACTORS:
        while n % factor == 0:
            n //= factor
    return n == 1


@functools.lru_cache(maxsize=64)
def _roots(n: int, dtype: str) -> Any:
    """Cos and sin of 2 pi k / n."""
    angles = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)]).astype(dtype)


def halves(n: int, dtype: str) -> tuple[Any, Any] | None:
    """What the transforms of n real numbers by halves need; None if they don't go by halves."""
    if n < 2 or n % 2 or not _is_smooth(n):
        return None
    return _roots(n // 2, dtype), np.ascontiguousarray(_roots(n, dtype)[:, : n // 2])


@functools.lru_cache(maxsize=64)
def _chirp(n: int, inverse: bool, dtype: str) -> tuple[Any, ...]:
    """The chirp of length n, and the transform of its conjugate, over a power of two, divided by that."""
    size = 1 << (2 * n - 2).bit_length()
    k = np.arange(n, dtype=np.int64)
    chirp = np.exp((1j if inverse else -1j) * np.pi * (k * k % (2 * n)) / n)
    wide = np.zeros(size, complex)
    wide[:n] = chirp.conj()
    wide[size - n + 1 :] = chirp.conj()[:0:-1]
    kernel = np.fft.fft(wide) / size
    return tuple(part.astype(dtype) for part in (chirp.real, chirp.imag, kernel.real, kernel.imag))


def transform(re: Any, im: Any, inverse: bool) -> tuple[Any, Any]:
    """The transform along the last axis, not scaled."""
    n, dtype = int(re.shape[-1]), dtype_of(re)
    if n == 0:
        raise ValueError(f"A Fourier transform needs at least one value. Received: shape={tuple(re.shape)}.")
    if _is_smooth(n):
        re, im = apply(OPS["fft"], [re, im, _roots(n, dtype)], {"inverse": inverse})
        return re, im
    c, s, kernel_re, kernel_im = _chirp(n, inverse, dtype)
    size = kernel_re.shape[0]
    widths = [(0, 0)] * (len(re.shape) - 1) + [(0, size - n)]
    a, b = transform(pad(re * c - im * s, widths), pad(re * s + im * c, widths), False)
    a, b = transform(a * kernel_re - b * kernel_im, a * kernel_im + b * kernel_re, True)
    a, b = get_item(a, (..., slice(0, n))), get_item(b, (..., slice(0, n)))
    return a * c - b * s, a * s + b * c

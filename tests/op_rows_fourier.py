"""Rows of Fourier transforms, against NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from op_case import Case, fixed, ints, normal


def _pair(z: Any) -> Any:
    return z.real.copy(), z.imag.copy()


def _np_stft(x: Any, length: int, stride: int, n: int, window: Any, center: bool) -> Any:
    if center:
        x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(n // 2, n // 2)], mode="reflect")
    before = (n - length) // 2
    wide = np.pad(window, (before, n - length - before))
    frames = [x[..., k : k + n] * wide for k in range(0, x.shape[-1] - n + 1, stride)]
    return _pair(np.fft.rfft(np.stack(frames, axis=-2)))


def _hann(n: int) -> Any:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


# Powers, products of small primes, primes with a kernel, and lengths that need a chirp.
LENGTHS = (1, 2, 8, 12, 13, 30, 17, 38)

FOURIER = [
    *(
        Case(
            f"fft:{n}",
            lambda a, b: ops.fft((a, b)),
            lambda a, b: _pair(np.fft.fft(a + 1j * b)),
            normal(2, n),
            normal(2, n),
            grad=(0, 1),
            tol=8,
        )
        for n in LENGTHS
    ),
    Case(
        "fft2",
        lambda a, b: ops.fft2((a, b)),
        lambda a, b: _pair(np.fft.fft2(a + 1j * b)),
        normal(2, 3, 4),
        normal(2, 3, 4),
        grad=(0, 1),
        tol=8,
    ),
    Case(
        "ifft2",
        lambda a, b: ops.ifft2((a, b)),
        lambda a, b: _pair(np.fft.ifft2(a + 1j * b)),
        normal(5, 4),
        normal(5, 4),
        grad=(0, 1),
        tol=8,
    ),
    *(
        Case(
            f"rfft:{d} to {n}",
            lambda x, n=n: ops.rfft(x, n),
            lambda x, n=n: _pair(np.fft.rfft(x, n)),
            normal(2, d),
            grad=(0,),
            tol=8,
        )
        for d, n in ((6, None), (7, None), (6, 4), (5, 9), (1, None))
    ),
    *(
        Case(
            f"irfft:{d} to {n}",
            lambda a, b, n=n: ops.irfft((a, b), n),
            lambda a, b, n=n: np.fft.irfft(a + 1j * b, n),
            normal(2, d),
            normal(2, d),
            grad=(0, 1),
            tol=8,
        )
        for d, n in ((5, None), (5, 9), (5, 6), (3, 8), (5, 1))
    ),
    Case(
        "extract_sequences",
        lambda x: ops.extract_sequences(x, 3, 2),
        lambda x: x[:, [[0, 1, 2], [2, 3, 4], [4, 5, 6]]],
        normal(2, 8),
        grad=(0,),
    ),
    Case("extract_sequences:int", lambda x: ops.extract_sequences(x, 2, 5), lambda x: x[[[0, 1]]], ints(0, 9, 6)),
    Case(
        "stft",
        lambda x: ops.stft(x, 6, 3, 8),
        lambda x: _np_stft(x, 6, 3, 8, _hann(6), True),
        normal(2, 15),
        grad=(0,),
        tol=8,
    ),
    Case(
        "stft:hamming",
        lambda x: ops.stft(x, 5, 2, 5, window="hamming", center=False),
        lambda x: _np_stft(x, 5, 2, 5, 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(5) / 5), False),
        normal(12),
        grad=(0,),
        tol=8,
    ),
    Case(
        "stft:own window",
        lambda x, w: ops.stft(x, 4, 3, 6, window=w),
        lambda x, w: _np_stft(x, 4, 3, 6, w, True),
        normal(2, 9),
        normal(4),
        grad=(0, 1),
        tol=8,
    ),
    Case(
        "stft:no window",
        lambda x: ops.stft(x, 4, 4, 4, window=None),
        lambda x: _np_stft(x, 4, 4, 4, np.ones(4), True),
        normal(9),
        tol=8,
    ),
    # Keras's own values are in test_linear_algebra.py; here, that it is an inverse, and its gradient.
    Case(
        "istft",
        lambda x: ops.istft(ops.stft(x, 8, 2, 8), 8, 2, 8, length=14),
        lambda x: x[..., :14],
        normal(2, 15),
        grad=(0,),
        tol=20,
    ),
    Case(
        "istft:parts",
        lambda a, b: ops.istft((a, b), 4, 2, 4, window=None, center=False),
        lambda a, b: _np_istft(a, b),
        normal(3, 3),
        normal(3, 3),
        grad=(0, 1),
        tol=8,
    ),
    Case("real", ops.real, lambda x: x, normal(3), grad=(0,)),
    Case("imag", ops.imag, np.zeros_like, normal(3)),
    Case("conj", ops.conj, lambda x: x, normal(3), grad=(0,)),
    Case("conjugate", ops.conjugate, lambda x: x, normal(3), grad=(0,)),
    Case("angle", ops.angle, np.angle, fixed([1.0, -2.0, 0.0, np.inf, -np.inf])),
    Case("view_as_real", ops.view_as_real, lambda x: np.stack([x, x * 0], axis=-1), normal(2, 3), grad=(0,)),
    Case("isreal", ops.isreal, np.isreal, fixed([1.0, np.nan])),
]


def _np_istft(a: Any, b: Any) -> Any:
    frames = np.fft.irfft(a + 1j * b, 4)
    total, count = np.zeros(8), np.zeros(8)
    for k in range(3):
        total[2 * k : 2 * k + 4] += frames[k]
        count[2 * k : 2 * k + 4] += 1
    return total / count * 2

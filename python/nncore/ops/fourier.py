"""Fourier transforms. A complex array is a pair of arrays, its real and imaginary parts, as in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.creation import zeros_like
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_operand, dtype_of, is_float
from nncore.ops.elementwise import convert, where
from nncore.ops.factors import as_float
from nncore.ops.fourier_kernels import halves, transform
from nncore.ops.getitem import get_item
from nncore.ops.linalg import swap
from nncore.ops.numeric import arctan2, isnan, logical_not
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.segments import segment_sum
from nncore.ops.shape import concatenate, flip, pad, reshape, stack, transpose

__all__ = [
    "angle",
    "conj",
    "conjugate",
    "extract_sequences",
    "fft",
    "fft2",
    "ifft2",
    "imag",
    "irfft",
    "isreal",
    "istft",
    "real",
    "rfft",
    "stft",
    "view_as_real",
]


def _parts(name: str, x: Any, rank: int = 1) -> tuple[Any, Any]:
    """The real and imaginary parts of an argument, checked."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"ops.{name}: input `x` should be a tuple of two tensors - real and imaginary. "
            f"Received: x of type {type(x).__name__}."
        )
    re, im = (as_operand(part) for part in x)
    if tuple(re.shape) != tuple(im.shape):
        raise ValueError(
            f"ops.{name}: both the real and imaginary parts should have the same shape. "
            f"Received: x[0].shape={tuple(re.shape)}, x[1].shape={tuple(im.shape)}."
        )
    if not is_float(dtype_of(re)) or dtype_of(re) != dtype_of(im):
        raise ValueError(
            f"ops.{name}: both parts should be floats of one dtype. Received: dtypes {dtype_of(re)} and {dtype_of(im)}."
        )
    if len(re.shape) < rank:
        raise ValueError(f"ops.{name}: input should have rank >= {rank}. Received: shape={tuple(re.shape)}.")
    return re, im


# --- transforms ------------------------------------------------------------------------------------------------------


@op
def fft(x: Any) -> tuple[Any, Any]:
    """Fourier transform along the last axis.

    Args:
        x: Real and imaginary parts, a pair of float arrays ``(..., N)``.

    Returns:
        Real and imaginary parts of the sums over j of ``x[j] exp(-2 pi i j k / N)``.

    Raises:
        ValueError: If ``x`` is no such pair.

    Example:
        >>> from nncore import ops
        >>> [part.tolist() for part in ops.fft((ops.array([1.0, 2.0]), ops.array([0.0, 1.0])))]
        [[3.0, -1.0], [1.0, -1.0]]
    """
    return transform(*_parts("fft", x), False)


def _both_axes(re: Any, im: Any, inverse: bool) -> tuple[Any, Any]:
    re, im = transform(re, im, inverse)
    re, im = transform(swap(re), swap(im), inverse)
    return swap(re), swap(im)


@op
def fft2(x: Any) -> tuple[Any, Any]:
    """Fourier transform along the last two axes.

    Args:
        x: Real and imaginary parts, a pair of float arrays ``(..., M, N)``.

    Returns:
        Real and imaginary parts.

    Raises:
        ValueError: If ``x`` is no such pair.

    Example:
        >>> from nncore import ops
        >>> ops.fft2((ops.array([[1.0, 2.0], [2.0, 1.0]]), ops.zeros((2, 2))))[0].tolist()
        [[6.0, 0.0], [0.0, -2.0]]
    """
    return _both_axes(*_parts("fft2", x, 2), False)


@op
def ifft2(x: Any) -> tuple[Any, Any]:
    """Inverse of ``fft2``.

    Args:
        x: Real and imaginary parts, a pair of float arrays ``(..., M, N)``.

    Returns:
        Real and imaginary parts.

    Raises:
        ValueError: If ``x`` is no such pair.

    Example:
        >>> from nncore import ops
        >>> ops.ifft2((ops.array([[4.0, 0.0], [0.0, 0.0]]), ops.zeros((2, 2))))[0].tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """
    re, im = _parts("ifft2", x, 2)
    scale = 1.0 / (re.shape[-1] * re.shape[-2])
    re, im = _both_axes(re, im, True)
    return re * scale, im * scale


def _of_length(x: Any, n: int) -> Any:
    """The last axis cut, or filled with zeros, to a length."""
    d = int(x.shape[-1])
    if d >= n:
        return get_item(x, (..., slice(0, n)))
    return pad(x, [(0, 0)] * (len(x.shape) - 1) + [(0, n - d)])


def _length(name: str, fft_length: Any, default: int) -> int:
    n = default if fft_length is None else int(fft_length)
    if n < 1:
        raise ValueError(f"ops.{name}: `fft_length` should be at least 1. Received: fft_length={fft_length}.")
    return n


@op
def rfft(x: Any, fft_length: int | None = None) -> tuple[Any, Any]:
    """Fourier transform of real numbers along the last axis: the half that determines the rest.

    Args:
        x: ``(..., N)``.
        fft_length: To what length ``x`` is cut or filled with zeros. Defaults to None: N.

    Returns:
        Real and imaginary parts, ``(..., fft_length // 2 + 1)``.

    Raises:
        ValueError: If there is no axis, or the length is less than 1.

    Example:
        >>> from nncore import ops
        >>> [part.tolist() for part in ops.rfft([1.0, 2.0, 3.0, 2.0])]
        [[8.0, -2.0, 0.0], [0.0, 0.0, 0.0]]
    """
    x = as_float(as_operand(x))
    if len(x.shape) < 1:
        raise ValueError(f"ops.rfft: input should have rank >= 1. Received: shape={tuple(x.shape)}.")
    n = _length("rfft", fft_length, int(x.shape[-1]))
    x = _of_length(x, n)
    tables = halves(n, dtype_of(x))
    if tables is not None:
        re, im = apply(OPS["rfft"], [x, *tables])
        return re, im
    re, im = transform(x, zeros_like(x), False)
    half = (..., slice(0, n // 2 + 1))
    return get_item(re, half), get_item(im, half)


@op
def irfft(x: Any, fft_length: int | None = None) -> Any:
    """Inverse of ``rfft``.

    Args:
        x: Real and imaginary parts, ``(..., K)``.
        fft_length: Length of the result; ``x`` is cut or filled to its half and one. Defaults to None: 2 (K - 1).

    Returns:
        ``(..., fft_length)``.

    Raises:
        ValueError: If ``x`` is no pair of float arrays, or the length is less than 1.

    Example:
        >>> from nncore import ops
        >>> ops.irfft((ops.array([8.0, -2.0, 0.0]), ops.zeros(3))).tolist()
        [1.0, 2.0, 3.0, 2.0]
    """
    re, im = _parts("irfft", x)
    n = _length("irfft", fft_length, 2 * (int(re.shape[-1]) - 1))
    re, im = _of_length(re, n // 2 + 1), _of_length(im, n // 2 + 1)
    tables = halves(n, dtype_of(re))
    if tables is not None:
        return apply(OPS["irfft"], [re, im, *tables]) * (1.0 / n)
    # The other half is the conjugate of this one, in the other direction.
    rest = (..., slice(1, (n + 1) // 2))
    re = concatenate([re, flip(get_item(re, rest), axis=-1)], axis=-1)
    im = concatenate([im, -flip(get_item(im, rest), axis=-1)], axis=-1)
    return transform(re, im, True)[0] * (1.0 / n)


# --- short-time transforms -------------------------------------------------------------------------------------------


@op
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    """Cut the last axis into sequences that may overlap.

    Args:
        x: ``(..., N)``.
        sequence_length: Length of each.
        sequence_stride: Distance between their beginnings.

    Returns:
        ``(..., 1 + (N - sequence_length) // sequence_stride, sequence_length)``.

    Raises:
        ValueError: If a number is less than 1, or there isn't a whole sequence.

    Example:
        >>> from nncore import ops
        >>> ops.extract_sequences([1, 2, 3, 4, 5, 6], 3, 2).tolist()
        [[1, 2, 3], [3, 4, 5]]
    """
    x = as_operand(x)
    d = int(x.shape[-1]) if len(x.shape) else 0
    if sequence_length < 1 or sequence_stride < 1 or d < sequence_length:
        raise ValueError(
            "ops.extract_sequences: expected sequence_length and sequence_stride of at least 1 and a last axis that "
            f"holds a sequence. Received: sequence_length={sequence_length}, sequence_stride={sequence_stride}, "
            f"x.shape={tuple(x.shape)}."
        )
    starts = np.arange(0, d - sequence_length + 1, sequence_stride, dtype="int32")
    return get_item(x, (..., starts[:, None] + np.arange(sequence_length, dtype="int32")))


def _window(name: str, window: Any, sequence_length: int, fft_length: int, dtype: str) -> Any:
    """The window's values, in the middle of zeros up to the transform's length."""
    if fft_length < sequence_length:
        raise ValueError(
            f"ops.{name}: `fft_length` must equal or larger than `sequence_length`. "
            f"Received: sequence_length={sequence_length}, fft_length={fft_length}."
        )
    if window is None:
        return np.ones(fft_length, dtype)
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ValueError(
                f'ops.{name}: if a string is passed to `window`, it must be one of `"hann"`, `"hamming"`. '
                f"Received: window={window!r}."
            )
        low = 0.5 if window == "hann" else 0.54
        values: Any = low - (1 - low) * np.cos(2 * np.pi * np.arange(sequence_length) / sequence_length)
        values = values.astype(dtype)
    else:
        values = convert(as_operand(window), dtype)
    if tuple(values.shape) != (sequence_length,):
        raise ValueError(
            f"ops.{name}: the shape of `window` must be equal to [sequence_length]. "
            f"Received: window.shape={tuple(values.shape)}, sequence_length={sequence_length}."
        )
    before = (fft_length - sequence_length) // 2
    return pad(values, [(before, fft_length - sequence_length - before)])


@op
def stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann", center: bool = True
) -> tuple[Any, Any]:
    """Short-time Fourier transform: transforms of overlapping parts of the last axis.

    Args:
        x: Floats ``(..., N)``.
        sequence_length: Length of the window.
        sequence_stride: Distance between parts.
        fft_length: Length of the transforms.
        window: ``"hann"``, ``"hamming"``, an array ``(sequence_length,)`` or None. Defaults to ``"hann"``.
        center: Whether the first part is centred at the first value; ``x`` is reflected at its ends. Defaults to True.

    Returns:
        Real and imaginary parts, ``(..., parts, fft_length // 2 + 1)``.

    Raises:
        TypeError: If ``x`` holds no floats.
        ValueError: If the window or a length doesn't fit.

    Example:
        >>> from nncore import ops
        >>> ops.stft(ops.ones(8), 4, 2, 4)[0].shape
        (5, 3)
    """
    x = as_operand(x)
    if not is_float(dtype_of(x)):
        raise TypeError(f"Invalid input type. Expected `float32` or `float64`. Received: input type={dtype_of(x)}.")
    values = _window("stft", window, sequence_length, fft_length, dtype_of(x))
    if center:
        half = fft_length // 2
        x = pad(x, [(0, 0)] * (len(x.shape) - 1) + [(half, half)], mode="reflect")
    return rfft(extract_sequences(x, fft_length, sequence_stride) * values)


@op
def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """Inverse of ``stft``: parts are transformed back, windowed, added up, and divided by the windows' squares.

    Args:
        x: Real and imaginary parts, ``(..., parts, fft_length // 2 + 1)``.
        sequence_length: Length of the window.
        sequence_stride: Distance between parts.
        fft_length: Length of the transforms.
        length: Values of the result. Defaults to None: as many as the parts determine.
        window: As for ``stft``. With None, overlapping parts are added up. Defaults to ``"hann"``.
        center: As for ``stft``. Defaults to True.

    Returns:
        ``(..., length)``.

    Raises:
        ValueError: If ``x`` is no pair of float arrays, or the window or a length doesn't fit.

    Example:
        >>> from nncore import ops
        >>> x = ops.array([1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 0.0])
        >>> ops.round(ops.istft(ops.stft(x, 4, 2, 4), 4, 2, 4), 4).tolist()
        [1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    """
    re, im = _parts("istft", x, 2)
    values = _window("istft", window, sequence_length, fft_length, dtype_of(re))
    parts = int(re.shape[-2])
    frames = irfft((re, im), fft_length) * values
    squares = _overlap(values * values + zeros_like(get_item(frames, (0,) * (len(frames.shape) - 2))), sequence_stride)
    enough = squares > 1e-10
    whole = _overlap(frames, sequence_stride) / where(enough, squares, 1.0)
    if window is None:
        whole = whole * (ops_sum(values) / sequence_stride)
    start = fft_length // 2 if center else 0
    if length is not None:
        end = start + length
    elif center:
        end = int(whole.shape[-1]) - fft_length // 2
    else:
        end = fft_length + sequence_stride * (parts - 1)
    return get_item(whole, (..., slice(start, end)))


def _overlap(frames: Any, stride: int) -> Any:
    """Add up parts ``(..., parts, n)`` that begin ``stride`` apart."""
    parts, n = (int(d) for d in frames.shape[-2:])
    lead = tuple(frames.shape[:-2])
    places = (np.arange(parts)[:, None] * stride + np.arange(n)).reshape(-1).astype("int32")
    flat = reshape(frames, (*lead, parts * n))
    last = len(lead)
    first = transpose(flat, (last, *range(last)))
    total = segment_sum(first, places, num_segments=n + stride * (parts - 1))
    return transpose(total, (*range(1, last + 1), 0))


# --- complex parts of real arrays ------------------------------------------------------------------------------------


@op
def real(x: Any) -> Any:
    """The real part: there are only real arrays, so the array itself.

    Args:
        x: Array.

    Returns:
        ``x``.

    Example:
        >>> from nncore import ops
        >>> ops.real([1.0, 2.0]).tolist()
        [1.0, 2.0]
    """
    return as_operand(x)


@op
def imag(x: Any) -> Any:
    """The imaginary part of a real array: zeros.

    Args:
        x: Array.

    Returns:
        Zeros like ``x``.

    Example:
        >>> from nncore import ops
        >>> ops.imag([1.0, 2.0]).tolist()
        [0.0, 0.0]
    """
    return zeros_like(as_operand(x))


@op
def conjugate(x: Any) -> Any:
    """The conjugate of a real array: the array itself.

    Args:
        x: Array.

    Returns:
        ``x``.

    Example:
        >>> from nncore import ops
        >>> ops.conjugate([1.0, 2.0]).tolist()
        [1.0, 2.0]
    """
    return as_operand(x)


@op
def conj(x: Any) -> Any:
    """The same as ``conjugate``.

    Args:
        x: Array.

    Returns:
        ``x``.

    Example:
        >>> from nncore import ops
        >>> ops.conj([1.0, 2.0]).tolist()
        [1.0, 2.0]
    """
    return as_operand(x)


@op
def angle(x: Any) -> Any:
    """The angle of real numbers: 0, or pi for negative ones.

    Args:
        x: Array.

    Returns:
        Floats of the shape of ``x``.

    Example:
        >>> from nncore import ops
        >>> ops.round(ops.angle([1.0, -2.0]), 4).tolist()
        [0.0, 3.1415998935699463]
    """
    x = as_float(as_operand(x))
    return arctan2(zeros_like(x), x)


@op
def isreal(x: Any) -> Any:
    """Whether numbers are real: there are no others.

    Args:
        x: Array.

    Returns:
        True everywhere.

    Example:
        >>> from nncore import ops
        >>> ops.isreal([1.0, 2.0]).tolist()
        [True, True]
    """
    nan = isnan(as_operand(x))
    return nan | logical_not(nan)


@op
def view_as_real(x: Any) -> Any:
    """Real and imaginary parts along a new last axis.

    Args:
        x: Array.

    Returns:
        ``(..., 2)``: ``x`` and zeros.

    Example:
        >>> from nncore import ops
        >>> ops.view_as_real([1.0, 2.0]).tolist()
        [[1.0, 0.0], [2.0, 0.0]]
    """
    x = as_operand(x)
    return stack([x, zeros_like(x)], axis=-1)

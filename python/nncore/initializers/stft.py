"""STFT: kernels of convolutions that compute short-time Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.initializers.base import Initializer, check_float_dtype

__all__ = ["STFT"]

_SCALINGS = (None, "density", "spectrum")
# Weights of the cosines 0, 1, 2, ... of windows that are sums of them.
_COSINES = {
    "boxcar": (1.0,),
    "rectangular": (1.0,),
    "hann": (0.5, 0.5),
    "hanning": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}
_WINDOWS = (*_COSINES, "bartlett", "cosine")


class STFT(Initializer):
    """Cosines or sines of the frequencies of a Fourier transform, under a window: a kernel for ``Conv1D``.

    Args:
        side: ``"real"`` for the cosines, ``"imag"`` for the sines of the transform. Defaults to ``"real"``.
        window: Name of a window (``"hann"``, ``"hamming"``, ``"blackman"``, ``"bartlett"``, ...), an array with a value
            for each time, or None for none. Defaults to ``"hann"``.
        scaling: ``"density"`` divides by the window's Euclidean length, ``"spectrum"`` by its sum; None leaves it.
            Defaults to ``"density"``.
        periodic: Make a window for transforms, whose period is its length, instead of a symmetric one. Defaults to
            False.

    Raises:
        ValueError: For unknown names.

    Example:
        >>> from nncore import initializers
        >>> initializers.STFT("real", window=None)((4, 1, 3))[:, 0, 1].round().tolist()
        [1.0, 0.0, -1.0, -0.0]
    """

    def __init__(
        self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(f"STFT: `side` should be 'real' or 'imag'. Received: side={side!r}")
        if isinstance(window, str) and window not in _WINDOWS:
            raise ValueError(
                f"STFT: `window` should be one of {_WINDOWS}, an array of values, or None. Received: window={window!r}"
            )
        if scaling not in _SCALINGS:
            raise ValueError(f"STFT: `scaling` should be one of {_SCALINGS}. Received: scaling={scaling!r}")
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = bool(periodic)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return the kernel ``(times, 1, frequencies)``; the frequencies are those of ``2 * (frequencies - 1)`` points.

        Raises:
            ValueError: If the shape has not three dimensions, or the window has another length.
        """
        if len(shape) != 3:
            raise ValueError(f"STFT: a shape (times, channels, frequencies) was expected. Received: shape={shape}")
        times, channels, frequencies = shape
        points = max(2 * (frequencies - 1), 1)
        angles = -2 * np.pi / points * np.outer(np.arange(times), np.arange(frequencies))
        kernel = np.cos(angles) if self.side == "real" else np.sin(angles)
        if self.window is not None:
            given = isinstance(self.window, str)
            window = _window(self.window, times, self.periodic) if given else np.asarray(self.window, np.float64)
            if window.shape != (times,):
                raise ValueError(f"STFT: the window should have {times} values. Received: shape {window.shape}")
            scale = 1.0
            if self.scaling == "density":
                scale = np.sqrt((window**2).sum())
            elif self.scaling == "spectrum":
                scale = np.abs(window).sum()
            kernel *= (window / scale)[:, None]
        kernel = np.broadcast_to(kernel[:, None, :], (times, channels, frequencies))
        return kernel.astype(check_float_dtype("STFT", dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        window = self.window.tolist() if isinstance(self.window, np.ndarray) else self.window
        return {"side": self.side, "window": window, "periodic": self.periodic, "scaling": self.scaling}


def _window(name: str, length: int, periodic: bool) -> Any:
    """The values of a window: of its period, or symmetric."""
    if length == 1:
        return np.ones(1)
    period = length if periodic else length - 1
    times = np.arange(length)
    if name == "bartlett":
        return 1 - np.abs(2 * times / period - 1)
    if name == "cosine":
        return np.sin(np.pi / (period + 1) * (times + 0.5))
    cosines = _COSINES[name]
    return sum(
        (-1) ** k * weight * np.cos(2 * np.pi * k * times / period) for k, weight in enumerate(cosines)
    ) + np.zeros(length)

"""Windows of signal processing: constants, when a function is traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import config
from nncore.ir import SymbolicTensor, trace_error
from nncore.ops.dtypes import as_operand

_DOC = """{line}

    Args:
        x: Number of points, a whole number.

    Returns:
        One-dimensional array of ``floatx``.

    Raises:
        TypeError: If ``x`` is no whole number.

    Example:
        >>> from nncore import ops
        >>> ops.{name}(5).round(2)
        array([{result}], dtype=float32)
    """


def _points(name: str, x: Any) -> int:
    x = as_operand(x)
    if isinstance(x, SymbolicTensor):
        raise trace_error(
            f"ops.{name} gives as many elements as its argument says, which isn't known while tracing.",
            "Pass a Python number.",
        )
    if x.size != 1 or x.dtype.kind not in "iu":
        raise TypeError(f"{name}: the number of points should be one whole number. Received: x={x!r}.")
    return max(int(x.reshape(())), 0)


def _window(name: str, function: Callable[[int], Any], line: str, result: str) -> Callable[[Any], Any]:
    def window(x: Any) -> Any:
        return np.asarray(function(_points(name, x)), dtype=config.floatx())

    window.__name__ = window.__qualname__ = name
    window.__doc__ = _DOC.format(name=name, line=line, result=result)
    return window


bartlett = _window("bartlett", np.bartlett, "Bartlett's window: a triangle.", "0. , 0.5, 1. , 0.5, 0. ")
blackman = _window("blackman", np.blackman, "Blackman's window: three cosines.", "-0.  ,  0.34,  1.  ,  0.34, -0.  ")
hamming = _window("hamming", np.hamming, "Hamming's window: a raised cosine.", "0.08, 0.54, 1.  , 0.54, 0.08")
hanning = _window("hanning", np.hanning, "Von Hann's window: a cosine from 0 to 0.", "0. , 0.5, 1. , 0.5, 0. ")


def kaiser(x: Any, beta: float) -> Any:
    """Kaiser's window, ``I0(beta sqrt(1 - t**2)) / I0(beta)`` for t from -1 to 1.

    Args:
        x: Number of points, a whole number.
        beta: Shape: 0 is a rectangle, larger values make the window narrower.

    Returns:
        One-dimensional array of ``floatx``.

    Raises:
        TypeError: If ``x`` is no whole number.

    Example:
        >>> from nncore import ops
        >>> ops.kaiser(3, 5.0).round(2)
        array([0.04, 1.  , 0.04], dtype=float32)
    """
    return np.asarray(np.kaiser(_points("kaiser", x), float(beta)), dtype=config.floatx())

"""Initializers without chance: zeros, ones, a constant, the identity matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config
from nncore.initializers.base import Initializer

__all__ = ["Constant", "Identity", "Ones", "Zeros"]


def _dtype(dtype: Any) -> Any:
    return config.floatx() if dtype is None else dtype


class Zeros(Initializer):
    """All values 0.

    Example:
        >>> from nncore import initializers
        >>> initializers.Zeros()((2,)).tolist()
        [0.0, 0.0]
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return zeros of ``shape``."""
        return np.zeros(shape, dtype=_dtype(dtype))


class Ones(Initializer):
    """All values 1.

    Example:
        >>> from nncore import initializers
        >>> initializers.Ones()((2,)).tolist()
        [1.0, 1.0]
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return ones of ``shape``."""
        return np.ones(shape, dtype=_dtype(dtype))


class Constant(Initializer):
    """All values the same.

    Args:
        value: The number, or an array that broadcasts to the weight's shape. Defaults to 0.

    Example:
        >>> from nncore import initializers
        >>> initializers.Constant(10.0)((2,)).tolist()
        [10.0, 10.0]
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return ``value`` broadcast to ``shape``."""
        return np.full(shape, self.value, dtype=_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"value": self.value}


class Identity(Initializer):
    """The identity matrix, times a gain. For two-dimensional weights.

    Args:
        gain: Factor. Defaults to 1.

    Example:
        >>> from nncore import initializers
        >>> initializers.Identity()((2, 3)).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return the matrix of ``shape``.

        Raises:
            ValueError: If ``shape`` has not two dimensions.
        """
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received: shape={tuple(shape)} of rank {len(shape)}."
            )
        return (self.gain * np.eye(*shape)).astype(_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"gain": self.gain}

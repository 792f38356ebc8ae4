"""Initializer: the base class."""

from __future__ import annotations

from typing import Any

from nncore import config

__all__ = ["Initializer", "check_float_dtype"]


class Initializer:
    """Base of initializers: a callable that gives the first values of a weight.

    A subclass writes ``__call__(shape, dtype=None)``, and ``get_config`` if it has arguments.

    Example:
        >>> import numpy as np
        >>> from nncore import initializers, layers
        >>> class Half(initializers.Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return np.full(shape, 0.5, dtype=dtype)
        >>> layer = layers.Dense(2, kernel_initializer=Half())
        >>> layer.build((None, 1))
        >>> layer.kernel.numpy().tolist()
        [[0.5, 0.5]]
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return the initial values.

        Args:
            shape: Tuple of ints.
            dtype: dtype of the values. Defaults to ``config.floatx()``.

        Returns:
            Array of that shape.
        """
        raise TypeError(
            f"{type(self).__name__}: an Initializer subclass must implement `__call__(self, shape, dtype=None)`."
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """Make an initializer from ``get_config``'s dictionary."""
        return cls(**config)

    def clone(self) -> Initializer:
        """An initializer with the same arguments."""
        return type(self).from_config(self.get_config())


def check_float_dtype(owner: str, dtype: Any) -> str:
    """Return the dtype's name, the default one for None.

    Args:
        owner: Who asks, for the message.
        dtype: None, a name or a NumPy dtype.

    Returns:
        ``"float32"`` or ``"float64"``.

    Raises:
        ValueError: If it is another dtype.
    """
    from nncore import ops

    name: str = config.floatx() if dtype is None else ops.standardize_dtype(dtype)
    if name not in ("float32", "float64"):
        raise ValueError(f"{owner}: only float32 and float64 values can be drawn. Received: dtype={dtype!r}.")
    return name

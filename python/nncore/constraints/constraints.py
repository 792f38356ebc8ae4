"""The constraints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import config, ops

__all__ = ["Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"]


class Constraint:
    """Base of constraints: a callable from a weight's values to the nearest allowed ones.

    A subclass writes ``__call__(w)`` in ops, and ``get_config`` if it has arguments. The optimizer applies it after
    each update.

    Example:
        >>> import numpy as np
        >>> from nncore import constraints, ops
        >>> class Small(constraints.Constraint):
        ...     def __call__(self, w):
        ...         return ops.clip(w, -1.0, 1.0)
        >>> Small()(np.array([3.0, 0.5])).tolist()
        [1.0, 0.5]
    """

    def __call__(self, w: Any) -> Any:
        """Return the allowed values nearest to ``w``."""
        raise TypeError(f"{type(self).__name__}: a Constraint subclass must implement `__call__(self, w)`.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constraint:
        """Make a constraint from ``get_config``'s dictionary."""
        return cls(**config)


def _norm(w: Any, axis: int | Sequence[int]) -> Any:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Keeps the norm along ``axis`` at most ``max_value``.

    Args:
        max_value: The largest norm. Defaults to 2.
        axis: Axis (or axes) over which norms are taken. For a Dense kernel ``(inputs, units)``, 0 bounds the weights
            into each unit. Defaults to 0.

    Example:
        >>> import numpy as np
        >>> from nncore import constraints
        >>> constraints.MaxNorm(1.0)(np.array([[3.0], [4.0]])).round(3).tolist()
        [[0.6], [0.8]]
    """

    def __init__(self, max_value: float = 2, axis: int | Sequence[int] = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Return ``w`` with norms clipped."""
        norm = _norm(w, self.axis)
        allowed = ops.clip(norm, 0.0, self.max_value)
        return w * (allowed / (config.epsilon() + norm))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Keeps weights non-negative: negative ones become 0.

    Example:
        >>> import numpy as np
        >>> from nncore import constraints
        >>> constraints.NonNeg()(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __call__(self, w: Any) -> Any:
        """Return ``max(w, 0)``."""
        return ops.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Scales weights to norm 1 along ``axis``.

    Args:
        axis: Axis (or axes) over which norms are taken. Defaults to 0.

    Example:
        >>> import numpy as np
        >>> from nncore import constraints
        >>> constraints.UnitNorm()(np.array([[3.0], [4.0]])).round(3).tolist()
        [[0.6], [0.8]]
    """

    def __init__(self, axis: int | Sequence[int] = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Return ``w`` divided by its norms."""
        return w / (config.epsilon() + _norm(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Draws norms along ``axis`` into the interval from ``min_value`` to ``max_value``.

    Args:
        min_value: The smallest norm. Defaults to 0.
        max_value: The largest norm. Defaults to 1.
        rate: How far to go in one step: 1 clips at once, less approaches over several updates. Defaults to 1.
        axis: Axis (or axes) over which norms are taken. Defaults to 0.

    Example:
        >>> import numpy as np
        >>> from nncore import constraints
        >>> constraints.MinMaxNorm(0.0, 1.0)(np.array([[3.0], [4.0]])).round(3).tolist()
        [[0.6], [0.8]]
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] = 0,
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Return ``w`` with norms drawn into the interval."""
        norm = _norm(w, self.axis)
        wanted = self.rate * ops.clip(norm, self.min_value, self.max_value) + (1 - self.rate) * norm
        return w * (wanted / (config.epsilon() + norm))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }

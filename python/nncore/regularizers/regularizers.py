"""The regularizers."""

from __future__ import annotations

import math
from typing import Any

from nncore import ops

__all__ = ["L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer"]


def _check_factor(owner: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or (not isinstance(value, (int, float)) and not hasattr(value, "item")):
        raise ValueError(f"{owner}: `{name}` should be a number. Received: {name}={value!r}.")
    number = float(value)
    if number < 0 or not math.isfinite(number):
        raise ValueError(f"{owner}: `{name}` should be a finite, non-negative number. Received: {name}={value!r}.")
    return number


class Regularizer:
    """Base of regularizers: a callable that gives a scalar penalty for a tensor.

    A subclass writes ``__call__(x)`` in ops, and ``get_config`` if it has arguments.

    Example:
        >>> import numpy as np
        >>> from nncore import ops, regularizers
        >>> class Sparse(regularizers.Regularizer):
        ...     def __call__(self, x):
        ...         return 0.1 * ops.sum(ops.abs(x))
        >>> float(Sparse()(np.array([1.0, -2.0])))  # doctest: +ELLIPSIS
        0.3...
    """

    def __call__(self, x: Any) -> Any:
        """Return the penalty of tensor ``x``."""
        raise TypeError(f"{type(self).__name__}: a Regularizer subclass must implement `__call__(self, x)`.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """Make a regularizer from ``get_config``'s dictionary."""
        return cls(**config)


class L1L2(Regularizer):
    """Penalty ``l1 * sum(|x|) + l2 * sum(x**2)``.

    Args:
        l1: Factor of the absolute values. Defaults to 0.
        l2: Factor of the squares. Defaults to 0.

    Raises:
        ValueError: If a factor is negative or not finite.

    Example:
        >>> import numpy as np
        >>> from nncore import regularizers
        >>> float(regularizers.L1L2(l1=1.0, l2=1.0)(np.array([1.0, -2.0])))
        8.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _check_factor(type(self).__name__, "l1", 0.0 if l1 is None else l1)
        self.l2 = _check_factor(type(self).__name__, "l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """Return the penalty of tensor ``x``."""
        penalty: Any = 0.0
        if self.l1:
            penalty = self.l1 * ops.sum(ops.abs(x))
        if self.l2:
            penalty = penalty + self.l2 * ops.sum(ops.square(x))
        return penalty if self.l1 or self.l2 else 0.0 * ops.sum(x)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """Penalty ``l1 * sum(|x|)``.

    Args:
        l1: Factor. Defaults to 0.01.

    Raises:
        ValueError: If the factor is negative or not finite.

    Example:
        >>> import numpy as np
        >>> from nncore import regularizers
        >>> float(regularizers.L1(0.5)(np.array([1.0, -2.0])))
        1.5
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = _check_factor(type(self).__name__, "l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> Any:
        """Return the penalty of tensor ``x``."""
        return self.l1 * ops.sum(ops.abs(x))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"l1": self.l1}


class L2(Regularizer):
    """Penalty ``l2 * sum(x**2)``.

    Args:
        l2: Factor. Defaults to 0.01.

    Raises:
        ValueError: If the factor is negative or not finite.

    Example:
        >>> import numpy as np
        >>> from nncore import regularizers
        >>> float(regularizers.L2(0.5)(np.array([1.0, -2.0])))
        2.5
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = _check_factor(type(self).__name__, "l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """Return the penalty of tensor ``x``."""
        return self.l2 * ops.sum(ops.square(x))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """Penalty on the cosines between the rows (or columns) of a matrix; zero when they are orthogonal.

    Args:
        factor: Factor of the mean absolute cosine. Defaults to 0.01.
        mode: ``"rows"`` or ``"columns"``. Defaults to ``"rows"``.

    Raises:
        ValueError: If the factor is negative or not finite, or the mode unknown.

    Example:
        >>> import numpy as np
        >>> from nncore import regularizers
        >>> float(regularizers.OrthogonalRegularizer(1.0)(np.eye(3)))
        0.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _check_factor("OrthogonalRegularizer", "factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(f"OrthogonalRegularizer: `mode` should be 'rows' or 'columns'. Received: mode={mode!r}.")
        self.mode = mode

    def __call__(self, x: Any) -> Any:
        """Return the penalty of matrix ``x``.

        Raises:
            ValueError: If ``x`` has not two dimensions.
        """
        if len(x.shape) != 2:
            raise ValueError(
                f"OrthogonalRegularizer: the input must have two dimensions. Received: x.shape={tuple(x.shape)}."
            )
        axis = 1 if self.mode == "rows" else 0
        # The floor keeps the gradient finite at a row of zeros.
        norm = ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), 1e-12))
        unit = x / norm
        other = ops.transpose(unit)
        cosines = ops.matmul(unit, other) if self.mode == "rows" else ops.matmul(other, unit)
        size = x.shape[0] if self.mode == "rows" else x.shape[1]
        pairs = max(size * (size - 1) / 2.0, 1.0)
        off_diagonal = cosines * (1.0 - ops.eye(size, dtype=x.dtype))
        return self.factor * 0.5 * ops.sum(ops.abs(off_diagonal)) / pairs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"factor": self.factor, "mode": self.mode}

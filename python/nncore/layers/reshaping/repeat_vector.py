"""RepeatVector layer."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer

__all__ = ["RepeatVector"]


class RepeatVector(Layer):
    """Makes of each sample a sequence that repeats it.

    Args:
        n: How many times, positive.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, C)``, output ``(B, n, C)``.

    Raises:
        TypeError: If ``n`` is no int.
        ValueError: If it is not positive.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RepeatVector(2)(np.array([[1.0, 2.0]])).tolist()
        [[[1.0, 2.0], [1.0, 2.0]]]
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(n, bool) or not isinstance(n, int):
            raise TypeError(f"RepeatVector: `n` should be an int. Received: n={n!r}.")
        if n <= 0:
            raise ValueError(f"RepeatVector: `n` should be positive. Received: n={n}.")
        self.n = n
        self.input_spec = InputSpec(ndim=2)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Repeat ``inputs``."""
        batch, features = inputs.shape
        return ops.broadcast_to(ops.expand_dims(inputs, 1), (batch, self.n, features))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Shape ``(B, n, C)``."""
        return (input_shape[0], self.n, input_shape[1])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "n": self.n}

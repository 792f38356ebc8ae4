"""Orthogonal initializer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore import random
from nncore.initializers.base import check_float_dtype
from nncore.initializers.random import RandomInitializer

__all__ = ["Orthogonal"]


class Orthogonal(RandomInitializer):
    """An orthogonal matrix: of a random normal one, the Q of its QR decomposition.

    A weight of more than two dimensions is that matrix of shape ``(product of all but the last, last)``, reshaped.
    With more rows than columns its columns are orthonormal, otherwise its rows.

    Args:
        gain: Factor. Defaults to 1.
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.

    Source: Saxe et al., 2014, https://arxiv.org/abs/1312.6120

    Example:
        >>> import numpy as np
        >>> from nncore import initializers
        >>> w = initializers.Orthogonal()((4, 4))
        >>> bool(np.allclose(w.T @ w, np.eye(4), atol=1e-5))
        True
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return the matrix, reshaped to ``shape``.

        Raises:
            ValueError: If ``shape`` has fewer than two dimensions.
        """
        if len(shape) < 2:
            raise ValueError(
                "Orthogonal: the tensor to initialize must be at least two-dimensional. "
                f"Received: shape={tuple(shape)} of rank {len(shape)}."
            )
        dtype = check_float_dtype("Orthogonal", dtype)
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = random.normal((max(rows, columns), min(rows, columns)), dtype="float64", seed=self.seed)
        q, r = np.linalg.qr(np.asarray(drawn))
        # The signs of R's diagonal make Q uniform among the orthogonal matrices.
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        matrix = q.T if rows < columns else q
        return (self.gain * matrix).reshape(shape).astype(dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {**super().get_config(), "gain": self.gain}

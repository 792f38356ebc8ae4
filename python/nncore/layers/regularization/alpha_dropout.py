"""AlphaDropout layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops, random
from nncore.layers.regularization.dropout import Dropout
from nncore.ops.elementwise import SELU_ALPHA, SELU_SCALE

__all__ = ["AlphaDropout"]


class AlphaDropout(Dropout):
    """Dropout that keeps mean and variance of its inputs, for networks with ``selu``.

    While training, a random part of the inputs becomes selu's smallest value; all are then scaled and shifted.

    Args:
        rate: The part to drop, from 0 to 1.
        noise_shape: Shape of the mask, batch included, broadcast to the input's: a 1 shares one decision along that
            axis; None takes the input's dimension. Defaults to the input's shape.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If ``rate`` is not from 0 to below 1, or ``noise_shape`` no positive ints and None.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.AlphaDropout(0.5, seed=1)
        >>> len(set(layer(np.ones((1, 100)), training=True)[0].tolist()))
        2
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate, noise_shape, seed, **kwargs)
        if rate == 1:
            raise ValueError(
                "Invalid value received for argument `rate`. Expected a float value between 0 and 1, below 1: "
                f"nothing would be left to keep the variance of. Received: rate={rate!r}."
            )

    def _dropped(self, inputs: Any) -> Any:
        shape = tuple(inputs.shape)
        if self.noise_shape is not None:
            shape = tuple(have if want is None else want for want, have in zip(self.noise_shape, shape, strict=True))
        lowest = -SELU_ALPHA * SELU_SCALE
        kept = random.uniform(shape, dtype=inputs.dtype, seed=self.seed_generator) >= self.rate
        scale = ((1 - self.rate) * (1 + self.rate * lowest**2)) ** -0.5
        return ops.where(kept, inputs, lowest) * scale - scale * lowest * self.rate

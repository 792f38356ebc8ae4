"""Dropout layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import random
from nncore.layers.layer import Layer

__all__ = ["Dropout"]


class Dropout(Layer):
    """Sets a random part of its inputs to 0 while training; the others are scaled by ``1 / (1 - rate)``.

    Outside training (``training`` False, as in ``predict``, ``evaluate`` and ``model(x)``) it gives its input back.

    Args:
        rate: The part to drop, from 0 to 1.
        noise_shape: Shape of the mask, batch included, broadcast to the input's: a 1 shares one decision along that
            axis; None takes the input's dimension. Defaults to the input's shape.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If ``rate`` is not between 0 and 1, or ``noise_shape`` no positive ints and None.

    Source: Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.Dropout(0.5, seed=1)
        >>> layer(np.ones((1, 2))).tolist()
        [[1.0, 1.0]]
        >>> sorted(set(layer(np.ones((1, 100)), training=True)[0].tolist()))
        [0.0, 2.0]
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ValueError(
                "Invalid value received for argument `rate`. Expected a float value between 0 and 1. "
                f"Received: rate={rate!r}."
            )
        if noise_shape is not None:
            noise_shape = tuple(noise_shape)
            for dim in noise_shape:
                if dim is not None and (not isinstance(dim, int) or dim <= 0):
                    raise ValueError(
                        "Invalid value received for argument `noise_shape`. Expected positive integers and None. "
                        f"Received: noise_shape={noise_shape}."
                    )
        self.rate = rate
        self.seed = seed
        self.noise_shape = noise_shape
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop values of ``inputs`` if ``training``."""
        if not training or not self.rate:
            return inputs
        if self.noise_shape is not None and len(self.noise_shape) != len(inputs.shape):
            raise ValueError(
                f'Layer "{self.name}": `noise_shape` should have as many dimensions as the inputs. '
                f"Received: noise_shape={self.noise_shape}, inputs.shape={tuple(inputs.shape)}."
            )
        return self._dropped(inputs)

    def _dropped(self, inputs: Any) -> Any:
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "rate": self.rate,
            "seed": self.seed,
            "noise_shape": self.noise_shape,
        }

"""Noise layers of normally distributed numbers."""

from __future__ import annotations

import math
from typing import Any

from nncore import random
from nncore.layers.layer import Layer

__all__ = ["GaussianDropout", "GaussianNoise"]


class _Noise(Layer):
    """A layer of one number from 0 to 1, which does something while training."""

    def _set(self, argument: str, value: Any, seed: int | None, below: bool = False) -> None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 <= value <= 1 or (below and value == 1):
            raise ValueError(
                f"Invalid value received for argument `{argument}`. Expected a float value between 0 and 1"
                f"{', below 1' if below else ''}. Received: {argument}={value!r}."
            )
        self.seed = seed
        if value > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape


class GaussianNoise(_Noise):
    """Adds normally distributed noise while training.

    Args:
        stddev: Standard deviation of the noise, from 0 to 1.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If ``stddev`` is not between 0 and 1.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.GaussianNoise(0.1, seed=1)(np.zeros((1, 1000)), training=True)
        >>> round(float(y.std()), 2)
        0.1
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set("stddev", stddev, seed)
        self.stddev = stddev

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Add noise to ``inputs`` if ``training``."""
        if not training or not self.stddev:
            return inputs
        return inputs + random.normal(
            inputs.shape, stddev=self.stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}


class GaussianDropout(_Noise):
    """Multiplies by normally distributed noise of mean 1 while training.

    Args:
        rate: The rate of a dropout with the same variance, ``rate / (1 - rate)``; from 0 to below 1.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If ``rate`` is not between 0 and 1.

    Source: Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.GaussianDropout(0.5, seed=1)(np.ones((1, 1000)), training=True)
        >>> round(float(y.std()), 1)
        1.0
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set("rate", rate, seed, below=True)
        self.rate = rate

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Multiply ``inputs`` by noise if ``training``."""
        if not training or not self.rate:
            return inputs
        deviation = math.sqrt(self.rate / (1.0 - self.rate))
        return inputs * random.normal(
            inputs.shape, mean=1.0, stddev=deviation, dtype=self.compute_dtype, seed=self.seed_generator
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}

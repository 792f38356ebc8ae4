"""Initializers that draw from one distribution whatever the shape."""

from __future__ import annotations

from typing import Any

from nncore import random
from nncore.initializers.base import Initializer, check_float_dtype

__all__ = ["RandomInitializer", "RandomNormal", "RandomUniform", "TruncatedNormal"]


class RandomInitializer(Initializer):
    """Base of initializers that draw: keeps the seed.

    Args:
        seed: Integer: the same values at each call. A ``SeedGenerator``: other values at each call. Defaults to an
            integer drawn when the initializer is made.
    """

    def __init__(self, seed: Any = None) -> None:
        self._initial_seed = seed
        if seed is None:
            seed = random.make_default_seed()
        elif isinstance(seed, dict):
            seed = random.SeedGenerator.from_config(seed.get("config", seed))
        elif isinstance(seed, bool) or not isinstance(seed, (int, random.SeedGenerator)):
            raise ValueError(
                f"{type(self).__name__}: `seed` should be an integer or a `SeedGenerator` instance. "
                f"Received: seed={seed!r}."
            )
        self.seed = seed

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        from nncore import serialization

        return {"seed": serialization.serialize_keras_object(self._initial_seed)}


class RandomNormal(RandomInitializer):
    """Values from a normal distribution.

    Args:
        mean: Mean. Defaults to 0.
        stddev: Standard deviation. Defaults to 0.05.
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.

    Example:
        >>> from nncore import initializers
        >>> initializers.RandomNormal(stddev=1.0, seed=1)((2, 3)).shape
        (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Draw values of ``shape``."""
        return random.normal(shape, self.mean, self.stddev, check_float_dtype("RandomNormal", dtype), self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomInitializer):
    """Values from a normal distribution, drawn again when two standard deviations or more from the mean.

    Args:
        mean: Mean. Defaults to 0.
        stddev: Standard deviation before the cut. Defaults to 0.05.
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.

    Example:
        >>> from nncore import initializers
        >>> bool(abs(initializers.TruncatedNormal(stddev=1.0)((100,))).max() <= 2)
        True
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Draw values of ``shape``."""
        return random.truncated_normal(
            shape, self.mean, self.stddev, check_float_dtype("TruncatedNormal", dtype), self.seed
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class RandomUniform(RandomInitializer):
    """Values from a uniform distribution.

    Args:
        minval: Lower bound, included. Defaults to -0.05.
        maxval: Upper bound, not included. Defaults to 0.05.
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.

    Example:
        >>> from nncore import initializers
        >>> values = initializers.RandomUniform(0.0, 1.0)((100,))
        >>> bool(values.min() >= 0 and values.max() < 1)
        True
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Draw values of ``shape``."""
        return random.uniform(shape, self.minval, self.maxval, check_float_dtype("RandomUniform", dtype), self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}

"""SeedGenerator: the state of a stream of random numbers, as a variable that programs advance."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from nncore.variable import Variable

__all__ = [
    "SeedGenerator",
    "draw_seed",
    "forget_global_seed",
    "global_seed_state",
    "make_default_seed",
    "set_global_seed",
]


def make_default_seed() -> int:
    """Draw a seed from Python's own generator, so that ``random.seed`` and ``set_random_seed`` settle it."""
    import random

    return random.randint(1, 2**31 - 1)


class SeedGenerator:
    """Gives a new seed for each draw: a key, and a counter of the draws made.

    The state is a Variable: a compiled program that draws (dropout, noise) advances it natively, so every step of
    training sees other numbers, and the same seed gives the same run.

    Args:
        seed: Integer. Defaults to one drawn from Python's ``random``.
        name: Name of the state's variable. Defaults to ``"seed_generator_state"``.

    Raises:
        ValueError: If ``seed`` is no integer.

    Example:
        >>> import nncore
        >>> generator = nncore.random.SeedGenerator(7)
        >>> a = nncore.random.uniform((2,), seed=generator)
        >>> b = nncore.random.uniform((2,), seed=generator)
        >>> bool((a == b).any())
        False
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        if seed is None:
            seed = make_default_seed()
        self._initial_seed = _check_seed(seed)
        self.name = name or "seed_generator"
        self.state = Variable(
            np.array([self._initial_seed, 0], dtype="int64"), trainable=False, name=f"{self.name}_state"
        )

    def next(self, ordered: bool = True) -> Any:
        """Return the present seed and advance the counter.

        Args:
            ordered: Accepted for likeness with other backends; draws are always in order here.

        Returns:
            int64 array ``(2,)``: key and counter.
        """
        del ordered
        current = self.state.value
        if isinstance(current, np.ndarray):
            current = current.copy()  # assign writes the live array in place
        self.state.assign(ops.add(current, np.array([0, 1], "int64")))
        return current

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal generator, at its start."""
        return {"seed": self._initial_seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator from ``get_config``'s dictionary."""
        return cls(**config)


_global: list[SeedGenerator] = []


def _global_generator() -> SeedGenerator:
    if not _global:
        _global.append(SeedGenerator(name="global_seed_generator"))
    return _global[0]


def global_seed_state() -> Variable:
    """The state of the generator of all draws that name no seed."""
    return _global_generator().state


def set_global_seed(seed: int) -> None:
    """Restart the generator of all draws that name no seed.

    Args:
        seed: Integer.

    Example:
        >>> import nncore
        >>> nncore.random.set_global_seed(3)
    """
    _check_seed(seed)
    if _global:
        # Assigned in place: programs already compiled with the generator go on with the new seed.
        _global[0].state.assign(np.array([seed, 0], "int64"))
    else:
        _global.append(SeedGenerator(seed, name="global_seed_generator"))


def forget_global_seed() -> None:
    """Let the next draw that names no seed take a new one from Python's ``random``."""
    _global.clear()


def draw_seed(seed: Any) -> Any:
    """Turn the ``seed`` argument of a random function into the state of one draw.

    Args:
        seed: None (the global generator), an integer (the same numbers each time), a ``SeedGenerator`` or an
            integer array of shape ``(2,)``.

    Returns:
        int64 array ``(2,)``: key and counter.

    Raises:
        ValueError: If ``seed`` is none of these.
    """
    if seed is None:
        return _global_generator().next()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return np.array([_check_seed(seed), 0], dtype="int64")
    if getattr(seed, "shape", None) == (2,):
        return ops.cast(seed, "int64")
    raise ValueError(
        "Argument `seed` must be either an integer, an instance of `SeedGenerator`, an integer array of shape (2,), "
        f"or None. Received: seed={seed!r}."
    )


def _check_seed(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"Argument `seed` must be an integer or None. Received: seed={seed!r}.")
    if not -(2**63) <= int(seed) < 2**63:
        raise ValueError(f"Argument `seed` must fit in 64 bits. Received: seed={seed!r}.")
    return int(seed)

"""Random numbers from explicit, counter-based seeds."""

from __future__ import annotations

from nncore.random.draw import (
    beta,
    binomial,
    categorical,
    dropout,
    gamma,
    normal,
    permutation,
    randint,
    shuffle,
    truncated_normal,
    uniform,
)
from nncore.random.seed import SeedGenerator, draw_seed, forget_global_seed, make_default_seed, set_global_seed

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "draw_seed",
    "dropout",
    "forget_global_seed",
    "gamma",
    "make_default_seed",
    "normal",
    "permutation",
    "randint",
    "set_global_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]

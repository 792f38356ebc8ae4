"""Helpers around training: one-hot labels, normalising, padding, one seed for everything."""

from __future__ import annotations

from nncore.utils.numerical import normalize, to_categorical
from nncore.utils.random_seed import set_random_seed
from nncore.utils.sequences import pad_sequences

__all__ = ["normalize", "pad_sequences", "set_random_seed", "to_categorical"]

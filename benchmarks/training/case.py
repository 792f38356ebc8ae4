"""What a row of the benchmarks' networks says."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """A network, and how it is trained: Dense layers with relu between them, or the layers that are listed."""

    net: str
    """What it is called in tables."""
    inputs: tuple[Any, ...]
    """Width of each input; or its shape, without the batch."""
    branch: tuple[int, ...]
    """Layers that every input passes alone; then all are joined."""
    trunk: tuple[int, ...]
    """Layers behind that; the last one has no activation. Of listed layers the number of outputs alone."""
    loss: str
    """`crossentropy` from logits, or `mse`."""
    optimizer: str
    batch: int
    steps: int
    """Steps per epoch. Whole epochs are timed; they are long enough to hide what an epoch costs by itself."""
    check_steps: int = 20
    """Steps per epoch when loss curves are compared: few, before rounding has parted them."""
    layers: tuple[Any, ...] = ()
    """Listed layers, each (kind, argument, ...)."""

    @property
    def name(self) -> str:
        return f"{self.net} batch {self.batch} {self.optimizer}"

    @property
    def rows(self) -> int:
        """Samples in the data."""
        return self.batch * self.steps


class Data(NamedTuple):
    """Inputs, each (rows, width) of float32, or (rows, *shape); labels (rows,) of int32, or float32 (rows, width)."""

    inputs: list[np.ndarray]
    targets: np.ndarray

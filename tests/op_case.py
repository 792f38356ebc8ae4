"""What a row of the table of op tests is, and makers of inputs.

A row gives the function, NumPy's independent expression of the same thing, makers of its inputs, and which inputs are
differentiated. ``tests/ops/test_ops.py`` drives values, gradients, traced runs, threads and strides from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Maker = Callable[[np.random.Generator], Any]


class Case:
    """One row.

    Args:
        name: Public name of the function, and the row's name up to a suffix after ``:``.
        function: Called with the inputs.
        reference: The same in NumPy, called with float64 (or integer) inputs.
        inputs: Makers of the inputs; those that give float64 arrays are cast to the dtype under test.
        grad: Positions of the inputs that are differentiated.
        tol: Factor on the tolerance.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        reference: Callable[..., Any],
        *inputs: Maker,
        grad: tuple[int, ...] = (),
        tol: float = 1.0,
    ) -> None:
        self.name = name
        self.function = function
        self.reference = reference
        self.inputs = inputs
        self.grad = grad
        self.tol = tol

    def make(self, dtype: str) -> list[Any]:
        """The inputs, the same each time."""
        rng = np.random.default_rng(sum(map(ord, self.name)))
        arrays = [maker(rng) for maker in self.inputs]
        return [a.astype(dtype) if a.dtype == np.float64 else a for a in arrays]


# --- makers ----------------------------------------------------------------------------------------------------------


def normal(*shape: int) -> Maker:
    return lambda rng: rng.normal(size=shape)


def uniform(low: float, high: float, *shape: int) -> Maker:
    return lambda rng: rng.uniform(low, high, size=shape)


def away(*shape: int) -> Maker:
    """Numbers that keep away from the kinks at -1, 0 and 1."""
    return lambda rng: (
        rng.choice([-1.0, 1.0], size=shape) * rng.choice([0.5, 1.5], size=shape) + rng.uniform(-0.3, 0.3, size=shape)
    )


def ints(low: int, high: int, *shape: int, dtype: str = "int32") -> Maker:
    return lambda rng: rng.integers(low, high, size=shape).astype(dtype)


def bools(*shape: int) -> Maker:
    return lambda rng: rng.random(size=shape) < 0.5


def fixed(values: Any, dtype: str = "float64") -> Maker:
    return lambda rng: np.asarray(values, dtype)


def distinct(*shape: int) -> Maker:
    """Numbers far enough apart that a small change doesn't change their order."""
    size = math.prod(shape)
    return lambda rng: (rng.permutation(size) * 0.37 - size * 0.17).reshape(shape)


def probabilities(*shape: int) -> Maker:
    def make(rng: np.random.Generator) -> Any:
        p = rng.uniform(0.1, 1.0, size=shape)
        return p / p.sum(axis=-1, keepdims=True)

    return make


# --- formulas that several rows share


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


def softmax(x: Any, axis: Any = -1) -> Any:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)

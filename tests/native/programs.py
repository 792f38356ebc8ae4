"""Small programs made by hand, for tests of what runs them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore import _native

CODES = {"float32": 0, "float64": 1, "int32": 2, "int64": 3, "uint8": 4, "bool": 5}


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of C order, in elements."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


class ProgramBuilder:
    """Collects the arguments of `_native.Program`, one buffer per operand."""

    def __init__(self) -> None:
        self.buffers: list[tuple[int, int, int]] = []
        self.constants: list[np.ndarray] = []
        self.variables: list[np.ndarray] = []
        self.instructions: list[Any] = []
        self.feeds: list[Any] = []
        self.fetches: list[Any] = []
        self.arena_bytes = 0

    def _operand(self, kind: int, position: int, dtype: str, shape: tuple[int, ...]) -> Any:
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        self.buffers.append((kind, position, nbytes))
        return (len(self.buffers) - 1, 0, CODES[dtype], shape, contiguous_strides(shape))

    def arena(self, shape: tuple[int, ...], dtype: str = "float32") -> Any:
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        position = self.arena_bytes
        self.arena_bytes += -(-nbytes // 64) * 64
        return self._operand(0, position, dtype, shape)

    def constant(self, array: np.ndarray) -> Any:
        self.constants.append(array)
        return self._operand(1, len(self.constants) - 1, array.dtype.name, array.shape)

    def feed(self, shape: tuple[int, ...], dtype: str = "float32") -> Any:
        self.feeds.append((CODES[dtype], shape))
        return self._operand(2, len(self.feeds) - 1, dtype, shape)

    def fetch(self, shape: tuple[int, ...], dtype: str = "float32", *, per_row: bool = False) -> Any:
        self.fetches.append((CODES[dtype], shape, per_row))
        return self._operand(3, len(self.fetches) - 1, dtype, shape)

    def variable(self, array: np.ndarray) -> Any:
        self.variables.append(array)
        return self._operand(4, len(self.variables) - 1, array.dtype.name, array.shape)

    def add(self, kernel: str, inputs: list[Any], outputs: list[Any], ints: Any = (), floats: Any = ()) -> None:
        self.instructions.append((kernel, [*inputs, *outputs], len(inputs), tuple(ints), tuple(floats)))

    def elementwise(self, name: str, inputs: list[Any], output: Any) -> None:
        """One operation of the element-wise kernel, computed in the first input's type."""
        code, arity = _native.elementwise_opcodes()[name]
        assert arity == len(inputs)
        sources = [*range(arity), 0, 0, 0][:3]
        self.add("elementwise", inputs, [output], (inputs[0][2], 1, code, arity, *sources, arity))

    def arguments(self) -> list[Any]:
        return [
            self.buffers,
            self.constants,
            self.instructions,
            self.arena_bytes,
            self.feeds,
            self.fetches,
            self.variables,
        ]

    def build(self) -> _native.Program:
        return _native.Program(*self.arguments())


def broadcast(operand: Any, shape: tuple[int, ...]) -> Any:
    """The operand seen with more axes in front, each repeating it."""
    buffer, offset, dtype, own, strides = operand
    extra = len(shape) - len(own)
    axes = zip(strides, own, shape[extra:], strict=True)
    seen = [0] * extra + [stride if n == m else 0 for stride, n, m in axes]
    return (buffer, offset, dtype, shape, tuple(seen))


class Regression:
    """A linear model's training step: y = x W + b, gradient of the mean square, plain descent.

    The same arithmetic in NumPy is `reference_step`.
    """

    def __init__(self, batch: int, features: int, outputs: int, dtype: str = "float32") -> None:
        rng = np.random.default_rng(3)
        self.rate = 0.05
        self.weights = rng.standard_normal((features, outputs)).astype(dtype)
        b = ProgramBuilder()
        x, t = b.feed((batch, features), dtype), b.feed((batch, outputs), dtype)
        w = b.variable(self.weights)
        y, error = b.arena((batch, outputs), dtype), b.arena((batch, outputs), dtype)
        gradient, change = b.arena((features, outputs), dtype), b.arena((features, outputs), dtype)
        b.add("matmul", [x, w], [y], (0, 0, 0), (0.0,))
        b.elementwise("sub", [y, t], error)
        b.add("matmul", [transposed(x), error], [gradient], (0, 0, 0), (0.0,))
        rate = b.constant(np.array(self.rate / batch, dtype))
        scale = broadcast(rate, (features, outputs))
        b.elementwise("mul", [gradient, scale], change)
        b.elementwise("sub", [w, change], w)
        prediction = b.fetch((batch, outputs), dtype, per_row=True)
        b.add("copy", [y], [prediction])
        total = b.fetch((), dtype)
        b.add("reduce", [error], [total], (0, 0, 1))
        self.batch = batch
        self.program = b.build()

    def reference_step(
        self, weights: np.ndarray, x: np.ndarray, t: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The weights after a step, the predictions and the summed error."""
        y = x @ weights
        error = y - t
        return weights - self.rate / self.batch * (x.T @ error), y, error.sum()


def transposed(operand: Any) -> Any:
    """A matrix operand with its two axes exchanged."""
    buffer, offset, dtype, shape, strides = operand
    return (buffer, offset, dtype, shape[::-1], strides[::-1])

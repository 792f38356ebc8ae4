"""Run one kernel on a team of a chosen size, as a program of one instruction.

`_native.execute` picks the team by the cost of the kernel: small cases would run on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nncore import _native

_CODES = {"float32": 0, "float64": 1, "int32": 2, "int64": 3, "uint8": 4, "bool": 5}
_VARIABLE = 4


def _memory_of(array: np.ndarray) -> np.ndarray:
    """The C-contiguous array whose memory `array` is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    assert array.flags.c_contiguous
    return array


def run_kernel(
    kernel: str,
    operands: Sequence[np.ndarray],
    n_in: int,
    ints: Sequence[int] = (),
    floats: Sequence[float] = (),
    threads: int = 1,
) -> None:
    """Run `kernel` on arrays, outputs last, which may be views (any strides) of other arrays."""
    memories: list[np.ndarray] = []
    places: dict[int, int] = {}
    described = []
    for array in operands:
        memory = _memory_of(array)
        if id(memory) not in places:
            places[id(memory)] = len(memories)
            memories.append(memory)
        offset = array.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
        strides = tuple(stride // array.itemsize for stride in array.strides)
        described.append((places[id(memory)], offset, _CODES[array.dtype.name], array.shape, strides))
    buffers = [(_VARIABLE, i, memory.nbytes) for i, memory in enumerate(memories)]
    instruction = (kernel, described, n_in, tuple(ints), tuple(floats))
    program = _native.Program(buffers, [], [instruction], 0, [], [], memories)
    program.set_threads(threads)
    program.run([], [])

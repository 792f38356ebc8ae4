"""Kernels, programs and threads of nncore."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

# Wherever this says Sequence, a list or a tuple is expected.
_Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
_Arrays: TypeAlias = Sequence[_Array]
_Ints: TypeAlias = Sequence[int]

# (kind, position, nbytes): kind 0 arena (position is the byte offset, a multiple of 64),
# 1 constant, 2 feed, 3 fetch, 4 variable (position says which).
_Buffer: TypeAlias = tuple[int, int, int]
# (buffer, byte offset, dtype code, shape, strides in elements)
_Operand: TypeAlias = tuple[int, int, int, _Ints, _Ints]
# (kernel, operands, n_in, ints, floats)
_Instruction: TypeAlias = tuple[str, Sequence[_Operand], int, _Ints, Sequence[float]]
# (dtype code, shape)
_Feed: TypeAlias = tuple[int, _Ints]
# (dtype code, shape, per_row)
_Fetch: TypeAlias = tuple[int, _Ints, bool]

__version__: str
compiler: str

# Flags of kernels.
STRIDED_IN: int
STRIDED_OUT: int
INPLACE: int

def kernels() -> dict[str, int]: ...
def elementwise_opcodes() -> dict[str, tuple[int, int]]: ...
def isa_levels() -> dict[str, bool]: ...
def isa() -> str: ...
def isa_reason() -> str: ...
def set_num_threads(n: int) -> None: ...
def get_num_threads() -> int: ...
def thread_reason() -> str: ...
def cpu_quota(root: str = "") -> float | None: ...
def execute(kernel: str, operands: _Arrays, n_in: int, ints: _Ints = (), floats: Sequence[float] = ()) -> None: ...
def gather_rows(source: _Array, index: _Array | None, first: int, out: _Array) -> None: ...

class Pace:
    def __init__(self) -> None: ...
    def choose(self) -> bool: ...
    def chunk(self, team: bool) -> int: ...
    def record(self, team: bool, steps: int, ns_per_step: float) -> None: ...

class Program:
    def __init__(
        self,
        buffers: Sequence[_Buffer],
        constants: _Arrays,
        instructions: Sequence[_Instruction],
        arena_bytes: int,
        feeds: Sequence[_Feed],
        fetches: Sequence[_Fetch],
        variables: _Arrays,
    ) -> None: ...
    def run(self, feeds: _Arrays, fetches: _Arrays) -> None: ...
    def run_steps(
        self,
        sources: _Arrays,
        index: _Array | None,
        first: int,
        n_steps: int,
        batch: int,
        dests: _Arrays,
        budget_s: float = 0.05,
        timeline: _Array | None = None,
    ) -> int: ...
    def stop(self) -> None: ...
    def dump(self) -> str: ...
    def set_threads(self, n: int) -> None: ...
    @property
    def threads(self) -> int: ...
    @property
    def arena_bytes(self) -> int: ...
    @property
    def instruction_count(self) -> int: ...

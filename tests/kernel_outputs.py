"""Call a kernel in every way there is, and compare the ways bit by bit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kernel_running import run_kernel
from nncore import _native

FLOATS = ("float32", "float64")
DTYPES = ("float32", "float64", "int32", "int64", "uint8", "bool")
_GUARD = 80  # elements before and after an output that must stay as they were


def _guarded(shape: tuple[int, ...], dtype: str) -> tuple[np.ndarray, np.ndarray]:
    size = int(np.prod(shape, dtype=np.int64))
    memory = np.zeros(size + 2 * _GUARD, dtype)
    memory.view(np.uint8)[...] = 1 if dtype == "bool" else 0xA5
    return memory, memory[_GUARD : _GUARD + size].reshape(shape)


def outputs_of(
    kernel: str,
    inputs: Sequence[np.ndarray],
    outputs: Sequence[tuple[tuple[int, ...], str]],
    ints: Sequence[int] = (),
    floats: Sequence[float] = (),
) -> list[np.ndarray]:
    """The kernel's outputs, the same bits from `execute` and from programs on 1 and 2 threads."""
    results = []
    for threads in (0, 1, 2):
        made = [_guarded(shape, dtype) for shape, dtype in outputs]
        operands = [*inputs, *(view for _, view in made)]
        if threads == 0:
            _native.execute(kernel, operands, len(inputs), tuple(ints), tuple(floats))
        else:
            run_kernel(kernel, operands, len(inputs), ints, floats, threads)
        for (memory, view), (shape, dtype) in zip(made, outputs, strict=True):
            untouched, _ = _guarded(shape, dtype)
            for part in (slice(None, _GUARD), slice(_GUARD + view.size, None)):
                assert memory[part].tobytes() == untouched[part].tobytes(), "wrote outside"
        results.append([view.copy() for _, view in made])
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            assert a.tobytes() == b.tobytes(), "results depend on the team or the way of calling"
    return results[0]


def output_of(kernel, inputs, shape, dtype, ints=(), floats=()) -> np.ndarray:
    """The only output of a kernel."""
    return outputs_of(kernel, inputs, [(shape, dtype)], ints, floats)[0]


OPCODES = {name: code for name, (code, _) in _native.elementwise_opcodes().items()}
ARITIES = {name: arity for name, (_, arity) in _native.elementwise_opcodes().items()}
CTYPES = {"float32": 0, "float64": 1, "int64": 3}


def elementwise(name: str, *inputs: np.ndarray, dtype: str | None = None, ctype: str | None = None) -> np.ndarray:
    """One element-wise operation on broadcast inputs, computed in `ctype` (the first's dtype)."""
    arrays = np.broadcast_arrays(*inputs)
    ctype = ctype or arrays[0].dtype.name
    n = len(arrays)
    registers = [*range(n), 0, 0][:3]
    ints = [CTYPES[ctype], 1, OPCODES[name], n, *registers, n]
    return output_of("elementwise", arrays, arrays[0].shape, dtype or ctype, ints)


def views(x: np.ndarray) -> list[np.ndarray]:
    """`x` as it is, and views of other memory with the same values: strided, reversed, transposed."""
    out = [x]
    if x.ndim == 0:
        return out
    wide = np.zeros([2 * n + 1 for n in x.shape], x.dtype)
    every_other = wide[tuple(slice(1, None, 2) for _ in x.shape)]
    every_other[...] = x
    backwards = np.ascontiguousarray(x[tuple(slice(None, None, -1) for _ in x.shape)])
    out += [every_other, backwards[tuple(slice(None, None, -1) for _ in x.shape)]]
    if x.ndim > 1:
        turned = np.ascontiguousarray(x.T).T
        out += [turned, np.ascontiguousarray(np.swapaxes(x, 0, -1)[::-1]).swapaxes(0, -1)[..., ::-1]]
    return out

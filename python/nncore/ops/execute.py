"""Eager execution: one primitive on arrays, at once, through its native kernel."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from nncore import _native
from nncore.ops.definition import ELEMENTWISE, KERNEL, OpDef
from nncore.ops.dtypes import CODES, name_of

OPCODES: dict[str, tuple[int, int]] = _native.elementwise_opcodes()
# Kernels that read their inputs with any strides; the others get contiguous copies.
STRIDED_INPUTS = frozenset(name for name, flags in _native.kernels().items() if flags & _native.STRIDED_IN)
_ALL = range(1 << 30)
_COMPUTE_INTEGER = CODES["int64"]
_INT64 = np.dtype("int64")


def compute_code(dtype: str) -> int:
    """The dtype code in which the element-wise interpreter computes operands of ``dtype``."""
    return CODES[dtype] if dtype in ("float32", "float64") else _COMPUTE_INTEGER


def elementwise_dtype(inputs: Sequence[str], output: str) -> str:
    """The dtype whose arithmetic an element-wise op uses: that of its widest operand, or of a cast's float result."""
    for dtype in ("float64", "float32"):
        if dtype in inputs:
            return dtype
    return output if output in ("float32", "float64") else "int64"


def opcode(op: OpDef) -> int:
    """The interpreter's opcode of an element-wise op; -1 for pure conversion."""
    return -1 if op.kernel == "convert" else OPCODES[op.kernel][0]


def execute(op: OpDef, arrays: Sequence[Any], attrs: dict[str, Any]) -> list[Any]:
    """Carry out ``op`` on arrays and return its outputs."""
    specs = op.infer([(a.shape, name_of(a)) for a in arrays], attrs)
    if op.kind == ELEMENTWISE:
        return [_elementwise(op, arrays, specs[0])]
    if op.kind == KERNEL:
        return _kernel(op, arrays, attrs, specs)
    # Views and placements are NumPy's own: they move memory and compute nothing.
    result = op.reference(*arrays, **attrs)
    return result if isinstance(result, list) else [result]


def _elementwise(op: OpDef, arrays: Sequence[Any], spec: tuple[Any, str]) -> Any:
    shape, dtype = spec
    out = np.empty(shape, dtype)
    operands: list[Any] = []
    codes: list[int] = []
    floats: list[float] = []
    for array in arrays:
        if array.ndim == 0 and _fits_float(array):
            # Scalars travel as immediates: no operand to set up.
            floats.append(float(array))
            codes.append(-len(floats))
        else:
            codes.append(len(operands))
            operands.append(array if array.shape == shape else np.broadcast_to(array, shape))
    ctype = CODES[elementwise_dtype([name_of(a) for a in arrays], dtype)]
    codes += [0] * (3 - len(codes))
    code, target = opcode(op), len(operands)
    if code < 0:
        if codes[0] < 0:
            out[...] = arrays[0]
            return out
        ints = (ctype, 0, codes[0])
    else:
        ints = (ctype, 1, code, target, *codes, target)  # type: ignore[assignment]
    operands.append(out)
    _native.execute("elementwise", operands, target, ints, tuple(floats))
    return out


def _fits_float(array: Any) -> bool:
    """Whether a scalar is exact as a float64, as immediates are."""
    return array.dtype != _INT64 or -(2**53) <= int(array) <= 2**53


def strided_inputs(op: OpDef, attrs: dict[str, Any]) -> Container[int]:
    """The positions of the inputs that an op's kernel takes in any strides; the others are to be in C order."""
    if op.strided is not None:
        return op.strided(attrs)
    return _ALL if op.kernel in STRIDED_INPUTS else ()


def _kernel(op: OpDef, arrays: Sequence[Any], attrs: dict[str, Any], specs: list[tuple[Any, str]]) -> list[Any]:
    ints, floats = op.encode(  # type: ignore[misc]
        [(a.shape, name_of(a)) for a in arrays], attrs
    )
    if op.strided is not None or op.kernel not in STRIDED_INPUTS:
        strided = strided_inputs(op, attrs)
        arrays = [a if i in strided else np.ascontiguousarray(a).reshape(a.shape) for i, a in enumerate(arrays)]
    shared = dict(op.inplace(len(arrays), attrs)) if op.inplace else {}
    outputs = [
        # An eager op never changes its arguments: an updating kernel works on a copy.
        np.array(arrays[shared[i]], copy=True, order="C") if i in shared else np.empty(shape, dtype)
        for i, (shape, dtype) in enumerate(specs)
    ]
    if shared:
        arrays = list(arrays)
        for output, source in shared.items():
            arrays[source] = outputs[output]
    _native.execute(op.kernel, [*arrays, *outputs], len(arrays), tuple(ints), tuple(floats))
    return outputs

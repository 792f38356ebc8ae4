"""The intermediate representation: symbolic tensors, nodes, graphs and traces. It knows no operation."""

from nncore.ir.graph import CONSTANT, INPUT, VARIABLE, Call, Checked, Graph, Leaf, Node
from nncore.ir.tensor import KerasTensor, Spec, SymbolicTensor, Tensor, TraceError, trace_error
from nncore.ir.trace import Trace, common_size, current, known_dims, unknown_size

__all__ = [
    "CONSTANT",
    "INPUT",
    "VARIABLE",
    "Call",
    "Checked",
    "Graph",
    "KerasTensor",
    "Leaf",
    "Node",
    "Spec",
    "SymbolicTensor",
    "Tensor",
    "Trace",
    "TraceError",
    "common_size",
    "current",
    "known_dims",
    "trace_error",
    "unknown_size",
]

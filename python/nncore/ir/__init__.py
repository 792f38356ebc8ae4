"""The intermediate representation: symbolic tensors, nodes, graphs and traces. It knows no operation."""

from nncore.ir.graph import CONSTANT, INPUT, VARIABLE, Call, Checked, Graph, Leaf, Node
from nncore.ir.tensor import KerasTensor, Spec, SymbolicTensor, Tensor, TraceError, trace_error
from nncore.ir.trace import Trace, current

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
    "current",
    "trace_error",
]

"""Bodies: graphs inside of a node, run again and again (loops) or perhaps not at all (branches).

A body is traced like any function. What it takes from outside, tensors of the traces around it and variables, becomes a
further input: ``captured`` says of what.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore.ir.graph import CONSTANT, Graph, Node
from nncore.ir.tensor import SymbolicTensor
from nncore.ir.trace import Trace

__all__ = ["BodyTrace", "copy_graph", "inline", "record_again"]


class BodyTrace(Trace):
    """Records a body.

    Args:
        parent: The trace whose node the body will belong to.
    """

    def __init__(self, parent: Trace) -> None:
        super().__init__(name=parent.name)
        self.parent = parent
        self.shapes_only = parent.shapes_only
        self.unknown = parent.unknown
        # Tensors of the parent, and the inputs that stand for them.
        self.captured: dict[SymbolicTensor, SymbolicTensor] = {}

    def capture(self, outer: SymbolicTensor) -> SymbolicTensor:
        """The input that stands for a tensor of a trace around this one."""
        outer = self.parent._own(outer)
        found = self.captured.get(outer)
        if found is None:
            found = self.captured[outer] = self.input(outer.shape, outer.dtype)
        return found

    def read(self, variable: Any) -> SymbolicTensor:
        """The symbolic value of a variable at this point of the body."""
        written = self._writes.get(id(variable))
        return written[1] if written is not None else self.capture(self.parent.read(variable))

    def written(self) -> list[tuple[Any, SymbolicTensor]]:
        """Variables that the body assigns to, and their new values."""
        return list(self._writes.values())

    def _own(self, tensor: SymbolicTensor) -> SymbolicTensor:
        return tensor if tensor.trace is self else self.capture(tensor)


def record_again(
    trace: Trace, nodes: Sequence[Node], replaced: dict[SymbolicTensor, SymbolicTensor]
) -> dict[SymbolicTensor, SymbolicTensor]:
    """Record nodes of another trace into this one.

    Args:
        trace: The trace that is recorded.
        nodes: Nodes in order of definition. Leaves other than constants must have been replaced.
        replaced: What stands for the tensors of the other trace here; gets the nodes' outputs as well.

    Returns:
        ``replaced``.
    """
    for node in nodes:
        if node.outputs and node.outputs[0] in replaced:
            continue
        if node.op is CONSTANT:
            replaced[node.outputs[0]] = trace.constant(node.attrs["value"])
            continue
        attrs = node.attrs
        if "bodies" in attrs:
            attrs = {**attrs, "bodies": tuple(copy_graph(body, trace) for body in attrs["bodies"])}
        outputs = trace.record(node.op, tuple(replaced[t] for t in node.inputs), attrs)
        replaced.update(zip(node.outputs, outputs, strict=True))
    return replaced


def copy_graph(graph: Graph, parent: Trace) -> Graph:
    """The same body in a trace of its own."""
    trace = BodyTrace(parent)
    inputs = [trace.input(tensor.shape, tensor.dtype) for tensor in graph.inputs]
    found = record_again(trace, _without_inputs(graph), dict(zip(graph.inputs, inputs, strict=True)))
    return Graph(inputs, trace.nodes, [found[tensor] for tensor in graph.outputs], [])


def _without_inputs(graph: Graph) -> list[Node]:
    inputs = {tensor.node for tensor in graph.inputs}
    return [node for node in graph.nodes if node not in inputs]


def inline(graph: Graph, trace: Trace, arguments: Sequence[SymbolicTensor]) -> list[SymbolicTensor]:
    """Record a body's nodes into the trace, as if they had been written there."""
    found = record_again(trace, _without_inputs(graph), dict(zip(graph.inputs, arguments, strict=True)))
    return [found[tensor] for tensor in graph.outputs]

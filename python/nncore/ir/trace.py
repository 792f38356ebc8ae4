"""Trace: the recording of one run of a Python function as a Graph."""

from __future__ import annotations

import threading
from typing import Any

from nncore.ir.graph import CONSTANT, INPUT, VARIABLE, Graph, Node
from nncore.ir.tensor import SymbolicTensor, trace_error

# NumPy works a dtype's name out anew each time it is asked.
_NAMES: dict[Any, str] = {}


def _name(dtype: Any) -> str:
    found = _NAMES.get(dtype)
    if found is None:
        found = _NAMES[dtype] = str(dtype.name)
    return found


class _Stack(threading.local):
    def __init__(self) -> None:
        self.traces: list[Trace] = []


_STACK = _Stack()


def current() -> Trace | None:
    """The trace that records on this thread now, or None."""
    traces = _STACK.traces
    return traces[-1] if traces else None


def unknown_size() -> int | None:
    """The size that stands for unknown dimensions while shapes are inferred; None otherwise."""
    trace = current()
    return None if trace is None else trace.unknown


def known_dims(shape: Any) -> tuple[int | None, ...]:
    """A shape as it is known: None where, while shapes are inferred, a size stands for an unknown dimension."""
    unknown = unknown_size()
    return tuple(None if d == unknown else d for d in shape)


def common_size(a: int, b: int) -> int | None:
    """The size of two dimensions that have to agree; None if they don't.

    While shapes are inferred, an unknown dimension agrees with every size: it will have to be that one.
    """
    if a == b:
        return a
    unknown = unknown_size()
    return None if unknown is None else b if a == unknown else a if b == unknown else None


class suspended:  # noqa: N801 - used like a function, in `with`
    """Context without any trace: what is computed inside (initial weights) is computed at once."""

    def __enter__(self) -> suspended:
        self._traces = _STACK.traces
        _STACK.traces = []
        return self

    def __exit__(self, *_: object) -> None:
        _STACK.traces = self._traces


class Trace:
    """Records the operations on symbolic tensors while it is entered (``with Trace() as trace``).

    Args:
        carry_values: Compute each operation as it is recorded, so that tensors have a ``value``.
        name: What is traced, for messages.
    """

    def __init__(self, carry_values: bool = False, name: str = "") -> None:
        self.carry_values = carry_values
        self.name = name
        self.nodes: list[Node] = []
        self.inputs: list[SymbolicTensor] = []
        self._variables: dict[int, tuple[Any, SymbolicTensor]] = {}
        self._writes: dict[int, tuple[Any, SymbolicTensor]] = {}
        self._constants: dict[Any, SymbolicTensor] = {}
        # What fed values have to satisfy; see nncore.ir.limits.
        self.limits: list[Any] = []
        # Nobody will run this: a loop need not be recorded in full.
        self.shapes_only = False
        # The size that stands for unknown dimensions in such a trace.
        self.unknown: int | None = None

    def __enter__(self) -> Trace:
        _STACK.traces.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _STACK.traces.pop()

    def _node(
        self,
        op: Any,
        inputs: tuple[SymbolicTensor, ...],
        attrs: dict[str, Any],
        specs: list[tuple[tuple[int, ...], str]],
    ) -> Node:
        node = Node(op, inputs, attrs, len(self.nodes))
        node.outputs = tuple(
            SymbolicTensor(self, node, index, shape, dtype) for index, (shape, dtype) in enumerate(specs)
        )
        self.nodes.append(node)
        return node

    def input(self, shape: tuple[int, ...], dtype: str, value: Any = None) -> SymbolicTensor:
        """Add a fed input and return its tensor."""
        node = self._node(INPUT, (), {"index": len(self.inputs)}, [(tuple(shape), dtype)])
        tensor = node.outputs[0]
        tensor.value = value
        self.inputs.append(tensor)
        return tensor

    def constant(self, array: Any) -> SymbolicTensor:
        """The tensor of a constant array; equal scalars share one."""
        key: Any = (array.dtype.str, array.item()) if array.ndim == 0 else id(array)
        if array.ndim == 0 and array.item() == 0:
            key = (array.dtype.str, str(array.item()))  # 0.0 and -0.0 are equal as keys
        found = self._constants.get(key)
        if found is None:
            node = self._node(CONSTANT, (), {"value": array}, [(array.shape, _name(array.dtype))])
            found = self._constants[key] = node.outputs[0]
            found.value = array if self.carry_values else None
        return found

    def read(self, variable: Any) -> SymbolicTensor:
        """The symbolic value of a variable at this point of the trace."""
        written = self._writes.get(id(variable))
        if written is not None:
            return written[1]
        found = self._variables.get(id(variable))
        if found is None:
            array = variable.array
            node = self._node(VARIABLE, (), {"variable": variable}, [(array.shape, _name(array.dtype))])
            found = self._variables[id(variable)] = (variable, node.outputs[0])
            # A copy: the update at the end of the trace must not reach recorded values.
            node.outputs[0].value = array.copy() if self.carry_values else None
        return found[1]

    def write(self, variable: Any, tensor: SymbolicTensor) -> None:
        """Record that ``variable`` has the value ``tensor`` from here on."""
        self._writes[id(variable)] = (variable, tensor)

    def record(self, op: Any, inputs: tuple[Any, ...], attrs: dict[str, Any]) -> tuple[SymbolicTensor, ...]:
        """Append ``op(*inputs)``; arrays among the inputs become constants."""
        tensors = tuple(self._own(x) if isinstance(x, SymbolicTensor) else self.constant(x) for x in inputs)
        specs = op.infer([(t.shape, t.dtype) for t in tensors], attrs)
        node = self._node(op, tensors, attrs, specs)
        if self.carry_values:
            values = op.execute([t.value for t in tensors], attrs)
            for tensor, value in zip(node.outputs, values, strict=True):
                tensor.value = value
        return node.outputs

    def widen(self, node: Node, attrs: dict[str, Any]) -> None:
        """Give a recorded node other attributes, with which it has further outputs."""
        specs = node.op.infer([(t.shape, t.dtype) for t in node.inputs], attrs)
        known = len(node.outputs)
        more = [SymbolicTensor(self, node, i, shape, dtype) for i, (shape, dtype) in enumerate(specs) if i >= known]
        node.attrs = attrs
        node.outputs += tuple(more)
        if self.carry_values:
            values = node.op.execute([t.value for t in node.inputs], attrs)
            for tensor, value in zip(more, values[known:], strict=True):
                tensor.value = value

    def _own(self, tensor: SymbolicTensor) -> SymbolicTensor:
        if tensor.trace is not self:
            raise trace_error(
                f"{tensor!r} belongs to another traced function and was used after that function had returned, "
                "or inside a function traced on its own.",
                "Return it from its function, or pass it as an argument.",
            )
        return tensor

    def graph(self, outputs: list[SymbolicTensor]) -> Graph:
        """The Graph of all that was recorded, with these outputs."""
        writes = [
            (variable, tensor)
            for key, (variable, tensor) in self._writes.items()
            if self._variables.get(key, (None, None))[1] is not tensor
        ]
        return Graph(self.inputs, self.nodes, outputs, writes, self.limits)

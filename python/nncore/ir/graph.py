"""Node and Graph: a traced function as a list of operations, with a verifier and a readable dump."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from nncore.ir.tensor import SymbolicTensor


class Leaf:
    """The "op" of a node without inputs: a fed input, a variable or a constant."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"Leaf({self.name})"


INPUT = Leaf("input")
VARIABLE = Leaf("variable")
CONSTANT = Leaf("constant")


class Node:
    """One operation: ``outputs = op(*inputs, **attrs)``."""

    __slots__ = ("attrs", "inputs", "op", "order", "outputs")

    def __init__(self, op: Any, inputs: tuple[SymbolicTensor, ...], attrs: dict[str, Any], order: int) -> None:
        self.op = op
        self.inputs = inputs
        self.attrs = attrs
        self.order = order
        self.outputs: tuple[SymbolicTensor, ...] = ()

    @property
    def is_leaf(self) -> bool:
        """True for inputs, variables and constants."""
        return isinstance(self.op, Leaf)


class Call:
    """A remembered call of a layer or op on placeholders: one step of a functional model.

    Args:
        target: The layer, or the function of ``nncore.ops``, that was called.
        args: Positional arguments; placeholders among them, nested or not.
        kwargs: Keyword arguments.
    """

    __slots__ = ("args", "kwargs", "outputs", "structure", "target")

    def __init__(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.target = target
        self.args = args
        self.kwargs = kwargs
        self.outputs: list[Any] = []
        self.structure: Any = None


# Nodes with the op, inputs, attributes and outputs that they had when they were checked.
Checked = dict[Node, tuple[Any, ...]]


class Graph:
    """A traced function: inputs, nodes in order of definition, outputs, and variables written.

    Args:
        inputs: The fed tensors in the order of the function's leaves.
        nodes: Operations (leaves included), each after those that define its inputs.
        outputs: What the function returned, flattened.
        writes: Pairs of variable and the tensor that is its new value.
        limits: What fed values have to satisfy (``limits.Limit``).
    """

    __slots__ = ("inputs", "limits", "nodes", "outputs", "writes")

    def __init__(
        self,
        inputs: list[SymbolicTensor],
        nodes: list[Node],
        outputs: list[SymbolicTensor],
        writes: list[tuple[Any, SymbolicTensor]],
        limits: Sequence[Any] = (),
    ) -> None:
        self.inputs = inputs
        self.nodes = nodes
        self.outputs = outputs
        self.writes = writes
        self.limits = limits

    def results(self) -> list[SymbolicTensor]:
        """All tensors that must be computed: outputs, then new values of variables."""
        return [*self.outputs, *(tensor for _, tensor in self.writes)]

    def users(self) -> dict[SymbolicTensor, list[Node]]:
        """Map each tensor to the nodes that read it."""
        users: dict[SymbolicTensor, list[Node]] = {}
        for node in self.nodes:
            for tensor in node.inputs:
                users.setdefault(tensor, []).append(node)
        return users

    def verify(self, after: str = "", checked: Checked | None = None) -> None:
        """Check that every use is defined before and that shapes and dtypes follow from the rules.

        Args:
            after: Name of the pass that just ran, for the message.
            checked: What earlier passes were checked with: a node that is as it was then is not inferred again. Gets
                this check's nodes. Defaults to none.

        Raises:
            RuntimeError: If the graph is wrong: a fault of a pass, never of the user.
        """
        checked = {} if checked is None else checked
        defined: set[SymbolicTensor] = set()
        for position, node in enumerate(self.nodes):
            if node.inputs and not defined.issuperset(node.inputs):
                raise RuntimeError(
                    f"Graph after {after or 'tracing'}: node {position} ({node.op.name}) uses an undefined tensor."
                )
            for body in node.attrs.get("bodies", ()):
                body.verify(after, checked)
            if not _unchanged(node, checked.get(node)):
                _check_node(node, position, after)
                checked[node] = (node.op, node.inputs, node.attrs, node.outputs)
            defined.update(node.outputs)
        if not defined.issuperset(self.results()):
            raise RuntimeError(f"Graph after {after or 'tracing'}: an output is undefined.")

    def dump(self) -> str:
        """Print the graph one operation a line: ``%3 = matmul(%0, %1) : float32[128,32]``; bodies are indented."""
        names: dict[SymbolicTensor, str] = {}
        lines: list[str] = []
        for node in self.nodes:
            for tensor in node.outputs:
                names[tensor] = f"%{len(names)}"
            left = ", ".join(names[tensor] for tensor in node.outputs)
            right = ", ".join(names.get(tensor, "?") for tensor in node.inputs)
            kinds = ", ".join(_type_name(tensor) for tensor in node.outputs)
            lines.append(f"{left} = {node.op.name}({right}{_show_attrs(node)}) : {kinds}")
            for number, body in enumerate(node.attrs.get("bodies", ())):
                taken = ", ".join(_type_name(tensor) for tensor in body.inputs)
                lines.append(f"  body {number} of {taken or 'nothing'}")
                lines += [f"    {line}" for line in body.dump().splitlines()]
        lines += [f"return {names.get(tensor, '?')}" for tensor in self.outputs]
        lines += [
            f"write {getattr(variable, 'path', 'variable')} <- {names.get(tensor, '?')}"
            for variable, tensor in self.writes
        ]
        return "\n".join(lines)


def _unchanged(node: Node, before: tuple[Any, ...] | None) -> bool:
    if before is None:
        return False
    op, inputs, attrs, outputs = before
    if node.op is not op or node.attrs is not attrs or node.outputs is not outputs:
        return False
    return len(node.inputs) == len(inputs) and all(map(operator.is_, node.inputs, inputs))


def _check_node(node: Node, position: int, after: str) -> None:
    if node.is_leaf:
        return
    expected = node.op.infer([(t.shape, t.dtype) for t in node.inputs], node.attrs)
    received = [(t.shape, t.dtype) for t in node.outputs]
    if expected != received:
        raise RuntimeError(
            f"Graph after {after or 'tracing'}: node {position} ({node.op.name}) should give {expected}. "
            f"Received: {received}."
        )


def _type_name(tensor: SymbolicTensor) -> str:
    return f"{tensor.dtype}[{','.join(map(str, tensor.shape))}]"


def _show_attrs(node: Node) -> str:
    shown = []
    for key, value in node.attrs.items():
        if key == "bodies":
            continue
        if key == "variable":
            value = getattr(value, "path", None) or getattr(value, "name", "?")
        elif key == "value":
            value = value.item() if value.size == 1 else f"array{value.shape}"
        shown.append(f"{key}={value}")
    return ("; " if node.inputs else "") + ", ".join(shown) if shown else ""

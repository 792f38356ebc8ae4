"""Clean-up passes: drop what nobody reads, compute the same thing once, fold constants, take out what does nothing."""

from __future__ import annotations

from typing import Any

from nncore.ir import CONSTANT, Graph, Node, SymbolicTensor
from nncore.ops.definition import ELEMENTWISE, OPS

Substitution = dict[SymbolicTensor, SymbolicTensor]

# Ops that pass their inputs on: they mattered to differentiation only.
_TRANSPARENT = frozenset(("identity", "stop_gradient", "custom_gradient"))
# op -> (position of the operand that decides, the value that makes the op the identity)
_NEUTRAL = {
    "add": ((0, 0.0), (1, 0.0)),
    "sub": ((1, 0.0),),
    "mul": ((0, 1.0), (1, 1.0)),
    "div": ((1, 1.0),),
    "div_no_nan": ((1, 1.0),),
}
# Of one element these are the element.
_REDUCTIONS = frozenset(("reduce_sum", "reduce_prod", "reduce_max", "reduce_min"))


def make_node(
    name: str, inputs: tuple[SymbolicTensor, ...], attrs: dict[str, Any], nodes: list[Node]
) -> SymbolicTensor:
    """Add a node to ``nodes`` and return its output."""
    op = OPS[name]
    node = Node(op, inputs, attrs, -1)
    specs = op.infer([(t.shape, t.dtype) for t in inputs], attrs)
    node.outputs = tuple(SymbolicTensor(inputs[0].trace, node, i, s, d) for i, (s, d) in enumerate(specs))
    nodes.append(node)
    return node.outputs[0]


def remove_dead(graph: Graph) -> None:
    """Keep only what the results depend on; fed inputs always stay."""
    needed = {tensor.node for tensor in graph.results()}
    for node in reversed(graph.nodes):
        if node in needed:
            needed.update(tensor.node for tensor in node.inputs)
    inputs = {tensor.node for tensor in graph.inputs}
    graph.nodes = [node for node in graph.nodes if node in needed or node in inputs]


def simplify(graph: Graph) -> None:
    """Remove identities, read scalars through broadcasts, and share equal operations."""
    replaced: Substitution = {}
    seen: dict[Any, Node] = {}
    kept = []
    for node in graph.nodes:
        if replaced and node.inputs:
            node.inputs = tuple(replaced.get(t, t) for t in node.inputs)
        if node.op.name in _TRANSPARENT:
            replaced.update(zip(node.outputs, node.inputs, strict=False))
            continue
        if not node.is_leaf:
            if node.op.kind == ELEMENTWISE:
                _read_through_broadcasts(node)
                if _fold(node):
                    kept.append(node)
                    continue
            if node.op.name in _REDUCTIONS and _reduces_nothing(node):
                node.op, node.attrs = OPS["reshape"], {"shape": node.outputs[0].shape}
            same = _neutral(node)
            if same is not None:
                replaced[node.outputs[0]] = same
                continue
            twin = seen.setdefault(_key(node), node)
            if twin is not node:
                replaced.update(zip(node.outputs, twin.outputs, strict=True))
                continue
        kept.append(node)
    graph.nodes = kept
    substitute_results(graph, replaced)


def substitute_results(graph: Graph, replaced: Substitution) -> None:
    """Apply a substitution to the graph's outputs and writes."""
    graph.outputs = [replaced.get(t, t) for t in graph.outputs]
    graph.writes = [(variable, replaced.get(t, t)) for variable, t in graph.writes]


def _read_through_broadcasts(node: Node) -> None:
    """An element-wise op broadcasts by itself: let it read what a broadcast_to was made from."""
    shape = node.outputs[0].shape
    inputs = list(node.inputs)
    for position, tensor in enumerate(inputs):
        while tensor.node.op.name == "broadcast_to" or _is_scalar_reshape(tensor):
            tensor = tensor.node.inputs[0]
        tensor = _repeated(tensor)
        if tensor is inputs[position]:
            continue
        others = [t.shape for i, t in enumerate(inputs) if i != position]
        if _spans(shape, [*others, tensor.shape]):
            inputs[position] = tensor
    node.inputs = tuple(inputs)


def _repeated(tensor: SymbolicTensor) -> SymbolicTensor:
    """What a tensor repeats, if that has no dimensions; otherwise the tensor."""
    source = tensor
    while source.shape and source.node.op.name in ("broadcast_to", "reshape"):
        source = source.node.inputs[0]
    return tensor if source.shape else source


def _is_scalar_reshape(tensor: SymbolicTensor) -> bool:
    return tensor.node.op.name == "reshape" and all(d == 1 for d in tensor.shape)


def _fold(node: Node) -> bool:
    """Turn an op on constant scalars into a constant."""
    if any(t.node.op is not CONSTANT or t.shape for t in node.inputs):
        return False
    value = node.op.execute([t.node.attrs["value"] for t in node.inputs], node.attrs)[0]
    node.op, node.inputs, node.attrs = CONSTANT, (), {"value": value}
    return True


def _reduces_nothing(node: Node) -> bool:
    """Whether all axes that are reduced are of length 1."""
    return all(node.inputs[0].shape[axis] == 1 for axis in node.attrs["axes"])


def _spans(shape: tuple[int, ...], shapes: list[tuple[int, ...]]) -> bool:
    """Whether operands of ``shapes`` still broadcast to exactly ``shape``."""
    for axis in range(1, len(shape) + 1):
        if shape[-axis] != 1 and not any(len(s) >= axis and s[-axis] == shape[-axis] for s in shapes):
            return False
    return max(len(s) for s in shapes) == len(shape)


def constant_scalar(tensor: SymbolicTensor) -> Any:
    """The value of a constant scalar (read through broadcasts), or None."""
    while tensor.node.op.name == "broadcast_to":
        tensor = tensor.node.inputs[0]
    if tensor.node.op is CONSTANT:
        value = tensor.node.attrs["value"]
        if value.size == 1:
            return value.item()
        if value.size and not any(value.strides):
            return value.flat[0].item()
    return None


def _neutral(node: Node) -> SymbolicTensor | None:
    for position, neutral in _NEUTRAL.get(node.op.name, ()):
        other = node.inputs[1 - position]
        if other.shape == node.outputs[0].shape and constant_scalar(node.inputs[position]) == neutral:
            return other
    return None


def _key(node: Node) -> Any:
    attrs = tuple(sorted(node.attrs.items())) if node.attrs else ()
    try:
        hash(attrs)
    except TypeError:
        return id(node)
    return (node.op.name, node.inputs, attrs)

"""Row-wise updates: an embedding's gradient that only its table's update reads is never made."""

from __future__ import annotations

from nncore.graph.simplify import Substitution, substitute_results
from nncore.ir import Graph, Node, SymbolicTensor
from nncore.ops import row_updates  # noqa: F401  (defines the primitives)
from nncore.ops.definition import OPS

# Updates that leave a value alone whose gradient is 0, and their forms for rows.
BY_ROWS = {"sgd_step": "sgd_rows_step", "adagrad_step": "adagrad_rows_step"}


def update_rows(graph: Graph) -> None:
    """Replace updates of tables by updates of the rows that have gradients."""
    users = graph.users()
    replaced: Substitution = {}
    nodes = []
    for node in graph.nodes:
        found = None if node.is_leaf else _by_rows(node, users)
        if found is not None:
            replaced.update(zip(node.outputs, found.outputs, strict=True))
        nodes.append(found or node)
    if replaced:
        graph.nodes = nodes
        for node in graph.nodes:
            node.inputs = tuple(replaced.get(t, t) for t in node.inputs)
        substitute_results(graph, replaced)


def _by_rows(node: Node, users: dict[SymbolicTensor, list[Node]]) -> Node | None:
    attrs = dict(node.attrs)
    if node.op.name not in BY_ROWS or attrs.pop("n") != 1 or attrs.pop("weight_decay") or attrs.get("epsilon") == 0:
        return None
    lr, p, g, *slots = node.inputs
    scattered = g
    while scattered.node.op.name == "reshape" and len(users.get(scattered, ())) == 1:
        scattered = scattered.node.inputs[0]
    source = scattered.node
    if source.op.name != "scatter_add" or len(users.get(scattered, ())) != 1 or len(p.shape) != 2:
        return None
    if scattered.shape != (1, *p.shape):
        return None
    result = Node(OPS[BY_ROWS[node.op.name]], (lr, p, *slots, *source.inputs), attrs, -1)
    result.outputs = tuple(SymbolicTensor(t.trace, result, i, t.shape, t.dtype) for i, t in enumerate(node.outputs))
    return result

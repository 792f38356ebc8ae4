"""Rows picked from a table only to be multiplied stay where they are: the products read them through the index."""

from __future__ import annotations

from nncore.graph.simplify import Substitution, make_node, remove_dead, substitute_results
from nncore.ir import Graph, Node, SymbolicTensor
from nncore.ops import picked_products  # noqa: F401  (defines the primitive)
from nncore.ops.definition import VIEW

Users = dict[SymbolicTensor, list[Node]]
# A product that reads the rows: which of its operands they are, and whether transposed.
Reader = tuple[Node, int, bool]

# Rows that are read twice are collected twice, and the gradient of weights visits them in narrow strips. Where the
# result is so wide that products copy their operands into panels anyway, that costs nothing.
_WIDE = 256


def pick_rows(graph: Graph) -> None:
    """Replace products of picked rows by products that read the table, where all who read the rows are such."""
    if "gather" not in {node.op.name for node in graph.nodes}:
        return
    remove_dead(graph)  # what a rewriting has replaced reads nothing
    users = graph.users()
    results = set(graph.results())
    found: dict[Node, tuple[Reader, Node]] = {}
    for node in graph.nodes:
        if node.op.name == "gather" and _in_order(node.inputs[0]):
            readers = _readers(node.outputs[0], False, users, results)
            if readers and _pays(readers):
                found.update((reader[0], (reader, node)) for reader in readers)
    if not found:
        return
    nodes: list[Node] = []
    replaced: Substitution = {}
    for node in graph.nodes:
        if node in found:
            replaced[node.outputs[0]] = _picked(*found[node], nodes)
        else:
            nodes.append(node)
    graph.nodes = nodes
    for node in nodes:
        node.inputs = tuple(replaced.get(t, t) for t in node.inputs)
    substitute_results(graph, replaced)


def _in_order(table: SymbolicTensor) -> bool:
    """Whether the rows of a (1, rows, width) tensor lie in memory, each in order."""
    node = table.node
    while not node.is_leaf and node.op.name == "reshape":
        node = node.inputs[0].node
    return bool(table.shape[0] == 1 and (node.is_leaf or node.op.kind != VIEW))


def _readers(
    tensor: SymbolicTensor, transposed: bool, users: Users, results: set[SymbolicTensor]
) -> list[Reader] | None:
    """All products that read ``tensor``, through views; None if anything else does."""
    if tensor in results:
        return None
    readers: list[Reader] = []
    for node in users.get(tensor, ()):
        more: list[Reader] | None = None
        if node.op.name == "reshape" and not transposed and node.outputs[0].shape[-1:] == tensor.shape[-1:]:
            more = _readers(node.outputs[0], False, users, results)
        elif node.op.name == "transpose" and len(tensor.shape) == 2 and tuple(node.attrs["axes"]) == (1, 0):
            more = _readers(node.outputs[0], not transposed, users, results)
        elif node.op.name in ("matmul", "dense") and all(len(t.shape) == 2 for t in node.inputs[:2]):
            places = [place for place, t in enumerate(node.inputs) if t is tensor]
            if places in ([0], [1]):
                more = [(node, places[0], transposed)]
        if more is None:
            return None
        readers += more
    return readers


def _pays(readers: list[Reader]) -> bool:
    if len({node for node, _, _ in readers}) < len(readers):
        return False  # both operands
    alone = len(readers) == 1
    return all(
        (alone and (side, transposed) != (0, True)) or node.outputs[0].shape[1 - side] >= _WIDE
        for node, side, transposed in readers
    )


def _picked(reader: Reader, gather: Node, nodes: list[Node]) -> SymbolicTensor:
    node, side, transposed = reader
    rows, index = gather.inputs
    table = make_node("reshape", (rows,), {"shape": rows.shape[1:]}, nodes)
    operands = list(node.inputs)
    operands[side] = table
    operands.insert(2, index)
    # Of A the rows or of B the columns, each as they are or transposed.
    attrs = {"activation": "linear", "alpha": 0.0, **node.attrs, "axis": 2 * side + transposed}
    return make_node("dense_picked", tuple(operands), attrs, nodes)

"""Gradients that nobody but an optimizer's instruction reads are computed there, and are never in memory.

A gradient of weights that is a matrix product, and one of a bias that is the sum over a batch, become operands of the
update: see ``csrc/kernels/optimizer_gradients.hpp``. That pays for gradients of few terms, whose memory is a large part
of the work. Their operands live until the update, so they have to be smaller than what they save.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from nncore.graph.plan import SMALL
from nncore.graph.simplify import Substitution, substitute_results
from nncore.ir import VARIABLE, Graph, Node, SymbolicTensor
from nncore.ops.definition import OPS, VIEW
from nncore.ops.update_rules import COLUMN_SUMS, GIVEN, PRODUCT, Group, groups_of

# Terms of a gradient's sums: beyond, what the product alone can do to share its work is worth more.
MOST_TERMS = 512
# Bytes of a gradient: beyond, a product and an update that each go over long rows are faster than pieces of both.
MOST_BYTES = 4 << 20
# Elements of a gradient: a handful costs less as it is.
FEWEST_ELEMENTS = 8

Users = dict[SymbolicTensor, list[Node]]


class _Candidate(NamedTuple):
    """A gradient that its update may compute, from which operands."""

    group: Group
    source: int
    operands: tuple[SymbolicTensor, ...]
    saved: int  # bytes of the gradient


def absorb_gradients(graph: Graph) -> None:
    """Let updates compute the gradients that only they read."""
    users = graph.users()
    results = set(graph.results())
    replaced: Substitution = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if not node.is_leaf and node.op.multi is not None and node.op.strided is not None:
            chosen = _choose(node, _candidates(node, users, results))
            if chosen:
                node = _absorbed(node, chosen, nodes, replaced)
        nodes.append(node)
    if replaced:
        graph.nodes = nodes
        for node in graph.nodes:
            if not replaced.keys().isdisjoint(node.inputs):
                node.inputs = tuple(replaced.get(t, t) for t in node.inputs)
        substitute_results(graph, replaced)


def _root(tensor: SymbolicTensor) -> SymbolicTensor:
    """The tensor whose memory ``tensor`` reads."""
    while not tensor.node.is_leaf and tensor.node.op.kind == VIEW:
        tensor = tensor.node.inputs[0]
    return tensor


def _bytes(tensor: SymbolicTensor) -> int:
    size: int = math.prod(tensor.shape) * (8 if tensor.dtype == "float64" else 4)
    return size


def _candidates(node: Node, users: Users, results: set[SymbolicTensor]) -> list[_Candidate]:
    updated = {
        _root(node.inputs[k]) for group in groups_of(node.op.multi, node.attrs) for k in (group.parameter, *group.slots)
    }
    found = []
    for group in groups_of(node.op.multi, node.attrs):
        if group.source != GIVEN:
            continue
        gradient = node.inputs[group.gradient[0]]
        candidate = _candidate(group, gradient, users, results)
        # What the update overwrites must not be what it reads.
        if candidate is not None and not any(
            _root(t).node.op is VARIABLE or _root(t) in updated for t in candidate.operands
        ):
            found.append(candidate)
    return found


def _candidate(group: Group, gradient: SymbolicTensor, users: Users, results: set[SymbolicTensor]) -> _Candidate | None:
    saved, tensor = _bytes(gradient), gradient
    if math.prod(gradient.shape) < FEWEST_ELEMENTS or saved > MOST_BYTES:
        return None
    while len(users.get(tensor, ())) == 1 and tensor not in results and not tensor.node.is_leaf:
        node = tensor.node
        if node.op.name == "reshape":
            tensor = node.inputs[0]
            continue
        if node.op.name == "matmul" and len(tensor.shape) == 2 and _sums_over_rows(node):
            return _Candidate(group, PRODUCT, node.inputs, saved)
        if node.op.name == "reduce_sum" and _sums_leading_axes(node):
            return _Candidate(group, COLUMN_SUMS, node.inputs, saved)
        break
    return None


def _sums_over_rows(node: Node) -> bool:
    """Whether a product is that of a transposed matrix, over few terms: as the gradients of weights are."""
    a = node.inputs[0]
    return bool(a.node.op.name == "transpose" and 0 < a.shape[1] <= MOST_TERMS)


def _sums_leading_axes(node: Node) -> bool:
    source, axes = node.inputs[0], tuple(node.attrs["axes"])
    terms = math.prod(source.shape[: len(axes)])
    if axes != tuple(range(len(axes))) or not 0 < terms <= MOST_TERMS:
        return False
    while source.node.op.name == "reshape":
        source = source.node.inputs[0]
    return bool(source.node.is_leaf or source.node.op.kind != VIEW)  # in C order: nothing has to be copied


def _choose(node: Node, candidates: list[_Candidate]) -> dict[Group, _Candidate]:
    """Those whose operands together are no larger than the gradients, or small."""
    room = SMALL
    held: set[SymbolicTensor] = set()
    chosen: dict[Group, _Candidate] = {}

    def needed(candidate: _Candidate) -> int:
        roots = {_root(t) for t in candidate.operands} - held
        return sum(_bytes(t) for t in roots if not t.node.is_leaf) - candidate.saved

    for candidate in sorted(candidates, key=needed):
        cost = needed(candidate)
        if cost <= room:
            room -= cost
            held.update(map(_root, candidate.operands))
            chosen[candidate.group] = candidate
    return chosen


def _absorbed(node: Node, chosen: dict[Group, _Candidate], nodes: list[Node], replaced: Substitution) -> Node:
    inputs = list(node.inputs[: node.op.multi(node.attrs)[0]])
    sources = []
    for group in groups_of(node.op.multi, node.attrs):
        candidate = chosen.get(group)
        gradient = tuple(node.inputs[k] for k in group.gradient)
        sources.append(group.source if candidate is None else candidate.source)
        if candidate is not None:
            gradient = candidate.operands
        if candidate is not None and candidate.source == COLUMN_SUMS:
            gradient = (_as_matrix(gradient[0], math.prod(node.inputs[group.parameter].shape), nodes),)
        inputs += [node.inputs[group.parameter], *gradient, *(node.inputs[k] for k in group.slots)]
    result = Node(node.op, tuple(inputs), {**node.attrs, "sources": tuple(sources)}, -1)
    result.outputs = tuple(SymbolicTensor(t.trace, result, i, t.shape, t.dtype) for i, t in enumerate(node.outputs))
    replaced.update(zip(node.outputs, result.outputs, strict=True))
    return result


def _as_matrix(tensor: SymbolicTensor, columns: int, nodes: list[Node]) -> SymbolicTensor:
    shape = (math.prod(tensor.shape) // max(columns, 1), columns)
    if tensor.shape == shape:
        return tensor
    node = Node(OPS["reshape"], (tensor,), {"shape": shape}, -1)
    node.outputs = (SymbolicTensor(tensor.trace, node, 0, shape, tensor.dtype),)
    nodes.append(node)
    return node.outputs[0]

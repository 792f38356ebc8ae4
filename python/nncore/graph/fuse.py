"""Fusing element-wise ops: neighbours of one shape become one instruction of the native interpreter.

A group runs where its last member stood. It stays open for further members until anything outside reads one of its
results; so every reader of a group comes after it, and everything that a group reads comes before it. A small node may
also join a group that has been closed, if what the node reads is there when the group runs: an instruction costs
more than the node.
"""

from __future__ import annotations

import math

from nncore.ir import CONSTANT, Graph, Node, SymbolicTensor
from nncore.ops.definition import ELEMENTWISE
from nncore.ops.execute import elementwise_dtype

# Limits of one instruction: the interpreter has 64 registers, and each operand needs a tile in the cache.
MAX_INPUTS = 20
MAX_MEMBERS = 40
# So many elements take no longer to compute than an instruction to begin.
SMALL = 1024
# Of the groups of one shape, how many of the latest a small node tries to join.
TRIED = 4

_WRAPPING = frozenset(("mul", "pow", "shift_left", "square"))


class Group:
    """Element-wise nodes that run as one instruction.

    Args:
        shape: The shape that all members give.
        dtype: The dtype whose arithmetic they use; None while all are boolean.
    """

    __slots__ = ("dtype", "members", "open", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: str | None) -> None:
        self.shape = shape
        self.dtype = dtype
        self.members: list[Node] = []
        self.open = True

    def inputs(self) -> list[SymbolicTensor]:
        """Tensors read from outside, each once, constant scalars left out."""
        own = {tensor for node in self.members for tensor in node.outputs}
        found: dict[SymbolicTensor, None] = {}
        for node in self.members:
            for tensor in node.inputs:
                if tensor not in own and not is_immediate(tensor):
                    found[tensor] = None
        return list(found)


def is_immediate(tensor: SymbolicTensor) -> bool:
    """Whether a tensor is a constant scalar, which travels inside the instruction."""
    if tensor.node.op is not CONSTANT or tensor.shape:
        return False
    # Immediates are float64, which doesn't hold every int64.
    return tensor.dtype != "int64" or abs(int(tensor.node.attrs["value"])) <= 2**53


def _arithmetic(node: Node) -> str | None:
    """The dtype a node computes in; None if any will do (booleans)."""
    dtypes = [tensor.dtype for tensor in node.inputs]
    output = node.outputs[0].dtype
    if output == "bool" and all(dtype == "bool" for dtype in dtypes):
        return None
    return elementwise_dtype(dtypes, output)


def _final(node: Node) -> bool:
    """Whether the result must be stored before it is used: where storing it changes it (integers that wrap)."""
    dtype = node.outputs[0].dtype
    if dtype == "uint8" or (dtype == "int32" and node.op.name in _WRAPPING):
        return True
    return node.op.name == "cast" and dtype == "int32" and node.inputs[0].dtype == "int64"


def fuse(graph: Graph) -> list[Node | Group]:
    """Schedule a graph as single nodes and groups of element-wise nodes, in order of execution."""
    owner: dict[SymbolicTensor, Group] = {}
    last: dict[Group, int] = {}
    latest: dict[tuple[int, ...], list[Group]] = {}
    for position, node in enumerate(graph.nodes):
        node.order = position
        joined = None
        if not node.is_leaf and node.op.kind == ELEMENTWISE:
            joined = _join(node, owner)
            early = None if joined.members else _join_early(node, owner, last, latest)
            joined = early or joined
            joined.members.append(node)
            owner[node.outputs[0]] = joined
            if not early:
                last[joined] = position
                latest.setdefault(joined.shape, []).append(joined)
            if _final(node):
                joined.open = False
        for tensor in node.inputs:
            group = owner.get(tensor)
            if group is not None and group is not joined:
                group.open = False
    ends = {position: group for group, position in last.items() if group.members}
    # What is given is there before anything runs.
    schedule: list[Node | Group] = [node for node in graph.nodes if node.is_leaf]
    for position, node in enumerate(graph.nodes):
        if position in ends:
            schedule.append(ends[position])
        elif not node.is_leaf and node.op.kind != ELEMENTWISE:
            schedule.append(node)
    return schedule


def _join_early(
    node: Node,
    owner: dict[SymbolicTensor, Group],
    last: dict[Group, int],
    latest: dict[tuple[int, ...], list[Group]],
) -> Group | None:
    """A group that a small node becomes a member of where it stands."""
    shape, dtype = node.outputs[0].shape, _arithmetic(node)
    if math.prod(shape) > SMALL:
        return None
    for group in reversed(latest.get(shape, ())[-TRIED:]):
        if not group.members or (dtype is not None and group.dtype not in (None, dtype)):
            continue
        if len(group.members) >= MAX_MEMBERS or len(group.inputs()) + len(node.inputs) >= MAX_INPUTS:
            continue
        if all(_is_there(tensor, group, owner, last) for tensor in node.inputs):
            group.dtype = group.dtype or dtype
            return group
    return None


def _is_there(tensor: SymbolicTensor, group: Group, owner: dict[SymbolicTensor, Group], last: dict[Group, int]) -> bool:
    """Whether a member of a group can read a tensor: a member's result, or what is known before the group runs."""
    if tensor.node.is_leaf:
        return True
    producer = owner.get(tensor)
    if producer is group:
        return not _final(tensor.node)
    return (tensor.node.order if producer is None else last[producer]) < last[group]


def _join(node: Node, owner: dict[SymbolicTensor, Group]) -> Group:
    """The group that ``node`` becomes a member of: its producers' if they fit (merged), or a new one."""
    shape, dtype = node.outputs[0].shape, _arithmetic(node)
    found: dict[Group, None] = {}
    for tensor in node.inputs:
        group = owner.get(tensor)
        if group is not None and group.open and group.shape == shape:
            found[group] = None
    target: Group | None = None
    for group in found:
        if dtype is not None and group.dtype not in (None, dtype):
            continue
        if target is None:
            target = group
        elif _fits(target, group):
            _absorb(target, group, owner)
        else:
            continue
        dtype = dtype or target.dtype
    if target is None or len(target.members) >= MAX_MEMBERS or len(target.inputs()) >= MAX_INPUTS:
        return Group(shape, dtype)
    target.dtype = target.dtype or dtype
    return target


def _fits(a: Group, b: Group) -> bool:
    return (
        (a.dtype is None or b.dtype is None or a.dtype == b.dtype)
        and len(a.members) + len(b.members) < MAX_MEMBERS
        and len(set(a.inputs() + b.inputs())) < MAX_INPUTS
    )


def _absorb(target: Group, other: Group, owner: dict[SymbolicTensor, Group]) -> None:
    target.members = sorted(target.members + other.members, key=_order)
    target.dtype = target.dtype or other.dtype
    for node in other.members:
        owner[node.outputs[0]] = target
    other.members = []


def _order(node: Node) -> int:
    return node.order

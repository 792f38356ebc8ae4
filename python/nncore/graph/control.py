"""Gradients of primitives with bodies, made of the gradients of their bodies.

A scan is walked back by another scan. Its body is the gradient of the first one's; what that needs of the way there
(carries, intermediate values) becomes further outputs of the first scan, so nothing is computed twice. A switch becomes
a switch over the gradients of its branches, which compute their values again. A while loop of bounded length is
differentiated as a scan in which turns after the last one do nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from nncore.ir import CONSTANT, INPUT, Graph, Node, SymbolicTensor, Trace, current
from nncore.ir.body import BodyTrace, inline, record_again
from nncore.ops.apply import apply
from nncore.ops.bodies import record
from nncore.ops.control_flow import cond, scan
from nncore.ops.definition import OPS, VIEW
from nncore.ops.dtypes import is_float
from nncore.ops.elementwise import binary

Gradients = list[Any]


def through_bodies(trace: Trace, node: Node, needs: Sequence[bool], received: Sequence[Any]) -> Gradients:
    """The gradients of a node's inputs.

    Args:
        trace: The trace that the node belongs to, the current one.
        node: A scan, while or switch.
        needs: Per input, whether its gradient is wanted.
        received: Per output its gradient, or None.
    """
    wanted = [need and is_float(t.dtype) for need, t in zip(needs, node.inputs, strict=True)]
    # A node that has been widened meanwhile has further outputs, without gradients.
    given = [*received, *[None] * (len(node.outputs) - len(received))]
    rule = {"scan": _scan, "while": _while, "switch": _switch}[node.op.name]
    return rule(trace, node, wanted, given)


def _trace_of(body: Graph) -> BodyTrace:
    trace = body.outputs[0].trace
    assert isinstance(trace, BodyTrace)
    return trace


def _zeros(trace: Trace, tensor: SymbolicTensor) -> SymbolicTensor:
    return trace.constant(np.zeros(tensor.shape, tensor.dtype))


def _needed(outputs: Iterable[SymbolicTensor], stop: set[SymbolicTensor]) -> list[Node]:
    """The nodes that outputs depend on, in order of definition, not going beyond the tensors to stop at."""
    found: dict[Node, None] = {}
    pending = [t for t in outputs if t not in stop]
    while pending:
        node = pending.pop().node
        if node not in found:
            found[node] = None
            pending += [t for t in node.inputs if t not in stop]
    return sorted(found, key=lambda node: node.order)


def _sources(trace: BodyTrace, body: Graph, outers: Sequence[SymbolicTensor]) -> dict[SymbolicTensor, SymbolicTensor]:
    """What a body's inputs stand for outside: the node's inputs, and what was captured when it was differentiated."""
    found = {inner: outer for outer, inner in trace.captured.items()}
    found.update(zip(body.inputs, outers, strict=True))
    return found


# --- switch ----------------------------------------------------------------------------------------------------------


def _switch(trace: Trace, node: Node, wanted: list[bool], received: list[Any]) -> Gradients:
    index, *operands = node.inputs
    places = [k for k, want in enumerate(wanted[1:]) if want]
    seeds = [k for k, g in enumerate(received) if g is not None and is_float(node.outputs[k].dtype)]
    gradients = [received[k] for k in seeds]
    graphs = []
    for body in node.attrs["bodies"]:
        new = BodyTrace(trace)
        incoming = [new.capture(g) for g in gradients]
        found = _branch_gradients(trace, body, operands, places, seeds, new, incoming)
        graphs.append((new, found))
    outers = list(dict.fromkeys(outer for new, _ in graphs for outer in new.captured))
    bodies = []
    for new, found in graphs:
        inputs = [new.capture(outer) for outer in outers]
        bodies.append(Graph(inputs, new.nodes, found, []))
    results = iter(record("switch", [index, *outers], {"bodies": tuple(bodies)}))
    return [None, *(next(results) if want else None for want in wanted[1:])]


def _branch_gradients(
    trace: Trace,
    body: Graph,
    operands: Sequence[SymbolicTensor],
    places: list[int],
    seeds: list[int],
    new: BodyTrace,
    incoming: list[SymbolicTensor],
) -> list[SymbolicTensor]:
    """Record the gradients of one branch, its values computed again, into a new body."""
    from nncore.graph.autodiff import gradients

    old = _trace_of(body)
    with old:
        gs = [old.input(g.shape, g.dtype) for g in incoming]
        found = gradients([body.outputs[k] for k in seeds], [body.inputs[k] for k in places], gs)
    replaced = dict(zip(gs, incoming, strict=True))
    outside = _sources(old, body, operands)
    nodes = _needed([g for g in found if g is not None], set(replaced))
    for each in nodes:
        if each.op is INPUT:
            replaced[each.outputs[0]] = new.capture(outside[each.outputs[0]])
    record_again(new, nodes, replaced)
    return [_zeros(new, body.inputs[k]) if g is None else replaced[g] for k, g in zip(places, found, strict=True)]


# --- while -----------------------------------------------------------------------------------------------------------


def _while(trace: Trace, node: Node, wanted: list[bool], received: list[Any]) -> Gradients:
    from nncore.graph.autodiff import gradients

    condition, body = node.attrs["bodies"]
    most, n = node.attrs["maximum"], node.attrs["carries"]
    if most < 0:
        raise ValueError(
            "The gradient of ops.while_loop needs the values of all turns, and their number has no bound. "
            "Received: maximum_iterations=None. Give ops.while_loop a maximum_iterations, or use ops.scan or "
            "ops.fori_loop with a fixed number of turns."
        )
    # Identities keep the path from going on behind the inputs, which may depend on each other.
    inputs = [apply(OPS["identity"], [tensor]) for tensor in node.inputs]
    others = inputs[n:]

    def here(graph: Graph, state: list[Any]) -> list[SymbolicTensor]:
        within = current()
        assert within is not None
        return inline(graph, within, [within._own(t) for t in (*state, *others)])

    def turn(state: list[Any], _: Any) -> Any:
        (goes_on,) = here(condition, state)
        return cond(goes_on, lambda: here(body, state), lambda: list(state)), None

    results, _ = scan(turn, inputs[:n], length=most)
    places = [k for k, g in enumerate(received) if g is not None and is_float(node.outputs[k].dtype)]
    asked = [t for t, want in zip(inputs, wanted, strict=True) if want]
    found = iter(gradients([results[k] for k in places], asked, [received[k] for k in places]))
    return [next(found) if want else None for want in wanted]


# --- scan ------------------------------------------------------------------------------------------------------------


def _scan(trace: Trace, node: Node, wanted: list[bool], received: list[Any]) -> Gradients:
    moving = _moving(node.attrs["bodies"][0], node.attrs["carries"], wanted)
    backward = _Backward(trace, node, moving)
    backward.differentiate(wanted, received)
    results = iter(backward.record())
    given: Gradients = [None] * len(node.inputs)
    for k in moving:
        given[k] = next(results)
    for k in backward.summed:
        given[k] = next(results)
    for k in backward.stacked:
        given[k] = next(results)
    return [g if want else None for g, want in zip(given, wanted, strict=True)]


def _moving(body: Graph, n: int, wanted: list[bool]) -> list[int]:
    """The carries that depend, from some turn on, on what is differentiated."""
    depends = {t for t, want in zip(body.inputs, wanted, strict=True) if want}
    while True:
        reached = set(depends)
        for node in body.nodes:
            if not reached.isdisjoint(node.inputs):
                reached.update(t for t in node.outputs if is_float(t.dtype))
        more = {body.inputs[k] for k in range(n) if body.outputs[k] in reached and is_float(body.outputs[k].dtype)}
        if more <= depends:
            return [k for k in range(n) if body.inputs[k] in depends]
        depends |= more


class _Backward:
    """The scan that walks another one back.

    Its carries are the gradients of the carries, then sums for what all turns share; its slices are gradients of
    stacked outputs and what was kept of the way there.

    Args:
        trace: The trace of the node, the current one.
        node: The scan.
        moving: Which of its carries get gradients.
    """

    def __init__(self, trace: Trace, node: Node, moving: list[int]) -> None:
        self.trace = trace
        self.node = node
        self.moving = moving
        self.body: Graph = node.attrs["bodies"][0]
        self.n, self.m = node.attrs["carries"], node.attrs["slices"]
        self.new = BodyTrace(trace)
        self.summed: list[int] = []
        self.stacked: list[int] = []
        self._starts: list[Any] = []
        self._carries: list[SymbolicTensor] = []
        self._stacks: list[SymbolicTensor] = []
        self._slices: list[SymbolicTensor] = []
        self._outputs: list[SymbolicTensor] = []

    def differentiate(self, wanted: list[bool], received: list[Any]) -> None:
        """Differentiate the body in its own trace and move the gradient to the new body."""
        from nncore.graph.autodiff import gradients

        body, n, m = self.body, self.n, self.m
        old = _trace_of(body)
        forward = set(body.nodes)
        stacks = [k for k in range(n, len(received)) if received[k] is not None and is_float(body.outputs[k].dtype)]
        ends = [body.outputs[k] for k in (*self.moving, *stacks)]
        places = [*self.moving, *(k for k in range(n, len(wanted)) if wanted[k])]
        with old:
            gs = [old.input(t.shape, t.dtype) for t in ends]
            found = dict(zip(places, gradients(ends, [body.inputs[k] for k in places], gs), strict=True))
        replaced: dict[SymbolicTensor, SymbolicTensor] = {}
        for k, g in zip(self.moving, gs, strict=False):
            replaced[g] = self._carry(received[k], self.node.outputs[k])
        self.summed = [k for k in places if k >= n + m and found[k] is not None]
        self.stacked = [k for k in places if n <= k < n + m and found[k] is not None]
        sums = [self._carry(None, self.node.inputs[k]) for k in self.summed]
        for k, g in zip(stacks, gs[len(self.moving) :], strict=True):
            replaced[g] = self._slice(received[k])
        results = [found[k] for k in (*self.moving, *self.summed, *self.stacked)]
        self._bring([g for g in results if g is not None], forward, replaced)
        with self.new:
            for k in self.moving:
                g = found[k]
                self._outputs.append(_zeros(self.new, body.inputs[k]) if g is None else replaced[g])
            for k, total in zip(self.summed, sums, strict=True):
                self._outputs.append(binary("add", total, replaced[found[k]]))
            self._outputs += [replaced[found[k]] for k in self.stacked]

    def _carry(self, start: Any, like: SymbolicTensor) -> SymbolicTensor:
        self._starts.append(np.broadcast_to(np.zeros((), like.dtype), like.shape) if start is None else start)
        tensor = self.new.input(like.shape, like.dtype)
        self._carries.append(tensor)
        return tensor

    def _slice(self, stack: SymbolicTensor) -> SymbolicTensor:
        for known, tensor in zip(self._stacks, self._slices, strict=True):
            if known is stack:
                return tensor
        self._stacks.append(stack)
        self._slices.append(self.new.input(stack.shape[1:], stack.dtype))
        return self._slices[-1]

    def _bring(
        self, results: list[SymbolicTensor], forward: set[Node], replaced: dict[SymbolicTensor, SymbolicTensor]
    ) -> None:
        """Record what the results depend on, taking what the body itself computed from where it is kept."""
        shared = self._shared(forward)
        kept: set[SymbolicTensor] = set(replaced)
        keep: list[SymbolicTensor] = []
        pending = [t for t in results if t not in kept]
        while pending:
            tensor = pending.pop()
            if tensor in kept:
                continue
            if tensor.node in forward and self._is_kept(tensor, shared):
                kept.add(tensor)
                keep.append(tensor)
            else:
                pending += [t for t in tensor.node.inputs if t not in kept]
        stacks = self._keep(keep)
        outside = _sources(_trace_of(self.body), self.body, self.node.inputs)
        for tensor in keep:
            replaced[tensor] = self._slice(stacks[tensor])
        nodes = _needed([t for t in results if t not in kept], kept)
        for node in nodes:
            if node.op is INPUT:
                replaced[node.outputs[0]] = self.new.capture(outside[node.outputs[0]])
        record_again(self.new, nodes, replaced)

    def _shared(self, forward: set[Node]) -> set[SymbolicTensor]:
        """Tensors that are the same in all turns."""
        changing = set(self.body.inputs[: self.n + self.m])
        same: set[SymbolicTensor] = set()
        for node in self.body.nodes:
            if (
                node.op is CONSTANT
                or (node.op is INPUT and node.outputs[0] not in changing)
                or (node.inputs and same.issuperset(node.inputs))
            ):
                same.update(node.outputs)
        return same

    @staticmethod
    def _is_kept(tensor: SymbolicTensor, shared: set[SymbolicTensor]) -> bool:
        """Whether a tensor of the body is kept for the way back; otherwise it is made of what is."""
        node = tensor.node
        if tensor in shared:
            return False
        if node.is_leaf or node.op.kind != VIEW:
            return True
        # A view as large as what it shows costs nothing to make again.
        return bool(math.prod(tensor.shape) != math.prod(node.inputs[0].shape))

    def _keep(self, tensors: list[SymbolicTensor]) -> dict[SymbolicTensor, SymbolicTensor]:
        """The stacks of all turns' values: inputs of the scan, or outputs that it is given now."""
        inputs = {t: k for k, t in enumerate(self.body.inputs)}
        places: dict[SymbolicTensor, int] = {}
        outputs = list(self.body.outputs)
        found: dict[SymbolicTensor, SymbolicTensor] = {}
        for tensor in tensors:
            k = inputs.get(tensor, -1)
            if self.n <= k < self.n + self.m:
                found[tensor] = self.node.inputs[k]
                continue
            known = [i for i in range(self.n, len(outputs)) if outputs[i] is tensor]
            if not known:
                known = [len(outputs)]
                outputs.append(tensor)
            places[tensor] = known[0]
        if len(outputs) > len(self.body.outputs):
            self.body = Graph(self.body.inputs, self.body.nodes, outputs, [])
            self.trace.widen(self.node, {**self.node.attrs, "bodies": (self.body,)})
        found.update({tensor: self.node.outputs[place] for tensor, place in places.items()})
        return found

    def record(self) -> list[Any]:
        """Record the scan and return its results."""
        outers = list(self.new.captured)
        inputs = [*self._carries, *self._slices, *(self.new.captured[t] for t in outers)]
        attrs = {
            "bodies": (Graph(inputs, self.new.nodes, self._outputs, []),),
            "carries": len(self._carries),
            "slices": len(self._slices),
            "length": self.node.attrs["length"],
            "reverse": not self.node.attrs["reverse"],
        }
        return record("scan", [*self._starts, *self._stacks, *outers], attrs)

"""Taking work out of scans: what all turns share is done once, what they do one by one is done for all at once.

- what depends on nothing that changes from turn to turn is computed before the scan;
- a product of a row of a stack and a matrix is computed for the whole stack, before the scan;
- an output that is the product of something and a matrix is computed after it, from a stack of the first factors;
- a sum over all turns of products ``a.T @ b`` (the gradient of a weight), or of sums over axes (of a bias), becomes one
  product, or one sum, after it;
- outputs, slices and captured values that nobody reads are dropped.

So the loop keeps what has to wait for the turn before, and the rest runs as large matrix products.
"""

from __future__ import annotations

import math
from typing import Any

from nncore.graph.simplify import Substitution, make_node, remove_dead, simplify, substitute_results
from nncore.ir import CONSTANT, INPUT, Graph, Node, SymbolicTensor
from nncore.ops.definition import CONTROL, ELEMENTWISE, KERNEL

# Operations that cost something and give the same each time.
_STEADY = (ELEMENTWISE, KERNEL)


def hoist(graph: Graph) -> None:
    """Take work out of all scans of a graph."""
    if not any(node.op.name == "scan" for node in graph.nodes):
        return
    replaced: Substitution = {}
    used = set(graph.results())
    nodes: list[Node] = []
    # From the end, so that a scan is asked only for what later ones have kept.
    for node in reversed(graph.nodes):
        if node.op.name == "scan":
            loop = _Loop(node, used)
            loop.run()
            replaced.update(loop.replaced)
            group = [*loop.before, loop.node, *loop.after]
        else:
            group = [node]
        for each in group:
            used.update(each.inputs)
        nodes += reversed(group)
    nodes.reverse()
    for node in nodes:
        if node.inputs:
            node.inputs = tuple(replaced.get(t, t) for t in node.inputs)
    graph.nodes = nodes
    substitute_results(graph, replaced)
    remove_dead(graph)
    simplify(graph)


class _Loop:
    """A scan that is being taken apart: its inputs and outputs as lists that change."""

    def __init__(self, node: Node, used: set[SymbolicTensor]) -> None:
        attrs = node.attrs
        self.old = node
        self.node = node
        body: Graph = attrs["bodies"][0]
        n, m = attrs["carries"], attrs["slices"]
        self.length: int = attrs["length"]
        self.before: list[Node] = []
        self.after: list[Node] = []
        self.replaced: Substitution = {}
        self.body = body
        # (input of the body, what it is outside), by kind.
        pairs = list(zip(body.inputs, node.inputs, strict=True))
        self.carries = [[inner, outer, body.outputs[k]] for k, (inner, outer) in enumerate(pairs[:n])]
        self.slices = pairs[n : n + m]
        self.shared = pairs[n + m :]
        # (result of the body, the output outside that it becomes), of those that somebody reads.
        self.ends = list(node.outputs[:n])
        self.stacks: list[tuple[SymbolicTensor, SymbolicTensor | None]] = [
            (inner, outer) for inner, outer in zip(body.outputs[n:], node.outputs[n:], strict=True) if outer in used
        ]
        # What is made after the loop of a stack that the loop gives: filled in when the loop is put together.
        self.pending: list[Any] = []
        self._count_uses()

    def _count_uses(self) -> None:
        uses: dict[SymbolicTensor, int] = {}
        results = [carry[2] for carry in self.carries] + [inner for inner, _ in self.stacks]
        for tensor in [*(t for node in self.body.nodes for t in node.inputs), *results]:
            uses[tensor] = uses.get(tensor, 0) + 1
        self.uses = uses

    def run(self) -> None:
        """Do all of it."""
        if self.length < 1:
            return
        self._drop_unused()
        self._share_steady()
        self._multiply_stacks()
        self._sum_after()
        self._multiply_after()
        self._drop_unused()
        self._put_together()

    def _drop_unused(self) -> None:
        outputs = [carry[2] for carry in self.carries] + [inner for inner, _ in self.stacks]
        self.body = Graph([], self.body.nodes, outputs, [])
        remove_dead(self.body)
        self._count_uses()
        self.slices = [pair for pair in self.slices if pair[0] in self.uses]
        self.shared = [pair for pair in self.shared if pair[0] in self.uses]

    # --- before the loop -----------------------------------------------------------------------------------------

    def _share_steady(self) -> None:
        """Compute before the loop what is the same in all turns."""
        outside = dict(self.shared)
        constant: dict[SymbolicTensor, Node] = {}
        kept: list[Node] = []
        moved: list[Node] = []
        for node in self.body.nodes:
            if node.op is CONSTANT:
                constant[node.outputs[0]] = node
            ready = node.inputs and all(t in outside or t in constant for t in node.inputs)
            if not ready or node.op.kind == CONTROL or all(t in constant for t in node.inputs):
                kept.append(node)
                continue
            smaller = sum(math.prod(t.shape) for t in node.inputs) < sum(math.prod(t.shape) for t in node.outputs)
            if node.op.kind not in _STEADY and smaller:
                kept.append(node)  # a view that repeats what it shows
                continue
            moved.append(node)
            inputs = tuple(outside[t] if t in outside else self._constant(constant[t]) for t in node.inputs)
            make_node(node.op.name, inputs, node.attrs, self.before)
            outside.update(zip(node.outputs, self.before[-1].outputs, strict=True))
        if not moved:
            return
        self.body.nodes = kept
        steady = {t for node in moved for t in node.outputs}
        self._count_uses()
        for tensor in steady:
            if tensor in self.uses:
                self._rename(tensor, self._input(tensor, outside[tensor], self.shared))
        self._drop_unused()

    def _constant(self, node: Node) -> SymbolicTensor:
        """The same constant outside."""
        trace = self.old.outputs[0].trace
        copy = Node(CONSTANT, (), node.attrs, -1)
        like = node.outputs[0]
        copy.outputs = (SymbolicTensor(trace, copy, 0, like.shape, like.dtype),)
        self.before.append(copy)
        return copy.outputs[0]

    def _input(self, like: SymbolicTensor, outer: SymbolicTensor, pairs: list[Any]) -> SymbolicTensor:
        """A new input of the body, for a tensor outside."""
        node = Node(INPUT, (), {"index": -1}, -1)
        node.outputs = (SymbolicTensor(like.trace, node, 0, like.shape, like.dtype),)
        self.body.nodes.insert(0, node)
        pairs.append((node.outputs[0], outer))
        return node.outputs[0]

    def _rename(self, old: SymbolicTensor, new: SymbolicTensor) -> None:
        for node in self.body.nodes:
            if any(t is old for t in node.inputs):
                node.inputs = tuple(new if t is old else t for t in node.inputs)
        for carry in self.carries:
            carry[2] = new if carry[2] is old else carry[2]
        self.stacks = [(new if inner is old else inner, outer) for inner, outer in self.stacks]

    def _multiply_stacks(self) -> None:
        """Multiply whole stacks by a matrix before the loop."""
        stacks, shared = dict(self.slices), dict(self.shared)
        for node in list(self.body.nodes):
            if node.op.name != "matmul" or node.inputs[0] not in stacks or node.inputs[1] not in shared:
                continue
            x, w = stacks[node.inputs[0]], shared[node.inputs[1]]
            if len(x.shape) != 3 or len(w.shape) != 2:
                continue
            product = self._product(x, w, self.before)
            self.body.nodes.remove(node)
            self._rename(node.outputs[0], self._input(node.outputs[0], product, self.slices))
        self._drop_unused()

    def _product(self, x: SymbolicTensor, w: SymbolicTensor, nodes: list[Node]) -> SymbolicTensor:
        """``x @ w`` for a stack of matrices, as one product."""
        rows = x.shape[0] * x.shape[1]
        flat = make_node("reshape", (x,), {"shape": (rows, x.shape[2])}, nodes)
        product = make_node("matmul", (flat, w), {}, nodes)
        return make_node("reshape", (product,), {"shape": (*x.shape[:2], w.shape[1])}, nodes)

    # --- after the loop ------------------------------------------------------------------------------------------

    def _multiply_after(self) -> None:
        """Multiply by a matrix after the loop where only an output waits for the product."""
        shared = dict(self.shared)
        for place, (inner, outer) in enumerate(self.stacks):
            node = inner.node
            if (
                outer is not None
                and node.op.name == "matmul"
                and node in self.body.nodes
                and self.uses.get(inner, 0) == 1
                and node.inputs[1] in shared
                and len(node.inputs[0].shape) == 2
            ):
                w = shared[node.inputs[1]]
                self.stacks[place] = (node.inputs[0], None)
                self.pending.append(
                    (lambda stack, outer=outer, w=w: self._finish(outer, self._product(stack, w, self.after)), (place,))
                )

    def _finish(self, old: SymbolicTensor, new: SymbolicTensor) -> None:
        self.replaced[old] = new

    def _sum_after(self) -> None:
        """Add up after the loop what a carry only collects."""
        for k in reversed(range(len(self.carries))):
            inner, start, result = self.carries[k]
            terms = self._terms(inner, result)
            if terms is None:
                continue
            end = self.ends[k]
            del self.carries[k], self.ends[k]
            for node in self._collected:
                self.body.nodes.remove(node)
            # Places of stacks are found before the loop is put together: later ones may only be added.
            wanted = [tuple(self._place(t) for t in term[1:]) for term in terms]
            kinds = [term[0] for term in terms]
            self.pending.append((self._total(end, start, kinds), tuple(p for places in wanted for p in places)))
            self._count_uses()

    def _terms(self, inner: SymbolicTensor, result: SymbolicTensor) -> list[Any] | None:
        """What a carry adds up in a turn, products and sums; None if it does anything else."""
        self._collected: list[Node] = []
        own = set(self.body.nodes)
        if self.uses.get(inner, 0) != 1 or self.uses.get(result, 0) != 1 or result.node not in own:
            return None
        if result.node.op.name != "add" or not any(t is inner for t in result.node.inputs):
            return None
        self._collected.append(result.node)
        pending = [t for t in result.node.inputs if t is not inner]
        terms: list[Any] = []
        while pending:
            tensor = pending.pop()
            node = tensor.node
            if node not in own or self.uses.get(tensor, 0) != 1 or tensor.shape != inner.shape:
                return None
            self._collected.append(node)
            if node.op.name == "add":
                pending += node.inputs
                continue
            if node.op.name == "matmul" and len(tensor.shape) == 2:
                a = node.inputs[0].node
                if a in own and a.op.name == "transpose" and len(a.inputs[0].shape) == 2:
                    terms.append((("product", None), a.inputs[0], node.inputs[1]))
                    continue
                return None
            shape = tensor.shape
            if node.op.name == "reshape" and node.inputs[0].node.op.name == "reduce_sum":
                node = node.inputs[0].node
                if node not in own or self.uses.get(node.outputs[0], 0) != 1:
                    return None
                self._collected.append(node)
            if node.op.name == "reduce_sum":
                terms.append((("sum", (node.attrs["axes"], shape)), node.inputs[0]))
                continue
            return None
        return terms

    def _place(self, tensor: SymbolicTensor) -> Any:
        """Where the stack of a tensor's values will be: an input's, or the number of an output."""
        for inner, outer in self.slices:
            if inner is tensor:
                return outer
        for place, (inner, _) in enumerate(self.stacks):
            if inner is tensor:
                return place
        self.stacks.append((tensor, None))
        return len(self.stacks) - 1

    def _total(self, end: SymbolicTensor, start: SymbolicTensor, kinds: list[Any]) -> Any:
        def make(*stacks: SymbolicTensor) -> None:
            rest = iter(stacks)
            total = start
            for kind, detail in kinds:
                x = next(rest)
                if kind == "product":
                    y = next(rest)
                    a, b = (
                        make_node("reshape", (t,), {"shape": (t.shape[0] * t.shape[1], t.shape[2])}, self.after)
                        for t in (x, y)
                    )
                    a = make_node("transpose", (a,), {"axes": (1, 0)}, self.after)
                    term = make_node("matmul", (a, b), {}, self.after)
                else:
                    axes, shape = detail
                    term = make_node("reduce_sum", (x,), {"axes": (0, *(axis + 1 for axis in axes))}, self.after)
                    if term.shape != shape:
                        term = make_node("reshape", (term,), {"shape": shape}, self.after)
                total = make_node("add", (total, term), {}, self.after)
            self._finish(end, total)

        return make

    # --- the loop that is left -----------------------------------------------------------------------------------

    def _put_together(self) -> None:
        body = self.body
        body.inputs = [
            *(inner for inner, _, _ in self.carries),
            *(inner for inner, _ in self.slices),
            *(inner for inner, _ in self.shared),
        ]
        body.outputs = [*(result for _, _, result in self.carries), *(inner for inner, _ in self.stacks)]
        here = set(body.nodes)
        # Inputs that nothing reads were dropped as dead.
        body.nodes = [t.node for t in body.inputs if t.node not in here] + body.nodes
        inputs = [
            *(outer for _, outer, _ in self.carries),
            *(outer for _, outer in self.slices),
            *(outer for _, outer in self.shared),
        ]
        attrs = {
            **self.old.attrs,
            "bodies": (body,),
            "carries": len(self.carries),
            "slices": len(self.slices),
        }
        node = Node(self.old.op, tuple(inputs), attrs, -1)
        trace = self.old.outputs[0].trace
        specs = node.op.infer([(t.shape, t.dtype) for t in inputs], attrs)
        node.outputs = tuple(SymbolicTensor(trace, node, i, s, d) for i, (s, d) in enumerate(specs))
        self.node = node
        n = len(self.carries)
        for old, new in zip(self.ends, node.outputs, strict=False):
            self.replaced[old] = new
        for (_, outer), new in zip(self.stacks, node.outputs[n:], strict=True):
            if outer is not None:
                self.replaced[outer] = new
        for make, places in self.pending:
            make(*(node.outputs[n + p] if isinstance(p, int) else p for p in places))

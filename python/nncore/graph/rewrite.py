"""Rewriting to fused ops: a table of rules, each from a pattern that anybody may have written to one native kernel.

A rule looks at one node and returns the tensor that replaces its output, or None. New nodes go through ``emit``, which
puts them just before the node that is replaced.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore.graph.simplify import Substitution, constant_scalar, substitute_results
from nncore.ir import Graph, Node, SymbolicTensor
from nncore.ops.definition import OPS
from nncore.ops.elementwise import SELU_ALPHA, SELU_SCALE
from nncore.ops.linalg import EPILOGUES

Rules = dict[str, tuple["Callable[[Rewriter, Node], SymbolicTensor | None]", ...]]


class Rewriter:
    """Walks a graph once in order of definition and applies the first rule that fits each node."""

    def __init__(self, graph: Graph, rules: Rules) -> None:
        self.graph = graph
        self.rules = rules
        self.nodes: list[Node] = []
        self.replaced: Substitution = {}
        self.uses: dict[SymbolicTensor, int] = {}
        for node in graph.nodes:
            for tensor in node.inputs:
                self.uses[tensor] = self.uses.get(tensor, 0) + 1
        for tensor in graph.results():
            self.uses[tensor] = self.uses.get(tensor, 0) + 1

    def run(self) -> None:
        """Rewrite the graph in place."""
        for node in self.graph.nodes:
            if node.inputs:
                node.inputs = tuple(self.replaced.get(t, t) for t in node.inputs)
            for rule in self.rules.get(node.op.name, ()):
                result = rule(self, node)
                if result is not None:
                    self.replaced[node.outputs[0]] = result
                    self.uses[result] = self.uses.get(node.outputs[0], 0)
                    break
            else:
                self.nodes.append(node)
        self.graph.nodes = self.nodes
        substitute_results(self.graph, self.replaced)

    def single(self, tensor: SymbolicTensor) -> bool:
        """Whether only the node at hand reads ``tensor``."""
        return self.uses.get(tensor, 0) == 1

    def emit(self, name: str, inputs: tuple[SymbolicTensor, ...], attrs: dict[str, Any]) -> SymbolicTensor:
        """Add a node and return its output."""
        op = OPS[name]
        node = Node(op, inputs, attrs, -1)
        specs = op.infer([(t.shape, t.dtype) for t in inputs], attrs)
        trace = inputs[0].trace
        node.outputs = tuple(SymbolicTensor(trace, node, i, s, d) for i, (s, d) in enumerate(specs))
        self.nodes.append(node)
        for tensor in inputs:
            self.uses[tensor] = self.uses.get(tensor, 0) + 1
        return node.outputs[0]


def _under_reshape(rewriter: Rewriter, tensor: SymbolicTensor) -> SymbolicTensor | None:
    """See through a reshape that leaves the last axis alone (a dense layer on sequences works on a flat batch)."""
    node = tensor.node
    if node.op.name == "reshape" and rewriter.single(tensor):
        source: SymbolicTensor = node.inputs[0]
        if source.shape and tensor.shape and source.shape[-1] == tensor.shape[-1]:
            return source
    return tensor


def _restore(rewriter: Rewriter, result: SymbolicTensor, shape: tuple[int, ...]) -> SymbolicTensor:
    return result if result.shape == shape else rewriter.emit("reshape", (result,), {"shape": shape})


# Kernels that take a bias and an activation, and the op that has them; convolutions have them themselves.
FUSED = {"matmul": "dense", "dense": "dense", "conv": "conv", "conv_data": "conv_data"}


def _bias(rewriter: Rewriter, node: Node) -> SymbolicTensor | None:
    """Rewrite ``add(matmul(a, b), bias)`` to ``dense(a, b, bias)``, and the same for convolutions."""
    for position in (0, 1):
        product = _under_reshape(rewriter, node.inputs[position])
        bias = node.inputs[1 - position]
        if (
            product is not None
            and product.node.op.name in FUSED
            and len(product.node.inputs) == 2
            and product.node.attrs.get("activation", "linear") == "linear"
            and rewriter.single(product)
            and node.inputs[position].shape == node.outputs[0].shape
            and bias.shape == product.shape[-1:]
            and product.shape[-1] != 1
        ):
            attrs = {**product.node.attrs, "activation": "linear", "alpha": 0.0}
            result = rewriter.emit(FUSED[product.node.op.name], (*product.node.inputs, bias), attrs)
            return _restore(rewriter, result, node.outputs[0].shape)
    return None


def _activation(rewriter: Rewriter, node: Node) -> SymbolicTensor | None:
    """Rewrite ``activation(dense(a, b, bias))`` to ``dense(a, b, bias; activation)``, and the same for convolutions."""
    product = _under_reshape(rewriter, node.inputs[0])
    if product is None or not rewriter.single(product):
        return None
    inner = product.node
    if inner.op.name not in FUSED or inner.attrs.get("activation", "linear") != "linear":
        return None
    alpha = 0.0
    if len(node.inputs) == 2:
        alpha = constant_scalar(node.inputs[1])
        if alpha is None or node.outputs[0].shape != node.inputs[0].shape:
            return None
    attrs = {**inner.attrs, "activation": node.op.name, "alpha": float(alpha)}
    result = rewriter.emit(FUSED[inner.op.name], inner.inputs, attrs)
    return _restore(rewriter, result, node.outputs[0].shape)


# How a gradient passes an activation whose result was "y", by the activation: the ops of their derivatives. "g" is the
# gradient that arrives.
_POSITIVE = ("gt", "y", 0.0)
SLOPES: dict[str, Any] = {
    "relu": ("where", _POSITIVE, "g", 0.0),
    "leaky_relu": ("mul", "g", ("where", _POSITIVE, 1.0, "alpha")),
    "elu": ("mul", "g", ("where", _POSITIVE, 1.0, ("add", "y", "alpha"))),
    "selu": ("mul", "g", ("where", _POSITIVE, SELU_SCALE, ("add", "y", SELU_SCALE * SELU_ALPHA))),
    "sigmoid": ("mul", ("mul", "g", "y"), ("sub", 1.0, "y")),
    "tanh": ("mul", "g", ("sub", 1.0, ("mul", "y", "y"))),
    "exp": ("mul", "g", "y"),
}


def _matches(pattern: Any, tensor: SymbolicTensor, found: dict[str, Any]) -> bool:
    """Whether ``tensor`` was computed as ``pattern`` says; ``found`` takes what stands for the names in it."""
    if isinstance(pattern, tuple):
        node = tensor.node
        name, *operands = pattern
        return node.op.name == name and all(map(_matches, operands, node.inputs, [found] * len(operands)))
    if isinstance(pattern, str):
        value = constant_scalar(tensor) if pattern == "alpha" else tensor
        return value is not None and found.setdefault(pattern, value) is value
    value = constant_scalar(tensor)
    return value is not None and bool(np.asarray(pattern, tensor.dtype) == value)


# Sums that a derivative can leave with, and the op that has it.
BACKWARD = {"matmul": "dense_backward", "conv": "conv_backward", "conv_data": "conv_data_backward"}


def _slope(rewriter: Rewriter, node: Node) -> SymbolicTensor | None:
    """Rewrite ``activation'(y) * matmul(a, b)`` to ``dense_backward(a, b, y; activation)``; so for convolutions."""
    out = node.outputs[0]
    for activation, pattern in SLOPES.items():
        found: dict[str, Any] = {}
        if not _matches(pattern, out, found) or not _results_from(found["y"], activation):
            continue
        if found["g"].shape != out.shape or found["y"].shape != out.shape:
            return None
        return _sloped(rewriter, found["g"], found["y"], activation, float(found.get("alpha", 0.0)))
    return None


def _sloped(
    rewriter: Rewriter, gradient: SymbolicTensor, y: SymbolicTensor, activation: str, alpha: float
) -> SymbolicTensor | None:
    """The gradient times a slope, if it is a sum that no one else reads and that knows nothing else to do."""
    product = _under_reshape(rewriter, gradient)
    if product is None or product.node.op.name not in BACKWARD or not rewriter.single(product):
        return None
    inner = product.node
    if len(inner.inputs) > 2 or inner.attrs.get("activation", "linear") != "linear":
        return None
    attrs = {**inner.attrs, "activation": activation, "alpha": alpha}
    operands = (*inner.inputs, _restore(rewriter, y, product.shape))
    return _restore(rewriter, rewriter.emit(BACKWARD[inner.op.name], operands, attrs), gradient.shape)


def _results_from(y: SymbolicTensor, activation: str) -> bool:
    """Whether ``y`` is a result of ``activation``: only then its own array is sure to be at hand."""
    node = y.node.inputs[0].node if y.node.op.name == "reshape" else y.node
    return bool(node.op.name == activation or node.attrs.get("activation") == activation)


def _channel_values(rewriter: Rewriter, tensor: SymbolicTensor, channels: int) -> SymbolicTensor | None:
    """One value per channel, from a shape that broadcasts along the last axis."""
    if math.prod(tensor.shape) != channels or tensor.shape[-1:] != (channels,):
        return None
    return _restore(rewriter, tensor, (channels,))


def _scale_and_shift(rewriter: Rewriter, node: Node) -> SymbolicTensor | None:
    """Rewrite ``conv(x, w) * factor + shift``, a batch normalization at inference, to ``conv(x, w * factor, shift)``.

    Where the filters are larger than the result, multiplying them would cost more than it saves.
    """
    shape = node.outputs[0].shape
    for position in (0, 1):
        scaled, shift = node.inputs[position], node.inputs[1 - position]
        if scaled.node.op.name != "mul" or not rewriter.single(scaled) or scaled.shape != shape:
            continue
        for side in (0, 1):
            product, factor = scaled.node.inputs[side], scaled.node.inputs[1 - side]
            inner = product.node
            if (
                inner.op.name not in ("matmul", "dense", "conv")
                or inner.attrs.get("activation", "linear") != "linear"
                or not rewriter.single(product)
                or product.shape != shape
                or math.prod(shape) < math.prod(inner.inputs[1].shape)
            ):
                continue
            factors, shifts = (_channel_values(rewriter, t, shape[-1]) for t in (factor, shift))
            if factors is None or shifts is None:
                continue
            x, w, *bias = inner.inputs
            if bias:
                shifts = rewriter.emit("add", (rewriter.emit("mul", (bias[0], factors), {}), shifts), {})
            attrs = {**inner.attrs, "activation": "linear", "alpha": 0.0}
            operands = (x, rewriter.emit("mul", (w, factors), {}), shifts)
            return rewriter.emit(FUSED[inner.op.name], operands, attrs)
    return None


def _pooled_relu(rewriter: Rewriter, node: Node) -> SymbolicTensor | None:
    """Rewrite ``relu'(y) * max_pool_grad(y, p, g)`` to ``max_pool_grad(y, p, relu'(p) * g)``.

    The gradient arrives only where ``y`` is the maximum ``p`` of its window, so the mask of ``p`` is that of ``y``; and
    there are fewer of them.
    """
    found: dict[str, Any] = {}
    if not _matches(SLOPES["relu"], node.outputs[0], found):
        return None
    gradient = found["g"]
    inner = gradient.node
    if inner.op.name != "max_pool_grad" or inner.inputs[0] is not found["y"] or not rewriter.single(gradient):
        return None
    positive, _, zero = node.inputs
    threshold = positive.node.inputs[1]
    if zero.shape or threshold.shape:
        return None
    y, p, g = inner.inputs
    masked = _sloped(rewriter, g, p, "relu", 0.0)
    if masked is None:
        masked = rewriter.emit("where", (rewriter.emit("gt", (p, threshold), {}), g, zero), {})
    return rewriter.emit("max_pool_grad", (y, p, masked), inner.attrs)


# op at the root of the pattern -> rules, tried in order
EXACT_RULES: Rules = {name: (_activation,) for name in EPILOGUES if name != "linear"}
RULES: Rules = {
    "add": (_bias, _scale_and_shift),
    "where": (_slope, _pooled_relu),
    "mul": (_slope,),
    **EXACT_RULES,
}


def rewrite(graph: Graph) -> None:
    """Replace known patterns by fused ops."""
    Rewriter(graph, RULES).run()


def rewrite_exactly(graph: Graph) -> None:
    """Replace patterns by fused ops that round as their parts do. A sum that starts from the bias does not."""
    Rewriter(graph, EXACT_RULES).run()


def merge_updates(graph: Graph) -> None:
    """Merge optimizer steps with equal attributes and scalars into one op over all their parameters.

    The merged op stands where the last of them stood; a step whose result is read before that stays alone.
    """
    groups: dict[Any, list[Node]] = {}
    for node in graph.nodes:
        if not node.is_leaf and node.op.multi is not None:
            scalars = node.op.multi(node.attrs)[0]
            attrs = tuple(sorted(node.attrs.items()))
            dtype = node.inputs[scalars].dtype
            groups.setdefault((node.op.name, node.inputs[:scalars], attrs, dtype), []).append(node)
    users = graph.users()
    merged: dict[Node, Node] = {}
    dropped: set[Node] = set()
    replaced: Substitution = {}
    position = {node: i for i, node in enumerate(graph.nodes)}
    for nodes in groups.values():
        last = position[nodes[-1]]
        nodes = [node for node in nodes if all(position[u] > last for t in node.outputs for u in users.get(t, ()))]
        if len(nodes) > 1:
            merged[nodes[-1]] = _merged(nodes, replaced)
            dropped.update(nodes[:-1])
    graph.nodes = [merged.get(node, node) for node in graph.nodes if node not in dropped]
    if replaced:
        for node in graph.nodes:
            if not replaced.keys().isdisjoint(node.inputs):
                node.inputs = tuple(replaced.get(t, t) for t in node.inputs)
        substitute_results(graph, replaced)


def _merged(nodes: list[Node], replaced: Substitution) -> Node:
    first = nodes[0]
    scalars = first.op.multi(first.attrs)[0]
    inputs = list(first.inputs[:scalars])
    for node in nodes:
        inputs += node.inputs[scalars:]
    count = sum(node.attrs["n"] for node in nodes)
    result = Node(first.op, tuple(inputs), {**first.attrs, "n": count}, -1)
    old = [tensor for node in nodes for tensor in node.outputs]
    result.outputs = tuple(SymbolicTensor(t.trace, result, i, t.shape, t.dtype) for i, t in enumerate(old))
    replaced.update(zip(old, result.outputs, strict=True))
    return result

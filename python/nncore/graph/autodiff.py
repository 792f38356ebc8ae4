"""Reverse-mode differentiation of a trace: gradients are recorded in the same ops, into the same trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ir import Node, SymbolicTensor, Trace, current, trace_error
from nncore.ops import autodiff_hooks  # noqa: F401  (defines identity and stop_gradient)
from nncore.ops.apply import apply
from nncore.ops.definition import OPS, THROUGH_BODIES, THROUGH_COMPOSITION
from nncore.ops.dtypes import as_operand, is_float
from nncore.ops.elementwise import binary


def gradients(ys: Any, xs: Sequence[Any], output_gradients: Sequence[Any] | None = None) -> list[Any]:
    """Record the gradients of the sum of ``ys`` with respect to each of ``xs``.

    For use inside a traced function, such as an overridden ``train_step``.

    Args:
        ys: A result, or a list of results: float tensors of the current trace.
        xs: Tensors or variables that ``ys`` were computed from.
        output_gradients: Gradient of each of ``ys``. Defaults to ones.

    Returns:
        One tensor per element of ``xs``, in its shape and dtype; None where ``ys`` don't depend on it.

    Raises:
        TraceError: Outside of a traced function.
        TypeError: If a result is no float.

    Example:
        >>> import nncore
        >>> w = nncore.Variable(3.0)
        >>> slope = nncore.function(lambda x: nncore.gradients(w * w * x, [w])[0])
        >>> float(slope(2.0))
        12.0
    """
    trace = current()
    if trace is None:
        raise trace_error("nncore.gradients() works inside a traced function.", "Use nncore.value_and_grad(function).")
    results = [_operand(trace, y) for y in (ys if isinstance(ys, (list, tuple)) else [ys])]
    sources = [_operand(trace, x) for x in xs]
    path, depends = _path(results, sources)
    found: dict[SymbolicTensor, Any] = {}
    seeds = output_gradients or [_ones(trace, y) for y in results]
    for y, seed in zip(results, seeds, strict=True):
        _accumulate(found, y, seed)
    for node in reversed(path):
        received = [found.get(tensor) for tensor in node.outputs]
        if all(g is None for g in received):
            continue
        needs = [tensor in depends for tensor in node.inputs]
        given = _apply_rule(trace, node, needs, received)
        for tensor, need, g in zip(node.inputs, needs, given, strict=True):
            if need and g is not None:
                _accumulate(found, tensor, g)
    return [found.get(x) for x in sources]


def _operand(trace: Trace, x: Any) -> SymbolicTensor:
    x = as_operand(x)
    return x if isinstance(x, SymbolicTensor) else trace.constant(x)


def _path(ys: Sequence[SymbolicTensor], xs: Sequence[SymbolicTensor]) -> tuple[list[Node], set[SymbolicTensor]]:
    """The nodes between ``xs`` and ``ys`` in order of definition, and the tensors that depend on ``xs``."""
    reached: dict[int, Node] = {}
    pending = [y.node for y in ys]
    while pending:
        node = pending.pop()
        if node.order not in reached:
            reached[node.order] = node
            pending.extend(tensor.node for tensor in node.inputs)
    depends: set[SymbolicTensor] = set(xs)
    path = []
    for order in sorted(reached):
        node = reached[order]
        if node.op.name == "stop_gradient" or node.is_leaf:
            continue
        if any(tensor in depends for tensor in node.inputs):
            outputs = [t for t in node.outputs if is_float(t.dtype)]
            depends.update(outputs)
            if outputs:
                path.append(node)
    return path, depends


def _apply_rule(trace: Trace, node: Node, needs: list[bool], received: list[Any]) -> list[Any]:
    rule = node.op.grad
    if rule is None:
        return [None] * len(node.inputs)
    if rule is THROUGH_BODIES:
        from nncore.graph.control import through_bodies

        return through_bodies(trace, node, needs, received)
    whole = [
        trace.constant(np.zeros(t.shape, t.dtype)) if g is None else g
        for t, g in zip(node.outputs, received, strict=True)
    ]
    given: Any = rule if rule is THROUGH_COMPOSITION else rule(node, needs, *whole)
    return _through_composition(node, needs, whole) if given is THROUGH_COMPOSITION else list(given)


def _through_composition(node: Node, needs: list[bool], received: list[Any]) -> list[Any]:
    """The gradients of a fused op by those of its composition, recorded anew."""
    # Identities keep the path from going on behind the inputs, which may depend on each other.
    inputs = [apply(OPS["identity"], [tensor]) for tensor in node.inputs]
    composed = node.op.composed
    assert composed is not None
    results = composed(*inputs, **node.attrs)
    wanted = [tensor for tensor, need in zip(inputs, needs, strict=True) if need]
    found = iter(gradients(results, wanted, received))
    return [next(found) if need else None for need in needs]


def _accumulate(found: dict[SymbolicTensor, Any], tensor: SymbolicTensor, g: Any) -> None:
    before = found.get(tensor)
    found[tensor] = g if before is None else binary("add", before, g)


def _ones(trace: Trace, y: SymbolicTensor) -> Any:
    if not is_float(y.dtype):
        raise TypeError(
            f"Only float results can be differentiated. Received: a result of dtype={y.dtype}, shape={y.shape}."
        )
    return trace.constant(np.broadcast_to(np.ones((), y.dtype), y.shape))

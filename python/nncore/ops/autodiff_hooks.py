"""Identity ops that mean something to differentiation: a barrier, and a gradient of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nncore import tree
from nncore.ir import SymbolicTensor
from nncore.ops.apply import apply, op
from nncore.ops.definition import OPS, VIEW, OpDef
from nncore.ops.dtypes import as_operand


def _same(specs: Any, attrs: dict[str, Any]) -> Any:
    return [specs[0]]


def _same_view(shape: Any, strides: Any, attrs: dict[str, Any]) -> Any:
    return shape, strides, 0


OpDef("stop_gradient", VIEW, _same, None, lambda x: x, view=_same_view)
OpDef("identity", VIEW, _same, lambda node, needs, g: [g], lambda x: x, view=_same_view)


@op
def stop_gradient(variable: Any) -> Any:
    """Pass values on, but no gradient back.

    Args:
        variable: Array.

    Returns:
        The same values; for differentiation, a constant.

    Example:
        >>> import nncore
        >>> from nncore import ops
        >>> float(nncore.grad(lambda x: x * ops.stop_gradient(x))(3.0))
        3.0
    """
    return apply(OPS["stop_gradient"], [as_operand(variable)])


def _custom_grad(node: Any, needs: Sequence[bool], *gs: Any) -> list[Any]:
    """The gradients of a custom function's inputs come from the user's own rule."""
    rule, count = node.attrs["rule"], node.attrs["count"]
    given = rule(*gs) if len(gs) > 1 else rule(gs[0])
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(given) != count:
        raise ValueError(
            f"custom_gradient: the gradient function must return {count} gradients, one per argument. "
            f"Received: {len(given)}."
        )
    return [None] * (len(node.inputs) - count) + given


# Inputs: the results of the function, then its arguments. Outputs: the results.
OpDef(
    "custom_gradient",
    VIEW,
    lambda specs, attrs: list(specs[: len(specs) - attrs["count"]]),
    _custom_grad,
    lambda *arrays, rule, count: list(arrays[: len(arrays) - count]),
    view=_same_view,
)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function of arrays a gradient of your own.

    Args:
        f: Function that returns ``(result, gradient_function)``. The gradient function takes the gradient of the
            result (one argument per result) and returns one gradient per argument of ``f``.

    Returns:
        The function without its gradient function.

    Raises:
        ValueError: While differentiating, if the number of gradients is not that of the arguments.

    Example:
        >>> import nncore
        >>> @nncore.custom_gradient
        ... def straight_through(x):
        ...     return nncore.ops.round(x), lambda upstream: upstream
        >>> float(nncore.grad(straight_through)(0.7))
        1.0
    """
    import functools

    @functools.wraps(f)
    def wrapped(*args: Any) -> Any:
        arguments = [as_operand(x) for x in args]
        results, rule = f(*arguments)
        leaves = [as_operand(x) for x in tree.flatten(results)]
        if not _any_symbolic(arguments):
            return tree.pack_sequence_as(results, leaves)
        outputs = apply(OPS["custom_gradient"], [*leaves, *arguments], {"rule": rule, "count": len(arguments)})
        outputs = outputs if isinstance(outputs, list) else [outputs]
        return tree.pack_sequence_as(results, outputs)

    return wrapped


def _any_symbolic(arguments: list[Any]) -> bool:
    return any(x.__class__ is SymbolicTensor for x in arguments)

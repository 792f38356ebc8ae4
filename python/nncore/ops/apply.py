"""``apply``: the one place that decides whether an op runs now or is recorded.

Arrays are computed at once; if any input is a symbolic tensor of a trace, a node is recorded. Placeholders of
functional models (``KerasTensor``) never get this far: the ``op`` decorator of a public function remembers the whole
call instead, so that it is run again with the real shapes of a batch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from nncore import tree
from nncore.ir import Call, KerasTensor, SymbolicTensor, Trace, current, trace_error
from nncore.ops.definition import OPS, OpDef

F = TypeVar("F", bound=Callable[..., Any])

# Sizes that stand for unknown dimensions while shapes are inferred. Two runs with different sizes show which output
# dimensions depend on them; a size that meets a real dimension by chance is caught by the other.
_FILLS = (97, 101)


def apply(op: OpDef, inputs: Sequence[Any], attrs: dict[str, Any] | None = None) -> Any:
    """Run or record one primitive.

    Args:
        op: The primitive.
        inputs: Operands (arrays or symbolic tensors of the current trace).
        attrs: Attributes, static values. Defaults to none.

    Returns:
        The output, or a list of outputs if the op has several.
    """
    attrs = attrs or {}
    outputs: Sequence[Any]
    for x in inputs:
        if x.__class__ is SymbolicTensor:
            trace = current()
            if trace is None:
                raise trace_error(
                    f"{x!r} was used after the function that it was traced in had returned.",
                    "Return it from its function, or compute with arrays.",
                )
            outputs = trace.record(op, tuple(_repeated(trace, x) for x in inputs), attrs)
            break
    else:
        outputs = op.execute(inputs, attrs)
    return outputs[0] if len(outputs) == 1 else list(outputs)


def _repeated(trace: Trace, x: Any) -> Any:
    """A constant array that repeats one element: record the element and its broadcasting."""
    if x.__class__ is np.ndarray and x.ndim and not any(x.strides) and x.size > 1:
        scalar = trace.constant(x[(0,) * x.ndim].reshape(()))
        return trace.record(OPS["broadcast_to"], (scalar,), {"shape": x.shape})[0]
    return x


def _has_placeholder(value: Any) -> bool:
    if value.__class__ is KerasTensor:
        return True
    if isinstance(value, (list, tuple)):
        return any(_has_placeholder(item) for item in value)
    if isinstance(value, dict):
        return any(_has_placeholder(item) for item in value.values())
    return False


def op(function: F) -> F:
    """Make a public op of a function: on placeholders of a functional model the call is remembered, not run."""

    @functools.wraps(function)
    def public(*args: Any, **kwargs: Any) -> Any:
        for value in args:
            cls = value.__class__
            if cls is KerasTensor or ((cls is list or cls is tuple) and _has_placeholder(value)):
                return record_call(public, args, kwargs)
        for value in kwargs.values():
            if _has_placeholder(value):
                return record_call(public, args, kwargs)
        result = function(*args, **kwargs)
        # NumPy's own arithmetic on arrays without dimensions gives scalars; an op gives arrays.
        return np.asarray(result) if isinstance(result, np.generic) else result

    return public  # type: ignore[return-value]


def record_call(target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Remember a call of a layer or op on placeholders and return the placeholders of its results.

    Args:
        target: What is called: a layer, a model or a public op.
        args: Positional arguments, placeholders among them.
        kwargs: Keyword arguments.

    Returns:
        Placeholders in the structure of what ``target`` returns.
    """
    outputs = eval_shape(target, *args, **kwargs)
    call = Call(target, args, kwargs)
    leaves = []
    for index, tensor in enumerate(tree.flatten(outputs)):
        if tensor is not None:
            tensor = KerasTensor(tensor.shape, tensor.dtype, call=call, index=index)
        leaves.append(tensor)
    call.outputs = leaves
    call.structure = tree.pack_sequence_as(outputs, list(range(len(leaves))))
    return tree.pack_sequence_as(outputs, leaves)


def eval_shape(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Find the shapes and dtypes that a function of arrays returns, without computing anything.

    Unknown dimensions are found by tracing twice with different sizes in their place: what differs in the result is
    unknown there as well.

    Args:
        function: Any function written in ops.
        args: Arguments; each ``KerasTensor`` among them stands for an array.
        kwargs: Keyword arguments, the same.

    Returns:
        What the function returns, with a ``KerasTensor`` for each array.

    Example:
        >>> from nncore import ops
        >>> from nncore.ir import KerasTensor
        >>> ops.eval_shape(lambda x: ops.sum(x, axis=1), KerasTensor((None, 3, 4))).shape
        (None, 4)
    """
    placeholders = [x for x in tree.flatten((args, kwargs)) if x.__class__ is KerasTensor]
    unknown = any(None in x.shape for x in placeholders)
    first = _trace_shapes(function, args, kwargs, _FILLS[0])
    if not unknown:
        return tree.map_structure(_placeholder, first)
    second = _trace_shapes(function, args, kwargs, _FILLS[1])
    return tree.map_structure(_merge, first, second)


def _trace_shapes(function: Callable[..., Any], args: Any, kwargs: Any, fill: int) -> Any:
    with Trace(name="shape inference") as trace:
        trace.shapes_only = True

        def enter(x: Any) -> Any:
            if x.__class__ is KerasTensor:
                return trace.input(tuple(fill if d is None else d for d in x.shape), x.dtype)
            return x

        filled = any(x.__class__ is KerasTensor and None in x.shape for x in tree.flatten((args, kwargs)))
        trace.unknown = fill if filled else None
        args, kwargs = tree.map_structure(enter, (args, kwargs))
        try:
            result = function(*args, **kwargs)
        except (ValueError, TypeError) as error:
            if filled:
                error.add_note(f"Where shapes say {fill}, the dimension is not known yet (None).")
            raise
        return tree.map_structure(lambda x: getattr(x, "__tensor__", lambda: x)(), result)


def _placeholder(x: Any) -> Any:
    if x is None:
        return None
    if isinstance(x, (bool, int, float)):
        x = np.asarray(x)
    return KerasTensor(x.shape, str(x.dtype))


def _merge(a: Any, b: Any) -> Any:
    if a is None:
        return None
    if isinstance(a, (bool, int, float)):
        return _placeholder(a)
    if len(a.shape) != len(b.shape):
        raise ValueError(
            f"The number of dimensions of a result depends on an unknown dimension. Received: {a.shape}, {b.shape}."
        )
    shape = tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True))
    return KerasTensor(shape, str(a.dtype))

"""Primitives with bodies: scan, while and switch; and how a body is traced and its node recorded.

All control flow is made of these three. A body is a graph of its own in the node's attribute ``bodies``. Its inputs are
the values handed on from turn to turn (carries), rows of stacks, and what it captured from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nncore import tree
from nncore.ir import Graph, SymbolicTensor, Trace, current
from nncore.ir.body import BodyTrace
from nncore.ir.limits import check_rows, note_check
from nncore.ops.apply import apply
from nncore.ops.definition import CONTROL, OPS, THROUGH_BODIES, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of

Specs = Sequence[SpecPair]


def _spec(tensor: Any) -> SpecPair:
    return tuple(tensor.shape), tensor.dtype


def _infer_scan(specs: Specs, attrs: dict[str, Any]) -> list[SpecPair]:
    outputs = [_spec(t) for t in attrs["bodies"][0].outputs]
    n, length = attrs["carries"], attrs["length"]
    return outputs[:n] + [((length, *shape), dtype) for shape, dtype in outputs[n:]]


def _infer_while(specs: Specs, attrs: dict[str, Any]) -> list[SpecPair]:
    return [_spec(t) for t in attrs["bodies"][1].outputs]


def _infer_switch(specs: Specs, attrs: dict[str, Any]) -> list[SpecPair]:
    return [_spec(t) for t in attrs["bodies"][0].outputs]


def _no_reference(*_: Any, **__: Any) -> Any:
    raise AssertionError("A body is run by a program.")


OpDef(
    "scan",
    CONTROL,
    _infer_scan,
    THROUGH_BODIES,
    _no_reference,
    encode=lambda specs, attrs: ((attrs["carries"], attrs["slices"], attrs["length"], int(attrs["reverse"])), ()),
)
OpDef(
    "while",
    CONTROL,
    _infer_while,
    THROUGH_BODIES,
    _no_reference,
    encode=lambda specs, attrs: ((attrs["carries"], attrs["maximum"]), ()),
)
OpDef("switch", CONTROL, _infer_switch, THROUGH_BODIES, _no_reference, encode=lambda specs, attrs: ((), ()))


class Leaves:
    """The arrays of a nested structure, and how to put others in their places; None stays None."""

    def __init__(self, structure: Any) -> None:
        flat = tree.flatten(structure)
        self.structure = structure
        self.values = [as_operand(x) for x in flat if x is not None]
        self._present = [x is not None for x in flat]

    def pack(self, values: Sequence[Any]) -> Any:
        """The structure with these values in place of its arrays."""
        rest = iter(values)
        return tree.pack_sequence_as(self.structure, [next(rest) if here else None for here in self._present])


def recording() -> Trace | None:
    """The trace that wants bodies, or None where Python itself does the loops: no trace, or one with values."""
    trace = current()
    return None if trace is None or trace.carry_values else trace


class Body:
    """A function traced as a body.

    Args:
        parent: The trace around it.
        function: Called with one list of tensors for each list of specs; returns anything nested.
        specs: Lists of (shape, dtype).
    """

    def __init__(self, parent: Trace, function: Callable[..., Any], *specs: Specs) -> None:
        self.trace = BodyTrace(parent)
        with self.trace:
            self.groups = [[self.trace.input(shape, dtype) for shape, dtype in group] for group in specs]
            self.inputs = [tensor for group in self.groups for tensor in group]
            self.result = function(*self.groups)
            self.leaves = Leaves(self.result)
            self.outputs = [self._symbolic(x) for x in self.leaves.values]

    def _symbolic(self, x: Any) -> SymbolicTensor:
        return self.trace._own(x) if isinstance(x, SymbolicTensor) else self.trace.constant(x)

    def reads_outside(self) -> bool:
        """Whether it depends on anything but its arguments and constants, or changes a variable."""
        return bool(self.trace.captured or self.trace.written())

    def graph(self, inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]) -> Graph:
        """The body as a graph with these inputs and outputs."""
        return Graph(list(inputs), list(self.trace.nodes), list(outputs), [])


def written_by(trace: Trace, bodies: Sequence[Body]) -> list[tuple[Any, SymbolicTensor]]:
    """Variables that bodies assign to, each once, and their values before."""
    found: dict[int, Any] = {}
    for body in bodies:
        for variable, _ in body.trace.written():
            found[id(variable)] = variable
    return [(variable, trace.read(variable)) for variable in found.values()]


def new_value(body: Body, variable: Any, before: SymbolicTensor) -> SymbolicTensor:
    """The value of a variable after a body; the one before where the body leaves it alone."""
    for written, tensor in body.trace.written():
        if written is variable:
            return body._symbolic(tensor)
    return body.trace.capture(before)


def captured_by(bodies: Sequence[Body], but: Sequence[SymbolicTensor] = ()) -> list[SymbolicTensor]:
    """All tensors that bodies take from outside, each once, in order."""
    found: dict[SymbolicTensor, None] = {}
    for body in bodies:
        found.update(dict.fromkeys(body.trace.captured))
    others = set(but)
    return [tensor for tensor in found if tensor not in others]


def record(name: str, inputs: Sequence[Any], attrs: dict[str, Any]) -> list[Any]:
    """Record a primitive with bodies; always gives a list."""
    outputs = apply(OPS[name], inputs, attrs)
    return outputs if isinstance(outputs, list) else [outputs]


def pass_limits_on(body: Body, stacks: dict[SymbolicTensor, Any]) -> None:
    """What a body asks of its inputs' values is asked of what they are made of.

    Args:
        body: The body.
        stacks: The stacks of which inputs are the rows.
    """
    captured = {inner: outer for outer, inner in body.trace.captured.items()}
    for limit in body.trace.limits:
        inner = body.trace.inputs[limit.index]
        if inner in captured:
            note_check(captured[inner], limit.check, limit.through)
        elif inner in stacks:
            note_check(stacks[inner], partial(check_rows, limit.check), limit.through)


def describe(x: Any) -> str:
    """``float32(2, 3)``, for messages."""
    return f"{dtype_of(x)}{tuple(x.shape)}"


def check_carry(name: str, before: Leaves, after: Leaves) -> None:
    """Check that a body gives the values that it hands on as it takes them.

    Raises:
        ValueError: If structure, a shape or a dtype differs.
    """
    try:
        tree.assert_same_structure(before.structure, after.structure)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"ops.{name}: the values handed from turn to turn must keep their structure. {error}"
        ) from error
    paths = ["/".join(map(str, path)) for path, x in tree.flatten_with_path(before.structure) if x is not None]
    for path, a, b in zip(paths, before.values, after.values, strict=True):
        if tuple(a.shape) != tuple(b.shape) or dtype_of(a) != dtype_of(b):
            where = f" at '{path}'" if path else ""
            raise ValueError(
                f"ops.{name}: the values handed from turn to turn must keep their shapes and dtypes. "
                f"Received: {describe(a)} before the turn{where}, {describe(b)} after it. "
                "Start from a value of the result's shape and dtype, or use ops.cast or ops.reshape in the body."
            )

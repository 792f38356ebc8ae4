"""OpDef: all that nncore knows of one primitive operation, in one place.

A primitive states its shape-and-dtype rule, its gradient rule (written in ops), how it is carried out, and a NumPy
reference for the tests. How it is carried out is one of five kinds:

- ``elementwise``: an opcode of the native interpreter; neighbours are fused into one instruction;
- ``kernel``: a native kernel of its own;
- ``view``: the same memory read with another shape and strides; no instruction at all;
- ``place``: copies into slices of a new array (concatenate, pad);
- ``control``: graphs in its attribute ``bodies`` are run, in turns or one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from nncore.ir import common_size

Shape = tuple[int, ...]
SpecPair = tuple[Shape, str]
Infer = Callable[[Sequence[SpecPair], dict[str, Any]], list[SpecPair]]
Array = Any

ELEMENTWISE = "elementwise"
KERNEL = "kernel"
VIEW = "view"
PLACE = "place"
CONTROL = "control"


def THROUGH_COMPOSITION(*_: Any) -> Any:  # noqa: N802 - a mark, compared by identity
    """Mark of a fused op whose gradient is that of its composition; differentiation knows how."""
    raise AssertionError("differentiated by the composition")


def THROUGH_BODIES(*_: Any) -> Any:  # noqa: N802 - a mark, compared by identity
    """Mark of an op whose gradient is made of its bodies' gradients; differentiation knows how."""
    raise AssertionError("differentiated by the bodies")


# Every primitive by name: the list that tests, verifier and documentation walk.
OPS: dict[str, OpDef] = {}


class OpDef:
    """One primitive operation.

    Args:
        name: Its name, also the name of its public function where it has one.
        kind: ``"elementwise"``, ``"kernel"``, ``"view"``, ``"place"`` or ``"control"``.
        infer: Rule from input (shape, dtype) pairs and attributes to output pairs. Raises ValueError on bad input.
        grad: Rule from a node and the gradients of its outputs to the gradients of its inputs (None where there is
            none), written in ops. None if the op has no derivative; THROUGH_COMPOSITION if ``composed`` is to be
            differentiated instead, THROUGH_BODIES if the bodies are.
        reference: NumPy function of the input arrays and attributes; computes in the dtype it is given.
        kernel: Name of the native kernel or opcode. Defaults to the op's name.
        encode: For kernels: rule from input pairs and attributes to the kernel's (ints, floats).
        view: For views: rule from (shape, strides, attributes) to (shape, strides, offset), strides and offset in
            elements, or None where the view needs a contiguous copy first.
        inplace: Pairs (output, input) that share memory: the op updates its input.
        multi: The op accepts several groups of inputs, so that calls with equal attributes can be merged.
        strided: Rule from attributes to the inputs that the kernel takes in any strides. Defaults to all or none of
            them, as the kernel's flags say.
        composed: For fused ops: the definition in other ops, with the same arguments.
    """

    __slots__ = (
        "composed",
        "encode",
        "grad",
        "infer",
        "inplace",
        "kernel",
        "kind",
        "multi",
        "name",
        "reference",
        "strided",
        "view",
    )

    def __init__(
        self,
        name: str,
        kind: str,
        infer: Infer,
        grad: Callable[..., Any] | None,
        reference: Callable[..., Any],
        *,
        kernel: str | None = None,
        encode: Callable[..., tuple[Sequence[int], Sequence[float]]] | None = None,
        view: Callable[..., Any] | None = None,
        inplace: Callable[..., list[tuple[int, int]]] | None = None,
        multi: Any = None,
        strided: Callable[[dict[str, Any]], Container[int]] | None = None,
        composed: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.infer = infer
        self.grad = grad
        self.reference = reference
        self.kernel = kernel or name
        self.encode = encode
        self.view = view
        self.inplace = inplace
        self.multi = multi
        self.strided = strided
        self.composed = composed
        OPS[name] = self

    def __repr__(self) -> str:
        return f"OpDef({self.name})"

    def execute(self, arrays: Sequence[Array], attrs: dict[str, Any]) -> list[Array]:
        """Compute the op on arrays at once, through its kernel.

        Args:
            arrays: Inputs, already in the dtypes that the op computes in.
            attrs: Attributes.

        Returns:
            The outputs, new arrays (views, for view ops).
        """
        from nncore.ops.execute import execute

        return execute(self, arrays, attrs)


def shape_of(specs: Sequence[SpecPair]) -> str:
    """Show input shapes and dtypes in a message."""
    return ", ".join(f"{dtype}{list(shape)}" for shape, dtype in specs)


def broadcast(name: str, shapes: Sequence[Shape]) -> Shape:
    """The shape to which operands broadcast; a clear error where they don't."""
    first = shapes[0]
    if all(shape == first for shape in shapes[1:]):
        return first
    found = [1] * max(map(len, shapes))
    for shape in shapes:
        for axis, d in enumerate(shape, len(found) - len(shape)):
            if d != 1:
                if found[axis] != 1:
                    common = common_size(found[axis], d)
                    if common is not None:
                        found[axis] = common
                        continue
                    received = ", ".join(str(tuple(shape)) for shape in shapes)
                    raise ValueError(
                        f"{name}: operands must have shapes that broadcast together. Received: shapes {received}."
                    )
                found[axis] = d
    return tuple(found)

"""Symbolic tensors: what an op sees in place of an array while a function is traced.

The operators (``+``, ``@``, ``[]``, NumPy functions) are installed by ``nncore.ops``: this module knows no op.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class TraceError(TypeError):
    """Something was asked of a symbolic tensor that only an array of numbers can answer.

    A compiled function is run once on symbolic tensors, which have a shape and a dtype but no values; the recorded
    operations are then run on the data. Code that needs a value while it is traced can't be recorded:

        def call(self, x):
            if x.mean() > 0:      # TraceError: a Python ``if`` needs the value
                return x
            return -x

    Write it with an operation instead (``ops.where(x.mean() > 0, x, -x)``), or look at the values with
    ``compile(run_eagerly=True)``.
    """


def user_line() -> str:
    """Describe the innermost line of code outside this package: where the user made the call."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        inside = path.startswith(PACKAGE_FOLDER + os.sep)
        if not inside and not path.startswith("<frozen"):
            import linecache

            text = linecache.getline(path, frame.f_lineno).strip()
            shown = f": {text}" if text else ""
            return f'File "{path}", line {frame.f_lineno}, in {frame.f_code.co_name}{shown}'
        frame = frame.f_back
    return "(no user code on the stack)"


def trace_error(problem: str, advice: str) -> TraceError:
    """Make a ``TraceError`` that names the user's line and what to write instead."""
    return TraceError(f"{problem}\n  {user_line()}\n{advice}")


class Spec:
    """Shape and dtype of an array that is still to come.

    Args:
        shape: Tuple of dimensions.
        dtype: dtype name, for example ``"float32"``.
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int | None, ...], dtype: str) -> None:
        self.shape = tuple(shape)
        self.dtype = dtype

    def known(self) -> tuple[int, ...]:
        """The shape, where no dimension is unknown."""
        known = tuple(d for d in self.shape if d is not None)
        if len(known) != len(self.shape):
            raise ValueError(f"All dimensions must be known here. Received: shape={self.shape}.")
        return known

    def __repr__(self) -> str:
        return f"Spec(shape={self.shape}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and self.shape == other.shape and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))


class Tensor:
    """Base of symbolic tensors: a shape, a dtype, and operators that record themselves."""

    __slots__ = ("__weakref__", "dtype", "mask", "shape")

    shape: tuple[Any, ...]
    dtype: str
    # Booleans, true where the tensor counts; see nncore.masking.
    mask: Any

    # NumPy leaves mixed expressions (array + tensor) to us.
    __array_priority__ = 1000

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def rank(self) -> int:
        """Number of dimensions (the name that layer authors also use)."""
        return len(self.shape)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a tensor without dimensions.")
        if self.shape[0] is None:
            raise self._no_value("len() of a dimension that is not known yet", "Use ops.shape(x).")
        return int(self.shape[0])

    def _no_value(self, problem: str, advice: str) -> TraceError:
        return trace_error(f"{problem} needs the values of a symbolic tensor ({self!r}).", advice)

    def __bool__(self) -> bool:
        raise self._no_value(
            "A Python condition (if, while, and, or, not)",
            "Use ops.where(condition, a, b), or compile(run_eagerly=True) to see values.",
        )

    def __float__(self) -> float:
        raise self._no_value("float()", "Keep it a tensor: ops work on scalars as well.")

    def __int__(self) -> int:
        raise self._no_value("int()", "Use ops.cast(x, 'int32') and keep it a tensor.")

    def __index__(self) -> int:
        raise self._no_value("Using it as an index", "Use ops.take(x, indices, axis).")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self._no_value(
            "Conversion to a NumPy array",
            "Use the function of nncore.ops instead, or compile(run_eagerly=True) to see values.",
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        raise trace_error(
            f"A symbolic tensor can't be written in place ({self!r}).",
            "Use ops.where(mask, value, x) or ops.slice_update(x, start, value).",
        )

    # By identity, as the operators' `==` asks for; passes over a graph hash tensors all the time.
    __hash__ = object.__hash__


class SymbolicTensor(Tensor):
    """Output ``index`` of a node of a trace; ``value`` is set where the trace computes as it records."""

    __slots__ = ("index", "node", "trace", "value")

    def __init__(self, trace: Any, node: Any, index: int, shape: tuple[int, ...], dtype: str) -> None:
        self.trace = trace
        self.node = node
        self.index = index
        self.shape = shape
        self.dtype = dtype
        self.value: Any = None
        self.mask = None

    def __repr__(self) -> str:
        if self.value is not None:
            return f"<Tensor shape={self.shape}, dtype={self.dtype}, value=\n{self.value}>"
        return f"<SymbolicTensor shape={self.shape}, dtype={self.dtype}>"

    def numpy(self) -> Any:
        """The values, where the trace carries them (``run_eagerly=True``)."""
        return self.__array__()

    def item(self) -> Any:
        """The value of a one-element tensor as a Python number, where the trace carries values."""
        return self.__array__().item()

    def __bool__(self) -> bool:
        return bool(self.value) if self.value is not None else super().__bool__()

    def __float__(self) -> float:
        return float(self.value) if self.value is not None else super().__float__()

    def __int__(self) -> int:
        return int(self.value) if self.value is not None else super().__int__()

    def __index__(self) -> int:
        return self.value.__index__() if self.value is not None else super().__index__()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.value is None:
            return super().__array__()
        # A copy: what a user changes in it must not change the recorded value.
        return self.value.astype(dtype if dtype is not None else self.value.dtype)

    def __format__(self, spec: str) -> str:
        if spec and self.value is not None:
            return format(self.value.item() if self.value.size == 1 else self.value, spec)
        return repr(self)


class KerasTensor(Tensor):
    """Placeholder of a functional model: a value that a layer call will give, some dimensions unknown (None).

    Args:
        shape: Tuple of ints and None.
        dtype: dtype name. Defaults to ``"float32"``.
        name: Name for messages and summaries. Defaults to None.
        call: The recorded call that gives this tensor; None for an input.
        index: Which output of the call this is.
    """

    __slots__ = ("call", "index", "name", "origin")

    def __init__(
        self,
        shape: tuple[int | None, ...],
        dtype: str = "float32",
        name: str | None = None,
        call: Any = None,
        index: int = 0,
    ) -> None:
        self.shape = tuple(shape)
        self.dtype = dtype
        self.name = name
        self.call = call
        self.index = index
        self.mask = None
        self.origin: Any = None  # the InputLayer of an Input(), set by the layers

    def __repr__(self) -> str:
        named = f", name={self.name}" if self.name else ""
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}{named}>"

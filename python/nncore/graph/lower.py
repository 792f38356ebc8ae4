"""Lowering: a scheduled graph becomes buffers and a flat list of native instructions.

Views cost nothing: they are other shapes and strides over a producer's buffer. Results are written where they belong: a
tensor that is returned is computed straight into the caller's array, the new value of a variable straight into the
variable, wherever nobody still needs the old one; otherwise it is copied at the end.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore.graph.encode import Encoder
from nncore.graph.fuse import SMALL, Group, fuse
from nncore.graph.plan import ARENA, CONSTANT, FEED, FETCH, VARIABLE, Buffer, plan
from nncore.ir import CONSTANT as CONSTANT_LEAF
from nncore.ir import INPUT, Graph, Node, SymbolicTensor
from nncore.ops.definition import CONTROL, PLACE, VIEW
from nncore.ops.dtypes import CODES
from nncore.ops.execute import strided_inputs

_END = 1 << 30
_ITEMSIZE = {"float32": 4, "float64": 8, "int32": 4, "int64": 8, "uint8": 1, "bool": 1}


class View:
    """Where a tensor's elements lie: a buffer, an offset and strides in elements."""

    __slots__ = ("buffer", "dtype", "offset", "shape", "strides")

    def __init__(
        self,
        buffer: Buffer,
        dtype: str,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        offset: int = 0,
    ) -> None:
        self.buffer = buffer
        self.dtype = dtype
        self.shape = shape
        self.strides = strides
        self.offset = offset

    def contiguous(self) -> bool:
        """Whether the elements follow each other in C order."""
        expected = 1
        for d, s in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if d != 1:
                if s != expected:
                    return False
                expected *= d
        return True

    def whole(self) -> bool:
        """Whether this is its buffer, all of it and in order."""
        size = math.prod(self.shape) * _ITEMSIZE[self.dtype]
        return self.offset == 0 and size == self.buffer.nbytes and self.contiguous()

    def broadcast(self, shape: tuple[int, ...]) -> View:
        """The same elements repeated to a larger shape, with strides of zero."""
        if self.shape == shape:
            return self
        lead = len(shape) - len(self.shape)
        strides = (0,) * lead + tuple(0 if d == 1 else s for d, s in zip(self.shape, self.strides, strict=True))
        return View(self.buffer, self.dtype, shape, strides, self.offset)


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides, in elements, of an array in C order."""
    strides, step = [], 1
    for d in reversed(shape):
        strides.append(step)
        step *= max(d, 1)
    return tuple(reversed(strides))


class Instruction:
    """One kernel call: operands (inputs, then outputs), integer and float attributes, and lowered bodies."""

    __slots__ = ("bodies", "floats", "ints", "kernel", "n_in", "operands")

    def __init__(
        self,
        kernel: str,
        operands: list[View],
        n_in: int,
        ints: tuple[int, ...],
        floats: tuple[float, ...],
        bodies: tuple[Any, ...] = (),
    ) -> None:
        self.kernel = kernel
        self.operands = operands
        self.n_in = n_in
        self.ints = ints
        self.floats = floats
        self.bodies = bodies

    def as_tuple(self) -> tuple[Any, ...]:
        """The instruction as the native program takes it."""
        operands = [
            (v.buffer.number, v.offset * _ITEMSIZE[v.dtype], CODES[v.dtype], v.shape, v.strides) for v in self.operands
        ]
        call = self.kernel, operands, self.n_in, self.ints, self.floats
        return (*call, self.bodies) if self.bodies else call


class Lowering:
    """Turns a scheduled graph into instructions; ``build`` gives what the native program is made from.

    Args:
        graph: The graph after all passes.
        schedule: Its nodes and groups in order of execution (``fuse``).
        constants: Where constants are collected: a body's are those of its program. Defaults to a new list.
    """

    def __init__(self, graph: Graph, schedule: list[Node | Group], constants: list[Any] | None = None) -> None:
        self.graph = graph
        self.schedule = schedule
        self.buffers: list[Buffer] = []
        self.constants: list[Any] = [] if constants is None else constants
        self._feeds = {tensor: index for index, tensor in enumerate(graph.inputs)}
        self.variables: list[Any] = []
        self.instructions: list[Instruction] = []
        self.views: dict[SymbolicTensor, View] = {}
        self._last_read = self._find_last_reads()
        self._targets = {tensor: variable for variable, tensor in graph.writes}
        self._step = 0

    # --- the walk --------------------------------------------------------------------------------------------------

    def build(self) -> dict[str, Any]:
        """Lower everything and plan the memory."""
        for step, item in enumerate(self.schedule):
            self._step = step
            if isinstance(item, Group):
                self._group(item)
            elif item.is_leaf:
                self._leaf(item)
            elif item.op.kind == VIEW:
                self._view(item)
            elif item.op.kind == PLACE:
                self._place(item)
            elif item.op.kind == CONTROL:
                self._control(item)
            else:
                self._kernel(item)
        self._fetches()
        self._write_back()
        for position, instruction in enumerate(self.instructions):
            for view in instruction.operands:
                view.buffer.touch(position)
        arena = plan(self.buffers)
        return {
            "buffers": [buffer.as_tuple() for buffer in self.buffers],
            "constants": self.constants,
            "instructions": [instruction.as_tuple() for instruction in self.instructions],
            "arena_bytes": arena,
            "variables": [variable.array for variable in self.variables],
        }

    def _find_last_reads(self) -> dict[SymbolicTensor, int]:
        """The last step that reads each tensor, or any view of it; _END for results."""
        last: dict[SymbolicTensor, int] = {}
        for step, item in enumerate(self.schedule):
            nodes = item.members if isinstance(item, Group) else [item]
            for node in nodes:
                for tensor in node.inputs:
                    last[tensor] = step
        for tensor in self.graph.outputs:
            last[tensor] = _END
        for item in reversed(self.schedule):
            if isinstance(item, Node) and not item.is_leaf and item.op.kind == VIEW:
                reads = max(last.get(t, -1) for t in item.outputs)
                last[item.inputs[0]] = max(last.get(item.inputs[0], -1), reads)
        return last

    # --- buffers ---------------------------------------------------------------------------------------------------

    def _buffer(self, kind: int, index: int, nbytes: int) -> Buffer:
        buffer = Buffer(kind, index, nbytes)
        buffer.number = len(self.buffers)
        self.buffers.append(buffer)
        return buffer

    def _new(self, shape: tuple[int, ...], dtype: str) -> View:
        buffer = self._buffer(ARENA, 0, math.prod(shape) * _ITEMSIZE[dtype])
        return View(buffer, dtype, shape, contiguous_strides(shape))

    def _constant(self, array: Any) -> View:
        strides = contiguous_strides(array.shape)
        if array.size > 1 and not any(array.strides):
            array, strides, shape = array.reshape(-1)[:1].copy(), (0,) * array.ndim, array.shape
        else:
            # ascontiguousarray makes 0-d arrays one-dimensional; only the memory matters here.
            array, shape = np.ascontiguousarray(array), array.shape
        buffer = self._buffer(CONSTANT, len(self.constants), array.nbytes)
        self.constants.append(array)
        return View(buffer, array.dtype.name, shape, strides)

    def _emit(
        self,
        kernel: str,
        inputs: list[View],
        outputs: list[View],
        ints: tuple[int, ...] = (),
        floats: tuple[float, ...] = (),
    ) -> None:
        self.instructions.append(Instruction(kernel, [*inputs, *outputs], len(inputs), ints, floats))

    def _copy(self, source: View, target: View) -> None:
        self._emit("copy", [source], [target])

    def _compact(self, view: View) -> View:
        """The same elements in C order, copied only where they are not: at once, if they are few and constant."""
        if view.contiguous():
            return view
        if view.buffer.kind == CONSTANT and math.prod(view.shape) <= SMALL:
            memory = self.constants[view.buffer.index].reshape(-1)[view.offset :]
            strides = tuple(step * memory.itemsize for step in view.strides)
            return self._constant(np.ascontiguousarray(np.lib.stride_tricks.as_strided(memory, view.shape, strides)))
        copy = self._new(view.shape, view.dtype)
        self._copy(view, copy)
        return copy

    # --- items of the schedule -------------------------------------------------------------------------------------

    def _leaf(self, node: Node) -> None:
        tensor = node.outputs[0]
        if node.op is CONSTANT_LEAF:
            self.views[tensor] = self._constant(node.attrs["value"])
            return
        nbytes = math.prod(tensor.shape) * _ITEMSIZE[tensor.dtype]
        if node.op is INPUT:
            buffer = self._buffer(FEED, self._feeds[tensor], nbytes)
        else:
            buffer = self._buffer(VARIABLE, len(self.variables), nbytes)
            self.variables.append(node.attrs["variable"])
        self.views[tensor] = View(buffer, tensor.dtype, tensor.shape, contiguous_strides(tensor.shape))

    def _view(self, node: Node) -> None:
        source = self.views[node.inputs[0]]
        found = node.op.view(source.shape, source.strides, node.attrs)
        if found is None:
            source = self._compact(source)
            found = node.op.view(source.shape, source.strides, node.attrs)
        shape, strides, offset = found
        self.views[node.outputs[0]] = View(source.buffer, source.dtype, shape, strides, source.offset + offset)

    def _place(self, node: Node) -> None:
        tensor = node.outputs[0]
        out = self._new(tensor.shape, tensor.dtype)
        if sum(math.prod(t.shape) for t in node.inputs) < math.prod(tensor.shape):
            fill = self._constant(np.asarray(node.attrs["fill"], tensor.dtype))
            self._copy(fill.broadcast(tensor.shape), out)
        for source, (starts, steps) in zip(node.inputs, node.attrs["places"], strict=True):
            offset = sum(s * k for s, k in zip(starts, out.strides, strict=True))
            strides = tuple(s * k for s, k in zip(steps, out.strides, strict=True))
            if math.prod(source.shape):
                self._copy(
                    self.views[source],
                    View(out.buffer, tensor.dtype, source.shape, strides, offset),
                )
        self.views[tensor] = out

    def _kernel(self, node: Node) -> None:
        specs = [(t.shape, t.dtype) for t in node.inputs]
        ints, floats = node.op.encode(specs, node.attrs)
        inputs = [self.views[tensor] for tensor in node.inputs]
        strided = strided_inputs(node.op, node.attrs)
        inputs = [view if i in strided else self._compact(view) for i, view in enumerate(inputs)]
        shared = dict(node.op.inplace(len(inputs), node.attrs)) if node.op.inplace else {}
        outputs = []
        for index, tensor in enumerate(node.outputs):
            if index in shared:
                source = shared[index]
                inputs[source] = self._own_copy(node.inputs[source], tensor, inputs[source])
                outputs.append(inputs[source])
            else:
                outputs.append(self._new(tensor.shape, tensor.dtype))
            self.views[tensor] = outputs[-1]
        self._emit(node.op.kernel, inputs, outputs, tuple(ints), tuple(floats))

    def _control(self, node: Node) -> None:
        ints, _ = node.op.encode([(t.shape, t.dtype) for t in node.inputs], node.attrs)
        inputs = [self._compact(self.views[tensor]) for tensor in node.inputs]
        outputs = [self._new(tensor.shape, tensor.dtype) for tensor in node.outputs]
        self.views.update(zip(node.outputs, outputs, strict=True))
        bodies = tuple(self._body(body) for body in node.attrs["bodies"])
        self.instructions.append(Instruction(node.op.kernel, [*inputs, *outputs], len(inputs), tuple(ints), (), bodies))

    def _body(self, body: Graph) -> Any:
        parts = Lowering(body, fuse(body), self.constants).build()
        feeds = [(CODES[t.dtype], t.shape) for t in body.inputs]
        fetches = [(CODES[t.dtype], t.shape, False) for t in body.outputs]
        return parts["buffers"], parts["instructions"], parts["arena_bytes"], feeds, fetches

    def _own_copy(self, old: SymbolicTensor, new: SymbolicTensor, view: View) -> View:
        """Memory that an updating kernel may overwrite: the input's own where nobody needs the old value."""
        if view.whole() and self._last_read.get(old, -1) <= self._step:
            if view.buffer.kind == VARIABLE:
                variable = self.variables[view.buffer.index]
                if self._targets.get(new) is variable and old.node.attrs.get("variable") is variable:
                    return view
            elif view.buffer.kind == ARENA:
                return view
        copy = self._new(view.shape, view.dtype)
        self._copy(view, copy)
        return copy

    def _group(self, group: Group) -> None:
        inputs = group.inputs()
        outputs = [node.outputs[0] for node in group.members if self._read_outside(node.outputs[0])]
        ctype = group.dtype or "float32"
        encoder = Encoder(inputs, outputs)
        encoder.encode(group.members)
        views = [self.views[tensor].broadcast(group.shape) for tensor in inputs]
        targets = [self._new(t.shape, t.dtype) for t in outputs]
        self.views.update(zip(outputs, targets, strict=True))
        self._emit("elementwise", views, targets, (CODES[ctype], *encoder.ints()), encoder.floats())

    def _read_outside(self, tensor: SymbolicTensor) -> bool:
        return self._last_read.get(tensor, -1) > self._step or tensor in self._targets

    # --- results ---------------------------------------------------------------------------------------------------

    def _fetches(self) -> None:
        for index, tensor in enumerate(self.graph.outputs):
            view = self.views[tensor]
            if view.buffer.kind == ARENA and view.whole():
                view.buffer.kind, view.buffer.index = FETCH, index
            else:
                nbytes = math.prod(tensor.shape) * _ITEMSIZE[tensor.dtype]
                buffer = self._buffer(FETCH, index, nbytes)
                self._copy(view, View(buffer, tensor.dtype, tensor.shape, contiguous_strides(tensor.shape)))

    def _write_back(self) -> None:
        """Bring new values into their variables: by computing them there, or by a copy at the end."""
        homes = {
            id(v): View(b, v.array.dtype.name, v.array.shape, contiguous_strides(v.array.shape))
            for b in self.buffers
            if b.kind == VARIABLE
            for v in [self.variables[b.index]]
        }
        pending: list[tuple[View, View]] = []
        for variable, tensor in self.graph.writes:
            home = homes.get(id(variable))
            if home is None:
                array = variable.array
                buffer = self._buffer(VARIABLE, len(self.variables), array.nbytes)
                self.variables.append(variable)
                home = View(buffer, array.dtype.name, array.shape, contiguous_strides(array.shape))
            view = self.views[tensor]
            if view.buffer is home.buffer and view.whole():
                continue
            if view.buffer.kind == ARENA and view.whole() and self._may_move(view.buffer, home.buffer):
                view.buffer.kind, view.buffer.index = VARIABLE, home.buffer.index
            else:
                pending.append((view, home))
        # A variable's old value may be another's new one: read them all before any is overwritten.
        safe = []
        for view, home in pending:
            if view.buffer.kind == VARIABLE:
                copy = self._new(view.shape, view.dtype)
                self._copy(view, copy)
                view = copy
            safe.append((view, home))
        for view, home in safe:
            self._copy(view, home)

    def _first_use(self, buffer: Buffer) -> int | None:
        # Plain loops: this is asked of every new value, and goes over all instructions.
        for position, instruction in enumerate(self.instructions):
            for view in instruction.operands:
                if view.buffer is buffer:
                    return position
        return None

    def _may_move(self, source: Buffer, home: Buffer) -> bool:
        """Whether ``source`` can be computed in the variable's own memory: no one reads the old value later."""
        written = self._first_use(source)
        if written is None:
            return False
        for position, instruction in enumerate(self.instructions):
            readers = [
                v
                for v in instruction.operands
                # Another value may have moved to the variable's memory under a buffer of its own.
                if v.buffer.kind == VARIABLE and v.buffer.index == home.index
            ]
            if not readers or position < written:
                continue
            if position > written or instruction.kernel != "elementwise":
                return False
            target = next(v for v in instruction.operands if v.buffer is source)
            if any(not v.whole() or v.shape != target.shape or v.dtype != target.dtype for v in readers):
                return False
        return True

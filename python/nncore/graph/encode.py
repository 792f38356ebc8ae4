"""Encoding of a fused group for the native interpreter: registers, immediates and three-address instructions.

Registers ``0 .. n-1`` hold the operands; the rest are handed out as values are born and reused as they die. An operand
code below zero is an immediate.
"""

from __future__ import annotations

from typing import Any

from nncore.graph.fuse import is_immediate
from nncore.ir import Node, SymbolicTensor
from nncore.ops.dtypes import is_float
from nncore.ops.execute import OPCODES, opcode

_ADD, _NE, _TRUNC = (OPCODES[name][0] for name in ("add", "ne", "trunc"))
_FOREVER = 1 << 30


class Encoder:
    """Encodes the members of one group.

    Args:
        inputs: The tensors read from outside, in the order of the operands.
        outputs: The members' results that are stored.
    """

    def __init__(self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> None:
        self.n_in = len(inputs)
        self.outputs = outputs
        self._register = {tensor: i for i, tensor in enumerate(inputs)}
        self._size = len(inputs)
        self._free: list[int] = []
        self._same: dict[SymbolicTensor, SymbolicTensor] = {}
        self._reads: dict[SymbolicTensor, int] = {}
        self._immediates: dict[Any, int] = {}
        self._values: list[float] = []
        self._code: list[int] = []
        self._count = 0

    def encode(self, members: list[Node]) -> None:
        """Encode all members in order."""
        for node in members:
            if _keeps_value(node):
                self._same[node.outputs[0]] = self._root(node.inputs[0])
        for node in members:
            if node.outputs[0] not in self._same:
                for tensor in node.inputs:
                    root = self._root(tensor)
                    self._reads[root] = self._reads.get(root, 0) + 1
        for tensor in self.outputs:
            self._reads[self._root(tensor)] = _FOREVER
        for node in members:
            if node.outputs[0] not in self._same:
                self._instruction(node)

    def ints(self) -> list[int]:
        """Number of instructions, the instructions, and the registers of the outputs."""
        results = [self._register[self._root(tensor)] for tensor in self.outputs]
        return [self._count, *self._code, *results]

    def floats(self) -> tuple[float, ...]:
        """The immediates."""
        return tuple(self._values)

    def _root(self, tensor: SymbolicTensor) -> SymbolicTensor:
        return self._same.get(tensor, tensor)

    def _instruction(self, node: Node) -> None:
        operands = [self._operand(tensor) for tensor in node.inputs]
        for tensor in node.inputs:
            self._release(self._root(tensor))
        number = opcode(node.op)
        if number < 0:
            number, operands = self._conversion(node, operands[0])
        target = self._free.pop() if self._free else self._size
        self._size = max(self._size, target + 1)
        self._register[node.outputs[0]] = target
        self._code += [number, target, *operands, *[0] * (3 - len(operands))]
        self._count += 1

    def _release(self, tensor: SymbolicTensor) -> None:
        if tensor not in self._reads:
            return
        self._reads[tensor] -= 1
        # The operands' own registers are never reused: they may be the user's memory.
        if self._reads[tensor] == 0 and self._register.get(tensor, -1) >= self.n_in:
            self._free.append(self._register[tensor])

    def _conversion(self, node: Node, operand: int) -> tuple[int, list[int]]:
        """A cast that changes values while they are in registers."""
        target = node.outputs[0].dtype
        if target == "bool":
            return _NE, [operand, self._immediate(0.0)]
        if is_float(node.inputs[0].dtype) and not is_float(target):
            return _TRUNC, [operand]
        return _ADD, [operand, self._immediate(0.0)]

    def _operand(self, tensor: SymbolicTensor) -> int:
        if is_immediate(tensor):
            return self._immediate(float(tensor.node.attrs["value"]))
        return self._register[self._root(tensor)]

    def _immediate(self, value: float) -> int:
        # repr tells NaN and the sign of zero, which == does not.
        key = repr(value)
        if key not in self._immediates:
            self._immediates[key] = len(self._values)
            self._values.append(float(value))
        return -1 - self._immediates[key]


def _keeps_value(node: Node) -> bool:
    """Whether a cast leaves the value in the register as it is: only loads and stores differ."""
    if opcode(node.op) >= 0 or is_immediate(node.inputs[0]):
        return False
    source, target = node.inputs[0].dtype, node.outputs[0].dtype
    if target == "bool":
        return source == "bool"
    return is_float(target) or not is_float(source)

"""What a Program refuses of instructions with bodies."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from native.programs import ProgramBuilder
from nncore import _native


def body(feeds: list[Any], fetch: tuple[Any, ...], name: str = "add") -> list[Any]:
    b = ProgramBuilder()
    operands = [b.feed(shape, dtype) for shape, dtype in feeds]
    b.elementwise(name, operands, b.fetch(*fetch))
    buffers, _, instructions, arena, inputs, outputs, _ = b.arguments()
    return [buffers, instructions, arena, inputs, outputs]


def scan_arguments() -> list[Any]:
    """The last of running sums: one carry, one stack."""
    b = ProgramBuilder()
    start, stack, end = b.feed((3,)), b.feed((5, 3)), b.fetch((3,))
    turn = body([((3,), "float32"), ((3,), "float32")], ((3,),))
    b.instructions.append(["scan", [start, stack, end], 2, [1, 1, 5, 0], (), [turn]])
    return b.arguments()


def while_arguments() -> list[Any]:
    b = ProgramBuilder()
    start, limit, end = b.feed(()), b.feed(()), b.fetch(())
    asked = body([((), "float32"), ((), "float32")], ((), "bool"), "lt")
    turn = body([((), "float32"), ((), "float32")], ((),))
    b.instructions.append(["while", [start, limit, end], 2, [1, -1], (), [asked, turn]])
    return b.arguments()


def switch_arguments() -> list[Any]:
    b = ProgramBuilder()
    index, x, y, end = b.feed((), "int32"), b.feed((3,)), b.feed((3,)), b.fetch((3,))
    branches = [body([((3,), "float32")] * 2, ((3,),), name) for name in ("add", "mul")]
    b.instructions.append(["switch", [index, x, y, end], 3, [], (), branches])
    return b.arguments()


def test_by_hand() -> None:
    x = np.arange(15, dtype="float32").reshape(5, 3)
    out = np.empty(3, np.float32)
    _native.Program(*scan_arguments()).run([np.ones(3, np.float32), x], [out])
    np.testing.assert_array_equal(out, 1 + x.sum(0))
    end = np.empty((), np.float32)
    _native.Program(*while_arguments()).run([np.asarray(1, np.float32), np.asarray(9, np.float32)], [end])
    assert end == 10
    program = _native.Program(*switch_arguments())
    for k, expected in ((-1, x[1] + x[2]), (1, x[1] * x[2]), (2, x[1] * x[2])):
        program.run([np.asarray(k, np.int32), x[1], x[2]], [out])
        np.testing.assert_array_equal(out, expected)


def change(position: int, value: Any) -> Callable[[list[Any]], None]:
    def spoil(instruction: list[Any]) -> None:
        instruction[position] = value

    return spoil


def change_body(number: int, position: int, value: Any) -> Callable[[list[Any]], None]:
    def spoil(instruction: list[Any]) -> None:
        instruction[5][number][position] = value

    return spoil


def change_operand(number: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Callable[[list[Any]], None]:
    def spoil(instruction: list[Any]) -> None:
        instruction[1][number] = (*instruction[1][number][:3], shape, strides)

    return spoil


WRONG: list[tuple[Callable[[], list[Any]], Callable[[list[Any]], None], str]] = [
    (scan_arguments, change(5, []), "one body and ints"),
    (scan_arguments, change(3, [1, 1, 5]), "one body and ints"),
    (scan_arguments, change(3, [3, 0, 5, 0]), "as many carries"),
    (scan_arguments, change(3, [-1, 1, 5, 0]), "as many carries"),
    (scan_arguments, change(3, [1, 2, 5, 0]), "no more stacks"),
    (scan_arguments, change(3, [1, 1, -5, 0]), "not negative"),
    (scan_arguments, change(3, [1, 1, 6, 0]), "as its body's feeds and fetches say"),
    (scan_arguments, change(3, [1, 0, 5, 0]), "as its body's feeds and fetches say"),
    (scan_arguments, change_operand(1, (5, 3), (0, 1)), "contiguous operands"),
    (scan_arguments, change_operand(1, (4, 3), (3, 1)), "as its body's feeds and fetches say"),
    (scan_arguments, change_body(0, 1, [("add", [], 0, (), ())]), "no kernel of that name"),
    (scan_arguments, change_body(0, 0, [(4, 0, 12), (2, 1, 12), (3, 0, 12)]), "the program has 0 variables"),
    (while_arguments, change(5, []), "a condition, a body"),
    (while_arguments, change(3, [2, -1]), "as many carries"),
    (while_arguments, change_body(0, 4, [(0, (), False)]), "buffer 2 must have the size"),
    (switch_arguments, change(5, []), "at least one body"),
    (switch_arguments, change(3, [1]), "no ints"),
    (switch_arguments, change_operand(0, (1,), (1,)), "an index, an int32"),
    (switch_arguments, change_operand(1, (1,), (1,)), "as its bodies' feeds and fetches say"),
    (switch_arguments, change(0, "elementwise"), "a kernel, which has no bodies"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_bodies_are_refused(number: int) -> None:
    make, spoil, message = WRONG[number]
    arguments = copy.deepcopy(make())
    spoil(arguments[2][0])
    with pytest.raises(ValueError, match=message):
        _native.Program(*arguments)


def test_a_condition_is_a_bool() -> None:
    arguments = while_arguments()
    turn = body([((), "float32"), ((), "float32")], ((),))
    arguments[2][0][5][0] = turn
    with pytest.raises(ValueError, match="a condition that gives one bool"):
        _native.Program(*arguments)


def test_results_share_no_memory_with_what_is_read() -> None:
    b = ProgramBuilder()
    start, stack, end = b.arena((3,)), b.feed((5, 3)), b.fetch((3,))
    turn = body([((3,), "float32"), ((3,), "float32")], ((3,),))
    b.instructions.append(("scan", [start, stack, start], 2, (1, 1, 5, 0), (), [turn]))
    del end
    with pytest.raises(ValueError, match="shares memory with operand 0"):
        _native.Program(*b.arguments())

"""What a Program refuses, before it touches memory."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from native.programs import ProgramBuilder
from nncore import _native

BUFFERS, CONSTANTS, INSTRUCTIONS, ARENA, FEEDS, FETCHES, VARIABLES = range(7)


def good_arguments() -> list[Any]:
    """Two instructions over one buffer of each kind; each test spoils one thing."""
    b = ProgramBuilder()
    x = b.feed((4, 3))
    c = b.constant(np.ones((4, 3), np.float32))
    y = b.arena((4, 3))
    z = b.fetch((4, 3), per_row=True)
    w = b.variable(np.zeros((4, 3), np.float32))
    b.elementwise("add", [x, c], y)
    b.elementwise("add", [y, w], z)
    return [copy.copy(argument) for argument in b.arguments()]


def operand_change(instruction: int, operand: int, **changes: Any) -> Callable[[list[Any]], None]:
    names = ["buffer", "offset", "dtype", "shape", "strides"]

    def change(arguments: list[Any]) -> None:
        name, operands, *rest = arguments[INSTRUCTIONS][instruction]
        fields = list(operands[operand])
        for key, value in changes.items():
            fields[names.index(key)] = value
        operands = list(operands)
        operands[operand] = tuple(fields)
        arguments[INSTRUCTIONS][instruction] = (name, operands, *rest)

    return change


def set_item(argument: int, position: int, value: Any) -> Callable[[list[Any]], None]:
    def change(arguments: list[Any]) -> None:
        items = list(arguments[argument])
        items[position] = value
        arguments[argument] = items

    return change


def set_argument(argument: int, value: Any) -> Callable[[list[Any]], None]:
    def change(arguments: list[Any]) -> None:
        arguments[argument] = value

    return change


def set_instruction(position: int, **changes: Any) -> Callable[[list[Any]], None]:
    names = ["kernel", "operands", "n_in", "ints", "floats"]

    def change(arguments: list[Any]) -> None:
        fields = list(arguments[INSTRUCTIONS][position])
        for key, value in changes.items():
            fields[names.index(key)] = value
        arguments[INSTRUCTIONS][position] = tuple(fields)

    return change


def all_changes(*changes: Callable[[list[Any]], None]) -> Callable[[list[Any]], None]:
    def change(arguments: list[Any]) -> None:
        for one in changes:
            one(arguments)

    return change


def read_only() -> np.ndarray:
    array = np.zeros((4, 3), np.float32)
    array.flags.writeable = False
    return array


# Buffers of good_arguments: 0 feed, 1 constant, 2 arena, 3 fetch, 4 variable; 48 bytes each.
SOFTMAX = ("softmax", [(2, 0, 0, (3, 4), (1, 3)), (4, 0, 0, (3, 4), (4, 1))], 1, (), ())
CASES = {
    "unknown kernel": (
        set_instruction(0, kernel="multiply"),
        ValueError,
        "instruction 0: there is no kernel of that name; .*Received: kernel='multiply'",
    ),
    "kernel not a str": (set_instruction(0, kernel=3), TypeError, "instruction 0's kernel"),
    "kernel's own check": (
        operand_change(1, 0, shape=(2, 3)),
        ValueError,
        r"instruction 1 \(elementwise\) .*Received: float32\(2, 3\), float32\(4, 3\) -> ",
    ),
    "attributes out of range": (
        set_instruction(1, ints=(0, 1, 9999, 2, 0, 1, 0, 2)),
        ValueError,
        r"instruction 1 \(elementwise\) .*ints=\(0, 1, 9999",
    ),
    "missing attributes": (set_instruction(1, ints=()), ValueError, r"ints=\(\)"),
    "too few operands": (set_instruction(0, operands=[], n_in=0), ValueError, "instruction 0"),
    "n_in too large": (set_instruction(0, n_in=4), ValueError, "3 operands.*Received: n_in=4"),
    "n_in negative": (set_instruction(0, n_in=-1), ValueError, "Received: n_in=-1"),
    "ints of a wrong type": (set_instruction(0, ints=("a",)), TypeError, "int"),
    "floats of a wrong type": (set_instruction(0, floats=("a",)), TypeError, "real number"),
    "ints not a tuple": (set_instruction(0, ints=5), TypeError, "must be a list or tuple"),
    "instruction too short": (
        set_item(INSTRUCTIONS, 0, ("copy", [])),
        ValueError,
        "instruction 0 must have 5 items. Received: 2",
    ),
    "operand too short": (
        set_instruction(0, operands=[(0, 0, 0)], n_in=1),
        ValueError,
        "operand 0 must have 5 items. Received: 3",
    ),
    "buffer unknown": (
        operand_change(0, 1, buffer=5),
        ValueError,
        "operand 1 refers to a buffer that does not exist; the program has 5 buffers",
    ),
    "buffer negative": (operand_change(0, 1, buffer=-1), ValueError, "Received: buffer=-1"),
    "offset negative": (operand_change(0, 0, offset=-4), ValueError, "Received: offset=-4"),
    "offset unaligned": (
        operand_change(0, 0, offset=2),
        ValueError,
        "multiple of its element size 4. Received: offset=2",
    ),
    "beyond the buffer": (
        operand_change(0, 0, offset=4),
        ValueError,
        r"within buffer 0 of 48 bytes. Received: float32\(4, 3\), offset=4",
    ),
    "offset huge": (operand_change(0, 0, offset=2**62), ValueError, "within buffer 0"),
    "before the buffer": (
        operand_change(0, 0, strides=(-3, 1)),
        ValueError,
        "within buffer 0 of 48 bytes",
    ),
    "stride overflows": (
        operand_change(0, 0, strides=(2**62, 1)),
        ValueError,
        "dimensions or strides out of range",
    ),
    "dimension negative": (operand_change(0, 0, shape=(-4, 3)), ValueError, "out of range"),
    "dimensions overflow": (
        operand_change(0, 0, shape=(2**40, 2**40), strides=(0, 0)),
        ValueError,
        "out of range",
    ),
    "rank too high": (
        operand_change(0, 0, shape=(1,) * 9, strides=(1,) * 9),
        ValueError,
        "at most 8 dimensions. Received: 9",
    ),
    "strides missing": (
        operand_change(0, 0, strides=(3,)),
        ValueError,
        "as many strides as dimensions. Received: 2 dimensions, 1 strides",
    ),
    "dtype unknown": (operand_change(0, 0, dtype=6), ValueError, "Received: dtype=6"),
    "dtype huge": (operand_change(0, 0, dtype=2**40), ValueError, "dtype is out of range"),
    "output is a feed": (
        operand_change(0, 2, buffer=0),
        ValueError,
        "operand 2 is an output, but buffer 0 is a feed",
    ),
    "output is a constant": (
        operand_change(0, 2, buffer=1),
        ValueError,
        "operand 2 is an output, but buffer 1 is a constant",
    ),
    "output overlaps an input in part": (
        all_changes(
            operand_change(1, 0, shape=(3, 3)),
            operand_change(1, 1, shape=(3, 3), buffer=3, offset=0),
            operand_change(1, 2, shape=(3, 3), buffer=3, offset=12),
        ),
        ValueError,
        "operand 2 is an output that shares memory with operand 1; expected separate memory, or",
    ),
    "overlap of two arena buffers": (
        all_changes(
            set_argument(ARENA, 128),
            set_item(BUFFERS, 3, (0, 0, 48)),
            operand_change(1, 0, buffer=2, shape=(3, 3)),
            operand_change(1, 1, shape=(3, 3)),
            operand_change(1, 2, buffer=3, shape=(3, 3), offset=12),
        ),
        ValueError,
        "shares memory with operand 0",
    ),
    "kernel that may not work in place": (
        set_item(INSTRUCTIONS, 1, ("copy", [(2, 0, 0, (4, 3), (3, 1))] * 2, 1, (), ())),
        ValueError,
        "shares memory with operand 0; expected separate memory. Received",
    ),
    "output overlaps itself": (
        set_item(
            INSTRUCTIONS,
            1,
            ("copy", [(2, 0, 0, (4, 3), (3, 1)), (4, 0, 0, (4, 3), (2, 1))], 1, (), ()),
        ),
        ValueError,
        r"instruction 1 \(copy\) operand 1 is an output whose strides make it overlap itself",
    ),
    "strided where contiguous is needed": (
        set_item(INSTRUCTIONS, 1, SOFTMAX),
        ValueError,
        r"instruction 1 \(softmax\) operand 0 must be C-contiguous",
    ),
    "buffer kind": (set_item(BUFFERS, 0, (5, 0, 48)), ValueError, "buffer 0 .*kind=5"),
    "buffer too short a tuple": (set_item(BUFFERS, 0, (2, 0)), ValueError, "buffer 0 must have 3"),
    "arena offset unaligned": (
        all_changes(set_argument(ARENA, 256), set_item(BUFFERS, 2, (0, 32, 48))),
        ValueError,
        "buffer 2 must begin at a multiple of 64 in the arena. Received: offset=32",
    ),
    "arena offset negative": (set_item(BUFFERS, 2, (0, -64, 48)), ValueError, "offset=-64"),
    "arena too small": (
        set_argument(ARENA, 32),
        ValueError,
        "buffer 2 must lie within the arena of 32 bytes. Received: offset=0, nbytes=48",
    ),
    "arena negative": (set_argument(ARENA, -1), ValueError, "Received: arena_bytes=-1"),
    "arena buffer negative": (set_item(BUFFERS, 2, (0, 0, -1)), ValueError, "nbytes=-1"),
    "size of a feed": (
        set_item(BUFFERS, 0, (2, 0, 40)),
        ValueError,
        "buffer 0 must have the size of what it stands for, 48 bytes. Received: nbytes=40",
    ),
    "no such feed": (
        set_item(BUFFERS, 0, (2, 1, 48)),
        ValueError,
        "buffer 0 refers to feed 1, but the program has 1 feed",
    ),
    "no such constant": (set_item(BUFFERS, 1, (1, 7, 48)), ValueError, "refers to constant 7"),
    "no such fetch": (set_item(BUFFERS, 3, (3, -1, 48)), ValueError, "refers to fetch -1"),
    "no such variable": (set_item(BUFFERS, 4, (4, 1, 48)), ValueError, "refers to variable 1"),
    "feed's dtype": (set_item(FEEDS, 0, (11, (4, 3))), ValueError, r"feed 0 .*float16\(4, 3\)"),
    "feed's shape": (set_item(FEEDS, 0, (0, (-4, 3))), ValueError, r"feed 0 .*\(-4, 3\)"),
    "feed too large": (set_item(FEEDS, 0, (0, (2**62, 4))), ValueError, "feed 0"),
    "fetch of no rows": (
        set_item(FETCHES, 0, (0, (), True)),
        ValueError,
        "fetch 0 is written row by row",
    ),
    "constant not an array": (
        set_item(CONSTANTS, 0, [1.0]),
        TypeError,
        "constant 0 must be a NumPy array. Received: <class 'list'>",
    ),
    "constant's dtype": (
        set_item(CONSTANTS, 0, np.ones((4, 3), np.float16)),
        TypeError,
        "constant 0 must have dtype .*float16",
    ),
    "constant strided": (
        set_item(CONSTANTS, 0, np.ones((3, 4), np.float32).T),
        ValueError,
        "constant 0 must be C-contiguous",
    ),
    "variable read-only": (
        set_item(VARIABLES, 0, read_only()),
        ValueError,
        "variable 0 is written, but the array is read-only",
    ),
    "variable of foreign byte order": (
        set_item(VARIABLES, 0, np.zeros((4, 3), ">f4")),
        TypeError,
        "variable 0 must hold numbers or bools in this machine's byte order .*dtype=>f4",
    ),
    "variable of complex numbers": (
        set_item(VARIABLES, 0, np.zeros((4, 3), np.complex64)),
        TypeError,
        "dtype=complex64",
    ),
    "variables not a list": (set_argument(VARIABLES, 5), TypeError, "Program: variables must be"),
}


def test_the_good_arguments_are_good() -> None:
    program = _native.Program(*good_arguments())
    out = np.empty((4, 3), np.float32)
    program.run([np.full((4, 3), 2.0, np.float32)], [out])
    np.testing.assert_array_equal(out, np.full((4, 3), 3.0))


@pytest.mark.parametrize("case", CASES)
def test_bad_argument(case: str) -> None:
    spoil, error, message = CASES[case]
    arguments = good_arguments()
    spoil(arguments)
    with pytest.raises(error) as caught:
        _native.Program(*arguments)
    assert re.search(message, str(caught.value)), str(caught.value)


def test_in_place_is_allowed_exactly() -> None:
    arguments = good_arguments()
    operand_change(1, 2, buffer=2)(arguments)
    _native.Program(*arguments)


def test_operand_of_no_elements_may_lie_at_the_end() -> None:
    arguments = good_arguments()
    for operand in range(3):
        operand_change(0, operand, shape=(0, 3), offset=48)(arguments)
    _native.Program(*arguments)

"""The native module's stub says what is there, and nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import nncore
from nncore import _native

STUB = ast.parse((Path(nncore.__file__).parent / "_native.pyi").read_text())


def declared(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = statement
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found[statement.target.id] = statement
    return {name: statement for name, statement in found.items() if is_public(name)}


def is_public(name: str) -> bool:
    return not name.startswith("_") or name in ("__version__", "__init__")


def present(owner: object) -> set[str]:
    return {name for name in vars(owner) if is_public(name)}


PROGRAM = declared(STUB.body)["Program"]
assert isinstance(PROGRAM, ast.ClassDef)


def test_the_module() -> None:
    assert set(declared(STUB.body)) == present(_native)


def test_the_program() -> None:
    assert set(declared(PROGRAM.body)) == present(_native.Program)


def functions() -> list[tuple[str, ast.FunctionDef, object]]:
    pairs = [(STUB.body, _native), (PROGRAM.body, _native.Program)]
    return [
        (name, statement, getattr(owner, name))
        for body, owner in pairs
        for name, statement in declared(body).items()
        if isinstance(statement, ast.FunctionDef) and not statement.decorator_list
    ]


@pytest.mark.parametrize(("name", "stub", "function"), functions(), ids=lambda value: str(value)[:20])
def test_arguments(name: str, stub: ast.FunctionDef, function: object) -> None:
    """pybind11 writes a function's signature as the first line of its docstring."""
    signature = re.search(r"\((.*)\)", (function.__doc__ or "").splitlines()[0])
    assert signature is not None
    expected = [argument.arg for argument in stub.args.args if argument.arg != "self"]
    found = re.findall(r"(?:^|, )(\w+): ", re.sub(r"\[.*?\]", "", signature[1]))
    assert [argument for argument in found if argument != "self"] == expected, name

"""The table of Keras's names in docs/keras.md is true; signatures are compared by the script that writes it."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def table() -> Any:
    spec = importlib.util.spec_from_file_location("keras_table", ROOT / "tools" / "keras_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = path
    return module


@pytest.fixture(scope="module")
def section(table: Any) -> str:
    page = (ROOT / "docs" / "keras.md").read_text()
    return page.partition(table.BEGIN)[2].partition(table.END)[0].strip()


def test_the_table_is_true(table: Any, section: str) -> None:
    # What the page says is not there yet may have come since.
    wanted = table.text(table.waiting(section)).strip()
    assert section == wanted, "run `python tools/keras_table.py`"


def test_every_name_has_its_place(table: Any) -> None:
    names = json.loads((ROOT / "tests" / "golden" / "surface.json").read_text())["names"]
    rows = table.rows()
    twice = [name for name in names if name.startswith(tuple(f"{module}." for module in table.TWICE))]
    assert sorted([*twice, *(row[0] for row in rows)]) == sorted(names)
    assert all(why for _, status, why in rows if status != "same")
    there = {row[0] for row in rows if row[1] != "left out"}
    missing = [
        name
        for name in twice
        if table.find(name.replace(".numpy.", ".").replace(".nn.", ".").replace(".linalg.", ".")) is None
        and f"keras.ops.{name.rpartition('.')[2]}" in there
    ]
    assert missing == []


def test_reasons_are_of_use(table: Any) -> None:
    status = {name: status for name, status, _ in table.rows()}
    for pattern in table.LEFT_OUT:
        assert "left out" in {status[name] for name in status if fnmatch.fnmatchcase(name, pattern)}, pattern
    for pattern in table.DIFFERS:
        assert "differs" in {status[name] for name in status if fnmatch.fnmatchcase(name, pattern)}, pattern


def test_signatures_are_compared(table: Any) -> None:
    def ours(a: int, b: int = 2, *, c: str = "x", more: int = 0) -> None:
        del a, b, c, more

    assert table.difference(ours, [["a", None], ["b", "2"], ["c", "'x'"]]) == ""
    assert table.difference(ours, [["a", None], ["b", "(2, 2)"]]) == ""
    assert table.difference(ours, [["a", None], ["b", "3"]]) == "`b` is `2` by default"
    assert table.difference(ours, [["a", None], ["z", "3"]]) == "has no `z`"
    assert table.difference(ours, [["b", "2"], ["a", None]]) == "has another order of arguments"
    assert table.difference(ours, None) == ""


GROUPS = ("layers", "losses", "metrics", "optimizers", "callbacks", "initializers", "regularizers")


def test_nearly_all_of_the_building_blocks_are_the_same(table: Any) -> None:
    rows = [row for row in table.rows() if row[0].split(".")[1] in GROUPS and row[0].count(".") == 2]
    found = [status for _, status, why in rows if why != table.LATER]
    assert found.count("same") / len(found) >= 0.95

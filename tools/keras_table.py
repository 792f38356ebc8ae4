"""Writes the table of every public name of Keras into docs/keras.md: python tools/keras_table.py

Names and signatures of Keras are in tests/golden/surface.json (see tests/golden/make_surface.py); those of nncore come
from the package itself; reasons are in tools/keras_reasons.py.
"""

from __future__ import annotations

import ast
import fnmatch
import inspect
import json
import re
import sys
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from keras_reasons import DIFFERS, LEFT_OUT  # noqa: E402

import nncore  # noqa: E402

BEGIN, END = "<!-- written by tools/keras_table.py -->\n", "<!-- end of what tools/keras_table.py writes -->\n"
# Names that Keras has twice are listed once.
TWICE = ("keras.ops.numpy", "keras.ops.nn", "keras.ops.linalg")
LATER = "Not there yet."


def find(name: str) -> Any:
    """The object here that a name of Keras stands for, or None."""
    thing: Any = nncore
    for part in name.split(".")[1:]:
        thing = getattr(thing, part, None)
    return thing


def plain(text: str | None) -> Any:
    """A default as something that can be compared; `(1, 1)` and `1` are the same stride."""
    try:
        value = ast.literal_eval(text or "...")
    except (ValueError, SyntaxError):
        return None
    if isinstance(value, (tuple, list)) and len(value) > 1 and len(set(map(repr, value))) == 1:
        return value[0]
    return value


def parameters(thing: Any) -> dict[str, str | None] | None:
    """Names and defaults of what an object is called with."""
    try:
        signature = inspect.signature(thing.__init__ if inspect.isclass(thing) else thing)
    except (TypeError, ValueError):
        return None
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        p.name: None if p.default is p.empty else repr(p.default)
        for p in signature.parameters.values()
        if p.name != "self" and p.kind not in kinds
    }


def difference(thing: Any, theirs: list[list[Any]] | None) -> str:
    """How a signature differs from Keras's; empty if it takes all that Keras's takes."""
    ours = parameters(thing)
    if theirs is None or ours is None:
        return ""
    missing = [name for name, _ in theirs if name not in ours]
    found = [f"has no {', '.join(f'`{name}`' for name in missing)}"] if missing else []
    for name, default in theirs:
        if name in ours and default is not None and plain(default) is not None and plain(default) != plain(ours[name]):
            found.append(f"`{name}` is `{ours[name]}` by default")
    shared = [name for name, _ in theirs if name in ours]
    if [name for name in ours if name in shared] != shared:
        found.append("has another order of arguments")
    return "; ".join(found)


def reason(name: str, table: dict[str, str]) -> str:
    """The reason of the first pattern that fits."""
    return next((text for pattern, text in table.items() if fnmatch.fnmatchcase(name, pattern)), "")


def rows(later: Iterable[str] = ()) -> list[tuple[str, str, str]]:
    """Name, ``same``, ``differs`` or ``left out``, and why; for every public name of Keras.

    Args:
        later: Names that are not looked for, because the page says that they are not there yet.
    """
    later = set(later)
    known = json.loads((ROOT / "tests" / "golden" / "surface.json").read_text())["names"]
    found = []
    for name, (_, theirs) in known.items():
        if name.startswith(tuple(f"{module}." for module in TWICE)):
            continue
        thing = None if name in later else find(name)
        if thing is None or isinstance(thing, types.ModuleType):
            found.append((name, "left out", reason(name, LEFT_OUT) or LATER))
            continue
        why = [text for text in (reason(name, DIFFERS), difference(thing, theirs)) if text]
        found.append((name, "differs" if why else "same", " ".join(why)))
    return found


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name.rpartition('.')[2]}`" for name in names)


def waiting(page: str) -> list[str]:
    """The names that a page says are not there yet."""
    found = []
    for line in page.split("\n"):
        if line.endswith(f"| left out | {LATER} |"):
            module, names = re.findall(r"\| `([\w.]+)`: (.*?) \|", line)[0]
            found += [f"{module}.{name}" for name in re.findall(r"`(\w+)`", names)]
    return found


def text(later: Iterable[str] = ()) -> str:
    """The section of docs/keras.md."""
    by_module: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for name, status, why in rows(later):
        module = name.rpartition(".")[0]
        if module.startswith("keras.applications."):
            module = "keras.applications"
        by_module.setdefault(module, {}).setdefault(status, []).append((name, why))
    lines = [
        "## Every public name of Keras 3.15",
        "",
        "*Same*: the name is there and takes the same arguments with the same defaults. The names of",
        "`keras.ops.numpy`, `keras.ops.nn` and `keras.ops.linalg` are those of `keras.ops`.",
        "",
        "| | same | differs | left out |",
        "|---|---|---|---|",
    ]
    for module, found in by_module.items():
        counts = (str(len(found.get(status, ()))) for status in ("same", "differs", "left out"))
        lines.append(f"| `{module}` | {' | '.join(counts)} |")
    lines += ["", "### What differs or is left out", "", "| | | |", "|---|---|---|"]
    for module, found in by_module.items():
        for status in ("differs", "left out"):
            grouped: dict[str, list[str]] = {}
            for name, why in found.get(status, ()):
                grouped.setdefault(why, []).append(name)
            lines += [f"| `{module}`: {_names(names)} | {status} | {why} |" for why, names in grouped.items()]
    lines += ["", "### What is the same", ""]
    for module, found in by_module.items():
        if "same" in found:
            lines += [f"**{module}**: {_names(name for name, _ in found['same'])}.", ""]
    return "\n".join(lines)


def main() -> None:
    """Put the section into docs/keras.md."""
    path = ROOT / "docs" / "keras.md"
    page = path.read_text()
    if BEGIN not in page:
        page = page.rstrip("\n") + f"\n\n{BEGIN}{END}"
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(before + BEGIN + "\n" + text() + "\n" + END + after)


if __name__ == "__main__":
    main()

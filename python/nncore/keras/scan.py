"""Finds in a script's text the names of Keras and TensorFlow that are not there."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

from nncore.keras import _is_module, own_name

__all__ = ["missing_names"]


def missing_names(source: str, filename: str = "script.py") -> dict[str, int]:
    r"""List the names of Keras and TensorFlow that a script uses and this library does not have.

    Only the text is looked at, nothing is run; names that are put together while it runs are not seen.

    Args:
        source: The script's text.
        filename: Its name, for error messages.

    Returns:
        For each name the line where it is first used.

    Raises:
        SyntaxError: If the text is no Python.

    Example:
        >>> from nncore.keras.scan import missing_names
        >>> missing_names("from keras import layers, applications\nlayers.Dense(1)\nlayers.Danse(1)")
        {'keras.applications': 1, 'keras.layers.Danse': 3}
    """
    tree = ast.parse(source, filename)
    aliases: dict[str, str] = {}
    found: dict[str, int] = {}
    for name, line in _imported(tree, aliases):
        _check(name, line, found)
    for node in ast.walk(tree):
        dotted = _dotted(node)
        if dotted is not None:
            first, _, rest = dotted.partition(".")
            if first in aliases and rest:
                _check(f"{aliases[first]}.{rest}", node.lineno, found)  # type: ignore[attr-defined]
    # Of `tensorflow.data` and `tensorflow.data.Dataset` the shorter one says it all.
    return {
        name: line
        for name, line in sorted(found.items(), key=lambda item: (item[1], item[0]))
        if not any(name.startswith(other + ".") for other in found)
    }


def _imported(tree: ast.AST, aliases: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Names that import statements ask for; notes what they are called in the script."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_known(alias.name):
                    first = alias.name.partition(".")[0]
                    aliases[alias.asname or first] = alias.name if alias.asname else first
                    yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and _is_known(node.module):
            yield node.module, node.lineno
            for alias in node.names:
                if alias.name != "*":
                    aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                    yield f"{node.module}.{alias.name}", node.lineno


def _is_known(name: str) -> bool:
    return name.partition(".")[0] in ("keras", "tensorflow", "tf_keras")


def _dotted(node: ast.AST) -> str | None:
    """`a.b.c` as text."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or not parts:
        return None
    return ".".join([node.id, *reversed(parts)])


def _check(name: str, line: int, found: dict[str, int]) -> None:
    """Note the shortest part of a name that is not there."""
    if name in ("tensorflow", "tensorflow.__version__"):
        return
    own = own_name(name)
    if own is None:
        if not own_name(".".join(name.split(".")[:2])):
            short = ".".join(name.split(".")[:2])
            found[short] = min(line, found.get(short, line))
        return
    parts = own.split(".")
    there: object = importlib.import_module("nncore")
    for i, part in enumerate(parts[1:], 2):
        inner = getattr(there, part, None)
        if inner is None and _is_module(".".join(parts[:i])):
            inner = importlib.import_module(".".join(parts[:i]))
        if inner is None and not hasattr(there, part):
            asked = name.split(".")
            short = ".".join(asked[: len(asked) - len(parts) + i])
            found[short] = min(line, found.get(short, line))
            return
        # What an object has is its own affair; classes and modules are known.
        if not isinstance(inner, type) and not hasattr(inner, "__path__") and not hasattr(inner, "__file__"):
            return
        there = inner

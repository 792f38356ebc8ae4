"""Nested structures of arrays: dicts, lists, tuples and named tuples, leaves in a fixed order.

Dictionaries are walked in sorted key order, so that the same structure always gives the same list of leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = [
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "map_structure",
    "pack_sequence_as",
]


def is_nested(structure: Any) -> bool:
    """Tell whether ``structure`` is a container (dict, list or tuple) rather than a leaf.

    Args:
        structure: Any object.

    Returns:
        True for dicts, lists and tuples.

    Example:
        >>> from nncore.tree import is_nested
        >>> is_nested([1, 2]), is_nested(3)
        (True, False)
    """
    return isinstance(structure, (dict, list, tuple))


def flatten(structure: Any) -> list[Any]:
    """List the leaves of a nested structure.

    Args:
        structure: Nested dicts, lists and tuples, or a single leaf. ``None`` is a leaf.

    Returns:
        The leaves, dictionaries in sorted key order.

    Example:
        >>> from nncore.tree import flatten
        >>> flatten({"b": [1, 2], "a": 3})
        [3, 1, 2]
    """
    if not isinstance(structure, (dict, list, tuple)):
        return [structure]
    leaves: list[Any] = []
    _collect(structure, leaves)
    return leaves


def _collect(structure: Any, leaves: list[Any]) -> None:
    if isinstance(structure, dict):
        for key in sorted(structure):
            _collect(structure[key], leaves)
    elif isinstance(structure, (list, tuple)):
        for item in structure:
            _collect(item, leaves)
    else:
        leaves.append(structure)


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """List the leaves of a nested structure, each with its path of keys and positions.

    Args:
        structure: Nested dicts, lists and tuples, or a single leaf.

    Returns:
        Pairs of path and leaf, in the order of ``flatten``.

    Example:
        >>> from nncore.tree import flatten_with_path
        >>> flatten_with_path({"a": [5]})
        [(('a', 0), 5)]
    """
    return list(_walk(structure, ()))


def _walk(structure: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(structure, dict):
        for key in sorted(structure):
            yield from _walk(structure[key], (*path, key))
    elif isinstance(structure, (list, tuple)):
        for position, item in enumerate(structure):
            yield from _walk(item, (*path, position))
    else:
        yield path, structure


def pack_sequence_as(structure: Any, leaves: list[Any]) -> Any:
    """Put leaves back into the shape of ``structure``.

    Args:
        structure: The nested structure that gives the shape.
        leaves: As many leaves as ``structure`` has, in the order of ``flatten``.

    Returns:
        A structure like ``structure`` that holds ``leaves``.

    Raises:
        ValueError: If the number of leaves differs.

    Example:
        >>> from nncore.tree import pack_sequence_as
        >>> pack_sequence_as({"b": 0, "a": 0}, [1, 2])
        {'b': 2, 'a': 1}
    """
    iterator = iter(leaves)
    expected = len(flatten(structure))
    if expected != len(leaves):
        raise ValueError(f"pack_sequence_as: the structure has {expected} leaves. Received: {len(leaves)} leaves.")
    return _pack(structure, iterator)


def _pack(structure: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(structure, dict):
        packed = {key: _pack(structure[key], leaves) for key in sorted(structure)}
        return type(structure)((key, packed[key]) for key in structure)
    if isinstance(structure, (list, tuple)):
        items = [_pack(item, leaves) for item in structure]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return type(structure)(items)
    return next(leaves)


def map_structure(function: Callable[..., Any], *structures: Any) -> Any:
    """Apply a function to each leaf (or to the leaves at one place of several structures).

    Args:
        function: Called with one leaf of each structure.
        structures: One or more nested structures of the same shape.

    Returns:
        A structure like the first, holding the results.

    Raises:
        ValueError: If the structures differ in shape.

    Example:
        >>> from nncore.tree import map_structure
        >>> map_structure(lambda a, b: a + b, {"x": 1}, {"x": 2})
        {'x': 3}
    """
    if len(structures) == 1:
        return _map_one(function, structures[0])
    for other in structures[1:]:
        assert_same_structure(structures[0], other)
    columns = [flatten(structure) for structure in structures]
    return pack_sequence_as(structures[0], [function(*leaf) for leaf in zip(*columns, strict=True)])


def _map_one(function: Callable[[Any], Any], structure: Any) -> Any:
    if isinstance(structure, dict):
        mapped = {key: _map_one(function, structure[key]) for key in sorted(structure)}
        return type(structure)((key, mapped[key]) for key in structure)
    if isinstance(structure, (list, tuple)):
        items = [_map_one(function, item) for item in structure]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return type(structure)(items)
    return function(structure)


def assert_same_structure(a: Any, b: Any) -> None:
    """Check that two structures have the same containers, keys and lengths.

    Args:
        a: The first structure.
        b: The second structure.

    Raises:
        ValueError: If they differ, naming the first place that does.

    Example:
        >>> from nncore.tree import assert_same_structure
        >>> assert_same_structure({"x": 1}, {"x": 2})
    """
    _compare(a, b, "")


def _compare(a: Any, b: Any, path: str) -> None:
    where = f" at {path}" if path else ""
    if is_nested(a) != is_nested(b):
        raise ValueError(f"The structures differ{where}: {type(a).__name__}, {type(b).__name__}.")
    if isinstance(a, dict):
        if not isinstance(b, dict) or sorted(a) != sorted(b):
            keys = sorted(b) if isinstance(b, dict) else type(b).__name__
            raise ValueError(f"The structures differ{where}: keys {sorted(a)}, {keys}.")
        for key in sorted(a):
            _compare(a[key], b[key], f"{path}[{key!r}]")
    elif isinstance(a, (list, tuple)):
        if isinstance(b, dict) or len(a) != len(b):
            raise ValueError(f"The structures differ{where}: lengths {len(a)}, {len(b)}.")
        for position, (x, y) in enumerate(zip(a, b, strict=True)):
            _compare(x, y, f"{path}[{position}]")

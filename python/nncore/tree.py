"""Nested structures of arrays: dicts, lists, tuples and named tuples, leaves in a fixed order.

Dictionaries are walked in sorted key order, so that the same structure always gives the same list of leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
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


def pack_sequence_as(structure: Any, flat_sequence: list[Any]) -> Any:
    """Put leaves back into the shape of ``structure``.

    Args:
        structure: The nested structure that gives the shape.
        flat_sequence: As many leaves as ``structure`` has, in the order of ``flatten``.

    Returns:
        A structure like ``structure`` that holds them.

    Raises:
        ValueError: If the number of leaves differs.

    Example:
        >>> from nncore.tree import pack_sequence_as
        >>> pack_sequence_as({"b": 0, "a": 0}, [1, 2])
        {'b': 2, 'a': 1}
    """
    iterator = iter(flat_sequence)
    expected = len(flatten(structure))
    if expected != len(flat_sequence):
        raise ValueError(
            f"pack_sequence_as: the structure has {expected} leaves. Received: {len(flat_sequence)} leaves."
        )
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


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply a function to each leaf (or to the leaves at one place of several structures).

    Args:
        func: Called with one leaf of each structure.
        structures: One or more nested structures of the same shape.
        none_is_leaf: Whether the function is called for None as well; otherwise None (in all structures) stays.
            Defaults to True.

    Returns:
        A structure like the first, holding the results.

    Raises:
        ValueError: If the structures differ in shape.

    Example:
        >>> from nncore.tree import map_structure
        >>> map_structure(lambda a, b: a + b, {"x": 1}, {"x": 2})
        {'x': 3}
    """
    if not none_is_leaf:
        inner = func

        def func(*leaves: Any) -> Any:
            return None if all(leaf is None for leaf in leaves) else inner(*leaves)

    if len(structures) == 1:
        return _map_one(func, structures[0])
    for other in structures[1:]:
        assert_same_structure(structures[0], other)
    columns = [flatten(structure) for structure in structures]
    return pack_sequence_as(structures[0], [func(*leaf) for leaf in zip(*columns, strict=True)])


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


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Check that two structures have the same containers, keys and lengths.

    Args:
        a: The first structure.
        b: The second structure.
        check_types: Whether containers must be of one type: a list is no tuple then. Defaults to None, which is False.

    Raises:
        ValueError: If they differ, naming the first place that does.

    Example:
        >>> from nncore.tree import assert_same_structure
        >>> assert_same_structure({"x": 1}, {"x": 2})
    """
    _compare(a, b, "", bool(check_types))


def _compare(a: Any, b: Any, path: str, check_types: bool) -> None:
    where = f" at {path}" if path else ""
    if check_types and (is_nested(a) or is_nested(b)) and type(a) is not type(b):
        raise ValueError(f"The structures differ{where}: {type(a).__name__}, {type(b).__name__}.")
    if is_nested(a) != is_nested(b):
        raise ValueError(f"The structures differ{where}: {type(a).__name__}, {type(b).__name__}.")
    if isinstance(a, dict):
        if not isinstance(b, dict) or sorted(a) != sorted(b):
            keys = sorted(b) if isinstance(b, dict) else type(b).__name__
            raise ValueError(f"The structures differ{where}: keys {sorted(a)}, {keys}.")
        for key in sorted(a):
            _compare(a[key], b[key], f"{path}[{key!r}]", check_types)
    elif isinstance(a, (list, tuple)):
        if isinstance(b, dict) or len(a) != len(b):
            raise ValueError(f"The structures differ{where}: lengths {len(a)}, {len(b)}.")
        for position, (x, y) in enumerate(zip(a, b, strict=True)):
            _compare(x, y, f"{path}[{position}]", check_types)


class MAP_TO_NONE:  # noqa: N801 - Keras's name
    """What the function of `traverse` returns to put None in a place (None itself means: leave it and go on)."""


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Replace parts of a structure, containers or leaves, by what a function makes of them.

    Args:
        func: Called with each part. None means that the part stays (and that its own parts are visited),
            ``MAP_TO_NONE`` that it becomes None; anything else takes its place.
        structure: Nested dicts, lists and tuples, or a single leaf.
        top_down: Ask for a container before its parts (and not for the parts of what was replaced) instead of after.
            Defaults to True.

    Returns:
        The new structure.

    Example:
        >>> from nncore.tree import traverse
        >>> traverse(lambda x: sum(x) if isinstance(x, list) else None, {"a": [1, 2], "b": 3})
        {'a': 3, 'b': 3}
    """

    def replaced(part: Any, otherwise: Any) -> Any:
        found = func(part)
        if found is None:
            return otherwise
        return None if found is MAP_TO_NONE else found

    def visit(part: Any) -> Any:
        if top_down:
            found = func(part)
            if found is not None:
                return None if found is MAP_TO_NONE else found
            return _map_parts(visit, part)
        changed = _map_parts(visit, part)
        return replaced(changed, changed)

    return visit(structure)


def _map_parts(function: Callable[[Any], Any], structure: Any) -> Any:
    """Apply a function to a container's direct parts."""
    if isinstance(structure, dict):
        return type(structure)((key, function(structure[key])) for key in structure)
    if isinstance(structure, (list, tuple)):
        items = [function(item) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else type(structure)(items)
    return structure


def lists_to_tuples(structure: Any) -> Any:
    """Make tuples of all lists.

    Args:
        structure: Nested dicts, lists and tuples.

    Returns:
        The same structure with tuples in place of lists.

    Example:
        >>> from nncore.tree import lists_to_tuples
        >>> lists_to_tuples({"a": [1, [2]]})
        {'a': (1, (2,))}
    """
    changed = _map_parts(lists_to_tuples, structure)
    return tuple(changed) if isinstance(changed, list) else changed


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """Apply a function to each shape: a tuple or list of integers and None is a leaf.

    Args:
        func: Called with each shape, as a tuple.
        structure: Nested dicts, lists and tuples of shapes.

    Returns:
        A structure of the results.

    Raises:
        ValueError: If something else than shapes is found.

    Example:
        >>> from nncore.tree import map_shape_structure
        >>> map_shape_structure(len, {"a": (None, 3), "b": [2]})
        {'a': 2, 'b': 1}
    """
    if isinstance(structure, (list, tuple)) and all(d is None or isinstance(d, int) for d in structure):
        return func(tuple(structure))
    if not is_nested(structure):
        raise ValueError(f"Cannot map function to unknown objects: a shape was expected. Received: {structure!r}")
    return _map_parts(lambda part: map_shape_structure(func, part), structure)


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """Apply a function at the places of a shallow structure's leaves, to whatever the structures have there.

    Args:
        shallow_structure: The structure that says how deep to go.
        func: Called with one part of each structure.
        *structures: Structures that are at least as deep.

    Returns:
        A structure like the shallow one.

    Raises:
        ValueError: If a structure has other containers above that depth.

    Example:
        >>> from nncore.tree import map_structure_up_to
        >>> map_structure_up_to({"a": 0, "b": 0}, len, {"a": [1, 2], "b": [3]})
        {'a': 2, 'b': 1}
    """
    if not structures:
        raise ValueError("Must provide at least one structure")
    if not is_nested(shallow_structure):
        return func(*structures)
    for structure in structures:
        if type(structure) is not type(shallow_structure) or len(structure) != len(shallow_structure):
            raise ValueError(
                f"The structures differ: {type(shallow_structure).__name__} of {len(shallow_structure)} was expected. "
                f"Received: {structure!r}"
            )
        if isinstance(structure, dict) and set(structure) != set(shallow_structure):
            raise ValueError(f"The structures differ: keys {sorted(shallow_structure)}, {sorted(structure)}.")
    if isinstance(shallow_structure, dict):
        return type(shallow_structure)(
            (key, map_structure_up_to(part, func, *(structure[key] for structure in structures)))
            for key, part in shallow_structure.items()
        )
    columns = zip(*structures, strict=True)
    items = [map_structure_up_to(part, func, *row) for part, row in zip(shallow_structure, columns, strict=True)]
    kind = type(shallow_structure)
    return kind(*items) if hasattr(shallow_structure, "_fields") else kind(items)


def assert_same_paths(a: Any, b: Any) -> None:
    """Check that two structures have leaves at the same paths; lists and tuples count as equal.

    Args:
        a: The first structure.
        b: The second structure.

    Raises:
        ValueError: If they differ, with the paths that one of them lacks.

    Example:
        >>> from nncore.tree import assert_same_paths
        >>> assert_same_paths([1, 2], (3, 4))
    """
    first, second = ({path for path, _ in flatten_with_path(structure)} for structure in (a, b))
    if first == second:
        return
    message = "`a` and `b` don't have the same paths."
    for one, other, missing in (("a", "b", first - second), ("b", "a", second - first)):
        if missing:
            message += f"\nPaths in `{one}` missing in `{other}`:\n{sorted(missing, key=repr)}"
    raise ValueError(message)

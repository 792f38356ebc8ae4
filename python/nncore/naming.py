"""Names of objects: automatic ones, and the path of scopes in which weights are made."""

from __future__ import annotations

import threading
from typing import Any

from nncore.registry import auto_name, forget_names, stem_of, to_snake_case

__all__ = [
    "auto_name",
    "check_name",
    "current_path",
    "forget_names",
    "name_scope",
    "path_scope",
    "stem_of",
    "to_snake_case",
]


class _Paths(threading.local):
    def __init__(self) -> None:
        self.stack: list[str] = []


_PATHS = _Paths()


def current_path() -> str:
    """The path of the innermost open scope, for example ``"sequential/dense"``; empty outside."""
    return _PATHS.stack[-1] if _PATHS.stack else ""


class path_scope:  # noqa: N801 - used like a function, in `with`
    """Context in which new weights get ``path`` before their name.

    Args:
        path: The whole path of the scope; it does not append to the scopes around it.
    """

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> path_scope:
        _PATHS.stack.append(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        _PATHS.stack.pop()


class name_scope:  # noqa: N801 - Keras's name
    """Context in which the paths of new weights and layers get a further part.

    Args:
        name: The part's name, a string without ``/``.
        caller: Object that opens the scope; with ``deduplicate`` it does not open the innermost one a second time.
        deduplicate: See ``caller``. Defaults to True.
        override_parent: Path of the scope to put this one into. Defaults to None, the innermost one that is open.

    Raises:
        ValueError: If the name is none.

    Example:
        >>> import nncore
        >>> with nncore.name_scope("encoder"):
        ...     weight = nncore.Variable([1.0], name="scale")
        >>> weight.path
        'encoder/scale'
    """

    # The open scopes' callers, innermost last.
    _callers = threading.local()

    def __init__(
        self, name: str, caller: Any = None, deduplicate: bool = True, override_parent: str | None = None
    ) -> None:
        self.name = check_name("name_scope", name)
        self.caller = caller
        self.deduplicate = deduplicate
        self.override_parent = override_parent

    def __enter__(self) -> name_scope:
        callers = self._callers.__dict__.setdefault("stack", [])
        parent = current_path() if self.override_parent is None else self.override_parent
        path = f"{parent}/{self.name}" if parent else self.name
        if self.deduplicate and self.caller is not None and callers and callers[-1] is self.caller:
            path = current_path()
        callers.append(self.caller)
        _PATHS.stack.append(path)
        return self

    def __exit__(self, *_: object) -> None:
        _PATHS.stack.pop()
        self._callers.stack.pop()


def check_name(owner: str, name: Any) -> str:
    """Return ``name`` if it can name an object.

    Args:
        owner: Who is named, for the message.
        name: A string without ``/``.

    Returns:
        The name.

    Raises:
        ValueError: If it is no string, is empty, or holds a ``/`` (which separates the parts of a path).
    """
    if not isinstance(name, str) or not name or "/" in name:
        raise ValueError(f"{owner}: argument `name` should be a non-empty string without '/'. Received: name={name!r}.")
    return name

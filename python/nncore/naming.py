"""Names of objects: automatic ones, and the path of scopes in which weights are made."""

from __future__ import annotations

import threading
from typing import Any

from nncore.registry import auto_name, forget_names, to_snake_case

__all__ = ["auto_name", "check_name", "current_path", "forget_names", "path_scope", "to_snake_case"]


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

"""Users' own classes and functions, known by name so that data can refer to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "find_custom",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
]

T = TypeVar("T")

_by_name: dict[str, Any] = {}
_names: dict[Any, str] = {}


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.stack: list[Mapping[str, Any]] = []


_SCOPES = _Scopes()


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[T], T]:
    """Class or function decorator: files and configurations may refer to it by name from now on.

    Args:
        package: First part of the name, so that two packages may use the same class name. Defaults to ``"Custom"``.
        name: Second part. Defaults to the class's or function's own name.

    Returns:
        A decorator that registers its argument as ``"package>name"`` and returns it unchanged.

    Raises:
        ValueError: If a class without ``get_config`` is decorated.

    Example:
        >>> from nncore import layers, serialization
        >>> @serialization.register_keras_serializable("my_package")
        ... class Twice(layers.Layer):
        ...     def call(self, x):
        ...         return x * 2
        >>> serialization.get_registered_name(Twice)
        'my_package>Twice'
    """

    def decorate(target: T) -> T:
        registered = f"{package}>{name if name is not None else target.__name__}"  # type: ignore[attr-defined]
        if isinstance(target, type) and not hasattr(target, "get_config"):
            raise ValueError(
                f"Cannot register a class that does not have a `get_config()` method. Received: {target.__name__}."
            )
        _by_name[registered] = target
        _names[target] = registered
        return target

    return decorate


def get_registered_name(obj: Any) -> str:
    """Return the registered name of a class or function, its own name if it was not registered.

    Args:
        obj: A class or function.

    Returns:
        ``"package>name"``, or the plain name.
    """
    try:
        return str(_names.get(obj, obj.__name__))
    except TypeError:  # not hashable, so never registered
        return str(getattr(obj, "__name__", type(obj).__name__))


def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """Return the class or function registered under a name.

    Args:
        name: ``"package>name"``, or a name given to ``custom_object_scope``.
        custom_objects: Looked in after the registered ones. Defaults to None.
        module_objects: Looked in last. Defaults to None.

    Returns:
        The class or function, or None.
    """
    found = find_custom(name, custom_objects)
    if found is None and module_objects:
        found = module_objects.get(name)
    return found


def find_custom(name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Look a name up: the caller's objects, the open scopes (innermost first), the registered ones.

    Args:
        name: ``"package>name"`` or a plain name.
        custom_objects: The caller's own objects by name. Defaults to None.

    Returns:
        The class or function, or None.
    """
    if custom_objects and name in custom_objects:
        return custom_objects[name]
    for scope in reversed(_SCOPES.stack):
        if name in scope:
            return scope[name]
    return _by_name.get(name)


def get_custom_objects() -> dict[str, Any]:
    """Return the live dictionary of registered objects; what is put in it is found by name.

    Returns:
        The dictionary.
    """
    return _by_name


class CustomObjectScope:
    """Context in which names stand for the given classes and functions, on this thread.

    Args:
        custom_objects: Dictionary from names to classes and functions.

    Example:
        >>> from nncore import initializers, serialization
        >>> def halves(shape, dtype=None):
        ...     import numpy as np
        ...     return np.full(shape, 0.5, dtype)
        >>> with serialization.custom_object_scope({"halves": halves}):
        ...     initializers.get("halves") is halves
        True
    """

    def __init__(self, custom_objects: Mapping[str, Any]) -> None:
        if not isinstance(custom_objects, Mapping):
            raise TypeError(
                "custom_object_scope: `custom_objects` should be a dictionary from names to classes and functions. "
                f"Received: custom_objects={custom_objects!r}."
            )
        self.custom_objects = dict(custom_objects)

    def __enter__(self) -> CustomObjectScope:
        _SCOPES.stack.append(self.custom_objects)
        return self

    def __exit__(self, *_: object) -> None:
        _SCOPES.stack.pop()


custom_object_scope = CustomObjectScope

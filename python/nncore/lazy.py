"""Names of a package that are imported when they are first used, so that a script loads what it uses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["Later", "lazy_names"]


def lazy_names(package: str, homes: dict[str, str]) -> Callable[[str], Any]:
    """Make a package's ``__getattr__``.

    Args:
        package: The package's name.
        homes: For each public name the submodule that defines it, relative to the package; or the full name of a module
            elsewhere. A submodule must not have the name of something that it defines; one that is its own home is a
            public module.

    Returns:
        Function of a name, which imports it and keeps it in the package.

    Example:
        >>> from nncore.lazy import lazy_names
        >>> lazy_names("nncore.optimizers", {"Adam": "adam"})("Adam").__name__
        'Adam'
    """

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(home if home.startswith("nncore.") else f"{package}.{home}")
        value = module if home == name else getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    return find


class Later:
    """Stands for an object of a module that is not imported yet.

    Args:
        module: Full name of the module.
        name: Name of the object in it.
    """

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def load(self) -> Any:
        """Import the module and return the object."""
        return getattr(import_module(self.module), self.name)

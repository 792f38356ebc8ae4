"""Names of a package that are imported when they are first used, so that a script loads what it uses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["Later", "forward_names", "lazy_names"]


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


def forward_names(module: str, package: str) -> Callable[[str], Any]:
    """Make a module's ``__getattr__`` of the public names of a package.

    Args:
        module: Name of the module.
        package: Name of the package.

    Returns:
        Function of a name, which gives the package's object.

    Example:
        >>> from nncore.lazy import forward_names
        >>> forward_names("nncore.ops.numpy", "nncore.ops")("sum").__name__
        'sum'
    """

    def find(name: str) -> Any:
        found = sys.modules[package]
        if name.startswith("_") or name not in found.__all__:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(found, name)

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

"""Let scripts that import `keras` or `tensorflow.keras` run here: `python -m nncore.keras script.py`."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from typing import Any

__all__ = ["install", "uninstall"]

_ROOTS = ("keras", "tensorflow.keras", "tf_keras")


def install() -> None:
    """Let ``import keras`` and ``import tensorflow.keras`` give this library, from now on in this process.

    Names that are not there raise an error that says so. Whatever else TensorFlow has is not there.

    Raises:
        RuntimeError: If Keras or TensorFlow has been imported already.

    Example:
        >>> import nncore.keras
        >>> nncore.keras.install()
        >>> from tensorflow.keras import layers
        >>> layers.Dense.__module__.split(".")[0]
        'nncore'
        >>> nncore.keras.uninstall()
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    loaded = [name for name in ("keras", "tensorflow", "tf_keras") if name in sys.modules]
    if loaded:
        raise RuntimeError(f"{loaded[0]!r} has been imported already. Call nncore.keras.install() before.")
    sys.meta_path.insert(0, _Finder())


def uninstall() -> None:
    """Undo `install`: imports find the installed packages again."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    for name in [name for name in sys.modules if own_name(name) is not None or name == "tensorflow"]:
        del sys.modules[name]


def own_name(name: str) -> str | None:
    """Translate a module's or object's name of Keras into the one here.

    Args:
        name: For example ``"tensorflow.keras.layers"``.

    Returns:
        For example ``"nncore.layers"``; None if it is no name of Keras.

    Example:
        >>> from nncore.keras import own_name
        >>> own_name("tensorflow.keras.layers"), own_name("numpy")
        ('nncore.layers', None)
    """
    for root in _ROOTS:
        if name == root or name.startswith(root + "."):
            # Keras's modules have its public names under two roots more.
            rest = name[len(root) :].removeprefix("._tf_keras.keras").removeprefix(".api")
            return "nncore" + rest
    return None


class _Finder(importlib.abc.MetaPathFinder):
    """Finds Keras's modules here, and a TensorFlow that has nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module."""
        if fullname == "tensorflow":
            return importlib.machinery.ModuleSpec(fullname, _TensorFlowLoader(), is_package=True)
        own = own_name(fullname)
        if own is None:
            if fullname.startswith("tensorflow."):
                raise ModuleNotFoundError(_missing(fullname), name=fullname)
            return None
        if not _is_module(own):
            raise ModuleNotFoundError(_missing(fullname), name=fullname)
        return importlib.machinery.ModuleSpec(fullname, _Loader(own), is_package=True)


class _Loader(importlib.abc.Loader):
    """Gives a module of this library under another name."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.kept: Any = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Import the module of this library."""
        module = importlib.import_module(self.own)
        self.kept = (module.__spec__, module.__loader__, getattr(module, "__path__", None), module.__package__)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Give the module its own description back, which the import system has replaced."""
        spec, loader, path, package = self.kept
        module.__spec__, module.__loader__, module.__package__ = spec, loader, package
        if path is not None:
            module.__path__ = path


class _TensorFlowLoader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Make a module that has only `keras`."""
        return _TensorFlow(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing is to be run."""


class _TensorFlow(types.ModuleType):
    """Stands for TensorFlow: has `keras`, and tells by name what is missing."""

    __version__ = "2.20.0"
    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name == "keras":
            return importlib.import_module("tensorflow.keras")
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(_missing(f"tensorflow.{name}"))


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _missing(name: str) -> str:
    return f"{name} is not part of nncore, which runs this script in place of Keras. See docs/keras.md."

"""What a layer call needs to know: its signature, the calls around it, and the shapes of its arguments."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from nncore import tree
from nncore.ir import KerasTensor, SymbolicTensor

__all__ = [
    "Frame",
    "Signature",
    "call_shapes",
    "current_frame",
    "describe",
    "has_placeholder",
    "is_shape",
    "is_tensor",
    "placeholders_of",
    "shape_of",
    "signature_of",
]


class Signature:
    """The parameters of a ``call`` or ``build`` method, without ``self``.

    Args:
        function: The plain function of the method.
    """

    __slots__ = ("defaults", "has_kwargs", "masks", "names", "required")

    def __init__(self, function: Any) -> None:
        while hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        code = getattr(function, "__code__", None)
        if code is None:  # a callable without Python code: anything may be passed
            self.names: tuple[str, ...] = ()
            self.defaults: dict[str, Any] = {}
            self.required: tuple[str, ...] = ()
            self.has_kwargs = True
            self.masks: tuple[str, ...] = ()
            return
        count = code.co_argcount
        positional = code.co_varnames[:count]
        keyword = code.co_varnames[count : count + code.co_kwonlyargcount]
        values = function.__defaults__ or ()
        self.defaults = dict(zip(positional[count - len(values) :], values, strict=True))
        self.defaults.update(function.__kwdefaults__ or {})
        self.names = positional[1:] + keyword
        self.required = tuple(name for name in self.names if name not in self.defaults)
        self.has_kwargs = bool(code.co_flags & 0x08)
        # Parameters that get the masks of tensors unless the caller passes something.
        self.masks = tuple(name for name in self.names if name == "mask" or name.endswith("_mask"))

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Give each positional argument its parameter's name; extra ones get numbers."""
        names = self.names + tuple(f"arg{i}" for i in range(len(self.names), len(args)))
        return {**dict(zip(names, args, strict=False)), **kwargs}


_SIGNATURES: dict[Any, Signature] = {}


def signature_of(function: Any) -> Signature:
    """The signature of a method's function, looked up once."""
    found = _SIGNATURES.get(function)
    if found is None:
        found = _SIGNATURES[function] = Signature(function)
    return found


class Frame:
    """One running layer call; calls inside it take its ``training`` flag.

    Args:
        layer: The layer.
        training: True, False, or None if nobody has said.
    """

    __slots__ = ("layer", "training")

    def __init__(self, layer: Any, training: Any) -> None:
        self.layer = layer
        self.training = training

    def __enter__(self) -> Frame:
        _FRAMES.stack.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _FRAMES.stack.pop()


class _Frames(threading.local):
    def __init__(self) -> None:
        self.stack: list[Frame] = []


_FRAMES = _Frames()


def current_frame() -> Frame | None:
    """The innermost layer call that runs on this thread, or None."""
    return _FRAMES.stack[-1] if _FRAMES.stack else None


def is_tensor(value: Any) -> bool:
    """Whether ``value`` is an array, a symbolic tensor, a placeholder or a variable."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def placeholders_of(*structures: Any) -> list[KerasTensor]:
    """The placeholders among the leaves of nested structures."""
    return [leaf for leaf in tree.flatten(structures) if leaf.__class__ is KerasTensor]


def has_placeholder(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether any argument is, or holds, a placeholder of a functional model."""
    for value in (*args, *kwargs.values()):
        if value.__class__ is KerasTensor:
            return True
        if isinstance(value, (list, tuple, dict)) and placeholders_of(value):
            return True
    return False


def shape_of(tensor: Any) -> Any:
    """A tensor's shape; while tracing, the batch dimension is unknown (it is one batch's of many)."""
    if tensor.__class__ is SymbolicTensor and tensor.shape:
        return (None, *tensor.shape[1:])
    return tuple(tensor.shape)


def is_shape(value: Any) -> bool:
    """Whether ``value`` is one shape: a tuple or list of ints and None."""
    return isinstance(value, (tuple, list)) and all(dim is None or isinstance(dim, (int, np.integer)) for dim in value)


def call_shapes(signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Shapes of the tensor arguments of a call, by parameter name, in their order.

    Args:
        signature: Of the ``call`` method.
        args: Positional arguments.
        kwargs: Keyword arguments.

    Returns:
        Dictionary from parameter names to shapes (nested as the arguments are).
    """
    shapes: dict[str, Any] = {}
    for name, value in signature.bind(args, kwargs).items():
        leaves = [value] if is_tensor(value) else tree.flatten(value)
        if leaves and all(is_tensor(leaf) for leaf in leaves):
            shapes[name] = shape_of(value) if is_tensor(value) else tree.map_structure(shape_of, value)
    return shapes


def describe(value: Any) -> str:
    """Show an argument in a message: shape and dtype of tensors, other values as they are."""
    if is_tensor(value):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {describe(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(describe(v) for v in value) + "]"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

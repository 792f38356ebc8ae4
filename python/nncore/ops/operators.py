"""Python operators and NumPy's methods on tensors, each by the op it stands for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from nncore.ir import Tensor, trace_error
from nncore.ops import arrange, bitwise, cumulative, numeric, reduction, sorting
from nncore.ops.convert import size as ops_size
from nncore.ops.elementwise import cast, clip
from nncore.ops.getitem import get_item
from nncore.ops.indexing import take
from nncore.ops.linalg import dot, matmul
from nncore.ops.shape import reshape, squeeze, transpose

Method = Callable[..., Any]


def _compare(function: Method) -> Method:
    def method(self: Any, other: Any) -> Any:
        # No array: Python then compares identities.
        return NotImplemented if other is None or isinstance(other, str) else function(self, other)

    return method


def _forward(function: Method) -> Method:
    def method(self: Any, other: Any) -> Any:
        return function(self, other)

    return method


def _reflected(function: Method) -> Method:
    def method(self: Any, other: Any) -> Any:
        return function(other, self)

    return method


_BINARY: dict[str, Method] = {
    "add": numeric.add,
    "sub": numeric.subtract,
    "mul": numeric.multiply,
    "truediv": numeric.divide,
    "floordiv": numeric.floor_divide,
    "mod": numeric.mod,
    "pow": numeric.power,
    "matmul": matmul,
    "and": bitwise.bitwise_and,
    "or": bitwise.bitwise_or,
    "xor": bitwise.bitwise_xor,
    "lshift": bitwise.left_shift,
    "rshift": bitwise.right_shift,
}
_COMPARISONS: dict[str, Method] = {
    "lt": numeric.less,
    "le": numeric.less_equal,
    "gt": numeric.greater,
    "ge": numeric.greater_equal,
    "eq": numeric.equal,
    "ne": numeric.not_equal,
}
_UNARY: dict[str, Method] = {
    "neg": numeric.negative,
    "abs": numeric.absolute,
    "invert": bitwise.bitwise_not,
}


def install_operators(cls: type) -> None:
    """Give a class the operators (``+``, ``@``, ``==``, ``[]``, ``abs``, ``round``, ...) of arrays.

    Args:
        cls: Tensors, or a class that gives its tensor by ``__tensor__()``.
    """
    for name, function in _BINARY.items():
        setattr(cls, f"__{name}__", _forward(function))
        setattr(cls, f"__r{name}__", _reflected(function))
    for name, function in _COMPARISONS.items():
        setattr(cls, f"__{name}__", _compare(function))
    for name, function in _UNARY.items():
        setattr(cls, f"__{name}__", lambda self, function=function: function(self))
    others: dict[str, Method] = {
        "pos": lambda self: self,
        "divmod": lambda self, other: (self // other, self % other),
        "round": lambda self, ndigits=0: numeric.round(self, ndigits or 0),
        "getitem": lambda self, key: get_item(self, key),
        "iter": _iterate,
    }
    for name, function in others.items():
        setattr(cls, f"__{name}__", function)


def _iterate(self: Any) -> Iterator[Any]:
    shape = self.shape
    if not shape:
        raise TypeError("Iteration over a tensor without dimensions.")
    if shape[0] is None:
        raise trace_error(
            f"Iteration needs the length of the first dimension, which isn't known yet ({self!r}).",
            "Use an op on the whole tensor, or a loop in a layer's call().",
        )
    return (get_item(self, i) for i in range(shape[0]))


# --- methods of NumPy's arrays ---------------------------------------------------------------------------------------


def _shape_argument(args: tuple[Any, ...]) -> Any:
    return args[0] if len(args) == 1 and not isinstance(args[0], int) else args


def _refuse(name: str, given: dict[str, Any]) -> None:
    for key, value in given.items():
        if value is not None:
            raise trace_error(
                f"Argument {key!r} of the method {name}() has no equivalent on symbolic tensors.",
                f"Leave it out, or use the function nncore.ops.{name}.",
            )


def _reducer(name: str, function: Method) -> Method:
    def method(self: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        _refuse(name, {"out": out})
        x = self if dtype is None else cast(self, dtype)
        return function(x, axis=axis, keepdims=bool(keepdims))

    return method


def _spread(name: str, function: Method) -> Method:
    def method(
        self: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: int = 0,
        keepdims: bool = False,
    ) -> Any:
        _refuse(name, {"out": out})
        x = self if dtype is None else cast(self, dtype)
        y = function(x, axis=axis, keepdims=bool(keepdims))
        return y if not ddof else y * corrected(self.shape, axis, ddof, name == "std")

    return method


def corrected(shape: tuple[int, ...], axis: Any, ddof: float, root: bool) -> float:
    """The factor from a variance (or deviation) of n elements to one with ``ddof`` fewer degrees of freedom."""
    from nncore.ops.shape import normalize_axes

    n = math.prod(shape[a] for a in normalize_axes(axis, len(shape)))
    factor = n / max(n - ddof, 0) if n > ddof else math.nan
    return math.sqrt(factor) if root else factor


def _extreme(name: str, function: Method) -> Method:
    def method(self: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        _refuse(name, {"out": out})
        return function(self, axis=axis, keepdims=bool(keepdims))

    return method


_METHODS: dict[str, Method] = {
    "sum": _reducer("sum", reduction.sum),
    "mean": _reducer("mean", reduction.mean),
    "prod": _reducer("prod", reduction.prod),
    "var": _spread("var", reduction.var),
    "std": _spread("std", reduction.std),
    "max": _extreme("max", reduction.max),
    "min": _extreme("min", reduction.min),
    "any": _extreme("any", reduction.any),
    "all": _extreme("all", reduction.all),
    "argmax": _extreme("argmax", reduction.argmax),
    "argmin": _extreme("argmin", reduction.argmin),
    "reshape": lambda self, *shape: reshape(self, _shape_argument(shape)),
    "transpose": lambda self, *axes: transpose(self, None if not axes or axes == (None,) else _shape_argument(axes)),
    "flatten": lambda self: reshape(self, (-1,)),
    "ravel": lambda self: reshape(self, (-1,)),
    "astype": lambda self, dtype: cast(self, dtype),
    "squeeze": lambda self, axis=None: squeeze(self, axis),
    "swapaxes": lambda self, axis1, axis2: arrange.swapaxes(self, axis1, axis2),
    "clip": lambda self, min=None, max=None: clip(self, min, max),  # noqa: A006 - NumPy's names
    "round": lambda self, decimals=0: numeric.round(self, decimals),
    "dot": lambda self, other: dot(self, other),
    "cumsum": lambda self, axis=None, dtype=None: cumulative.cumsum(self, axis, dtype),
    "cumprod": lambda self, axis=None, dtype=None: cumulative.cumprod(self, axis, dtype),
    "take": lambda self, indices, axis=None: take(self, indices, axis),
    "repeat": lambda self, repeats, axis=None: arrange.repeat(self, repeats, axis),
    "argsort": lambda self, axis=-1: sorting.argsort(self, axis),
    "diagonal": lambda self, offset=0, axis1=0, axis2=1: arrange.diagonal(self, offset, axis1, axis2),
    "copy": lambda self: self,
}


def _in_place(name: str, advice: str) -> Method:
    def method(self: Any, *_: Any, **__: Any) -> Any:
        raise trace_error(f"{name}() changes an array in place, which a tensor ({self!r}) can't do.", advice)

    return method


def _needs_values(name: str) -> Method:
    def method(self: Any, *_: Any, **__: Any) -> Any:
        return getattr(self.__array__(), name)()

    return method


def install_methods(cls: type) -> None:
    """Give tensors the methods and properties of NumPy's arrays."""
    for name, function in _METHODS.items():
        function.__name__ = name
        setattr(cls, name, function)
    cls.T = property(lambda self: transpose(self))  # type: ignore[attr-defined]
    cls.size = property(ops_size)  # type: ignore[attr-defined]
    cls.sort = _in_place("sort", "Use ops.sort(x).")  # type: ignore[attr-defined]
    cls.fill = _in_place("fill", "Use ops.full_like(x, value).")  # type: ignore[attr-defined]
    cls.tolist = _needs_values("tolist")  # type: ignore[attr-defined]
    cls.nonzero = _needs_values("nonzero")  # type: ignore[attr-defined]


install_operators(Tensor)
install_methods(Tensor)

"""Variable: an array that is kept between calls, such as a weight, a moving mean or a counter."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import config, ops
from nncore.allocation import account
from nncore.ir import trace as tracing
from nncore.naming import auto_name, check_name, current_path

__all__ = ["Variable"]

_DTYPES = ("float32", "float64", "int32", "int64", "uint8", "bool")
_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")
_SYNCHRONIZATIONS = (None, "auto", "none", "on_write", "on_read")


class Variable:
    """An array with a name that layers, metrics and optimizers read and assign.

    Outside a traced function ``value`` is the array itself; inside, it is the symbolic value at that point, and
    assigning records the update, which the compiled program then makes in place. Operators and NumPy functions act
    on ``value``.

    Args:
        initializer: The initial values (array, list or number), or a callable ``initializer(shape, dtype=dtype)``, or
            the name of one of ``nncore.initializers``.
        shape: Tuple of ints. Needed for a callable or a name; otherwise the shape of the values.
        dtype: ``"float32"``, ``"float64"``, ``"int32"``, ``"int64"``, ``"uint8"`` or ``"bool"``. Defaults to the dtype
            of an array, otherwise to ``config.floatx()``.
        trainable: Whether training changes it. Defaults to True.
        autocast: Whether a layer may read it in its compute dtype. Defaults to True.
        aggregation: How copies on several devices would be combined: ``"none"``, ``"mean"``, ``"sum"`` or
            ``"only_first_replica"``. There is one device, so all of them mean the same. Defaults to ``"none"``.
        synchronization: When copies would be combined: ``"auto"``, ``"none"``, ``"on_write"`` or ``"on_read"``; the
            same holds. Defaults to ``"auto"``.
        name: String without ``/``. Defaults to ``"variable"`` with a number.
        layout: None: there is one device.

    Raises:
        ValueError: For an unknown dtype, aggregation or synchronization, a missing shape, or values of another shape.

    Example:
        >>> import nncore
        >>> v = nncore.Variable([1.0, 2.0], name="v")
        >>> v.assign([3.0, 4.0]).tolist()
        [3.0, 4.0]
        >>> float((v * 2).sum())
        14.0
    """

    __nncore_variable__ = True
    __array_priority__ = 900

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        layout: Any = None,
    ) -> None:
        if layout is not None:
            raise ValueError(f"Variable: there is one device, so `layout` should be None. Received: layout={layout!r}")
        self.name = auto_name("variable") if name is None else check_name("Variable", name)
        if aggregation not in _AGGREGATIONS:
            raise ValueError(
                f"Variable {self.name!r}: `aggregation` should be one of {_AGGREGATIONS[1:]}. "
                f"Received: aggregation={aggregation!r}."
            )
        if synchronization not in _SYNCHRONIZATIONS:
            raise ValueError(
                f"Variable {self.name!r}: `synchronization` should be one of {_SYNCHRONIZATIONS[1:]}. "
                f"Received: synchronization={synchronization!r}."
            )
        parent = current_path()
        self.path = f"{parent}/{self.name}" if parent else self.name
        self.autocast = bool(autocast)
        self.aggregation = aggregation or "none"
        self.synchronization = synchronization or "none"
        self._trainable = bool(trainable)
        self._regularizer: Any = None
        self._constraint: Any = None
        self.array: np.ndarray[Any, Any] = _initial_array(self.name, initializer, shape, dtype)
        self._dtype = str(self.array.dtype.name)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, a tuple of ints."""
        return tuple(self.array.shape)

    @property
    def dtype(self) -> str:
        """The dtype's name."""
        return self._dtype

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self.array.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.array.size

    @property
    def trainable(self) -> bool:
        """Whether training changes the variable."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def regularizer(self) -> Any:
        """Function of the variable whose result is added to the loss, or None."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value: Any) -> None:
        self._regularizer = _check_callable(self.name, "regularizer", value)

    @property
    def constraint(self) -> Any:
        """Function that maps the values to allowed ones after each update, or None."""
        return self._constraint

    @constraint.setter
    def constraint(self, value: Any) -> None:
        self._constraint = _check_callable(self.name, "constraint", value)

    @property
    def value(self) -> Any:
        """The live array; inside a traced function the symbolic value at this point."""
        trace = tracing.current()
        return self.array if trace is None else trace.read(self)

    def __tensor__(self) -> Any:
        return self.value

    def numpy(self) -> np.ndarray[Any, Any]:
        """A copy of the values."""
        return self.array.copy()

    def assign(self, value: Any) -> Any:
        """Set all values.

        Args:
            value: Array, tensor or number of this shape; it is converted to this dtype.

        Returns:
            The new value.

        Raises:
            ValueError: If the shape differs. The variable is unchanged then.
        """
        if _watchers:
            _watchers[0](self)
        trace = tracing.current()
        if trace is None:
            array = np.asarray(value)
            self._check_shape(array.shape)
            self.array[...] = array
            return self.array
        tensor = ops.cast(ops.convert_to_tensor(value), self.dtype)
        self._check_shape(tuple(tensor.shape))
        if isinstance(tensor, np.ndarray):
            tensor = trace.constant(tensor)
        trace.write(self, tensor)
        return tensor

    def assign_add(self, value: Any) -> Any:
        """Add ``value`` to the variable and return the new value."""
        return self.assign(ops.add(self.value, value))

    def assign_sub(self, value: Any) -> Any:
        """Subtract ``value`` from the variable and return the new value."""
        return self.assign(ops.subtract(self.value, value))

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if shape != self.shape:
            raise ValueError(
                f"The shape of the target variable and the shape of the target value in `variable.assign(value)` "
                f"must match. Variable {self.path!r} has shape {self.shape}. Received: value.shape={shape}."
            )

    def __repr__(self) -> str:
        shown = np.array2string(self.array, prefix="", threshold=20, precision=4)
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={shown}>"

    def __len__(self) -> int:
        return len(self.array)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return np.array(self.value, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*_unwrap(inputs), **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*_unwrap(args), **{key: _unwrap(value) for key, value in kwargs.items()})

    def __getitem__(self, key: Any) -> Any:
        return self.value[key]

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __getattr__(self, name: str) -> Any:
        # Methods of arrays (sum, mean, astype, ...): a variable can be used as the array it holds.
        if name.startswith("_") or name == "array":
            raise AttributeError(f"'Variable' object has no attribute {name!r}")
        return getattr(self.value, name)

    __hash__ = object.__hash__


# Who is told before a variable is assigned to; nobody until a `StatelessScope` is opened.
_watchers: list[Callable[[Variable], None]] = []


def watch_assignments(watcher: Callable[[Variable], None]) -> None:
    """Tell a function of each variable before it is assigned to, from now on."""
    _watchers[:] = [watcher]


def _unwrap(value: Any) -> Any:
    if isinstance(value, Variable):
        return value.value
    if isinstance(value, (list, tuple)):
        return type(value)([_unwrap(item) for item in value])
    return value


def _check_callable(name: str, kind: str, value: Any) -> Any:
    if value is not None and not callable(value):
        raise ValueError(f"Variable {name!r}: `{kind}` should be a callable or None. Received: {kind}={value!r}.")
    return value


def _initial_array(name: str, initializer: Any, shape: Any, dtype: Any) -> np.ndarray[Any, Any]:
    if isinstance(initializer, str):
        from nncore import initializers

        initializer = initializers.get(initializer)
    if callable(initializer):
        if shape is None:
            raise ValueError(
                f"Variable {name!r}: `shape` is needed when `initializer` is a callable. Received: shape=None."
            )
        shape = _check_dims(name, shape)
        chosen = _check_dtype(name, dtype or config.floatx())
        account(name, shape, np.dtype(chosen).itemsize)
        with tracing.suspended():
            values = np.asarray(initializer(shape, dtype=chosen))
    else:
        values = np.asarray(initializer.value if isinstance(initializer, Variable) else initializer)
        is_array = hasattr(initializer, "dtype")
        chosen = _check_dtype(name, dtype or (values.dtype if is_array else config.floatx()))
        shape = values.shape if shape is None else _check_dims(name, shape)
    if values.shape != shape:
        raise ValueError(
            f"Variable {name!r}: the initial values should have shape {shape}. Received: shape={values.shape}."
        )
    # Always a copy: the variable is written in place and owns its memory.
    return np.array(values, dtype=chosen, order="C")


def _check_dims(name: str, shape: Any) -> tuple[int, ...]:
    dims = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if not all(isinstance(dim, (int, np.integer)) and dim >= 0 for dim in dims):
        raise ValueError(
            f"Variable {name!r}: `shape` should be a tuple of known, non-negative dimensions. Received: shape={dims}."
        )
    return tuple(int(dim) for dim in dims)


def _check_dtype(name: str, dtype: Any) -> str:
    chosen = "bool" if dtype is bool else getattr(dtype, "name", None) or str(dtype)
    chosen = {"int": "int32", "float": "float32", "bool_": "bool"}.get(chosen, chosen)
    if isinstance(dtype, type) and issubclass(dtype, (np.generic, int, float)):
        chosen = "float32" if dtype is float else "int32" if dtype is int else np.dtype(dtype).name
    if chosen not in _DTYPES:
        raise ValueError(f"Variable {name!r}: `dtype` should be one of {_DTYPES}. Received: dtype={dtype!r}.")
    return chosen


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[Variable, Any], Any]:
    def method(self: Variable, other: Any) -> Any:
        return function(self.value, _unwrap(other))

    return method


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Variable, Any], Any]:
    def method(self: Variable, other: Any) -> Any:
        return function(other, self.value)

    return method


def _install_operators() -> None:
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor"):
        function = getattr(operator, name)
        stem = name.rstrip("_")
        setattr(Variable, f"__{stem}__", _binary(function))
        setattr(Variable, f"__r{stem}__", _reflected(function))
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Variable, f"__{name}__", _binary(getattr(operator, name)))
    for name in ("neg", "pos", "abs", "invert"):
        function = getattr(operator, name)
        setattr(Variable, f"__{name}__", lambda self, function=function: function(self.value))


_install_operators()

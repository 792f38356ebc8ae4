"""dtypes of operands: which exist, how they promote, and how Python values become arrays.

Promotion follows Keras 3: Python scalars are weak (they take the dtype of what they meet), integers meet floats in the
float's dtype, and integer division gives ``floatx``. NumPy scalars are weak as well, so that ``np.sqrt(2) * x`` leaves
the dtype of ``x`` alone; arrays without dimensions are not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config
from nncore.ir import KerasTensor, SymbolicTensor, Tensor

DTYPES = ("float32", "float64", "int32", "int64", "uint8", "bool")
FLOATS = ("float32", "float64")
CODES = {"float32": 0, "float64": 1, "int32": 2, "int64": 3, "uint8": 4, "bool": 5}
_RANK = {"bool": 0, "uint8": 1, "int32": 2, "int64": 3, "float32": 4, "float64": 5}
# Narrow NumPy integers widen to the next dtype that holds all their values.
_WIDEN = {"int8": "int32", "int16": "int32", "uint16": "int32", "uint32": "int64", "uint64": "int64"}


def standardize_dtype(dtype: Any) -> str:
    """Name a dtype given as a string, NumPy dtype or type.

    Args:
        dtype: ``"float32"``, ``np.float32``, ``float``, ``"int"``, ... None means ``floatx()``.

    Returns:
        One of ``"float32"``, ``"float64"``, ``"int32"``, ``"int64"``, ``"uint8"``, ``"bool"``.

    Raises:
        ValueError: For dtypes that nncore doesn't compute in.

    Example:
        >>> from nncore import ops
        >>> ops.standardize_dtype(float)
        'float32'
    """
    if dtype.__class__ is str and dtype in CODES:
        return dtype
    # Only strings may be compared: NumPy finds its float64 equal to "float", which means floatx here.
    if dtype is None or dtype is float or (dtype.__class__ is str and dtype == "float"):
        return config.floatx()
    if dtype is int or (dtype.__class__ is str and dtype == "int"):
        return "int32"
    if dtype is bool:
        return "bool"
    try:
        name: str = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name in CODES:
        return name
    if name in _WIDEN:
        return _WIDEN[name]
    raise ValueError(
        f"nncore computes in the dtypes {', '.join(DTYPES)}. Received: dtype={dtype!r}. "
        "Convert the array first, for example with x.astype('float32')."
    )


def is_float(dtype: str) -> bool:
    """Tell whether a dtype name is a floating one.

    Example:
        >>> from nncore.ops.dtypes import is_float
        >>> is_float("float32"), is_float("int32")
        (True, False)
    """
    return dtype in FLOATS


def promote(*dtypes: str) -> str:
    """The dtype in which operands of these dtypes meet.

    Example:
        >>> from nncore.ops.dtypes import promote
        >>> promote("int64", "float32")
        'float32'
    """
    return max(dtypes, key=_RANK.__getitem__)


# NumPy works a dtype's name out anew each time it is asked; eager calls ask often.
_NAMES = {np.dtype(name): name for name in DTYPES}


def name_of(array: Any) -> str:
    """The dtype name of an array."""
    return _NAMES.get(array.dtype) or str(array.dtype.name)


def to_float(dtype: str) -> str:
    """The float dtype in which a function like ``exp`` computes an operand of ``dtype``."""
    return dtype if dtype in FLOATS else config.floatx()


def as_array(x: Any) -> np.ndarray[Any, Any]:
    """Make an array with one of nncore's dtypes from anything that is not symbolic."""
    if x.__class__ is not np.ndarray:
        x = _from_python(x)
    if x.dtype in _NAMES:
        return x  # type: ignore[no-any-return]
    name = x.dtype.name
    if name in CODES or name in _WIDEN:
        return x.astype(_WIDEN.get(name, name))  # type: ignore[no-any-return]
    if name == "float16":
        return x.astype(config.floatx())  # type: ignore[no-any-return]
    raise TypeError(
        f"An array of numbers was expected (dtypes {', '.join(DTYPES)}). Received: an array of dtype={x.dtype}, "
        f"shape={x.shape}. Convert it first, for example with x.astype('float32')."
    )


def _from_python(x: Any) -> np.ndarray[Any, Any]:
    if x is None:
        raise TypeError("An array or tensor was expected. Received: None.")
    if isinstance(x, np.generic):
        return np.asarray(x)
    if isinstance(x, bool):
        return np.asarray(x)
    if isinstance(x, float):
        return np.asarray(x, dtype=config.floatx())
    if isinstance(x, int):
        return np.asarray(x, dtype="int32" if -(2**31) <= x < 2**31 else "int64")
    if isinstance(x, np.ndarray):
        return x.view(np.ndarray)
    array = np.asarray(x)
    # Lists of Python numbers are weak: floats take floatx, integers int32.
    if isinstance(x, (list, tuple)) and not _holds_arrays(x):
        if array.dtype == np.float64:
            return array.astype(config.floatx())
        if array.dtype == np.int64 and (not array.size or np.abs(array).max() < 2**31):
            return array.astype(np.int32)
    return array


def _holds_arrays(items: Any) -> bool:
    for item in items:
        if isinstance(item, (list, tuple)):
            if _holds_arrays(item):
                return True
        elif isinstance(item, (np.ndarray, np.generic)):
            return True
    return False


def as_operand(x: Any) -> Any:
    """Make an operand: a symbolic tensor stays, a variable gives its value, everything else becomes an array."""
    cls = x.__class__
    if cls is SymbolicTensor or cls is np.ndarray:
        return x if cls is SymbolicTensor else as_array(x)
    unwrap = getattr(x, "__tensor__", None)
    if unwrap is not None:
        return unwrap()
    if isinstance(x, (list, tuple)) and any(_is_symbolic(item) for item in x):
        from nncore.ops.shape import stack

        return stack([as_operand(item) for item in x])
    if cls is KerasTensor:
        raise TypeError(
            f"A placeholder of a functional model has no values here. Received: {x!r}. "
            "Call the layer or operation on it directly, outside of a compiled function."
        )
    return as_array(x)


def _is_symbolic(item: Any) -> bool:
    if isinstance(item, (list, tuple)):
        return any(_is_symbolic(inner) for inner in item)
    return isinstance(item, Tensor) or hasattr(item, "__tensor__")


def is_weak(x: Any) -> bool:
    """Tell whether ``x`` is a Python or NumPy scalar, which takes the dtype of what it meets."""
    cls = x.__class__
    return cls is float or cls is int or cls is bool or isinstance(x, np.generic)


def dtype_of(x: Any) -> str:
    """The dtype name of an operand."""
    return x.dtype if x.__class__ is SymbolicTensor else name_of(x)


def scalar(value: float, dtype: str) -> np.ndarray[Any, Any]:
    """A 0-d array of a Python number."""
    return np.asarray(value, dtype=dtype)


def harmonize(x: Any, y: Any) -> tuple[Any, Any, str]:
    """Make two operands and the dtype in which they meet, without casting them yet."""
    x_weak, y_weak = _weakness(x), _weakness(y)
    if x_weak > y_weak:
        y = as_operand(y)
        dtype = _meet_weak(x, dtype_of(y))
        return scalar(x, dtype), y, dtype
    if y_weak > x_weak:
        x = as_operand(x)
        dtype = _meet_weak(y, dtype_of(x))
        return x, scalar(y, dtype), dtype
    x, y = as_operand(x), as_operand(y)
    return x, y, promote(dtype_of(x), dtype_of(y))


def _weakness(x: Any) -> int:
    """0 for arrays, 1 for NumPy scalars, 2 for Python numbers: the weaker takes the dtype of the other."""
    if isinstance(x, np.generic):
        return 1
    return 2 if is_weak(x) else 0


def _meet_weak(value: Any, dtype: str) -> str:
    if isinstance(value, (float, np.floating)):
        return to_float(dtype)
    if dtype == "bool" and not isinstance(value, (bool, np.bool_)):
        return "int32"
    return dtype

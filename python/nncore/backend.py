"""What scripts ask `keras.backend` for: settings, dtypes and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nncore.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from nncore.lazy import lazy_names

if TYPE_CHECKING:
    from nncore.ops import standardize_dtype
    from nncore.utils import clear_session, is_keras_tensor

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]

_find = lazy_names(
    __name__,
    {
        "clear_session": "nncore.utils",
        "is_keras_tensor": "nncore.utils",
        "standardize_dtype": "nncore.ops",
    },
)


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _name(dtype: Any) -> str:
    return str(getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or dtype)


def is_float_dtype(dtype: Any) -> bool:
    """Tell whether a dtype holds floats.

    Args:
        dtype: Name, NumPy dtype or type.

    Returns:
        True for ``float16`` to ``float64`` and ``bfloat16``.

    Example:
        >>> import nncore
        >>> nncore.backend.is_float_dtype("float32"), nncore.backend.is_float_dtype("int32")
        (True, False)
    """
    return _name(dtype).startswith(("float", "bfloat"))


def is_int_dtype(dtype: Any) -> bool:
    """Tell whether a dtype holds integers.

    Args:
        dtype: Name, NumPy dtype or type.

    Returns:
        True for ``int8`` to ``uint64``.

    Example:
        >>> import nncore
        >>> nncore.backend.is_int_dtype("uint8"), nncore.backend.is_int_dtype("bool")
        (True, False)
    """
    return _name(dtype).startswith(("int", "uint"))


def get_uid(prefix: str = "") -> int:
    """Count how often a prefix has been asked for.

    Args:
        prefix: Any text.

    Returns:
        1 at the first call, then 2, and so on; `clear_session` starts again.

    Example:
        >>> import nncore
        >>> nncore.backend.clear_session()
        >>> nncore.backend.get_uid("dense"), nncore.backend.get_uid("dense")
        (1, 2)
    """
    from nncore.registry import auto_name

    # The names' own counter, under a stem that no class has.
    last = auto_name(f"uid of {prefix}".replace("_", " ")).rpartition("_")
    return int(last[2]) + 1 if last[1] else 1


def result_type(*dtypes: Any) -> str:
    """Name the dtype in which operands meet.

    Args:
        *dtypes: Names, NumPy dtypes, or the Python types ``int`` and ``float``, which take any width.

    Returns:
        The dtype's name; ``floatx()`` without arguments.

    Raises:
        ValueError: For a dtype that is not computed in.

    Example:
        >>> import nncore
        >>> nncore.backend.result_type("int64", "float32"), nncore.backend.result_type("float64", int)
        ('float32', 'float64')
    """
    from nncore import ops
    from nncore.ops.dtypes import FLOATS, promote

    firm = [ops.standardize_dtype(dtype) for dtype in dtypes if dtype not in (int, float)]
    if float in dtypes and not set(firm) & set(FLOATS):
        firm.append(floatx())
    if not firm:
        return "int32" if int in dtypes else floatx()
    return promote("int32", *firm) if int in dtypes and set(firm) == {"bool"} else promote(*firm)

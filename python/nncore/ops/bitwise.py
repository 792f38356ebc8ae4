"""Bit operations on integers and booleans."""

from __future__ import annotations

from typing import Any

from nncore.ops.apply import op
from nncore.ops.dtypes import as_operand, dtype_of, is_float, is_weak
from nncore.ops.elementwise import binary, convert, unary

_DOC = """{line}

    Args:
        x: Array of integers{booleans}.
        y: Array of integers{booleans}; the two broadcast together.

    Returns:
        Array of the dtype in which the two meet.

    Raises:
        TypeError: For floats.

    Example:
        >>> from nncore import ops
        >>> ops.{name}([6], [3])
        array([{result}], dtype=int32)
    """


_LOGICAL = {"bit_and": "logical_and", "bit_or": "logical_or", "bit_xor": "logical_xor"}


def _is_bool(x: Any) -> bool:
    return isinstance(x, bool) or (not is_weak(x) and dtype_of(as_operand(x)) == "bool")


def _check(name: str, *operands: Any) -> None:
    for x in operands:
        dtype = type(x).__name__ if is_weak(x) else dtype_of(as_operand(x))
        if dtype == "float" or is_float(dtype):
            raise TypeError(f"{name}: integers or booleans were expected. Received: dtype={dtype}.")


def _two(name: str, primitive: str, line: str, result: int, booleans: bool = True) -> Any:
    def function(x: Any, y: Any) -> Any:
        _check(name, x, y)
        if not booleans and not is_weak(x):
            x = as_operand(x)
            if dtype_of(x) == "bool":
                x = convert(x, "int32")
        logical = _LOGICAL.get(primitive)
        if logical and _is_bool(x) and _is_bool(y):
            # One bit each: the same, and it can be computed beside floats.
            return binary(logical, x, y)
        return binary(primitive, x, y)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _DOC.format(name=name, line=line, result=result, booleans=" or booleans" if booleans else "")
    return op(function)


bitwise_and = _two("bitwise_and", "bit_and", "Bits that are set in both.", 2)
bitwise_or = _two("bitwise_or", "bit_or", "Bits that are set in some of the two.", 7)
bitwise_xor = _two("bitwise_xor", "bit_xor", "Bits that are set in exactly one.", 5)
bitwise_left_shift = _two("bitwise_left_shift", "shift_left", "Bits moved up by ``y`` places.", 48, False)
left_shift = _two("left_shift", "shift_left", "Bits moved up by ``y`` places.", 48, False)
bitwise_right_shift = _two(
    "bitwise_right_shift", "shift_right", "Bits moved down by ``y`` places; the sign stays.", 0, False
)
right_shift = _two("right_shift", "shift_right", "Bits moved down by ``y`` places; the sign stays.", 0, False)


@op
def bitwise_not(x: Any) -> Any:
    """Every bit inverted; ``not`` for booleans.

    Args:
        x: Array of integers or booleans.

    Returns:
        Array of the same shape and dtype.

    Raises:
        TypeError: For floats.

    Example:
        >>> from nncore import ops
        >>> ops.bitwise_not([0, 5])
        array([-1, -6], dtype=int32)
    """
    _check("bitwise_not", x)
    x = as_operand(x)
    dtype = dtype_of(x)
    if dtype == "bool":
        return unary("logical_not", x)
    return binary("bit_xor", x, 255 if dtype == "uint8" else -1)


@op
def bitwise_invert(x: Any) -> Any:
    """Every bit inverted; ``not`` for booleans. The same as ``bitwise_not``.

    Args:
        x: Array of integers or booleans.

    Returns:
        Array of the same shape and dtype.

    Raises:
        TypeError: For floats.

    Example:
        >>> from nncore import ops
        >>> ops.bitwise_invert([True])
        array([False])
    """
    return bitwise_not(x)

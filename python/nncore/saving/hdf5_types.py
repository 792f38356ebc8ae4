"""The shapes and types of HDF5 arrays and attributes, as far as model files use them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from nncore.saving.stored import ByteSource

__all__ = ["read_shape", "read_type"]

_INTEGER, _FLOAT, _TEXT, _OPAQUE, _ENUM, _VARIABLE = 0, 1, 3, 5, 8, 9
# Where the parts of a float are: bit offset, precision, exponent location and size, mantissa location and size, bias.
_FLOATS = {
    2: (0, 16, 10, 5, 0, 10, 15),
    4: (0, 32, 23, 8, 0, 23, 127),
    8: (0, 64, 52, 11, 0, 52, 1023),
}
_MAX_RANK = 32


def read_shape(source: ByteSource, data: bytes) -> tuple[int, ...] | None:
    """Read a dataspace message.

    Args:
        source: The file, for messages.
        data: The message.

    Returns:
        The shape; None for an empty space without one.

    Raises:
        LoadError: If it makes no sense.
    """
    if len(data) < 4 or data[0] not in (1, 2):
        raise source.damaged("the shape of an array is missing")
    version, rank = data[0], data[1]
    if version == 2 and data[3] == 2:
        return None
    start = 8 if version == 1 else 4
    if rank > _MAX_RANK or len(data) < start + 8 * rank:
        raise source.damaged("the shape of an array is cut off")
    return struct.unpack_from(f"<{rank}Q", data, start)


def read_type(source: ByteSource, data: bytes) -> tuple[str, np.dtype[Any] | None]:
    """Read a datatype message.

    Args:
        source: The file, for messages.
        data: The message.

    Returns:
        ``"number"``, ``"text"`` (of fixed length), ``"texts"`` (of variable length), ``"opaque"`` or ``"other"``, and
        the NumPy dtype where there is one.

    Raises:
        LoadError: If it makes no sense.
    """
    if len(data) < 8:
        raise source.damaged("the type of an array is missing")
    kind, bits = data[0] & 15, data[1]
    size = struct.unpack_from("<I", data, 4)[0]
    order = ">" if bits & 1 else "<"
    if kind == _INTEGER and size in (1, 2, 4, 8):
        return "number", np.dtype(f"{order}{'i' if bits & 8 else 'u'}{size}")
    if kind == _FLOAT and size in _FLOATS:
        if len(data) < 20 or bits & 64 or struct.unpack_from("<HHBBBBI", data, 8) != _FLOATS[size]:
            return "other", None
        return "number", np.dtype(f"{order}f{size}")
    if kind == _TEXT:
        return "text", np.dtype(f"S{size}") if 0 < size < 1 << 20 else None
    if kind == _OPAQUE and size == 2:
        return "opaque", np.dtype("<u2")
    if kind == _ENUM and size == 1 and b"FALSE\0" in data and b"TRUE\0" in data:
        # h5py's way to store NumPy's bool.
        return "number", np.dtype("u1")
    if kind == _VARIABLE and bits & 15 == 1:
        return "texts", None
    return "other", None

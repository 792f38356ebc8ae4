"""Reader of IDX files, the format in which MNIST and its relatives are published.

An IDX file of bytes is: two zero bytes, the type code 0x08 (uint8), the number of dimensions,
one big-endian uint32 per dimension, then the values in C order.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib

import numpy as np

__all__ = ["read_idx"]

_UINT8 = 0x08
_GZIP_MAGIC = b"\x1f\x8b"
# More than any data set of this family has; a declared size beyond it is a damaged header.
_MAX_BYTES = 1 << 32


def read_idx(path: str | os.PathLike[str], ndim: int) -> np.ndarray:
    """Read one IDX file of unsigned bytes, compressed with gzip or not.

    Args:
        path: The file. Compression is recognised by content, not by name.
        ndim: The number of dimensions that the array must have.

    Returns:
        A uint8 array of the declared shape.

    Raises:
        ValueError: If the file is no IDX file, has another type or number of dimensions, or
            is shorter or longer than its header says. The message names the file.
        OSError: If the file can't be opened.

    Example:
        >>> import os, tempfile
        >>> from nncore.datasets.idx import read_idx
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "labels")
        ...     with open(path, "wb") as file:
        ...         _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        ...     read_idx(path, ndim=1)
        array([7, 8, 9], dtype=uint8)
    """
    content = _read_bytes(path)
    shape, start = _parse_header(content, ndim, path)
    expected = math.prod(shape)
    found = len(content) - start
    if found != expected:
        kind = "truncated" if found < expected else "longer than its header says"
        raise ValueError(
            f"read_idx: {os.fspath(path)!r} is {kind}: shape {shape} needs {expected} bytes "
            f"after the header. Received: {found} bytes. Fetch the file again."
        )
    # A copy: an array over `bytes` would be read-only.
    return np.frombuffer(content, np.uint8, expected, start).reshape(shape).copy()


def _read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Content of the file, unpacked if it is a gzip file."""
    with open(path, "rb") as file:
        is_gzip = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        try:
            if not is_gzip:
                return file.read(_MAX_BYTES)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return unpacked.read(_MAX_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"read_idx: {os.fspath(path)!r} is a truncated or damaged gzip file ({error}). Fetch the file again."
            ) from error


def _parse_header(content: bytes, ndim: int, path: str | os.PathLike[str]) -> tuple[tuple[int, ...], int]:
    """The declared shape, and where the values begin."""
    expected = bytes([0, 0, _UINT8, ndim])
    if content[:4] != expected:
        raise ValueError(
            f"read_idx: {os.fspath(path)!r} must be an IDX file of unsigned bytes with {ndim} "
            f"dimensions, which begins with the bytes {expected.hex(' ')}. "
            f"Received: {content[:4].hex(' ') or 'an empty file'}."
        )
    start = 4 + 4 * ndim
    if len(content) < start:
        raise ValueError(
            f"read_idx: {os.fspath(path)!r} is truncated: its header needs {start} bytes. "
            f"Received: {len(content)} bytes. Fetch the file again."
        )
    return struct.unpack(f">{ndim}I", content[4:start]), start

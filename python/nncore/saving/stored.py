"""Arrays in files: what is known of them before they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np

from nncore.saving.errors import LoadError

__all__ = ["ByteSource", "Group", "Stored", "StoredTree"]


class ByteSource:
    """Reads pieces of a file, and nothing beyond its end.

    Args:
        file: A binary file that can be positioned.
        what: How messages call it.
    """

    def __init__(self, file: IO[bytes], what: str) -> None:
        self.file = file
        self.what = what
        self.size = file.seek(0, 2)
        # A sound file is read once or twice; one whose parts overlap again and again is meant to keep us busy.
        self._left = 16 * self.size + (1 << 20)

    def read(self, offset: int, size: int) -> bytes:
        """Return ``size`` bytes from ``offset`` on.

        Args:
            offset: Position in the file.
            size: Number of bytes.

        Returns:
            The bytes.

        Raises:
            LoadError: If the file ends before.
        """
        self.check(offset, size)
        self._left -= size
        if self._left < 0:
            raise self.damaged("its parts overlap")
        self.file.seek(offset)
        data = self.file.read(size)
        if len(data) != size:
            raise self.damaged(f"bytes {offset} to {offset + size} can't be read")
        return data

    def check(self, offset: int, size: int) -> None:
        """Raise LoadError unless the file has these bytes."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise self.damaged(f"it refers to bytes {offset} to {offset + size}, but has only {self.size}")

    def damaged(self, why: str) -> LoadError:
        """The error for contents that make no sense, ready to be raised."""
        return LoadError(f"{self.what} is damaged or truncated: {why}. Save the model again, or take another copy.")

    def refused(self, why: str) -> LoadError:
        """The error for contents that are well-formed but not loaded, ready to be raised."""
        return LoadError(
            f"{self.what}: not allowed: {why}. Only plain arrays are read, as Keras and nncore write them; "
            "save the model again with one of them."
        )


class Stored:
    """An array in a file, not read yet.

    Args:
        source: The file.
        offset: Where its bytes begin.
        shape: Its shape.
        dtype: The dtype of its bytes.
        bfloat16: Whether the 2-byte values are bfloat16, which is read as float32. Defaults to False.
    """

    def __init__(
        self, source: ByteSource, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any], bfloat16: bool = False
    ) -> None:
        self.source = source
        self.offset = offset
        self.shape = shape
        self.dtype = dtype
        self.bfloat16 = bfloat16
        self.nbytes = math.prod(shape) * dtype.itemsize
        source.check(offset, self.nbytes)

    def read(self) -> np.ndarray[Any, Any]:
        """Read the values."""
        data = self.source.read(self.offset, self.nbytes)
        array = np.frombuffer(data, self.dtype).reshape(self.shape)
        if self.bfloat16:
            # A bfloat16 is the upper half of a float32.
            return (array.view(self.dtype).astype("uint32") << 16).view("float32")
        return array


class Group(Mapping[str, np.ndarray[Any, Any]]):
    """The arrays of one layer or optimizer by key, read when they are asked for: a store to load from.

    Args:
        arrays: The stored arrays by key.
    """

    def __init__(self, arrays: Mapping[str, Stored]) -> None:
        self.arrays = dict(arrays)

    def __getitem__(self, key: str) -> np.ndarray[Any, Any]:
        return self.arrays[key].read()

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


class StoredTree:
    """All arrays of a file by the path of their group, and the groups' attributes.

    Args:
        source: The file.
    """

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.groups: dict[str, dict[str, Stored]] = {}
        self.attributes: dict[str, dict[str, Any]] = {}
        self.nbytes = 0

    def add(self, group: str, key: str, array: Stored) -> None:
        """Note one array.

        Args:
            group: Path of its group.
            key: Its name in the group.
            array: The array.

        Raises:
            LoadError: If the arrays together are larger than the file.
        """
        self.groups.setdefault(group, {})[key] = array
        self.nbytes += array.nbytes
        if self.nbytes > self.source.size:
            raise self.source.damaged("its arrays are larger than the file")

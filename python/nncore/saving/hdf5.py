"""Reads HDF5 files as Keras writes them, and nothing else that HDF5 can be.

The library behind h5py is made for trusted files: a few changed bytes can make it crash or spin. Model files come from
anywhere, so they are read here, in Python, with every offset checked against the file's end. What is read is the
classic layout (h5py's default): groups as symbol tables, contiguous and compact arrays of numbers, attributes. Links,
external storage, virtual and chunked data, filters and newer layouts are refused by name.

Format: "HDF5 File Format Specification Version 3.0", The HDF Group.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from nncore.saving.hdf5_types import read_shape, read_type
from nncore.saving.stored import ByteSource, Stored, StoredTree

__all__ = ["read_hdf5"]

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_NOWHERE = 0xFFFFFFFFFFFFFFFF
_MAX_DEPTH = 64
_MAX_STEPS = 2_000_000

_SHAPE, _TYPE, _LAYOUT, _ATTRIBUTE, _CONTINUED, _TABLE = 0x01, 0x03, 0x08, 0x0C, 0x10, 0x11
_REFUSED = {
    0x02: "a group in HDF5's newer layout, or with soft or external links",
    0x06: "a soft or external link, or a group in HDF5's newer layout",
    0x07: "an array in external files",
    0x0B: "a compressed or otherwise filtered array",
    0x15: "attributes in HDF5's newer layout",
}


def read_hdf5(file: IO[bytes], what: str) -> StoredTree:
    """List the arrays and attributes of an HDF5 file.

    Args:
        file: The file, open for reading.
        what: How messages call it.

    Returns:
        The tree; its arrays are read later.

    Raises:
        LoadError: If the file is damaged, or uses what is refused.
    """
    return _Reader(ByteSource(file, what)).read()


class _Reader:
    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.tree = StoredTree(source)
        # Each structure is read once: a file that leads back to one is damaged, or meant to never end.
        self.seen: set[int] = set()
        self.steps = 0
        self.texts: dict[int, dict[int, tuple[int, int]]] = {}

    def read(self) -> StoredTree:
        source = self.source
        if source.size < 96 or source.read(0, 8) != _SIGNATURE:
            raise source.damaged("it does not begin as an HDF5 file")
        version = source.read(8, 1)[0]
        if version > 1:
            raise source.refused("HDF5's newer layout (h5py writes it with libver='latest')")
        if source.read(13, 2) != b"\x08\x08":
            raise source.refused("an HDF5 file whose offsets are not 8 bytes long")
        start = 24 if version == 0 else 28
        base, _, end, _ = struct.unpack("<4Q", source.read(start, 32))
        if base != 0 or end > source.size:
            raise source.damaged(f"its header says {end} bytes, it has {source.size}")
        address = struct.unpack("<Q", source.read(start + 40, 8))[0]
        self._object("", "", address, 0)
        return self.tree

    # -- objects --

    def _once(self, address: int) -> None:
        if address in self.seen:
            raise self.source.damaged(f"two parts refer to the same one, at {address}")
        self.seen.add(address)

    def _step(self, count: int) -> None:
        self.steps += count
        if self.steps > _MAX_STEPS:
            raise self.source.damaged("it has too many parts")

    def _object(self, group: str, name: str, address: int, depth: int) -> None:
        """Read a group or an array, and what is below it."""
        self._once(address)
        path = f"{group}/{name}" if group else name
        if depth > _MAX_DEPTH:
            raise self.source.damaged(f"its groups are nested too deeply, at {path[:80]!r}")
        found: dict[int, bytes] = {}
        attributes: dict[str, Any] = {}
        for kind, data in self._messages(address):
            if kind in _REFUSED:
                raise self.source.refused(f"{_REFUSED[kind]}, at {path!r}")
            if kind == _ATTRIBUTE:
                key, value = self._attribute(data)
                attributes[key] = value
            elif kind in (_SHAPE, _TYPE, _LAYOUT, _TABLE):
                found[kind] = data
        if _TABLE in found:
            if attributes:
                self.tree.attributes[path] = attributes
            for child, where in self._entries(found[_TABLE], path):
                self._object(path, child, where, depth + 1)
        elif _SHAPE in found and _TYPE in found and _LAYOUT in found:
            stored = self._array(path, found, attributes)
            if stored is not None:
                self.tree.add(group, name, stored)
        else:
            raise self.source.damaged(f"{path!r} is neither a group nor an array")

    def _messages(self, address: int) -> Iterator[tuple[int, bytes]]:
        version, _, count, _, size = struct.unpack("<BBHII", self.source.read(address, 12))
        if version != 1:
            raise self.source.refused("HDF5's newer layout (h5py writes it with libver='latest')")
        self._step(count)
        blocks = [(address + 16, size)]
        while blocks:
            where, size = blocks.pop(0)
            block = self.source.read(where, size)
            position = 0
            while position + 8 <= size and count:
                kind, length, flags = struct.unpack_from("<HHB", block, position)
                data = block[position + 8 : position + 8 + length]
                if len(data) != length:
                    raise self.source.damaged(f"the object at {address} ends too early")
                if flags & 2:
                    raise self.source.refused("a part that is shared between objects")
                position += 8 + length
                count -= 1
                if kind == _CONTINUED:
                    where, length = self._unpack("<QQ", data)
                    self._once(where)
                    blocks.append((where, length))
                else:
                    yield kind, data
        if count:
            raise self.source.damaged(f"the object at {address} ends too early")

    def _unpack(self, layout: str, data: bytes, offset: int = 0) -> tuple[Any, ...]:
        if offset < 0 or offset + struct.calcsize(layout) > len(data):
            raise self.source.damaged("a part is too short")
        return struct.unpack_from(layout, data, offset)

    # -- groups --

    def _entries(self, table: bytes, path: str) -> Iterator[tuple[str, int]]:
        """Names and addresses of a group's members."""
        tree, heap = self._unpack("<QQ", table)
        self._once(heap)
        header = self.source.read(heap, 32)
        size, _, where = struct.unpack("<QQQ", header[8:])
        if header[:4] != b"HEAP":
            raise self.source.damaged(f"the names in {path!r} are missing")
        names = self.source.read(where, size)
        for node in self._leaves(tree, 0):
            head = self.source.read(node, 8)
            count = struct.unpack("<H", head[6:])[0]
            if head[:4] != b"SNOD":
                raise self.source.damaged(f"the members of {path!r} are missing")
            self._step(count)
            block = self.source.read(node + 8, 40 * count)
            for i in range(count):
                offset, address, cache = struct.unpack_from("<QQI", block, 40 * i)
                if cache == 2 or address == _NOWHERE:
                    raise self.source.refused(f"a soft link in {path!r}")
                yield self._name(names, offset, path), address

    def _name(self, names: bytes, offset: int, path: str) -> str:
        end = names.find(b"\0", offset) if offset < len(names) else -1
        name = names[offset:end].decode("utf-8", "replace") if end > offset else ""
        if not name or "/" in name or name in (".", ".."):
            raise self.source.damaged(f"a member of {path!r} has the name {name!r}")
        return name

    def _leaves(self, address: int, depth: int) -> Iterator[int]:
        self._once(address)
        head = self.source.read(address, 24)
        kind, level, used = struct.unpack("<BBH", head[4:8])
        if head[:4] != b"TREE" or kind != 0 or depth > 16:
            raise self.source.damaged("a group's index is not one")
        block = self.source.read(address + 24, 16 * used + 8)
        for i in range(used):
            child = struct.unpack_from("<Q", block, 16 * i + 8)[0]
            if level == 0:
                self._once(child)
                yield child
            else:
                yield from self._leaves(child, depth + 1)

    # -- arrays and attributes --

    def _array(self, path: str, found: dict[int, bytes], attributes: dict[str, Any]) -> Stored | None:
        shape = read_shape(self.source, found[_SHAPE])
        kind, dtype = read_type(self.source, found[_TYPE])
        layout = found[_LAYOUT]
        version, storage = self._unpack("<BB", layout)
        if version not in (3, 4) or storage not in (0, 1):
            named = {2: "a chunked array", 3: "a virtual array"}.get(storage, "an array in a layout of old")
            raise self.source.refused(f"{named}, {path!r}")
        if kind not in ("number", "opaque") or dtype is None or shape is None:
            raise self.source.refused(f"an array that holds no numbers, {path!r}")
        needed = math.prod(shape) * dtype.itemsize
        if storage == 0:
            # Compact: the values are in this message; where that is in the file no longer matters.
            size = self._unpack("<H", layout, 2)[0]
            return self._check_size(path, shape, needed, size, _Inline(layout[4 : 4 + size], shape, dtype))
        where, size = self._unpack("<QQ", layout, 2)
        if where == _NOWHERE:
            if needed:
                raise self.source.refused(f"the array {path!r} of shape {shape}, for which nothing is stored")
            return _Inline(b"", shape, dtype)
        bfloat16 = kind == "opaque"
        if bfloat16 and attributes.get("dtype") != "bfloat16":
            raise self.source.refused(f"an array that holds no numbers, {path!r}")
        return self._check_size(path, shape, needed, size, Stored(self.source, where, shape, dtype, bfloat16))

    def _check_size(self, path: str, shape: Any, needed: int, size: int, stored: Stored) -> Stored:
        if needed != size:
            raise self.source.damaged(f"the array {path!r} of shape {shape} needs {needed} bytes, it has {size}")
        return stored

    def _attribute(self, data: bytes) -> tuple[str, Any]:
        version, _, name_size, type_size, shape_size = self._unpack("<BBHHH", data)
        if version not in (1, 2, 3):
            raise self.source.damaged(f"an attribute has the version {version}")
        position = 9 if version == 3 else 8

        def take(size: int) -> bytes:
            nonlocal position
            part = data[position : position + size]
            if len(part) != size:
                raise self.source.damaged("an attribute is too short")
            position += -(-size // 8) * 8 if version == 1 else size
            return part

        name = take(name_size).split(b"\0")[0].decode("utf-8", "replace")
        kind, dtype = read_type(self.source, take(type_size))
        shape = read_shape(self.source, take(shape_size))
        if shape is None or (kind in ("number", "text") and dtype is None):
            return name, None
        count = math.prod(shape)
        if kind == "number" and dtype is not None:
            values = np.frombuffer(take(count * dtype.itemsize), dtype).reshape(shape)
            return name, values[()]
        if kind == "text" and dtype is not None:
            size = dtype.itemsize
            raw = take(count * size)
            texts = [raw[i * size : (i + 1) * size].rstrip(b"\0").decode("utf-8", "replace") for i in range(count)]
        elif kind == "texts":
            raw = take(count * 16)
            texts = [self._text(*struct.unpack_from("<IQI", raw, 16 * i)) for i in range(count)]
        else:
            return name, None
        return name, texts if shape else texts[0]

    def _text(self, length: int, collection: int, index: int) -> str:
        """A string of the global heap."""
        if length == 0:
            return ""
        if collection not in self.texts:
            self.texts[collection] = self._collection(collection)
        where, size = self.texts[collection].get(index, (0, -1))
        if length > size:
            raise self.source.damaged("a text is missing")
        return self.source.read(where, length).decode("utf-8", "replace")

    def _collection(self, address: int) -> dict[int, tuple[int, int]]:
        """Where the members of a part of the global heap are, and how long."""
        head = self.source.read(address, 16)
        size = struct.unpack("<Q", head[8:])[0]
        if head[:4] != b"GCOL":
            raise self.source.damaged("a text is missing")
        self.source.check(address, size)
        members = {}
        position, end = address + 16, address + size
        while position + 16 <= end:
            self._step(1)
            number, _, _, length = struct.unpack("<HHIQ", self.source.read(position, 16))
            if number == 0:
                break
            members[number] = (position + 16, length)
            position += 16 + -(-length // 8) * 8
        return members


class _Inline(Stored):
    """An array whose bytes are at hand."""

    def __init__(self, data: bytes, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.shape, self.dtype, self.nbytes, self.data = shape, dtype, len(data), data
        self.bfloat16 = False

    def read(self) -> np.ndarray[Any, Any]:
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)

"""The safetensors format: a JSON table of names, dtypes and positions, then the bytes.

Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import struct
from typing import IO, Any

import numpy as np

from nncore.saving.archive import parse_json
from nncore.saving.collect import State
from nncore.saving.stored import ByteSource, Stored, StoredTree

__all__ = ["read_safetensors", "write_safetensors"]

_DTYPES = {
    "BOOL": "u1",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "BF16": "<u2",
    "F32": "<f4",
    "F64": "<f8",
}
_NAMES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "uint16": "U16",
    "int16": "I16",
    "uint32": "U32",
    "int32": "I32",
    "uint64": "U64",
    "int64": "I64",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
}
# The format's own limit.
_MAX_HEADER = 100_000_000


def write_safetensors(file: IO[bytes], states: list[State]) -> None:
    """Write the state of a model; the tensors' names are the paths that an HDF5 file has.

    Args:
        file: Where to.
        states: What ``collect_state`` returned.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    labels: dict[str, str] = {}
    for state in states:
        group = f"{state.path}/vars" if state.path else "vars"
        for key, array in state.arrays.items():
            # Arrays of many bytes per value first, so that each begins at a multiple of its size.
            arrays[f"{group}/{key}"] = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
            if key in state.labels:
                labels[f"{group}/{key}"] = state.labels[key]
    ordered = sorted(arrays.items(), key=lambda item: -item[1].itemsize)
    header: dict[str, Any] = {"__metadata__": {"format": "nncore", **labels}}
    position = 0
    for name, array in ordered:
        end = position + array.nbytes
        header[name] = {
            "dtype": _NAMES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [position, end],
        }
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)))
    file.write(text)
    for _, array in ordered:
        file.write(array.tobytes())


def read_safetensors(file: IO[bytes], what: str) -> StoredTree:
    """List the arrays of a safetensors file.

    Args:
        file: The file, open for reading.
        what: How messages call it.

    Returns:
        The tree; its arrays are read later.

    Raises:
        LoadError: If the file is damaged.
    """
    source = ByteSource(file, what)
    size = struct.unpack("<Q", source.read(0, 8))[0]
    if size > _MAX_HEADER:
        raise source.damaged(f"its header would be {size} bytes long")
    header = parse_json(source.read(8, size), f"The header of {what}")
    if not isinstance(header, dict):
        raise source.damaged("its header is no dictionary")
    tree = StoredTree(source)
    used = 0
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        dtype, shape, begin, end = _entry(source, name, entry)
        stored = Stored(source, 8 + size + begin, shape, np.dtype(_DTYPES[dtype]), dtype == "BF16")
        if end - begin != stored.nbytes:
            raise source.damaged(f"{name[:80]!r} of shape {shape} and type {dtype} is given {end - begin} bytes")
        group, _, key = name.rpartition("/")
        tree.add(group, key, stored)
        used += stored.nbytes
    if 8 + size + used != source.size:
        raise source.damaged(f"its arrays have {used} bytes, {source.size - 8 - size} are there")
    return tree


def _entry(source: ByteSource, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """dtype, shape, begin and end of one array, checked."""
    try:
        dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, begin, end]
    except (TypeError, KeyError, ValueError):
        raise source.damaged(f"the entry of {name[:80]!r} is incomplete") from None
    if dtype not in _DTYPES or len(shape) > 32 or not all(type(n) is int and n >= 0 for n in numbers):
        raise source.damaged(f"the entry of {name[:80]!r} makes no sense: {str(entry)[:200]}")
    if math.prod(shape) > source.size:
        raise source.damaged(f"{name[:80]!r} of shape {tuple(shape)} is larger than the file")
    return dtype, tuple(shape), begin, end

"""TensorBoard's event files: records with checksums around messages in Protocol Buffers' encoding."""

from __future__ import annotations

import os
import socket
import struct
import time
import zlib
from itertools import count
from typing import Any

import numpy as np

__all__ = ["EventFile", "histogram", "image", "scalar", "text_of_plugin"]

_numbers = count()
# Bytes that may wait.
_MOST = 1 << 20

# ---- Protocol Buffers: a field is its number and kind, then a varint, eight bytes, four bytes, or a length and bytes.


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _whole(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


# ---- summaries: the number of each field is that of TensorBoard's summary.proto, tensor.proto and histogram.proto


def scalar(tag: str, value: float) -> bytes:
    """A summary of one number."""
    return _text(1, tag) + _float(2, value)


def histogram(tag: str, values: Any, buckets: int = 30) -> bytes:
    """A summary of the distribution of an array's finite values, in buckets of one width."""
    numbers = np.asarray(values, dtype=np.float64).ravel()
    numbers = numbers[np.isfinite(numbers)]
    counts, edges = np.histogram(numbers, buckets)
    low, high = (numbers.min(), numbers.max()) if numbers.size else (0.0, 0.0)
    message = _double(1, low) + _double(2, high) + _double(3, numbers.size)
    message += _double(4, numbers.sum()) + _double(5, float(numbers @ numbers))
    message += _bytes(6, edges[1:].astype("<f8").tobytes()) + _bytes(7, counts.astype("<f8").tobytes())
    return _text(1, tag) + _bytes(5, message)


def image(tag: str, pixels: Any) -> bytes:
    """A summary of an image of uint8, `(height, width, channels)` with 1, 3 or 4 channels."""
    height, width, channels = pixels.shape
    message = _whole(1, height) + _whole(2, width) + _whole(3, channels) + _bytes(4, _png(pixels))
    return _text(1, tag) + _bytes(4, message)


def text_of_plugin(tag: str, text: str, plugin: str) -> bytes:
    """A summary of a text that one of TensorBoard's plugins reads."""
    string = 7  # tensor.proto's DT_STRING
    tensor = _whole(1, string) + _bytes(2, b"") + _text(8, text)
    metadata = _bytes(1, _text(1, plugin) + _text(2, "1"))
    return _text(1, tag) + _bytes(8, tensor) + _bytes(9, metadata)


def _png(pixels: Any) -> bytes:
    height, width, channels = pixels.shape
    kind = {1: 0, 3: 2, 4: 6}[channels]
    # Each row begins with its filter's number, 0 for none.
    rows = np.zeros((height, 1 + width * channels), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    found = b"\x89PNG\r\n\x1a\n"
    for name, data in parts:
        found += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return found


# ---- records


def _crc_table() -> list[int]:
    """The table of CRC-32C (Castagnoli), reflected."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def masked_crc(data: bytes) -> int:
    """The checksum of a record's part: CRC-32C, turned and moved so that checksums of checksums make no trouble."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class EventFile:
    """A new event file in a folder. Records wait in memory until they are flushed, so that no file stays open.

    Args:
        folder: The folder; it is made.
    """

    def __init__(self, folder: str) -> None:
        os.makedirs(folder, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}.v2"
        self.path = os.path.join(folder, name)
        self._waiting: list[bytes] = []
        self._size = 0
        self._record(_double(1, time.time()) + _text(3, "brain.Event:2"))

    def write(self, step: int, *summaries: bytes) -> None:
        """Write summaries of one step."""
        values = b"".join(_bytes(1, summary) for summary in summaries)
        self._record(_double(1, time.time()) + _whole(2, step) + _bytes(5, values))

    def _record(self, data: bytes) -> None:
        length = struct.pack("<Q", len(data))
        checks = (struct.pack("<I", masked_crc(part)) for part in (length, data))
        self._waiting.append(length + next(checks) + data + next(checks))
        self._size += len(data)
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        """Append what has been written to the file."""
        with open(self.path, "ab") as file:
            file.write(b"".join(self._waiting))
        self._waiting.clear()
        self._size = 0

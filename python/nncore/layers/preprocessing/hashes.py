"""Hashes of texts that other systems compute as well: FarmHash's fingerprint and SipHash-2-4, of 64 bits each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["bucket", "farm_fingerprint", "sip_hash"]

_ALL = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _fetch(s: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(s[at : at + size], "little")


def _rotate(x: int, by: int) -> int:
    return ((x >> by) | (x << (64 - by))) & _ALL


def _shift_mix(x: int) -> int:
    return x ^ (x >> 47)


def _mix(u: int, v: int, mul: int) -> int:
    """Hash of 128 bits."""
    a = _shift_mix((u ^ v) * mul & _ALL)
    return _shift_mix((v ^ a) * mul & _ALL) * mul & _ALL


def _up_to_16(s: bytes) -> int:
    n = len(s)
    mul = _K2 + n * 2
    if n >= 8:
        a, b = _fetch(s, 0) + _K2 & _ALL, _fetch(s, n - 8)
        c = _rotate(b, 37) * mul + a & _ALL
        d = (_rotate(a, 25) + b) * mul & _ALL
        return _mix(c, d, mul)
    if n >= 4:
        return _mix(n + (_fetch(s, 0, 4) << 3), _fetch(s, n - 4, 4), mul)
    if n:
        y = s[0] + (s[n >> 1] << 8)
        z = n + (s[n - 1] << 2)
        return _shift_mix((y * _K2 ^ z * _K0) & _ALL) * _K2 & _ALL
    return _K2


def _up_to_32(s: bytes) -> int:
    n = len(s)
    mul = _K2 + n * 2
    a, b = _fetch(s, 0) * _K1 & _ALL, _fetch(s, 8)
    c, d = _fetch(s, n - 8) * mul & _ALL, _fetch(s, n - 16) * _K2 & _ALL
    return _mix(_rotate(a + b & _ALL, 43) + _rotate(c, 30) + d & _ALL, a + _rotate(b + _K2 & _ALL, 18) + c & _ALL, mul)


def _up_to_64(s: bytes) -> int:
    n = len(s)
    mul = _K2 + n * 2
    a, b = _fetch(s, 0) * _K2 & _ALL, _fetch(s, 8)
    c, d = _fetch(s, n - 8) * mul & _ALL, _fetch(s, n - 16) * _K2 & _ALL
    y = _rotate(a + b & _ALL, 43) + _rotate(c, 30) + d & _ALL
    z = _mix(y, a + _rotate(b + _K2 & _ALL, 18) + c & _ALL, mul)
    e, f = _fetch(s, 16) * mul & _ALL, _fetch(s, 24)
    g, h = (y + _fetch(s, n - 32)) * mul & _ALL, (z + _fetch(s, n - 24)) * mul & _ALL
    return _mix(_rotate(e + f & _ALL, 43) + _rotate(g, 30) + h & _ALL, e + _rotate(f + a & _ALL, 18) + g & _ALL, mul)


def _weak(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """Hash 32 bytes into two numbers."""
    w, x, y, z = (_fetch(s, at + 8 * i) for i in range(4))
    a = a + w & _ALL
    b = _rotate(b + a + z & _ALL, 21)
    c = a
    a = a + x + y & _ALL
    b = b + _rotate(a, 44) & _ALL
    return a + z & _ALL, b + c & _ALL


def farm_fingerprint(s: bytes) -> int:
    """FarmHash's 64-bit fingerprint (Pike, "FarmHash", 2014), the same on all machines.

    Args:
        s: Any bytes.

    Returns:
        Whole number below 2**64.

    Example:
        >>> from nncore.layers.preprocessing.hashes import farm_fingerprint
        >>> hex(farm_fingerprint(b""))
        '0x9ae16a3b2f90404f'
    """
    n = len(s)
    if n <= 16:
        return _up_to_16(s)
    if n <= 32:
        return _up_to_32(s)
    if n <= 64:
        return _up_to_64(s)
    seed = 81
    x, y = seed, seed * _K1 + 113 & _ALL
    z = _shift_mix(y * _K2 + 113 & _ALL) * _K2 & _ALL
    v, w = (0, 0), (0, 0)
    x = x * _K2 + _fetch(s, 0) & _ALL
    end = (n - 1) // 64 * 64
    for at in range(0, end, 64):
        x, y, z, v, w = _long_step(s, at, x, y, z, v, w, _K1, 1)
    mul = _K1 + ((z & 0xFF) << 1) & _ALL
    w = (w[0] + ((n - 1) & 63) & _ALL, w[1])
    v = (v[0] + w[0] & _ALL, v[1])
    w = (w[0] + v[0] & _ALL, w[1])
    x, y, z, v, w = _long_step(s, n - 64, x, y, z, v, w, mul, 9)
    return _mix(_mix(v[0], w[0], mul) + _shift_mix(y) * _K0 + z & _ALL, _mix(v[1], w[1], mul) + x & _ALL, mul)


def _long_step(s: bytes, at: int, x: int, y: int, z: int, v: Any, w: Any, mul: int, times: int) -> Any:
    x = _rotate(x + y + v[0] + _fetch(s, at + 8) & _ALL, 37) * mul & _ALL
    y = _rotate(y + v[1] + _fetch(s, at + 48) & _ALL, 42) * mul & _ALL
    x ^= w[1] * times & _ALL
    y = y + v[0] * times + _fetch(s, at + 40) & _ALL
    z = _rotate(z + w[0] & _ALL, 33) * mul & _ALL
    v = _weak(s, at, v[1] * mul & _ALL, x + w[0] & _ALL)
    w = _weak(s, at + 32, z + w[1] & _ALL, y + _fetch(s, at + 16) & _ALL)
    return z, y, x, v, w


def _sip_round(v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
    v0 = v0 + v1 & _ALL
    v1 = _rotate(v1, 51) ^ v0
    v2 = v2 + v3 & _ALL
    v3 = _rotate(v3, 48) ^ v2
    v0 = _rotate(v0, 32) + v3 & _ALL
    v3 = _rotate(v3, 43) ^ v0
    v2 = v2 + v1 & _ALL
    v1 = _rotate(v1, 47) ^ v2
    return v0, v1, _rotate(v2, 32), v3


def sip_hash(s: bytes, key: Sequence[int]) -> int:
    """SipHash-2-4 (Aumasson and Bernstein, 2012).

    Args:
        s: Any bytes.
        key: Two whole numbers below 2**64.

    Returns:
        Whole number below 2**64.

    Example:
        >>> from nncore.layers.preprocessing.hashes import sip_hash
        >>> hex(sip_hash(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))
        '0xa129ca6149be45e5'
    """
    k0, k1 = (int(k) & _ALL for k in key)
    v0, v1, v2, v3 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573
    padded = s + bytes(7 - len(s) % 8) + bytes([len(s) & 0xFF])
    for at in range(0, len(padded), 8):
        word = _fetch(padded, at)
        v0, v1, v2, v3 = _sip_round(*_sip_round(v0, v1, v2, v3 ^ word))
        v0 ^= word
    v2 ^= 0xFF
    for _ in range(4):
        v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


def bucket(texts: Any, buckets: int, key: Sequence[int] | None = None) -> Any:
    """The bucket that each text falls in.

    Args:
        texts: NumPy array of str, bytes or whole numbers (which are written out).
        buckets: How many there are.
        key: Two numbers for SipHash; FarmHash's fingerprint without. Defaults to None.

    Returns:
        Array of int64 of the same shape.

    Example:
        >>> import numpy as np
        >>> from nncore.layers.preprocessing.hashes import bucket
        >>> bucket(np.array(["A", "B"]), 3).tolist()
        [1, 0]
    """
    found: dict[bytes, int] = {}
    out = np.empty(texts.shape, np.int64)
    for i, text in enumerate(texts.reshape(-1).tolist()):
        data = text if isinstance(text, bytes) else str(text).encode()
        if data not in found:
            found[data] = (farm_fingerprint(data) if key is None else sip_hash(data, key)) % buckets
        out.reshape(-1)[i] = found[data]
    return out

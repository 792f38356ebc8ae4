"""Cache sizes: what is detected, what may be forced, and that no result depends on them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nncore import _native

# Every path of the matrix engine, with operands larger and smaller than what the caches below hold.
SHAPES = [(1, 700, 900), (8, 300, 500), (60, 40, 200), (150, 520, 97), (300, 1100, 10), (90, 90, 400), (400, 9, 33)]
PRODUCTS = (
    f"SHAPES = {SHAPES}"
    + """
import hashlib
import numpy as np
from nncore import _native
digest = hashlib.sha256()
rng = np.random.default_rng(0)
for dtype in ("float32", "float64"):
    for m, k, n in SHAPES:
        for forward in (True, False):
            for turned in ("", "a", "b"):
                a = rng.normal(size=(k, m) if turned == "a" else (m, k)).astype(dtype)
                b = rng.normal(size=(n, k) if turned == "b" else (k, n)).astype(dtype)
                a, b = a.T if turned == "a" else a, b.T if turned == "b" else b
                c = np.zeros((m, n), dtype)
                bias = [rng.normal(size=n).astype(dtype)] if forward else []
                _native.execute("matmul", [a, b, *bias, c], 2 + len(bias), (3 * forward, forward, not forward), (0.0,))
                digest.update(c.tobytes())
print(digest.hexdigest())
"""
)


def run(code: str, sizes: str | None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "NNCORE_CACHE_SIZES"}
    if sizes is not None:
        environment["NNCORE_CACHE_SIZES"] = sizes
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


def test_results_do_not_depend_on_the_caches() -> None:
    sizes = [None, "4096,4096,0", "16384,65536,100000", "49152,2097152,4194304", "32768,1073741824,1073741824"]
    digests = [run(PRODUCTS, forced).stdout.strip() for forced in sizes]
    assert len(digests[0]) == 64
    assert set(digests) == {digests[0]}


def test_forced_sizes_are_used() -> None:
    done = run("from nncore import _native; print(_native.cache_sizes())", "4096,8192,0")
    assert done.stdout.strip() == "(4096, 8192, 0)"


@pytest.mark.parametrize("sizes", ["32768", "1,2,3", "65536,32768,0", "32K,1M,4M", "32768,65536,0,1", "4096,4096,-1"])
def test_wrong_sizes_are_refused(sizes: str) -> None:
    done = run("from nncore import _native", sizes)
    assert "ImportError: NNCORE_CACHE_SIZES must be the bytes of" in done.stderr
    assert f"Received: NNCORE_CACHE_SIZES={sizes}" in done.stderr


def lay_out(root: Path, *caches: tuple[str, str, str, str]) -> str:
    for index, described in enumerate(caches):
        folder = root / f"sys/devices/system/cpu/cpu0/cache/index{index}"
        folder.mkdir(parents=True)
        for name, text in zip(("level", "type", "size", "shared_cpu_list"), described, strict=True):
            (folder / name).write_text(text + "\n")
    return str(root)


def test_shares_of_one_core(tmp_path: Path) -> None:
    """Two threads a core; four cores share a second level, all eight the third."""
    root = lay_out(
        tmp_path,
        ("1", "Data", "48K", "0-1"),
        ("1", "Instruction", "32K", "0-1"),
        ("2", "Unified", "4096K", "0-7"),
        ("3", "Unified", "32M", "0-7,16-23"),
    )
    assert _native.detect_cache_sizes(root) == (48 << 10, 1 << 20, 4 << 20)


def test_what_is_not_described_is_left(tmp_path: Path) -> None:
    assert _native.detect_cache_sizes(lay_out(tmp_path, ("1", "Data", "32K", "0"))) == (32 << 10, 0, 0)
    assert _native.detect_cache_sizes(str(tmp_path / "nothing")) == (0, 0, 0)
    assert all(size > 0 for size in _native.cache_sizes()[:2])

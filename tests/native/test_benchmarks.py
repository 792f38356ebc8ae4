"""Every kernel has a benchmark and the counted instructions have their cases."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nncore import _native

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_every_kernel_has_a_row() -> None:
    sources = "".join(path.read_text() for path in (BENCHMARKS / "native").glob("*.cpp"))
    named = set(re.findall(r'"(\w+)"', sources))
    assert [kernel for kernel in _native.kernels() if kernel not in named] == []


def test_counts_are_kept_for_every_case() -> None:
    kept = json.loads((BENCHMARKS / "instructions.json").read_text())
    cases = re.findall(r'^        "([^"]+)": ', (BENCHMARKS / "instructions_worker.py").read_text(), re.MULTILINE)
    assert list(kept["instructions"]) == cases
    assert all(count > 0 for count in kept["instructions"].values())

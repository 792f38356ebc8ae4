"""The smaller benchmark scripts run and print their tables."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(name: str, *arguments: str) -> list[str]:
    command = [sys.executable, BENCHMARKS / name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=True).stdout.splitlines()


def test_watched_steps() -> None:
    lines = run("watched_steps.py", "--steps", "20", "--rounds", "1")
    assert len(lines) == 3
    assert all(re.search(r" +[\d.]+ us per step, Python's part +-?[\d.]+ us$", line) for line in lines)


def test_step_budget() -> None:
    lines = run("step_budget.py", "--rounds", "1", "--cases", "784-32-10 batch 32")
    assert any("784-32-10" in line for line in lines)

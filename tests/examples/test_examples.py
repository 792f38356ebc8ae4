"""The examples run as a reader would run them, and reach what they promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FASHION = Path("/usr/share/datasets/fashion-mnist")


def run(name: str, *arguments: str | Path, folder: Path, **environment: str) -> str:
    """Run an example in an empty folder; its output."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def accuracy_of(output: str) -> float:
    line = output.strip().splitlines()[-1]
    name, _, value = line.partition(": ")
    assert name == "Test accuracy"
    return float(value)


def test_digits(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    output = run("digits.py", folder=tmp_path)
    assert accuracy_of(output) >= 0.97
    assert (tmp_path / "digits.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert "val_accuracy" in output
    assert "\x1b" not in output, "control codes in the output, which is no terminal"


def test_digits_without_matplotlib(tmp_path: Path) -> None:
    # A package of that name that can't be imported stands for a missing one.
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "matplotlib.py").write_text("raise ImportError('hidden')\n")
    path = os.pathsep.join([str(tmp_path / "hide"), os.environ.get("PYTHONPATH", "")])
    output = run("digits.py", folder=tmp_path, PYTHONPATH=path)
    assert "No picture" in output
    assert accuracy_of(output) >= 0.97
    assert not (tmp_path / "digits.png").exists()


@pytest.mark.skipif(not FASHION.is_dir(), reason="dataset-fashion-mnist is not installed")
def test_fashion_mnist(tmp_path: Path) -> None:
    assert accuracy_of(run("fashion_mnist.py", FASHION, folder=tmp_path)) >= 0.88


def test_fashion_mnist_says_how_it_is_called(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "fashion_mnist.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "FOLDER" in done.stderr

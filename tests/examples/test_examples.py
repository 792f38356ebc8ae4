"""The examples run as a reader would run them, and reach what they promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nncore

EXAMPLES = Path(__file__).parents[2] / "examples"


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


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write a file as the original data sets have them: magic number, sizes, bytes."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(int(d).to_bytes(4, "big") for d in array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


def write_enlarged_digits(folder: Path) -> None:
    """Digits that were enlarged to the size of the clothes, as the clothes' files."""
    sets = zip(("train", "t10k"), nncore.datasets.digits.load_data(), strict=True)
    for name, (images, labels) in sets:
        large = np.pad(np.kron(images, np.ones((3, 3), int)) * 15, ((0, 0), (2, 2), (2, 2)))
        write_idx(folder / f"{name}-images-idx3-ubyte", large)
        write_idx(folder / f"{name}-labels-idx1-ubyte", labels)


def test_fashion_mnist(tmp_path: Path) -> None:
    write_enlarged_digits(tmp_path)
    assert accuracy_of(run("fashion_mnist.py", tmp_path, folder=tmp_path)) >= 0.88


def test_convnet(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write_enlarged_digits(tmp_path)
    assert accuracy_of(run("convnet.py", tmp_path, folder=tmp_path)) >= 0.92
    assert (tmp_path / "convnet.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_reading(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert accuracy_of(run("reading.py", folder=tmp_path)) >= 0.9
    assert (tmp_path / "reading.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def write_weather(path: Path) -> None:
    """A year of hours, averages of many years: seasons, days that are warmer in summer, and a rest of weather."""
    rng = np.random.default_rng(0)
    hours = np.arange(8760)
    season = -np.cos(2 * np.pi * (hours / 24 - 20) / 365)
    front = np.zeros(len(hours))
    for t in range(1, len(hours)):
        front[t] = 0.98 * front[t - 1] + 0.02 * rng.normal()
    temperatures = 52 + 12 * season - (6 + 3 * season) * np.cos(2 * np.pi * (hours % 24 - 4) / 24) + front
    rows = [f"2010/{h // 24 + 1:03d} {h % 24:02d}:00,{t:.1f}" for h, t in zip(hours, temperatures, strict=True)]
    path.write_text("\n".join(["date,temp", *rows]) + "\n")


def test_weather(tmp_path: Path) -> None:
    write_weather(tmp_path / "year.csv")
    output = run("weather.py", tmp_path / "year.csv", folder=tmp_path)
    assert float(output.strip().splitlines()[-1].removeprefix("Ratio: ")) < 0.9


def test_weather_says_what_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "weather.py", tmp_path / "missing.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "missing.csv" in done.stderr


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

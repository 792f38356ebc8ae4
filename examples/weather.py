"""Forecast tomorrow's temperature with a GRU, and beat "the same as today".

    python examples/weather.py [FILE]

FILE is a CSV file with the columns `date` and `temp`, a row an hour. Without one the hourly
temperatures of Seattle are read that come with the package vega_datasets
(pip install vega_datasets). Three days are read to say how warm it will be at this hour tomorrow;
every fourth week is kept for the test.
"""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import numpy as np

import nncore as keras
from nncore import layers

HOURS = 72
AHEAD = 24
EPOCHS = 30


def find_file() -> Path:
    """Seattle's temperatures in the installed package, which is not imported: that would take pandas."""
    found = importlib.util.find_spec("vega_datasets")
    if found is None or found.origin is None:
        raise SystemExit("Name a FILE, or pip install vega_datasets.")
    return Path(found.origin).parent / "_data" / "seattle-temps.csv"


def read(path: Path) -> np.ndarray:
    with path.open(newline="") as file:
        return np.array([float(row["temp"]) for row in csv.DictReader(file)], "float32")


def make_windows(temperatures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows (N, HOURS, 2), the change until this hour tomorrow, and which week a window ends in.

    What is seen of an hour: its temperature, and how much warmer it was than the day before.
    """
    change = temperatures[AHEAD:] - temperatures[:-AHEAD]
    series = np.stack([temperatures[AHEAD:], change], axis=1)
    starts = np.arange(len(series) - HOURS - AHEAD + 1)
    x = np.stack([series[i : i + HOURS] for i in starts])
    return x, change[starts + HOURS - 1 + AHEAD], (starts + HOURS) // (7 * 24)


def main(path: Path | None = None) -> float:
    keras.utils.set_random_seed(1)
    x, y, week = make_windows(read(path or find_file()))
    # Windows that reach into a week of the test, or tell of one, are left out of the training.
    test = week % 4 == 3
    near = np.convolve(test, np.ones(2 * (HOURS + AHEAD) + 1), "same") > 0
    mean, deviation = x[~near].mean(axis=(0, 1)), x[~near].std(axis=(0, 1))
    scale = deviation[1]

    model = keras.Sequential([layers.Input((HOURS, 2)), layers.GRU(32), layers.Dense(1)], name="forecast")
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
    model.fit((x[~near] - mean) / deviation, y[~near] / scale, batch_size=64, epochs=EPOCHS)

    forecast = model.predict((x[test] - mean) / deviation, batch_size=256, verbose=0)[:, 0] * scale
    same, error = float(abs(y[test]).mean()), float(abs(y[test] - forecast).mean())
    print(f"The same as today: {same:.3f} degrees off")
    print(f"The network: {error:.3f} degrees off")
    print(f"Ratio: {error / same:.4f}")
    return error / same


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

"""What a user waits for before training starts: import, first step, size on disk.

    python benchmarks/startup.py [--rounds N] [--wheel FILE] [--json FILE]

Every figure is the median over fresh processes; those that are compared take turns.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

IMPORT = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
IMPORTS = {
    "import numpy, ms": "import numpy",
    "import nncore, ms": "import nncore",
    # Submodules are loaded when they are first used; this is what a training script uses.
    "with layers, models, optimizers, ms": "import nncore; from nncore import layers, losses, "
    "metrics, models, ops, optimizers; nncore.Sequential, layers.Dense, optimizers.Adam",
}

FIRST_STEP = """
import time
import numpy as np
import nncore
from nncore import layers

x = np.random.default_rng(0).random((32, 64), np.float32)
y = np.zeros(32, np.int32)
begin = time.perf_counter()
hidden = [layers.Dense(64, activation="relu") for _ in range(9)]
model = nncore.Sequential([layers.Input(shape=(64,)), *hidden, layers.Dense(10)])
loss = nncore.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
built = time.perf_counter()
model.fit(x, y, batch_size=32, epochs=1, verbose=0)
first = time.perf_counter()
model.fit(x, y, batch_size=32, epochs=1, verbose=0)
print(built - begin, first - built, time.perf_counter() - first)
"""


def run(program: str) -> list[float]:
    """Numbers that the program prints, run in a fresh process."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def import_times(rounds: int) -> dict[str, float]:
    """Milliseconds to import NumPy, nncore, and all of it that a training script uses."""
    samples: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(rounds + 1):
        for name, values in samples.items():
            values += run(IMPORT.format(IMPORTS[name]))
    # The first round fills the file cache.
    medians = {name: 1e3 * median(values[1:]) for name, values in samples.items()}
    numpy, nncore, everything = medians.values()
    return medians | {"nncore / numpy": nncore / numpy, "with all / numpy": everything / numpy}


def first_step_times(rounds: int) -> dict[str, float]:
    """Milliseconds for a model of 10 Dense layers: build and compile, first fit, second fit."""
    columns = zip(*(run(FIRST_STEP) for _ in range(rounds)), strict=True)
    names = ["build and compile 10 layers, ms", "first fit of one batch, ms", "second fit, ms"]
    return {name: 1e3 * median(column) for name, column in zip(names, columns, strict=True)}


def sizes(wheel: Path | None) -> dict[str, float]:
    """Megabytes on disk."""
    program = (
        "import nncore, pathlib; print(sum(f.stat().st_size for f in "
        "pathlib.Path(nncore.__path__[0]).rglob('*') if f.is_file()))"
    )
    figures = {"installed package, MB": run(program)[0] / 1e6}
    if wheel:
        figures["wheel, MB"] = wheel.stat().st_size / 1e6
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="processes per figure")
    parser.add_argument("--wheel", type=Path, help="a built wheel, for its size")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    figures = import_times(options.rounds) | first_step_times(options.rounds)
    figures |= sizes(options.wheel)
    for name, value in figures.items():
        print(f"{name:35} {value:9.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

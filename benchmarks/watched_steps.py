"""What a step of `fit` costs beside its arithmetic: Python's part without and with a callback per batch.

    python benchmarks/watched_steps.py

trains a linear model on one thread, in turns without callbacks, with one that hears of each batch, and with one that
reads the logs of each batch. Microseconds per step, the medians; the difference to the first is Python's part.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

import nncore


class Hear(nncore.callbacks.Callback):
    """Hears of each batch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Do nothing."""


class Read(nncore.callbacks.Callback):
    """Reads the loss of each batch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Read."""
        self.loss = logs["loss"]


WAYS: dict[str, list[Any]] = {"no callback": [], "hears of each batch": [Hear()], "reads each loss": [Read()]}


def measure(steps: int, rounds: int) -> dict[str, float]:
    """Train in turns.

    Args:
        steps: Steps of a stretch.
        rounds: Stretches of each way; one more comes first and is not counted.

    Returns:
        Microseconds per step by way.
    """
    model = nncore.Sequential([nncore.Input((2,)), nncore.layers.Dense(1)])
    model.compile("rmsprop", "mse")
    x, y = np.ones((16 * steps, 2), "float32"), np.ones((16 * steps, 1), "float32")
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds + 1):
        for way, callbacks in WAYS.items():
            begin = time.perf_counter()
            model.fit(x, y, batch_size=16, verbose=0, callbacks=callbacks)
            times[way].append(1e6 * (time.perf_counter() - begin) / steps)
    return {way: statistics.median(found[1:]) for way, found in times.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=5000, help="steps of a stretch (default: 5000)")
    parser.add_argument("--rounds", type=int, default=15, help="stretches of each way (default: 15)")
    options = parser.parse_args(arguments)
    nncore.config.set_num_threads(1)
    found = measure(options.steps, options.rounds)
    alone = found["no callback"]
    for way, microseconds in found.items():
        print(f"{way:20s} {microseconds:6.2f} us per step, Python's part {microseconds - alone:5.2f} us")


if __name__ == "__main__":
    main()

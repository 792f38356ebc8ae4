"""What every worker process does: read a command from stdin, do it, write the answer to stdout.

Commands are lines of JSON, `[command, argument, ...]`:

    ["begin", threads]       -> bind the process to as many CPUs, make the framework
    ["start", case]          -> seconds to build the network; it stays for the commands that follow
    ["check", case]          -> loss per epoch of a network of its own, the data in their own order
    ["train", epochs, steps] -> seconds to train on so many steps of shuffled data per epoch
    ["call", how, rows, budget] -> seconds per call of the network on so many rows
    ["memory"]               -> bytes of memory that the process had at its largest

Answers are `{"answer": ...}`, `{"not offered": reason}` or `{"error": text}`.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import numpy as np
from case import Case, Data
from cases import from_json, make_data, make_weights

Weights = list[tuple[np.ndarray, ...]]
CHECK_EPOCHS = 3


class NotOfferedError(Exception):
    """The framework has no such network, optimizer or call; says what it lacks."""


class Network(Protocol):
    """One network in one framework, with its data."""

    def train(self, epochs: int, steps: int, *, shuffle: bool) -> list[float]:
        """Train on, and return the mean loss of each epoch of so many steps."""
        ...

    def caller(self, how: str, inputs: list[np.ndarray]) -> Callable[[], object]:
        """What applies the network to these rows, by the framework's `call` or `predict`."""
        ...


class Framework(Protocol):
    """What a worker offers."""

    def set_threads(self, threads: int) -> None: ...

    def make(self, case: Case, data: Data, weights: Weights) -> Network: ...


def time_calls(call: Callable[[], object], budget: float) -> float:
    """Seconds per call: the median of stretches that are long beside the clock, within the budget."""
    call()
    begin = time.perf_counter()
    call()
    count = max(1, int(0.002 / max(1e-7, time.perf_counter() - begin)))
    stretches = []
    end = time.perf_counter() + budget
    while time.perf_counter() < end or not stretches:
        begin = time.perf_counter()
        for _ in range(count):
            call()
        stretches.append((time.perf_counter() - begin) / count)
    return median(stretches)


def peak_memory() -> int:
    """Bytes of this program alone: what getrusage tells may be its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


class Worker:
    """Keeps the network between commands."""

    framework: Framework
    network: Network
    case: Case
    data: Data

    def __init__(self, make_framework: Callable[[], Framework]) -> None:
        self.make_framework = make_framework

    def begin(self, threads: int) -> None:
        # Every framework takes at most as many threads as it has CPUs.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
        self.framework = self.make_framework()
        self.framework.set_threads(threads)

    def start(self, fields: list[Any]) -> float:
        self.case = from_json(fields)
        self.data, weights = make_data(self.case), make_weights(self.case)
        begin = time.perf_counter()
        self.network = self.framework.make(self.case, self.data, weights)
        return time.perf_counter() - begin

    def check(self, fields: list[Any]) -> list[float]:
        case = from_json(fields)
        short = case._replace(steps=case.check_steps)
        network = self.framework.make(short, make_data(short), make_weights(short))
        return network.train(CHECK_EPOCHS, short.steps, shuffle=False)

    def train(self, epochs: int, steps: int) -> float:
        begin = time.perf_counter()
        self.network.train(epochs, steps, shuffle=True)
        return time.perf_counter() - begin

    def call(self, how: str, rows: int, budget: float) -> float:
        inputs = [x[:rows] for x in self.data.inputs]
        return time_calls(self.network.caller(how, inputs), budget)

    def memory(self) -> int:
        return peak_memory()


def serve(make_framework: Callable[[], Framework]) -> None:
    """Answer commands until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    # What a framework prints must not mix with the answers.
    os.dup2(2, 1)
    worker = Worker(make_framework)
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            answer = {"answer": getattr(worker, command)(*arguments)}
        except NotOfferedError as reason:
            answer = {"not offered": str(reason)}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

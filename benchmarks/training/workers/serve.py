"""What every worker process does: read a command from stdin, train, write the answer to stdout.

Commands and answers are lines of JSON:

    ["start", case, threads] -> the framework's name and version
    ["check", epochs, steps] -> the loss of each epoch of so many steps, in the data's own order, from
                                the first weights
    ["measure", epochs]      -> seconds per step with shuffled batches
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Protocol

from cases import Case


class Trainer(Protocol):
    """One network in one framework, with its data and weights."""

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train on, and return the mean loss of each epoch."""
        ...


class Framework(Protocol):
    """What a worker offers."""

    version: str

    def set_threads(self, threads: int) -> None: ...

    def make(self, case: Case) -> Trainer: ...


def limit_cpus(threads: int) -> None:
    """Bind the process to as many CPUs as it may have threads: every framework respects that."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def measure(trainer: Trainer, case: Case, epochs: int) -> float:
    """Seconds per step over whole shuffled epochs."""
    begin = time.perf_counter()
    trainer.train(epochs, shuffle=True)
    return (time.perf_counter() - begin) / (epochs * case.steps)


def serve(make_framework: type[Framework]) -> None:
    """Answer commands until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    # What a framework prints must not mix with the answers.
    os.dup2(2, 1)
    framework: Framework | None = None
    trainer: Trainer | None = None
    case = None
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        answer: object = None
        if command == "start":
            sizes, *rest = arguments[0]
            case = Case(tuple(sizes), *rest)
            if framework is None:
                limit_cpus(arguments[1])
                framework = make_framework()
                framework.set_threads(arguments[1])
            trainer = framework.make(case)
            answer = framework.version
        elif command == "check":
            epochs, steps = arguments
            answer = framework.make(case._replace(steps=steps)).train(epochs, shuffle=False)
        elif command == "measure":
            answer = measure(trainer, case, arguments[0])
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

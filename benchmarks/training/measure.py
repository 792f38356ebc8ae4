"""The measurements: who is asked what, in which order.

Frameworks take turns, round after round, so that whatever else the machine does hits all of them
alike.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from case import Case
from cases import CASES, find_case
from frameworks import OURS, Framework
from image_cases import CONVNET, LAYER_CASES
from processes import Interpreters, NotOfferedError, Worker, WorkerError, busy_neighbours
from results import Results, Row
from sequence_cases import LSTM

FIRST_STEP = find_case("784-32-10 batch 128 adam")
CALLS = [
    ("model(x) of one row", "call", 1),
    ("predict of one row", "predict", 1),
    ("predict of 10,000", "predict", 10000),
]
IMAGE_CALLS = [("model(x) of one image", "call", 1), ("predict of one image", "predict", 1)]
SEQUENCE_CALLS = [("model(x) of one sequence", "call", 1), ("predict of one sequence", "predict", 1)]
NUMPY = "numpy"
IMPORT = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
# How far a loss curve may be from ours, as a share of the first epoch's loss. Most agree to the sixth
# digit. But where rounding decides whether a relu is on, for a unit that is off otherwise, its weights
# make a first step, of the full learning rate, or none; that was seen to cost 0.002.
LOSS_TOLERANCE = 0.005
# Seconds before a turn. OpenBLAS's threads and others spin for tens of milliseconds after their work.
SETTLE = 0.1
MICRO, MILLI, MEGA = 1e6, 1e3, 1e-6


@dataclass
class Plan:
    """How much is measured."""

    rounds: int = 7
    busy_rounds: int = 3
    start_rounds: int = 3
    turn: float = 0.25
    """Seconds that a framework trains in its turn, or an epoch if that takes longer."""
    longest: float = 2.0
    """Seconds of a turn beyond which an epoch is not trained to its end."""
    call: float = 0.05
    """Seconds per turn of calls of a network."""


class Bench:
    """The frameworks' processes, and what has been measured so far."""

    def __init__(self, frameworks: list[Framework], interpreters: Interpreters, plan: Plan, results: Results) -> None:
        self.frameworks = frameworks
        self.interpreters = interpreters
        self.plan = plan
        self.results = results
        self.file: Path | None = None
        """Where results are written while the run goes on."""
        self.workers: dict[str, Worker] = {}
        self.failures: list[str] = []
        self.begin = time.perf_counter()

    def tell(self, text: str) -> None:
        """Say what is being done, and when it began."""
        print(f"{time.perf_counter() - self.begin:6.1f} s  {text}", file=sys.stderr, flush=True)

    def worker(self, framework: Framework) -> Worker:
        """The framework's process, started when it is first needed, and again when it has ended."""
        found = self.workers.get(framework.name)
        if found is None or found.process.poll() is not None:
            found = self.workers[framework.name] = Worker(framework, self.interpreters)
        return found

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()
        self.workers.clear()

    def each(self, row: Row, ask: Callable[[Framework], None], among: Iterable[Framework]) -> list[Framework]:
        """Ask one framework after the other, and return those that could."""
        return [framework for framework in among if self.could(row, ask, framework)]

    def all_at_once(self, row: Row, ask: Callable[[Framework], None]) -> list[Framework]:
        """Ask all frameworks at the same time, what isn't timed, and return those that could."""
        with ThreadPoolExecutor() as pool:
            could = pool.map(lambda framework: self.could(row, ask, framework), self.frameworks)
            return [framework for framework, able in zip(self.frameworks, could, strict=True) if able]

    def could(self, row: Row, ask: Callable[[Framework], None], framework: Framework) -> bool:
        """Ask a framework; note why it can't."""
        try:
            ask(framework)
        except NotOfferedError as reason:
            row.missing[framework.name] = str(reason)
            return False
        except WorkerError as error:
            self.fail(row, framework, str(error))
            return False
        return True

    def fail(self, row: Row, framework: Framework, text: str) -> None:
        row.missing[framework.name] = "failed"
        row.samples.pop(framework.name, None)
        self.failures.append(f"{row.name}: {framework.title}: {text}")
        self.tell(self.failures[-1])

    def keep(self, row: Row, before: float) -> None:
        row.load = (round(before, 2), round(os.getloadavg()[0], 2))
        self.results.add(row)
        if self.file is not None:
            # A run that is cut off has not been in vain.
            self.results.save(self.file)


def in_turns(frameworks: list[Framework], rounds: int) -> Iterable[Framework]:
    """Everyone once per round, each round begun by the next, when the last one's threads have gone to sleep."""
    for k in range(rounds):
        first = k % len(frameworks) if frameworks else 0
        for framework in frameworks[first:] + frameworks[:first]:
            time.sleep(SETTLE)
            yield framework


# ---- training -------------------------------------------------------------------------------------


def measure_training(bench: Bench, case: Case, *, quiet: bool, busy: bool) -> None:
    """Microseconds per step of whole epochs, alone and beside busy neighbours."""
    before = os.getloadavg()[0]
    row = Row("train", case.name, "us")

    def prepare(framework: Framework) -> None:
        worker = bench.worker(framework)
        worker.ask("start", case)
        row.losses[framework.name] = worker.ask("check", case)

    able = bench.all_at_once(row, prepare)
    able = [framework for framework in able if losses_agree(bench, row, framework)]
    if quiet:
        train_in_turns(bench, row, case, able, bench.plan.rounds)
        bench.keep(row, before)
    if busy:
        beside = Row("busy", case.name, "us", missing=dict(row.missing), losses=row.losses)
        with busy_neighbours(bench.interpreters.threads):
            train_in_turns(bench, beside, case, able, bench.plan.busy_rounds)
        bench.keep(beside, before)


def losses_agree(bench: Bench, row: Row, framework: Framework) -> bool:
    """Whether the loss curve is ours, but for rounding."""
    curve, ours = row.losses[framework.name], row.losses.get(OURS)
    if ours is None:
        return True
    worst = max(abs(a - b) for a, b in zip(curve, ours, strict=True)) / max(ours)
    if worst <= LOSS_TOLERANCE:
        return True
    bench.fail(row, framework, f"the loss curve {curve} differs from ours, {ours}")
    return False


def train_in_turns(bench: Bench, row: Row, case: Case, frameworks: list[Framework], rounds: int) -> None:
    """Fill the row with microseconds per step; how much is trained in a turn is found out first."""
    turns: dict[str, tuple[int, int]] = {}

    def warm_up(framework: Framework) -> None:
        worker = bench.worker(framework)
        turns[framework.name] = choose_turn(worker, case, bench.plan)
        worker.ask("train", *turns[framework.name])

    def train(framework: Framework) -> None:
        if framework.name in row.missing:
            return
        epochs, steps = turns[framework.name]
        seconds = bench.worker(framework).ask("train", epochs, steps)
        row.samples.setdefault(framework.name, []).append(MICRO * seconds / (epochs * steps))

    bench.each(row, train, in_turns(bench.each(row, warm_up, frameworks), rounds))


def choose_turn(worker: Worker, case: Case, plan: Plan) -> tuple[int, int]:
    """Epochs of a turn and steps of each: whole epochs, unless one takes too long.

    A framework whose threads spin while they wait can become a hundred times slower on a busy machine.
    """
    some = min(case.check_steps, case.steps)
    worker.ask("train", 1, some)
    step = worker.ask("train", 1, some) / some
    if step * case.steps > plan.longest:
        return 1, max(some, min(case.steps, round(plan.turn / step)))
    return max(1, round(plan.turn / (step * case.steps))), case.steps


# ---- calls of a network ---------------------------------------------------------------------------


def measure_calls(bench: Bench, case: Case, calls: list[tuple[str, str, int]]) -> None:
    """Microseconds to apply a network that is there."""
    before = os.getloadavg()[0]

    def start(framework: Framework) -> None:
        bench.worker(framework).ask("start", case)

    first = Row("predict", case.net, "us")
    able = bench.all_at_once(first, start)
    for title, how, rows in calls:
        row = Row("predict", f"{title}, {case.net}", "us", missing=dict(first.missing))
        time_in_turns(bench, row, able, how, rows)
        bench.keep(row, before)


def measure_layer(bench: Bench, case: Case) -> None:
    """Microseconds of one layer, forward and backward, to its inputs and its weights."""
    before = os.getloadavg()[0]
    row = Row("layers", f"{case.net}, batch {case.batch}", "us")

    def start(framework: Framework) -> None:
        bench.worker(framework).ask("start", case)

    time_in_turns(bench, row, bench.all_at_once(row, start), "gradients", case.batch)
    bench.keep(row, before)


def time_in_turns(bench: Bench, row: Row, frameworks: list[Framework], how: str, rows: int) -> None:
    """Fill the row with microseconds per call of the network that was started."""

    def call(framework: Framework) -> None:
        if framework.name in row.missing:
            return
        seconds = bench.worker(framework).ask("call", how, rows, bench.plan.call)
        row.samples.setdefault(framework.name, []).append(MICRO * seconds)

    bench.each(row, call, in_turns(frameworks, bench.plan.rounds))


# ---- before and besides training ------------------------------------------------------------------


def measure_start(bench: Bench, installed: dict[str, int]) -> None:
    """What a user waits for and pays besides training, in fresh processes."""
    before = os.getloadavg()[0]
    bench.close()
    imports = Row("start", "import", "ms")
    first = Row("start", f"first step of {FIRST_STEP.name}, the building included", "ms")
    memory = Row("start", f"memory to train {FIRST_STEP.name}", "MB")
    images = Row("start", f"memory to train {CONVNET.name}", "MB")
    size = Row("start", "installed, with what it needs", "MB")
    size.samples = {name: [MEGA * count] for name, count in installed.items()}
    rows = [imports, first, memory]

    def peak(framework: Framework, case: Case) -> float:
        worker = Worker(framework, bench.interpreters)
        try:
            worker.ask("start", case)
            worker.ask("train", 1, case.steps)
            return MEGA * float(worker.ask("memory"))
        finally:
            worker.close()

    def train_images(framework: Framework) -> None:
        images.samples.setdefault(framework.name, []).append(peak(framework, CONVNET))

    def once(framework: Framework) -> None:
        name = framework.name
        seconds = float(bench.interpreters.run(framework, "-c", IMPORT.format(framework.imports)))
        worker = Worker(framework, bench.interpreters)
        try:
            values = [
                MILLI * seconds,
                MILLI * (worker.ask("start", FIRST_STEP._replace(steps=1)) + worker.ask("train", 1, 1)),
            ]
        finally:
            worker.close()
        values.append(peak(framework, FIRST_STEP))
        for row, value in zip(rows, values, strict=True):
            row.samples.setdefault(name, []).append(value)

    # The first round fills the file cache.
    for k in range(bench.plan.start_rounds + 1):
        seconds = float(bench.interpreters.run(bench.frameworks[0], "-c", IMPORT.format("import numpy")))
        imports.samples.setdefault(NUMPY, []).append(MILLI * seconds)
        bench.each(imports, once, [f for f in bench.frameworks if f.name not in imports.missing])
        if k == 0:
            for row in rows:
                row.samples.clear()
    # Compiled anew by each process, and the same each time.
    bench.each(images, train_images, [f for f in bench.frameworks if f.name not in imports.missing])
    for row in [*rows, images, size]:
        row.missing |= imports.missing
        bench.keep(row, before)


def measure(bench: Bench, parts: list[str], names: list[str], installed: dict[str, int]) -> None:
    """All that is asked for; a line is printed as each begins."""
    cases, layers = (choose_cases(names, among) for among in (CASES, LAYER_CASES))
    if "start" in parts:
        bench.tell("before and besides training")
        measure_start(bench, installed)
    if "predict" in parts:
        bench.tell("applying a network")
        measure_calls(bench, FIRST_STEP, CALLS)
        measure_calls(bench, CONVNET, IMAGE_CALLS)
        measure_calls(bench, LSTM, SEQUENCE_CALLS)
    if "layers" in parts:
        for case in layers:
            bench.tell(case.net)
            measure_layer(bench, case)
    if "train" in parts or "busy" in parts:
        for case in cases:
            bench.tell(case.name)
            measure_training(bench, case, quiet="train" in parts, busy="busy" in parts)


def choose_cases(parts_of_names: list[str], among: list[Case]) -> list[Case]:
    """Cases with one of these in their name; all when there are none."""
    return [case for case in among if not parts_of_names or any(part in case.name for part in parts_of_names)]

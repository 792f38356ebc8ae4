"""Time of a whole training step through nncore, PyTorch and JAX, side by side.

    python benchmarks/training/step_time.py [--peer-python PYTHON] [--json FILE] ...

Each framework trains in a process of its own with the same number of threads. The processes stay,
and take turns: one timed run each, round after round, so that whatever else the machine does hits
all of them alike; the medians are compared. Before that each trains a few short epochs from
the same weights in the same order, and the loss curves must agree.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from statistics import median

from cases import CASES, DEFAULT_CASES, Case

HERE = Path(__file__).parent
WORKERS = ("nncore", "torch", "jax")
CHECK_EPOCHS, CHECK_STEPS = 3, 20
# How far a peer's curve may be off, as a share of the first epoch's loss. Sums in float32 that are
# added up in another order drift apart while training goes on, so that few steps are compared. JAX's
# worker has the optimizers' formulas as we have them. PyTorch's own put epsilon and the bias
# correction elsewhere, which the smallest gradients feel.
CHECK_TOLERANCES = {"nncore": 0.0, "jax": 0.001, "torch": 0.03}


class Worker:
    """A framework in a process of its own."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self.title = name
        path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [python, HERE / "workers" / f"{name}_worker.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": path, "JAX_PLATFORMS": "cpu"},
        )

    def ask(self, *command: object) -> object:
        """Send a command and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: the worker ended; its message stands above")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def is_installed(name: str, python: str) -> bool:
    """Whether the interpreter finds the package."""
    program = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    return subprocess.run([python, "-c", program], check=False).returncode == 0


def check_losses(workers: list[Worker]) -> dict[str, list[float]]:
    """Loss per epoch of every framework; they must agree."""
    curves = {worker.name: worker.ask("check", CHECK_EPOCHS, CHECK_STEPS) for worker in workers}
    first = curves[workers[0].name]
    for name, curve in curves.items():
        worst = max(abs(a - b) for a, b in zip(curve, first, strict=True)) / max(first)
        allowed = max(CHECK_TOLERANCES[name], CHECK_TOLERANCES[workers[0].name])
        if not worst <= allowed:
            raise SystemExit(f"the loss curves differ: {workers[0].name} {first}, {name} {curve}")
    return curves


def run_case(workers: list[Worker], case: Case, options: argparse.Namespace) -> dict[str, object]:
    """Check, warm up, and time the frameworks in turns."""
    for worker in workers:
        worker.title = str(worker.ask("start", case, options.threads))
    curves = check_losses(workers)
    for worker in workers:
        worker.ask("measure", 1)
    samples: dict[str, list[float]] = {worker.name: [] for worker in workers}
    for _ in range(options.rounds):
        for worker in workers:
            samples[worker.name].append(1e6 * float(worker.ask("measure", options.epochs)))
    medians = {name: median(values) for name, values in samples.items()}
    peers = [value for name, value in medians.items() if name != "nncore"]
    return {
        "case": case.name,
        "median_us": medians,
        "samples_us": samples,
        "ratio_to_best_peer": medians["nncore"] / min(peers) if peers and "nncore" in medians else None,
        "losses": curves,
    }


def describe_machine(threads: int) -> dict[str, object]:
    """What the figures depend on."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [li for li in info.read_text().splitlines() if li.startswith("model name")]
        cpu = models[0].partition(": ")[2] if models else cpu
    return {
        "cpu": cpu,
        "cpus": len(os.sched_getaffinity(0)),
        "threads": threads,
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def print_table(results: list[dict[str, object]], workers: list[Worker]) -> None:
    """Medians in microseconds, one row per network."""
    width = max(len(str(result["case"])) for result in results)
    head = "".join(f"{worker.title:>28}" for worker in workers)
    print(f"\n{'microseconds per step':{width}}{head}{'ratio to best peer':>22}")
    for result in results:
        cells = "".join(f"{result['median_us'][worker.name]:28.1f}" for worker in workers)
        ratio = result["ratio_to_best_peer"]
        print(f"{result['case']:{width}}{cells}" + (f"{ratio:22.2f}" if ratio else f"{'-':>22}"))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--rounds", type=int, default=15, help="timed runs per framework")
    parser.add_argument("--epochs", type=int, default=2, help="epochs per timed run")
    parser.add_argument("--cases", default=DEFAULT_CASES, help="part of the name; 'all' for all")
    parser.add_argument("--workers", nargs="+", choices=WORKERS, default=WORKERS)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter of the peers")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    return parser.parse_args()


def main() -> None:
    options = parse_arguments()
    cases = [case for case in CASES if options.cases == "all" or options.cases in case.name]
    if not cases:
        raise SystemExit(f"no case has {options.cases!r} in its name: {[c.name for c in CASES]}")
    machine = describe_machine(options.threads)
    print(", ".join(f"{key}: {value}" for key, value in machine.items()))
    workers = []
    for name in options.workers:
        python = sys.executable if name == "nncore" else options.peer_python
        if is_installed(name, python):
            workers.append(Worker(name, python))
        else:
            print(f"{name} is not installed and left out (see benchmarks/requirements.txt)")
    results = [run_case(workers, case, options) for case in cases]
    print_table(results, workers)
    if options.json:
        titles = {worker.name: worker.title for worker in workers}
        text = json.dumps({"machine": machine, "versions": titles, "results": results}, indent=1)
        options.json.write_text(text + "\n")
    for worker in workers:
        worker.close()


if __name__ == "__main__":
    main()

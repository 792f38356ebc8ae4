"""Train whole networks with nncore and with what else could be used, side by side.

    python benchmarks/training/run.py [--quick] [--peer-python PYTHON] [--json FILE] [--picture FILE] ...

Each framework runs in processes of its own with the same number of threads, and they take turns.
Results of several runs can be put together: --merge FILE ... measures nothing unless --parts is given.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import machine
from cases import CASES
from frameworks import FRAMEWORKS, TITLES, Framework
from image_cases import LAYER_CASES
from measure import NUMPY, Bench, Plan, choose_cases, measure
from processes import Interpreters
from results import PARTS, Results, load
from tables import print_tables

NAMES = [case.name for case in [*CASES, *LAYER_CASES]]
QUICK = Plan(rounds=3, busy_rounds=2, start_rounds=1, turn=0.1, longest=1.0, call=0.05)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="what to measure (default: all)")
    parser.add_argument("--cases", nargs="+", default=[], help=f"parts of names of {NAMES} (default: all)")
    parser.add_argument("--frameworks", nargs="+", choices=list(TITLES), default=list(TITLES))
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--threads", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--rounds", type=int, help=f"turns of each framework (default: {Plan.rounds})")
    parser.add_argument("--merge", nargs="+", type=Path, default=[], help="JSON of earlier runs to add this one to")
    parser.add_argument("--json", type=Path, help="where to write all samples")
    parser.add_argument("--picture", type=Path, help="where to draw them (.png, .svg)")
    parser.add_argument("--report", type=Path, help="where to write the tables in Markdown")
    options = parser.parse_args()
    if options.parts is None:
        options.parts = [] if options.merge else list(PARTS)
    if not choose_cases(options.cases, [*CASES, *LAYER_CASES]):
        parser.error(f"no case has {options.cases} in its name: {NAMES}")
    return options


def find_installed(options: argparse.Namespace, interpreters: Interpreters) -> dict[str, dict[str, Any]]:
    """What is installed of the frameworks asked for."""
    found = {}
    for framework in FRAMEWORKS:
        if framework.name in options.frameworks:
            probe = interpreters.probe(framework)
            if probe is None:
                print(f"{framework.title} is not installed and left out (benchmarks/requirements.txt)", file=sys.stderr)
            else:
                found[framework.name] = probe
    return found


def measure_all(options: argparse.Namespace) -> tuple[Results, list[str]]:
    """A new run's results and what failed."""
    interpreters = Interpreters(options.peer_python, options.threads)
    found = find_installed(options, interpreters)
    frameworks: list[Framework] = [framework for framework in FRAMEWORKS if framework.name in found]
    versions = {name: ", ".join(f"{k} {v}" for k, v in probe["versions"].items()) for name, probe in found.items()}
    installed = {name: probe["bytes"] for name, probe in found.items() if probe["bytes"] is not None}
    results = Results(machine.describe(options.threads), versions | {NUMPY: ""})
    plan = QUICK if options.quick else Plan()
    if options.rounds:
        plan.rounds = options.rounds
    bench = Bench(frameworks, interpreters, plan, results)
    bench.file = options.json
    try:
        measure(bench, options.parts, options.cases, installed)
    finally:
        bench.close()
    bench.tell("done")
    return results, bench.failures


def main() -> None:
    options = parse_arguments()
    runs = [load(file) for file in options.merge]
    failures: list[str] = []
    if options.parts:
        new, failures = measure_all(options)
        runs.append(new)
    results = runs[0]
    for other in runs[1:]:
        results.merge(other)
    results.sort([*TITLES, NUMPY])
    print(", ".join(f"{key}: {value}" for key, value in results.machine.items()))
    print_tables(results)
    if options.json:
        results.save(options.json)
    if options.picture:
        import picture

        picture.draw(results, options.picture)
    if options.report:
        import report

        report.write(results, options.report, options.picture)
    if failures:
        raise SystemExit("failed:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()

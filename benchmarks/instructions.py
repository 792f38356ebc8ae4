"""Instructions executed by fixed kernels and by one training step, compared with the counts kept here.

    python benchmarks/instructions.py [--check | --update]

Times on a shared machine tell little about a change of a few per cent; the number of executed instructions is
the same in every run. valgrind's callgrind counts them, on one thread and on instruction-set level x86-64-v3,
which is the highest that it can execute. Counts depend on the compiler, so they are compared only with counts of
the same major version.

Exit code: 0 all within the allowance, 1 a count has grown or is unknown, 3 nothing could be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ALLOWANCE = 0.03
LEVEL = "x86-64-v3"
COUNTS = Path(__file__).with_suffix(".json")
WORKER = Path(__file__).with_name("instructions_worker.py")
NOT_COMPARED = 3

# Whatever could make one run differ from the next.
ENVIRONMENT = {"NNCORE_ISA": LEVEL, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def run_worker() -> dict[str, object]:
    """Run the cases under callgrind; return the worker's report with the counts per step."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        # The worker calls getpriority, which nothing else does, where one count ends and the next begins: each
        # call makes callgrind write what it has counted into a file of its own.
        command = [
            "valgrind",
            "--tool=callgrind",
            f"--callgrind-out-file={out}",
            "--dump-before=getpriority",
            sys.executable,
            str(WORKER),
        ]
        done = subprocess.run(command, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"the worker failed:\n{done.stdout}\n{done.stderr}")
        report = json.loads(done.stdout)
        marks = [total(out.with_name(f"counts.{k + 1}")) for k in range(report["marks"])]
    # The first mark of a case ends its preparation; then a short and a long run follow. What a run costs besides
    # its steps is in both, and so leaves the difference.
    short, long = report["steps"]
    report["instructions"] = {
        name: round((marks[3 * k + 2] - marks[3 * k + 1]) / (long - short)) for k, name in enumerate(report["cases"])
    }
    return report


def total(dump: Path) -> int:
    """The instructions that one of callgrind's files holds."""
    found = re.search(r"^(?:totals|summary): (\d+)", dump.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"callgrind wrote no total into {dump.name}")
    return int(found[1])


def major(compiler: str) -> str:
    """`"GNU 12"` of `"GNU 12.2.0"`."""
    return compiler.partition(".")[0]


def compare(kept: dict[str, int], counted: dict[str, int]) -> int:
    """Print both counts of every case; return how many have grown beyond the allowance or lack a partner."""
    bad = 0
    print(f"{'instructions per step':36} {'kept':>12} {'counted':>12} {'change':>8}")
    for name in [*kept, *(name for name in counted if name not in kept)]:
        before, now = kept.get(name), counted.get(name)
        if before is None or now is None:
            print(f"{name:36} {before or '-':>12} {now or '-':>12}   only in one: run --update")
            bad += 1
            continue
        change = now / before - 1
        note = ""
        if change > ALLOWANCE:
            note = "  GROWN"
            bad += 1
        elif change < -ALLOWANCE:
            note = "  less: --update keeps the gain"
        print(f"{name:36} {before:12} {now:12} {change:+8.2%}{note}")
    return bad


def check(report: dict[str, object]) -> int:
    """Compare with the counts kept in the repository; return the exit code."""
    kept = json.loads(COUNTS.read_text())
    if major(kept["compiler"]) != major(str(report["compiler"])):
        print(f"NOT COMPARED: the counts kept are of {kept['compiler']}, this build is of {report['compiler']}")
        return NOT_COMPARED
    bad = compare(kept["instructions"], report["instructions"])
    if bad:
        print(
            f"{bad} of the counts have grown by more than {ALLOWANCE:.0%} or have no partner. If that is meant, run\n"
            "    python benchmarks/instructions.py --update\n"
            "and say in the commit why."
        )
    return 1 if bad else 0


def update(report: dict[str, object]) -> None:
    """Keep the counts."""
    kept = {"compiler": report["compiler"], "level": LEVEL, "instructions": report["instructions"]}
    COUNTS.write_text(json.dumps(kept, indent=1) + "\n")
    for name, count in report["instructions"].items():
        print(f"{name:36} {count:12}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare with the counts kept (the default)")
    mode.add_argument("--update", action="store_true", help="keep the counts of this build")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("NOT COMPARED: valgrind is not installed (Debian: apt-get install valgrind)")
        return NOT_COMPARED
    report = run_worker()
    if options.update:
        update(report)
        return 0
    return check(report)


if __name__ == "__main__":
    sys.exit(main())

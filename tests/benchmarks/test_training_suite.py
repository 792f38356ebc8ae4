"""The training benchmarks work, with nncore alone: their peers are no requirement of the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = Path(__file__).parents[2] / "benchmarks" / "training"
sys.path.insert(0, str(SUITE))

import cases  # noqa: E402
import frameworks  # noqa: E402
import image_cases  # noqa: E402
import measure  # noqa: E402
import processes  # noqa: E402
import report  # noqa: E402
import results  # noqa: E402
import tables  # noqa: E402

MACHINE = {
    "cpu": "a processor",
    "cpus": 2,
    "threads": 2,
    "memory": "8 GiB",
    "system": "Linux",
    "python": "3.11",
    "date": "2025-01-01",
}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SUITE / "run.py", *arguments], capture_output=True, text=True, timeout=200, check=False
    )


def make_results(*rows: results.Row) -> results.Results:
    return results.Results(
        dict(MACHINE), {"nncore": "nncore 1", "torch": "torch 2", "keras-jax": "keras 3"}, list(rows)
    )


def training_row(part: str, ours: list[float], torch: list[float], keras: list[float]) -> results.Row:
    samples = {"nncore": ours, "torch": torch, "keras-jax": keras}
    return results.Row(part, "a net", "us", samples, {"sklearn": "no rmsprop"}, load=(0.5, 1.5))


def test_one_command_measures_and_writes_everything(tmp_path: Path) -> None:
    files = {name: tmp_path / f"out.{name}" for name in ("json", "png", "md")}
    outputs = ("--json", files["json"], "--picture", files["png"], "--report", files["md"])
    parts = ("--parts", "train", "busy", "predict", "--cases", "linear", "--frameworks", "nncore")
    done = run("--quick", "--threads", "1", *parts, *outputs)
    assert done.returncode == 0, done.stderr
    rows = json.loads(files["json"].read_text())["rows"]
    assert [row["part"] for row in rows] == ["train", "busy", *["predict"] * 7]
    assert all(min(row["samples"]["nncore"]) > 0 for row in rows)
    curve = rows[0]["losses"]["nncore"]
    assert curve == sorted(curve, reverse=True)
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    assert "| linear 2-1 batch 16 rmsprop |" in files["md"].read_text()
    assert "linear 2-1 batch 16 rmsprop" in done.stdout


@pytest.mark.slow
def test_start_is_measured_in_fresh_processes(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    done = run("--quick", "--parts", "start", "--frameworks", "nncore", "--json", file)
    assert done.returncode == 0, done.stderr
    rows = results.load(file).part("start")
    assert [row.unit for row in rows] == ["ms", "ms", "MB", "MB", "MB"]
    memory = rows[2].median("nncore")
    # The data alone are 51,200 rows of 784 floats.
    assert 160 < memory < 400


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_every_network_learns(case: cases.Case) -> None:
    framework = frameworks.FRAMEWORKS[0]
    worker = processes.Worker(framework, processes.Interpreters(sys.executable, 1))
    try:
        curve = worker.ask("check", case._replace(check_steps=2))
    finally:
        worker.close()
    assert curve[-1] < curve[0]


@pytest.mark.parametrize("case", image_cases.LAYER_CASES, ids=lambda case: case.net)
def test_every_layer_has_gradients(case: cases.Case) -> None:
    worker = processes.Worker(frameworks.FRAMEWORKS[0], processes.Interpreters(sys.executable, 1))
    try:
        worker.ask("start", case)
        assert worker.ask("call", "gradients", 2, 0.0) > 0
    finally:
        worker.close()


def test_branches_have_weights_of_their_own() -> None:
    case = cases.find_case("two branches of 64 batch 64 adam")
    shapes = [kernel.shape for kernel, _ in cases.make_weights(case)]
    assert shapes == [(64, 64), (64, 64), (128, 64), (64, 10)]
    data = cases.make_data(case)
    assert [x.shape for x in data.inputs] == [(case.rows, 64)] * 2
    assert data.targets.shape == (case.rows,)


def test_ratio_is_the_median_over_rounds() -> None:
    row = training_row("train", [1.0, 2.0, 3.0], [4.0, 4.0, 4.0], [10.0, 10.0, 20.0])
    assert row.ratio() == results.Ratio("torch", 0.5, 0.375, 0.625)
    assert row.keras_ratio() == results.Ratio("keras-jax", 0.15, pytest.approx(0.125), pytest.approx(0.175))


def test_slow_down_is_against_the_own_quiet_time() -> None:
    quiet = training_row("train", [1.0, 1.0], [4.0, 4.0], [8.0, 8.0])
    busy = training_row("busy", [2.0, 2.0], [40.0, 40.0], [8.0, 8.0])
    both = make_results(quiet, busy)
    assert [both.slow_down("a net", name) for name in both.versions] == [2.0, 10.0, 1.0]
    (row,) = next(table for table in tables.all_tables(both) if "busy" in table.title).rows
    assert row[:4] == ["a net", "2.00 (2.0x)", "40.0 (10.0x)", "8.00 (1.0x)"]


def test_a_curve_that_differs_is_a_failure() -> None:
    bench = measure.Bench([], processes.Interpreters(sys.executable, 1), measure.Plan(), make_results())
    torch = next(framework for framework in frameworks.FRAMEWORKS if framework.name == "torch")
    row = results.Row("train", "a net", "us", losses={"nncore": [2.0, 1.0], "torch": [2.0, 1.009]})
    assert measure.losses_agree(bench, row, torch)
    row.losses["torch"] = [2.0, 1.011]
    assert not measure.losses_agree(bench, row, torch)
    assert row.missing == {"torch": "failed"}
    assert len(bench.failures) == 1


def test_later_runs_win_and_other_machines_are_refused(tmp_path: Path) -> None:
    first = make_results(training_row("busy", [1.0], [1.0], [1.0]), training_row("train", [1.0], [1.0], [1.0]))
    second = make_results(training_row("train", [2.0], [1.0], [1.0]))
    paths = [tmp_path / "a.json", tmp_path / "b.json", tmp_path / "all.json"]
    first.save(paths[0])
    second.save(paths[1])
    done = run("--merge", *paths[:2], "--json", paths[2])
    assert done.returncode == 0, done.stderr
    merged = results.load(paths[2])
    assert [(row.part, row.median("nncore")) for row in merged.rows] == [("train", 2.0), ("busy", 1.0)]
    second.machine["threads"] = 1
    with pytest.raises(ValueError, match="one machine"):
        first.merge(second)


def test_report_says_what_was_measured_and_what_not(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    report.write(make_results(training_row("train", [1.0, 1.0], [4.0, 4.0], [8.0, 8.0])), file, tmp_path / "a.png")
    text = file.read_text()
    assert "Measured on 2025-01-01" in text
    assert "load of the machine was 0.5 to 1.5" in text
    assert "(a.png)" in text
    assert "| a net | 1.00 | 4.00 | 8.00 | 0.25 | 0.12 |" in text
    assert "- scikit-learn: no rmsprop" in text


def test_a_worker_that_cannot_says_so() -> None:
    worker = processes.Worker(frameworks.FRAMEWORKS[0], processes.Interpreters(sys.executable, 1))
    try:
        with pytest.raises(processes.WorkerError, match="AttributeError"):
            worker.ask("train", 1, 1)
    finally:
        worker.close()

"""Teams: the same bits on any number of threads, many runs at once, and who sets the number."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from native.programs import ProgramBuilder, Regression
from nncore import _native

N, BATCH, FEATURES, OUTPUTS = 320, 32, 67, 35


def train(threads: int, *, shuffled: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, predictions and summed error after ten steps on a team of exactly that size."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (N, FEATURES)).astype(np.uint8)
    t = rng.standard_normal((N, OUTPUTS)).astype(np.float32)
    index = rng.permutation(N) if shuffled else None
    model = Regression(BATCH, FEATURES, OUTPUTS)
    model.rate = 1e-6
    model.program.set_threads(threads)
    assert model.program.threads == threads
    y, error = np.empty((N, OUTPUTS), np.float32), np.empty((), np.float32)
    assert model.program.run_steps([x, t], index, 0, 10, BATCH, [y, error], 60.0) == 10
    return model.weights, y, error


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_same_bits_on_any_team(shuffled: bool) -> None:
    alone = train(1, shuffled=shuffled)
    for threads in (2, 3, 5):
        for expected, found in zip(alone, train(threads, shuffled=shuffled), strict=True):
            assert expected.tobytes() == found.tobytes(), f"{threads} threads"


def test_the_same_bits_while_the_team_is_chosen_by_pace() -> None:
    """Unforced, a program changes between its team and one thread by what they took; nobody sees it."""
    steps, batch, features, outputs = 300, 64, 96, 256
    rng = np.random.default_rng(0)
    x = rng.standard_normal((steps * batch, features)).astype(np.float32)
    t = rng.standard_normal((steps * batch, outputs)).astype(np.float32)
    index = rng.permutation(len(x))

    def train(threads: int) -> tuple[np.ndarray, np.ndarray]:
        model = Regression(batch, features, outputs)
        model.program.set_threads(threads)
        assert model.program.threads == (threads or 2)
        y, error, done = np.empty_like(t), np.empty((), np.float32), 0
        while done < steps:
            left = steps - done
            done += model.program.run_steps([x, t], index, done * batch, left, batch, [y, error], 0.001)
        assert done == steps
        return model.weights, y

    _native.set_num_threads(2)
    try:
        for expected, found in zip(train(1), train(0), strict=True):
            assert expected.tobytes() == found.tobytes()
    finally:
        _native.set_num_threads(0)


def test_one_program_on_many_python_threads() -> None:
    """Each run has its own memory; teams of several threads run at once."""
    b = ProgramBuilder()
    x, y = b.feed((64, 33)), b.arena((64, 33))
    b.elementwise("add", [x, b.constant(np.ones((64, 33), np.float32))], y)
    b.elementwise("mul", [y, y], b.fetch((64, 33)))
    program = b.build()

    def repeat(seed: int) -> bool:
        source = np.random.default_rng(seed).standard_normal((64, 33)).astype(np.float32)
        expected, out = (source + 1) * (source + 1), np.empty_like(source)
        for _ in range(50):
            program.run([source.astype(np.float64)], [out])
            if not np.array_equal(out, expected):
                return False
        return True

    for threads in (1, 2):
        program.set_threads(threads)
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(repeat, range(16)))


@pytest.mark.parametrize("threads", [2, 4])
def test_barriers_hold(threads: int) -> None:
    """Each instruction reads what other members of the team wrote in the one before.

    Reversing an array moves every element into another member's share, so a barrier that lets one
    pass early gives a wrong sum sooner or later. A competing process takes members off their
    processors at bad moments.
    """
    n, rounds, steps = 512, 20, 100
    b = ProgramBuilder()
    x = b.feed((1, n))
    one = b.constant(np.ones((1, n), np.float32))
    current = x
    for _ in range(rounds):
        buffer, offset, dtype, shape, strides = current
        flipped = (buffer, offset + 4 * (n - 1), dtype, shape, (strides[0], -1))
        following = b.arena((1, n))
        b.elementwise("add", [flipped, one], following)
        current = following
    b.add("copy", [current], [b.fetch((1, n), per_row=True)])
    program = b.build()
    program.set_threads(threads)
    rows = np.random.default_rng(0).integers(0, 1000, (steps, n)).astype(np.float32)
    out = np.empty_like(rows)
    spin = [
        sys.executable,
        "-c",
        "import time\nend = time.time() + 60\nwhile time.time() < end: pass",
    ]
    with subprocess.Popen(spin) as neighbour:
        try:
            for _ in range(5):
                out[:] = 0
                assert program.run_steps([rows], None, 0, steps, 1, [out], 60.0) == steps
                np.testing.assert_array_equal(out, rows + rounds)  # an even number of flips
        finally:
            neighbour.kill()


def test_steady_state_allocates_nothing() -> None:
    model = Regression(BATCH, FEATURES, OUTPUTS)
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((BATCH, FEATURES)), rng.standard_normal((BATCH, OUTPUTS))
    y, error = np.empty((BATCH, OUTPUTS), np.float32), np.empty((), np.float32)

    def run(times: int) -> int:
        for _ in range(times):
            model.program.run([x, t], [y, error])
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = run(2000)
    assert run(20000) - before < 512  # KiB; one leaked context alone has more than 20


def test_the_cost_model_leaves_small_programs_alone() -> None:
    _native.set_num_threads(2)
    try:
        assert Regression(8, 4, 2).program.threads == 1
        large = Regression(256, 1024, 1024).program
        assert large.threads == 2
        _native.set_num_threads(1)
        assert large.threads == 1
        large.set_threads(3)
        assert large.threads == 3
        large.set_threads(0)
        assert large.threads == 1
    finally:
        _native.set_num_threads(0)


@pytest.mark.parametrize("n", [-1, 257])
def test_numbers_of_threads_out_of_range(n: int) -> None:
    with pytest.raises(ValueError, match=f"Received: n={n}"):
        _native.set_num_threads(n)
    with pytest.raises(ValueError, match=f"Received: n={n}"):
        ProgramBuilder().build().set_threads(n)


def test_set_num_threads() -> None:
    try:
        _native.set_num_threads(7)
        assert _native.get_num_threads() == 7
        assert _native.thread_reason() == "set_num_threads(7)"
    finally:
        _native.set_num_threads(0)
    assert 1 <= _native.get_num_threads() <= len(os.sched_getaffinity(0))


REPORT = "from nncore import _native as n; print(n.get_num_threads(), n.thread_reason())"


def report(*, omp: str | None = None, code: str = REPORT, **variables: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")} | variables
    if omp is not None:
        environment["OMP_NUM_THREADS"] = omp
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("omp", ["1", "1,4", "1 "])
def test_omp_num_threads_lowers(omp: str) -> None:
    expected = _native.get_num_threads() == 1  # then the variable has nothing to lower
    assert report(omp=omp).startswith("1 " if expected else f"1 OMP_NUM_THREADS={omp[0]}")


@pytest.mark.parametrize("omp", ["4096", "0", "-1", "many", ""])
def test_omp_num_threads_never_raises(omp: str) -> None:
    assert report(omp=omp) == report()


def test_affinity() -> None:
    one = min(os.sched_getaffinity(0))
    assert report(code=f"import os; os.sched_setaffinity(0, {{{one}}}); {REPORT}").startswith("1 ")


@pytest.mark.parametrize("bind", ["true", "close", "spread"])
def test_binding_threads_does_not_hide_processors(bind: str) -> None:
    assert report(OMP_PROC_BIND=bind) == report()


def test_places_limit_the_processors() -> None:
    one = min(os.sched_getaffinity(0))
    assert report(OMP_PLACES=f"{{{one}}}").startswith("1 ")


CGROUPS = {
    "version 2": ("0::/a/b", {"a/b/cpu.max": "150000 100000"}, 1.5),
    "a parent binds": (
        "0::/a/b",
        {"a/cpu.max": "50000 100000", "a/b/cpu.max": "150000 100000"},
        0.5,
    ),
    "no limit": ("0::/a", {"a/cpu.max": "max 100000"}, None),
    "seen from inside a container": ("0::/not/visible", {"cpu.max": "200000 100000"}, 2.0),
    "version 1": (
        "5:memory:/x\n4:cpu,cpuacct:/job",
        {
            "cpu,cpuacct/job/cpu.cfs_quota_us": "300000",
            "cpu,cpuacct/job/cpu.cfs_period_us": "100000",
            "memory/x/cpu.cfs_quota_us": "1",
        },
        3.0,
    ),
    "version 1 without a limit": (
        "4:cpu,cpuacct:/job",
        {
            "cpu,cpuacct/job/cpu.cfs_quota_us": "-1",
            "cpu,cpuacct/job/cpu.cfs_period_us": "100000",
        },
        None,
    ),
    "another controller": ("3:cpuset:/job", {"cpuset/job/cpu.max": "100000 100000"}, None),
    "not a number": ("0::/", {"cpu.max": "a b"}, None),
    "no groups": ("", {}, None),
}


@pytest.mark.parametrize("case", CGROUPS)
def test_cpu_quota(case: str, tmp_path: Path) -> None:
    groups, files, expected = CGROUPS[case]
    layout = {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{k}": v for k, v in files.items()}
    for name, text in layout.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert _native.cpu_quota(str(tmp_path)) == expected


@pytest.mark.parametrize("threads", [1, 2])
def test_timeline(threads: int) -> None:
    """A developer's view: when each member of the team did what."""
    model = Regression(BATCH, FEATURES, OUTPUTS)
    model.program.set_threads(threads)
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((N, FEATURES)), rng.standard_normal((N, OUTPUTS))
    y, error = np.empty((N, OUTPUTS), np.float32), np.empty((), np.float32)
    points = 2 * model.program.instruction_count + 2
    marks = np.zeros((3, threads, points), np.int64)
    assert model.program.run_steps([x, t], None, 0, 5, BATCH, [y, error], 60.0, marks) == 5
    assert marks.all()
    starts, ends = marks[:, :, 2::2], marks[:, :, 3::2]
    assert (starts <= ends).all()
    assert (marks[:, :, 0] <= marks[:, :, 1]).all()
    assert (marks[1:, :, 0] >= marks[:-1].max(axis=2)).all()
    for wrong in (np.zeros((3, threads, points + 1), np.int64), np.zeros((3, threads, points)), marks[:, :, ::2]):
        with pytest.raises(ValueError, match="timeline must be a C-contiguous int64 array"):
            model.program.run_steps([x, t], None, 0, 5, BATCH, [y, error], 60.0, wrong)

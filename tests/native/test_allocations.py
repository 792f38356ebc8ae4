"""In steady state nothing is allocated: each allocation of the whole process is counted."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SETUP = """
import ctypes
import numpy as np
from native.programs import Regression

own = ctypes.CDLL(None)
allocations, live = own.count_of_allocations, own.count_of_live
allocations.restype = live.restype = ctypes.c_long
assert allocations() > 0, "the counting library was not loaded"

def count(work):
    before = allocations()
    work()
    return allocations() - before
"""

STEPS = """
    model = Regression({batch}, 67, 35)
    model.program.set_threads({threads})
    rng = np.random.default_rng(0)
    rows = {batch} * 1001
    x, t = rng.integers(0, 9, (rows, 67)).astype("{dtype}"), rng.standard_normal((rows, 35)).astype("float32")
    order = rng.permutation(rows) if {shuffled} else None
    y, error = np.empty((rows, 35), np.float32), np.empty((), np.float32)

    def train(steps):
        assert model.program.run_steps([x, t], order, 0, steps, {batch}, [y, error], 600.0) == steps

    train(1001)
    assert count(lambda: train(1001)) == count(lambda: train(1))
"""

# By name: the number of threads (0: as the library chooses), rows per batch, the data's dtype, and whether shuffled.
TRAINING = {
    "in place": (1, 8, "float32", False),
    "gathered": (1, 8, "float32", True),
    "converted": (1, 8, "float64", True),
    "bytes": (1, 8, "uint8", False),
    "two threads": (2, 8, "float32", True),
    "threads by choice": (0, 128, "int64", True),
}

CALLS = """
    import nncore
    model = nncore.Sequential([nncore.Input((7,)), nncore.layers.Dense(5, "relu"), nncore.layers.Dense(3)])
    model.compile("adam", "mse")
    x = np.ones((1, 7), "float32")
    call = {call}

    def calls(n):
        for _ in range(n):
            call()

    calls(200)
    few, before = count(lambda: calls(100)), live()
    assert count(lambda: calls(1000)) <= 10 * few + 10
    assert live() - before <= 10, live() - before
    assert few <= 100 * {most}, few
"""

# A call and the most that it may ask for: its result is a new array; training also makes its logs.
PREDICTIONS = {
    "predict": ("lambda: model.predict(x, verbose=0)", 4),
    "call": ("lambda: model(x)", 4),
    "predict_on_batch": ("lambda: model.predict_on_batch(x)", 4),
    "train_on_batch": ("lambda: model.train_on_batch(x, x[:, :3])", 24),
}

FIT = """
    import nncore
    nncore.utils.set_random_seed(0)
    x = np.random.default_rng(0).standard_normal((64_000, 7)).astype("float32")
    model = nncore.Sequential([nncore.Input((7,)), nncore.layers.Dense(5, "relu"), nncore.layers.Dense(3)])
    model.compile("adam", "mse", metrics=["mae"])

    def fit(steps):
        model.fit(x, x[:, :3], batch_size=32, steps_per_epoch=steps, shuffle=False, verbose=0)

    fit(10)
    fit(2000)
    # A run comes back to Python every 50 milliseconds, so that Ctrl-C is heard.
    assert count(lambda: fit(2000)) - count(lambda: fit(10)) < 200
"""


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The counting library; whoever built nncore has a compiler."""
    library = tmp_path_factory.mktemp("counting") / "count_allocations.so"
    source = Path(__file__).with_name("count_allocations.c")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", source, "-o", library], check=True)
    return library


def run(code: str, counting: Path) -> None:
    environment = dict(os.environ, LD_PRELOAD=str(counting), PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    code = SETUP + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("case", TRAINING)
def test_a_thousand_steps_allocate_no_more_than_one(case: str, counting: Path) -> None:
    threads, batch, dtype, shuffled = TRAINING[case]
    run(STEPS.format(threads=threads, batch=batch, dtype=dtype, shuffled=shuffled), counting)


@pytest.mark.parametrize("case", PREDICTIONS)
def test_calls_allocate_their_result_alone(case: str, counting: Path) -> None:
    call, most = PREDICTIONS[case]
    run(CALLS.format(call=call, most=most), counting)


def test_fit_allocates_by_time_not_by_steps(counting: Path) -> None:
    run(FIT, counting)

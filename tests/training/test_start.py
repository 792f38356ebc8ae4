"""A first `fit` starts quickly: no library for printing, little Python."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys, time
import numpy as np
import nncore
from nncore import layers

stack = [layers.Input((32,))] + [layers.Dense(32, activation="relu") for _ in range(9)]
model = nncore.Sequential([*stack, layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = np.random.rand(64, 32), np.random.randint(0, 10, 64)
calls = 0
def count(frame, event, argument):
    global calls
    calls += event == "call"
if "count" in sys.argv:
    sys.setprofile(count)
start = time.process_time()
model.fit(x, y)
print(time.process_time() - start)
sys.setprofile(None)
print(calls)
print([name for name in ("rich", "h5py", "matplotlib") if name in sys.modules])
"""


def first_fit(*arguments: str) -> list[str]:
    """What the script prints last: processor time in seconds, calls of Python functions, heavy modules."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return run.stdout.splitlines()[-3:]


def test_a_first_fit_of_ten_layers():
    # The allowance is for busy machines and for sources that are compiled first.
    seconds, _, loaded = first_fit()
    assert loaded == "[]"
    assert float(seconds) < 0.5


def test_a_first_fit_makes_few_calls():
    # Time can't be held on a busy machine; calls can. A pass that goes over the graph once more adds thousands.
    assert int(first_fit("count")[1]) < 30_000

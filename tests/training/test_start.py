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
start = time.process_time()
model.fit(x, y)
print(time.process_time() - start)
print([name for name in ("rich", "h5py", "matplotlib") if name in sys.modules])
"""


def test_a_first_fit_of_ten_layers():
    # The allowance is for busy machines and for sources that are compiled first.
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120)
    *_, seconds, loaded = run.stdout.splitlines()
    assert loaded == "[]"
    assert float(seconds) < 0.5

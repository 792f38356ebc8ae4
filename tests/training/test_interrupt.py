"""Ctrl-C during `fit`: quick, and the model stays usable."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
import signal, time
import numpy as np
import nncore
from nncore import layers

model = nncore.Sequential(
    [layers.Input((64,)), layers.Dense(128, activation="relu"), layers.Dense(1)]
)
model.compile("adam", "mse")
x = np.random.default_rng(0).random((20000, 64), "float32")
y = x.sum(1)
model.fit(x, y, verbose=0)
# A process started in the background of a script may have been told to ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", flush=True)
try:
    model.fit(x, y, epochs=100000, verbose={verbose})
except KeyboardInterrupt:
    caught = time.time()
    weights = model.get_weights()
    assert all(np.isfinite(w).all() for w in weights)
    loss = model.fit(x, y, verbose=0).history["loss"][0]
    assert np.isfinite(loss)
    print("caught", caught, flush=True)
"""


@pytest.mark.parametrize("verbose", [0, 2])
def test_ctrl_c_returns_at_once_and_leaves_a_usable_model(verbose):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(verbose=verbose)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().strip() == "ready"
    time.sleep(0.5)
    sent = time.time()
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    caught = float(out.split("caught ")[1])
    assert caught - sent < 0.2

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


ENDLESS = """
import signal, sys, time
import numpy as np
import nncore
from nncore import layers, ops
from nncore.graph import compile_step
from nncore.ir import Spec

nncore.config.set_num_threads({threads})


class Counts(layers.Layer):
    # Counts to 5 by `step`: for ever when that is 0.
    def build(self, input_shape):
        self.step = self.add_weight(shape=(), dtype="int32", initializer="ones", trainable=False)

    def call(self, x):
        def turn(i, v):
            return i + self.step, ops.tanh(v @ ops.transpose(v) @ v)

        i, v = ops.while_loop(lambda i, v: i < 5, turn, (0, ops.stop_gradient(x)))
        return x + ops.cast(i, "float32") + 0.0 * ops.stop_gradient(v)


inputs = layers.Input(({width},))
counts = Counts()
hidden = layers.BatchNormalization()(layers.Dense(64, activation="relu")(inputs))
model = nncore.Model(inputs, layers.Dense(1)(counts(hidden)))
model.compile("adam", "mse")
x = np.random.default_rng(0).random((64, {width}), "float32")
y = x.sum(1)
model.fit(x, y, verbose=0, shuffle=False)
for _ in range(5):
    known = model(x)
def endless(v):
    return ops.while_loop(lambda v: ops.sum(v) < 1, lambda v: v * 1.0, (v,))


shared = compile_step(endless, (Spec((64,), "float32"),))
shared.program.set_threads({threads})
led = compile_step(lambda a, v: (a @ a @ a, endless(v)), (Spec((900, 900), "float32"), Spec((4,), "float32")))
signal.signal(signal.SIGINT, signal.default_int_handler)
runs = {{
    "fit": lambda: model.fit(x, y, epochs=2, verbose=0),
    "predict": lambda: model.predict(x, verbose=0),
    "call": lambda: model(x),
    "function": lambda: nncore.function(lambda v: ops.while_loop(lambda v: v < 1, lambda v: v * 1, (v,)))(0.5),
    "turns": lambda: nncore.function(
        lambda v: ops.scan(lambda c, _: (c * 1.0, None), v, None, length=500_000_000)
    )(0.5),
    "whole team": lambda: shared.run((np.zeros(64, "float32"),)),
    "first of a team": lambda: led.run((np.zeros((900, 900), "float32"), np.zeros(4, "float32"))),
    "eager": lambda: ops.while_loop(lambda v: v < 1, lambda v: v * 1, (0.5,)),
}}
for name, run in runs.items():
    counts.step.assign(0)
    before = model.get_weights()
    print("ready", flush=True)
    try:
        run()
        print("ended", name, flush=True)
    except KeyboardInterrupt:
        print("caught", time.time(), flush=True)
    trained = [v.path for v in model.trainable_variables]
    for variable, old in zip(model.weights, before):
        assert variable.path not in trained or (np.asarray(variable) == old).all(), (name, variable.path)
    counts.step.assign(1)
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"][0])
    assert np.isfinite(model(x)).all() and np.isfinite(model.predict(x, verbose=0)).all()
"""


@pytest.mark.parametrize("width", [4, 512])
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_loop_that_never_ends_by_itself(threads, width):
    """In a compiled step, a prediction and a call; the step's weights stay as they were, and the model goes on."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS.format(threads=threads, width=width)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    late = []
    try:
        for _ in range(8):
            ready = process.stdout.readline().strip()
            assert ready == "ready", process.stderr.read()
            time.sleep(0.5)
            sent = time.time()
            process.send_signal(signal.SIGINT)
            caught = process.stdout.readline().split()
            assert caught[0] == "caught", caught
            late.append(float(caught[1]) - sent)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert max(late) < 0.2

"""After a fork, parent and child both go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

TIME_LIMIT = 60

# Every case is a program of its own: a hanging child must not take the test run with it, and
# pytest's process has more threads than a test should depend on.
SETUP = """
import multiprocessing, os, sys, threading
import numpy as np
from native.programs import Regression

model = Regression(32, 67, 35)
rng = np.random.default_rng(0)
x, t = rng.standard_normal((320, 67)), rng.standard_normal((320, 35))
y, error = np.empty((320, 35), np.float32), np.empty((), np.float32)
start = model.weights.copy()

def train():
    model.weights[:] = start
    assert model.program.run_steps([x, t], None, 0, 10, 32, [y, error], 60.0) == 10
    return model.weights.tobytes()
"""

CASES = {
    "a child trains what the parent trained": """
        model.program.set_threads(2)
        expected = train()
        pid = os.fork()
        same = train() == expected
        if pid == 0:
            os._exit(0 if same else 3)
        assert os.waitpid(pid, 0)[1] == 0
        assert same
    """,
    "a child of a child": """
        model.program.set_threads(2)
        expected = train()
        pid = os.fork()
        if pid == 0:
            train()
            pid = os.fork()
            same = train() == expected
            if pid == 0:
                os._exit(0 if same else 3)
            os._exit(0 if os.waitpid(pid, 0)[1] == 0 and same else 3)
        assert os.waitpid(pid, 0)[1] == 0
        assert train() == expected
    """,
    "multiprocessing": """
        model.program.set_threads(2)
        expected = train()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(lambda_free, range(4)) == [expected] * 4
        assert train() == expected
    """,
    "forks while other threads train": """
        model.program.set_threads(2)
        expected = train()
        stop = threading.Event()
        out = np.empty((320, 35), np.float32), np.empty((), np.float32)

        def keep_running():
            while not stop.is_set():
                model.program.run([x[:32], t[:32]], [out[0][:32], out[1]])

        threads = [threading.Thread(target=keep_running) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            pid = os.fork()
            if pid == 0:
                os._exit(0 if train() == expected else 3)
            assert os.waitpid(pid, 0)[1] == 0
        stop.set()
        for thread in threads:
            thread.join()
        assert train() == expected
    """,
}


@pytest.mark.parametrize("case", CASES)
def test_fork(case: str) -> None:
    code = SETUP + "\ndef lambda_free(_):\n    return train()\n" + textwrap.dedent(CASES[case])
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        # A hanging grandchild keeps the pipe open, so its whole group is ended.
        guard = threading.Timer(TIME_LIMIT, os.killpg, (process.pid, signal.SIGKILL))
        guard.start()
        started = time.monotonic()
        assert process.stderr is not None
        errors = process.stderr.read()
        status = process.wait()
        guard.cancel()
    assert status == 0, f"status {status} after {time.monotonic() - started:.0f} s\n{errors}"

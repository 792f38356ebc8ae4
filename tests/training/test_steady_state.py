"""What a long run must not do: grow, call Python more than it has to, or break in a fork or among threads."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from in_threads import in_threads
from nncore import layers

RNG = np.random.default_rng(0)


def classifier(inputs: int, hidden: int = 16) -> Any:
    nncore.utils.set_random_seed(3)
    model = nncore.Sequential([layers.Input((inputs,)), layers.Dense(hidden, "relu"), layers.Dense(4)])
    loss = nncore.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def run_alone(code: str) -> None:
    """Run a program in a process of its own, which a hanging or growing run can't harm."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("call", ["model(row)", "model.predict(row, verbose=0)"])
def test_100_000_calls_leave_the_process_as_large_as_it_was(call: str) -> None:
    run_alone(f"""
        import os
        import numpy as np
        import nncore

        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

        model = nncore.Sequential([nncore.Input((64,)), nncore.layers.Dense(32, "relu"), nncore.layers.Dense(10)])
        row = np.ones((1, 64), "float32")
        for _ in range(2_000):
            {call}
        before = resident()
        for _ in range(100_000):
            {call}
        grown = resident() - before
        assert grown < 400_000, grown  # four bytes a call
    """)


class Count(nncore.callbacks.Callback):
    """A callback that wants to hear of each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the batch."""
        self.batches += 1


def python_calls(model: Any, steps: int, callbacks: list[Any]) -> int:
    """How many Python functions an epoch of so many steps calls."""
    x, y = np.ones((8 * steps, 5), "float32"), np.zeros(8 * steps, "int32")
    called = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(profile)
    try:
        model.fit(x, y, batch_size=8, verbose=0, callbacks=callbacks)
    finally:
        sys.setprofile(None)
    return called


def test_a_step_calls_no_python_and_a_watched_one_little() -> None:
    model, watcher = classifier(5), Count()
    for warm_up in ([], [watcher]):
        python_calls(model, 20, warm_up)
    watcher.batches = 0
    alone = python_calls(model, 520, []) - python_calls(model, 20, [])
    watched = python_calls(model, 520, [watcher]) - python_calls(model, 20, [watcher])
    assert watcher.batches == 540
    assert alone <= 20  # a return every 50 milliseconds
    assert watched <= 500 * 6  # the callback itself is one of them


def test_parent_and_child_train_on_after_a_fork() -> None:
    run_alone("""
        import os
        import numpy as np
        import nncore

        nncore.config.set_num_threads(2)
        nncore.utils.set_random_seed(1)
        hidden = nncore.layers.Dense(512, "relu")
        model = nncore.Sequential([nncore.Input((256,)), hidden, nncore.layers.Dense(256)])
        model.compile("adam", "mse")
        x = np.random.default_rng(0).standard_normal((1024, 256)).astype("float32")
        model.fit(x, x, batch_size=128, verbose=0)

        def go_on():
            model.fit(x, x, batch_size=128, epochs=2, verbose=0)
            return b"".join(w.tobytes() for w in model.get_weights()) + model.predict(x, verbose=0).tobytes()

        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            import hashlib
            os.write(write, hashlib.sha256(go_on()).digest())
            os._exit(0)
        import hashlib
        own = hashlib.sha256(go_on()).digest()
        assert os.waitpid(pid, 0)[1] == 0
        assert os.read(read, 64) == own
    """)


DTYPES = ["uint8", "int8", "int32", "int64", "uint16", "float16", "float64", "bool"]


@pytest.mark.parametrize("place", ["array", "memory map"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_shuffled_data_of_any_dtype_and_place_train_alike(dtype: str, place: str, tmp_path: Path) -> None:
    values = RNG.integers(0, 2 if dtype == "bool" else 120, (203, 9))
    labels = RNG.integers(0, 4, 203)
    data: Any = values.astype(dtype)
    if place == "memory map":
        data = np.memmap(tmp_path / "x", dtype, "w+", shape=values.shape)
        data[:] = values
        data = np.memmap(tmp_path / "x", dtype, "r", shape=values.shape)

    def trained(x: Any) -> list[Any]:
        model = classifier(9)
        history = model.fit(x, labels, batch_size=16, epochs=2, shuffle=True, verbose=0).history
        return [*model.get_weights(), history["loss"], history["accuracy"], model.predict(x, verbose=0)]

    for found, expected in zip(trained(data), trained(values.astype("float32")), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_threads_predict_batches_of_many_sizes_with_one_model() -> None:
    model = classifier(256, 256)
    inputs = [RNG.standard_normal((n, 256)).astype("float32") for n in (1, 7, 64, 1500)]
    expected = [model.predict(x, batch_size=512, verbose=0) for x in inputs]
    wrong: list[int] = []

    def work(i: int) -> None:
        for repeat in range(20):
            k = (i + repeat) % len(inputs)
            if (model.predict(inputs[k], batch_size=512, verbose=0) != expected[k]).any():
                wrong.append(k)

    in_threads(6, work)
    assert wrong == []

"""Programs against the same arithmetic in NumPy."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import numpy as np
import pytest

from native.programs import ProgramBuilder, Regression
from nncore import _native

N, BATCH, FEATURES, OUTPUTS = 96, 8, 5, 3


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def data(rng: np.random.Generator, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    return (
        rng.standard_normal((N, FEATURES)).astype(dtype),
        rng.standard_normal((N, OUTPUTS)).astype(dtype),
    )


def reference(
    model: Regression, x: np.ndarray, t: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weights = model.weights.astype(np.float64)
    predictions, total = [], np.zeros(())
    for step in range(len(rows) // model.batch):
        batch = rows[step * model.batch : (step + 1) * model.batch]
        weights, y, total = model.reference_step(weights, x[batch], t[batch])
        predictions.append(y)
    return weights, np.concatenate(predictions), total


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_run_is_one_step(rng: np.random.Generator, dtype: str) -> None:
    model = Regression(BATCH, FEATURES, OUTPUTS, dtype)
    x, t = data(rng, dtype)
    weights, predictions, total = reference(model, x, t, np.arange(BATCH))
    y, error = np.empty((BATCH, OUTPUTS), dtype), np.empty((), dtype)
    model.program.run([x[:BATCH], t[:BATCH]], [y, error])
    np.testing.assert_allclose(y, predictions, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(error, total, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.weights, weights, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("first", [0, 16])
def test_run_steps_is_many_steps(rng: np.random.Generator, shuffled: bool, first: int) -> None:
    model = Regression(BATCH, FEATURES, OUTPUTS)
    x, t = data(rng)
    index = rng.permutation(N) if shuffled else None
    rows = (index if index is not None else np.arange(N))[first:]
    weights, predictions, total = reference(model, x, t, rows)
    y, error = np.full((N, OUTPUTS), -7, np.float32), np.empty((), np.float32)
    n_steps = (N - first) // BATCH
    done = model.program.run_steps([x, t], index, first, n_steps, BATCH, [y, error], 60.0)
    assert done == n_steps
    np.testing.assert_allclose(y[first:], predictions, rtol=1e-4, atol=1e-5)
    assert (y[:first] == -7).all()
    np.testing.assert_allclose(error, total, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(model.weights, weights, rtol=1e-4, atol=1e-6)


def test_run_converts_what_it_is_fed(rng: np.random.Generator) -> None:
    b = ProgramBuilder()
    x = b.feed((6, 4))
    b.elementwise("neg", [x], b.fetch((6, 4)))
    program = b.build()
    out = np.empty((6, 4), np.float32)
    whole = rng.integers(0, 100, (12, 8))
    for source in (
        whole[::2, ::2].astype(np.uint8),
        whole[::2, 1::2],
        np.asfortranarray(whole[:6, :4]).astype(np.float64),
        whole[:6, :4].astype(np.float16)[::-1],
        whole[:6, :4] > 50,
    ):
        program.run([source], [out])
        np.testing.assert_array_equal(out, -source.astype(np.float32))


def test_a_feed_without_rows_serves_every_step(rng: np.random.Generator) -> None:
    b = ProgramBuilder()
    x, s = b.feed((4,)), b.feed(())
    b.elementwise("mul", [x, (s[0], 0, 0, (4,), (0,))], b.fetch((4,), per_row=True))
    program = b.build()
    x_all, out = rng.standard_normal(12).astype(np.float32), np.empty(12, np.float32)
    for scale in (np.array(3.0, np.float32), np.array(2)):
        assert program.run_steps([x_all, scale], None, 0, 3, 4, [out], 60.0) == 3
        np.testing.assert_array_equal(out, x_all * np.float32(scale))


def test_empty_batches_and_programs() -> None:
    program = ProgramBuilder().build()
    program.run([], [])
    assert program.instruction_count == 0
    b = ProgramBuilder()
    b.elementwise("neg", [b.feed((0, 3))], b.fetch((0, 3)))
    b.build().run([np.empty((0, 3))], [np.empty((0, 3), np.float32)])


def test_no_steps_change_nothing(rng: np.random.Generator) -> None:
    model = Regression(BATCH, FEATURES, OUTPUTS)
    before = model.weights.copy()
    x, t = data(rng)
    y, error = np.empty((N, OUTPUTS), np.float32), np.empty((), np.float32)
    assert model.program.run_steps([x, t], None, 0, 0, BATCH, [y, error]) == 0
    np.testing.assert_array_equal(model.weights, before)


class TestInterruption:
    """run_steps returns early and can go on from where it was."""

    def test_budget(self, rng: np.random.Generator) -> None:
        model = Regression(BATCH, FEATURES, OUTPUTS)
        x, t = data(rng)
        y, error = np.empty((N, OUTPUTS), np.float32), np.empty((), np.float32)
        weights, predictions, _ = reference(model, x, t, np.arange(N))
        done = calls = 0
        while done < N // BATCH:
            more = model.program.run_steps([x, t], None, done * BATCH, N // BATCH - done, BATCH, [y, error], 0.0)
            assert more == 1
            done, calls = done + more, calls + 1
        assert calls == N // BATCH
        np.testing.assert_allclose(y, predictions, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(model.weights, weights, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize("threads", [1, 2])
    def test_stop_and_the_lock(self, threads: int) -> None:
        """Another Python thread runs meanwhile, and can stop the steps."""
        b = ProgramBuilder()
        x = b.feed((1, 256))
        w = b.variable(np.zeros((1, 256), np.float32))
        b.elementwise("add", [x, w], w)
        program = b.build()
        program.set_threads(threads)
        steps = 50_000_000
        source = np.ones((1, 256), np.float32)
        rows = np.broadcast_to(source, (steps, 256))
        started = time.monotonic()
        timer = threading.Timer(0.05, program.stop)
        timer.start()
        done = program.run_steps([rows], None, 0, steps, 1, [], 30.0)
        timer.join()
        assert 0 < done < steps
        assert time.monotonic() - started < 10
        # A stop that is over does not stop what comes after it.
        assert program.run_steps([rows], None, 0, 10, 1, [], 60.0) == 10


def regression_call(**changes: Any) -> None:
    model = Regression(BATCH, FEATURES, OUTPUTS)
    before = model.weights.copy()
    arguments: dict[str, Any] = {
        "sources": [np.zeros((N, FEATURES), np.float32), np.zeros((N, OUTPUTS))],
        "index": None,
        "first": 0,
        "n_steps": N // BATCH,
        "batch": BATCH,
        "dests": [np.zeros((N, OUTPUTS), np.float32), np.zeros((), np.float32)],
    } | changes
    try:
        model.program.run_steps(**arguments)
    finally:
        np.testing.assert_array_equal(model.weights, before)


ZEROS = np.zeros((N, FEATURES), np.float32)
Y, ERROR = np.zeros((N, OUTPUTS), np.float32), np.zeros((), np.float32)
BAD_STEPS = {
    "index beyond the rows": (
        {"index": np.full(N, N)},
        ValueError,
        r"from 0 to 95. Received: index\[0\]=96",
    ),
    "index negative": (
        {"index": np.r_[np.zeros(N - 1, np.int64), -1]},
        ValueError,
        r"Received: index\[95\]=-1",
    ),
    "index too short": (
        {"index": np.arange(N - 1)},
        ValueError,
        "95 entries of index. Received: first=0, n_steps=12, batch=8",
    ),
    "index of another type": (
        {"index": np.arange(N, dtype=np.int32)},
        TypeError,
        "index.* int64. Received: int32",
    ),
    "index strided": ({"index": np.arange(2 * N)[::2]}, ValueError, "C-contiguous"),
    "index of two dimensions": (
        {"index": np.zeros((N, 1), np.int64)},
        ValueError,
        "one-dimensional",
    ),
    "too many steps": (
        {"n_steps": N // BATCH + 1},
        ValueError,
        "96 rows of the sources. Received: first=0, n_steps=13",
    ),
    "first too large": ({"first": 1}, ValueError, "Received: first=1"),
    "first negative": ({"first": -1}, ValueError, "Received: first=-1"),
    "steps negative": ({"n_steps": -1}, ValueError, "n_steps=-1"),
    "steps overflow": ({"n_steps": 2**62}, ValueError, "n_steps=4611686018427387904"),
    "another batch": ({"batch": 4}, ValueError, "feed 0 takes 8 rows. Received: batch=4"),
    "batch zero": ({"batch": 0}, ValueError, "batch=0"),
    "budget not a number": ({"budget_s": float("nan")}, ValueError, "budget_s=nan"),
    "source of other rows": (
        {"sources": [np.zeros((N, FEATURES + 1)), Y]},
        ValueError,
        r"source 0 must hold rows for a feed of float32\(8, 5\). Received: float64\(96, 6\)",
    ),
    "source of another rank": ({"sources": [np.zeros(N), Y]}, ValueError, "source 0"),
    "source missing": ({"sources": [ZEROS]}, ValueError, "must have 2 items. Received: 1"),
    "source of objects": (
        {"sources": [ZEROS.astype(object), Y]},
        TypeError,
        "source 0 .*dtype=object",
    ),
    "dest too short": (
        {"dests": [Y[:-1], ERROR]},
        ValueError,
        r"dest 0 must hold at least 96 rows .*Received: float32\(95, 3\)",
    ),
    "dest of another dtype": (
        {"dests": [Y.astype(np.float64), ERROR]},
        TypeError,
        "dest 0 must have dtype float32",
    ),
    "dest strided": (
        {"dests": [np.zeros((OUTPUTS, N), np.float32).T, ERROR]},
        ValueError,
        "dest 0 must be C-contiguous",
    ),
    "dest of another shape": (
        {"dests": [Y, np.zeros(1, np.float32)]},
        ValueError,
        r"dest 1 must have shape \(\). Received: float32\(1,\)",
    ),
    "dest read-only": (
        {"dests": [np.broadcast_to(np.float32(0), (N, OUTPUTS)), ERROR]},
        ValueError,
        "dest 0 is written, but the array is read-only",
    ),
}


@pytest.mark.parametrize("case", BAD_STEPS)
def test_bad_steps(case: str) -> None:
    changes, error, message = BAD_STEPS[case]
    with pytest.raises(error) as caught:
        regression_call(**changes)
    assert re.search(message, str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("feeds", "fetches", "error", "message"),
    [
        ([np.zeros((8, 4)), Y[:8]], [Y[:8], ERROR], ValueError, r"feed 0 must have shape \(8, 5\)"),
        ([ZEROS[:8]], [Y[:8], ERROR], ValueError, "feeds must have 2 items. Received: 1"),
        ([ZEROS[:8], Y[:8]], [Y[:7], ERROR], ValueError, r"fetch 0 must have shape \(8, 3\)"),
        ([ZEROS[:8], Y[:8]], [Y[:8], 0.0], TypeError, "fetch 1 must be a NumPy array"),
        (5, [Y[:8], ERROR], TypeError, "feeds must be a list or tuple. Received: <class 'int'>"),
    ],
)
def test_bad_run(feeds: Any, fetches: Any, error: type[Exception], message: str) -> None:
    model = Regression(BATCH, FEATURES, OUTPUTS)
    with pytest.raises(error) as caught:
        model.program.run(feeds, fetches)
    assert re.search(message, str(caught.value)), str(caught.value)


def test_dump_names_everything() -> None:
    model = Regression(BATCH, FEATURES, OUTPUTS)
    text = model.program.dump()
    assert "program of 7 instructions" in text
    assert "feed0: float32(8, 5)" in text
    assert "fetch0: float32(8, 3) by row" in text
    assert re.search(r"0 matmul feed0:.*, variable0:.* -> arena@0:float32\(8, 3\)", text)
    assert re.search(r"2 matmul feed0:float32\(5, 8\) strides \(1, 5\)", text)
    assert model.program.instruction_count == 7
    assert model.program.arena_bytes % 64 == 0


def test_arrays_live_as_long_as_the_program() -> None:
    b = ProgramBuilder()
    b.elementwise("add", [b.constant(np.arange(5.0)), b.variable(np.ones(5))], b.fetch((5,), "float64"))
    program = b.build()
    del b
    _ = [np.full(5, 9.0) for _ in range(1000)]
    out = np.empty(5)
    program.run([], [out])
    np.testing.assert_array_equal(out, np.arange(5.0) + 1)


def test_execute_equals_a_program() -> None:
    x, out = np.linspace(-2, 2, 9, dtype=np.float32), np.empty(9, np.float32)
    code, _ = _native.elementwise_opcodes()["tanh"]
    _native.execute("elementwise", [x, out], 1, (0, 1, code, 1, 0, 0, 0, 1), ())
    b = ProgramBuilder()
    b.elementwise("tanh", [b.feed((9,))], b.fetch((9,)))
    again = np.empty_like(out)
    b.build().run([x], [again])
    np.testing.assert_array_equal(out, again)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("nothing", [], 0), ValueError, "no kernel of that name"),
        (("copy", [np.zeros(3), np.zeros(4)], 1), ValueError, r"execute\(copy\): .*float64\(3,\)"),
        (("copy", [np.zeros(3), np.zeros(3)], 5), ValueError, "Received: n_in=5"),
        (("copy", [np.zeros(3), [0.0]], 1), TypeError, "operand 1 must be a NumPy array"),
        (("copy", [np.zeros(3, "f2"), np.zeros(3)], 1), TypeError, "dtype=float16"),
        (("copy", [np.zeros((1,) * 9), np.zeros(3)], 1), ValueError, "at most 8 dimensions"),
        (("softmax", [np.zeros((3, 4)).T, np.zeros((4, 3))], 1), ValueError, "C-contiguous"),
        (("copy", [np.ones(3), np.broadcast_to(0.0, (3,))], 1), ValueError, "read-only"),
        (("copy", [Y.ravel()[1:], Y.ravel()[:-1]], 1), ValueError, "shares memory"),
        (("copy", np.zeros(3), 1), TypeError, "operands must be a list or tuple"),
        (
            ("copy", [np.zeros(3, np.dtype([("a", "u1"), ("b", "f8")]))["b"], np.zeros(3)], 1),
            ValueError,
            "aligned",
        ),
    ],
)
def test_bad_execute(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        _native.execute(*arguments)
    assert re.search(message, str(caught.value)), str(caught.value)

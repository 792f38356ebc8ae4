"""Schedules: a team meets where one member needs what another has written, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import nncore
from nncore import _native, graph, layers


@pytest.fixture
def two_threads() -> Iterator[None]:
    _native.set_num_threads(2)
    yield
    _native.set_num_threads(0)


def training_step(
    batch: int, inputs: tuple[int, ...], sizes: tuple[int, ...], dtype: str = "float32"
) -> tuple[nncore.Model, graph.Step]:
    """A dense network and the step that `fit` compiles for it."""
    hidden = [layers.Dense(units, activation="relu", dtype=dtype) for units in sizes[:-1]]
    start = [layers.Input(inputs, dtype=dtype), layers.Flatten()]
    model = nncore.Sequential([*start, *hidden, layers.Dense(sizes[-1], dtype=dtype)])
    loss = nncore.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("rmsprop", loss, metrics=["accuracy"])
    rng = np.random.default_rng(0)
    model.set_weights([0.1 * rng.standard_normal(w.shape) for w in model.get_weights()])
    compiled, compile_step = [], graph.compile_step

    def keep(*args: object, **kwargs: object) -> graph.Step:
        compiled.append(compile_step(*args, **kwargs))  # type: ignore[arg-type]
        return compiled[-1]

    graph.compile_step = keep
    try:
        model.fit(np.zeros((batch, *inputs), dtype), np.zeros(batch, np.int32), batch_size=batch, verbose=0)
    finally:
        graph.compile_step = compile_step
    return model, compiled[0]


def schedule(step: graph.Step) -> str:
    """The schedule's line of a dump."""
    (line,) = (line for line in step.dump("program").splitlines() if line.startswith("a team of "))
    return line


def meetings(step: graph.Step) -> int:
    """Meetings within a step, as its dump shows them."""
    return schedule(step).count("|")


@pytest.mark.usefixtures("two_threads")
def test_members_go_through_their_rows_alone() -> None:
    _, step = training_step(128, (784,), (32, 10))
    # Gathering to gradients by rows; then sums over the batch, which the optimizer computes itself.
    assert meetings(step) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("batch", "sizes"), [(128, (100, 32, 10)), (67, (33, 24, 17, 5)), (16, (300, 200, 10)), (37, (801, 33, 10))]
)
def test_the_same_bits_on_any_team(batch: int, sizes: tuple[int, ...], dtype: str) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((20 * batch, sizes[0])).astype(dtype)
    y = rng.integers(0, sizes[-1], len(x)).astype(np.int32)
    order = rng.permutation(len(x))

    def train(threads: int) -> list[bytes]:
        model, step = training_step(batch, sizes[:1], sizes[1:], dtype)
        step.program.set_threads(threads)
        results = step.new_results()
        for _ in range(3):
            assert step.run_steps([x, y], order, 0, 20, batch, results, 60.0) == 20
        return [w.tobytes() for w in [*model.get_weights(), *results]]

    alone = train(1)
    for threads in (2, 3, 5, 0):
        assert train(threads) == alone, f"{threads} threads"


IMAGES = {
    "contiguous": lambda x: x,
    "reversed": lambda x: x[::-1, ::-1, ::-1],
    "every other": lambda x: np.repeat(x, 2, axis=2)[:, :, ::2],
    "transposed": lambda x: np.ascontiguousarray(x.transpose(2, 1, 0)).transpose(2, 1, 0),
}


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("layout", IMAGES)
def test_members_gather_the_columns_that_they_multiply(layout: str, dtype: str) -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 255, (640, 29, 27)).astype(dtype)
    x, y = IMAGES[layout](pixels), rng.integers(0, 10, 640).astype(np.int32)
    order = rng.permutation(640)

    def train(source: np.ndarray, threads: int) -> list[bytes]:
        model, step = training_step(128, (29, 27), (32, 10))
        if threads == 2:
            assert "gather/0" in schedule(step)
        step.program.set_threads(threads)
        results = step.new_results()
        assert step.run_steps([source, y], order, 0, 5, 128, results, 60.0) == 5
        return [w.tobytes() for w in [*model.get_weights(), *results]]

    expected = train(np.ascontiguousarray(x, np.float32), 1)
    assert train(x, 2) == expected
    assert train(x, 1) == expected

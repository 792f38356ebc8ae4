"""Same seed, same bits: whatever the threads, callbacks and verbosity."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import nncore
from nncore import layers


def train(seed=3, callbacks=(), verbose=0, epochs=2, shuffle=True, **compile_args):
    nncore.utils.set_random_seed(seed)
    model = nncore.Sequential(
        [
            layers.Input((20,)),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compile_args)
    rng = np.random.default_rng(0)
    x, y = rng.random((203, 20)), rng.integers(0, 3, 203)
    history = model.fit(
        x,
        y,
        epochs=epochs,
        verbose=verbose,
        shuffle=shuffle,
        callbacks=list(callbacks),
        validation_split=0.2,
    )
    return model.get_weights(), history.history


def same(a, b):
    return a[1] == b[1] and all(np.array_equal(p, q) for p, q in zip(a[0], b[0], strict=True))


def test_the_same_seed_gives_the_same_bits():
    assert same(train(), train())


def test_another_seed_gives_another_run():
    assert not same(train(), train(seed=4))


def test_threads_do_not_matter():
    before = nncore.config.get_num_threads()
    try:
        nncore.config.set_num_threads(1)
        one = train()
        nncore.config.set_num_threads(2)
        two = train()
    finally:
        nncore.config.set_num_threads(before)
    assert same(one, two)


def test_watching_does_not_matter(capsys):
    class Watch(nncore.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            assert logs["loss"] > 0

    quiet = train()
    assert same(quiet, train(callbacks=[Watch()]))
    assert same(quiet, train(verbose=2))
    assert same(quiet, train(callbacks=[Watch()], steps_per_execution=3))
    capsys.readouterr()


def test_each_epoch_and_each_fit_has_its_own_order():
    from nncore.random import permutation

    nncore.utils.set_random_seed(1)
    first, second = permutation(50), permutation(50)
    assert (first != second).any()
    nncore.utils.set_random_seed(1)
    np.testing.assert_array_equal(permutation(50), first)


def test_shuffling_draws_only_when_it_shuffles():
    assert not same(train(shuffle=True), train(shuffle=False))
    assert same(train(shuffle=False), train(shuffle=False))


SCRIPT = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from training.test_reproducible import train
weights, history = train()
print(hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest(), history["loss"])
"""


@pytest.mark.parametrize("threads", ["1", "2"])
def test_another_process_gives_the_same_bits(threads):
    tests = os.path.dirname(os.path.dirname(__file__))
    environment = {**os.environ, "OMP_NUM_THREADS": threads}
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT.format(tests=tests)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2 if threads == "1" else 1)
    ]
    weights, history = train()
    import hashlib

    digest = hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest()
    assert all(run.strip() == f"{digest} {history['loss']}" for run in runs)

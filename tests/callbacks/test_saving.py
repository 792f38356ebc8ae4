"""Callbacks that write files: checkpoints, and going on after an interruption with the same bits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import callbacks, layers, optimizers, saving

rng = np.random.default_rng(3)
X = rng.normal(size=(37, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def small(seed: int = 5, **compiled: Any) -> Any:
    """Dropout with its own seed, dropout with the global one, a schedule, running metrics."""
    nncore.utils.set_random_seed(seed)
    model = nncore.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(6, activation="tanh"),
            layers.Dropout(0.3, seed=1),
            layers.Lambda(lambda x: x + 0.01 * nncore.random.normal((6,))),
            layers.Dropout(0.1),
            layers.Dense(1),
        ]
    )
    schedule = optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    model.compile(
        **{"optimizer": optimizers.Adam(schedule, amsgrad=True), "loss": "mse", "metrics": ["mae"], **compiled}
    )
    return model


class Interrupt(callbacks.Callback):
    """Ends a training at a batch of an epoch."""

    def __init__(self, epoch: int, batch: int | None = None) -> None:
        super().__init__()
        self.at = (epoch, batch)
        self.epoch = 0
        if batch is not None:
            self.on_train_batch_end = self.batch_end

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch
        if self.at == (epoch, None):
            raise KeyboardInterrupt

    def batch_end(self, batch: int, logs: Any = None) -> None:
        if self.at == (self.epoch, batch):
            raise KeyboardInterrupt


def state(model: Any) -> list[Any]:
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables]]


def fit(model: Any, *more: Any, **options: Any) -> Any:
    options = {"batch_size": 5, "epochs": 5, "verbose": 0, "validation_split": 0.2, **options}
    return model.fit(X, Y, callbacks=list(more), **options)


@pytest.mark.parametrize("shuffle", [True, "batch", False])
@pytest.mark.parametrize(
    ("save_freq", "epoch", "batch"), [("epoch", 3, None), ("epoch", 2, 4), (2, 2, 4), (3, 1, 5), (1, 0, 0), (6, 3, 1)]
)
def test_resuming_gives_the_same_bits(save_freq: Any, epoch: int, batch: Any, shuffle: Any, tmp_path: Path) -> None:
    straight = small()
    expected = fit(straight, shuffle=shuffle)
    broken = small()
    with pytest.raises(KeyboardInterrupt):
        fit(broken, callbacks.BackupAndRestore(tmp_path, save_freq), Interrupt(epoch, batch), shuffle=shuffle)
    again = small(seed=99)
    history = fit(again, callbacks.BackupAndRestore(tmp_path, save_freq), shuffle=shuffle)
    for a, b in zip(state(straight), state(again), strict=True):
        np.testing.assert_array_equal(a, b)
    first = history.epoch[0]
    assert history.history == {name: values[first:] for name, values in expected.history.items()}
    assert not tmp_path.exists()


def test_resuming_data_given_in_batches(tmp_path: Path) -> None:
    class Batches:
        def __len__(self) -> int:
            return 8

        def __getitem__(self, i: int) -> Any:
            if i >= 8:
                raise IndexError
            return X[5 * i : 5 * i + 5], Y[5 * i : 5 * i + 5]

    def run(model: Any, *more: Any) -> Any:
        return model.fit(Batches(), epochs=3, verbose=0, callbacks=list(more))

    straight = small()
    run(straight)
    with pytest.raises(KeyboardInterrupt):
        run(small(), callbacks.BackupAndRestore(tmp_path, 3), Interrupt(1, 4))
    again = small(seed=9)
    run(again, callbacks.BackupAndRestore(tmp_path, 3))
    for a, b in zip(state(straight), state(again), strict=True):
        np.testing.assert_array_equal(a, b)


def test_backup_is_of_the_same_model(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(small(), callbacks.BackupAndRestore(tmp_path), Interrupt(1))
    other = small(metrics=None)
    before = state(other)
    with pytest.raises(saving.LoadError, match="to start afresh"):
        fit(other, callbacks.BackupAndRestore(tmp_path))
    for a, b in zip(before, state(other)[: len(before)], strict=False):
        np.testing.assert_array_equal(a, b)


def test_double_checkpoint(tmp_path: Path) -> None:
    straight = small()
    fit(straight)
    with pytest.raises(KeyboardInterrupt):
        fit(small(), callbacks.BackupAndRestore(tmp_path, double_checkpoint=True), Interrupt(3))
    assert sorted(os.listdir(tmp_path)) == ["latest.weights.h5", "latest.weights.h5.bkp"]
    (tmp_path / "latest.weights.h5").write_bytes(b"damaged")
    again = small(seed=8)
    history = fit(again, callbacks.BackupAndRestore(tmp_path, double_checkpoint=True, delete_checkpoint=False))
    assert history.epoch == [2, 3, 4]
    for a, b in zip(state(straight), state(again), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (tmp_path / "latest.weights.h5").exists()


def test_folder_of_others_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    fit(small(), callbacks.BackupAndRestore(tmp_path))
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_backup_is_a_file_of_weights(tmp_path: Path) -> None:
    model = small()
    fit(model, callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False))
    again = small(seed=7)
    again.load_weights(tmp_path / "latest.weights.h5")
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# -- ModelCheckpoint --


def test_checkpoint_names(tmp_path: Path) -> None:
    path = tmp_path / "in" / "{epoch:02d}-{val_loss:.3f}.weights.h5"
    history = fit(small(), callbacks.ModelCheckpoint(path, save_weights_only=True), epochs=2)
    losses = history.history["val_loss"]
    assert sorted(os.listdir(tmp_path / "in")) == [f"{i + 1:02d}-{v:.3f}.weights.h5" for i, v in enumerate(losses)]


def test_checkpoint_of_the_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = small(optimizer="sgd")
    path = tmp_path / "best.weights.h5"
    values = iter([3.0, 1.0, 2.0, 0.5])

    class Pretend(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["quality"] = next(values)

    kept: list[Any] = []

    class Keep(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            kept.append(self.model.get_weights())

    best = callbacks.ModelCheckpoint(path, "quality", 1, save_best_only=True, save_weights_only=True, mode="max")
    fit(model, Pretend(), best, Keep(), epochs=4)
    again = small()
    again.compile("sgd", "mse")
    again.load_weights(path)
    for a, b in zip(again.get_weights(), kept[0], strict=True):
        np.testing.assert_array_equal(a, b)
    shown = capsys.readouterr().out
    assert f"Epoch 1: quality improved from None to 3.00000, saving model to {path}" in shown
    assert f"Epoch 1: finished saving model to {path}" in shown
    assert "Epoch 2: quality did not improve from 3.00000" in shown


def test_checkpoint_threshold_and_missing_value(tmp_path: Path) -> None:
    options = {"save_best_only": True, "save_weights_only": True}
    never = callbacks.ModelCheckpoint(tmp_path / "a.weights.h5", initial_value_threshold=-1.0, **options)
    fit(small(), never, epochs=1)
    assert os.listdir(tmp_path) == []
    with pytest.warns(UserWarning, match="Can save best model only with nothing available"):
        fit(small(), callbacks.ModelCheckpoint(tmp_path / "b.weights.h5", "nothing", **options), epochs=1)
    assert os.listdir(tmp_path) == ["b.weights.h5"]


def test_checkpoint_by_batches(tmp_path: Path) -> None:
    path = tmp_path / "{epoch}-{batch}.safetensors"
    fit(small(), callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=4), epochs=2)
    # 29 samples are 6 batches an epoch: the 4th and 8th, the latter as the 2nd of its epoch.
    assert sorted(os.listdir(tmp_path)) == ["1-4.safetensors", "2-2.safetensors", "2-6.safetensors"]


def test_checkpoint_of_the_whole_model(tmp_path: Path) -> None:
    model = nncore.Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    fit(model, callbacks.ModelCheckpoint(tmp_path / "m.keras"), epochs=2)
    again = saving.load_model(tmp_path / "m.keras")
    assert int(again.optimizer.iterations.numpy()) == 12
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: callbacks.ModelCheckpoint("m.txt"), "must end in `.keras`"),
        (lambda: callbacks.ModelCheckpoint("m.keras", save_weights_only=True), "must end in `.weights.h5`"),
        (lambda: callbacks.ModelCheckpoint("m.keras", save_freq=0), "save_freq=0"),
        (lambda: callbacks.ModelCheckpoint("m.keras", save_freq="batch"), "save_freq='batch'"),
        (lambda: callbacks.ModelCheckpoint("m.keras", mode="up"), "mode='up'"),
        (lambda: callbacks.BackupAndRestore(""), "Empty `backup_dir`"),
        (lambda: callbacks.BackupAndRestore("x", save_freq=True), "save_freq=True"),
    ],
)
def test_bad_arguments(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_bad_place_in_a_name(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="Failed to format this callback filepath"):
        fit(small(), callbacks.ModelCheckpoint(tmp_path / "{nothing}.keras"), epochs=1)


# -- SwapEMAWeights --


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_swapped_while_evaluated(swap_on_epoch: bool) -> None:
    def make() -> Any:
        nncore.utils.set_random_seed(1)
        model = nncore.Sequential([layers.Input((4,)), layers.Dense(1)])
        model.compile(optimizers.SGD(0.05, use_ema=True, ema_momentum=0.7), "mse")
        return model

    seen: dict[str, list[Any]] = {"test": [], "epoch": []}

    class Look(callbacks.Callback):
        def on_test_begin(self, logs: Any = None) -> None:
            seen["test"].append(self.model.get_weights()[0])

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen["epoch"].append(self.model.get_weights()[0])

    model = make()
    fit(model, callbacks.SwapEMAWeights(swap_on_epoch), Look(), epochs=3)
    averages: list[Any] = []
    weights: list[Any] = []

    class Note(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            averages.append(self.model.optimizer._averages[0].numpy())
            weights.append(self.model.get_weights()[0])

    fit(make(), Note(), epochs=3)
    for found, average in zip(seen["test"], averages, strict=True):
        np.testing.assert_array_equal(found, average)
    for found, wanted in zip(seen["epoch"], averages if swap_on_epoch else weights, strict=True):
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(model.get_weights()[0], averages[-1])


def test_swapping_needs_averages() -> None:
    with pytest.raises(ValueError, match="use_ema=True"):
        fit(small(), callbacks.SwapEMAWeights())

"""Dataset, and the functions that make one of arrays: order, repetition, ends."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nncore.utils import Dataset, PyDataset, split_dataset, timeseries_dataset_from_array
from training.models import data, linear


def numbers(n=10):
    return Dataset.from_tensor_slices(np.arange(n))


def values(dataset):
    return [np.asarray(x).tolist() for x in dataset]


CHAINS = {
    "map": (lambda d: d.map(lambda x: x * 2), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]),
    "map in threads": (lambda d: d.map(lambda x: x * 2, num_parallel_calls=-1), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]),
    "filter": (lambda d: d.filter(lambda x: x % 3 == 0), [0, 3, 6, 9]),
    "batch": (lambda d: d.batch(4), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]),
    "whole batches": (lambda d: d.batch(4, drop_remainder=True), [[0, 1, 2, 3], [4, 5, 6, 7]]),
    "unbatch": (lambda d: d.batch(4).unbatch(), list(range(10))),
    "take": (lambda d: d.take(2), [0, 1]),
    "take all": (lambda d: d.take(-1), list(range(10))),
    "skip": (lambda d: d.skip(8), [8, 9]),
    "repeat": (lambda d: d.take(2).repeat(2), [0, 1, 0, 1]),
    "concatenate": (lambda d: d.take(1).concatenate(d.skip(9)), [0, 9]),
    "cache": (lambda d: d.cache(), list(range(10))),
    "prefetch": (lambda d: d.prefetch(-1), list(range(10))),
    "zip": (lambda d: Dataset.zip((d.take(2), d.skip(5))), [[0, 5], [1, 6]]),
}


@pytest.mark.parametrize("name", CHAINS)
def test_chains(name):
    make, wanted = CHAINS[name]
    made = make(numbers())
    threads = threading.active_count()
    assert values(made) == wanted
    assert values(made) == wanted, "a second pass differs"
    assert made.cardinality() in (len(wanted), -2)
    if made.cardinality() != -2:
        assert len(made) == len(wanted)
    next(iter(made))
    assert threading.active_count() == threads, "threads outlive a pass"


def test_dictionaries_and_tuples():
    made = Dataset.from_tensor_slices(({"a": np.arange(3), "b": np.ones((3, 2))}, np.arange(3) * 10)).batch(2)
    (x, y), (last, _) = made
    assert x["a"].tolist() == [0, 1]
    assert x["b"].shape == (2, 2)
    assert y.tolist() == [0, 10]
    assert last["a"].tolist() == [2]
    assert values(Dataset.from_tensor_slices((np.arange(2), np.arange(2))).map(lambda x, y: x + y)) == [0, 2]


def test_shuffling():
    first, second = values(numbers(50).shuffle(50, seed=1)), values(numbers(50).shuffle(50, seed=1))
    assert first == second != list(range(50))
    assert sorted(first) == list(range(50))
    mixed = numbers(50).shuffle(5, seed=1)
    one, two = values(mixed), values(mixed)
    assert one != two, "each pass draws another order"
    assert all(x - i <= 5 for i, x in enumerate(one)), "an element came before it was in the buffer"
    fixed = numbers(50).shuffle(50, seed=1, reshuffle_each_iteration=False)
    assert values(fixed) == values(fixed)


def test_a_cache_computes_once():
    computed = []
    cached = numbers(3).map(lambda x: computed.append(x) or x).cache()
    next(iter(cached))  # an unfinished pass is not kept
    assert values(cached) == values(cached) == [0, 1, 2]
    assert len(computed) == 4


def test_an_error_in_a_thread_is_raised():
    def fail(x):
        raise OSError("gone")

    for made in (numbers().map(fail, num_parallel_calls=2), numbers().map(fail).prefetch(1)):
        with pytest.raises(OSError, match="gone"):
            list(made)


@pytest.mark.parametrize("epochs", [1, 3])
def test_training_with_a_data_set_is_training_with_its_arrays(epochs):
    x, y = data()
    options = {"epochs": epochs, "shuffle": False, "verbose": 0}
    wanted = linear().fit(x, y, batch_size=8, **options).history["loss"]
    made = Dataset.from_tensor_slices((x, y)).batch(8).prefetch(2)
    assert linear().fit(made, **options).history["loss"] == wanted
    endless = linear().fit(made.repeat(), steps_per_epoch=5, **options).history["loss"]
    assert endless == wanted
    model = linear()
    np.testing.assert_array_equal(model.predict(made, verbose=0), model.predict(x, verbose=0))
    assert model.evaluate(made, verbose=0) == model.evaluate(x, y, batch_size=8, verbose=0)


# ---- time series ------------------------------------------------------------------------------

WINDOWS = [  # arguments, windows by hand, targets by hand (of data 0..9 and targets 100..109)
    ({"sequence_length": 3, "batch_size": 4}, [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]], [100, 101, 102, 103]),
    ({"sequence_length": 2, "sequence_stride": 4}, [[0, 1], [4, 5], [8, 9]], [100, 104, 108]),
    ({"sequence_length": 3, "sampling_rate": 3}, [[0, 3, 6], [1, 4, 7], [2, 5, 8], [3, 6, 9]], [100, 101, 102, 103]),
    ({"sequence_length": 2, "start_index": 5, "end_index": 8}, [[5, 6], [6, 7]], [105, 106]),
    ({"sequence_length": 9, "start_index": 0}, [[0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8, 9]], [100, 101]),
]


@pytest.mark.parametrize(("options", "windows", "answers"), WINDOWS)
def test_windows(options, windows, answers):
    series, targets = np.arange(10.0), np.arange(100, 110)
    x, y = next(iter(timeseries_dataset_from_array(series, targets, **options)))
    assert x.tolist() == windows
    assert y.tolist() == answers
    alone = next(iter(timeseries_dataset_from_array(series, None, **options)))
    assert alone.tolist() == windows


def test_windows_of_several_values_single_and_mixed():
    series = np.arange(40).reshape(20, 2)
    made = timeseries_dataset_from_array(series, series[:, 0], 4, batch_size=None)
    assert len(made) == 17
    assert all(x.tolist() == series[i : i + 4].tolist() and y == 2 * i for i, (x, y) in enumerate(made))
    mixed = timeseries_dataset_from_array(series, series[:, 0], 4, batch_size=5, shuffle=True, seed=3)
    passes = [[y.tolist() for _, y in mixed] for _ in range(2)]
    assert passes[0] != passes[1]
    assert [sorted(np.concatenate(p).tolist()) for p in passes] == [[2 * i for i in range(17)]] * 2
    assert all((x[:, 0, 0] == y).all() for x, y in mixed)
    again = timeseries_dataset_from_array(series, series[:, 0], 4, batch_size=5, shuffle=True, seed=3)
    assert [y.tolist() for _, y in again] == passes[0]


def test_targets_that_are_fewer_end_the_windows():
    made = timeseries_dataset_from_array(np.arange(10), np.arange(3), 2)
    assert [len(x) for x, _ in made] == [3]


@pytest.mark.parametrize(
    "options",
    [
        {"sampling_rate": 0},
        {"sampling_rate": 10},
        {"sequence_stride": 0},
        {"start_index": 10},
        {"start_index": -1},
        {"end_index": 0},
        {"end_index": 11},
        {"start_index": 5, "end_index": 5},
        {"format": "grain"},
        {"batch_size": 0},
    ],
)
def test_bad_windows(options):
    name = list(options)[-1]
    with pytest.raises(ValueError, match=f"`{name}`"):
        timeseries_dataset_from_array(np.arange(10), None, **{"sequence_length": 2, **options})


# ---- split ------------------------------------------------------------------------------------


class Five(PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return np.array([index])


SIZES = [  # left_size, right_size, the two parts of ten
    (0.75, None, 8, 2),
    (None, 0.25, 8, 2),
    (3, None, 3, 7),
    (None, 3, 7, 3),
    (0.2, 0.3, 2, 3),
    (4, 4, 4, 4),
]


@pytest.mark.parametrize(("left", "right", "first", "last"), SIZES)
def test_splits(left, right, first, last):
    a, b = split_dataset(np.arange(10), left_size=left, right_size=right)
    assert (len(a), len(b)) == (first, last)
    assert values(a) == list(range(first))
    assert values(b) == list(range(10 - last, 10))


def test_splits_of_other_sources():
    a, b = split_dataset((np.arange(10), np.arange(10) * 2), left_size=9)
    assert values(b) == [[9, 18]]
    a, b = split_dataset({"a": np.arange(4)}, left_size=0.5)
    assert [x["a"] for x in a] == [0, 1]
    a, b = split_dataset(Five(), right_size=1)
    assert values(b) == [[4]]
    a, b = split_dataset(numbers(), left_size=0.5, shuffle=True, seed=1)
    c, _ = split_dataset(numbers(), left_size=0.5, shuffle=True, seed=1)
    assert values(a) == values(c) != [0, 1, 2, 3, 4]
    assert sorted(values(a) + values(b)) == list(range(10))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "At least one"),
        ({"left_size": 1.5}, "`left_size`.*left_size=1.5"),
        ({"right_size": 11}, "`right_size`.*right_size=11"),
        ({"left_size": 6, "right_size": 6}, "sum of"),
        ({"left_size": 10}, "empty"),
        ({"left_size": 0.5, "preferred_backend": "torch"}, "preferred_backend"),
    ],
)
def test_bad_splits(options, message):
    with pytest.raises(ValueError, match=message):
        split_dataset(np.arange(10), **options)
    with pytest.raises(TypeError, match="left_size='half'"):
        split_dataset(np.arange(10), left_size="half")

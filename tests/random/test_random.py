"""Random functions: distributions, seeds, and their state."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nncore import random

N = 40000


def moments(x: np.ndarray) -> tuple[float, float]:
    return float(np.mean(x, dtype="float64")), float(np.std(x, dtype="float64"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distributions(dtype: str) -> None:
    mean, std = moments(random.normal((N,), 2.0, 3.0, dtype, seed=1))
    assert abs(mean - 2) < 0.1
    assert abs(std - 3) < 0.1
    x = random.uniform((N,), -1.0, 3.0, dtype, seed=2)
    assert x.dtype == dtype
    assert -1 <= x.min() < -0.99
    assert 2.99 < x.max() < 3
    assert abs(moments(x)[1] - 4 / math.sqrt(12)) < 0.05
    x = random.truncated_normal((N,), 1.0, 2.0, dtype, seed=3)
    assert abs(x - 1).max() <= 4.0001
    assert abs(moments(x)[1] - 2 * 0.8796) < 0.05


def test_normal_is_normal() -> None:
    """The share of draws below some quantiles."""
    x = random.normal((N,), seed=4)
    for quantile, share in [(-1.6449, 0.05), (-0.6745, 0.25), (0.0, 0.5), (0.6745, 0.75), (1.6449, 0.95)]:
        assert abs((x < quantile).mean() - share) < 4 * math.sqrt(share * (1 - share) / N)


def test_integers() -> None:
    x = random.randint((N,), -2, 3, seed=1)
    assert x.dtype == "int32"
    counts = np.bincount(x + 2, minlength=5)
    assert len(counts) == 5
    assert abs(counts / N - 0.2).max() < 0.01


def test_categorical() -> None:
    x = random.categorical(np.log([[0.2, 0.8], [0.5, 0.5]]), N, seed=1)
    assert x.shape == (2, N)
    assert abs(x.mean(axis=1) - [0.8, 0.5]).max() < 0.02


def test_shuffle() -> None:
    x = np.arange(30).reshape(10, 3)
    y = random.shuffle(x, seed=1)
    assert (y != x).any()
    assert sorted(map(tuple, y.tolist())) == sorted(map(tuple, x.tolist()))
    assert sorted(random.shuffle(x, axis=1, seed=1)[0].tolist()) == [0, 1, 2]


def test_seeds() -> None:
    same = [random.uniform((4,), seed=9).tolist() for _ in range(2)]
    assert same[0] == same[1]
    generator = random.SeedGenerator(9)
    drawn = [random.uniform((4,), seed=generator).tolist() for _ in range(2)]
    assert drawn[0] == same[0]
    assert drawn[1] != drawn[0]
    again = random.SeedGenerator.from_config(generator.get_config())
    assert random.uniform((4,), seed=again).tolist() == drawn[0]
    assert random.uniform((4,), seed=np.array([9, 1])).tolist() == drawn[1]


def test_global_seed() -> None:
    random.set_global_seed(4)
    first = [random.normal((3,)).tolist() for _ in range(2)]
    random.set_global_seed(4)
    assert [random.normal((3,)).tolist() for _ in range(2)] == first
    assert first[0] != first[1]


def test_prefix_does_not_depend_on_size() -> None:
    """Element i depends on the seed and i alone."""
    np.testing.assert_array_equal(random.normal((100,), seed=3)[:10], random.normal((10,), seed=3))


def test_permutation_is_uniform() -> None:
    """Each of the 24 orders of four numbers is drawn about as often."""
    generator = random.SeedGenerator(5)
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(2400):
        order = tuple(random.permutation(4, seed=generator).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    # Chi-square with 23 degrees of freedom: 49.7 is passed by chance once in a thousand.
    assert sum((count - 100) ** 2 / 100 for count in counts.values()) < 49.7


def test_permutation_holds_each_number_once() -> None:
    for n in (0, 1, 2, 1000):
        assert sorted(random.permutation(n, seed=3).tolist()) == list(range(n))
    assert random.permutation(50, seed=3).tolist() == random.permutation(50, seed=3).tolist()

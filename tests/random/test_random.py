"""Random functions: distributions, seeds, and their state."""

from __future__ import annotations

import math

import numpy as np
import pytest

import nncore
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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gamma_beta_and_binomial(dtype: str) -> None:
    """Means and standard deviations by their formulas; the distribution functions are in the kernels' tests."""
    alphas = np.array([[0.2], [1.0], [30.0]])
    x = random.gamma((3, N), alphas, dtype, seed=1)
    assert x.dtype == dtype
    np.testing.assert_allclose(x.mean(axis=1), alphas[:, 0], rtol=0.05)
    np.testing.assert_allclose(x.var(axis=1), alphas[:, 0], rtol=0.1)
    for a, b in ((0.5, 0.5), (2.0, 5.0), (0.01, 0.02)):
        x = random.beta((N,), a, b, dtype, seed=2)
        assert np.isfinite(x).all()
        assert x.min() >= 0
        assert x.max() <= 1
        assert abs(x.mean() - a / (a + b)) < 5 * x.std() / math.sqrt(N)
        assert abs(x.var() / (a * b / ((a + b) ** 2 * (a + b + 1))) - 1) < 0.1
    x = random.beta((N,), 1.0, 1.0, dtype, seed=3)  # the uniform distribution
    assert np.abs(np.sort(x) - np.arange(1, N + 1) / N).max() < 2.23 / math.sqrt(N)
    x = random.binomial((N, 2), [10, 1000], 0.3, dtype, seed=4)
    assert x.dtype == dtype
    np.testing.assert_array_equal(x, np.round(x))
    np.testing.assert_allclose(x.mean(axis=0), [3, 300], rtol=0.02)
    np.testing.assert_allclose(x.var(axis=0), [2.1, 210], rtol=0.05)


@pytest.mark.parametrize(
    "draw",
    [
        lambda seed: random.gamma((50,), 2.0, seed=seed),
        lambda seed: random.beta((50,), 2.0, 1.0, seed=seed),
        lambda seed: random.binomial((50,), 90, 0.4, seed=seed),
    ],
)
def test_rejecting_draws_follow_the_seed_eager_and_compiled(draw) -> None:
    one, two = random.SeedGenerator(5), random.SeedGenerator(5)
    eager = [draw(one) for _ in range(3)]
    step = nncore.function(lambda: draw(two))
    for a in eager:
        np.testing.assert_array_equal(step(), a)
    assert (eager[0] != eager[1]).any()
    np.testing.assert_array_equal(draw(7), draw(7))


def test_parameters_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"`beta` should broadcast.*beta.shape=\(3,\), shape=\(2,\)"):
        random.beta((2,), 1.0, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="`dtype` should be one of"):
        random.gamma((2,), 1.0, dtype="int32")

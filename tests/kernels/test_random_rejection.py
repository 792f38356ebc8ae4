"""random_gamma and random_binomial: their distributions, and that elements don't depend on each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernel_outputs import FLOATS, output_of
from nncore import _native

N = 40_000
# The largest distance of two distribution functions that chance exceeds once in ten thousand times.
KOLMOGOROV = 2.23 / math.sqrt(N)


def gamma(alpha: float, key: int = 1, kind: int = 0, dtype: str = "float64", n: int = N) -> np.ndarray:
    return output_of("random_gamma", [np.array([key, 0]), np.full(n, alpha, dtype)], (n,), dtype, [0, kind])


def binomial(count: float, p: float, key: int = 1, dtype: str = "float64", n: int = N) -> np.ndarray:
    inputs = [np.array([key, 0]), np.full(n, count, dtype), np.full(n, p, dtype)]
    return output_of("random_binomial", inputs, (n,), dtype, [0])


def gamma_cdf(alpha: float, x: np.ndarray) -> np.ndarray:
    """The regularised incomplete gamma function by its series, sum of x^k / (alpha ... (alpha + k))."""
    log_x = np.log(np.maximum(x, 1e-300))
    total = np.zeros_like(x)
    for k in range(600):
        total += np.exp((alpha + k) * log_x - x - math.lgamma(alpha + k + 1))
    return np.minimum(total, 1)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0, 1.5, 7.0, 80.0])
def test_gamma_has_its_distribution(alpha: float, dtype: str) -> None:
    x = np.sort(gamma(alpha, dtype=dtype).astype("float64"))
    assert x.min() >= 0
    steps = np.arange(1, N + 1) / N
    cdf = gamma_cdf(alpha, x)
    assert max(np.abs(cdf - steps).max(), np.abs(cdf - steps + 1 / N).max()) < KOLMOGOROV
    assert abs(x.mean() - alpha) < 5 * math.sqrt(alpha / N)
    # The variance of a sample variance is (fourth moment - variance^2) / N.
    assert abs(x.var() - alpha) < 5 * math.sqrt((2 * alpha**2 + 6 * alpha) / N)


def test_the_logarithm_of_gamma_reaches_below_what_floats_hold() -> None:
    log = gamma(0.001, kind=1)
    np.testing.assert_allclose(np.exp(log), gamma(0.001), rtol=1e-12)
    assert (log < -750).any()
    assert np.isfinite(log).all()


def binomial_mass(count: int, p: float) -> np.ndarray:
    k = np.arange(count + 1)
    logs = [math.lgamma(count + 1) - math.lgamma(i + 1) - math.lgamma(count - i + 1) for i in k]
    return np.exp(np.array(logs) + k * math.log(p) + (count - k) * math.log1p(-p))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("count", "p"), [(1, 0.3), (7, 0.5), (20, 0.05), (40, 0.25), (100, 0.5), (100, 0.93), (3000, 0.4)]
)
def test_binomial_has_its_distribution(count: int, p: float, dtype: str) -> None:
    x = binomial(count, p, dtype=dtype).astype("int64")
    assert x.min() >= 0
    assert x.max() <= count
    seen = np.cumsum(np.bincount(x, minlength=count + 1)) / N
    assert np.abs(seen - np.cumsum(binomial_mass(count, p))).max() < KOLMOGOROV
    assert abs(x.mean() - count * p) < 5 * math.sqrt(count * p * (1 - p) / N)


def test_large_counts() -> None:
    x = binomial(1e9, 0.3)
    assert abs(x.mean() - 3e8) < 5 * math.sqrt(1e9 * 0.21 / N)
    assert abs(x.var() / (1e9 * 0.21) - 1) < 0.05


@pytest.mark.parametrize(("count", "p", "want"), [(0, 0.4, 0), (5, 0.0, 0), (5, 1.0, 5), (2.9, 1.0, 2)])
def test_certain_outcomes(count: float, p: float, want: float) -> None:
    assert set(binomial(count, p, n=50).tolist()) == {want}


@pytest.mark.parametrize(("count", "p"), [(-1, 0.5), (3, -0.1), (3, 1.1), (3, np.nan), (np.nan, 0.5), (np.inf, 0.5)])
def test_what_is_no_distribution_gives_nan(count: float, p: float) -> None:
    assert np.isnan(binomial(count, p, n=3)).all()
    for alpha in (0.0, -1.0, np.nan, np.inf):
        assert np.isnan(gamma(alpha, n=3)).all()


def test_an_element_depends_on_its_index_and_parameter_alone() -> None:
    mixed = np.where(np.arange(999) % 2, 0.2, 5.0)
    got = output_of("random_gamma", [np.array([1, 0]), mixed], (999,), "float64", [0, 0])
    np.testing.assert_array_equal(got[::2], gamma(5.0, n=999)[::2])
    np.testing.assert_array_equal(got[1::2], gamma(0.2, n=999)[1::2])
    assert (gamma(5.0, n=50) != gamma(5.0, key=2, n=50)).all()
    assert abs(np.corrcoef(gamma(2.0)[1:], gamma(2.0)[:-1])[0, 1]) < 0.03


@pytest.mark.parametrize(
    ("seed", "parameter", "ints", "message"),
    [
        (np.zeros(3, "int64"), np.ones(4), (0, 0), "seed"),
        (np.zeros(2, "int64"), np.ones(5), (0, 0), "type and shape"),
        (np.zeros(2, "int64"), np.ones(4, "float32"), (0, 0), "type and shape"),
        (np.zeros(2, "int64"), np.ones(4), (0, 2), "kind"),
    ],
)
def test_wrong_operands_are_refused(seed, parameter, ints, message) -> None:
    with pytest.raises(ValueError, match=message):
        _native.execute("random_gamma", [seed, parameter, np.zeros(4)], 2, ints, ())

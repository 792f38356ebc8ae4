"""Counter-based random numbers: Philox's published vectors, and the distributions' moments."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernel_outputs import FLOATS, output_of
from nncore import _native

UNIFORM, NORMAL, TRUNCATED, RAW = range(4)


def philox(counter: list[np.ndarray], key: list[int]) -> list[np.ndarray]:
    """Philox4x32-10 in NumPy, straight from its definition."""
    c = [np.asarray(x, np.uint64) for x in counter]
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    for r in range(10):
        k0, k1 = ((key[i] + r * w) % 2**32 for i, w in enumerate((0x9E3779B9, 0xBB67AE85)))
        p, q = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(q >> half) ^ c[1] ^ np.uint64(k0), q & low, (p >> half) ^ c[3] ^ np.uint64(k1), p & low]
    return c


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_the_reference_gives_the_published_vectors(counter, key, words) -> None:
    assert " ".join(f"{int(w):08x}" for w in philox(counter, key)) == words


def draw(kind: int, shape, dtype: str, key: int = 0, counter: int = 0, stream: int = 0) -> np.ndarray:
    seed = np.array([key, counter], np.int64)
    shape = (shape,) if isinstance(shape, int) else shape
    return output_of("random", [seed], shape, dtype, [kind, stream])


@pytest.mark.parametrize(
    ("key", "counter", "stream"),
    [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (-5, 2**40 + 3, 7), (2**62 + 9, -1, 2**35 + 1)],
)
def test_raw_words(key: int, counter: int, stream: int) -> None:
    n = 1000
    got = draw(RAW, n, "int64", key, counter, stream)
    i = np.arange(n)
    block = i // 64 * 16 + i % 16
    key, counter, stream = key % 2**64, counter % 2**64, stream % 2**64
    constant = [counter % 2**32, (counter >> 32) ^ (stream >> 32), stream % 2**32]
    words = philox([block, *constant], [key % 2**32, key >> 32])
    want = np.choose(i % 64 // 16, [w.astype(np.int64) for w in words])
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", FLOATS)
def test_uniform_is_the_raw_words_scaled(dtype: str) -> None:
    raw = draw(RAW, 6400, "int64", 11).reshape(-1, 4, 16)
    got = draw(UNIFORM, 6400 if dtype == "float32" else 3200, dtype, 11)
    if dtype == "float32":
        want = (raw >> 8) * 2.0**-24
    else:
        want = ((raw[:, 1::2] << 21) + (raw[:, 0::2] >> 11)) * 2.0**-53
    np.testing.assert_array_equal(got, want.ravel())
    assert got.min() >= 0
    assert got.max() < 1


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", [UNIFORM, NORMAL, TRUNCATED])
def test_an_element_depends_on_its_index_alone(kind: int, dtype: str) -> None:
    whole = draw(kind, 1000, dtype, 3, 4, 5)
    for n in (0, 1, 15, 31, 32, 33, 63, 64, 65, 500):
        np.testing.assert_array_equal(draw(kind, n, dtype, 3, 4, 5), whole[:n])
    np.testing.assert_array_equal(draw(kind, (10, 100), dtype, 3, 4, 5).ravel(), whole)
    for other in [(9, 4, 5), (3, 9, 5), (3, 4, 9)]:
        assert (draw(kind, 1000, dtype, *other) != whole).mean() > 0.99


# Moments 1 to 4 about 0. Of the normal distribution cut at 2: integrals of its density.
_MASS = math.erf(math.sqrt(2))
_EDGE = 2 * math.exp(-2) / math.sqrt(2 * math.pi) / _MASS
MOMENTS = {
    UNIFORM: [1 / 2, 1 / 3, 1 / 4, 1 / 5],
    NORMAL: [0, 1, 0, 3],
    TRUNCATED: [0, 1 - 2 * _EDGE, 0, 3 * (1 - 2 * _EDGE) - 8 * _EDGE],
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", MOMENTS)
def test_moments(kind: int, dtype: str) -> None:
    n = 400_000
    x = draw(kind, n, dtype, 123).astype(np.float64)
    for k, want in enumerate(MOMENTS[kind], 1):
        spread = (x**k).std() / math.sqrt(n)
        assert abs((x**k).mean() - want) < 4 * spread, f"moment {k}"
    neighbours = np.corrcoef(x[:-1], x[1:])[0, 1]
    halves = np.corrcoef(x[: n // 2], x[n // 2 :])[0, 1]
    across = np.corrcoef(x[:-16], x[16:])[0, 1]
    assert max(abs(neighbours), abs(halves), abs(across)) < 5 / math.sqrt(n)
    if kind == TRUNCATED:
        assert np.abs(x).max() <= 2


@pytest.mark.parametrize("dtype", FLOATS)
def test_distribution_functions(dtype: str) -> None:
    """Kolmogorov and Smirnov's largest distance between the sample and the distribution."""
    n = 200_000
    steps = (np.arange(n) + 0.5) / n
    gauss = np.vectorize(lambda v: 0.5 * math.erfc(-v / math.sqrt(2)))
    for kind, cdf in [
        (UNIFORM, lambda x: x),
        (NORMAL, gauss),
        (TRUNCATED, lambda x: (gauss(x) - 0.5) / _MASS + 0.5),
    ]:
        x = np.sort(draw(kind, n, dtype, 77).astype(np.float64))
        assert np.abs(cdf(x) - steps).max() < 2 / math.sqrt(n)


def test_wrong_calls_are_refused() -> None:
    seed, out = np.zeros(2, np.int64), np.empty(5, np.float32)
    for operands, ints in [
        ([seed, out], ()),
        ([seed, out], (4, 0)),
        ([seed, out], (-1, 0)),
        ([seed, out], (3, 0)),
        ([np.zeros(3, np.int64), out], (0, 0)),
        ([np.zeros(2, np.int32), out], (0, 0)),
        ([seed, np.empty(5, np.int64)], (0, 0)),
    ]:
        with pytest.raises(ValueError, match="random"):
            _native.execute("random", operands, 1, ints, ())

"""Initializers: statistics, seeds, names, round trips."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from nncore import initializers, random, serialization

SHAPE = (200, 300)
# Limits and standard deviations that the definitions give for SHAPE.
SPREAD = [
    ("glorot_uniform", math.sqrt(6 / 500), math.sqrt(2 / 500)),
    ("glorot_normal", 2 * math.sqrt(2 / 500) / 0.87962566, math.sqrt(2 / 500)),
    ("he_uniform", math.sqrt(6 / 200), math.sqrt(2 / 200)),
    ("he_normal", 2 * math.sqrt(2 / 200) / 0.87962566, math.sqrt(2 / 200)),
    ("lecun_uniform", math.sqrt(3 / 200), math.sqrt(1 / 200)),
    ("lecun_normal", 2 * math.sqrt(1 / 200) / 0.87962566, math.sqrt(1 / 200)),
    ("random_uniform", 0.05, 0.1 / math.sqrt(12)),
    ("random_normal", math.inf, 0.05),
    ("truncated_normal", 0.1, 0.05 * 0.87962566),
]


@pytest.mark.parametrize(("name", "limit", "std"), SPREAD)
def test_spread(name: str, limit: float, std: float) -> None:
    values = initializers.get(name)(SHAPE)
    assert values.shape == SHAPE
    assert values.dtype == "float32"
    assert abs(values).max() <= limit * 1.0001
    assert abs(float(values.mean())) < 5 * std / math.sqrt(values.size)
    assert abs(float(values.std()) / std - 1) < 0.02


def test_variance_scaling() -> None:
    init = initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal", seed=1)
    assert abs(float(init(SHAPE).std()) / math.sqrt(3 / 300) - 1) < 0.02
    assert initializers.VarianceScaling(distribution="normal").distribution == "truncated_normal"
    axes = initializers.HeUniform(input_axes=[1], output_axes=[0])
    assert abs(axes((30, 600))).max() <= math.sqrt(6 / 600)


@pytest.mark.parametrize(
    ("shape", "fans"),
    [((), (1, 1)), ((7,), (7, 7)), ((3, 4), (3, 4)), ((5, 3, 4), (15, 20)), ((3, 3, 16, 32), (144, 288))],
)
def test_fans(shape: tuple[int, ...], fans: tuple[int, int]) -> None:
    assert initializers.compute_fans(shape) == fans


@pytest.mark.parametrize("shape", [(5, 5), (7, 4), (4, 7), (3, 4, 5)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    q = initializers.Orthogonal(gain=2.0, seed=3)(shape, "float64").reshape(-1, shape[-1]) / 2
    product = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)


def test_fixed_values() -> None:
    assert initializers.Zeros()((2,)).tolist() == [0, 0]
    assert initializers.Ones()((2,), "int32").dtype == "int32"
    assert initializers.Constant([1.0, 2.0])((2, 2)).tolist() == [[1, 2], [1, 2]]
    assert initializers.Identity(3.0)((2, 2)).tolist() == [[3, 0], [0, 3]]
    assert initializers.get(np.ones(3))((3,), "float64").dtype == "float64"


def test_seeds() -> None:
    fixed = initializers.RandomNormal(seed=1)
    np.testing.assert_array_equal(fixed((3,)), fixed((3,)))
    moving = initializers.RandomNormal(seed=random.SeedGenerator(1))
    assert (moving((3,)) != moving((3,))).any()
    assert (initializers.RandomNormal()((3,)) != initializers.RandomNormal()((3,))).any()
    np.testing.assert_array_equal(fixed.clone()((3,)), fixed((3,)))


CLASSES = [name for name in initializers.__all__ if name[0].isupper() and name != "Initializer"]


@pytest.mark.parametrize("name", CLASSES)
def test_round_trip(name: str) -> None:
    init = getattr(initializers, name)()
    data = json.loads(json.dumps(initializers.serialize(init)))
    assert data["module"] == "keras.initializers"
    again = initializers.deserialize(data)
    assert type(again) is type(init)
    assert again.get_config() == init.get_config()
    assert type(serialization.deserialize_keras_object(data)) is type(init)


def test_seed_generator_in_a_config() -> None:
    init = initializers.HeNormal(seed=random.SeedGenerator(5))
    again = initializers.deserialize(json.loads(json.dumps(initializers.serialize(init))))
    np.testing.assert_array_equal(again((3,)), initializers.HeNormal(seed=5)((3,)))


@pytest.mark.parametrize(
    ("given", "cls"),
    [
        ("glorot_uniform", initializers.GlorotUniform),
        ("GlorotUniform", initializers.GlorotUniform),
        ("uniform", initializers.RandomUniform),
        (initializers.Ones, initializers.Ones),
        (initializers.Ones(), initializers.Ones),
        ({"class_name": "Constant", "config": {"value": 2}}, initializers.Constant),
    ],
)
def test_get(given: Any, cls: type) -> None:
    assert isinstance(initializers.get(given), cls)


def test_get_callable_and_none() -> None:
    def mine(shape: Any, dtype: Any = None) -> Any:
        return np.zeros(shape, dtype)

    assert initializers.get(mine) is mine
    assert initializers.get(None) is None


WINDOWS = {  # the values of scipy.signal.get_window(name, 6, fftbins=False), and of fftbins=True
    "hann": ([0, 0.3454915, 0.9045085, 0.9045085, 0.3454915, 0], [0, 0.25, 0.75, 1, 0.75, 0.25]),
    "hamming": ([0.08, 0.39785218, 0.91214782, 0.91214782, 0.39785218, 0.08], [0.08, 0.31, 0.77, 1, 0.77, 0.31]),
    "blackman": ([0, 0.20077014, 0.84922986, 0.84922986, 0.20077014, 0], [0, 0.13, 0.63, 1, 0.63, 0.13]),
    "bartlett": ([0, 0.4, 0.8, 0.8, 0.4, 0], [0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3]),
}


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("side", ["real", "imag"])
def test_stft_is_a_fourier_transform_under_a_window(name: str, periodic: bool, side: str) -> None:
    window = np.array(WINDOWS[name][periodic])
    made = initializers.STFT(side, name, None, periodic)((6, 1, 4), "float64")
    wanted = np.fft.rfft(window[:, None] * np.eye(6), axis=0)  # column t is the transform of time t alone
    wanted = (wanted.real if side == "real" else wanted.imag).T
    np.testing.assert_allclose(made[:, 0], wanted, atol=1e-7)


def test_stft_scalings_and_own_windows() -> None:
    own = np.array([1.0, -2.0, 2.0])
    plain = initializers.STFT(window=own, scaling=None)((3, 2, 2))
    assert plain.dtype == "float32"
    np.testing.assert_allclose(initializers.STFT(window=own)((3, 2, 2)), plain / 3, rtol=1e-6)
    np.testing.assert_allclose(initializers.STFT(window=own, scaling="spectrum")((3, 2, 2)), plain / 5, rtol=1e-6)
    again = initializers.STFTInitializer.from_config(initializers.stft(window=own).get_config())
    np.testing.assert_array_equal(again((3, 1, 2)), initializers.STFT(window=own)((3, 1, 2)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.STFT("both"), "side='both'"),
        (lambda: initializers.STFT(window="square"), "window='square'"),
        (lambda: initializers.STFT(scaling="l2"), "scaling='l2'"),
        (lambda: initializers.STFT()((3, 2)), r"shape=\(3, 2\)"),
        (lambda: initializers.STFT(window=[1.0])((3, 1, 2)), "3 values"),
    ],
)
def test_bad_stft(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", ["Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal"])
@pytest.mark.parametrize("length", [5, np.int64(5)])
def test_a_number_is_the_length_of_a_vector(name: str, length: Any) -> None:
    assert getattr(initializers, name)()(length).shape == (5,)

"""MelSpectrogram and STFTSpectrogram: Keras's own values, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncore import layers, ops

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "spectrograms.npz")
FIRST = {"data_format": "channels_first"}
SHORT = {"sequence_length": 20, "window": "hamming", "min_freq": 50.0, "max_freq": 300.0, "power_to_db": False}
MEL: dict[str, dict[str, Any]] = {
    "plain": {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 6, "sampling_rate": 1000},
    "short": {"fft_length": 32, "sequence_stride": 8, "num_mel_bins": 5, "sampling_rate": 800, "mag_exp": 1.0, **SHORT},
    "decibels": {
        "fft_length": 16,
        "sequence_stride": 8,
        "num_mel_bins": 4,
        "sampling_rate": 500,
        "top_db": 20.0,
        "ref_power": 2.0,
        "min_power": 1e-3,
    },
}
STFT: dict[str, dict[str, Any]] = {
    "log": {},
    "magnitude": {"mode": "magnitude", "padding": "same", "frame_step": 3},
    "psd": {"mode": "psd", "window": "hamming", "scaling": "spectrum", "periodic": True},
    "real": {"mode": "real", "expand_dims": True},
    "imag": {"mode": "imag", "window": None, "scaling": None},
    "angle": {"mode": "angle", "fft_length": 32},
    "stft": {"mode": "stft", "frame_step": 5, **FIRST},
    "first": {"mode": "magnitude", "expand_dims": True, **FIRST},
}


@pytest.mark.parametrize("name", MEL)
def test_mel_bands_are_keras_s(name: str) -> None:
    layer = layers.MelSpectrogram(**MEL[name])
    x = GOLDEN["x"]
    got = layer(x)
    np.testing.assert_allclose(got, GOLDEN[f"mel/{name}"], rtol=1e-4, atol=1e-4)
    assert layer.compute_output_shape(x.shape) == got.shape
    np.testing.assert_allclose(layers.MelSpectrogram.from_config(layer.get_config())(x), got)
    assert layer(x[0]).shape == got.shape[1:]


@pytest.mark.parametrize("name", STFT)
def test_spectrograms_are_keras_s(name: str) -> None:
    layer = layers.STFTSpectrogram(**{"frame_length": 12, **STFT[name]})
    y = GOLDEN["y"]
    got = layer(np.transpose(y, (0, 2, 1)) if "data_format" in STFT[name] else y)
    expected = GOLDEN[f"stft/{name}"]
    assert got.shape == expected.shape
    if name == "angle":
        # Where a part is 0 up to rounding, the angle turns by its sign.
        got, expected = np.cos(got), np.cos(expected)
        np.testing.assert_allclose(got, expected, atol=1e-2)
        return
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=2e-5)


def test_the_kernels_are_a_transform_of_windows() -> None:
    y = GOLDEN["y"][..., 0]
    layer = layers.STFTSpectrogram("magnitude", frame_length=16, window="hann", periodic=True, scaling=None)
    re, im = ops.stft(y, 16, 8, 16, center=False)
    np.testing.assert_allclose(layer(y[..., None]) ** 2, np.maximum(re**2 + im**2, 1e-7), rtol=1e-3, atol=1e-4)


BAD = {
    "mel": (lambda: layers.MelSpectrogram(fft_length=8, sequence_length=9), "sequence_length=9, fft_length=8"),
    "step": (lambda: layers.STFTSpectrogram(frame_length=8, frame_step=9), "frame_step=9, frame_length=8"),
    "length": (lambda: layers.STFTSpectrogram(frame_length=8, fft_length=4), "fft_length=4, frame_length=8"),
    "mode": (lambda: layers.STFTSpectrogram("power"), "mode='power'"),
    "padding": (lambda: layers.STFTSpectrogram(padding="causal"), "padding='causal'"),
    "scaling": (lambda: layers.STFTSpectrogram(scaling="none"), "scaling='none'"),
    "window": (lambda: layers.STFTSpectrogram(window="door"), "window='door'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    make, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        make()

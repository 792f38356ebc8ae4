"""Make ``spectrograms.npz``: what Keras's MelSpectrogram and STFTSpectrogram give.

Run by hand, in an environment with Keras: ``KERAS_BACKEND=jax python tests/golden/make_spectrograms.py``.
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from keras import layers

MEL = {
    "plain": {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 6, "sampling_rate": 1000},
    "short": {
        "fft_length": 32,
        "sequence_length": 20,
        "sequence_stride": 8,
        "num_mel_bins": 5,
        "sampling_rate": 800,
        "window": "hamming",
        "min_freq": 50.0,
        "max_freq": 300.0,
        "power_to_db": False,
        "mag_exp": 1.0,
    },
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
FIRST = {"data_format": "channels_first"}
STFT = {
    "log": {},
    "magnitude": {"mode": "magnitude", "padding": "same", "frame_step": 3},
    "psd": {"mode": "psd", "window": "hamming", "scaling": "spectrum", "periodic": True},
    "real": {"mode": "real", "expand_dims": True},
    "imag": {"mode": "imag", "window": None, "scaling": None},
    "angle": {"mode": "angle", "fft_length": 32},
    "stft": {"mode": "stft", "frame_step": 5, **FIRST},
    "first": {"mode": "magnitude", "expand_dims": True, **FIRST},
}


def main() -> None:
    """Write the file."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 200)).astype("float32")
    y = rng.normal(size=(2, 60, 2)).astype("float32")
    found = {"x": x, "y": y}
    for name, options in MEL.items():
        found[f"mel/{name}"] = layers.MelSpectrogram(**options)(x)
    for name, options in STFT.items():
        signal = np.transpose(y, (0, 2, 1)) if "data_format" in options else y
        found[f"stft/{name}"] = layers.STFTSpectrogram(**{"frame_length": 12, **options})(signal)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spectrograms.npz")
    np.savez_compressed(path, **{key: np.asarray(value) for key, value in found.items()})


if __name__ == "__main__":
    main()

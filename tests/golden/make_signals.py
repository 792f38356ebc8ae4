"""Make ``signals.npz``: what Keras's short-time Fourier transforms, loops and factors of matrices give.

Run by hand, in an environment with Keras: ``KERAS_BACKEND=jax python tests/golden/make_signals.py``.
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from keras import ops

# name: sequence_length, sequence_stride, fft_length, window, center, length of the inverse
STFT = {
    "hann": (8, 2, 8, "hann", True, None),
    "hamming_padded": (6, 3, 8, "hamming", True, 20),
    "not_centred": (5, 2, 8, "hann", False, None),
    "no_window": (8, 4, 8, None, True, None),
    "odd": (7, 3, 7, "hann", True, 21),
}


def main() -> None:
    """Write the file."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 24)).astype("float32")
    found = {"x": x}
    for name, (length, stride, n, window, center, out) in STFT.items():
        re, im = ops.stft(x, length, stride, n, window=window, center=center)
        back = ops.istft((re, im), length, stride, n, length=out, window=window, center=center)
        found |= {f"{name}/re": re, f"{name}/im": im, f"{name}/back": back}
    matrices = rng.normal(size=(2, 4, 4)).astype("float32")
    lu, pivots = ops.lu_factor(matrices)
    found |= {"matrices": matrices, "lu": lu, "pivots": pivots}
    carry, ys = ops.scan(lambda c, r: (ops.tanh(c + r), c * r), np.zeros(24, "float32"), x, reverse=True)
    found |= {"scan/carry": carry, "scan/ys": ys}
    found["while"] = ops.while_loop(
        lambda i, v: i < 10, lambda i, v: (i + 1, v * 1.5), (np.array(0, "int32"), x), maximum_iterations=3
    )[1]
    found["fori"] = ops.fori_loop(2, 5, lambda i, v: v + i, x)
    found["prefix"] = ops.associative_scan(lambda a, b: a * b, x, reverse=True, axis=1)
    found["vectorize"] = ops.vectorize(lambda a, b: ops.sum(a) * b, signature="(n),()->()")(
        x, np.array([[2.0], [3.0]], "float32")
    )
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "signals.npz")
    np.savez_compressed(path, **{key: np.asarray(value) for key, value in found.items()})


if __name__ == "__main__":
    main()

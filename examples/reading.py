"""Read whole numbers from pictures without saying where a digit stands: convolutions, an LSTM, CTC.

    python examples/reading.py [PICTURE]

Glues handwritten digits (they come with the package) to numbers of two to six digits with gaps of
any width, and learns from pictures and numbers alone which columns mean which digit. The digits of
the test were not seen in training. Draws some numbers with what was read into PICTURE (default:
reading.png) if matplotlib is installed.
"""

from __future__ import annotations

import sys

import numpy as np

import nncore as keras
from nncore import layers, ops

WIDTH = 64
MOST = 6
EPOCHS = 12


def glue(images: np.ndarray, labels: np.ndarray, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (count, 8, WIDTH, 1), and their digits plus one with zeros behind them: 0 is the blank."""
    x = np.zeros((count, 8, WIDTH, 1), "float32")
    y = np.zeros((count, MOST), "int32")
    for picture, number in zip(x, y, strict=True):
        n = rng.integers(2, MOST + 1)
        chosen = rng.integers(0, len(images), n)
        number[:n] = labels[chosen] + 1
        # The columns that are left are dealt out to the gaps.
        gaps = rng.multinomial(WIDTH - 8 * n, np.full(n + 1, 1 / (n + 1)))
        for k, which in enumerate(chosen):
            start = gaps[: k + 1].sum() + 8 * k
            picture[:, start : start + 8, 0] = images[which]
    return x, y


def build_model() -> keras.Model:
    """Two convolutions, then the columns are a sequence of half the width."""
    model = keras.Sequential(
        [
            layers.Input((8, WIDTH, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Permute((2, 1, 3)),
            layers.Reshape((WIDTH // 2, 4 * 32)),
            layers.Dropout(0.2),
            layers.Bidirectional(layers.LSTM(48, return_sequences=True)),
            layers.Dense(11),
        ],
        name="reader",
    )
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="ctc")
    return model


def read(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """The numbers in the pictures, as `glue` gives them."""
    logits = model.predict(x, batch_size=128, verbose=0)
    labels, _ = ops.ctc_decode(logits, np.full(len(x), logits.shape[1]), strategy="beam_search", beam_width=10)
    labels = np.where(labels[0] < 0, 0, labels[0])
    return labels[:, :MOST] * (labels[:, MOST:].max(axis=1, keepdims=True) == 0)


def draw(x: np.ndarray, guesses: np.ndarray, path: str) -> None:
    try:
        import matplotlib
    except ImportError:
        print("No picture: matplotlib is not installed (pip install 'nncore[plot]').")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, grid = plt.subplots(4, 3, figsize=(10, 3.6), layout="constrained")
    for axes, picture, guess in zip(grid.flat, x, guesses, strict=False):
        axes.imshow(picture[..., 0], cmap="gray_r")
        axes.set_title(" ".join(str(digit - 1) for digit in guess if digit), fontsize="medium")
        axes.set_axis_off()
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


def main(path: str = "reading.png") -> float:
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    (x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
    x, y = glue(x_train.astype("float32") / 16, y_train, 6000, rng)
    test, numbers = glue(x_test.astype("float32") / 16, y_test, 1000, rng)

    model = build_model()
    model.fit(x, y, batch_size=64, epochs=EPOCHS)
    guesses = read(model, test)
    accuracy = float((guesses == numbers).all(axis=1).mean())
    draw(test, guesses, path)
    print(f"Test accuracy: {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:2])

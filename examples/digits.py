"""Learn to read handwritten digits: a small network, a minute of reading, seconds of training.

    python examples/digits.py [PICTURE]

Trains on the 1,438 training images that come with the package, shows the progress, draws the
curves into PICTURE (default: digits.png) if matplotlib is installed, and prints the accuracy on
the 359 test images, which the training has not seen.
"""

from __future__ import annotations

import sys

import numpy as np

import nncore as keras
from nncore import layers

EPOCHS = 50


def build_model() -> keras.Model:
    """Two hidden layers; dropout, because 1,400 images are few."""
    model = keras.Sequential(
        [
            layers.Input(shape=(8, 8)),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.4),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def draw(history: dict[str, list[float]], images: np.ndarray, guesses: np.ndarray, path: str) -> None:
    """Loss and accuracy per epoch, and the first test images with what the network reads."""
    try:
        import matplotlib
    except ImportError:
        print("No picture: matplotlib is not installed (pip install 'nncore[plot]').")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(10, 5.2), layout="constrained")
    curves, samples = figure.subfigures(2, 1, height_ratios=(2.6, 1))
    epochs = range(1, len(history["loss"]) + 1)
    for axes, name in zip(curves.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, history[name], label="training (with dropout)")
        axes.plot(epochs, history[f"val_{name}"], label="validation")
        axes.set(xlabel="epoch", title=name)
        axes.grid(alpha=0.3)
        axes.legend()
    samples.suptitle("the first test images, and what the network reads", fontsize="medium")
    for axes, image, guess in zip(samples.subplots(1, 12), images, guesses, strict=False):
        axes.imshow(image, cmap="gray_r")
        axes.set_title(str(guess), fontsize="medium")
        axes.set_axis_off()
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


def main(path: str = "digits.png") -> float:
    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
    # Pixels go from 0 to 16.
    x_train = x_train.astype("float32") / 16
    x_test = x_test.astype("float32") / 16

    model = build_model()
    model.summary()
    history = model.fit(x_train, y_train, batch_size=32, epochs=EPOCHS, validation_split=0.1)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)

    guesses = model.predict(x_test[:12], verbose=0).argmax(axis=1)
    draw(history.history, x_test[:12], guesses, path)
    print(f"Test accuracy: {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:2])

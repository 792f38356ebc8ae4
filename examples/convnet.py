"""Tell clothes apart with a convolutional network: nine of ten of Fashion-MNIST's test images after five epochs.

    python examples/convnet.py FOLDER

FOLDER holds the four original files. Debian and Ubuntu have them in a package:

    apt install dataset-fashion-mnist
    python examples/convnet.py /usr/share/datasets/fashion-mnist

Draws ``convnet.png``, test images that the network gets wrong, where matplotlib is installed.
"""

from __future__ import annotations

import sys

import numpy as np

import nncore as keras
from nncore import layers
from nncore.datasets import fashion_mnist

EPOCHS = 5
BATCH_SIZE = 64


def build_model(steps: int) -> keras.Model:
    """Three convolutions, with pooling between them, and two dense layers."""
    model = keras.Sequential(
        [
            layers.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ],
        name="convnet",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.002, decay_steps=steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def draw(images: np.ndarray, labels: np.ndarray, guesses: np.ndarray, path: str) -> None:
    """Draw the first 18 images whose guess is wrong, with both names."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        print("No picture: matplotlib is not installed.")
        return
    names = fashion_mnist.CLASS_NAMES
    figure, axes = plt.subplots(3, 6, figsize=(12, 7), layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, i in zip(axes.flat, np.flatnonzero(guesses != labels), strict=False):
        axis.imshow(images[i, :, :, 0], cmap="gray_r")
        axis.set_title(f"{names[labels[i]]}\nread as {names[guesses[i]]}", fontsize=9)
    figure.savefig(path, dpi=110)
    print(f"Wrote {path}")


def main(folder: str) -> float:
    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data(folder)
    x_train = x_train[..., None].astype("float32") / 255
    x_test = x_test[..., None].astype("float32") / 255

    model = build_model(EPOCHS * -(-len(x_train) // BATCH_SIZE))
    model.summary()
    model.fit(x_train, y_train, batch_size=BATCH_SIZE, epochs=EPOCHS)
    guesses = model.predict(x_test, batch_size=256, verbose=0).argmax(axis=1)
    draw(x_test, y_test, guesses, "convnet.png")
    accuracy = float(np.mean(guesses == y_test))
    print(f"Test accuracy: {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])

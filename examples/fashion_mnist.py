"""Tell clothes apart: a multi-layer perceptron on Fashion-MNIST's 70,000 images.

    python examples/fashion_mnist.py FOLDER

FOLDER holds the four original files. Debian and Ubuntu have them in a package:

    apt install dataset-fashion-mnist
    python examples/fashion_mnist.py /usr/share/datasets/fashion-mnist

Ten epochs give a test accuracy of about 0.89.
"""

from __future__ import annotations

import sys

import numpy as np

import nncore as keras
from nncore import layers
from nncore.datasets import fashion_mnist

EPOCHS = 10
BATCH_SIZE = 128
STEPS_PER_EPOCH = -(-54_000 // BATCH_SIZE)


def build_model() -> keras.Model:
    """Two hidden layers between the pixels and the ten classes."""
    inputs = layers.Input(shape=(28, 28))
    x = layers.Flatten()(inputs)
    x = layers.Dense(256, activation="relu")(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(128, activation="relu")(x)
    outputs = layers.Dense(10)(x)
    model = keras.Model(inputs, outputs, name="fashion")
    # The steps shrink to nothing by the last epoch: less jitter at the end, a steadier result.
    rate = keras.optimizers.schedules.CosineDecay(0.001, decay_steps=EPOCHS * STEPS_PER_EPOCH)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def report(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> None:
    """Print the accuracy on each class."""
    guesses = model.predict(images, batch_size=512, verbose=0).argmax(axis=1)
    for label, name in enumerate(fashion_mnist.CLASS_NAMES):
        of_class = labels == label
        print(f"  {name:12s} {np.mean(guesses[of_class] == label):.3f}")


def main(folder: str) -> float:
    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data(folder)
    x_train = x_train.astype("float32") / 255
    x_test = x_test.astype("float32") / 255

    model = build_model()
    model.summary()
    model.fit(x_train, y_train, batch_size=BATCH_SIZE, epochs=EPOCHS, validation_split=0.1)
    _, accuracy = model.evaluate(x_test, y_test, batch_size=512, verbose=0)
    report(model, x_test, y_test)
    print(f"Test accuracy: {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])

"""Fashion-MNIST: 70,000 grey images of clothes, 28 x 28 pixels, read from its four IDX files."""

from __future__ import annotations

import os

import numpy as np

from nncore.datasets.idx import read_idx

__all__ = ["CLASS_NAMES", "load_data"]

Pair = tuple[np.ndarray, np.ndarray]

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""What the labels 0 to 9 mean."""


def load_data(folder: str | os.PathLike[str] | None = None) -> tuple[Pair, Pair]:
    """Read Fashion-MNIST from the folder that holds its four original files.

    The files are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
    `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each plain or with `.gz` added, as
    Zalando Research publishes them (H. Xiao, K. Rasul, R. Vollgraf, 2017, MIT licence). Debian
    and Ubuntu have them in the package `dataset-fashion-mnist`, which puts them into
    `/usr/share/datasets/fashion-mnist`. MNIST itself comes in files of the same names, which
    are read just as well.

    Args:
        folder: Where the four files are. Defaults to where Keras keeps them: `datasets/fashion-mnist` in the
            folder that the environment variable `KERAS_HOME` names, or in `~/.keras`.

    Returns:
        `((x_train, y_train), (x_test, y_test))`, uint8 arrays:

        - `x_train` (60000, 28, 28) and `x_test` (10000, 28, 28): pixels from 0 to 255.
        - `y_train` (60000,) and `y_test` (10000,): classes 0 to 9, see `CLASS_NAMES`.

    Raises:
        FileNotFoundError: If one of the four files is not in `folder`.
        ValueError: If a file is no IDX file of the right kind, is truncated, holds images of
            another size, another number of labels than images, or a label above 9.

    Example:
        >>> from nncore.datasets import fashion_mnist
        >>> fashion_mnist.CLASS_NAMES[9]
        'Ankle boot'
        >>> fashion_mnist.load_data("no/such/folder")
        Traceback (most recent call last):
        ...
        FileNotFoundError: fashion_mnist.load_data: expected the file 'train-images-idx3-ubyte' \
or 'train-images-idx3-ubyte.gz' in the folder. Received: folder='no/such/folder'. ...
    """
    if folder is None:
        home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
        folder = os.path.join(home, "datasets", "fashion-mnist")
    # All four are found before the first is read: a missing file costs no waiting.
    paths = [
        _find(folder, f"{part}-{kind}-ubyte") for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
    ]
    return _load_pair(*paths[:2]), _load_pair(*paths[2:])


def _find(folder: str | os.PathLike[str], name: str) -> str:
    """Path of the file, plain or compressed."""
    for candidate in (name, f"{name}.gz"):
        path = os.path.join(folder, candidate)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        f"fashion_mnist.load_data: expected the file {name!r} or {name + '.gz'!r} in the folder. "
        f"Received: folder={os.fspath(folder)!r}. Debian's package `dataset-fashion-mnist` "
        "installs the files into /usr/share/datasets/fashion-mnist."
    )


def _load_pair(images_path: str, labels_path: str) -> Pair:
    """Images and their labels, checked against each other."""
    images = read_idx(images_path, ndim=3)
    labels = read_idx(labels_path, ndim=1)
    if images.shape[1:] != (28, 28):
        raise ValueError(
            f"fashion_mnist.load_data: expected images of 28 x 28 pixels in {images_path!r}. "
            f"Received: shape={images.shape}."
        )
    if len(images) != len(labels):
        raise ValueError(
            f"fashion_mnist.load_data: expected as many labels as images. Received: "
            f"{len(images)} images in {images_path!r}, {len(labels)} labels in {labels_path!r}."
        )
    if labels.size and labels.max() > 9:
        raise ValueError(
            f"fashion_mnist.load_data: expected labels from 0 to 9 in {labels_path!r}. "
            f"Received: {int(labels.max())} at row {int(labels.argmax())}."
        )
    return images, labels

"""Make `python/nncore/datasets/data/digits.npz` from scikit-learn's copy of the UCI digits.

Run by hand, in an environment that has scikit-learn; the file it writes is committed:

    python tests/datasets/make_digits.py python/nncore/datasets/data/digits.npz

The images are shuffled once, class by class, with a fixed seed, and cut into 1,438 for training
and 359 for the test, so that every class has its share of both. NumPy guarantees the stream of
`RandomState`, and the archive carries no time stamps: the same arrays give the same file.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TEST_SHARE = 0.2


def split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the training and of the test images, each in shuffled order."""
    rng = np.random.RandomState(0)
    rows = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    cuts = [round(len(r) * TEST_SHARE) for r in rows]
    test = np.concatenate([r[:cut] for r, cut in zip(rows, cuts, strict=True)])
    train = np.concatenate([r[cut:] for r, cut in zip(rows, cuts, strict=True)])
    return rng.permutation(train), rng.permutation(test)


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write a compressed .npz whose bytes depend on the arrays alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as out:
                np.lib.format.write_array(out, array, allow_pickle=False)


def main(path: Path) -> None:
    source = load_digits()
    images = source.images.astype(np.uint8)
    labels = source.target.astype(np.uint8)
    if not np.array_equal(images, source.images):
        raise SystemExit("the source's images are no whole numbers from 0 to 255")
    train, test = split(labels)
    arrays = {
        "x_train": images[train],
        "y_train": labels[train],
        "x_test": images[test],
        "y_test": labels[test],
    }
    write_npz(path, arrays)
    print(f"{path}: {path.stat().st_size} bytes, {len(train)} + {len(test)} images")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

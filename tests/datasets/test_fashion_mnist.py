"""Reading Fashion-MNIST's four files, and what damaged ones get."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nncore.datasets import fashion_mnist
from nncore.datasets.idx import read_idx

NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def idx_bytes(array: np.ndarray) -> bytes:
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "y_train": np.array([0, 9, 3, 4, 4, 1], np.uint8),
        "x_test": rng.integers(0, 256, (2, 28, 28), dtype=np.uint8),
        "y_test": np.array([5, 6], np.uint8),
    }


def write(folder: Path, arrays: dict[str, np.ndarray], *, packed: bool) -> None:
    for key, array in arrays.items():
        if packed:
            (folder / f"{NAMES[key]}.gz").write_bytes(gzip.compress(idx_bytes(array)))
        else:
            (folder / NAMES[key]).write_bytes(idx_bytes(array))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("as_type", [str, Path])
def test_reads_plain_and_packed(
    tmp_path: Path, arrays: dict[str, np.ndarray], packed: bool, as_type: Callable[[Path], str]
) -> None:
    write(tmp_path, arrays, packed=packed)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data(as_type(tmp_path))
    for key, got in (
        ("x_train", x_train),
        ("y_train", y_train),
        ("x_test", x_test),
        ("y_test", y_test),
    ):
        assert got.dtype == np.uint8
        assert got.flags.writeable
        np.testing.assert_array_equal(got, arrays[key])


def test_missing_file_is_named(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    write(tmp_path, arrays, packed=True)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"t10k-labels-idx1-ubyte.*Received: folder="):
        fashion_mnist.load_data(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"PK\x03\x04 not an IDX file", "IDX file of unsigned bytes"),
        (struct.pack(">4B3I", 0, 0, 0x0D, 3, 1, 28, 28) + bytes(784), "unsigned bytes"),
        (struct.pack(">4BI", 0, 0, 8, 1, 784) + bytes(784), "3 dimensions"),
        (struct.pack(">4B2I", 0, 0, 8, 3, 1, 28), "header needs 16 bytes"),
        (struct.pack(">4B3I", 0, 0, 8, 3, 2, 28, 28) + bytes(784), "truncated: shape"),
        (struct.pack(">4B3I", 0, 0, 8, 3, 1, 28, 28) + bytes(785), "longer than its header"),
        (struct.pack(">4B3I", 0, 0, 8, 3, *[0xFFFFFFFF] * 3), "truncated: shape"),
        (gzip.compress(idx_bytes(np.zeros((9, 28, 28))))[:-12], "truncated or damaged gzip"),
        (b"\x1f\x8b\x08\x00 damaged", "truncated or damaged gzip"),
    ],
    ids=["empty", "other", "type", "dims", "header", "short", "long", "huge", "cut", "damaged"],
)
def test_damaged_images(tmp_path: Path, arrays: dict[str, np.ndarray], content: bytes, message: str) -> None:
    write(tmp_path, arrays, packed=False)
    path = tmp_path / NAMES["x_train"]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        fashion_mnist.load_data(tmp_path)
    assert path.name in str(caught.value)


@pytest.mark.parametrize(
    ("key", "array", "message"),
    [
        ("x_test", np.zeros((2, 28, 27)), "28 x 28"),
        ("y_test", np.zeros(3), "2 images in .*3 labels in"),
        ("y_test", np.array([1, 10]), "labels from 0 to 9 .*10 at row 1"),
    ],
)
def test_files_that_do_not_belong_together(
    tmp_path: Path, arrays: dict[str, np.ndarray], key: str, array: np.ndarray, message: str
) -> None:
    write(tmp_path, arrays | {key: array}, packed=False)
    with pytest.raises(ValueError, match=message):
        fashion_mnist.load_data(tmp_path)


def test_read_idx_needs_the_right_number_of_dimensions(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(idx_bytes(np.arange(6).reshape(2, 3)))
    np.testing.assert_array_equal(read_idx(path, ndim=2), [[0, 1, 2], [3, 4, 5]])
    with pytest.raises(ValueError, match="1 dimensions"):
        read_idx(path, ndim=1)


def test_class_names() -> None:
    assert len(fashion_mnist.CLASS_NAMES) == 10

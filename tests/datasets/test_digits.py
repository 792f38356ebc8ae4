"""The digits that come with the package: shapes, values, split, size on disk."""

from __future__ import annotations

import hashlib
from importlib import resources

import numpy as np

from nncore.datasets import digits


def test_shapes_and_dtypes() -> None:
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert x_train.shape == (1438, 8, 8)
    assert x_test.shape == (359, 8, 8)
    assert y_train.shape == (1438,)
    assert y_test.shape == (359,)
    assert {a.dtype.name for a in (x_train, y_train, x_test, y_test)} == {"uint8"}


def test_values() -> None:
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    images = np.concatenate([x_train, x_test])
    assert images.min() == 0
    assert images.max() == 16
    # Known totals of the data set: nothing was lost or changed on the way.
    assert int(images.sum(dtype=np.int64)) == 561718
    assert np.bincount(np.concatenate([y_train, y_test])).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # fmt: skip


def test_every_class_has_its_share_of_the_test_images() -> None:
    (_, y_train), (_, y_test) = digits.load_data()
    share = np.bincount(y_test) / (np.bincount(y_test) + np.bincount(y_train))
    assert np.allclose(share, 0.2, atol=0.005)


def test_parts_share_no_image() -> None:
    (x_train, _), (x_test, _) = digits.load_data()
    seen = {image.tobytes() for image in x_train}
    assert not any(image.tobytes() in seen for image in x_test)


def test_arrays_belong_to_the_caller() -> None:
    (first, _), _ = digits.load_data()
    first[:] = 0
    (second, _), _ = digits.load_data()
    assert second.any()


def test_file_is_small() -> None:
    data = resources.files("nncore.datasets").joinpath("data", "digits.npz").read_bytes()
    assert len(data) < 50_000


def test_agrees_with_the_source() -> None:
    """Every image and its label are those of scikit-learn's copy, of which this is the digest."""
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    images = np.concatenate([x_train, x_test]).reshape(-1, 64)
    table = np.column_stack([images, np.concatenate([y_train, y_test])])
    rows = sorted(row.tobytes() for row in table)
    digest = hashlib.sha256(b"".join(rows)).hexdigest()
    assert digest == "f67d6a29d0e1f70e7f0cd9dcf25816b694881f4b8f27f5cc1db59551f0499fb8"

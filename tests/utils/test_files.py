"""Images, folders of files, and fetched files."""

from __future__ import annotations

import hashlib
import io
import pathlib
import tarfile
import zipfile

import numpy as np
import PIL.Image
import pytest

import nncore
from nncore.utils import (
    array_to_img,
    get_file,
    image_dataset_from_directory,
    img_to_array,
    load_img,
    save_img,
    text_dataset_from_directory,
)
from nncore.utils.images import smart_resize


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_arrays_become_images_and_come_back(channels, mode, layout):
    x = np.random.default_rng(0).integers(0, 256, (4, 6, channels)).astype("uint8")
    given = x if layout == "channels_last" else x.transpose(2, 0, 1)
    image = array_to_img(given, data_format=layout, scale=False)
    assert (image.mode, image.size) == (mode, (6, 4))
    back = img_to_array(image, data_format=layout)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, given)


def test_scaling_and_wide_greys():
    image = array_to_img(np.array([[[-1.0], [0.0]], [[1.0], [3.0]]]))
    assert np.asarray(image).tolist() == [[0, 63], [127, 255]]
    wide = array_to_img(np.full((2, 2, 1), 1000.0), scale=False)
    assert (wide.mode, np.asarray(wide).max()) == ("I", 1000)
    with pytest.raises(ValueError, match="rank 3"):
        array_to_img(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="channel number: 2"):
        array_to_img(np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match="data_format='last'"):
        img_to_array(image, data_format="last")


def test_files_of_images(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
    save_img(tmp_path / "a.png", x, scale=False)
    image = load_img(tmp_path / "a.png")
    np.testing.assert_array_equal(img_to_array(image), x)
    assert load_img(str(tmp_path / "a.png"), color_mode="grayscale").mode == "L"
    small = load_img(tmp_path / "a.png", target_size=(4, 6), interpolation="bilinear")
    np.testing.assert_array_equal(np.asarray(small), np.asarray(PIL.Image.fromarray(x).resize((6, 4), 2)))
    # A square of the middle, not the whole squeezed.
    square = load_img(tmp_path / "a.png", target_size=(8, 8), keep_aspect_ratio=True)
    np.testing.assert_array_equal(np.asarray(square), x[:, 2:10])
    with pytest.warns(UserWarning, match="JPEG"):
        save_img(tmp_path / "b.jpg", np.zeros((4, 4, 4)))
    assert load_img(tmp_path / "b.jpg").mode == "RGB"
    with pytest.raises(ValueError, match="color_mode='cmyk'"):
        load_img(tmp_path / "a.png", color_mode="cmyk")
    with pytest.raises(ValueError, match="interpolation='cubic'"):
        load_img(tmp_path / "a.png", interpolation="cubic")


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_smart_resize_cuts_the_middle_out(layout):
    x = np.arange(2 * 6 * 1, dtype="float32").reshape(2, 6, 1)
    given = x if layout == "channels_last" else x.transpose(2, 0, 1)
    found = smart_resize(given, (2, 2), data_format=layout)
    np.testing.assert_array_equal(found if layout == "channels_last" else found.transpose(1, 2, 0), x[:, 2:4])


# ---- folders ----------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path):
    """Twelve images of constant values: six of each class, `b` with values from 100."""
    for number, name in enumerate(("a", "b")):
        (tmp_path / name).mkdir()
        for i in range(6):
            save_img(tmp_path / name / f"{i}.png", np.full((4, 4, 3), 100 * number + i), scale=False)
    (tmp_path / "a" / "notes.txt").write_text("no image")
    (tmp_path / ".hidden").mkdir()
    return tmp_path


def read(data):
    """Values of all images, and all labels."""
    images, labels = zip(*data, strict=True)
    return np.concatenate(images)[:, 0, 0, 0].astype(int).tolist(), np.concatenate(labels).tolist()


def test_images_in_order(pictures, capsys):
    data = image_dataset_from_directory(pictures, image_size=(4, 4), shuffle=False, batch_size=5)
    assert capsys.readouterr().out == "Found 12 files belonging to 2 classes.\n"
    assert (len(data), data.class_names, len(data.file_paths)) == (3, ["a", "b"], 12)
    found, labels = read(data)
    assert found == [0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105]
    assert labels == [0] * 6 + [1] * 6
    assert next(iter(data))[0].dtype == np.float32


def test_images_mixed_keep_their_labels(pictures):
    data = image_dataset_from_directory(pictures, image_size=(4, 4), seed=1, verbose=False)
    passes = [read(data), read(data)]
    assert passes[0] != passes[1]
    for found, labels in passes:
        assert [v >= 100 for v in found] == [bool(label) for label in labels]
        assert sorted(found) == sorted(passes[0][0])
    again = image_dataset_from_directory(pictures, image_size=(4, 4), seed=1, verbose=False)
    assert read(again) == passes[0]


LABELS = [  # arguments, the labels of the first and the last image
    ({"label_mode": "categorical"}, [1.0, 0.0], [0.0, 1.0]),
    ({"label_mode": "binary"}, [0.0], [1.0]),
    ({"class_names": ["b", "a"]}, 0, 1),
    ({"labels": list(range(12))}, 0, 11),
]


@pytest.mark.parametrize(("options", "first", "last"), LABELS)
def test_labels(pictures, options, first, last):
    data = image_dataset_from_directory(pictures, image_size=(4, 4), shuffle=False, verbose=False, **options)
    _, labels = read(data)
    assert (labels[0], labels[-1]) == (first, last)


def test_images_alone_single_and_of_other_forms(pictures):
    options = {"image_size": (4, 4), "shuffle": False, "verbose": False}
    data = image_dataset_from_directory(pictures, labels=None, **options)
    assert next(iter(data)).shape == (12, 4, 4, 3)
    assert data.class_names is None
    single = image_dataset_from_directory(pictures, batch_size=None, color_mode="grayscale", **options)
    image, label = next(iter(single))
    assert (image.shape, int(label), len(single)) == ((4, 4, 1), 0, 12)
    first = image_dataset_from_directory(pictures, data_format="channels_first", color_mode="rgba", **options)
    assert next(iter(first))[0].shape == (12, 4, 4, 4)


@pytest.mark.parametrize(("how", "wanted"), [("crop", [[1, 2], [1, 2]]), ("pad", [[0, 0], [0.5, 2.5]])])
def test_proportions(tmp_path, how, wanted):
    (tmp_path / "a").mkdir()
    save_img(tmp_path / "a" / "1.png", np.tile(np.arange(4.0)[None, :, None], (2, 1, 3)), scale=False)
    options = {f"{how}_to_aspect_ratio": True, "image_size": (2, 2), "verbose": False}
    images, _ = next(iter(image_dataset_from_directory(tmp_path, **options)))
    if how == "crop":
        assert images[0, :, :, 0].tolist() == wanted
    else:
        assert images.shape == (1, 2, 2, 3)
        assert images[0].sum() < 4 * 3 * 3 / 2, "nothing was filled up with black"


def test_subsets(pictures, capsys):
    options = {"image_size": (4, 4), "seed": 3, "validation_split": 0.25}
    train, test = image_dataset_from_directory(pictures, subset="both", **options)
    assert "Using 9 files for training.\nUsing 3 files for validation.\n" in capsys.readouterr().out
    assert sorted(read(train)[0] + read(test)[0]) == sorted(
        read(image_dataset_from_directory(pictures, image_size=(4, 4), verbose=False))[0]
    )
    assert read(image_dataset_from_directory(pictures, subset="validation", **options)) == read(test)


def test_training_with_a_folder(pictures):
    data = image_dataset_from_directory(pictures, image_size=(4, 4), verbose=False).map(lambda x, y: (x / 255, y))
    model = nncore.Sequential([nncore.layers.Flatten(), nncore.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    assert len(model.fit(data.cache().prefetch(1), epochs=2, verbose=0).history["loss"]) == 2


BAD_FOLDERS = [
    ({"label_mode": "number"}, "label_mode='number'"),
    ({"labels": [1, 2]}, "found 12 files"),
    ({"labels": "guessed"}, "labels='guessed'"),
    ({"class_names": ["c"]}, r"class_names=\['c'\]"),
    ({"labels": None, "class_names": ["a"]}, "cannot be specified"),
    ({"label_mode": "binary", "class_names": ["a"]}, "exactly 2"),
    ({"color_mode": "cmyk"}, "color_mode='cmyk'"),
    ({"image_size": (1, 2, 3)}, "image_size"),
    ({"interpolation": "area"}, "interpolation='area'"),
    ({"validation_split": 0.5}, "inversely"),
    ({"validation_split": 2, "subset": "training", "seed": 1}, "between 0 and 1"),
    ({"validation_split": 0.5, "subset": "test", "seed": 1}, "subset='test'"),
    ({"validation_split": 0.5, "subset": "training"}, "provide a `seed`"),
    ({"validation_split": 0.01, "subset": "validation", "seed": 1}, "No validation files"),
    ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "Only one"),
    ({"format": "grain"}, "format='grain'"),
]


@pytest.mark.parametrize(("options", "message"), BAD_FOLDERS)
def test_bad_folders(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        image_dataset_from_directory(pictures, **{"verbose": False, **options})


def test_a_folder_that_is_not_there():
    with pytest.raises(ValueError, match="no folder"):
        image_dataset_from_directory("/does/not/exist")


def test_texts(tmp_path):
    for name, text in (("neg", "schlecht"), ("pos", "schön")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.txt").write_text(text, encoding="utf-8")
    options = {"shuffle": False, "verbose": False}
    texts, labels = next(iter(text_dataset_from_directory(tmp_path, **options)))
    assert (texts.tolist(), labels.tolist()) == (["schlecht", "schön"], [0, 1])
    (short,) = text_dataset_from_directory(tmp_path, labels=None, max_length=4, **options)
    assert short.tolist() == ["schl", "schö"]
    with pytest.raises(ValueError, match="max_length=0"):
        text_dataset_from_directory(tmp_path, max_length=0)


# ---- fetched files ----------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path):
    """A file and its URL, and an empty cache."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.txt").write_bytes(b"content")
    return source, (source / "a.txt").as_uri(), tmp_path / "cache"


RIGHT = {"sha256": hashlib.sha256(b"content").hexdigest(), "md5": hashlib.md5(b"content").hexdigest()}


@pytest.mark.parametrize("algorithm", RIGHT)
def test_a_file_is_fetched_once(served, algorithm, capsys):
    source, url, cache = served
    options = {"origin": url, "cache_dir": cache, "file_hash": RIGHT[algorithm].upper()}
    path = get_file(**options)
    assert path == str(cache / "datasets" / "a.txt")
    assert pathlib.Path(path).read_text() == "content"
    (source / "a.txt").write_bytes(b"another")
    assert pathlib.Path(get_file(**options)).read_text() == "content"
    assert capsys.readouterr().out.count("Downloading") == 1
    get_file(origin=url, cache_dir=cache, force_download=True)
    assert pathlib.Path(path).read_text() == "another"
    with pytest.raises(ValueError, match="does not match"):  # neither the cached file nor the new one
        get_file(**options)


def test_a_wrong_file_leaves_nothing_behind(served):
    _, url, cache = served
    for options, error in (({"file_hash": "0" * 64}, ValueError), ({"origin": url + "x"}, OSError)):
        with pytest.raises(error):
            get_file(**{"origin": url, "cache_dir": cache, **options})
        assert list((cache / "datasets").iterdir()) == []


BAD_FETCHES = [
    ({"origin": None}, "origin"),
    ({"fname": "a/b"}, "fname='a/b'"),
    ({"fname": ".."}, "Paths"),
    ({"file_hash": "12"}, "file_hash='12'"),
    ({"hash_algorithm": "crc"}, "hash_algorithm='crc'"),
    ({"extract": True, "archive_format": "rar"}, "archive_format='rar'"),
    ({"extract": True}, "Could not extract"),
    ({"origin": "file:///"}, "fname"),
]


@pytest.mark.parametrize(("options", "message"), BAD_FETCHES)
def test_bad_fetches(served, options, message):
    _, url, cache = served
    with pytest.raises(ValueError, match=message):
        get_file(**{"origin": url, "cache_dir": cache, **options})


def packed(path, entry):
    """An archive with one file."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(entry, b"inside")
    else:
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo(entry)
            info.size = 6
            archive.addfile(info, io.BytesIO(b"inside"))
    return path.as_uri()


@pytest.mark.parametrize("name", ["b.zip", "b.tar.gz"])
def test_archives(served, name):
    source, _, cache = served
    url = packed(source / name, "folder/inner.txt")
    folder = get_file(origin=url, cache_dir=cache, extract=True)
    assert folder == str(cache / "datasets" / name)
    assert pathlib.Path(folder, "folder", "inner.txt").read_text() == "inside"
    assert get_file("c.zip", url, cache_dir=cache, extract=True) == str(cache / "datasets" / "c_extracted")
    assert get_file("c", url, cache_dir=cache, extract=True) == str(cache / "datasets" / "c")


@pytest.mark.parametrize("name", ["b.zip", "b.tar.gz"])
@pytest.mark.parametrize("entry", ["../evil.txt", "a/../../../evil.txt"])
def test_archives_that_lead_out_of_their_folder_are_refused(served, name, entry):
    source, _, cache = served
    url = packed(source / name, entry)
    with pytest.raises(ValueError, match="leads out of its folder"):
        get_file(origin=url, cache_dir=cache, extract=True)
    assert not list(source.parent.rglob("evil.txt"))
    assert [p.name for p in (cache / "datasets").iterdir()] == [f"{name}_archive"]


def test_the_cache_follows_the_environment(served, monkeypatch):
    _, url, cache = served
    monkeypatch.setenv("KERAS_HOME", str(cache))
    assert get_file(origin=url, cache_subdir="other") == str(cache / "other" / "a.txt")

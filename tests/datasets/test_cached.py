"""Data sets from the files that Keras keeps: loaded as Keras loads them, and never run."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from golden.dataset_cases import CASES, as_lists, write_files
from nncore import datasets

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "datasets.json").read_text())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "datasets").mkdir()
    write_files(tmp_path / "datasets")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "datasets"


@pytest.mark.parametrize("name", CASES)
def test_as_keras_loads_them(name: str, home: Path) -> None:
    module, options = CASES[name]
    assert as_lists(getattr(datasets, module).load_data(**options)) == GOLDEN[name]


def test_files_elsewhere_and_old_names(home: Path, tmp_path: Path) -> None:
    os.rename(home / "imdb.npz", tmp_path / "films.npz")
    found = datasets.imdb.load_data(tmp_path / "films.npz", nb_words=12, skip_top=4)
    assert as_lists(found) == GOLDEN["imdb words"]
    with pytest.raises(FileNotFoundError, match=r"imdb\.load_data.*downloads nothing.*get_file"):
        datasets.imdb.load_data()
    with pytest.raises(TypeError, match="words"):
        datasets.imdb.load_data(tmp_path / "films.npz", words=3)


def test_numbers_of_words(home: Path) -> None:
    for module in (datasets.imdb, datasets.reuters):
        name = module.__name__.rpartition(".")[2]
        (home / f"{name}_word_index.json").write_text(json.dumps({"the": 1, "schön": 2}))
        assert module.get_word_index() == {"the": 1, "schön": 2}
    assert datasets.reuters.get_label_names()[:4] == ("cocoa", "grain", "veg-oil", "earn")


class Code:
    """Runs when it is unpickled."""

    def __reduce__(self) -> Any:
        return (os.system, ("touch /tmp/nncore_was_run",))


def test_code_in_a_file_is_refused(home: Path) -> None:
    texts = np.empty(2, dtype=object)
    texts[:] = [[1], Code()]
    np.savez(home / "reuters.npz", x=texts, y=np.arange(2))
    with pytest.raises(ValueError, match=r"system is nothing that lists of numbers need"):
        datasets.reuters.load_data()
    assert not os.path.exists("/tmp/nncore_was_run")


def test_damaged_files(home: Path) -> None:
    whole = (home / "mnist.npz").read_bytes()
    (home / "mnist.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"mnist.*damaged"):
        datasets.mnist.load_data()
    with zipfile.ZipFile(home / "boston_housing.npz", "w") as archive:
        archive.writestr("x.npy", b"nothing")
    with pytest.raises(ValueError, match=r"boston_housing.*damaged"):
        datasets.boston_housing.load_data()


def test_bad_arguments(home: Path) -> None:
    with pytest.raises(ValueError, match="version='huge'"):
        datasets.california_housing.load_data("huge")
    with pytest.raises(ValueError, match="test_split=1"):
        datasets.boston_housing.load_data(test_split=1)
    with pytest.raises(ValueError, match="maxlen=1"):
        datasets.imdb.load_data(maxlen=1)

"""KerasFileEditor: what it shows and changes, on files of our own and of Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers
from nncore.saving import KerasFileEditor, LoadError

GOLDEN = Path(__file__).parents[1] / "golden" / "files"


def model(units: int = 2, last: int = 1) -> Any:
    return nncore.Sequential([layers.Input((3,)), layers.Dense(units), layers.Dense(last)])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    made = model()
    made.set_weights([np.full(w.shape, i + 1.0) for i, w in enumerate(made.weights)])
    made.save_weights(tmp_path / "m.weights.h5")
    return tmp_path / "m.weights.h5"


def test_summary(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    KerasFileEditor(saved).summary()
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].endswith("m.weights.h5' with 4 arrays:")
    assert lines[1:-1] == [
        "layers",
        "  dense",
        "    0: (3, 2) float32",
        "    1: (2,) float32",
        "  dense_1",
        "    0: (2, 1) float32",
        "    1: (1,) float32",
    ]


def test_an_edited_file_loads(saved: Path, tmp_path: Path) -> None:
    editor = KerasFileEditor(saved)
    editor.delete_object("dense_1")
    editor.add_object("layers/head", {"0": np.full((2, 4), 7.0)})
    editor.add_weights("layers/head", {"1": np.arange(4.0), "2": np.zeros(1)})
    editor.delete_weight("head", "2")
    editor.rename_object("layers/head", "dense_1")
    editor.save(tmp_path / "new.weights.h5")
    other = model(last=4)
    other.load_weights(tmp_path / "new.weights.h5")
    found = [w.numpy() for w in other.weights]
    assert [float(found[i].max()) for i in (0, 1, 2)] == [1, 2, 7]
    assert found[3].tolist() == [0, 1, 2, 3]
    model().load_weights(saved)  # the file itself is as it was


@pytest.mark.parametrize(
    ("made", "status", "errors", "matches"),
    [
        (lambda: model(), "success", 0, 4),
        (lambda: model(last=3), "error", 2, 2),
        (lambda: nncore.Sequential([layers.Input((3,)), layers.Dense(2)]), "error", 2, 2),
        (lambda: nncore.Sequential([*model().layers, layers.Dense(1)]), "error", 2, 4),
    ],
)
def test_compare(
    saved: Path, made: Any, status: str, errors: int, matches: int, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = made()
    reference.build((None, 3))
    found = KerasFileEditor(saved).compare(reference)
    assert found == {"status": status, "error_count": errors, "match_count": matches}
    assert capsys.readouterr().out.count("...") == errors


@pytest.mark.parametrize("file", sorted(p.name for p in GOLDEN.iterdir() if p.name.endswith((".weights.h5", ".keras"))))
def test_files_of_keras(file: str, tmp_path: Path) -> None:
    editor = KerasFileEditor(GOLDEN / file)
    assert (editor.config is not None) == file.endswith(".keras")
    if editor.metadata is not None:
        assert editor.metadata["keras_version"].startswith("3.")
    editor.resave_weights(tmp_path / "again.weights.h5")
    again = KerasFileEditor(tmp_path / "again.weights.h5")
    first, second = editor._arrays(), again._arrays()
    assert first
    assert list(first) == list(second) or set(first) == set(second)
    assert all((first[path] == second[path]).all() for path in first)


def test_bad_edits(saved: Path, tmp_path: Path) -> None:
    editor = KerasFileEditor(saved)
    editor.add_object("layers/dense/inner", {})
    editor.add_object("inner", {})
    for edit, message in (
        (lambda: editor.delete_object("layers/dense_9"), "Path 'layers/dense_9' not found"),
        (lambda: editor.delete_object("dense_9"), "Object 'dense_9' not found"),
        (lambda: editor.delete_object("inner"), "more than once"),
        (lambda: editor.rename_object("dense", "a/b"), "new_name='a/b'"),
        (lambda: editor.rename_object("dense", "dense_1"), "already"),
        (lambda: editor.add_object("nothing/dense", {}), "Path 'nothing' not found"),
        (lambda: editor.add_object("layers/x", [1]), "should be a dict"),
        (lambda: editor.add_weights("dense", 3), "should be a dict"),
        (lambda: editor.delete_weight("dense", "7"), "Weight 7 not found"),
        (lambda: editor.save(tmp_path / "m.h5"), "expected a `.weights.h5`"),
        (lambda: KerasFileEditor("model.h5"), "Invalid filename"),
    ):
        with pytest.raises(ValueError, match=message):
            edit()
    saved.write_bytes(saved.read_bytes()[:100])
    with pytest.raises(LoadError, match="damaged"):
        KerasFileEditor(saved)

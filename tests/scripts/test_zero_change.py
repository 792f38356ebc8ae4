"""`python -m nncore.keras script.py`: scripts for Keras, unchanged, on data made here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nncore
import nncore.keras
from nncore.keras.__main__ import main
from nncore.keras.scan import missing_names

PUBLISHED = Path(__file__).parent / "published"


def run(script, folder, *arguments):
    environment = {
        **os.environ,
        "KERAS_HOME": str(folder),
        "PYTHONPATH": os.path.dirname(os.path.dirname(nncore.__file__)),
    }
    command = [sys.executable, "-W", "error", "-m", "nncore.keras", *arguments[:0], str(script), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "datasets").mkdir()
    return tmp_path


def output(script, folder):
    done = run(script, folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_regression(folder):
    rng = np.random.default_rng(0)
    x = rng.random((506, 13)) * np.arange(1, 14)
    np.savez(folder / "datasets" / "boston_housing.npz", x=x, y=x @ rng.standard_normal(13) + 20)
    out = output(PUBLISHED / "regression.py", folder)
    assert out.startswith("(404, 13) (102, 13)\nProcessing fold #0\n")
    first, last, test = map(float, re.search(r"first, last, test: (\S+) (\S+) (\S+)", out).groups())
    assert last < first / 2
    assert test < first / 2
    assert out.endswith("(1,) 20\n")


def test_text_classification(folder):
    rng = np.random.default_rng(0)
    texts, labels = np.empty(1500, dtype=object), rng.integers(0, 2, 1500)
    for i, label in enumerate(labels):  # the words of good reviews have even numbers a little more often
        words = rng.integers(1, 9990, rng.integers(50, 200))
        texts[i] = np.where(rng.random(len(words)) < 0.4, words // 200 * 200 + 100 * label + 1, words).tolist()
    np.savez(
        folder / "datasets" / "imdb.npz",
        x_train=texts[:1000],
        y_train=labels[:1000],
        x_test=texts[1000:],
        y_test=labels[1000:],
    )
    (folder / "datasets" / "imdb_word_index.json").write_text(json.dumps({f"word{i}": i for i in range(1, 9990)}))
    out = output(PUBLISHED / "text_classification.py", folder)
    assert re.match(r"\? word\d+ word\d+", out)
    assert "['accuracy', 'loss', 'val_accuracy', 'val_loss']" in out
    assert float(re.search(r"\naccuracy: (\S+)", out)[1]) > 0.8
    assert "(500, 1)" in out
    assert "Total params: 320,612" in out


def test_timeseries(folder):
    rng = np.random.default_rng(0)
    hours = np.arange(3000)
    columns = [np.sin(hours / 144 * 2 * np.pi + phase) * 8 + rng.standard_normal(3000) for phase in range(14)]
    names = ["Date Time", *(f'"column {i}"' for i in range(14))]
    rows = [f"{i}," + ",".join(f"{c[i]:.3f}" for c in columns) for i in hours]
    (folder / "jena_climate.csv").write_text("\n".join([",".join(names), *rows]))
    out = output(PUBLISHED / "timeseries.py", folder)
    assert "samples shape: (64, 24, 14)\ntargets shape: (64,)\n" in out
    first, last, _ = map(float, re.search(r"first, last, test: (\S+) (\S+) (\S+)", out).groups())
    assert last < first


def write(folder, text):
    (folder / "script.py").write_text(text)
    return folder / "script.py"


def test_what_is_missing_is_named_before_the_script_runs(folder, capsys):
    script = write(
        folder,
        "import tensorflow as tf\nfrom keras import layers\nfrom keras.applications import VGG16\n"
        "print(layers.Dense)\nx = tf.constant([1.0])\ntf.data.Dataset.range(3)\n",
    )
    assert main(["--check", str(script)]) == 1
    wanted = [
        f"  {script}:3: keras.applications",
        f"  {script}:5: tensorflow.constant",
        f"  {script}:6: tensorflow.data",
    ]
    assert capsys.readouterr().err.split("\n")[1:-1] == wanted
    done = run(script, folder)
    assert done.returncode == 1
    assert done.stderr.split("\n")[1:4] == wanted
    assert "ModuleNotFoundError: keras.applications is not part of nncore" in done.stderr


def test_the_script_sees_itself_as_a_program(folder):
    (folder / "inner").mkdir()
    (folder / "inner" / "beside.py").write_text("import keras\nvalue = keras.ops.ones(2).sum()\n")
    text = (
        "import sys\nimport beside\nimport keras\nimport keras.layers\nfrom tensorflow.keras.layers import Dense\n"
        "from keras.src.layers import Dense as D\n"
        "assert keras.layers.Dense is Dense\nprint(sys.argv[1:], __name__, float(beside.value))\n"
    )
    script = folder / "inner" / "script.py"
    script.write_text(text.replace("from keras.src.layers import Dense as D\n", ""))
    done = run(script, folder, "a", "--check")
    assert done.stdout == "['a', '--check'] __main__ 2.0\n", done.stderr
    script.write_text(text)
    assert "keras.src is not part of nncore" in run(script, folder).stderr


SOURCES = [  # text, names that are missing
    ("import keras\nkeras.layers.Dense(1).units", {}),
    ("import keras\nkeras.nothing\nkeras.nothing.more", {"keras.nothing": 2}),
    ("from keras.layers import *\nfrom keras.layers import Dense, Danse", {"keras.layers.Danse": 2}),
    ("import tensorflow as tf\ntf.keras.layers.Dense\ntf.keras.lairs.Dense", {"tensorflow.keras.lairs": 3}),
    ("import tensorflow.keras as K\nK.backend.floatx()\nK.backend.function", {"tensorflow.keras.backend.function": 3}),
    ("import tensorflow\nprint(tensorflow.__version__)\ntensorflow.random.set_seed(1)", {"tensorflow.random": 3}),
    ("import numpy as np\nnp.keras", {}),
    ("from . import keras\nkeras.x", {}),
    ("from keras import losses\nlosses.MeanSquaredError.nothing", {"keras.losses.MeanSquaredError.nothing": 2}),
    ("from keras.optimizers.schedules import ExponentialDecay\nimport keras.utils as u\nu.PyDataset", {}),
]


@pytest.mark.parametrize(("text", "wanted"), SOURCES)
def test_scanning(text, wanted):
    assert missing_names(text) == wanted


def test_usage(capsys, tmp_path):
    assert main([]) == 2
    assert "usage: python -m nncore.keras" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert main([str(tmp_path / "none.py")]) == 2
    assert "There is no script" in capsys.readouterr().err
    good = write(tmp_path, "import keras\nkeras.Sequential()\n")
    assert main(["--check", str(good)]) == 0
    assert "every name" in capsys.readouterr().out


def test_installing_twice_and_too_late(monkeypatch):
    nncore.keras.install()
    nncore.keras.install()
    import keras
    from keras.optimizers import Adam

    assert keras is nncore
    assert Adam is nncore.optimizers.Adam
    assert nncore.layers.__spec__.name == "nncore.layers"
    nncore.keras.uninstall()
    assert "keras" not in sys.modules
    monkeypatch.setitem(sys.modules, "keras", object())
    with pytest.raises(RuntimeError, match="imported already"):
        nncore.keras.install()

"""Make ``files/``: models that Keras saved after some training, and what it says they predict and how they go on.

Run by hand, in an environment with Keras: ``KERAS_BACKEND=jax python tests/golden/make_files.py``, with the names of
cases to make only these.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from file_cases import CASES, outputs, train

FOLDER = Path(__file__).with_name("files")


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "expected.json"
    expected = json.loads(path.read_text())["cases"] if path.exists() else {}
    for name in sys.argv[1:] or CASES:
        keras.backend.clear_session()
        keras.utils.set_random_seed(11)
        model, x, y = CASES[name](keras)
        train(model, x, y)
        model.save(FOLDER / f"{name}.keras")
        if name in ("functional", "subclassed"):
            model.save_weights(FOLDER / f"{name}.weights.h5")
        predicted = {key: value.tolist() for key, value in outputs(model.predict(x, verbose=0)).items()}
        # What Keras does after loading its own file, not what it would have done without saving.
        loaded = keras.saving.load_model(FOLDER / f"{name}.keras")
        expected[name] = {"predicted": predicted, "losses": train(loaded, x, y)}
        print(name, expected[name]["losses"])
    path.write_text(json.dumps({"keras": keras.__version__, "cases": expected}) + "\n")


if __name__ == "__main__":
    main()

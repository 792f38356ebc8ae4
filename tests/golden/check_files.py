"""Check by hand that Keras loads what nncore saves: predictions, and the losses when training goes on.

python tests/golden/check_files.py write FOLDER                        # where nncore is installed
KERAS_BACKEND=jax python tests/golden/check_files.py read FOLDER       # where Keras is installed
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from file_cases import CASES, custom, outputs, train


def write(folder: Path) -> None:
    """Train and save with nncore, and note what it goes on to do."""
    import nncore

    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, make in CASES.items():
        nncore.utils.set_random_seed(11)
        model, x, y = make(nncore)
        train(model, x, y)
        model.save(folder / f"{name}.keras")
        model.save_weights(folder / f"{name}.weights.h5")
        predicted = {key: value.tolist() for key, value in outputs(model.predict(x, verbose=0)).items()}
        expected[name] = {"predicted": predicted, "losses": train(model, x, y)}
    folder.joinpath("expected.json").write_text(json.dumps(expected))


def compare(name: str, model: Any, expected: dict[str, Any]) -> None:
    """Print how far a loaded model is from the saved one."""
    import keras

    _, x, y = CASES[name](keras)
    predicted = outputs(model.predict(x, verbose=0))
    apart = max(float(np.abs(predicted[key] - np.array(value)).max()) for key, value in expected["predicted"].items())
    losses = np.array(train(model, x, y))
    curve = float(np.abs(losses / np.array(expected["losses"]) - 1).max())
    verdict = "ok" if apart < 1e-6 and curve < 1e-5 else "NOT EQUAL"
    print(f"{name:18} predictions {apart:.1e}  losses of 3 more epochs {curve:.1e} (relative)  {verdict}")


def read(folder: Path) -> None:
    """Load with Keras and compare."""
    import keras

    expected = json.loads(folder.joinpath("expected.json").read_text())
    custom(keras)
    for name in CASES:
        compare(name, keras.saving.load_model(folder / f"{name}.keras"), expected[name])
    for name in CASES:
        model, _, _ = CASES[name](keras)
        model.optimizer.build(model.trainable_variables)
        model.load_weights(folder / f"{name}.weights.h5")
        compare(f"{name}", model, expected[name])


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))

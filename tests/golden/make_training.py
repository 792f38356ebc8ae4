"""Write `training.json`: what Keras makes of the runs in `training_cases.py`.

Run by hand, in an environment that has Keras and one of its backends:

    KERAS_BACKEND=jax python tests/golden/make_training.py
"""

from __future__ import annotations

import json
import os
import sys

import keras

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from training_cases import CASES  # noqa: E402


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


def main() -> None:
    found = {"made_by": f"Keras {keras.__version__}, {keras.backend.backend()}"}
    for case in CASES:
        try:
            found[case.name] = rounded(case.run(keras))
        except Exception as error:
            raise RuntimeError(case.name) from error
    with open(os.path.join(HERE, "training.json"), "w") as file:
        json.dump(found, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()

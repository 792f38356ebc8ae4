"""Files that Keras saved load here: the same predictions, and training goes on as it does there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from golden.file_cases import CASES, custom, outputs, train
from nncore import saving

GOLDEN = Path(__file__).parents[1] / "golden"
EXPECTED = json.loads((GOLDEN / "files" / "expected.json").read_text())["cases"]


@pytest.fixture(scope="module", autouse=True)
def registered() -> dict[str, Any]:
    return custom(nncore)


def check(name: str, model: Any) -> None:
    _, x, y = CASES[name](nncore)
    predicted = outputs(model.predict(x, verbose=0))
    for key, value in EXPECTED[name]["predicted"].items():
        np.testing.assert_allclose(predicted[key], value, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(train(model, x, y), EXPECTED[name]["losses"], rtol=2e-6)


@pytest.mark.parametrize("name", CASES)
def test_whole_models(name: str) -> None:
    check(name, saving.load_model(GOLDEN / "files" / f"{name}.keras"))


@pytest.mark.parametrize(
    "file", sorted(p.name for p in (GOLDEN / "files").iterdir() if p.name.endswith((".weights.h5", ".keras")))
)
def test_weights_and_optimizer(file: str) -> None:
    name = file.split(".")[0]
    model, _, _ = CASES[name](nncore)
    model.load_weights(GOLDEN / "files" / file)
    check(name, model)


@pytest.mark.parametrize("name", CASES)
def test_saved_again(name: str, tmp_path: Path) -> None:
    """What was read from Keras is written as it was read."""
    saving.load_model(GOLDEN / "files" / f"{name}.keras").save(tmp_path / "again.keras")
    check(name, saving.load_model(tmp_path / "again.keras"))

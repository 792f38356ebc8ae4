"""Whole training runs against what Keras made of the same."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import nncore
from golden.training_cases import CASES

FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "golden", "training.json")
with open(FILE) as opened:
    GOLDEN = json.load(opened)


def check(found, wanted, rtol=1e-4):
    assert set(found["history"]) == set(wanted["history"])
    assert found["epoch"] == wanted["epoch"]
    for name, values in wanted["history"].items():
        np.testing.assert_allclose(found["history"][name], values, rtol, 1e-6, err_msg=name)
    np.testing.assert_allclose(found["evaluate"], wanted["evaluate"], rtol, 1e-6)
    for mine, theirs in zip(found["predict"], wanted["predict"], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol, 1e-5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_compiled_training_agrees_with_keras(case):
    check(case.run(nncore), GOLDEN[case.name])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_run_eagerly_agrees_with_keras(case):
    check(case.run(nncore, run_eagerly=True), GOLDEN[case.name])

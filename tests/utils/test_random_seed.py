"""One seed makes Python's, NumPy's and nncore's random numbers repeat."""

from __future__ import annotations

import random

import numpy as np
import pytest

import nncore


def draw() -> list[float]:
    values = [random.random(), float(np.random.random())]  # noqa: NPY002
    return values + nncore.random.normal((3,)).tolist()


def test_same_seed_same_numbers() -> None:
    nncore.utils.set_random_seed(7)
    first = draw()
    second = draw()
    nncore.utils.set_random_seed(7)
    assert draw() == first
    assert second != first


def test_other_seed_other_numbers() -> None:
    nncore.utils.set_random_seed(7)
    first = draw()
    nncore.utils.set_random_seed(8)
    assert all(a != b for a, b in zip(draw(), first, strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "7", None, True])
def test_bad_seed_changes_nothing(seed: object) -> None:
    nncore.utils.set_random_seed(7)
    first = draw()
    nncore.utils.set_random_seed(7)
    with pytest.raises(ValueError, match="Received: seed="):
        nncore.utils.set_random_seed(seed)  # type: ignore[arg-type]
    assert draw() == first

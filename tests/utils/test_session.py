"""clear_session: names and seeds start afresh."""

from __future__ import annotations

import random as python_random

import numpy as np

from nncore import layers, models, random, utils


def test_names_start_afresh() -> None:
    layers.Dense(1)
    utils.clear_session()
    assert [layers.Dense(1).name, layers.Dense(1).name, models.Sequential().name] == ["dense", "dense_1", "sequential"]


def test_the_next_draw_takes_its_seed_from_python() -> None:
    drawn = []
    for _ in range(2):
        random.uniform((3,))
        utils.clear_session(free_memory=False)
        python_random.seed(5)
        drawn.append(random.uniform((3,)))
    np.testing.assert_array_equal(*drawn)


def test_models_stay_as_they_are() -> None:
    model = models.Sequential([layers.Dense(2, input_shape=(3,))])
    before = model(np.ones((1, 3)))
    utils.clear_session()
    np.testing.assert_array_equal(model(np.ones((1, 3))), before)

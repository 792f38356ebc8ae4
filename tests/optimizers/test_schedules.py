"""Every schedule: values against Keras's, configuration, traced and eager, bad input."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest

import nncore
from golden import object_cases as cases
from golden import optimizer_cases
from nncore.optimizers import schedules

_PATH = pathlib.Path(__file__).parent.parent / "golden" / "objects_optimizers.json"
GOLDEN = json.loads(_PATH.read_text())["schedules"]
ROWS = [
    pytest.param(name, arguments, id=cases.case_id(name, arguments)) for name, arguments in optimizer_cases.SCHEDULES
]


@pytest.mark.parametrize(("name", "arguments"), ROWS)
class TestEverySchedule:
    def test_value(self, name: str, arguments: Any) -> None:
        schedule = getattr(schedules, name)(**arguments)
        got = [float(schedule(step)) for step in optimizer_cases.SCHEDULE_STEPS]
        expected = GOLDEN[cases.case_id(name, arguments)]
        # float32 cannot tell the end of a wave from the start of the next to the last digit.
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)

    def test_traced(self, name: str, arguments: Any) -> None:
        schedule = getattr(schedules, name)(**arguments)
        compiled = nncore.function(schedule)
        for step in optimizer_cases.SCHEDULE_STEPS:
            got = compiled(np.asarray(step, "int64"))
            np.testing.assert_allclose(got, schedule(step), rtol=1e-5, atol=1e-7)

    def test_config(self, name: str, arguments: Any) -> None:
        schedule = getattr(schedules, name)(**arguments)
        serialized = json.loads(json.dumps(schedules.serialize(schedule)))
        assert serialized["module"] == "keras.optimizers.schedules"
        for other in (
            type(schedule).from_config(schedule.get_config()),
            schedules.deserialize(serialized),
        ):
            assert other.get_config() == schedule.get_config()
            assert float(other(3)) == float(schedule(3))


def test_every_class_has_a_row() -> None:
    names = {name for name in schedules.__all__ if name[0].isupper()} - {"LearningRateSchedule"}
    assert names == {row[0] for row in optimizer_cases.SCHEDULES}


BAD = [
    (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps=0"),
    (lambda: schedules.InverseTimeDecay(0.1, -1, 0.5), "decay_steps=-1"),
    (lambda: schedules.PolynomialDecay(0.1, 0), "decay_steps=0"),
    (lambda: schedules.CosineDecay(0.1, 0), "decay_steps=0"),
    (lambda: schedules.CosineDecay(0.1, 10, warmup_steps=-1), "warmup_steps=-1"),
    (lambda: schedules.CosineDecayRestarts(0.1, 0), "first_decay_steps=0"),
    (lambda: schedules.CosineDecayRestarts(0.1, 5, t_mul=0.0), "t_mul=0.0"),
    (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "length 2"),
    (lambda: schedules.deserialize({"class_name": "CosinDecay"}), "Did you mean 'CosineDecay'"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_schedule_without_its_methods_says_so() -> None:
    with pytest.raises(TypeError, match="must override `__call__"):
        schedules.LearningRateSchedule()(0)
    with pytest.raises(TypeError, match=r"must override `get_config\(\)`"):
        schedules.LearningRateSchedule().get_config()

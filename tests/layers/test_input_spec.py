"""InputSpec: what fits, what does not, and specs of several inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nncore import layers
from nncore.layers.input_spec import check_inputs

X = np.ones((2, 3), "float32")


@pytest.mark.parametrize(
    ("spec", "shape", "dtype", "problem"),
    [
        ({}, (2, 3), "float32", None),
        ({"ndim": 2}, (2, 3), "float32", None),
        ({"ndim": 3}, (2, 3), "float32", "expected ndim=3, found ndim=2"),
        ({"min_ndim": 3}, (2, 3), "float32", "expected min_ndim=3, found ndim=2"),
        ({"max_ndim": 1}, (2, 3), "float32", "expected max_ndim=1, found ndim=2"),
        ({"dtype": "int32"}, (2, 3), "float32", "expected dtype=int32, found dtype=float32"),
        ({"axes": {-1: 4}}, (2, 3), "float32", "expected axis -1 of input shape to have value 4, found 3"),
        ({"axes": {-1: 4}}, (2, None), "float32", None),
        ({"axes": {1: None}}, (2, 3), "float32", None),
        ({"shape": (None, 3)}, (2, 3), "float32", None),
        ({"shape": (None, 4)}, (2, 3), "float32", "expected shape=(None, 4), found shape=(2, 3)"),
        ({"shape": (None, 3), "allow_last_axis_squeeze": True}, (2, 3, 1), "float32", None),
        ({"shape": (None, 1), "allow_last_axis_squeeze": True}, (2,), "float32", None),
    ],
)
def test_problem(spec: dict[str, Any], shape: Any, dtype: str, problem: str | None) -> None:
    assert layers.InputSpec(**spec).problem(shape, dtype) == problem


def test_several_inputs() -> None:
    specs = [layers.InputSpec(ndim=2), layers.InputSpec(ndim=1, optional=True)]
    check_inputs(specs, [X, None], "l")
    check_inputs(None, "anything", "l")
    check_inputs({"a": specs[0]}, {"a": X, "b": 3}, "l")
    with pytest.raises(ValueError, match=r'"l" expects 2 input\(s\), but it received 1'):
        check_inputs(specs, [X], "l")
    with pytest.raises(ValueError, match=r"expects the inputs \['a'\].*without \['a'\]"):
        check_inputs({"a": specs[0]}, {"b": X}, "l")
    with pytest.raises(ValueError, match="Input 1 of layer"):
        check_inputs(specs, [X, X], "l")
    with pytest.raises(TypeError, match="should be tensors"):
        check_inputs(specs[0], 3, "l")


def test_round_trip() -> None:
    spec = layers.InputSpec(dtype="float32", ndim=2, axes={-1: 3})
    again = layers.InputSpec.from_config(spec.get_config())
    assert again.get_config() == spec.get_config()
    assert repr(spec) == "InputSpec(dtype=float32, ndim=2, axes={-1: 3})"

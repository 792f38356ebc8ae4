"""Traces: what can't be recorded raises TraceError, naming the user's line; values are seen when they are carried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops
from nncore.graph import run_eagerly

LEAKED: list[Any] = []


def _write(x: Any) -> Any:
    x[0] = 1.0
    return x


UNTRACEABLE = [
    ("if", lambda x: x if x.sum() > 0 else -x, "ops.where"),
    ("float", lambda x: x * float(x.sum()), "ops work on scalars"),
    ("int", lambda x: x * int(x.sum()), "ops.cast"),
    ("index", lambda x: [1, 2, 3][x.sum()], "ops.take"),
    ("array", lambda x: np.asarray(x), "nncore.ops"),
    ("write", _write, "ops.slice_update"),
]


@pytest.mark.parametrize(("_", "function", "advice"), UNTRACEABLE)
def test_what_needs_values_names_the_line_and_the_op_to_use(_: str, function: Any, advice: str) -> None:
    with pytest.raises(nncore.TraceError) as caught:
        nncore.function(function)(np.ones(3, "float32"))
    message = str(caught.value)
    assert "test_trace.py" in message
    assert advice in message


def test_a_tensor_of_another_trace_is_refused() -> None:
    LEAKED.clear()
    nncore.function(lambda x: LEAKED.append(x) or x)(np.ones(2))
    with pytest.raises(nncore.TraceError, match="had returned"):
        ops.add(LEAKED[0], 1.0)
    with pytest.raises(nncore.TraceError, match="another traced function"):
        nncore.function(lambda x: x + LEAKED[0])(np.ones(2))


def test_a_failed_trace_changes_nothing() -> None:
    v = nncore.Variable(np.ones(2, "float32"))

    def step(x: Any) -> Any:
        v.assign(v.value + x)
        return float(x.sum())

    with pytest.raises(nncore.TraceError):
        nncore.function(step)(np.ones(2, "float32"))
    assert v.numpy().tolist() == [1.0, 1.0]
    # The next trace starts afresh.
    assert nncore.function(lambda x: x * 2)(np.ones(1)).tolist() == [2.0]


def test_carried_values_are_seen_by_python() -> None:
    v = nncore.Variable(np.array([1.0, 2.0], "float32"))
    seen = []

    def step(x: Any) -> Any:
        y = x * v.value
        if y.sum() > 0:
            seen.append((float(y.sum()), y.numpy().tolist(), f"{ops.mean(y):.2f}"))
            v.assign(y)
        return y * 2

    result = run_eagerly(step, (np.array([3.0, 4.0], "float32"),))
    assert seen == [(11.0, [3.0, 8.0], "5.50")]
    assert result.tolist() == [6.0, 16.0]
    assert v.numpy().tolist() == [3.0, 8.0]


def test_a_graph_can_be_read() -> None:
    compiled = nncore.function(lambda x: ops.sum(x * 2.0))
    compiled(np.ones((2, 3), "float32"))
    text = compiled.dump()
    assert "input(index=0) : float32[2,3]" in text
    assert "reduce_sum" in text
    assert text.splitlines()[-1].startswith("return %")


def test_the_verifier_finds_a_wrong_graph() -> None:
    from nncore.graph.step import trace_function
    from nncore.ir import Spec

    graph, _ = trace_function(lambda x: x * 2.0 + 1.0, (Spec((2,), "float32"),), "f")
    graph.verify()
    graph.nodes = [node for node in graph.nodes if node.op.name != "mul"]
    with pytest.raises(RuntimeError, match="undefined"):
        graph.verify("a pass")


def test_an_error_while_shapes_are_inferred_says_which_size_stands_for_the_unknown() -> None:
    x = nncore.Input((3,))
    with pytest.raises(ValueError, match="matmul") as caught:
        ops.matmul(x, np.ones((4, 2), "float32"))
    assert any("97" in note and "not known" in note for note in caught.value.__notes__)

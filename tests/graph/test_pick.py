"""Rows that are picked only to be multiplied are read in place by the product, with the bits of picking them first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, ops
from nncore.graph import compile_step
from nncore.ir import Spec


def _names(step: Any) -> list[str]:
    return [node.op.name for node in step.graph.nodes if not node.is_leaf]


def _picks(step: Any) -> int:
    """How many products read picked rows; then nobody gathers."""
    names = _names(step)
    count = names.count("dense_picked")
    assert count == 0 or "gather" not in names, step.dump()
    return count


def _take(table: Any, index: Any) -> Any:
    return ops.take(table, index, axis=0)


# Of x (7, 300), index (5) or (5, 2), and w, v as the function needs them.
PICKED: list[tuple[str, Callable[..., Any], tuple[int, ...], tuple[int, ...]]] = [
    ("rows", lambda x, i, w: ops.matmul(_take(x, i), w), (5,), (300, 4)),
    ("rows of rows", lambda x, i, w: ops.matmul(_take(x, i), w), (5, 2), (300, 4)),
    ("a layer", lambda x, i, w: ops.relu(ops.matmul(_take(x, i), w) + w[0]), (5,), (300, 4)),
    ("steps", lambda x, i, w: ops.matmul(ops.transpose(_take(x, i)), w), (5,), (5, 256)),
    ("rows on the right", lambda x, i, w: ops.matmul(w, _take(x, i)), (5,), (3, 5)),
    ("columns on the right", lambda x, i, w: ops.matmul(w, ops.transpose(_take(x, i))), (5,), (3, 300)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("index_dtype", ["int32", "int64"])
@pytest.mark.parametrize(("name", "function", "index", "shape"), PICKED, ids=[row[0] for row in PICKED])
def test_products_read_picked_rows_in_place(
    name: str, function: Any, index: tuple[int, ...], shape: tuple[int, ...], index_dtype: str, dtype: str
) -> None:
    specs = (Spec((7, 300), dtype), Spec(index, index_dtype), Spec(shape, dtype))
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(7, 300)).astype(dtype), rng.normal(size=shape).astype(dtype)
    i = rng.integers(-9, 9, index).astype(index_dtype)  # negative, repeated and outside
    i.flat[0] = 0
    for exact in (False, True):
        step = compile_step(function, specs, exact=exact)
        assert _picks(step) == 1, step.dump()
        got = step.run((x, i, w))
        if exact or name != "a layer":
            np.testing.assert_array_equal(got, function(x, i, w), strict=True)
    valid = np.where((i >= -7) & (i < 7), i, 0)
    rows = np.where(((i >= -7) & (i < 7))[..., None], x.astype("float64")[valid], np.nan)
    want = function(rows.reshape(-1, 300), np.arange(i.size).reshape(i.shape), w.astype("float64"))
    tolerance = 1e-4 if dtype == "float32" else 1e-11
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def test_rows_that_others_read_are_picked_once() -> None:
    specs = (Spec((7, 300), "float32"), Spec((5,), "int32"), Spec((300, 4), "float32"))
    cases: list[Callable[..., Any]] = [
        lambda x, i, w: (lambda r: (r @ w, r))(_take(x, i)),
        lambda x, i, w: (lambda r: r @ w + ops.sum(r))(_take(x, i)),
        lambda x, i, w: (lambda r: r @ ops.transpose(r))(_take(x, i)),
        lambda x, i, w: ops.reshape(_take(x, i), (1, 1500)) @ ops.reshape(ops.tile(w, (5, 1)), (1500, 4)),
        # Not rows of a table in memory.
        lambda x, i, w: ops.take(x, i, axis=1) @ w[:5],
        lambda x, i, w: ops.transpose(ops.take(ops.transpose(w), i, axis=0)) @ x[:5],
        # Read twice, by products too narrow for that.
        lambda x, i, w: (lambda r: (r @ w, r @ (w + 1)))(_take(x, i)),
        lambda x, i, w: ops.transpose(_take(x, i)) @ w[:5],
    ]
    for function in cases:
        step = compile_step(function, specs)
        assert _picks(step) == 0, step.dump()
        assert _names(step).count("gather") == 1


@pytest.mark.parametrize(("width", "picked"), [(4, False), (300, True)])
def test_gradients_of_a_table_and_of_what_its_rows_are_multiplied_with(width: int, picked: bool) -> None:
    """Forward and the gradient of the weights both read the rows: in place where the layer is wide."""

    def loss(x: Any, w: Any, i: Any) -> Any:
        return ops.sum(ops.square(_take(x, i) @ w))

    gradients = nncore.grad(loss, argnums=(0, 1))
    specs = (Spec((6, 5), "float64"), Spec((5, width), "float64"), Spec((8,), "int32"))
    step = compile_step(gradients, specs)
    assert _picks(step) == (2 if picked else 0), step.dump()
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(6, 5)), rng.normal(size=(5, width))
    i = np.array([0, 5, 5, -1, 2, -6, 2, 5], "int32")
    rows = x[i]
    want_w = 2 * rows.T @ (rows @ w)
    want_x = np.zeros_like(x)
    np.add.at(want_x, i, 2 * (rows @ w) @ w.T)
    for got, want in zip(step.run((x, w, i)), (want_x, want_w), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_an_embedding_below_a_layer_is_not_gathered() -> None:
    model = nncore.Sequential([layers.Input((3,), dtype="int32"), layers.Embedding(9, 6), layers.Dense(4)])
    step = compile_step(lambda i: model(i), (Spec((5, 3), "int32"),))
    assert _picks(step) == 1, step.dump()
    i = np.array([[0, 8, 1]] * 5, "int32")
    table, kernel, bias = (np.asarray(v) for v in model.weights)
    np.testing.assert_allclose(step.run((i,)), table[i] @ kernel + bias, rtol=1e-5, atol=1e-6)

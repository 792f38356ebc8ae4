"""The matmul_picked kernel: rows of one operand picked by an index, with the bits of gathering them first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernel_running import run_kernel
from nncore import _native

RELU = 1
FORMS = ["A = T[index]", "A = T[index]^T", "B = T[index]", "B = T[index]^T"]
# (M, K, N): every path, every way of packing, and their edges.
SHAPES = [
    (1, 1, 1),
    (1, 17, 1),
    (1, 100, 33),
    (2, 64, 130),
    (3, 5, 7),
    (4, 300, 10),
    (5, 0, 6),
    (0, 4, 3),
    (4, 3, 0),
    (7, 33, 1),
    (9, 200, 49),
    (12, 40, 500),
    (13, 1, 15),
    (32, 784, 32),
    (31, 512, 65),
    (33, 10, 200),
    (64, 65, 63),
    (100, 70, 5),
    (128, 96, 300),
    (150, 513, 97),
    (784, 8, 32),
    (5, 2100, 9),
    (40, 2100, 12),
    (1, 300, 2000),
]
LARGE = [(512, 512, 512), (700, 1030, 450), (130, 2500, 300)]


def _index(rng: Any, count: int, rows: int, dtype: str, kind: str) -> np.ndarray:
    """With duplicates; "wild" with some that are outside the table."""
    index = rng.integers(0, rows, count)
    if kind == "wild" and count:
        index[rng.integers(0, count, 2)] = (-1, rows)
    return index.astype(dtype)


def _picked(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    inside = (index >= 0) & (index < len(table))
    rows = np.full((len(index), table.shape[1]), np.nan, table.dtype)
    rows[inside] = table[index[inside]]
    return rows


def _run(kernel: str, inputs: list[np.ndarray], shape: tuple[int, int], ints: Any, threads: int) -> np.ndarray:
    """C, computed inside a larger buffer whose other elements must stay as they are."""
    memory = np.full(math.prod(shape) + 128, 77.0, inputs[0].dtype)
    c = memory[64:-64].reshape(shape)
    run_kernel(kernel, [*inputs, c], len(inputs), ints, (0.0,), threads)
    assert (memory[:64] == 77.0).all()
    assert (memory[-64:] == 77.0).all()
    return c


def _check(form: int, shape: tuple[int, int, int], dtype: str, index_dtype: str, kind: str, layout: str) -> None:
    m, k, n = shape
    rng = np.random.default_rng(m * 7 + k * 3 + n)
    left, upright = form < 2, form in (0, 2)
    rows, columns = (m, k) if form == 0 else (k, m) if form == 1 else (k, n) if form == 2 else (n, k)
    table = rng.normal(size=(rows // 2 + 3, columns + 5)).astype(dtype)[:, 2 : 2 + columns]
    index = _index(rng, rows, len(table), index_dtype, kind)
    if layout == "stepped":
        spread = np.zeros(3 * rows + 1, index_dtype)
        spread[1::3][:rows] = index
        index = spread[1::3][:rows]
    other = rng.normal(size=(k, n) if left else (m, k)).astype(dtype)
    if layout == "transposed":
        other = np.ascontiguousarray(other.T).T
    bias = rng.normal(size=n).astype(dtype)
    gathered = _picked(table, index)
    whole = gathered if upright else gathered.T
    operands, plain = ([table, other], [whole, other]) if left else ([other, table], [other, whole])
    for ints, extra in (((0, 0), []), ((RELU, 1), [bias])):
        runs = [_run("matmul_picked", [*operands, index, *extra], (m, n), (form, *ints), t) for t in (1, 2, 3)]
        want = _run("matmul", [*plain, *extra], (m, n), (*ints, 0), 1)
        assert all(run.tobytes() == runs[0].tobytes() for run in runs)
        assert runs[0].tobytes() == want.tobytes()
    a, b = (x.astype("float64") for x in plain)
    if kind == "inside":  # and the plain product is right, too
        bound = (np.abs(a) @ np.abs(b) + np.abs(bias)) * np.finfo(dtype).eps * (4 + 2 * math.sqrt(k)) * 2
        assert (np.abs(runs[0] - np.maximum(a @ b + bias, 0)) <= bound).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("form", range(4), ids=FORMS)
def test_shapes_and_layouts(form: int, shape: tuple[int, int, int], dtype: str) -> None:
    for index_dtype, kind, layout in (
        ("int32", "inside", "plain"),
        ("int64", "wild", "transposed"),
        ("int32", "wild", "stepped"),
    ):
        _check(form, shape, dtype, index_dtype, kind, layout)


@pytest.mark.slow
@pytest.mark.parametrize("shape", LARGE, ids=str)
@pytest.mark.parametrize("form", range(4), ids=FORMS)
def test_blocked_products(form: int, shape: tuple[int, int, int]) -> None:
    for layout in ("plain", "transposed"):
        _check(form, shape, "float32", "int64", "inside", layout)


@pytest.mark.parametrize("form", range(4), ids=FORMS)
def test_a_table_without_rows_gives_nan(form: int) -> None:
    table, other, index = np.zeros((0, 4), "float32"), np.ones((4, 4), "float32"), np.zeros(4, "int32")
    inputs = [table, other, index] if form < 2 else [other, table, index]
    assert np.isnan(_run("matmul_picked", inputs, (4, 4), (form, 0, 0), 2)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index": np.zeros(3, "float32")}, "index"),
        ({"index": np.zeros((5, 1), "int32")}, "index"),
        ({"index": np.zeros(4, "int32")}, "by the index"),
        ({"a": np.zeros((3, 7), "float32")}, "by the index"),
        ({"a": np.zeros((3, 8), "float64")}, "one type"),
        ({"a": np.zeros((8, 3), "float32").T}, "side by side"),
        ({"c": np.zeros((5, 7), "float32")}, "by the index"),
        ({"ints": (4, 0, 0)}, "axis"),
        ({"ints": (0, 12, 0)}, "activation"),
        ({"ints": (0, 0, 1)}, "bias"),
        ({"ints": (0, 0)}, "ints"),
        ({"ints": (2, 0, 0)}, "by the index"),
    ],
    ids=lambda x: next(iter(x)) if isinstance(x, dict) else "",
)
def test_wrong_operands_are_refused(change: dict[str, Any], message: str) -> None:
    operands: dict[str, Any] = {
        "a": np.zeros((3, 8), "float32"),
        "b": np.zeros((8, 6), "float32"),
        "index": np.zeros(5, "int32"),
        "c": np.zeros((5, 6), "float32"),
    }
    ints = change.get("ints", (0, 0, 0))
    operands |= {key: value for key, value in change.items() if key != "ints"}
    with pytest.raises(ValueError, match=message):
        _native.execute("matmul_picked", list(operands.values()), 3, ints, (0.0,))

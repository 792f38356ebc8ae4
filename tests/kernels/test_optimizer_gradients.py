"""Updates that compute their gradients: products and sums over a batch, with the bits of separate kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from kernel_running import run_kernel
from nncore import _native
from optimizer_formulas import CASES, COLUMN_SUMS, GIVEN, PRODUCT, Case, State, scalars


class Tensor(NamedTuple):
    """A parameter, and where its gradient comes from."""

    source: int
    shape: tuple[int, ...]
    terms: int = 1
    layout: str = "tn"  # of a product's factors: "t" for a transposed view, "n" for memory in order


# Tiles of all kinds, swapped products, dot products, several blocks of k, cuts by columns, empty and single ones.
TENSORS = [
    Tensor(PRODUCT, (129, 31), 33),
    Tensor(GIVEN, (17, 5)),
    Tensor(COLUMN_SUMS, (31,), 33),
    Tensor(PRODUCT, (32, 10), 130),
    Tensor(COLUMN_SUMS, (1,), 16),
    Tensor(PRODUCT, (2, 1), 16),
    Tensor(PRODUCT, (1, 1), 300),
    Tensor(PRODUCT, (1, 70), 40),
    Tensor(PRODUCT, (200, 1), 19),
    Tensor(PRODUCT, (5, 300), 40),
    Tensor(COLUMN_SUMS, (300,), 3),
    Tensor(PRODUCT, (70, 65), 600),
    Tensor(PRODUCT, (40, 9), 20, "nt"),
    Tensor(PRODUCT, (33, 200), 70, "nn"),
    Tensor(PRODUCT, (33, 40), 70, "tt"),
    Tensor(COLUMN_SUMS, (5, 2), 700),
    Tensor(PRODUCT, (6, 4, 5), 12),
    Tensor(PRODUCT, (3, 0), 4),
    Tensor(GIVEN, ()),
    Tensor(PRODUCT, (330, 300), 65),
    Tensor(PRODUCT, (330, 300), 1),
    Tensor(PRODUCT, (37, 5), 1),
    Tensor(PRODUCT, (1, 9), 1),
]
COMPUTING = [name for name in CASES if CASES[name].kernel != "lamb_step"]


def operands_of(tensor: Tensor, rng: np.random.Generator, dtype: str) -> list[np.ndarray]:
    """The operands of a tensor's gradient."""
    if tensor.source == GIVEN:
        return [np.asarray(rng.normal(size=tensor.shape), dtype)]
    size = int(np.prod(tensor.shape))
    if tensor.source == COLUMN_SUMS:
        return [rng.normal(size=(tensor.terms, size)).astype(dtype)]
    rows = tensor.shape[0]
    found = []
    shapes = ((rows, tensor.terms), (tensor.terms, size // rows))
    for shape, layout in zip(shapes, tensor.layout, strict=True):
        found.append(rng.normal(size=shape[::-1] if layout == "t" else shape).astype(dtype))
        if layout == "t":
            found[-1] = found[-1].T
    return found


def alone(tensor: Tensor, operands: list[np.ndarray]) -> np.ndarray:
    """The gradient by the kernel that computes nothing else."""
    if tensor.source == GIVEN:
        return operands[0]
    if tensor.source == COLUMN_SUMS:
        out = np.empty(operands[0].shape[1], operands[0].dtype)
        run_kernel("reduce", [operands[0], out], 1, (0, 0))
    else:
        out = np.empty((operands[0].shape[0], operands[1].shape[1]), operands[0].dtype)
        run_kernel("matmul", [*operands, out], 2, (0, 0, 0), (0.0,))
    return out.reshape(tensor.shape)


def exactly(tensor: Tensor, operands: list[np.ndarray]) -> np.ndarray:
    """The gradient in float64, by NumPy."""
    wide = [x.astype("float64") for x in operands]
    if tensor.source == GIVEN:
        return wide[0]
    return (wide[0] @ wide[1] if tensor.source == PRODUCT else wide[0].sum(axis=0)).reshape(tensor.shape)


def start(case: Case, tensors: list[Tensor], dtype: str) -> list[State]:
    rng = np.random.default_rng(99)
    return [
        [np.asarray(rng.normal(size=t.shape), dtype), *(np.full(t.shape, case.start, dtype) for _ in range(case.slots))]
        for t in tensors
    ]


def updated(case: Case, tensors: list[Tensor], dtype: str, threads: int, separate: bool = False) -> list[State]:
    """State groups after three steps; `separate`: with gradients that other kernels have computed."""
    groups, rng = start(case, tensors, dtype), np.random.default_rng(5)
    sources = [GIVEN if separate else tensor.source for tensor in tensors]
    floats = [case.hyper[name] for name in case.floats]
    for step in range(1, 4):
        inputs = scalars(case, 0.01, step, dtype)
        for group, tensor in zip(groups, tensors, strict=True):
            operands = operands_of(tensor, rng, dtype)
            inputs += [group[0], *([alone(tensor, operands)] if separate else operands), *group[1:]]
        outputs = [array for group in groups for array in group]
        run_kernel(case.kernel, [*inputs, *outputs], len(inputs), case.ints(sources), floats, threads)
    return groups


def expected(case: Case, tensors: list[Tensor], dtype: str) -> list[State]:
    """State groups in float64 after three steps."""
    groups, rng = (
        [[x.astype("float64") for x in group] for group in start(case, tensors, dtype)],
        np.random.default_rng(5),
    )
    for step in range(1, 4):
        for group, tensor in zip(groups, tensors, strict=True):
            g = exactly(tensor, operands_of(tensor, rng, dtype))
            p, slots = case.formula(group[0] * (1 - case.hyper["wd"] * 0.01), g, 0.01, group[1:], step, case.hyper)
            group[:] = [p, *slots]
    return groups


def same_bits(found: list[State], wanted: list[State]) -> None:
    for k, (a, b) in enumerate(zip(found, wanted, strict=True)):
        for x, y in zip(a, b, strict=True):
            assert x.tobytes() == y.tobytes(), f"tensor {k}"


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", COMPUTING)
def test_bits_are_those_of_separate_kernels(name: str, dtype: str, threads: int) -> None:
    case = CASES[name]
    same_bits(updated(case, TENSORS, dtype, threads), updated(case, TENSORS, dtype, 1, separate=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", COMPUTING)
def test_three_steps_follow_the_formula(name: str, dtype: str) -> None:
    case = CASES[name]
    # Lion follows the sign of its gradient: a sum that is rounded to the other side of 0 takes another step.
    few = {"rtol": 2e-3, "atol": 2e-3} if dtype == "float32" else {"rtol": 1e-8, "atol": 1e-10}
    for got, want in zip(updated(case, TENSORS, dtype, 2), expected(case, TENSORS, dtype), strict=True):
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(a, b, **few)


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
@pytest.mark.parametrize("threads", [1, 2])
def test_each_tensor_alone(tensor: Tensor, threads: int) -> None:
    case = CASES["adam"]
    same_bits(updated(case, [tensor], "float32", threads), updated(case, [tensor], "float32", 1, separate=True))


def test_nothing_but_the_tensors_is_written() -> None:
    rng = np.random.default_rng(0)
    memory = np.full(40 * 21 + 20, 7.0, "float32")
    p = memory[10:-10].reshape(40, 21)
    x, dy = rng.normal(size=(30, 40)).astype("float32"), rng.normal(size=(30, 21)).astype("float32")
    before = x.copy(), dy.copy()
    run_kernel("sgd_step", [np.array(0.5, "float32"), p, x.T, dy, p], 4, (1, PRODUCT), (0.0,), threads=2)
    np.testing.assert_allclose(p, 7 - 0.5 * x.T @ dy, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(memory[:10], 7.0)
    np.testing.assert_array_equal(memory[-10:], 7.0)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(dy, before[1])


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, "float32")


@pytest.mark.parametrize(
    ("operands", "source"),
    [
        ([zeros(6, 5), zeros(6, 4), zeros(3, 5)], PRODUCT),
        ([zeros(6, 5), zeros(6, 4), zeros(4, 6)], PRODUCT),
        ([zeros(6, 5), zeros(6, 4, 1), zeros(4, 5)], PRODUCT),
        ([zeros(6, 5), zeros(6, 4), zeros(4, 5).astype("float64")], PRODUCT),
        ([zeros(6, 5), zeros(6, 4)], PRODUCT),
        ([zeros(5), zeros(7, 4)], COLUMN_SUMS),
        ([zeros(5), zeros(7, 5), zeros(7, 5)], COLUMN_SUMS),
        ([zeros(5), zeros(5, 7).T], COLUMN_SUMS),
        ([zeros(5), zeros(5)], COLUMN_SUMS),
        ([zeros(5), zeros(0, 5)], COLUMN_SUMS),
        ([zeros(5, 7).T, zeros(7, 5)], GIVEN),
        ([zeros(7, 5), zeros(5, 7).T], GIVEN),
    ],
    ids=range(12),
)
def test_wrong_operands_are_refused(operands: list[np.ndarray], source: int) -> None:
    arrays = [np.array(0.1, "float32"), *operands, operands[0]]
    with pytest.raises(ValueError, match="sgd_step"):
        _native.execute("sgd_step", arrays, len(arrays) - 1, (1, source), (0.0,))


def test_lamb_takes_given_gradients_only() -> None:
    p, g = np.zeros(5, "float32"), np.zeros((7, 5), "float32")
    inputs = [*(np.ones((), "float32") for _ in range(3)), p, g, p.copy(), p.copy()]
    with pytest.raises(ValueError, match="lamb_step"):
        _native.execute("lamb_step", [*inputs, p, *inputs[5:]], 7, (1, COLUMN_SUMS), (0.9, 0.999, 1e-7, 0.0))

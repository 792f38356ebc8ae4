"""The optimizer kernels against the formulas of their papers, in float64, over a hundred steps."""

from __future__ import annotations

import numpy as np
import pytest

from kernel_running import run_kernel
from nncore import _native
from optimizer_formulas import CASES, GIVEN, Case, State, scalars

SHAPES = [(3,), (17, 5), (), (1,), (64,), (0,), (129, 31)]
STEPS = 100


def gradients(step: int) -> list[np.ndarray]:
    rng = np.random.default_rng(step)
    return [rng.normal(size=shape) for shape in SHAPES]


def expected(case: Case, lr: float) -> list[State]:
    """State groups [p, slots...] of every tensor after all steps."""
    rng = np.random.default_rng(99)
    groups = [[rng.normal(size=s), *(np.full(s, case.start) for _ in range(case.slots))] for s in SHAPES]
    for step in range(1, STEPS + 1):
        for group, g in zip(groups, gradients(step), strict=True):
            p = group[0] * (1 - case.hyper["wd"] * lr)
            p, slots = case.formula(p, g, lr, group[1:], step, case.hyper)
            group[:] = [p, *slots]
    return groups


def computed(case: Case, lr: float, dtype: str, threads: int) -> list[State]:
    rng = np.random.default_rng(99)
    groups = [
        [
            np.asarray(rng.normal(size=s), dtype),
            *(np.full(s, case.start, dtype) for _ in range(case.slots)),
        ]
        for s in SHAPES
    ]
    floats = [case.hyper[name] for name in case.floats]
    for step in range(1, STEPS + 1):
        inputs = scalars(case, lr, step, dtype)
        for group, g in zip(groups, gradients(step), strict=True):
            inputs += [group[0], np.asarray(g, dtype), *group[1:]]
        outputs = [array for group in groups for array in group]
        run_kernel(case.kernel, [*inputs, *outputs], len(inputs), case.ints([GIVEN] * len(SHAPES)), floats, threads)
    return groups


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_hundred_steps_follow_the_formula(name: str, dtype: str) -> None:
    case, lr = CASES[name], 0.01
    tolerance = {"rtol": 2e-4, "atol": 2e-5} if dtype == "float32" else {"rtol": 1e-10, "atol": 1e-12}
    for got, want in zip(computed(case, lr, dtype, 1), expected(case, lr), strict=True):
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(a, b, **tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_bits_do_not_depend_on_threads(name: str, dtype: str) -> None:
    alone, pair = (computed(CASES[name], 0.01, dtype, threads) for threads in (1, 2))
    for a, b in zip(alone, pair, strict=True):
        for x, y in zip(a, b, strict=True):
            assert x.tobytes() == y.tobytes()


def test_nothing_but_the_tensors_is_written() -> None:
    memory = np.full(100, 7.0, "float32")
    p, g = memory[10:77], np.ones(67, "float32")
    run_kernel("sgd_step", [np.array(0.5, "float32"), p, g, p], 3, (1, GIVEN), (0.0,), threads=2)
    np.testing.assert_array_equal(p, 6.5)
    np.testing.assert_array_equal(memory[:10], 7.0)
    np.testing.assert_array_equal(memory[77:], 7.0)


# A tensor's length is no number where one of its elements is none; Lamb then takes a step of the rate's size.
@pytest.mark.parametrize("name", CASES)
def test_nan_gradient_stays_where_it_is(name: str) -> None:
    case = CASES[name]
    g = np.ones(40, "float32")
    g[21] = np.nan
    group = [np.ones(40, "float32"), *(np.full(40, case.start, "float32") for _ in range(case.slots))]
    inputs = [*scalars(case, 0.1, 1, "float32"), group[0], g, *group[1:]]
    run_kernel(
        case.kernel, [*inputs, *group], len(inputs), case.ints([GIVEN]), [case.hyper[name] for name in case.floats]
    )
    for array in group:
        assert np.flatnonzero(np.isnan(array)).tolist() == [21]


@pytest.mark.parametrize(
    ("operands", "n_in", "ints"),
    [
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(4, "float32")], 3, (1, 0)),
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(3, "float64")], 3, (1, 0)),
        ([np.zeros(2, "float32"), np.zeros(3, "float32"), np.zeros(3, "float32")], 3, (1, 0)),
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(3, "float32")], 3, (2, 0, 0)),
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(3, "float32")], 3, ()),
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(3, "float32")], 3, (1, 3)),
    ],
    ids=["shapes", "dtypes", "scalar", "count", "ints", "source"],
)
def test_wrong_operands_are_refused(operands, n_in, ints) -> None:
    with pytest.raises(ValueError, match="sgd_step"):
        _native.execute("sgd_step", [*operands, operands[1]], n_in, ints, (0.0,))

"""The optimizer kernels against the formulas of their papers, in float64, over a hundred steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from kernel_running import run_kernel
from nncore import _native

SHAPES = [(3,), (17, 5), (), (1,), (64,), (0,), (129, 31)]
STEPS = 100
State = list[np.ndarray]


def sgd(p, g, lr, state, step, h):
    return p - lr * g, []


def momentum(p, g, lr, state, step, h):
    velocity = h["momentum"] * state[0] - lr * g
    ahead = h["momentum"] * velocity - lr * g if h["nesterov"] else velocity
    return p + ahead, [velocity]


def rmsprop(p, g, lr, state, step, h):
    slots = list(state)
    slots[0] = h["rho"] * slots[0] + (1 - h["rho"]) * g**2
    variance = slots[0]
    if h["centered"]:
        slots[1] = h["rho"] * slots[1] + (1 - h["rho"]) * g
        variance = variance - slots[1] ** 2
    change = lr * g / np.sqrt(variance + h["eps"])
    if h["momentum"]:
        slots[-1] = h["momentum"] * slots[-1] + change
        change = slots[-1]
    return p - change, slots


def adam(p, g, lr, state, step, h):
    m = h["b1"] * state[0] + (1 - h["b1"]) * g
    v = h["b2"] * state[1] + (1 - h["b2"]) * g**2
    slots = [m, v]
    top = v
    if h["amsgrad"]:
        top = np.maximum(state[2], v)
        slots.append(top)
    alpha = lr * np.sqrt(1 - h["b2"] ** step) / (1 - h["b1"] ** step)
    return p - alpha * m / (np.sqrt(top) + h["eps"]), slots


def adagrad(p, g, lr, state, step, h):
    total = state[0] + g**2
    return p - lr * g / np.sqrt(total + h["eps"]), [total]


def adadelta(p, g, lr, state, step, h):
    squares = h["rho"] * state[0] + (1 - h["rho"]) * g**2
    change = np.sqrt(state[1] + h["eps"]) / np.sqrt(squares + h["eps"]) * g
    return p - lr * change, [squares, h["rho"] * state[1] + (1 - h["rho"]) * change**2]


def adamax(p, g, lr, state, step, h):
    m = h["b1"] * state[0] + (1 - h["b1"]) * g
    largest = np.maximum(h["b2"] * state[1], np.abs(g))
    return p - lr / (1 - h["b1"] ** step) * m / (largest + h["eps"]), [m, largest]


def nadam_shares(step, h):
    """The share of the mean in a step and in the next, and the products of all so far."""
    shares = h["b1"] * (1 - 0.5 * 0.96 ** np.arange(1, step + 2))
    return shares[-2], shares[-1], np.prod(shares[:-1]), np.prod(shares)


def nadam(p, g, lr, state, step, h):
    m = h["b1"] * state[0] + (1 - h["b1"]) * g
    v = h["b2"] * state[1] + (1 - h["b2"]) * g**2
    now, ahead, product, product_ahead = nadam_shares(step, h)
    mean = ahead * m / (1 - product_ahead) + (1 - now) * g / (1 - product)
    return p - lr * mean / (np.sqrt(v / (1 - h["b2"] ** step)) + h["eps"]), [m, v]


def lion(p, g, lr, state, step, h):
    direction = np.sign(h["b1"] * state[0] + (1 - h["b1"]) * g)
    return p - lr * direction, [h["b2"] * state[0] + (1 - h["b2"]) * g]


def ftrl(p, g, lr, state, step, h):
    total = state[0] + g**2
    linear = state[1] + g + 2 * h["shrink"] * p - (np.sqrt(total) - np.sqrt(state[0])) / lr * p
    curve = (h["beta"] + np.sqrt(total)) / lr + 2 * h["l2"]
    return np.where(np.abs(linear) > h["l1"], (np.sign(linear) * h["l1"] - linear) / curve, 0), [total, linear]


def lamb(p, g, lr, state, step, h):
    m = h["b1"] * state[0] + (1 - h["b1"]) * g
    v = h["b2"] * state[1] + (1 - h["b2"]) * g**2
    update = m / (1 - h["b1"] ** step) / (np.sqrt(v / (1 - h["b2"] ** step)) + h["eps"])
    own, length = np.linalg.norm(p), np.linalg.norm(update)
    return p - lr * (own / length if own > 0 and length > 0 else 1) * update, [m, v]


# The scalars after the learning rate, by kernel.
def adam_scalars(lr, step, h):
    return [lr * np.sqrt(1 - h["b2"] ** step) / (1 - h["b1"] ** step)]


def nadam_scalars(lr, step, h):
    now, ahead, product, product_ahead = nadam_shares(step, h)
    return [lr * ahead / (1 - product_ahead), lr * (1 - now) / (1 - product), 1 / (1 - h["b2"] ** step)]


SCALARS = {
    "adam_step": adam_scalars,
    "adamax_step": lambda lr, step, h: [lr / (1 - h["b1"] ** step)],
    "nadam_step": nadam_scalars,
    "lamb_step": lambda lr, step, h: [1 - h["b1"] ** step, 1 - h["b2"] ** step],
}


class Case(NamedTuple):
    kernel: str
    formula: Callable
    slots: int
    hyper: dict
    flags: tuple[str, ...]
    floats: tuple[str, ...]
    start: float = 0.0

    def ints(self, tensors: int) -> tuple[int, ...]:
        return (tensors, *(int(bool(self.hyper[name])) for name in self.flags))


RMS = {"rho": 0.9, "momentum": 0.0, "eps": 1e-7, "wd": 0.0, "centered": False}
ADAM = {"b1": 0.9, "b2": 0.999, "eps": 1e-7, "wd": 0.0, "amsgrad": False}
RMS_ROW = (("centered", "momentum"), ("rho", "momentum", "eps", "wd"))
ADAM_ROW = (("amsgrad",), ("b1", "b2", "eps", "wd"))
MOMENTUM_ROW = (("nesterov",), ("momentum", "wd"))
BETAS = {"b1": 0.9, "b2": 0.999, "eps": 1e-7, "wd": 0.0}
BETAS_ROW = ((), ("b1", "b2", "eps", "wd"))
FTRL = {"l1": 0.02, "l2": 0.03, "shrink": 0.01, "beta": 0.5}
FTRL_ROW = ("l1", "l2", "shrink", "beta", "wd")
CASES = {
    "sgd": Case("sgd_step", sgd, 0, {"wd": 0.0}, (), ("wd",)),
    "sgd with decay": Case("sgd_step", sgd, 0, {"wd": 0.01}, (), ("wd",)),
    "momentum": Case("momentum_step", momentum, 1, {"momentum": 0.9, "nesterov": False, "wd": 0.0}, *MOMENTUM_ROW),
    "nesterov": Case("momentum_step", momentum, 1, {"momentum": 0.8, "nesterov": True, "wd": 0.02}, *MOMENTUM_ROW),
    "rmsprop": Case("rmsprop_step", rmsprop, 1, RMS, *RMS_ROW),
    "rmsprop centered": Case("rmsprop_step", rmsprop, 2, {**RMS, "centered": True, "eps": 1e-3}, *RMS_ROW),
    "rmsprop momentum": Case("rmsprop_step", rmsprop, 2, {**RMS, "momentum": 0.7, "wd": 0.01}, *RMS_ROW),
    "rmsprop both": Case(
        "rmsprop_step",
        rmsprop,
        3,
        {**RMS, "momentum": 0.7, "centered": True, "eps": 1e-3},
        *RMS_ROW,
    ),
    "adam": Case("adam_step", adam, 2, ADAM, *ADAM_ROW),
    "adamw": Case("adam_step", adam, 2, {**ADAM, "wd": 0.01}, *ADAM_ROW),
    "amsgrad": Case("adam_step", adam, 3, {**ADAM, "amsgrad": True, "b2": 0.9}, *ADAM_ROW),
    "adagrad": Case("adagrad_step", adagrad, 1, {"eps": 1e-7, "wd": 0.0}, (), ("eps", "wd"), 0.1),
    "adadelta": Case(
        "adadelta_step", adadelta, 2, {"rho": 0.95, "eps": 1e-6, "wd": 0.01}, (), ("rho", "eps", "wd"), 0.01
    ),
    "adamax": Case("adamax_step", adamax, 2, {**BETAS, "wd": 0.01}, *BETAS_ROW),
    "nadam": Case("nadam_step", nadam, 2, {**BETAS, "wd": 0.01}, *BETAS_ROW),
    "lion": Case("lion_step", lion, 1, {"b1": 0.9, "b2": 0.99, "wd": 0.1}, (), ("b1", "b2", "wd")),
    "ftrl": Case("ftrl_step", ftrl, 2, {**FTRL, "wd": 0.0}, (), FTRL_ROW, 0.1),
    "ftrl with decay": Case("ftrl_step", ftrl, 2, {**FTRL, "wd": 0.1}, (), FTRL_ROW, 0.1),
    "lamb": Case("lamb_step", lamb, 2, BETAS, *BETAS_ROW),
    "lamb with decay": Case("lamb_step", lamb, 2, {**BETAS, "wd": 0.1}, *BETAS_ROW),
}


def gradients(step: int) -> list[np.ndarray]:
    rng = np.random.default_rng(step)
    return [rng.normal(size=shape) for shape in SHAPES]


def scalars(case: Case, lr: float, step: int, dtype: str) -> list[np.ndarray]:
    more = SCALARS.get(case.kernel, lambda *_: [])
    return [np.array(value, dtype) for value in (lr, *more(lr, step, case.hyper))]


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
        run_kernel(case.kernel, [*inputs, *outputs], len(inputs), case.ints(len(SHAPES)), floats, threads)
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
    run_kernel("sgd_step", [np.array(0.5, "float32"), p, g, p], 3, (1,), (0.0,), threads=2)
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
    run_kernel(case.kernel, [*inputs, *group], len(inputs), case.ints(1), [case.hyper[name] for name in case.floats])
    for array in group:
        assert np.flatnonzero(np.isnan(array)).tolist() == [21]


@pytest.mark.parametrize(
    ("operands", "n_in", "ints"),
    [
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(4, "float32")], 3, (1,)),
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(3, "float64")], 3, (1,)),
        ([np.zeros(2, "float32"), np.zeros(3, "float32"), np.zeros(3, "float32")], 3, (1,)),
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(3, "float32")], 3, (2,)),
        ([np.zeros((), "float32"), np.zeros(3, "float32"), np.zeros(3, "float32")], 3, ()),
    ],
    ids=["shapes", "dtypes", "scalar", "count", "ints"],
)
def test_wrong_operands_are_refused(operands, n_in, ints) -> None:
    with pytest.raises(ValueError, match="sgd_step"):
        _native.execute("sgd_step", [*operands, operands[1]], n_in, ints, (0.0,))

"""What each optimizer computes: its formula in float64, from the papers, and how its kernel is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

State = list[np.ndarray]
GIVEN, PRODUCT, COLUMN_SUMS = range(3)


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

    def ints(self, sources: list[int]) -> tuple[int, ...]:
        """The kernel's ints for tensors whose gradients come from `sources`: GIVEN, PRODUCT or COLUMN_SUMS."""
        return (len(sources), *(int(bool(self.hyper[name])) for name in self.flags), *sources)


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


def scalars(case: Case, lr: float, step: int, dtype: str) -> list[np.ndarray]:
    more = SCALARS.get(case.kernel, lambda *_: [])
    return [np.array(value, dtype) for value in (lr, *more(lr, step, case.hyper))]

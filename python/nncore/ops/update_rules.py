"""The primitives of optimizer updates: the rule of each, and how it becomes one instruction.

They take any number of parameters, so that calls with equal attributes are merged into one instruction over
all of a model's parameters. They have no derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.elementwise import binary, unary, where

# Where a tensor's gradient comes from (csrc/kernels/optimizer_gradients.hpp): one operand of its shape; two, whose
# product it is; one, the sums over whose rows it is.
GIVEN, PRODUCT, COLUMN_SUMS = range(3)

# How calls are merged: (number of leading scalars, inputs per parameter, outputs per parameter).
Layout = tuple[int, int, int]


class _Math(NamedTuple):
    """The functions that rules need, of ops or of NumPy."""

    root: Callable[[Any], Any]
    larger: Callable[[Any, Any], Any]
    smaller: Callable[[Any, Any], Any]
    size: Callable[[Any], Any]
    sign: Callable[[Any], Any]
    total: Callable[[Any], Any]
    choose: Callable[[Any, Any, Any], Any]
    gradient: Callable[[int, Sequence[Any], tuple[int, ...]], Any]


def _of_ops(name: str, arity: int = 1) -> Callable[..., Any]:
    return (lambda x: unary(name, x)) if arity == 1 else (lambda x, y: binary(name, x, y))


def _total(x: Any) -> Any:
    return apply(OPS["reduce_sum"], [x], {"axes": tuple(range(len(x.shape)))}) if x.shape else x


def _gradient_in_ops(source: int, operands: Sequence[Any], shape: tuple[int, ...]) -> Any:
    if source == GIVEN:
        return operands[0]
    name, attrs = ("matmul", {}) if source == PRODUCT else ("reduce_sum", {"axes": (0,)})
    return apply(OPS["reshape"], [apply(OPS[name], list(operands), attrs)], {"shape": shape})


def _gradient_in_numpy(source: int, operands: Sequence[Any], shape: tuple[int, ...]) -> Any:
    if source == GIVEN:
        return operands[0]
    return (np.matmul(*operands) if source == PRODUCT else np.sum(operands[0], axis=0)).reshape(shape)


_IN_OPS = _Math(
    *(_of_ops("sqrt"), _of_ops("max", 2), _of_ops("min", 2), _of_ops("abs"), _of_ops("sign"), _total, where),
    _gradient_in_ops,
)
_IN_NUMPY = _Math(np.sqrt, np.maximum, np.minimum, np.abs, np.sign, np.sum, np.where, _gradient_in_numpy)


def _decayed(p: Any, lr: Any, attrs: dict[str, Any]) -> Any:
    decay = attrs["weight_decay"]
    return p - p * decay * lr if decay else p


# Each rule: scalars, then the group of one parameter -> its new values.


def _sgd(attrs: dict[str, Any], math: _Math, lr: Any, p: Any, g: Any) -> list[Any]:
    return [_decayed(p, lr, attrs) - lr * g]


def _momentum(attrs: dict[str, Any], math: _Math, lr: Any, p: Any, g: Any, m: Any) -> list[Any]:
    p = _decayed(p, lr, attrs)
    momentum = attrs["momentum"]
    m = m * momentum - lr * g
    return [p + m * momentum - lr * g if attrs["nesterov"] else p + m, m]


def _rmsprop(attrs: dict[str, Any], math: _Math, lr: Any, p: Any, g: Any, v: Any, *rest: Any) -> list[Any]:
    p = _decayed(p, lr, attrs)
    rho, slots = attrs["rho"], list(rest)
    v = v * rho + g * g * (1.0 - rho)
    out = [v]
    denominator = v + attrs["epsilon"]
    if attrs["centered"]:
        average = slots.pop(0) * rho + g * (1.0 - rho)
        out.append(average)
        denominator = v - average * average + attrs["epsilon"]
    step = lr * g / math.root(denominator)
    if attrs["momentum"]:
        step = slots.pop(0) * attrs["momentum"] + step
        out.append(step)
    return [p - step, *out]


def _means(attrs: dict[str, Any], g: Any, m: Any, v: Any) -> tuple[Any, Any]:
    return m + (g - m) * (1.0 - attrs["beta_1"]), v + (g * g - v) * (1.0 - attrs["beta_2"])


def _adam(attrs: dict[str, Any], math: _Math, lr: Any, alpha: Any, p: Any, g: Any, *slots: Any) -> list[Any]:
    m, v = _means(attrs, g, *slots[:2])
    largest = [math.larger(slots[2], v)] if attrs["amsgrad"] else []
    change = m * alpha / (math.root((largest or [v])[0]) + attrs["epsilon"])
    return [_decayed(p, lr, attrs) - change, m, v, *largest]


def _adagrad(attrs: dict[str, Any], math: _Math, lr: Any, p: Any, g: Any, a: Any) -> list[Any]:
    p = _decayed(p, lr, attrs)
    a = a + g * g
    return [p - lr * g / math.root(a + attrs["epsilon"]), a]


def _adadelta(attrs: dict[str, Any], math: _Math, lr: Any, p: Any, g: Any, a: Any, d: Any) -> list[Any]:
    rho, epsilon = attrs["rho"], attrs["epsilon"]
    a = a * rho + g * g * (1.0 - rho)
    step = -g * (math.root(d + epsilon) / math.root(a + epsilon))
    return [_decayed(p, lr, attrs) + lr * step, a, d * rho + step * step * (1.0 - rho)]


def _adamax(attrs: dict[str, Any], math: _Math, lr: Any, alpha: Any, p: Any, g: Any, m: Any, u: Any) -> list[Any]:
    m = m + (g - m) * (1.0 - attrs["beta_1"])
    u = math.larger(u * attrs["beta_2"], math.size(g))
    return [_decayed(p, lr, attrs) - alpha * m / (u + attrs["epsilon"]), m, u]


def _nadam(
    attrs: dict[str, Any], math: _Math, lr: Any, of_m: Any, of_g: Any, of_v: Any, p: Any, g: Any, m: Any, v: Any
) -> list[Any]:
    m, v = _means(attrs, g, m, v)
    change = (of_m * m + of_g * g) / (math.root(v * of_v) + attrs["epsilon"])
    return [_decayed(p, lr, attrs) - change, m, v]


def _lion(attrs: dict[str, Any], math: _Math, lr: Any, p: Any, g: Any, m: Any) -> list[Any]:
    beta_1, beta_2 = attrs["beta_1"], attrs["beta_2"]
    step = lr * math.sign(m * beta_1 + g * (1.0 - beta_1))
    return [_decayed(p, lr, attrs) - step, m * beta_2 + g * (1.0 - beta_2)]


def _ftrl(attrs: dict[str, Any], math: _Math, lr: Any, p: Any, g: Any, a: Any, z: Any) -> list[Any]:
    p, l1, total = _decayed(p, lr, attrs), attrs["l1"], a + g * g
    rise = math.root(total)
    z = z + (g + p * (2.0 * attrs["l2_shrinkage"]) - (rise - math.root(a)) / lr * p)
    inside = math.smaller(math.larger(z, -l1), l1)
    return [(inside - z) / (rise / lr + (2.0 * attrs["l2"] + attrs["beta"] / lr)), total, z]


def _lamb(attrs: dict[str, Any], math: _Math, lr: Any, c1: Any, c2: Any, p: Any, g: Any, m: Any, v: Any) -> list[Any]:
    p = _decayed(p, lr, attrs)
    m, v = _means(attrs, g, m, v)
    update = m / c1 / (math.root(v / c2) + attrs["epsilon"])
    own, length = math.root(math.total(p * p)), math.root(math.total(update * update))
    some = math.choose(own > 0, length, 0.0) > 0
    ratio = math.choose(some, own / math.choose(some, length, 1.0), 1.0)
    return [p - ratio * lr * update, m, v]


class Group(NamedTuple):
    """The positions of one parameter's operands among an update's inputs, and where its gradient comes from."""

    parameter: int
    gradient: range
    slots: range
    source: int


def sources_of(attrs: dict[str, Any]) -> tuple[int, ...]:
    """Where the gradient of each of an update's parameters comes from."""
    return tuple(attrs.get("sources", (GIVEN,) * attrs["n"]))


def groups_of(layout: Callable[[dict[str, Any]], Layout], attrs: dict[str, Any]) -> list[Group]:
    """The groups of an update, in order."""
    start, size, _ = layout(attrs)
    groups = []
    for source in sources_of(attrs):
        slots = start + (3 if source == PRODUCT else 2)
        end = slots + size - 2
        groups.append(Group(start, range(start + 1, slots), range(slots, end), source))
        start = end
    return groups


def _gives(source: int, gradient: Sequence[SpecPair], parameter: SpecPair) -> bool:
    """Whether the gradient's operands make an array of the parameter's elements."""
    shape, dtype = parameter
    if source == GIVEN:
        return gradient[0] == parameter
    shapes, size = [spec[0] for spec in gradient], int(np.prod(shape, dtype=np.int64))
    if any(len(one) != 2 for one in shapes) or any(spec[1] != dtype for spec in gradient):
        return False
    if source == COLUMN_SUMS:
        return shapes[0][1] == size
    (m, k), (rows, n) = shapes
    return k == rows and m * n == size


def _factors(layout: Callable[[dict[str, Any]], Layout], attrs: dict[str, Any]) -> set[int]:
    return {k for group in groups_of(layout, attrs) if group.source == PRODUCT for k in group.gradient}


def _define(
    name: str,
    rule: Callable[..., list[Any]],
    layout: Callable[[dict[str, Any]], Layout],
    flags: Sequence[str],
    floats: Sequence[str],
    computes: bool = True,
) -> None:
    """Define an update: inputs are scalars, then (parameter, gradient, slots...) of each of ``n`` parameters.

    Outputs are (parameter, slots...) of each; every output takes the memory of its input. Where the kernel
    ``computes`` gradients, an attribute ``sources`` may say where they come from; otherwise they are given.
    """

    def infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
        scalars, size, _ = layout(attrs)
        wanted = scalars + size * attrs["n"] + sources_of(attrs).count(PRODUCT)
        if len(specs) != wanted:
            raise ValueError(
                f"{name}: {scalars} scalars and {size} arrays per parameter were expected. "
                f"Received: {len(specs)} operands."
            )
        out = []
        for group in groups_of(layout, attrs):
            parameter, slots = specs[group.parameter], [specs[k] for k in group.slots]
            gradient = [specs[k] for k in group.gradient]
            if any(spec != parameter for spec in slots) or not _gives(group.source, gradient, parameter):
                raise ValueError(
                    f"{name}: the parameter, its gradient and its slots must have one shape and dtype. "
                    f"Received: {[parameter, *gradient, *slots]}."
                )
            out += [parameter, *slots]
        return out

    def pairs(count: int, attrs: dict[str, Any]) -> list[tuple[int, int]]:
        updated = [k for group in groups_of(layout, attrs) for k in (group.parameter, *group.slots)]
        return list(enumerate(updated))

    def each(math: _Math, inputs: Sequence[Any], attrs: dict[str, Any]) -> list[Any]:
        scalars = inputs[: layout(attrs)[0]]
        results = []
        for group in groups_of(layout, attrs):
            p, slots = inputs[group.parameter], [inputs[k] for k in group.slots]
            g = math.gradient(group.source, [inputs[k] for k in group.gradient], tuple(p.shape))
            results += rule(attrs, math, *scalars, p, g, *slots)
        return results

    def reference(*arrays: Any, **attrs: Any) -> list[Any]:
        results = each(_IN_NUMPY, arrays, attrs)
        return [np.asarray(value, dtype=arrays[0].dtype) for value in results]

    OpDef(
        name,
        KERNEL,
        infer,
        None,
        reference,
        encode=lambda specs, attrs: (
            (attrs["n"], *(int(bool(attrs[flag])) for flag in flags), *sources_of(attrs)),
            tuple(float(attrs[key]) for key in floats),
        ),
        inplace=pairs,
        multi=layout,
        strided=(lambda attrs: _factors(layout, attrs)) if computes else None,
        composed=lambda *inputs, **attrs: each(_IN_OPS, inputs, attrs),
    )


_define("sgd_step", _sgd, lambda attrs: (1, 2, 1), (), ("weight_decay",))
_define("momentum_step", _momentum, lambda attrs: (1, 3, 2), ("nesterov",), ("momentum", "weight_decay"))
_define(
    "rmsprop_step",
    _rmsprop,
    lambda attrs: (
        1,
        3 + bool(attrs["centered"]) + bool(attrs["momentum"]),
        2 + bool(attrs["centered"]) + bool(attrs["momentum"]),
    ),
    ("centered", "momentum"),
    ("rho", "momentum", "epsilon", "weight_decay"),
)
_define(
    "adam_step",
    _adam,
    lambda attrs: (2, 4 + bool(attrs["amsgrad"]), 3 + bool(attrs["amsgrad"])),
    ("amsgrad",),
    ("beta_1", "beta_2", "epsilon", "weight_decay"),
)
_define("adagrad_step", _adagrad, lambda attrs: (1, 3, 2), (), ("epsilon", "weight_decay"))
_define("adadelta_step", _adadelta, lambda attrs: (1, 4, 3), (), ("rho", "epsilon", "weight_decay"))
_define("adamax_step", _adamax, lambda attrs: (2, 4, 3), (), ("beta_1", "beta_2", "epsilon", "weight_decay"))
_define("nadam_step", _nadam, lambda attrs: (4, 4, 3), (), ("beta_1", "beta_2", "epsilon", "weight_decay"))
_define("lion_step", _lion, lambda attrs: (1, 3, 2), (), ("beta_1", "beta_2", "weight_decay"))
_define("ftrl_step", _ftrl, lambda attrs: (1, 4, 3), (), ("l1", "l2", "l2_shrinkage", "beta", "weight_decay"))
_define("lamb_step", _lamb, lambda attrs: (3, 4, 3), (), ("beta_1", "beta_2", "epsilon", "weight_decay"), False)

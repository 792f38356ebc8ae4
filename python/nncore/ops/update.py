"""Optimizer updates: each reads parameters, gradients and slots once and writes them once.

The primitives take any number of parameters, so that calls with equal attributes are merged into one instruction over
all of a model's parameters. They have no derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import binary, convert, unary

# How calls are merged: (number of leading scalars, inputs per parameter, outputs per parameter).
Layout = tuple[int, int, int]


def _root(x: Any) -> Any:
    return unary("sqrt", x)


def _larger(x: Any, y: Any) -> Any:
    return binary("max", x, y)


def _decayed(p: Any, lr: Any, attrs: dict[str, Any]) -> Any:
    decay = attrs["weight_decay"]
    return p - p * decay * lr if decay else p


# Each rule: scalars, then the group of one parameter -> its new values. `root` and `larger` are those of ops or NumPy.


def _sgd(attrs: dict[str, Any], root: Any, larger: Any, lr: Any, p: Any, g: Any) -> list[Any]:
    return [_decayed(p, lr, attrs) - lr * g]


def _momentum(attrs: dict[str, Any], root: Any, larger: Any, lr: Any, p: Any, g: Any, m: Any) -> list[Any]:
    p = _decayed(p, lr, attrs)
    momentum = attrs["momentum"]
    m = m * momentum - lr * g
    return [p + m * momentum - lr * g if attrs["nesterov"] else p + m, m]


def _rmsprop(attrs: dict[str, Any], root: Any, larger: Any, lr: Any, p: Any, g: Any, v: Any, *rest: Any) -> list[Any]:
    p = _decayed(p, lr, attrs)
    rho, slots = attrs["rho"], list(rest)
    v = v * rho + g * g * (1.0 - rho)
    out = [v]
    denominator = v + attrs["epsilon"]
    if attrs["centered"]:
        average = slots.pop(0) * rho + g * (1.0 - rho)
        out.append(average)
        denominator = v - average * average + attrs["epsilon"]
    step = lr * g / root(denominator)
    if attrs["momentum"]:
        step = slots.pop(0) * attrs["momentum"] + step
        out.append(step)
    return [p - step, *out]


def _adam(
    attrs: dict[str, Any],
    root: Any,
    larger: Any,
    lr: Any,
    alpha: Any,
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    *rest: Any,
) -> list[Any]:
    p = _decayed(p, lr, attrs)
    m = m + (g - m) * (1.0 - attrs["beta_1"])
    v = v + (g * g - v) * (1.0 - attrs["beta_2"])
    largest = [larger(rest[0], v)] if attrs["amsgrad"] else []
    p = p - m * alpha / (root((largest or [v])[0]) + attrs["epsilon"])
    return [p, m, v, *largest]


def _adagrad(attrs: dict[str, Any], root: Any, larger: Any, lr: Any, p: Any, g: Any, a: Any) -> list[Any]:
    p = _decayed(p, lr, attrs)
    a = a + g * g
    return [p - lr * g / root(a + attrs["epsilon"]), a]


def _define(
    name: str,
    rule: Callable[..., list[Any]],
    layout: Callable[[dict[str, Any]], Layout],
    flags: Sequence[str],
    floats: Sequence[str],
) -> None:
    """Define an update: inputs are scalars, then (parameter, gradient, slots...) of each of ``n`` parameters.

    Outputs are (parameter, slots...) of each; every output takes the memory of its input.
    """

    def groups(inputs: Sequence[Any], attrs: dict[str, Any]) -> list[list[Any]]:
        scalars, size, _ = layout(attrs)
        return [list(inputs[i : i + size]) for i in range(scalars, len(inputs), size)]

    def infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
        scalars, size, _ = layout(attrs)
        if len(specs) != scalars + size * attrs["n"]:
            raise ValueError(
                f"{name}: {scalars} scalars and {size} arrays per parameter were expected. "
                f"Received: {len(specs)} operands."
            )
        out = []
        for parameter, *others in groups(specs, attrs):
            if any(spec != parameter for spec in others):
                raise ValueError(
                    f"{name}: the parameter, its gradient and its slots must have one shape and dtype. "
                    f"Received: {[parameter, *others]}."
                )
            out += [parameter, *others[1:]]
        return out

    def pairs(count: int, attrs: dict[str, Any]) -> list[tuple[int, int]]:
        scalars, size, out = layout(attrs)
        return [
            (group * out + k, scalars + group * size + (k if k == 0 else k + 1))
            for group in range(attrs["n"])
            for k in range(out)
        ]

    def each(root: Any, larger: Any, inputs: Sequence[Any], attrs: dict[str, Any]) -> list[Any]:
        scalars = inputs[: layout(attrs)[0]]
        results = [rule(attrs, root, larger, *scalars, *group) for group in groups(inputs, attrs)]
        return [value for result in results for value in result]

    def reference(*arrays: Any, **attrs: Any) -> list[Any]:
        results = each(np.sqrt, np.maximum, arrays, attrs)
        return [np.asarray(value, dtype=arrays[0].dtype) for value in results]

    OpDef(
        name,
        KERNEL,
        infer,
        None,
        reference,
        encode=lambda specs, attrs: (
            (attrs["n"], *(int(bool(attrs[flag])) for flag in flags)),
            tuple(float(attrs[key]) for key in floats),
        ),
        inplace=pairs,
        multi=layout,
        composed=lambda *inputs, **attrs: each(_root, _larger, inputs, attrs),
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


def _step(name: str, scalars: Sequence[Any], group: Sequence[Any], attrs: dict[str, Any]) -> Any:
    parameter = as_operand(group[0])
    dtype = dtype_of(parameter)
    if dtype not in ("float32", "float64"):
        raise TypeError(f"{name}: a parameter of floats was expected. Received: dtype={dtype}.")
    operands = [convert(as_operand(x), dtype) for x in (*scalars, *group)]
    return apply(OPS[name], operands, {"n": 1, **attrs})


def sgd_step(p: Any, g: Any, lr: Any, *, weight_decay: float = 0.0) -> Any:
    """One step of gradient descent: ``p - lr * g``.

    Args:
        p: Parameter.
        g: Its gradient.
        lr: Learning rate, a scalar.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> ops.sgd_step(np.ones(2), np.ones(2), 0.5)
        array([0.5, 0.5])
    """
    return _step("sgd_step", [lr], [p, g], {"weight_decay": float(weight_decay)})


def momentum_step(
    p: Any,
    g: Any,
    m: Any,
    lr: Any,
    *,
    momentum: float = 0.9,
    nesterov: bool = False,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step with momentum: ``m = momentum * m - lr * g; p += m``.

    Args:
        p: Parameter.
        g: Its gradient.
        m: Its momentum.
        lr: Learning rate, a scalar.
        momentum: Part of the momentum that is kept. Defaults to 0.9.
        nesterov: Look ahead: ``p += momentum * m - lr * g``. Defaults to False.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter and momentum.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, m = ops.momentum_step(np.ones(1), np.ones(1), np.zeros(1), 0.5)
        >>> p, m
        (array([0.5]), array([-0.5]))
    """
    attrs = {"momentum": float(momentum), "nesterov": bool(nesterov), "weight_decay": float(weight_decay)}
    return _step("momentum_step", [lr], [p, g, m], attrs)  # type: ignore[no-any-return]


def rmsprop_step(
    p: Any,
    g: Any,
    v: Any,
    lr: Any,
    *,
    average: Any = None,
    momentum_slot: Any = None,
    rho: float = 0.9,
    momentum: float = 0.0,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step of RMSprop: ``v = rho * v + (1 - rho) * g**2; p -= lr * g / sqrt(v + epsilon)``.

    Args:
        p: Parameter.
        g: Its gradient.
        v: Its mean square gradient.
        lr: Learning rate, a scalar.
        average: Its mean gradient; makes the update centered. Defaults to None.
        momentum_slot: Its momentum; needed where ``momentum`` is not 0. Defaults to None.
        rho: Part of the averages that is kept. Defaults to 0.9.
        momentum: Part of the momentum that is kept. Defaults to 0.
        epsilon: Added under the root. Defaults to 1e-7.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter, mean square, and (where given) mean gradient and momentum.

    Raises:
        ValueError: If shapes or dtypes differ, or momentum and its slot don't come together.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, v = ops.rmsprop_step(np.ones(1), np.zeros(1), np.ones(1), 0.1)
        >>> p, v
        (array([1.]), array([0.9]))
    """
    if (momentum_slot is not None) != (momentum != 0):
        raise ValueError(
            "rmsprop_step: momentum_slot goes with a momentum that is not 0. "
            f"Received: momentum={momentum}, momentum_slot={'given' if momentum_slot is not None else None}."
        )
    attrs = {
        "rho": float(rho),
        "momentum": float(momentum),
        "epsilon": float(epsilon),
        "centered": average is not None,
        "weight_decay": float(weight_decay),
    }
    slots = [slot for slot in (average, momentum_slot) if slot is not None]
    return _step("rmsprop_step", [lr], [p, g, v, *slots], attrs)  # type: ignore[no-any-return]


def adam_step(
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    lr: Any,
    alpha: Any,
    *,
    vhat: Any = None,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step of Adam: ``m`` and ``v`` approach ``g`` and ``g**2``; ``p -= alpha * m / (sqrt(v) + epsilon)``.

    Args:
        p: Parameter.
        g: Its gradient.
        m: Its mean gradient.
        v: Its mean square gradient.
        lr: Learning rate, a scalar; scales the weight decay.
        alpha: Learning rate corrected for the bias of the averages, a scalar.
        vhat: Its largest mean square so far; makes this AMSGrad. Defaults to None.
        beta_1: Part of ``m`` that is kept. Defaults to 0.9.
        beta_2: Part of ``v`` that is kept. Defaults to 0.999.
        epsilon: Added to the root. Defaults to 1e-7.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter, mean, mean square, and (where given) largest mean square.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, m, v = ops.adam_step(np.ones(1), np.zeros(1), np.zeros(1), np.zeros(1), 0.1, 0.1)
        >>> p
        array([1.])
    """
    attrs = {
        "beta_1": float(beta_1),
        "beta_2": float(beta_2),
        "epsilon": float(epsilon),
        "amsgrad": vhat is not None,
        "weight_decay": float(weight_decay),
    }
    slots = [] if vhat is None else [vhat]
    return _step("adam_step", [lr, alpha], [p, g, m, v, *slots], attrs)  # type: ignore[no-any-return]


def adagrad_step(
    p: Any, g: Any, accumulator: Any, lr: Any, *, epsilon: float = 1e-7, weight_decay: float = 0.0
) -> list[Any]:
    """One step of Adagrad: ``a += g**2; p -= lr * g / sqrt(a + epsilon)``.

    Args:
        p: Parameter.
        g: Its gradient.
        accumulator: Its sum of squared gradients, ``a``.
        lr: Learning rate, a scalar.
        epsilon: Added under the root. Defaults to 1e-7.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter and accumulator.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, a = ops.adagrad_step(np.ones(1), np.zeros(1), np.ones(1), 0.1)
        >>> p, a
        (array([1.]), array([1.]))
    """
    attrs = {"epsilon": float(epsilon), "weight_decay": float(weight_decay)}
    return _step("adagrad_step", [lr], [p, g, accumulator], attrs)  # type: ignore[no-any-return]

"""Optimizer updates: each reads parameters, gradients and slots once and writes them once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore.ops import update_rules  # noqa: F401  (defines the primitives)
from nncore.ops.apply import apply
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_operand, dtype_of
from nncore.ops.elementwise import convert


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


def adadelta_step(
    p: Any,
    g: Any,
    squares: Any,
    steps: Any,
    lr: Any,
    *,
    rho: float = 0.95,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step of Adadelta: ``p -= lr * g * sqrt(steps + epsilon) / sqrt(squares + epsilon)``.

    Args:
        p: Parameter.
        g: Its gradient.
        squares: Its mean squared gradient, moved first.
        steps: Its mean squared step, before the learning rate; moved last.
        lr: Learning rate, a scalar.
        rho: Part of the means that is kept. Defaults to 0.95.
        epsilon: Added under the roots. Defaults to 1e-7.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter, squares and steps.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, squares, steps = ops.adadelta_step(np.ones(1), np.zeros(1), np.ones(1), np.ones(1), 0.1)
        >>> p, squares
        (array([1.]), array([0.95]))
    """
    attrs = {"rho": float(rho), "epsilon": float(epsilon), "weight_decay": float(weight_decay)}
    return _step("adadelta_step", [lr], [p, g, squares, steps], attrs)  # type: ignore[no-any-return]


def _betas(beta_1: float, beta_2: float, weight_decay: float, **more: float) -> dict[str, float]:
    return {"beta_1": float(beta_1), "beta_2": float(beta_2), "weight_decay": float(weight_decay), **more}


def adamax_step(
    p: Any,
    g: Any,
    m: Any,
    u: Any,
    lr: Any,
    alpha: Any,
    *,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step of Adamax: ``u = max(beta_2 * u, |g|); p -= alpha * m / (u + epsilon)``.

    Args:
        p: Parameter.
        g: Its gradient.
        m: Its mean gradient.
        u: Its largest gradient, which shrinks with time.
        lr: Learning rate, a scalar; scales the weight decay.
        alpha: Learning rate corrected for the bias of the mean, a scalar.
        beta_1: Part of ``m`` that is kept. Defaults to 0.9.
        beta_2: Part of ``u`` that is kept. Defaults to 0.999.
        epsilon: Added to ``u``. Defaults to 1e-7.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter, mean and largest gradient.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, m, u = ops.adamax_step(np.ones(1), np.ones(1), np.zeros(1), np.zeros(1), 0.1, 1.0, beta_1=0.5)
        >>> m, u
        (array([0.5]), array([1.]))
    """
    attrs = _betas(beta_1, beta_2, weight_decay, epsilon=float(epsilon))
    return _step("adamax_step", [lr, alpha], [p, g, m, u], attrs)  # type: ignore[no-any-return]


def nadam_step(
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    lr: Any,
    of_mean: Any,
    of_gradient: Any,
    of_squares: Any,
    *,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step of Nadam: ``p -= (of_mean * m + of_gradient * g) / (sqrt(of_squares * v) + epsilon)``.

    Args:
        p: Parameter.
        g: Its gradient.
        m: Its mean gradient.
        v: Its mean square gradient.
        lr: Learning rate, a scalar; scales the weight decay.
        of_mean: Factor of ``m``: the learning rate and the correction of the mean, a scalar.
        of_gradient: Factor of ``g``, likewise.
        of_squares: Factor of ``v``: its correction, a scalar.
        beta_1: Part of ``m`` that is kept. Defaults to 0.9.
        beta_2: Part of ``v`` that is kept. Defaults to 0.999.
        epsilon: Added to the root. Defaults to 1e-7.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter, mean and mean square.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> zero, one = np.zeros(1), np.ones(1)
        >>> ops.nadam_step(one, one, zero, one, 0.1, 0.0, 0.5, 1.0, epsilon=0.0)[0]
        array([0.5])
    """
    attrs = _betas(beta_1, beta_2, weight_decay, epsilon=float(epsilon))
    scalars = [lr, of_mean, of_gradient, of_squares]
    return _step("nadam_step", scalars, [p, g, m, v], attrs)  # type: ignore[no-any-return]


def lion_step(
    p: Any, g: Any, m: Any, lr: Any, *, beta_1: float = 0.9, beta_2: float = 0.99, weight_decay: float = 0.0
) -> list[Any]:
    """One step of Lion: ``p -= lr * sign(beta_1 * m + (1 - beta_1) * g); m = beta_2 * m + (1 - beta_2) * g``.

    Args:
        p: Parameter.
        g: Its gradient.
        m: Its mean gradient.
        lr: Learning rate, a scalar.
        beta_1: Part of ``m`` in the direction of the step. Defaults to 0.9.
        beta_2: Part of ``m`` that is kept. Defaults to 0.99.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter and mean.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> ops.lion_step(np.ones(2), np.array([3.0, -0.1]), np.zeros(2), 0.5)[0]
        array([0.5, 1.5])
    """
    attrs = _betas(beta_1, beta_2, weight_decay)
    return _step("lion_step", [lr], [p, g, m], attrs)  # type: ignore[no-any-return]


def ftrl_step(
    p: Any,
    g: Any,
    accumulator: Any,
    linear: Any,
    lr: Any,
    *,
    l1: float = 0.0,
    l2: float = 0.0,
    l2_shrinkage: float = 0.0,
    beta: float = 0.0,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step of FTRL with a learning rate power of -0.5: ``p`` follows from ``linear`` and ``accumulator`` alone.

    Args:
        p: Parameter.
        g: Its gradient.
        accumulator: Its sum of squared gradients.
        linear: Its linear term.
        lr: Learning rate, a scalar.
        l1: Strength of the L1 penalty, which makes parameters 0. Defaults to 0.
        l2: Strength of the L2 penalty. Defaults to 0.
        l2_shrinkage: Strength of an L2 penalty on the gradient. Defaults to 0.
        beta: Added to the root of the accumulator. Defaults to 0.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter, accumulator and linear term.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, a, z = ops.ftrl_step(np.zeros(1), np.ones(1), np.zeros(1), np.zeros(1), 0.5)
        >>> p, z
        (array([-0.5]), array([1.]))
    """
    given = {"l1": l1, "l2": l2, "l2_shrinkage": l2_shrinkage, "beta": beta, "weight_decay": weight_decay}
    attrs = {name: float(value) for name, value in given.items()}
    return _step("ftrl_step", [lr], [p, g, accumulator, linear], attrs)  # type: ignore[no-any-return]


def lamb_step(
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    lr: Any,
    of_mean: Any,
    of_squares: Any,
    *,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> list[Any]:
    """One step of Lamb: Adam's change ``u``, scaled to the parameter's length: ``p -= lr * |p| / |u| * u``.

    Args:
        p: Parameter.
        g: Its gradient.
        m: Its mean gradient.
        v: Its mean square gradient.
        lr: Learning rate, a scalar.
        of_mean: What ``m`` is divided by to correct its bias, a scalar.
        of_squares: What ``v`` is divided by, likewise.
        beta_1: Part of ``m`` that is kept. Defaults to 0.9.
        beta_2: Part of ``v`` that is kept. Defaults to 0.999.
        epsilon: Added to the root. Defaults to 1e-7.
        weight_decay: Decoupled decay: first ``p -= p * weight_decay * lr``. Defaults to 0.

    Returns:
        The new parameter, mean and mean square.

    Raises:
        ValueError: If shapes or dtypes differ.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> p, m, v = ops.lamb_step(np.array([3.0]), np.ones(1), np.zeros(1), np.zeros(1), 0.5, 0.1, 0.001)
        >>> p.round(5)
        array([1.5])
    """
    attrs = _betas(beta_1, beta_2, weight_decay, epsilon=float(epsilon))
    return _step("lamb_step", [lr, of_mean, of_squares], [p, g, m, v], attrs)  # type: ignore[no-any-return]

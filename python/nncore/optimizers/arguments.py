"""Checks of what optimizers are given, before anything changes."""

from __future__ import annotations

import warnings
from collections.abc import Container, Mapping, Sequence
from typing import Any

from nncore import ops


def check_arguments(
    owner: str,
    *,
    clips: Mapping[str, Any],
    ema_momentum: Any,
    ema_overwrite_frequency: Any,
    gradient_accumulation_steps: Any,
    loss_scale_factor: Any,
    weight_decay: Any,
    unknown: Mapping[str, Any],
) -> None:
    """Check the arguments that all optimizers have.

    Args:
        owner: Name of the optimizer's class.
        clips: `clipnorm`, `clipvalue` and `global_clipnorm`.
        ema_momentum: A number in [0, 1].
        ema_overwrite_frequency: A positive whole number or `None`.
        gradient_accumulation_steps: A whole number above 1 or `None`.
        loss_scale_factor: A positive number or `None`.
        weight_decay: A number that is not negative, or `None`.
        unknown: Arguments that no optimizer has.

    Raises:
        ValueError: One of them is wrong.
    """
    if unknown:
        raise ValueError(
            f"{owner}: argument(s) not recognized. Received: {', '.join(f'{k}={v!r}' for k, v in unknown.items())}."
        )
    given = {k: v for k, v in clips.items() if v is not None}
    if len(given) > 1:
        raise ValueError(
            "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. "
            f"Received: {', '.join(f'{k}={v}' for k, v in given.items())}."
        )
    _check_number("loss_scale_factor", loss_scale_factor, above=0)
    _check_number("weight_decay", weight_decay, least=0)
    for name, value in given.items():
        _check_number(name, value, above=0)
    if not 0 <= ema_momentum <= 1:
        raise ValueError(f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}.")
    _check_count("ema_overwrite_frequency", ema_overwrite_frequency, 1)
    _check_count("gradient_accumulation_steps", gradient_accumulation_steps, 2)


def _check_number(name: str, value: Any, above: float | None = None, least: Any = None) -> None:
    if value is None:
        return
    number = isinstance(value, (int, float)) or getattr(value, "shape", None) == ()
    if not number or (above is not None and not value > above):
        raise ValueError(f"`{name}` must be a number > {above} or None. Received: {name}={value}.")
    if least is not None and not value >= least:
        raise ValueError(f"`{name}` must be a number >= {least} or None. Received: {name}={value}.")


def _check_count(name: str, value: Any, least: int) -> None:
    if value is not None and (not isinstance(value, int) or value < least):
        raise ValueError(f"`{name}` must be an integer >= {least} or None. Received: {name}={value!r}.")


def check_share(name: str, value: Any) -> float:
    """Return a number in [0, 1].

    Args:
        name: Name of the argument.
        value: Its value.

    Returns:
        The number.

    Raises:
        ValueError: It is none, or out of range.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"`{name}` must be a float between [0, 1]. Received: {name}={value!r}.")
    return float(value)


def check_gradients(
    grads: Sequence[Any], variables: Sequence[Any], known: Container[int]
) -> tuple[list[Any], list[Any]]:
    """Pair gradients with variables, those without a gradient left out.

    Args:
        grads: Gradients or `None`.
        variables: As many variables.
        known: The identities of the variables that the optimizer was built with.

    Returns:
        The gradients as tensors of their variables' dtype, and the variables.

    Raises:
        ValueError: They don't fit each other.
    """
    if len(grads) != len(variables):
        raise ValueError(
            f"Expected one gradient per variable: {len(variables)} variables. Received: {len(grads)} gradients."
        )
    unknown = [v for v in variables if id(v) not in known]
    if unknown:
        raise ValueError(
            f"Unknown variable: {unknown[0].name}. This optimizer can only be called for the "
            "variables it was originally built with. When working with a new set of variables, "
            "create a new optimizer."
        )
    pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
    if not pairs:
        raise ValueError("No gradients provided for any variable.")
    if len(pairs) < len(grads):
        missing = [v.name for g, v in zip(grads, variables, strict=True) if g is None]
        warnings.warn(
            f"Gradients do not exist for variables {missing} when minimizing the loss.",
            stacklevel=4,
        )
    checked = []
    for gradient, variable in pairs:
        gradient = ops.cast(ops.convert_to_tensor(gradient), variable.dtype)
        if tuple(gradient.shape) != tuple(variable.shape):
            raise ValueError(
                f"The gradient of variable {variable.name} must have its shape "
                f"{tuple(variable.shape)}. Received: gradient.shape={tuple(gradient.shape)}."
            )
        checked.append(gradient)
    return checked, [v for _, v in pairs]

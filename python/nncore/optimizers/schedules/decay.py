"""Schedules that fall by a formula: exponential, inverse, polynomial, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.schedules.schedule import (
    LearningRateSchedule,
    as_number,
    check_positive,
)


class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps in which the rate is multiplied by `decay_rate`.
        decay_rate: The factor.
        staircase: Whether to change the rate only every `decay_steps` steps.
        name: Name of the schedule.

    Raises:
        ValueError: `decay_steps` is not above 0.

    Example:
    >>> from nncore.optimizers import schedules
    >>> float(schedules.ExponentialDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        part = as_number(step) / float(self.decay_steps)
        if self.staircase:
            part = ops.floor(part)
        return self.initial_learning_rate * ops.power(ops.cast(self.decay_rate, part.dtype), part)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps that count as one unit of time.
        decay_rate: How fast the rate falls.
        staircase: Whether to change the rate only every `decay_steps` steps.
        name: Name of the schedule.

    Raises:
        ValueError: `decay_steps` is not above 0.

    Example:
    >>> from nncore.optimizers import schedules
    >>> float(schedules.InverseTimeDecay(1.0, decay_steps=1, decay_rate=0.5)(2))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        part = as_number(step) / float(self.decay_steps)
        if self.staircase:
            part = ops.floor(part)
        return self.initial_learning_rate / (1.0 + self.decay_rate * part)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another along `(1 - step / decay_steps) ** power`.

    Args:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps until the end.
        end_learning_rate: The rate at the end and after it.
        power: The exponent; 1 falls in a straight line.
        cycle: Whether to start again after the end, each time with as many steps more.
        name: Name of the schedule.

    Raises:
        ValueError: `decay_steps` is not above 0.

    Example:
    >>> from nncore.optimizers import schedules
    >>> float(schedules.PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.0)(5))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = as_number(step)
        span: Any = float(self.decay_steps)
        if self.cycle:
            rounds = ops.ceil(step / span)
            span = span * ops.maximum(rounds, 1.0)
        else:
            step = ops.minimum(step, span)
        left = ops.power(1.0 - step / span, float(self.power))
        fall = self.initial_learning_rate - self.end_learning_rate
        return fall * left + self.end_learning_rate

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to each boundary, and one after the last.

    Args:
        boundaries: Steps in rising order; a rate holds up to and including its boundary.
        values: The rates, one more than boundaries.
        name: Name of the schedule.

    Raises:
        ValueError: The numbers of boundaries and values do not fit.

    Example:
    >>> from nncore.optimizers import schedules
    >>> schedule = schedules.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
    >>> float(schedule(10)), float(schedule(11)), float(schedule(21))
    (1.0, 0.5, 0.25)
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, values={values} of length "
                f"{len(values)}."
            )
        self.boundaries = list(boundaries)
        self.values = list(values)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = ops.convert_to_tensor(step)
        rate = ops.cast(self.values[-1], as_number(step).dtype)
        for boundary, value in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            rate = ops.where(step <= boundary, ops.cast(value, rate.dtype), rate)
        return rate

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}

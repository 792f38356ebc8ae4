"""Schedules that fall along a half wave of the cosine, once or again and again."""

from __future__ import annotations

import math
from typing import Any

from nncore import ops
from nncore.optimizers.schedules.schedule import (
    LearningRateSchedule,
    as_number,
    check_positive,
)


class CosineDecay(LearningRateSchedule):
    """From a rate to a share of it along a half wave of the cosine, after a linear warm-up.

    Args:
        initial_learning_rate: The rate of step 0.
        decay_steps: Number of steps of the fall.
        alpha: The share of the highest rate that is left at the end.
        name: Name of the schedule.
        warmup_target: The rate at the end of the warm-up; `None` for no warm-up.
        warmup_steps: Number of steps of the warm-up.

    Raises:
        ValueError: `decay_steps` is not above 0, or `warmup_steps` is negative.

    Example:
    >>> from nncore.optimizers import schedules
    >>> round(float(schedules.CosineDecay(1.0, decay_steps=10)(5)), 4)
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        check_positive("decay_steps", decay_steps)
        if warmup_steps < 0:
            raise ValueError(f"Argument `warmup_steps` must not be negative. Received: {warmup_steps=}.")
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = as_number(step)
        if self.warmup_target is None:
            return self._fall(step, self.initial_learning_rate)
        fall = self._fall(ops.maximum(step - float(self.warmup_steps), 0.0), self.warmup_target)
        if self.warmup_steps == 0:
            return fall
        rise = self.warmup_target - self.initial_learning_rate
        warmup = self.initial_learning_rate + rise * (step / float(self.warmup_steps))
        return ops.where(step < self.warmup_steps, warmup, fall)

    def _fall(self, step: Any, start: float) -> Any:
        part = ops.minimum(step / float(self.decay_steps), 1.0)
        wave = 0.5 * (1.0 + ops.cos(math.pi * part))
        return start * ((1.0 - self.alpha) * wave + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(LearningRateSchedule):
    """Half waves of the cosine one after the other, each longer and lower if wanted.

    Args:
        initial_learning_rate: The rate of step 0.
        first_decay_steps: Number of steps of the first wave.
        t_mul: Each wave is this factor longer than the one before.
        m_mul: Each wave starts this factor higher than the one before.
        alpha: The share of the initial rate that is left at the end of a wave.
        name: Name of the schedule.

    Raises:
        ValueError: `first_decay_steps` or `t_mul` is not above 0.

    Example:
    >>> from nncore.optimizers import schedules
    >>> schedule = schedules.CosineDecayRestarts(1.0, first_decay_steps=10)
    >>> round(float(schedule(5)), 4), round(float(schedule(10)), 4)
    (0.5, 1.0)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        check_positive("first_decay_steps", first_decay_steps)
        check_positive("t_mul", t_mul)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        done = as_number(step) / float(self.first_decay_steps)
        t_mul = float(self.t_mul)
        if t_mul == 1.0:
            wave = ops.floor(done)
            part = done - wave
        else:
            # Waves of lengths 1, t, t^2, ... end at (1 - t^n) / (1 - t).
            wave = ops.floor(ops.log(1.0 - done * (1.0 - t_mul)) / math.log(t_mul))
            length = ops.power(ops.cast(t_mul, done.dtype), wave)
            part = (done - (1.0 - length) / (1.0 - t_mul)) / length
        height = ops.power(ops.cast(self.m_mul, done.dtype), wave)
        fallen = 0.5 * height * (1.0 + ops.cos(math.pi * part))
        return self.initial_learning_rate * ((1.0 - self.alpha) * fallen + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }

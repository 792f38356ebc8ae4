"""The base of learning-rate schedules, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nncore import config as settings
from nncore import ops


class LearningRateSchedule:
    """The base of schedules: a subclass computes the learning rate of a step, in ops.

    Example:
    >>> from nncore import optimizers, ops
    >>> class Halving(optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** ops.cast(step, "float32")
    ...     def get_config(self):
    ...         return {}
    >>> float(Halving()(2))
    0.25
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step; every subclass writes this.

        Args:
            step: Number of steps made before, a scalar.

        Returns:
            A scalar.
        """
        raise TypeError(f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`.")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again; every subclass writes this."""
        raise TypeError(
            f"Learning rate schedule '{type(self).__name__}' must override `get_config()` in order to be serializable."
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LearningRateSchedule:
        """Make a schedule from what `get_config` returned."""
        return cls(**config)


def as_number(step: Any) -> Any:
    """The step as a tensor of the floating dtype."""
    return ops.cast(ops.convert_to_tensor(step), settings.floatx())


def check_positive(name: str, value: Any) -> None:
    """Raise unless an argument is above 0."""
    if value <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}.")

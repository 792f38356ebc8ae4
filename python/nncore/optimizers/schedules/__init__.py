"""Learning-rate schedules: the learning rate as a function of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nncore.lazy import Later, lazy_names
from nncore.optimizers.schedules.schedule import LearningRateSchedule
from nncore.registry import Registry

if TYPE_CHECKING:
    from nncore.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
    from nncore.optimizers.schedules.decay import (
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )

_HOMES = {
    "CosineDecay": "cosine",
    "CosineDecayRestarts": "cosine",
    "ExponentialDecay": "decay",
    "InverseTimeDecay": "decay",
    "PiecewiseConstantDecay": "decay",
    "PolynomialDecay": "decay",
}

_registry = Registry(
    "learning rate schedule",
    "keras.optimizers.schedules",
    {
        "LearningRateSchedule": LearningRateSchedule,
        **{name: Later(f"{__name__}.{home}", name) for name, home in _HOMES.items()},
    },
)

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """Return the configuration of a schedule as plain data.

    Args:
        learning_rate_schedule: A `LearningRateSchedule`.

    Returns:
        A dictionary for `deserialize`.

    Example:
    >>> from nncore.optimizers import schedules
    >>> schedules.serialize(schedules.ExponentialDecay(1.0, 10, 0.5))["class_name"]
    'ExponentialDecay'
    """
    return _registry.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the schedule that a configuration describes.

    Args:
        config: What `serialize` returned.
        custom_objects: Your own schedules and functions by name.

    Returns:
        A `LearningRateSchedule`, or the function that a function's configuration names.

    Raises:
        ValueError: The configuration names something unknown.

    Example:
    >>> from nncore.optimizers import schedules
    >>> config = schedules.serialize(schedules.ExponentialDecay(1.0, 10, 0.5))
    >>> schedules.deserialize(config).decay_rate
    0.5
    """
    return _registry.deserialize(config, custom_objects)


__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

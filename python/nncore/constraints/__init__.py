"""Constraints: what weights are mapped to after each update."""

from __future__ import annotations

from typing import Any

from nncore.constraints.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from nncore.registry import Registry, to_snake_case

max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

_CLASSES: tuple[type[Constraint], ...] = (MaxNorm, MinMaxNorm, NonNeg, UnitNorm)
_NAMES: dict[str, Any] = {cls.__name__: cls for cls in _CLASSES}
_NAMES.update({to_snake_case(cls.__name__): cls for cls in _CLASSES})

REGISTRY = Registry("constraint", "keras.constraints", _NAMES)


def get(identifier: Any) -> Any:
    """Return the constraint that an identifier stands for.

    Args:
        identifier: A name (``"non_neg"``), a ``Constraint``, its class, a configuration dictionary or a callable. None
            gives None.

    Returns:
        A callable from tensor to tensor, or None.

    Raises:
        ValueError: If it is none of these, or an unknown name; the nearest names are told.

    Example:
        >>> from nncore import constraints
        >>> constraints.get("unit_norm").get_config()
        {'axis': 0}
    """
    return REGISTRY.get(identifier)


def serialize(constraint: Any) -> Any:
    """Return the configuration of a constraint as plain data.

    Args:
        constraint: A constraint, or a named function.

    Returns:
        A dictionary that ``deserialize`` understands.
    """
    from nncore import serialization

    return serialization.serialize_keras_object(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the constraint that a configuration describes.

    Args:
        config: What ``serialize`` returned, or a name.
        custom_objects: The caller's own classes and functions by name.

    Returns:
        The constraint.
    """
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

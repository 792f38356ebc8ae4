"""Regularizers: penalties on weights or activities that are added to the loss."""

from __future__ import annotations

from typing import Any

from nncore.registry import Registry, to_snake_case
from nncore.regularizers.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

_CLASSES: tuple[type[Regularizer], ...] = (L1, L1L2, L2, OrthogonalRegularizer)
_NAMES: dict[str, Any] = {cls.__name__: cls for cls in _CLASSES}
_NAMES.update({to_snake_case(cls.__name__): cls for cls in _CLASSES})
_NAMES.update(l1_l2=L1L2, l1=L1, l2=L2)

REGISTRY = Registry("regularizer", "keras.regularizers", _NAMES)


def get(identifier: Any) -> Any:
    """Return the regularizer that an identifier stands for.

    Args:
        identifier: A name (``"l2"``), a ``Regularizer``, its class, a configuration dictionary or a callable.
            None gives None.

    Returns:
        A callable of one tensor that gives a scalar, or None.

    Raises:
        ValueError: If it is none of these, or an unknown name; the nearest names are told.

    Example:
        >>> from nncore import regularizers
        >>> regularizers.get("l2").get_config()
        {'l2': 0.01}
    """
    return REGISTRY.get(identifier)


def serialize(regularizer: Any) -> Any:
    """Return the configuration of a regularizer as plain data.

    Args:
        regularizer: A regularizer, or a named function.

    Returns:
        A dictionary that ``deserialize`` understands.
    """
    from nncore import serialization

    return serialization.serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the regularizer that a configuration describes.

    Args:
        config: What ``serialize`` returned, or a name.
        custom_objects: The caller's own classes and functions by name.

    Returns:
        The regularizer.
    """
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

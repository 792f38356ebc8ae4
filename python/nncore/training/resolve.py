"""Checks of what `compile` was given, made while nothing has changed yet."""

from __future__ import annotations

from typing import Any

# Names that stand for several losses or metrics; the shapes decide later which one.
_BY_SHAPE = ("accuracy", "acc", "crossentropy", "ce")


def check_loss(identifier: Any) -> None:
    """Raise a `ValueError` for something that names no loss."""
    from nncore import losses

    if not (isinstance(identifier, str) and identifier.lower() in _BY_SHAPE[2:]):
        losses.get(identifier)


def check_metric(identifier: Any) -> None:
    """Raise a `ValueError` for something that names no metric."""
    from nncore import metrics

    if not (isinstance(identifier, str) and identifier.lower() in _BY_SHAPE):
        metrics.get(identifier)


def object_name(value: Any) -> str:
    """The name of a function, class or object."""
    name = getattr(value, "name", None) or getattr(value, "__name__", None)
    return str(name or type(value).__name__)

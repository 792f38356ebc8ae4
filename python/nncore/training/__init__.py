"""Training: compile, fit, evaluate and predict for every kind of model."""

from __future__ import annotations

from typing import Any

__all__ = ["Trainer"]


def __getattr__(name: str) -> Any:
    """Import `Trainer` when it is first asked for."""
    if name == "Trainer":
        from nncore.training.trainer import Trainer

        return Trainer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

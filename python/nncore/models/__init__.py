"""Models: Sequential, functional and subclassed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncore.lazy import lazy_names
from nncore.models.model import Model
from nncore.models.sequential import Sequential

if TYPE_CHECKING:
    from nncore.models.functional import Functional
    from nncore.saving import load_model, save_model

__getattr__ = lazy_names(
    __name__,
    {"Functional": "functional", "load_model": "nncore.saving", "save_model": "nncore.saving"},
)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = ["Functional", "Model", "Sequential", "load_model", "save_model"]

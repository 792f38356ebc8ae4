"""Models: Sequential, functional and subclassed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncore.lazy import lazy_names
from nncore.models.model import Model
from nncore.models.sequential import Sequential

if TYPE_CHECKING:
    from nncore.models.cloning import clone_model
    from nncore.models.functional import Functional
    from nncore.saving.model_files import load_model, save_model
    from nncore.saving.model_json import model_from_json

__getattr__ = lazy_names(
    __name__,
    {
        "Functional": "functional",
        "clone_model": "cloning",
        "load_model": "nncore.saving.model_files",
        "model_from_json": "nncore.saving.model_json",
        "save_model": "nncore.saving.model_files",
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

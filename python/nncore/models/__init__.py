"""Models: Sequential, functional and subclassed."""

from __future__ import annotations

from nncore.models.functional import Functional
from nncore.models.model import Model
from nncore.models.sequential import Sequential

__all__ = ["Functional", "Model", "Sequential"]

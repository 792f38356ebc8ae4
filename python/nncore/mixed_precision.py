"""The names under which Keras has dtype policies as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncore.config import dtype_policy, set_dtype_policy
from nncore.dtype_policies import DTypePolicy
from nncore.lazy import lazy_names

if TYPE_CHECKING:
    from nncore.optimizers import LossScaleOptimizer

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

_find = lazy_names(__name__, {"LossScaleOptimizer": "nncore.optimizers"})


def __getattr__(name: str) -> object:
    return _find(name)


def __dir__() -> list[str]:
    return sorted(__all__)

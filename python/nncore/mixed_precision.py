"""The names under which Keras has dtype policies as well."""

from __future__ import annotations

from nncore.config import dtype_policy, set_dtype_policy
from nncore.dtype_policies import DTypePolicy

__all__ = [
    "DTypePolicy",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

"""Keras's namespace of NumPy's functions: the same objects as in ``nncore.ops``."""

from __future__ import annotations

from nncore.lazy import forward_names

__getattr__ = forward_names(__name__, "nncore.ops")

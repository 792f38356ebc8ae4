"""Starting afresh within one process."""

from __future__ import annotations

from nncore import naming, random

__all__ = ["clear_session"]


def clear_session(free_memory: bool = True) -> None:
    """Count automatic names from the start again, and forget the global seed.

    Notebooks and loops that make many models call it, so that the next model's layers are called
    `dense`, `dense_1`, ... as in a new process. Models that exist stay as they are.

    Args:
        free_memory: Whether unused objects (cycles of layers and models) are collected at once.
            Defaults to True.

    Example:

        >>> import nncore
        >>> nncore.utils.clear_session()
        >>> nncore.layers.Dense(1).name
        'dense'
    """
    naming.forget_names()
    random.forget_global_seed()
    if free_memory:
        import gc

        gc.collect()

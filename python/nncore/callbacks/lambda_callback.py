"""LambdaCallback: hooks from plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nncore.callbacks.callback import Callback

_HOOKS = frozenset(name for name in vars(Callback) if name.startswith("on_"))


class LambdaCallback(Callback):
    """Make a callback from functions.

    Args:
        on_epoch_begin: Function of `epoch, logs`.
        on_epoch_end: Function of `epoch, logs`.
        on_train_begin: Function of `logs`.
        on_train_end: Function of `logs`.
        on_train_batch_begin: Function of `batch, logs`.
        on_train_batch_end: Function of `batch, logs`.
        **kwargs: Any other hook of `Callback`, e.g. `on_test_end`.

    Raises:
        TypeError: If a keyword names no hook, or a value cannot be called.

    Example:
    >>> from nncore.callbacks import LambdaCallback
    >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch)).on_epoch_end(3, {})
    3
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ) -> None:
        super().__init__()
        hooks: dict[str, Callable[..., Any] | None] = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in hooks.items():
            if name not in _HOOKS:
                raise TypeError(f"LambdaCallback: no hook is named {name!r}. Known hooks: {sorted(_HOOKS)}.")
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"{name} must be a function. Received: {name}={function!r}")
            setattr(self, name, function)

"""Switches of the process that are about running rather than computing: what is printed, and limits for trials."""

from __future__ import annotations

import os
from typing import Any

__all__ = [
    "device",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_nnx_enabled",
    "is_traceback_filtering_enabled",
    "max_epochs",
    "max_steps_per_epoch",
    "set_max_epochs",
    "set_max_steps_per_epoch",
]

_interactive = True


def enable_interactive_logging() -> None:
    """Let progress and messages go to standard output, as they do by default.

    Example:
        >>> import nncore
        >>> nncore.config.enable_interactive_logging()
    """
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Let progress and messages go to Python's logging (logger ``"nncore"``, level INFO), a line at a time.

    Example:
        >>> import nncore
        >>> nncore.config.disable_interactive_logging()
        >>> nncore.config.is_interactive_logging_enabled()
        False
        >>> nncore.config.enable_interactive_logging()
    """
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Tell whether progress and messages go to standard output.

    Returns:
        True unless `disable_interactive_logging` was called.

    Example:
        >>> import nncore
        >>> nncore.config.is_interactive_logging_enabled()
        True
    """
    return _interactive


def is_traceback_filtering_enabled() -> bool:
    """Tell whether tracebacks leave out the library's own lines: they never do.

    Returns:
        False.

    Example:
        >>> import nncore
        >>> nncore.config.is_traceback_filtering_enabled()
        False
    """
    return False


def disable_traceback_filtering() -> None:
    """Show whole tracebacks, as is always done.

    Example:
        >>> import nncore
        >>> nncore.config.disable_traceback_filtering()
    """


def enable_traceback_filtering() -> None:
    """Refuse to shorten tracebacks: they are always whole.

    Raises:
        ValueError: Always.

    Example:
        >>> import nncore
        >>> nncore.config.enable_traceback_filtering()
        Traceback (most recent call last):
            ...
        ValueError: Tracebacks are always whole; there is no filter. Remove the call.
    """
    raise ValueError("Tracebacks are always whole; there is no filter. Remove the call.")


def enable_unsafe_deserialization() -> None:
    """Refuse to run code that a model file holds: no setting allows it.

    Raises:
        ValueError: Always.

    Example:
        >>> import nncore
        >>> nncore.config.enable_unsafe_deserialization()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        ValueError: Code inside of model files is never run...
    """
    raise ValueError(
        "Code inside of model files is never run, and no setting allows it. Register the function with "
        "`register_keras_serializable`, save the model again, and load it by name."
    )


def is_flash_attention_enabled() -> bool:
    """Tell whether attention goes through tiles without making the matrix of scores: it always does.

    Returns:
        True.

    Example:
        >>> import nncore
        >>> nncore.config.is_flash_attention_enabled()
        True
    """
    return True


def enable_flash_attention() -> None:
    """Let attention go through tiles, as it always does.

    Example:
        >>> import nncore
        >>> nncore.config.enable_flash_attention()
    """


def disable_flash_attention() -> None:
    """Refuse another algorithm for attention: there is one.

    Raises:
        ValueError: Always.

    Example:
        >>> import nncore
        >>> nncore.config.disable_flash_attention()
        Traceback (most recent call last):
            ...
        ValueError: Attention has one algorithm, which goes through tiles. Remove the call.
    """
    raise ValueError("Attention has one algorithm, which goes through tiles. Remove the call.")


def is_nnx_enabled() -> bool:
    """Tell whether variables are those of Flax: they never are.

    Returns:
        False.

    Example:
        >>> import nncore
        >>> nncore.config.is_nnx_enabled()
        False
    """
    return False


class _Limit:
    """A limit from the environment until it is set."""

    def __init__(self, variable: str) -> None:
        self.variable = variable
        self.chosen: tuple[int | None] | None = None

    def get(self) -> int | None:
        if self.chosen is not None:
            return self.chosen[0]
        text = os.environ.get(self.variable)
        return None if not text else self.check(self.variable, int(text))

    def set(self, name: str, value: Any) -> None:
        self.chosen = (self.check(name, value),)

    @staticmethod
    def check(name: str, value: Any) -> int | None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"`{name}` must be a positive integer or None. Received: {name}={value!r}")
        found: int | None = value
        return found


_epochs = _Limit("KERAS_MAX_EPOCHS")
_steps = _Limit("KERAS_MAX_STEPS_PER_EPOCH")


def max_epochs() -> int | None:
    """Return the most epochs that `fit` runs.

    Returns:
        What `set_max_epochs` or the environment variable ``KERAS_MAX_EPOCHS`` says; None for no limit.

    Example:
        >>> import nncore
        >>> nncore.config.max_epochs() is None
        True
    """
    return _epochs.get()


def set_max_epochs(max_epochs: int | None) -> None:
    """Limit the epochs of every `fit`, to try a script out.

    Args:
        max_epochs: A positive integer, or None for no limit.

    Raises:
        ValueError: For anything else.

    Example:
        >>> import nncore
        >>> nncore.config.set_max_epochs(None)
    """
    _epochs.set("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """Return the most batches that `fit`, `evaluate` and `predict` take in one pass.

    Returns:
        What `set_max_steps_per_epoch` or the environment variable ``KERAS_MAX_STEPS_PER_EPOCH`` says; None for no
        limit.

    Example:
        >>> import nncore
        >>> nncore.config.max_steps_per_epoch() is None
        True
    """
    return _steps.get()


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limit the batches of every pass, to try a script out.

    Args:
        max_steps_per_epoch: A positive integer, or None for no limit.

    Raises:
        ValueError: For anything else.

    Example:
        >>> import nncore
        >>> nncore.config.set_max_steps_per_epoch(None)
    """
    _steps.set("max_steps_per_epoch", max_steps_per_epoch)


class device:  # noqa: N801 - Keras's name
    """Context in which arrays are made on a device: the CPU, which is the only one.

    Args:
        device_name: ``"cpu"``, with a number or not (``"cpu:0"``).

    Raises:
        ValueError: For any other device.

    Example:
        >>> import nncore
        >>> with nncore.device("cpu:0"):
        ...     x = nncore.ops.ones((2,))
    """

    def __init__(self, device_name: str) -> None:
        kind = str(device_name).lower().removeprefix("/").removeprefix("device:").partition(":")[0]
        if kind != "cpu":
            raise ValueError(f"There is one device, 'cpu'. Received: device_name={device_name!r}")
        self.device_name = device_name

    def __enter__(self) -> device:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the context."""

"""A limit on the memory that new variables take, for models that are rebuilt from a file."""

from __future__ import annotations

import threading
from types import TracebackType

__all__ = ["AllocationLimit", "account"]


class _Limits(threading.local):
    def __init__(self) -> None:
        self.left: int | None = None


_LIMITS = _Limits()


class AllocationLimit:
    """Context in which the variables made on this thread may not take more than a number of bytes together.

    A file that describes a huge model, but holds a small one, is found out before memory is taken.

    Args:
        nbytes: The number of bytes.
    """

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes

    def __enter__(self) -> AllocationLimit:
        self._outer = _LIMITS.left
        _LIMITS.left = self.nbytes
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _LIMITS.left = self._outer


def account(name: str, shape: tuple[int, ...], itemsize: int) -> None:
    """Count a variable that is about to be made.

    Args:
        name: Its name, for the message.
        shape: Its shape.
        itemsize: Bytes of an element.

    Raises:
        ValueError: If a limit is set and this goes beyond it.
    """
    if _LIMITS.left is None:
        return
    nbytes = itemsize
    for dim in shape:
        nbytes *= dim
    if nbytes > _LIMITS.left:
        raise ValueError(
            f"The file describes a larger model than it holds weights for: variable {name!r} of shape {shape} would "
            f"need {nbytes} bytes, at most {_LIMITS.left} are left of what the file's size allows."
        )
    _LIMITS.left -= nbytes

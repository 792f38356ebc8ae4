"""Logs: results as plain numbers, and the dict that is only filled when somebody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

_OWN_REFERENCES = 2  # the caller's name for it and getrefcount's argument


def to_plain(value: Any) -> Any:
    """Turn a scalar result into a Python float; other arrays are copied.

    Example:
    >>> from nncore.training.logs import to_plain
    >>> import numpy as np
    >>> to_plain(np.float32(0.5))
    0.5
    """
    if isinstance(value, (int, float)):
        return value
    array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    return float(array.reshape(())) if array.size == 1 else array.copy()


def flatten_logs(results: dict[str, Any]) -> dict[str, Any]:
    """Make one flat dict of plain values: a metric may return a dict of several."""
    flat: dict[str, Any] = {}
    for name, value in results.items():
        if isinstance(value, dict):
            flat.update((inner, to_plain(v)) for inner, v in value.items())
        else:
            flat[name] = to_plain(value)
    return flat


class LazyLogs(dict[str, Any]):
    """A dict whose content is read from the metrics when it is first used.

    Per-batch callbacks mostly ignore their logs; computing them for each batch would cost more
    than a small batch itself.
    """

    def __init__(self, read: Callable[[], dict[str, Any]]) -> None:
        # A stand-in, because C code (json's encoder) looks at the raw size before it asks.
        super().__init__({"": None})
        self._read: Callable[[], dict[str, Any]] | None = read

    def fill(self) -> LazyLogs:
        """Read the values now."""
        if self._read is not None:
            read, self._read = self._read, None
            super().clear()
            super().update(read())
        return self

    def fill_if_kept(self) -> None:
        """Read the values if a callback has kept this dict, before the next batch changes them."""
        if self._read is not None and sys.getrefcount(self) > _OWN_REFERENCES + 1:
            self.fill()

    def __getitem__(self, key: str) -> Any:
        return super(LazyLogs, self.fill()).__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        super(LazyLogs, self.fill()).__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        super(LazyLogs, self.fill()).__delitem__(key)

    def __iter__(self) -> Iterator[str]:
        return super(LazyLogs, self.fill()).__iter__()

    def __reversed__(self) -> Iterator[str]:
        return super(LazyLogs, self.fill()).__reversed__()

    def __len__(self) -> int:
        return super(LazyLogs, self.fill()).__len__()

    def __bool__(self) -> bool:
        return len(self) > 0

    def __contains__(self, key: object) -> bool:
        return super(LazyLogs, self.fill()).__contains__(key)

    def __eq__(self, other: object) -> bool:
        return super(LazyLogs, self.fill()).__eq__(other)

    __hash__ = None

    def __repr__(self) -> str:
        return super(LazyLogs, self.fill()).__repr__()

    def __or__(self, other: Any) -> Any:
        return dict(self.fill()) | other

    def __ror__(self, other: Any) -> Any:
        return other | dict(self.fill())

    def __reduce__(self) -> Any:
        return dict, (dict(self.items()),)

    def get(self, key: str, default: Any = None) -> Any:
        """As `dict.get`."""
        return super(LazyLogs, self.fill()).get(key, default)

    def keys(self) -> Any:
        """As `dict.keys`."""
        return super(LazyLogs, self.fill()).keys()

    def values(self) -> Any:
        """As `dict.values`."""
        return super(LazyLogs, self.fill()).values()

    def items(self) -> Any:
        """As `dict.items`."""
        return super(LazyLogs, self.fill()).items()

    def copy(self) -> dict[str, Any]:
        """A plain dict of the values."""
        return dict(self.items())

    def pop(self, *args: Any) -> Any:
        """As `dict.pop`."""
        return super(LazyLogs, self.fill()).pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """As `dict.update`."""
        super(LazyLogs, self.fill()).update(*args, **kwargs)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """As `dict.setdefault`."""
        return super(LazyLogs, self.fill()).setdefault(key, default)

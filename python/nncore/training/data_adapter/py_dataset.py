"""PyDataset: the base class of data sets that give batches by number."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

__all__ = ["PyDataset"]


class PyDataset:
    """Base of data sets of batches by number, which ``fit`` may read ahead with several workers.

    A subclass writes ``__getitem__``, which gives a whole batch, and ``__len__``, the number of batches (or the
    property ``num_batches``, where None stands for a data set without end). ``on_epoch_begin`` and ``on_epoch_end``
    are called around each pass.

    Args:
        workers: How many threads or processes ask for batches at once; with 0 or 1 threads, ``fit`` asks itself.
            Defaults to 1.
        use_multiprocessing: Whether the workers are processes, forked at the start of each pass, instead of threads.
            Defaults to False.
        max_queue_size: The most batches that are asked for ahead of the one in use. Defaults to 10.

    Raises:
        ValueError: If ``workers`` is negative or ``max_queue_size`` is not positive.

    Example:
        >>> import numpy as np
        >>> from nncore.utils import PyDataset
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, index):
        ...         x = np.full((2, 1), index, "float32")
        ...         return x, x**2
        >>> [float(y[0, 0]) for x, y in Squares(workers=2)]
        [0.0, 1.0, 4.0]
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    # A subclass that does not call `super().__init__()` reads its batches by itself, as by default.
    _workers = 1
    _use_multiprocessing = False
    _max_queue_size = 10

    @property
    def workers(self) -> int:
        """How many threads or processes ask for batches at once."""
        return self._workers

    @workers.setter
    def workers(self, value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"`workers` must be an integer of at least 0. Received: workers={value!r}")
        self._workers = value

    @property
    def use_multiprocessing(self) -> bool:
        """Whether the workers are processes."""
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = bool(value)

    @property
    def max_queue_size(self) -> int:
        """The most batches that are asked for ahead of the one in use."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"`max_queue_size` must be a positive integer. Received: max_queue_size={value!r}")
        self._max_queue_size = value

    def __getitem__(self, index: int) -> Any:
        """Give batch number ``index``: ``x``, ``(x, y)`` or ``(x, y, sample_weight)``."""
        raise TypeError(
            f"{type(self).__name__} has no `__getitem__`. Write one that returns a whole batch, "
            "`(x, y)` or `(x, y, sample_weight)`, for the number of a batch."
        )

    @property
    def num_batches(self) -> int | None:
        """Number of batches in a pass, or None for a data set without end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise TypeError(
            f"{type(self).__name__} does not say how many batches it has. Write `__len__`, or the property "
            "`num_batches` (None for a data set without end)."
        )

    def __iter__(self) -> Iterator[Any]:
        count = self.num_batches if self._knows_its_size() else None
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def _knows_its_size(self) -> bool:
        return hasattr(self, "__len__") or type(self).num_batches is not PyDataset.num_batches

    def on_epoch_begin(self) -> None:
        """Do what a new pass needs; nothing by default."""

    def on_epoch_end(self) -> None:
        """Do what the end of a pass needs; nothing by default."""

"""Readers: raw batches from data sets by number, from iterables, and from arrays with sparse matrices among them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from nncore import tree
from nncore.training.data_adapter.arrays import new_batch_order
from nncore.training.data_adapter.leaves import is_sparse
from nncore.training.data_adapter.py_dataset import PyDataset
from nncore.training.data_adapter.workers import in_order

Order = Callable[[int], Any] | None


class Reader(Protocol):
    """Where raw batches come from."""

    reusable: bool

    @property
    def num_batches(self) -> int | None:
        """How many batches a pass has, when known."""
        ...

    def first(self) -> Any:
        """The first batch, which the next ``read`` gives again; raises ``StopIteration`` if there is none."""
        ...

    def read(self, steps: int | None, order: Order) -> Iterator[Any]:
        """The batches of a pass, at most ``steps``; a pass with ``steps`` goes on where the last one stopped."""
        ...

    def rewind(self) -> None:
        """Start the next pass at the first batch, where that is possible."""
        ...


def batch_source(x: Any, shuffle: bool | str) -> Reader:
    """Choose the reader for an object that gives batches."""
    if isinstance(x, PyDataset) or (hasattr(x, "__getitem__") and hasattr(x, "__len__")):
        return IndexedReader(x, shuffle)
    return IteratedReader(x)


class IteratedReader:
    """Batches of an iterable, started again for each pass, or of an iterator, which is read on.

    Args:
        source: The iterable.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        # Asked without starting it: an iterable may start processes.
        self.reusable = not hasattr(source, "__next__")
        self.num_batches = _length(source)
        self._iterator: Iterator[Any] | None = None
        self._kept: list[Any] = []

    def first(self) -> Any:
        """Take the first batch and keep it for the pass."""
        if not self._kept:
            if self._iterator is None:
                self._iterator = iter(self._source)
            self._kept.append(next(self._iterator))
        return self._kept[0]

    def read(self, steps: int | None, order: Order) -> Iterator[Any]:
        """Read on; an iterable that ends starts again with the next pass."""
        del order
        if self._iterator is None:
            self._iterator = iter(self._source)
        for _ in itertools.count() if steps is None else range(steps):
            if self._kept:
                yield self._kept.pop()
                continue
            try:
                batch = next(self._iterator)
            except StopIteration:
                self._iterator = None
                return
            yield batch

    def rewind(self) -> None:
        """Start an iterable again."""
        if self.reusable:
            self._iterator = None
            self._kept.clear()


class IndexedReader:
    """Batches by number, in a new order for each pass when shuffled, read ahead by the workers of a ``PyDataset``.

    Args:
        source: ``PyDataset``, or any object with ``__getitem__`` and ``__len__``.
        shuffle: Draw a new order of batches for each pass.
    """

    reusable = True

    def __init__(self, source: Any, shuffle: bool | str) -> None:
        self._source = source
        self._shuffle = shuffle
        self._is_dataset = isinstance(source, PyDataset)
        self._order: Any = None
        self._position = 0
        self._kept: list[Any] = []

    @property
    def num_batches(self) -> int | None:
        """How many batches a pass has; it may change between passes."""
        count = self._source.num_batches if self._is_dataset else len(self._source)
        return None if count is None else int(count)

    def first(self) -> Any:
        """Batch 0; kept for the pass, unless the pass begins with another one or makes its batches anew."""
        if self._kept:
            return self._kept[0]
        if self.num_batches == 0:
            raise StopIteration
        batch = self._source[0]
        fresh = self._is_dataset and type(self._source).on_epoch_begin is not PyDataset.on_epoch_begin
        if not (self._shuffle or fresh):
            self._kept.append(batch)
        return batch

    def read(self, steps: int | None, order: Order) -> Iterator[Any]:
        """Ask for the batches of a pass."""
        numbers = self._numbers(steps, order)
        if self._kept:
            kept = self._kept.pop()
            if next(numbers, None) is None:
                return
            yield kept
        yield from self._fetch(numbers)

    def _numbers(self, steps: int | None, order: Order) -> Iterator[int]:
        """The numbers of a pass's batches."""
        count = self.num_batches
        if count is None:
            start = self._position if steps is not None else 0
            self._position = start + (steps or 0)
            return itertools.count(start) if steps is None else iter(range(start, start + steps))
        if steps is None or self._position >= count or self._order is None or len(self._order) != count:
            self._position = 0
            self._order = order(count) if self._shuffle and order is not None else range(count)
        start = self._position
        self._position = count if steps is None else min(count, start + steps)
        return (int(number) for number in self._order[start : self._position])

    def _fetch(self, numbers: Iterable[int]) -> Iterator[Any]:
        source = self._source
        ask = source.__getitem__
        if self._is_dataset:
            workers, processes = source.workers, source.use_multiprocessing
            if workers > 1 or (workers == 1 and processes):
                return in_order(ask, numbers, workers, processes, source.max_queue_size)
        return map(ask, numbers)

    def rewind(self) -> None:
        """Start at the first batch."""
        self._position = 0
        self._order = None


class RowReader:
    """Batches of arrays of which some are sparse matrices: rows are taken per batch, never the whole made dense.

    Args:
        data: Structure of arrays and sparse matrices (in compressed rows) with a common sample axis.
        samples: Number of samples.
        batch_size: Samples per batch.
        shuffle: Draw a new order of samples for each pass (``"batch"``: of whole batches).
    """

    reusable = True

    def __init__(self, data: Any, samples: int, batch_size: int, shuffle: bool | str) -> None:
        self._data = data
        self._samples = samples
        self._batch_size = batch_size
        self._shuffle = shuffle
        self.num_batches = -(-samples // batch_size)
        self._index: Any = None
        self._position = 0

    def first(self) -> Any:
        """The rows of the first batch, in the order of the data."""
        return self._rows(slice(0, self._batch_size))

    def read(self, steps: int | None, order: Order) -> Iterator[Any]:
        """Cut batches from the rows in the pass's order."""
        if steps is None or self._position >= self.num_batches:
            self._position = 0
        if self._position == 0:
            self._index = self._new_order(order) if self._shuffle and order is not None else None
        size = self._batch_size
        end = self.num_batches if steps is None else min(self.num_batches, self._position + steps)
        while self._position < end:
            rows = slice(self._position * size, (self._position + 1) * size)
            self._position += 1
            yield self._rows(rows if self._index is None else self._index[rows])

    def _rows(self, rows: Any) -> Any:
        def take(leaf: Any) -> Any:
            if leaf is None:
                return None
            return leaf[rows].toarray() if is_sparse(leaf) else leaf[rows]

        return tree.map_structure(take, self._data)

    def _new_order(self, order: Any) -> Any:
        if self._shuffle != "batch":
            return order(self._samples)
        return new_batch_order(self._samples, self._batch_size, order)

    def rewind(self) -> None:
        """Start at the first row."""
        self._position = 0


def _length(source: Any) -> int | None:
    """How many batches there are, when the source knows."""
    try:
        return len(source) or None
    except (TypeError, NotImplementedError):
        return None

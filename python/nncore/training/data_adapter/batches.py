"""BatchData: generators, iterables and indexable data sets that give whole batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nncore.training.data_adapter.arrays import Segment, _sample_count, warn_ran_out
from nncore.training.data_adapter.leaves import to_arrays
from nncore.training.data_adapter.signature import BatchSignature, sources_of
from nncore.training.data_adapter.weights import (
    check_class_weight,
    class_weight_to_sample_weights,
    spread_sample_weight,
)
from nncore.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight


def is_batch_source(x: Any) -> bool:
    """Tell whether `x` yields batches rather than being arrays."""
    if x is None or isinstance(x, (list, tuple, dict, str, bytes)) or hasattr(x, "__array__"):
        return False
    if hasattr(x, "tocoo") or hasattr(x, "shape"):
        return False
    indexable = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    return hasattr(x, "__iter__") or hasattr(x, "__next__") or indexable


class BatchData:
    """Batches of `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)` from Python.

    A generator or iterator is read once, across epochs; an iterable is started again for each
    epoch; an object with `__getitem__` and `__len__` gives batch `i` (in a new order for each
    epoch when shuffled) and its `on_epoch_end` is called.

    Args:
        source: The generator, iterable or data set.
        shuffle: Draw a new order of batches, where the source can be indexed.
        class_weight: Weight per class number.
    """

    def __init__(self, source: Any, shuffle: bool | str = False, class_weight: Any = None) -> None:
        if class_weight is not None:
            check_class_weight(class_weight)
        self._source = source
        self._class_weight = class_weight
        self.shuffle = shuffle
        self.batch_size: int | None = None
        self._indexable = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.reusable = self._indexable or iter(source) is not source
        self.num_batches = _length(source)
        self._iterator: Iterator[Any] | None = None
        self._first: Any = None

    def peek(self) -> Any:
        """The first batch; it is given again when the epoch starts.

        Raises:
            ValueError: If there is none.
        """
        if self._first is None:
            if self._iterator is None:
                self._iterator = self._start(None)
            batch = next(self._iterator, None)
            if batch is None:
                raise ValueError(
                    f"The data are empty: {type(self._source).__name__} gave no batch. "
                    "Expected at least one (x, y) or (x, y, sample_weight)."
                )
            self._first = self._convert(batch)
        return self._first

    def _start(self, order_of: Any) -> Iterator[Any]:
        if not self._indexable:
            return iter(self._source)
        order: Any = range(len(self._source))
        if self.shuffle and order_of is not None:
            order = order_of(len(self._source))
        return (self._source[int(i)] for i in order)

    def _convert(self, batch: Any) -> Any:
        x, y, sample_weight = unpack_x_y_sample_weight(batch)
        x, y = to_arrays(x, "x"), to_arrays(y, "y")
        sample_weight = to_arrays(sample_weight, "sample_weight")
        if self._class_weight is not None:
            if y is None or sample_weight is not None:
                raise ValueError(
                    "`class_weight` needs batches (x, y) without sample weights. "
                    f"Received: a batch with y={'None' if y is None else 'given'} and "
                    f"sample_weight={'None' if sample_weight is None else 'given'}."
                )
            sample_weight = class_weight_to_sample_weights(y, self._class_weight)
        data = pack_x_y_sample_weight(x, y, spread_sample_weight(y, sample_weight))
        _sample_count(data)
        return data

    def batches(self, steps: int | None, order_of: Any) -> Iterator[Any]:
        """Give an epoch's batches, at most `steps` of them."""
        if self._first is not None and self._indexable and self.shuffle:
            # The peeked batch came in file order; a shuffled epoch draws its own.
            self._first = self._iterator = None
        if self._iterator is None:
            self._iterator = self._start(order_of)
        done = 0
        while steps is None or done < steps:
            if self._first is not None:
                batch, self._first = self._first, None
            else:
                raw = next(self._iterator, None)
                if raw is None:
                    self._finish(steps, done)
                    return
                batch = self._convert(raw)
            yield batch
            done += 1
        if self._indexable and steps is not None and steps >= len(self._source):
            self._finish(None, done)

    def _finish(self, steps: int | None, done: int) -> None:
        if steps is not None and done < steps:
            warn_ran_out(steps, done)
        self._iterator = None
        if self.num_batches is None and done:
            self.num_batches = done if self.reusable else None
        ended = getattr(self._source, "on_epoch_end", None)
        if callable(ended):
            ended()

    def segment(self, signature: BatchSignature, batch: Any) -> Segment:
        """One batch as a stretch of one step."""
        sources = sources_of(batch)
        return Segment(signature, sources, None, 0, 1, sources[0].shape[0])

    def rewind(self) -> None:
        """Start the next epoch at the first batch, where that is possible."""
        if self.reusable:
            self._iterator = None
            self._first = None


def _length(source: Any) -> int | None:
    """How many batches there are, when the source knows."""
    try:
        return len(source) or None
    except (TypeError, NotImplementedError):
        return None

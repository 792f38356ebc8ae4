"""BatchData: batches from Python, from whatever gives them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from nncore.training.data_adapter.arrays import Segment, _sample_count, warn_ran_out
from nncore.training.data_adapter.leaves import to_arrays
from nncore.training.data_adapter.py_dataset import PyDataset
from nncore.training.data_adapter.readers import Reader
from nncore.training.data_adapter.signature import BatchSignature, sources_of
from nncore.training.data_adapter.weights import (
    check_class_weight,
    class_weight_to_sample_weights,
    spread_sample_weight,
)
from nncore.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight


def is_batch_source(x: Any) -> bool:
    """Tell whether `x` yields batches rather than being arrays."""
    if isinstance(x, PyDataset):
        return True
    if x is None or isinstance(x, (list, tuple, dict, str, bytes)) or hasattr(x, "__array__"):
        return False
    if hasattr(x, "tocoo") or hasattr(x, "shape"):
        return False
    indexable = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    return hasattr(x, "__iter__") or hasattr(x, "__next__") or indexable


class BatchData:
    """Batches of `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)` from a reader.

    Args:
        reader: Gives raw batches.
        source: The object whose `on_epoch_begin` and `on_epoch_end` are called around each pass.
        class_weight: Weight per class number.
    """

    batch_size: int | None = None
    shuffle = False  # the reader's affair: a batch is run in its order

    def __init__(self, reader: Reader, source: Any = None, class_weight: Any = None) -> None:
        if class_weight is not None:
            check_class_weight(class_weight)
        self._reader = reader
        self._source = source
        self._class_weight = class_weight
        self.reusable = reader.reusable
        self.num_batches = reader.num_batches

    def peek(self) -> Any:
        """The first batch.

        Raises:
            ValueError: If there is none.
        """
        try:
            batch = self._reader.first()
        except StopIteration:
            raise ValueError(
                f"The data are empty: {type(self._source).__name__} gave no batch. "
                "Expected at least one (x, y) or (x, y, sample_weight)."
            ) from None
        return self._convert(batch)

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

    def batches(self, steps: int | None, order_of: Any) -> Generator[Any, None, None]:
        """Give a pass's batches, at most `steps` of them.

        Closing it ends the pass: workers stop and the source is told.
        """
        self._tell("on_epoch_begin")
        done = 0
        raw = self._reader.read(steps, order_of)
        try:
            for batch in raw:
                done += 1
                yield self._convert(batch)
            if steps is not None and done < steps:
                warn_ran_out(steps, done)
            elif self.num_batches is None and done and steps is None and self.reusable:
                self.num_batches = done
        finally:
            close = getattr(raw, "close", None)
            if close is not None:
                close()
            if done:
                self._tell("on_epoch_end")

    def _tell(self, event: str) -> None:
        told = getattr(self._source, event, None)
        if callable(told):
            told()

    def segment(self, signature: BatchSignature, batch: Any) -> Segment:
        """One batch as a stretch of one step."""
        sources = sources_of(batch)
        return Segment(signature, sources, None, 0, 1, sources[0].shape[0])

    def rewind(self) -> None:
        """Start the next pass at the first batch, where that is possible."""
        self._reader.rewind()

"""ArrayData: arrays in memory or on disk, cut into batches by a program."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nncore.training.data_adapter.leaves import is_sparse, named_leaves, to_arrays
from nncore.training.data_adapter.signature import BatchSignature, sources_of
from nncore.training.data_adapter.weights import (
    check_class_weight,
    class_weight_to_sample_weights,
    spread_sample_weight,
)
from nncore.training.unpack import pack_x_y_sample_weight


class Segment:
    """A stretch of batches of one size: `count` batches from row (or index entry) `first`."""

    __slots__ = ("batch", "count", "first", "index", "signature", "sources")

    def __init__(
        self,
        signature: BatchSignature,
        sources: list[Any],
        index: Any,
        first: int,
        count: int,
        batch: int,
    ) -> None:
        self.signature = signature
        self.sources = sources
        self.index = index
        self.first = first
        self.count = count
        self.batch = batch


class ArrayData:
    """Arrays with a common sample axis. They are never copied: programs gather the rows.

    Args:
        x: Structure of arrays.
        y: Structure of arrays, or None.
        sample_weight: Array or structure of arrays, or None.
        batch_size: Samples per batch. Defaults to 32, or what `steps` batches need.
        steps: Batches per epoch when limited.
        shuffle: New order of samples for each epoch; `"batch"` keeps batches together.
        class_weight: Weight per class number.

    Raises:
        ValueError: If there are no samples, or their numbers differ.
    """

    reusable = True

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        steps: int | None = None,
        shuffle: bool | str = False,
        class_weight: Any = None,
    ) -> None:
        self.data = arrange(x, y, sample_weight, class_weight)
        self.samples = _sample_count(self.data)
        self.batch_size = batch_size_for(self.samples, batch_size, steps)
        self.num_batches = -(-self.samples // self.batch_size)
        self.shuffle = shuffle
        self._sources = sources_of(self.data)
        self._position = 0
        self._index: Any = None

    def peek(self) -> Any:
        """The data as `(x, y, sample_weight)`-like tuple, to look at."""
        return self.data

    def segments(
        self,
        signature: BatchSignature,
        steps: int | None,
        order: Callable[[int], Any] | None = None,
    ) -> Iterator[Segment]:
        """Give an epoch's stretches of batches.

        With `steps`, an epoch goes on where the last one stopped, as long as data remain.

        Args:
            signature: The signature of the data.
            steps: Batches in the epoch; None for all.
            order: Function that draws an order of n samples, as int64; needed to shuffle.
        """
        if steps is None or self._position >= self.num_batches:
            self._position = 0
        if self._position == 0 and self.shuffle and order is not None:
            self._index = self._new_order(order)
        count = min(steps or self.num_batches, self.num_batches - self._position)
        if steps is not None and count < steps:
            warn_ran_out(steps, count)
        start, full = self._position, self.samples // self.batch_size
        end = start + count
        self._position = end
        if start < full:
            whole = min(end, full) - start
            first = start * self.batch_size
            yield Segment(signature, self._sources, self._index, first, whole, self.batch_size)
        if end > full:
            first = full * self.batch_size
            rest = self.samples - first
            yield Segment(signature, self._sources, self._index, first, 1, rest)

    def rewind(self) -> None:
        """Start the next epoch at the first sample."""
        self._position = 0

    def _new_order(self, order: Callable[[int], Any]) -> Any:
        if self.shuffle != "batch":
            return order(self.samples)
        return new_batch_order(self.samples, self.batch_size, order)


def new_batch_order(samples: int, batch_size: int, order: Callable[[int], Any]) -> Any:
    """Draw an order of samples that keeps batches together; an incomplete last batch stays where it is."""
    whole = samples // batch_size
    index = np.arange(samples, dtype=np.int64)
    size = whole * batch_size
    index[:size] = index[:size].reshape(whole, batch_size)[order(whole)].reshape(-1)
    return index


def arrange(x: Any, y: Any, sample_weight: Any, class_weight: Any, keep_sparse: bool = False) -> Any:
    """Turn what the user passed into a structure of arrays with a weight for each sample, where there are weights.

    Args:
        x: Structure of arrays.
        y: Structure of arrays, or None.
        sample_weight: Array or structure of arrays, or None.
        class_weight: Weight per class number, or None.
        keep_sparse: Leave sparse matrices sparse.

    Returns:
        `x`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        ValueError: If the arguments contradict each other.
    """
    x, y = to_arrays(x, "x", keep_sparse), to_arrays(y, "y", keep_sparse)
    sample_weight = to_arrays(sample_weight, "sample_weight")
    if class_weight is not None:
        check_class_weight(class_weight)
        if sample_weight is not None:
            raise ValueError("You cannot pass `class_weight` and `sample_weight` together.")
        if y is None:
            raise ValueError("`class_weight` needs targets. Received: y=None")
        if is_sparse(y):
            raise ValueError("`class_weight` needs dense targets. Received: y, a sparse matrix. Pass `y.toarray()`.")
        sample_weight = class_weight_to_sample_weights(y, class_weight)
    return pack_x_y_sample_weight(x, y, spread_sample_weight(y, sample_weight))


def batch_size_for(samples: int, batch_size: int | None, steps: int | None) -> int:
    """Samples per batch: as asked for, or 32, or what ``steps`` batches need."""
    if batch_size is None:
        batch_size = -(-samples // steps) if steps else 32
    return min(int(batch_size), samples)


def warn_ran_out(steps: int, count: int) -> None:
    """Warn that the data had fewer batches than the caller asked for."""
    warnings.warn(
        "Your input ran out of data; interrupting training. Make sure that your dataset or "
        f"generator can generate at least {steps} batches per epoch. Received: {count} batches.",
        stacklevel=2,
    )


def _sample_count(data: Any) -> int:
    """The common number of samples."""
    leaves = named_leaves(data)
    if not leaves or not leaves[0][0].startswith("x"):
        raise ValueError("`x` is missing. Expected arrays of inputs. Received: x=None")
    sizes = {name: leaf.shape[0] for name, leaf in leaves}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name}: {size}" for name, size in sizes.items())
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of "
            f"samples. Received sizes: {listed}"
        )
    count = leaves[0][1].shape[0]
    if count == 0:
        raise ValueError(f"The data are empty. Expected at least one sample. Received: x.shape={leaves[0][1].shape}")
    return int(count)

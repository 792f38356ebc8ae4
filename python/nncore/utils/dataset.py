"""Dataset: elements made anew for each pass, with the methods of `tf.data.Dataset` that scripts lean on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import closing
from typing import Any

import numpy as np

from nncore import tree
from nncore.training.data_adapter.workers import in_order

__all__ = ["Dataset"]

_AUTOTUNE = -1


class Dataset:
    """Elements that can be walked as often as wanted: what `fit`, `evaluate` and `predict` take as batches.

    The functions that give a `tf.data.Dataset` in Keras give one of these. Elements are NumPy arrays, or tuples and
    dictionaries of them. Each method returns a new data set; nothing is computed before it is walked.

    Args:
        make: Function without arguments that starts a pass: it returns an iterator of elements.
        length: How many elements a pass has; None if that is not known.

    Example:
        >>> import numpy as np
        >>> from nncore.utils import Dataset
        >>> squares = Dataset.from_tensor_slices(np.arange(5)).map(lambda x: x**2)
        >>> [batch.tolist() for batch in squares.batch(2)]
        [[0, 1], [4, 9], [16]]
    """

    def __init__(self, make: Callable[[], Iterator[Any]], length: int | None = None) -> None:
        self._make = make
        self._length = length
        # What image_dataset_from_directory and its like know of their folders.
        self.class_names: list[str] | None = None
        self.file_paths: list[str] | None = None

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """Elements along the first axis of arrays.

        Args:
            tensors: Array, or a tuple, list or dictionary of arrays of one length.

        Returns:
            A data set of as many elements as the arrays are long.

        Raises:
            ValueError: If the lengths differ.
        """
        arrays = tree.map_structure(np.asarray, tuple(tensors) if isinstance(tensors, list) else tensors)
        lengths = {len(array) for array in tree.flatten(arrays)}
        if len(lengths) != 1:
            raise ValueError(f"The arrays must have one length. Received: lengths {sorted(lengths)}")
        (length,) = lengths
        return Dataset(lambda: (tree.map_structure(lambda a, i=i: a[i], arrays) for i in range(length)), length)

    @staticmethod
    def zip(datasets: tuple[Iterable[Any], ...]) -> Dataset:
        """Elements of several data sets in tuples, until the shortest ends.

        Args:
            datasets: Tuple of data sets.

        Returns:
            A data set of tuples.
        """
        lengths = [len(d) for d in datasets if isinstance(d, Sized)]
        length = min(lengths) if len(lengths) == len(datasets) else None
        return Dataset(lambda: zip(*datasets, strict=False), length)

    def __iter__(self) -> Iterator[Any]:
        return self._make()

    def __len__(self) -> int:
        if self._length is None:
            raise TypeError("The number of elements is not known. Walk the data set to count them.")
        return self._length

    def __bool__(self) -> bool:
        return True

    def cardinality(self) -> int:
        """How many elements a pass has; -2 if that is not known, -1 if there is no end."""
        return -2 if self._length is None else self._length

    def as_numpy_iterator(self) -> Iterator[Any]:
        """An iterator of the elements."""
        return iter(self)

    def _like(self, make: Callable[[], Iterator[Any]], length: int | None) -> Dataset:
        made = Dataset(make, length)
        made.class_names, made.file_paths = self.class_names, self.file_paths
        return made

    def map(self, map_func: Callable[..., Any], num_parallel_calls: int | None = None) -> Dataset:
        """Apply a function to each element.

        Args:
            map_func: Function of an element; a tuple's parts are passed one by one.
            num_parallel_calls: Number of threads that compute ahead, -1 for two. Defaults to None, no threads.

        Returns:
            A data set of the results, in the same order.
        """
        call = _spread(map_func)
        if num_parallel_calls is None:
            return self._like(lambda: map(call, self), self._length)
        threads = 2 if num_parallel_calls == _AUTOTUNE else num_parallel_calls
        _check_positive("num_parallel_calls", threads)
        return self._like(lambda: in_order(call, self, threads, ahead=threads), self._length)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Keep the elements for which a function is true."""
        return self._like(lambda: filter(_spread(predicate), iter(self)), None)

    def batch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """Stack elements that follow each other.

        Args:
            batch_size: Elements per batch.
            drop_remainder: Leave an incomplete last batch out. Defaults to False.

        Returns:
            A data set of batches.

        Raises:
            ValueError: If ``batch_size`` is not positive.
        """
        _check_positive("batch_size", batch_size)

        def make() -> Iterator[Any]:
            elements = iter(self)
            while taken := list(itertools.islice(elements, batch_size)):
                if len(taken) == batch_size or not drop_remainder:
                    yield tree.map_structure(lambda *parts: np.stack(parts), *taken)

        length = self._length
        if length is not None:
            length = length // batch_size if drop_remainder else -(-length // batch_size)
        return self._like(make, length)

    def unbatch(self) -> Dataset:
        """Take batches apart again."""

        def make() -> Iterator[Any]:
            for batch in self:
                for i in range(len(tree.flatten(batch)[0])):
                    yield tree.map_structure(lambda a, i=i: a[i], batch)

        return self._like(make, None)

    def take(self, count: int) -> Dataset:
        """The first elements; all for -1."""
        length = self._length
        if count == -1:
            return self._like(self._make, length)
        return self._like(lambda: itertools.islice(iter(self), count), count if length is None else min(count, length))

    def skip(self, count: int) -> Dataset:
        """The elements without the first ones."""
        length = self._length
        return self._like(
            lambda: itertools.islice(iter(self), count, None), None if length is None else max(length - count, 0)
        )

    def repeat(self, count: int | None = None) -> Dataset:
        """Walk the elements several times; without end for None or -1. Such a data set needs `steps_per_epoch`."""
        if count is None or count == -1:
            return self._like(lambda: (x for _ in itertools.count() for x in self), None)
        length = self._length
        return self._like(lambda: (x for _ in range(count) for x in self), None if length is None else length * count)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """The elements of this data set, then those of another one."""
        known = self._length is not None and dataset._length is not None
        return self._like(lambda: itertools.chain(self, dataset), len(self) + len(dataset) if known else None)

    def cache(self) -> Dataset:
        """Keep the elements of the first complete pass in memory for the following ones."""
        kept: list[Any] = []
        complete: list[bool] = []

        def make() -> Iterator[Any]:
            if complete:
                yield from kept
                return
            found: list[Any] = []
            for element in self:
                found.append(element)
                yield element
            kept[:] = found
            complete.append(True)

        return self._like(make, self._length)

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """Mix the elements: each is drawn from a buffer that is filled up again.

        Args:
            buffer_size: Elements in the buffer; as many as there are for a uniform order.
            seed: Integer for the same orders in each run. Defaults to one drawn from NumPy's generator.
            reshuffle_each_iteration: Draw another order for each pass. Defaults to True.

        Returns:
            A data set of the same elements.

        Raises:
            ValueError: If ``buffer_size`` is not positive.
        """
        _check_positive("buffer_size", buffer_size)
        if seed is None:
            seed = int(np.random.randint(2**31))  # noqa: NPY002 - what `set_random_seed` seeds
        passes = itertools.count()

        def make() -> Iterator[Any]:
            rng = np.random.default_rng([seed, next(passes) if reshuffle_each_iteration else 0])
            buffer: list[Any] = []
            for element in self:
                if len(buffer) < buffer_size:
                    buffer.append(element)
                    continue
                i = int(rng.integers(buffer_size))
                buffer[i], element = element, buffer[i]
                yield element
            yield from (buffer[int(i)] for i in rng.permutation(len(buffer)))

        return self._like(make, self._length)

    def prefetch(self, buffer_size: int) -> Dataset:
        """Compute elements ahead in a thread.

        Args:
            buffer_size: How many at most; -1 for two.

        Returns:
            A data set of the same elements.
        """
        ahead = 2 if buffer_size == _AUTOTUNE else buffer_size
        _check_positive("buffer_size", ahead)
        end = object()

        def make() -> Iterator[Any]:
            elements = iter(self)
            # One thread only, so that the elements stay in order.
            with closing(in_order(lambda _: next(elements, end), itertools.repeat(None), 1, ahead=ahead)) as results:
                for element in results:
                    if element is end:
                        return
                    yield element

        return self._like(make, self._length)


def _spread(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function of one element that passes a tuple's parts one by one."""
    return lambda element: function(*element) if isinstance(element, tuple) else function(element)


def _check_positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value!r}")

"""Windows that slide over a time series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nncore.utils.dataset import Dataset

__all__ = ["timeseries_dataset_from_array"]


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",  # noqa: A002 - Keras's name
) -> Dataset:
    """Cut sliding windows out of a series, each with the target at its first time step.

    Args:
        data: Array whose first axis is time, shape ``(times, ...)``.
        targets: Array of targets: the i-th belongs to the window that begins at time i. None for windows alone.
        sequence_length: Time steps per window.
        sequence_stride: Time steps between the beginnings of two windows. Defaults to 1.
        sampling_rate: Time steps between two steps of a window. Defaults to 1.
        batch_size: Windows per batch; None for single windows. Defaults to 128.
        shuffle: Draw a new order of the windows for each pass. Defaults to False.
        seed: Integer for the same orders in each run. Defaults to one drawn from NumPy's generator.
        start_index: First time that is used. Defaults to None, the beginning.
        end_index: Time before which windows end. Defaults to None, the end.
        format: ``"tf"``, the only one: a data set that can be walked again and again.

    Returns:
        A ``Dataset`` of batches ``(windows, targets)`` (or ``windows``); windows have the shape
        ``(batch, sequence_length, ...)``.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from nncore.utils import timeseries_dataset_from_array
        >>> series = np.arange(6)
        >>> for x, y in timeseries_dataset_from_array(series[:-3], series[3:], sequence_length=3, batch_size=2):
        ...     print(x.tolist(), y.tolist())
        [[0, 1, 2]] [3]
    """
    if format != "tf":
        raise ValueError(f"`format` should be 'tf'; there is no other data set here. Received: format={format!r}")
    length = len(data)
    _check(length, sequence_stride, sampling_rate, start_index, end_index)
    for name, value in (("sequence_length", sequence_length), ("batch_size", batch_size)):
        if value is not None and value < 1:
            raise ValueError(f"`{name}` must be 1 or greater. Received: {name}={value}")
    start, end = start_index or 0, end_index or length
    series = np.asarray(data)[start:end]
    answers = None if targets is None else np.asarray(targets)[start:end]
    count = end - start - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
    first = np.arange(0, max(count, 0), sequence_stride)
    steps = np.arange(sequence_length) * sampling_rate
    key = 0 if seed is None else seed
    if shuffle and seed is None:
        key = int(np.random.randint(10**6))  # noqa: NPY002 - what `set_random_seed` seeds
    passes = iter(range(2**62))
    size = 1 if batch_size is None else batch_size

    def make() -> Iterator[Any]:
        order = np.random.default_rng([key, next(passes)]).permutation(first) if shuffle else first
        for i in range(0, len(order), size):
            begins = order[i : i + size] if batch_size is not None else order[i]
            windows = series[begins[..., None] + steps]
            yield windows if answers is None else (windows, answers[begins])

    return Dataset(make, -(-len(first) // size))


def _check(length: int, stride: int, rate: int, start: int | None, end: int | None) -> None:
    """Check the arguments as Keras does, in its words."""
    if start and not 0 <= start < length:
        raise ValueError(
            f"`start_index` must be 0 or greater and lower than the length of the data ({length}). "
            f"Received: start_index={start}"
        )
    if end and start and end <= start:
        raise ValueError(
            f"`end_index` must be higher than `start_index`. Received: start_index={start}, end_index={end}"
        )
    if end is not None and not 0 < end < length:
        raise ValueError(
            f"`end_index` must be higher than 0 and lower than the length of the data ({length}). "
            f"Received: end_index={end}"
        )
    for name, value in (("sampling_rate", rate), ("sequence_stride", stride)):
        if not 0 < value < length:
            raise ValueError(
                f"`{name}` must be higher than 0 and lower than the length of the data ({length}). "
                f"Received: {name}={value}"
            )

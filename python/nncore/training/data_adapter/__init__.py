"""Data of every accepted form, as batches that a compiled step can read."""

from __future__ import annotations

from typing import Any

from nncore.training.data_adapter.arrays import ArrayData, _sample_count, arrange, batch_size_for
from nncore.training.data_adapter.batches import BatchData, is_batch_source
from nncore.training.data_adapter.leaves import is_sparse
from nncore.training.data_adapter.py_dataset import PyDataset
from nncore.training.data_adapter.readers import RowReader, batch_source

Data = ArrayData | BatchData

__all__ = ["ArrayData", "BatchData", "Data", "make_data"]


def make_data(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: bool | str = False,
    class_weight: dict[int, float] | None = None,
) -> Data:
    """Choose the adapter for what the user passed.

    Args:
        x: Arrays (one, or a list or dict), or a generator, iterable or dataset of batches.
        y: Targets, for arrays.
        sample_weight: Weights, for arrays.
        batch_size: Samples per batch, for arrays. Defaults to 32.
        steps: Batches per epoch, when limited.
        shuffle: Draw a new order for each epoch (`"batch"`: of whole batches).
        class_weight: Weight per class number, for arrays.

    Returns:
        The adapter.

    Raises:
        ValueError: If arguments contradict each other or the data can't be used.
        TypeError: If an array holds no numbers.
    """
    if not is_batch_source(x):
        if not any(is_sparse(leaf) for part in (x, y) for leaf in _leaves(part)):
            return ArrayData(x, y, sample_weight, batch_size, steps, shuffle, class_weight)
        data = arrange(x, y, sample_weight, class_weight, keep_sparse=True)
        samples = _sample_count(data)
        return BatchData(RowReader(data, samples, batch_size_for(samples, batch_size, steps), shuffle))
    kind = type(x).__name__
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"When `x` is an iterable of batches ({kind}), `{name}` should not be passed. "
                "Yield it as part of each batch: (x, y) or (x, y, sample_weight)."
            )
    if batch_size is not None:
        raise ValueError(
            f"When `x` is an iterable of batches ({kind}), `batch_size` should not be passed: "
            f"the iterable decides. Received: batch_size={batch_size}"
        )
    reader = batch_source(x, shuffle)
    if steps is None and isinstance(x, PyDataset) and reader.num_batches is None:
        raise ValueError(
            f"`x` is a data set without end ({kind}.num_batches is None), so the number of batches has to be given: "
            "pass `steps_per_epoch` to `fit`, `validation_steps` for validation data, `steps` to `evaluate` and "
            "`predict`."
        )
    return BatchData(reader, x, class_weight)


def _leaves(part: Any) -> list[Any]:
    """What may be an array in an argument; a list of a million numbers is not walked."""
    if isinstance(part, dict):
        return [leaf for value in part.values() for leaf in _leaves(value)]
    if isinstance(part, (list, tuple)) and part and not isinstance(part[0], (bool, int, float, str)):
        return [leaf for value in part for leaf in _leaves(value)] if not isinstance(part[0], (list, tuple)) else []
    return [part]

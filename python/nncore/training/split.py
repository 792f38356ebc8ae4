"""Cut the last part of the training data off for validation."""

from __future__ import annotations

import math
from typing import Any

from nncore import tree
from nncore.training.data_adapter.arrays import _sample_count
from nncore.training.data_adapter.batches import is_batch_source
from nncore.training.data_adapter.leaves import to_arrays


def train_validation_split(
    x: Any, y: Any, sample_weight: Any, validation_split: float
) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """Split arrays into the first and the last samples, as views.

    Args:
        x: Structure of arrays.
        y: Structure of arrays, or None.
        sample_weight: Structure of arrays, or None.
        validation_split: The share of the samples, from the end, that is set aside.

    Returns:
        `(x, y, sample_weight)` for training and for validation.

    Raises:
        ValueError: If the data are no arrays, or one of the parts would be empty.
    """
    if is_batch_source(x):
        raise ValueError(
            "`validation_split` is only supported for arrays. "
            f"Received: x of type {type(x).__name__}. Pass `validation_data` instead."
        )
    data = (to_arrays(x, "x", True), to_arrays(y, "y", True), to_arrays(sample_weight, "sample_weight"))
    count = _sample_count(data)
    cut = math.floor(count * (1.0 - validation_split))
    if cut in (0, count):
        raise ValueError(
            f"Training data contains {count} samples, which is not sufficient to split it into a "
            f"validation and training set as specified by `validation_split={validation_split}`. "
            "Either provide more data, or a different value for `validation_split`."
        )
    first = tree.map_structure(lambda a: None if a is None else a[:cut], data)
    last = tree.map_structure(lambda a: None if a is None else a[cut:], data)
    return first, last

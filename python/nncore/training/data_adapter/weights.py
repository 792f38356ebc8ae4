"""Sample weights: their structure, and those that come from class weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nncore import config, tree


def spread_sample_weight(y: Any, sample_weight: Any) -> Any:
    """Give a single weight array to each of several targets.

    Args:
        y: Structure of targets.
        sample_weight: One array, or a structure like `y`.

    Returns:
        The weights, nested as the targets are.

    Raises:
        ValueError: If the structures differ, or one array for several targets has more than
            one value per sample.
    """
    if sample_weight is None or not tree.is_nested(y):
        if tree.is_nested(sample_weight) and len(tree.flatten(sample_weight)) == 1:
            return tree.flatten(sample_weight)[0]
        return sample_weight
    if not tree.is_nested(sample_weight):
        if sample_weight.ndim > 2 or (sample_weight.ndim == 2 and sample_weight.shape[1] != 1):
            raise ValueError(
                "For a model with multiple outputs, a single `sample_weight` array must have one "
                "value per sample, shape (samples,). "
                f"Received: sample_weight.shape={sample_weight.shape}. "
                "Pass one array per output instead."
            )
        return tree.map_structure(lambda _: sample_weight, y)
    if isinstance(y, dict) and isinstance(sample_weight, dict) and set(sample_weight) < set(y):
        return {key: sample_weight.get(key) for key in y}
    try:
        tree.assert_same_structure(y, sample_weight)
    except ValueError as error:
        raise ValueError(
            f"`sample_weight` must have one array per output in `y`; the two structures did not match. {error}"
        ) from error
    return sample_weight


def check_class_weight(class_weight: Any) -> None:
    """Raise unless `class_weight` maps class numbers to non-negative weights."""
    valid = isinstance(class_weight, Mapping) and all(
        isinstance(key, (int, np.integer)) and np.isscalar(value) and not isinstance(value, str)
        for key, value in class_weight.items()
    )
    if not valid:
        raise ValueError(
            "`class_weight` must be a dict from class number (int) to weight (float), e.g. "
            f"{{0: 1.0, 1: 5.0}}. Received: class_weight={class_weight!r}"
        )


def class_weight_to_sample_weights(y: Any, class_weight: Mapping[int, float]) -> Any:
    """Look up each sample's weight by its class.

    Args:
        y: Class numbers of shape `(N,)` or `(N, 1)`, or one-hot rows `(N, classes)`.
        class_weight: Weight per class number; classes that are missing weigh 1.

    Returns:
        Weights of shape `(N,)`.

    Raises:
        ValueError: If there are several targets.

    Example:
    >>> from nncore.training.data_adapter.weights import class_weight_to_sample_weights
    >>> import numpy as np
    >>> class_weight_to_sample_weights(np.array([0, 2, 1]), {1: 3.0}).tolist()
    [1.0, 1.0, 3.0]
    """
    if tree.is_nested(y):
        raise ValueError(
            "`class_weight` is only supported for Models with a single output. "
            "Pass `sample_weight` with one array per output instead."
        )
    labels = y
    if labels.ndim > 1:
        labels = np.argmax(labels, axis=-1) if labels.shape[-1] != 1 else labels[..., 0]
    if labels.ndim != 1:
        raise ValueError(
            f"`class_weight` needs one class per sample. Received: y.shape={y.shape}. Pass `sample_weight` instead."
        )
    classes, position = np.unique(np.round(labels).astype(np.int64), return_inverse=True)
    table = np.array([class_weight.get(int(c), 1.0) for c in classes], dtype=config.floatx())
    return table[position.reshape(-1)]

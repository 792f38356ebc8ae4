"""What a batch is: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""

from __future__ import annotations

from typing import Any


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Split a batch into inputs, targets and weights.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`.

    Returns:
        `(x, y, sample_weight)`; what is absent is None.

    Raises:
        ValueError: If the tuple has another length.

    Example:
    >>> from nncore.utils import unpack_x_y_sample_weight
    >>> unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`. "
            f"Received a tuple of length {len(data)}."
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Make a batch of inputs, targets and weights.

    Args:
        x: Inputs.
        y: Targets, or None.
        sample_weight: Weights, or None.

    Returns:
        `x` itself (in a tuple when it is a list or tuple), `(x, y)` or `(x, y, sample_weight)`.

    Example:
    >>> from nncore.utils import pack_x_y_sample_weight
    >>> pack_x_y_sample_weight(1, 2)
    (1, 2)
    """
    if sample_weight is not None:
        return (x, y, sample_weight)
    if y is not None:
        return (x, y)
    return (x,) if isinstance(x, (list, tuple)) else x

"""From a loss per sample to what training minimises: rank rules, weights, masks, reductions."""

from __future__ import annotations

import math
from typing import Any

from nncore import ops

WEIGHT_ADVICE = (
    " Give one weight per sample, as a column if there are several losses per sample, or one weight per loss."
)
REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


def standardize_reduction(reduction: str | None) -> str | None:
    """Return `reduction` when it is one of the known ones.

    Args:
        reduction: `"sum_over_batch_size"`, `"mean"`, `"sum"`, `"mean_with_sample_weight"`,
            `"none"` or `None`.

    Returns:
        The same value.

    Raises:
        ValueError: It is something else.
    """
    if reduction not in REDUCTIONS:
        from nncore.registry import nearest

        close = nearest(str(reduction), [r for r in REDUCTIONS if r])
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            "Invalid value for argument `reduction`. Expected one of "
            f"{', '.join(repr(r) for r in REDUCTIONS)}. Received: reduction={reduction!r}.{hint}"
        )
    return reduction


def squeeze_or_expand_to_same_rank(x1: Any, x2: Any, expand_rank_1: bool = True) -> tuple[Any, Any]:
    """Bring two tensors to one rank when their ranks differ by one and a last axis has size 1.

    Args:
        x1: First tensor.
        x2: Second tensor.
        expand_rank_1: Give a vector a last axis of size 1 instead of taking away the other
            tensor's.

    Returns:
        Both tensors; unchanged when the rule does not apply.

    Example:
    >>> import numpy as np
    >>> from nncore.losses.reduction import squeeze_or_expand_to_same_rank
    >>> a, b = squeeze_or_expand_to_same_rank(np.zeros((3,)), np.zeros((3, 1)))
    >>> a.shape, b.shape
    ((3, 1), (3, 1))
    """
    rank1, rank2 = len(x1.shape), len(x2.shape)
    if rank1 == rank2 + 1 and x1.shape[-1] == 1:
        if rank2 == 1 and expand_rank_1:
            return x1, ops.expand_dims(x2, axis=-1)
        return ops.squeeze(x1, axis=-1), x2
    if rank2 == rank1 + 1 and x2.shape[-1] == 1:
        if rank1 == 1 and expand_rank_1:
            return ops.expand_dims(x1, axis=-1), x2
        return x1, ops.squeeze(x2, axis=-1)
    return x1, x2


def apply_mask(sample_weight: Any, mask: Any, dtype: str, reduction: str | None) -> Any:
    """Merge a mask into the sample weights.

    Args:
        sample_weight: Weights or `None`.
        mask: Booleans, true where a value counts, or `None`.
        dtype: The dtype of the result.
        reduction: For `"mean"` and `"sum_over_batch_size"` the entries that count get the
            weight total / valid, so that the later division by the total divides by the valid
            entries only.

    Returns:
        Weights, or `None` when there is neither weight nor mask.
    """
    if mask is None:
        return sample_weight
    weight = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        valid = ops.sum(weight)
        weight = weight * ops.divide_no_nan(ops.full_like(valid, math.prod(mask.shape)), valid)
    if sample_weight is None:
        return weight
    weight, sample_weight = squeeze_or_expand_to_same_rank(weight, ops.cast(sample_weight, dtype))
    check_broadcast("sample_weight", sample_weight.shape, "the losses", weight.shape, WEIGHT_ADVICE)
    return sample_weight * weight


def reduce_values(values: Any, sample_weight: Any = None, reduction: Any = "mean") -> Any:
    """Reduce weighted losses to what `reduction` says.

    Args:
        values: Losses, weights already multiplied in.
        sample_weight: The weights; only `"mean_with_sample_weight"` looks at them.
        reduction: See `standardize_reduction`.

    Returns:
        A scalar, or `values` themselves when nothing is to be reduced.
    """
    if reduction in (None, "none") or len(values.shape) == 0 or tuple(values.shape) == (0,):
        return values
    total = ops.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return ops.divide_no_nan(total, ops.cast(ops.sum(sample_weight), total.dtype))
    count = math.prod(values.shape)
    # Not by the operator, which is NumPy's where the total is an array: one kernel, one rounding.
    return ops.divide(total, count) if count else ops.zeros_like(total)


def reduce_weighted_values(
    values: Any,
    sample_weight: Any = None,
    mask: Any = None,
    reduction: str | None = "sum_over_batch_size",
    dtype: str | None = None,
) -> Any:
    """Weight losses and reduce them.

    Args:
        values: A loss per sample (or per sample and position).
        sample_weight: A factor per sample (or position); it broadcasts against `values`.
        mask: Booleans, true where a value counts.
        reduction: See `standardize_reduction`.
        dtype: The dtype to compute in; by default that of `values`.

    Returns:
        A scalar; the weighted losses for reduction `"none"` and `None`.

    Raises:
        ValueError: The weights' shape does not broadcast against the losses'.

    Example:
    >>> import numpy as np
    >>> from nncore.losses.reduction import reduce_weighted_values
    >>> float(reduce_weighted_values(np.array([1.0, 3.0]), np.array([1.0, 0.5])))
    1.25
    """
    reduction = standardize_reduction(reduction)
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=values.dtype)
    sample_weight = apply_mask(sample_weight, mask, values.dtype, reduction)
    if sample_weight is not None:
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        # One loss of the whole batch (Dice) takes part once per weight, as in Keras.
        if len(values.shape):
            check_broadcast("sample_weight", sample_weight.shape, "the losses", values.shape, WEIGHT_ADVICE)
        values = values * sample_weight
    return reduce_values(values, sample_weight, reduction)


def check_broadcast(name: str, shape: Any, target_name: str, target_shape: Any, advice: str = "") -> None:
    """Raise unless a shape broadcasts against another.

    Args:
        name: What the first shape belongs to.
        shape: A shape.
        target_name: What the second shape belongs to.
        target_shape: The other shape.
        advice: What to do next, with a space before it.

    Raises:
        ValueError: The shapes don't broadcast.
    """
    given, target = tuple(shape), tuple(target_shape)
    pairs = zip(reversed(given), reversed(target), strict=False)
    if len(given) > len(target) or any(a != b and 1 not in (a, b) for a, b in pairs):
        raise ValueError(
            f"`{name}` must broadcast against {target_name}, whose shape is {target}. "
            f"Received: {name}.shape={given}.{advice}"
        )

"""Metrics that add up or average values, and the average of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nncore import masking, ops
from nncore.losses.reduction import (
    WEIGHT_ADVICE,
    apply_mask,
    check_broadcast,
    squeeze_or_expand_to_same_rank,
)
from nncore.metrics.metric import Metric


def reduce_to_samplewise_values(
    values: Any, sample_weight: Any, reduce_fn: Callable[..., Any], dtype: str
) -> tuple[Any, Any]:
    """Weight values and reduce them to one per sample.

    Args:
        values: Values of shape `(B, ...)`, or a scalar.
        sample_weight: Weights that broadcast against the values, or `None`.
        reduce_fn: `ops.mean` or `ops.sum`, applied to all axes but the first.
        dtype: The dtype of the results.

    Returns:
        The values times their weights, and the weights (or `None`), each of shape `(B,)`.

    Raises:
        ValueError: The weights' shape does not fit.
    """
    values = ops.cast(ops.convert_to_tensor(values), dtype)
    if sample_weight is not None:
        sample_weight = ops.cast(ops.convert_to_tensor(sample_weight), dtype)
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        weight_rank, rank = len(sample_weight.shape), len(values.shape)
        if rank > weight_rank:
            values = reduce_fn(values, axis=tuple(range(weight_rank, rank)))
        check_broadcast("sample_weight", sample_weight.shape, "the values", values.shape, WEIGHT_ADVICE)
        sample_weight = ops.broadcast_to(sample_weight, tuple(values.shape))
        values = values * sample_weight
        if weight_rank > 1:
            sample_weight = reduce_fn(sample_weight, axis=tuple(range(1, weight_rank)))
    if len(values.shape) > 1:
        values = reduce_fn(values, axis=tuple(range(1, len(values.shape))))
    return values, sample_weight


class Sum(Metric):
    """The (weighted) sum of values.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.Sum()
    >>> metric.update_state([1.0, 3.0, 5.0, 7.0])
    >>> float(metric.result())
    16.0
    """

    def __init__(self, name: str | None = "sum", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable(shape=(), name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values.

        Args:
            values: A scalar or values of shape `(B, ...)`.
            sample_weight: Weights that broadcast against the values.
        """
        values, _ = reduce_to_samplewise_values(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def result(self) -> Any:
        """Return the sum so far."""
        return ops.copy(self.total)


class Mean(Metric):
    """The (weighted) mean of values.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.Mean()
    >>> metric.update_state([1.0, 3.0, 5.0, 7.0])
    >>> float(metric.result())
    4.0
    """

    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable(shape=(), name="total")
        self.count = self.add_variable(shape=(), name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values.

        Args:
            values: A scalar or values of shape `(B, ...)`.
            sample_weight: Weights that broadcast against the values.
        """
        values, sample_weight = reduce_to_samplewise_values(values, sample_weight, ops.mean, self.dtype)
        self.total.assign_add(ops.sum(values))
        if sample_weight is not None:
            self.count.assign_add(ops.sum(sample_weight))
        else:
            self.count.assign_add(float(values.shape[0]) if len(values.shape) else 1.0)

    def result(self) -> Any:
        """Return the mean so far; 0 before the first value."""
        return ops.divide_no_nan(self.total, self.count)


class MeanMetricWrapper(Mean):
    """The mean over samples of a function of `(y_true, y_pred)`.

    Args:
        fn: The function; it returns a value per sample.
        name: Name of the metric.
        dtype: The dtype to compute in.
        **kwargs: Passed on to `fn` at each update.

    Example:
    >>> from nncore import metrics, ops
    >>> def largest_error(y_true, y_pred):
    ...     return ops.max(ops.abs(y_true - y_pred), axis=-1)
    >>> metric = metrics.MeanMetricWrapper(largest_error)
    >>> float(metric([[0.0, 1.0], [2.0, 3.0]], [[0.0, 2.0], [2.0, 6.0]]))
    2.0
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        from nncore.registry import auto_name

        super().__init__(name=name or auto_name(type(self).__name__), dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Add the values of a batch.

        Args:
            y_true: Targets of shape `(B, ...)`.
            y_pred: Predictions of shape `(B, ...)`.
            sample_weight: Weights that broadcast against what the function returns.
        """
        sample_weight = apply_mask(sample_weight, masking.get_mask(y_pred), self.dtype, "sum")
        y_true, y_pred = _as_tensor(y_true), _as_tensor(y_pred)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        mask = self.compute_mask(y_true, y_pred)
        # A mask changes only weighted means; without weights, what does not count is 0.
        if sample_weight is not None and mask is not None:
            sample_weight = apply_mask(sample_weight, mask, self.dtype, "sum")
        super().update_state(values, sample_weight=sample_weight)

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any:
        """Say which values count in a weighted mean, or `None` when all do."""
        return None

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        if type(self) is not MeanMetricWrapper:
            return {**super().get_config(), **self._fn_kwargs}
        from nncore import metrics

        return {**super().get_config(), "fn": metrics.serialize(self._fn), **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Metric:
        """Make a metric from what `get_config` returned."""
        from nncore import metrics

        arguments = dict(config)
        if isinstance(arguments.get("fn"), (str, Mapping)):
            arguments["fn"] = metrics.find_function(arguments["fn"])
        return cls(**arguments)


def _as_tensor(value: Any) -> Any:
    """Convert nested lists of numbers, so that functions can use operators on them."""
    if isinstance(value, Mapping) or hasattr(value, "shape"):
        return value
    if isinstance(value, (list, tuple)) and any(getattr(v, "shape", ()) for v in value):
        return value
    return ops.convert_to_tensor(value)

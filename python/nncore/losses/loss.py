"""The base of all losses, and the loss made of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nncore import config, masking, ops
from nncore.losses.reduction import (
    reduce_weighted_values,
    squeeze_or_expand_to_same_rank,
    standardize_reduction,
)
from nncore.registry import auto_name


class Loss:
    """The base of losses: a subclass writes `call` and gets weights and reduction.

    Args:
        name: Name of the loss; by default made from the class name.
        reduction: `"sum_over_batch_size"` or `"mean"` (sum divided by the number of losses),
            `"sum"`, `"mean_with_sample_weight"` (sum divided by the sum of the weights),
            `"none"` or `None` (no reduction).
        dtype: The dtype to compute in; `nncore.config.floatx()` by default.

    Raises:
        ValueError: `reduction` is unknown.

    Example:
    >>> from nncore import losses, ops
    >>> class Quartic(losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.mean((y_pred - y_true) ** 4, axis=-1)
    >>> float(Quartic()([[0.0, 2.0]], [[1.0, 0.0]]))
    8.5
    """

    # Labels that are class numbers stay integers, so that no conversion runs per batch.
    _keeps_integer_targets = False

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
    ) -> None:
        self.name = name or auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self._dtype = ops.standardize_dtype(dtype) if dtype else config.floatx()

    @property
    def dtype(self) -> str:
        """The dtype that the loss is computed in."""
        return self._dtype

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the loss.

        Args:
            y_true: Targets of shape `(B, ...)`, or a structure of them.
            y_pred: Predictions of shape `(B, ...)`, or a structure of them.
            sample_weight: A factor for each loss; it broadcasts against what `call` returns.

        Returns:
            A scalar, or the loss per sample when `reduction` is `"none"` or `None`.
        """
        of_pred = None if isinstance(y_pred, (list, tuple, Mapping)) else masking.get_mask(y_pred)
        y_pred = as_tensors(y_pred, self._dtype)
        y_true = as_tensors(y_true, self._dtype, keep_integers=self._keeps_integer_targets)
        losses = self.call(y_true, y_pred)
        of_losses = both_masks(masking.get_mask(losses), self.compute_mask(y_true, y_pred))
        return reduce_weighted_values(
            losses,
            sample_weight=sample_weight,
            mask=both_masks(of_pred, of_losses),
            reduction=self.reduction,
            dtype=self._dtype,
        )

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each sample; every subclass writes this.

        Args:
            y_true: Targets in the loss's dtype.
            y_pred: Predictions in the loss's dtype.

        Returns:
            A tensor of losses, as a rule of the shape of `y_pred` without its last axis.
        """
        raise TypeError(
            f"{type(self).__name__} has no `call`. A loss defines "
            "`call(self, y_true, y_pred)`, which returns the loss of each sample."
        )

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any:
        """Say which losses count.

        Args:
            y_true: Targets, as `call` gets them.
            y_pred: Predictions, as `call` gets them.

        Returns:
            Booleans of the shape that `call` returns, or `None` when all count.
        """
        return None

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Loss:
        """Make a loss from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class LossFunctionWrapper(Loss):
    """A loss made of a function of `(y_true, y_pred)`.

    Args:
        fn: The function; it returns the loss of each sample.
        reduction: See `Loss`.
        name: Name of the loss; by default made from the class name.
        dtype: See `Loss`.
        **kwargs: Passed on to `fn` at each call.

    Example:
    >>> from nncore import losses
    >>> huber = losses.LossFunctionWrapper(losses.huber, delta=2.0)
    >>> float(huber([[0.0, 0.0]], [[1.0, 3.0]]))
    2.25
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs
        self._keeps_integer_targets = getattr(fn, "_takes_class_numbers", False)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each sample with the function."""
        if hasattr(y_true, "shape") and hasattr(y_pred, "shape"):
            y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again."""
        if type(self) is not LossFunctionWrapper:
            return {**super().get_config(), **self._fn_kwargs}
        from nncore import losses

        return {**super().get_config(), "fn": losses.serialize(self.fn), **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Loss:
        """Make a loss from what `get_config` returned."""
        from nncore import losses

        arguments = dict(config)
        if isinstance(arguments.get("fn"), (str, Mapping)):
            arguments["fn"] = losses.deserialize(arguments["fn"])
        return cls(**arguments)


def both_masks(a: Any, b: Any) -> Any:
    """What two masks both let count; None if there is none."""
    if a is None or b is None:
        return b if a is None else a
    return ops.logical_and(a, b)


def as_tensors(value: Any, dtype: str, keep_integers: bool = False) -> Any:
    """Convert an array, or each array of a structure, to tensors of a dtype.

    A list of numbers is one array; a list that holds arrays is a structure.
    """
    if isinstance(value, Mapping):
        return {k: as_tensors(v, dtype, keep_integers) for k, v in value.items()}
    if isinstance(value, (list, tuple)) and any(_holds_array(v) for v in value):
        return type(value)(as_tensors(v, dtype, keep_integers) for v in value)
    if keep_integers:
        tensor = ops.convert_to_tensor(value)
        if "int" in str(tensor.dtype):
            return tensor
    return ops.convert_to_tensor(value, dtype=dtype)


def _holds_array(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_array(v) for v in value)
    return isinstance(value, Mapping) or bool(getattr(value, "shape", ()))

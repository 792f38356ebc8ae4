"""Intersection over union: how well predicted regions cover the true ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nncore import config, ops
from nncore.metrics.metric import Metric


class IoU(Metric):
    """The mean of `both / (true or predicted)` over chosen classes, from a confusion matrix.

    Classes that are neither true nor predicted anywhere do not count. Labels outside
    `[0, num_classes)` are left out.

    Args:
        num_classes: Number of classes.
        target_class_ids: The classes to take the mean over.
        name: Name of the metric.
        dtype: dtype of the counts; by default float64, in which they are exact.
        ignore_class: A class number, for example of what has no label, that does not count.
        sparse_y_true: Whether targets are class numbers; else the largest along `axis` counts.
        sparse_y_pred: Whether predictions are class numbers; else the largest along `axis` counts.
        axis: The class axis of what is not class numbers.

    Raises:
        ValueError: A target class is out of range.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype or "float64")
        self.target_class_ids = list(target_class_ids)
        outside = [i for i in self.target_class_ids if not 0 <= i < num_classes]
        if outside or not self.target_class_ids:
            raise ValueError(
                f"`target_class_ids` must name classes in [0, {num_classes}). "
                f"Received: target_class_ids={self.target_class_ids}, num_classes={num_classes}."
            )
        self.num_classes = num_classes
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self._given_dtype = dtype
        self._result_dtype = self.dtype if dtype and "float" in self.dtype else config.floatx()
        self.total_cm = self.add_variable((num_classes, num_classes), name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the pairs of a batch to the confusion matrix.

        Args:
            y_true: Targets: class numbers of any shape, or scores with a class axis.
            y_pred: Predictions of the same kind of shape.
            sample_weight: A weight, or one per class number.

        Raises:
            ValueError: Another number of weights was given.
        """
        true = self._class_numbers(y_true, self.sparse_y_true)
        pred = self._class_numbers(y_pred, self.sparse_y_pred)
        n = self.num_classes
        weight = ops.convert_to_tensor(1.0 if sample_weight is None else sample_weight, dtype=self.dtype)
        if math.prod(weight.shape) not in (1, true.shape[0]):
            raise ValueError(
                f"{type(self).__name__} takes one `sample_weight`, or one for each of the {true.shape[0]} targets. "
                f"Received: sample_weight.shape={tuple(weight.shape)}."
            )
        weight = ops.broadcast_to(ops.reshape(weight, (-1,)), true.shape)
        counts = ops.logical_and(ops.logical_and(true >= 0, true < n), ops.logical_and(pred >= 0, pred < n))
        if self.ignore_class is not None:
            counts = ops.logical_and(counts, ops.not_equal(true, self.ignore_class))
        pair = ops.where(counts, true * n + pred, ops.zeros_like(true))
        weight = ops.where(counts, weight, ops.zeros_like(weight))
        matrix = ops.segment_sum(weight, pair, num_segments=n * n)
        self.total_cm.assign_add(ops.reshape(matrix, (n, n)))

    def _class_numbers(self, values: Any, sparse: bool) -> Any:
        values = ops.convert_to_tensor(values)
        if not sparse:
            values = ops.argmax(values, axis=self.axis)
        return ops.reshape(ops.cast(values, "int32"), (-1,))

    def result(self) -> Any:
        """Return the mean over the target classes so far; 0 before the first batch."""
        matrix = ops.cast(self.total_cm.value, self._result_dtype)
        both = ops.diagonal(matrix)
        either = ops.sum(matrix, axis=0) + ops.sum(matrix, axis=1) - both
        chosen = ops.convert_to_tensor(self.target_class_ids, dtype="int32")
        both, either = ops.take(both, chosen), ops.take(either, chosen)
        seen = either > 1e-9
        share = ops.where(seen, both / (either + config.epsilon()), ops.zeros_like(both))
        return ops.sum(share) / (ops.sum(ops.cast(seen, self._result_dtype)) + config.epsilon())

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {
            "name": self.name,
            "dtype": self._given_dtype,
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        return {name: value for name, value in IoU.get_config(self).items() if name not in names}


class BinaryIoU(IoU):
    """Intersection over union of yes/no predictions, made from scores by a threshold.

    Args:
        target_class_ids: `(0, 1)` for the mean of both, or one of them.
        threshold: A score from here on is a 1.
        name: Name of the metric.
        dtype: See `IoU`.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
    0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(num_classes=2, target_class_ids=target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the decisions of a batch.

        Args:
            y_true: Targets, 0 or 1, of any shape.
            y_pred: Scores of the same shape.
            sample_weight: A weight, or one per target.
        """
        chosen = ops.convert_to_tensor(y_pred) >= self.threshold
        super().update_state(y_true, ops.cast(chosen, "int32"), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        kept = self._config_without("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")
        return {**kept, "threshold": self.threshold}


class MeanIoU(IoU):
    """The mean intersection over union of all classes.

    Args:
        num_classes: Number of classes.
        name: Name of the metric.
        dtype: See `IoU`.
        ignore_class: See `IoU`.
        sparse_y_true: See `IoU`.
        sparse_y_pred: See `IoU`.
        axis: See `IoU`.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """`IoU` for one-hot targets.

    Args:
        num_classes: Number of classes.
        target_class_ids: The classes to take the mean over.
        name: Name of the metric.
        dtype: See `IoU`.
        ignore_class: See `IoU`.
        sparse_y_pred: Whether predictions are class numbers; else the largest along `axis` counts.
        axis: The class axis.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.OneHotIoU(num_classes=2, target_class_ids=[1])
    >>> round(float(metric([[0, 1], [1, 0], [0, 1]], [[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]])), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` for one-hot targets.

    Args:
        num_classes: Number of classes.
        name: Name of the metric.
        dtype: See `IoU`.
        ignore_class: See `IoU`.
        sparse_y_pred: Whether predictions are class numbers; else the largest along `axis` counts.
        axis: The class axis.

    Example:
    >>> from nncore import metrics
    >>> metric = metrics.OneHotMeanIoU(num_classes=2)
    >>> round(float(metric([[0, 1], [1, 0], [0, 1]], [[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]])), 4)
    0.1667
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return self._config_without("target_class_ids", "sparse_y_true")

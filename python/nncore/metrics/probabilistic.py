"""Metrics of distributions: cross-entropies, divergence, counts, margins."""

from __future__ import annotations

from typing import Any

from nncore.losses import crossentropy, probabilistic
from nncore.losses.hinge import categorical_hinge, hinge, squared_hinge
from nncore.metrics.reduction import MeanMetricWrapper


class KLDivergence(MeanMetricWrapper):
    """The Kullback-Leibler divergence of predictions from targets.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: str | None = None) -> None:
        super().__init__(probabilistic.kl_divergence, name=name, dtype=dtype)


class Poisson(MeanMetricWrapper):
    """The mean of `y_pred - y_true * log(y_pred)`.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.Poisson()([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    def __init__(self, name: str | None = "poisson", dtype: str | None = None) -> None:
        super().__init__(probabilistic.poisson, name=name, dtype=dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """Cross-entropy of independent yes/no targets.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.
        from_logits: Whether predictions are logits, sigmoid not yet applied.
        label_smoothing: Share by which targets are drawn to 0.5, in [0, 1].

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.BinaryCrossentropy()([[0.0, 1.0]], [[0.1, 0.8]])), 4)
    0.1643
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            crossentropy.binary_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing


class CategoricalCrossentropy(MeanMetricWrapper):
    """Cross-entropy of targets that are distributions over classes, for example one-hot.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.
        from_logits: Whether predictions are logits, softmax not yet applied.
        label_smoothing: Share of each target given to all classes alike, in [0, 1].
        axis: The class axis.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            crossentropy.categorical_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Cross-entropy of targets that are class numbers.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.
        from_logits: Whether predictions are logits, softmax not yet applied.
        ignore_class: A class number (for example of padding) whose cross-entropy is 0; it does
            not count in weighted means.
        axis: The class axis.

    Example:
    >>> from nncore import metrics
    >>> round(float(metrics.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            crossentropy.sparse_categorical_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any:
        """Say which targets are not `ignore_class`."""
        if self.ignore_class is None:
            return None
        return crossentropy.valid_targets(y_true, y_pred, self.ignore_class, self.axis)


class Hinge(MeanMetricWrapper):
    """The mean of `max(1 - y_true * y_pred, 0)`, for targets -1 and 1 (or 0 and 1).

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.Hinge()([[0.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(self, name: str | None = "hinge", dtype: str | None = None) -> None:
        super().__init__(hinge, name=name, dtype=dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`, for targets -1 and 1 (or 0 and 1).

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.SquaredHinge()([[0.0, 1.0]], [[0.5, 0.5]]))
    1.25
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: str | None = None) -> None:
        super().__init__(squared_hinge, name=name, dtype=dtype)


class CategoricalHinge(MeanMetricWrapper):
    """How little the right class leads over the best wrong one, up to 1.

    Args:
        name: Name of the metric.
        dtype: The dtype to compute in.

    Example:
    >>> from nncore import metrics
    >>> float(metrics.CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
    0.5
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: str | None = None) -> None:
        super().__init__(categorical_hinge, name=name, dtype=dtype)

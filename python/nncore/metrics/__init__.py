"""Metrics: what training reports, as classes, functions and names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nncore.lazy import Later, lazy_names
from nncore.losses import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    target_kind,
)
from nncore.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from nncore.metrics.metric import Metric
from nncore.metrics.reduction import Mean, MeanMetricWrapper, Sum
from nncore.registry import Registry, to_snake_case

if TYPE_CHECKING:
    from nncore.metrics.auc import AUC
    from nncore.metrics.confusion import (
        FalseNegatives,
        FalsePositives,
        Precision,
        Recall,
        TrueNegatives,
        TruePositives,
    )
    from nncore.metrics.correlation import (
        ConcordanceCorrelation,
        PearsonCorrelation,
        R2Score,
        concordance_correlation,
        pearson_correlation,
    )
    from nncore.metrics.fscore import F1Score, FBetaScore
    from nncore.metrics.iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
    from nncore.metrics.probabilistic import (
        BinaryCrossentropy,
        CategoricalCrossentropy,
        CategoricalHinge,
        Hinge,
        KLDivergence,
        Poisson,
        SparseCategoricalCrossentropy,
        SquaredHinge,
    )
    from nncore.metrics.regression import (
        CosineSimilarity,
        LogCoshError,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredError,
        MeanSquaredLogarithmicError,
        RootMeanSquaredError,
        cosine_similarity,
    )
    from nncore.metrics.tradeoff import (
        PrecisionAtRecall,
        RecallAtPrecision,
        SensitivityAtSpecificity,
        SpecificityAtSensitivity,
    )

CLASSES: tuple[type[Metric], ...] = (
    Metric,
    Mean,
    Sum,
    MeanMetricWrapper,
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
FUNCTIONS = (
    accuracy,
    binary_accuracy,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_accuracy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_accuracy,
    sparse_categorical_crossentropy,
    sparse_top_k_categorical_accuracy,
    squared_hinge,
    top_k_categorical_accuracy,
)
# The others are imported when they are first used.
_HOMES = {
    "AUC": "auc",
    "BinaryCrossentropy": "probabilistic",
    "BinaryIoU": "iou",
    "CategoricalCrossentropy": "probabilistic",
    "CategoricalHinge": "probabilistic",
    "ConcordanceCorrelation": "correlation",
    "CosineSimilarity": "regression",
    "F1Score": "fscore",
    "FBetaScore": "fscore",
    "FalseNegatives": "confusion",
    "FalsePositives": "confusion",
    "Hinge": "probabilistic",
    "IoU": "iou",
    "KLDivergence": "probabilistic",
    "LogCoshError": "regression",
    "MeanAbsoluteError": "regression",
    "MeanAbsolutePercentageError": "regression",
    "MeanIoU": "iou",
    "MeanSquaredError": "regression",
    "MeanSquaredLogarithmicError": "regression",
    "OneHotIoU": "iou",
    "OneHotMeanIoU": "iou",
    "PearsonCorrelation": "correlation",
    "Poisson": "probabilistic",
    "Precision": "confusion",
    "PrecisionAtRecall": "tradeoff",
    "R2Score": "correlation",
    "Recall": "confusion",
    "RecallAtPrecision": "tradeoff",
    "RootMeanSquaredError": "regression",
    "SensitivityAtSpecificity": "tradeoff",
    "SparseCategoricalCrossentropy": "probabilistic",
    "SpecificityAtSensitivity": "tradeoff",
    "SquaredHinge": "probabilistic",
    "TrueNegatives": "confusion",
    "TruePositives": "confusion",
    "concordance_correlation": "correlation",
    "cosine_similarity": "regression",
    "pearson_correlation": "correlation",
}
ALIASES = {
    "acc": "Accuracy",
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
    "rmse": "RootMeanSquaredError",
}

_later = {name: Later(f"{__name__}.{home}", name) for name, home in _HOMES.items()}
_classes = {**{c.__name__: c for c in CLASSES}, **{name: c for name, c in _later.items() if name[0].isupper()}}
_by_name = {
    **{f.__name__: f for f in FUNCTIONS},
    **{name: _later[name] for name in ("cosine_similarity", "pearson_correlation", "concordance_correlation")},
}

# A name in snake case means the class; functions without a class (huber) have only theirs.
_registry = Registry(
    "metric",
    "keras.metrics",
    {
        **_by_name,
        **{to_snake_case(name): c for name, c in _classes.items()},
        **_classes,
        **{alias: _classes[name] for alias, name in ALIASES.items()},
        **{alias.upper(): _classes[name] for alias, name in ALIASES.items() if alias != "acc"},
    },
)
_functions = Registry("metric", "keras.metrics", _by_name)

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)


def get(identifier: Any) -> Any:
    """Return the metric that an identifier stands for.

    Args:
        identifier: A name such as `"mse"`, a configuration dictionary, a class, an instance, a
            function or `None`.

    Returns:
        A `Metric` or a function of `(y_true, y_pred)`; `None` for `None`.

    Raises:
        ValueError: The identifier is none of these, or an unknown name.

    Example:
    >>> from nncore import metrics
    >>> metrics.get("mse")
    <MeanSquaredError name=mean_squared_error>
    """
    return _registry.get(identifier)


def serialize(metric: Any) -> Any:
    """Return the configuration of a metric as plain data.

    Args:
        metric: A `Metric` or a function.

    Returns:
        A dictionary for `deserialize`.

    Example:
    >>> from nncore import metrics
    >>> metrics.serialize(metrics.Precision(top_k=3))["config"]["top_k"]
    3
    """
    return _registry.serialize(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the metric that a configuration describes.

    Args:
        config: What `serialize` returned, or a name.
        custom_objects: Your own classes and functions by name.

    Returns:
        A `Metric` or a function.

    Raises:
        ValueError: The configuration names something unknown.

    Example:
    >>> from nncore import metrics
    >>> metrics.deserialize(metrics.serialize(metrics.Precision(name="p")))
    <Precision name=p>
    """
    if isinstance(config, Mapping) and config.get("class_name") == "function":
        return _functions.deserialize(config, custom_objects)
    return _registry.deserialize(config, custom_objects)


def find_function(identifier: Any) -> Any:
    """Return the function that a name or a function's configuration stands for.

    Args:
        identifier: A name or what `serialize` returned for a function.

    Returns:
        The function.

    Raises:
        ValueError: No function has this name.
    """
    if isinstance(identifier, Mapping) and identifier.get("class_name") != "function":
        return deserialize(identifier)
    return _functions.deserialize(identifier)


def resolve(identifier: Any, y_true: Any, y_pred: Any, loss: Any = None) -> Metric:
    """Return the metric object that `compile` means by an identifier, ready for its data.

    Args:
        identifier: Whatever `get` takes. `"accuracy"`, `"acc"`, `"crossentropy"` and `"ce"`
            choose the binary, sparse or categorical one from the shapes.
        y_true: Anything with the targets' `shape`.
        y_pred: Anything with the predictions' `shape`.
        loss: The loss of this output; `"crossentropy"` takes over its `from_logits`.

    Returns:
        A `Metric`. One made from a name has that name; a function is wrapped in
        `MeanMetricWrapper` under its own name.

    Raises:
        ValueError: The identifier is unknown, or `None`.

    Example:
    >>> import numpy as np
    >>> from nncore import metrics
    >>> metrics.resolve("accuracy", np.zeros((8,)), np.zeros((8, 10)))
    <SparseCategoricalAccuracy name=accuracy>
    """
    if identifier is None:
        raise ValueError("Expected a metric. Received: None.")
    metric = _chosen_by_shape(identifier, y_true, y_pred, loss)
    if metric is None:
        metric = get(identifier)
    if not isinstance(metric, Metric):
        name = identifier if isinstance(identifier, str) else _name_of(metric)
        metric = MeanMetricWrapper(metric, name=name)
    elif isinstance(identifier, str):
        metric.name = identifier
    metric.build(tuple(y_true.shape), tuple(y_pred.shape))
    return metric


def _name_of(function: Any) -> str:
    name = getattr(function, "name", None) or getattr(function, "__name__", None)
    return str(name or to_snake_case(type(function).__name__))


def _chosen_by_shape(identifier: Any, y_true: Any, y_pred: Any, loss: Any) -> Metric | None:
    if not isinstance(identifier, str):
        return None
    kind = target_kind(y_true.shape, y_pred.shape)
    if identifier.lower() in ("accuracy", "acc"):
        by_kind: dict[str, type[Metric]] = {
            "binary": BinaryAccuracy,
            "sparse": SparseCategoricalAccuracy,
            "categorical": CategoricalAccuracy,
        }
        return by_kind[kind](name=identifier)
    if identifier.lower() in ("crossentropy", "ce"):
        from nncore.metrics.probabilistic import (
            BinaryCrossentropy,
            CategoricalCrossentropy,
            SparseCategoricalCrossentropy,
        )

        crossentropies: dict[str, Any] = {
            "binary": BinaryCrossentropy,
            "sparse": SparseCategoricalCrossentropy,
            "categorical": CategoricalCrossentropy,
        }
        made: Metric = crossentropies[kind](name=identifier, from_logits=bool(getattr(loss, "from_logits", False)))
        return made
    return None


__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "accuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "cosine_similarity",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

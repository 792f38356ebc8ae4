"""Losses: what training minimises, as classes, functions and names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nncore.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from nncore.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from nncore.losses.generalized import (
    CategoricalGeneralizedCrossEntropy,
    categorical_generalized_cross_entropy,
)
from nncore.losses.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from nncore.losses.loss import Loss, LossFunctionWrapper
from nncore.losses.metric_learning import Circle, circle
from nncore.losses.overlap import Dice, Tversky, dice, tversky
from nncore.losses.probabilistic import KLDivergence, Poisson, kl_divergence, poisson
from nncore.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from nncore.losses.temporal import CTC, ctc
from nncore.registry import Registry

CLASSES: tuple[type[Loss], ...] = (
    Loss,
    LossFunctionWrapper,
    CTC,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Circle,
    CosineSimilarity,
    Dice,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)
FUNCTIONS = (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    circle,
    cosine_similarity,
    ctc,
    dice,
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
    tversky,
)
ALIASES = {
    "bce": binary_crossentropy,
    "kld": kl_divergence,
    "mae": mean_absolute_error,
    "mape": mean_absolute_percentage_error,
    "mse": mean_squared_error,
    "msle": mean_squared_logarithmic_error,
}

_registry = Registry(
    "loss",
    "keras.losses",
    {
        **{f.__name__: f for f in FUNCTIONS},
        **ALIASES,
        **{name.upper(): f for name, f in ALIASES.items()},
        "huber_loss": huber,
        "logcosh": log_cosh,
        **{c.__name__: c for c in CLASSES},
    },
)


def get(identifier: Any) -> Any:
    """Return the loss that an identifier stands for.

    Args:
        identifier: A name such as `"mse"`, a configuration dictionary, a class, an instance, a
            function or `None`.

    Returns:
        A `Loss` or a function of `(y_true, y_pred)`; `None` for `None`.

    Raises:
        ValueError: The identifier is none of these, or an unknown name.

    Example:
    >>> from nncore import losses
    >>> losses.get("mse") is losses.mean_squared_error
    True
    """
    return _registry.get(identifier)


def serialize(loss: Any) -> Any:
    """Return the configuration of a loss as plain data.

    Args:
        loss: A `Loss` or a function.

    Returns:
        A dictionary for `deserialize`.

    Example:
    >>> from nncore import losses
    >>> losses.serialize(losses.Huber(delta=2.0))["config"]["delta"]
    2.0
    """
    return _registry.serialize(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the loss that a configuration describes.

    Args:
        name: What `serialize` returned, or a name.
        custom_objects: Your own classes and functions by name.

    Returns:
        A `Loss` or a function.

    Raises:
        ValueError: The configuration names something unknown.

    Example:
    >>> from nncore import losses
    >>> losses.deserialize(losses.serialize(losses.Huber(delta=2.0)))
    <Huber name=huber_loss>
    """
    return _registry.deserialize(name, custom_objects)


def resolve(identifier: Any, y_true: Any, y_pred: Any) -> Loss | None:
    """Return the loss object that `compile` means by an identifier.

    Args:
        identifier: Whatever `get` takes; `"crossentropy"` and `"ce"` choose the binary, sparse
            or categorical one from the shapes.
        y_true: Anything with the targets' `shape`.
        y_pred: Anything with the predictions' `shape`.

    Returns:
        A `Loss`; functions are wrapped in one that carries their name.

    Raises:
        ValueError: The identifier is unknown.

    Example:
    >>> import numpy as np
    >>> from nncore import losses
    >>> losses.resolve("crossentropy", np.zeros((8, 1)), np.zeros((8, 10))).fn.__name__
    'sparse_categorical_crossentropy'
    """
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        found: Any = {
            "binary": binary_crossentropy,
            "sparse": sparse_categorical_crossentropy,
            "categorical": categorical_crossentropy,
        }[target_kind(y_true.shape, y_pred.shape)]
    else:
        found = get(identifier)
    if found is None or isinstance(found, Loss):
        return found
    if isinstance(identifier, str):
        name = identifier
    else:
        name = getattr(found, "__name__", None) or type(found).__name__
    return LossFunctionWrapper(found, name=name)


def target_kind(true_shape: Any, pred_shape: Any) -> str:
    """Tell what kind of targets belongs to predictions of a shape.

    Args:
        true_shape: The targets' shape.
        pred_shape: The predictions' shape.

    Returns:
        `"binary"` for one prediction per sample, `"sparse"` for class numbers,
        `"categorical"` for one target per class.

    Example:
    >>> from nncore.losses import target_kind
    >>> target_kind((8, 1), (8, 1)), target_kind((8,), (8, 10)), target_kind((8, 10), (8, 10))
    ('binary', 'sparse', 'categorical')
    """
    last_true = true_shape[-1] if len(true_shape) else None
    last_pred = pred_shape[-1] if len(pred_shape) else None
    if last_pred == 1:
        return "binary"
    if len(true_shape) < len(pred_shape) or (last_true == 1 and (last_pred or 0) > 1):
        return "sparse"
    return "categorical"


__all__ = [
    "CTC",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

"""From what `compile` was given to loss and metric objects, once the shapes are known."""

from __future__ import annotations

from typing import Any

_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")


def target_kind(y_true: Any, y_pred: Any) -> str:
    """Tell from the shapes how targets are encoded.

    Returns:
        `"binary"` for one output unit, `"sparse"` for class numbers, else `"categorical"`.

    Example:

    >>> import numpy as np
    >>> target_kind(np.zeros(3), np.zeros((3, 10)))
    'sparse'
    """
    true_shape, pred_shape = tuple(y_true.shape), tuple(y_pred.shape)
    if pred_shape and pred_shape[-1] == 1:
        return "binary"
    if len(true_shape) < len(pred_shape) or (true_shape[-1:] == (1,) and pred_shape[-1] > 1):
        return "sparse"
    return "categorical"


def check_loss(identifier: Any) -> None:
    """Raise for an unknown loss while nothing has changed yet."""
    from nncore import losses

    if identifier is None or (isinstance(identifier, str) and identifier.lower() in _CROSSENTROPY):
        return
    losses.get(identifier)


def check_metric(identifier: Any) -> None:
    """Raise for an unknown metric while nothing has changed yet."""
    from nncore import metrics

    shortcuts = _ACCURACY + _CROSSENTROPY
    if identifier is None or (isinstance(identifier, str) and identifier.lower() in shortcuts):
        return
    metrics.get(identifier)


def get_loss(identifier: Any, y_true: Any, y_pred: Any) -> Any:
    """Make a `Loss` of a name, function or object.

    Args:
        identifier: Name, function of `(y_true, y_pred)`, config or `Loss`.
        y_true: Something with the targets' shape; `"crossentropy"` is chosen by it.
        y_pred: Something with the output's shape.

    Returns:
        A `Loss`.
    """
    from nncore import losses

    if isinstance(identifier, str) and identifier.lower() in _CROSSENTROPY:
        names = {
            "binary": "binary_crossentropy",
            "sparse": "sparse_categorical_crossentropy",
            "categorical": "categorical_crossentropy",
        }
        found = losses.get(names[target_kind(y_true, y_pred)])
    else:
        found = losses.get(identifier)
    if isinstance(found, losses.Loss):
        return found
    name = identifier if isinstance(identifier, str) else object_name(found)
    return losses.LossFunctionWrapper(found, name=name)


def get_metric(identifier: Any, y_true: Any, y_pred: Any) -> Any:
    """Make a `Metric` of a name, function or object.

    Args:
        identifier: Name, function of `(y_true, y_pred)`, config or `Metric`.
        y_true: Something with the targets' shape; `"accuracy"` is chosen by it.
        y_pred: Something with the output's shape.

    Returns:
        A `Metric`; one made of a name carries that name.
    """
    from nncore import metrics

    if isinstance(identifier, metrics.Metric):
        return identifier
    lowered = identifier.lower() if isinstance(identifier, str) else ""
    if lowered in _ACCURACY:
        classes = {
            "binary": metrics.BinaryAccuracy,
            "sparse": metrics.SparseCategoricalAccuracy,
            "categorical": metrics.CategoricalAccuracy,
        }
        return classes[target_kind(y_true, y_pred)](name=identifier)
    if lowered in _CROSSENTROPY:
        loss = get_loss(identifier, y_true, y_pred)
        return metrics.MeanMetricWrapper(loss.fn, name=identifier)
    found = metrics.get(identifier)
    name = identifier if isinstance(identifier, str) else object_name(found)
    if not isinstance(found, metrics.Metric):
        return metrics.MeanMetricWrapper(found, name=name)
    if isinstance(identifier, str):
        found.name = name
    return found


def object_name(value: Any) -> str:
    """The name of a function, class or object."""
    name = getattr(value, "name", None) or getattr(value, "__name__", None)
    return str(name or type(value).__name__)

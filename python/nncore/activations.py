"""Activation functions, by name or as functions of tensors.

Each is a function of ``nncore.ops``; this module gives them the names and arguments that layers take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nncore import ops
from nncore.ops import (
    celu,
    elu,
    exp,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    mish,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)
from nncore.registry import Registry

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

swish = silu
hard_swish = hard_silu


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """Rectified linear unit, with the options of ``layers.ReLU``.

    Args:
        x: Tensor.
        negative_slope: Slope below the threshold. Defaults to 0.
        max_value: Largest output. Defaults to none.
        threshold: Inputs below it are damped or cut. Defaults to 0.

    Returns:
        ``max_value`` where ``x >= max_value``, ``x`` where ``threshold <= x < max_value``, otherwise
        ``negative_slope * (x - threshold)``.

    Example:
        >>> import numpy as np
        >>> from nncore import activations
        >>> activations.relu(np.array([-2.0, 0.5, 8.0]), max_value=6.0).tolist()
        [0.0, 0.5, 6.0]
    """
    if threshold == 0.0:
        if max_value is None:
            return ops.relu(x) if negative_slope == 0.0 else ops.leaky_relu(x, negative_slope)
        if max_value == 6.0 and negative_slope == 0.0:
            return ops.relu6(x)
    kept = x if max_value is None else ops.minimum(x, max_value)
    below = ops.multiply(negative_slope, ops.subtract(x, threshold)) if negative_slope else ops.zeros_like(x)
    return ops.where(ops.greater_equal(x, threshold), kept, below)


def softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """Exponentials scaled to sum 1.

    Args:
        x: Tensor.
        axis: Axis, or axes, over which they sum to 1. Defaults to the last.

    Returns:
        Tensor like ``x``.

    Example:
        >>> import numpy as np
        >>> from nncore import activations
        >>> activations.softmax(np.array([1.0, 1.0])).tolist()
        [0.5, 0.5]
    """
    return ops.softmax(x, axis=axis)


def gelu(x: Any, approximate: bool = False) -> Any:
    """Gaussian error linear unit: ``x`` times the chance that a standard normal number is below it.

    Args:
        x: Tensor.
        approximate: Whether the approximation by tanh is used. Defaults to False.

    Returns:
        Tensor like ``x``.

    Example:
        >>> import numpy as np
        >>> from nncore import activations
        >>> activations.gelu(np.array([0.0])).tolist()
        [0.0]
    """
    return ops.gelu(x, approximate=approximate)


def exponential(x: Any) -> Any:
    """Exponential function.

    Args:
        x: Tensor.

    Returns:
        ``exp(x)``.

    Example:
        >>> import numpy as np
        >>> from nncore import activations
        >>> activations.exponential(np.array([0.0])).tolist()
        [1.0]
    """
    return exp(x)


def linear(x: Any) -> Any:
    """No activation: the input itself.

    Args:
        x: Tensor.

    Returns:
        ``x``.

    Example:
        >>> from nncore import activations
        >>> activations.linear(3)
        3
    """
    return x


_NAMES: dict[str, Any] = {
    name: value
    for name, value in list(globals().items())
    if name in __all__ and name not in ("get", "serialize", "deserialize")
}
REGISTRY = Registry("activation function", "keras.activations", _NAMES)


def get(identifier: Any) -> Callable[..., Any]:
    """Return the activation that an identifier stands for.

    Args:
        identifier: A name (``"relu"``), a function, a layer, or a configuration dictionary. None is ``linear``.

    Returns:
        A callable of one tensor.

    Raises:
        ValueError: If it is none of these, or an unknown name; the nearest names are told.

    Example:
        >>> from nncore import activations
        >>> activations.get(None) is activations.linear
        True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, dict) and identifier.get("class_name") not in (None, "function"):
        from nncore import serialization

        return serialization.deserialize_keras_object(identifier)  # type: ignore[no-any-return]
    return REGISTRY.get(identifier)  # type: ignore[no-any-return]


def serialize(activation: Any) -> Any:
    """Return the name of an activation of this module, or the configuration of another one.

    Args:
        activation: A function or a layer.

    Returns:
        A string or a dictionary that ``deserialize`` understands.

    Raises:
        ValueError: For a Python lambda.

    Example:
        >>> from nncore import activations
        >>> activations.serialize(activations.relu)
        'relu'
    """
    for name, function in _NAMES.items():
        if function is activation:
            return name
    from nncore import serialization

    return serialization.serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the activation that a configuration describes.

    Args:
        config: What ``serialize`` returned.
        custom_objects: The caller's own functions by name.

    Returns:
        The function or layer.
    """
    if isinstance(config, dict):
        from nncore import serialization

        return serialization.deserialize_keras_object(config, custom_objects)
    return REGISTRY.deserialize(config, custom_objects)

"""Initializers: how the first values of weights are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nncore.initializers.base import Initializer
from nncore.initializers.constant import Constant, Identity, Ones, Zeros
from nncore.initializers.orthogonal import Orthogonal
from nncore.initializers.random import RandomNormal, RandomUniform, TruncatedNormal
from nncore.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    compute_fans,
)
from nncore.initializers.stft import STFT
from nncore.registry import Registry, to_snake_case

_CLASSES: tuple[type[Initializer], ...] = (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    STFT,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
_NAMES: dict[str, Any] = {cls.__name__: cls for cls in _CLASSES}
_NAMES.update({to_snake_case(cls.__name__): cls for cls in _CLASSES})
_NAMES.update(
    IdentityInitializer=Identity,
    OrthogonalInitializer=Orthogonal,
    STFTInitializer=STFT,
    # Spellings of Keras 2 that books use.
    uniform=RandomUniform,
    normal=RandomNormal,
    one=Ones,
    zero=Zeros,
)

constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

REGISTRY = Registry("initializer", "keras.initializers", _NAMES)


def get(identifier: Any) -> Any:
    """Return the initializer that an identifier stands for.

    Args:
        identifier: A name (``"glorot_uniform"``), an ``Initializer``, its class, a configuration dictionary, any
            callable ``(shape, dtype=...)``, or an array of initial values. None gives None.

    Returns:
        A callable ``(shape, dtype=...)``, or None.

    Raises:
        ValueError: If it is none of these, or an unknown name; the nearest names are told.

    Example:
        >>> from nncore import initializers
        >>> initializers.get("ones")((2,)).tolist()
        [1.0, 1.0]
    """
    if isinstance(identifier, np.ndarray):
        return _FixedValues(identifier)
    return REGISTRY.get(identifier)


class _FixedValues:
    """Initializer that gives one array, whatever shape the weight asks for."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.values = values

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        return self.values if dtype is None else self.values.astype(dtype)


def serialize(initializer: Initializer | Callable[..., Any]) -> Any:
    """Return the configuration of an initializer as plain data.

    Args:
        initializer: An initializer, or a named function.

    Returns:
        A dictionary that ``deserialize`` understands.
    """
    from nncore import serialization

    return serialization.serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the initializer that a configuration describes.

    Args:
        config: What ``serialize`` returned, or a name.
        custom_objects: The caller's own classes and functions by name.

    Returns:
        The initializer.
    """
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "compute_fans",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

"""Helpers around training: one-hot labels, normalising, padding, seeds, custom objects by name."""

from __future__ import annotations

from nncore.serialization import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from nncore.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight
from nncore.utils.numerical import normalize, to_categorical
from nncore.utils.random_seed import set_random_seed
from nncore.utils.sequences import pad_sequences
from nncore.utils.session import clear_session

__all__ = [
    "CustomObjectScope",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

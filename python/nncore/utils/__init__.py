"""Helpers around training: data sets, one-hot labels, padding, seeds, pictures of models, custom objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncore.lazy import lazy_names

if TYPE_CHECKING:
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
    from nncore.training.data_adapter.py_dataset import PyDataset
    from nncore.training.data_adapter.py_dataset import PyDataset as Sequence
    from nncore.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight
    from nncore.utils.numerical import normalize, to_categorical
    from nncore.utils.random_seed import set_random_seed
    from nncore.utils.sequences import pad_sequences
    from nncore.utils.session import clear_session

# name -> module that defines it
_HOMES = {
    "CustomObjectScope": "nncore.serialization",
    "PyDataset": "nncore.training.data_adapter.py_dataset",
    "clear_session": "session",
    "custom_object_scope": "nncore.serialization",
    "deserialize_keras_object": "nncore.serialization",
    "get_custom_objects": "nncore.serialization",
    "get_registered_name": "nncore.serialization",
    "get_registered_object": "nncore.serialization",
    "normalize": "numerical",
    "pack_x_y_sample_weight": "nncore.training.unpack",
    "pad_sequences": "sequences",
    "register_keras_serializable": "nncore.serialization",
    "serialize_keras_object": "nncore.serialization",
    "set_random_seed": "random_seed",
    "to_categorical": "numerical",
    "unpack_x_y_sample_weight": "nncore.training.unpack",
}
# name -> another public name for the same
_ALIASES = {"Sequence": "PyDataset"}

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
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

_find = lazy_names(__name__, _HOMES)


def __getattr__(name: str) -> object:
    return _find(_ALIASES.get(name, name))


def __dir__() -> list[str]:
    return sorted(__all__)

"""Model files: save and load models and weights, in Keras's formats; register classes that files may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncore.lazy import lazy_names

if TYPE_CHECKING:
    from nncore.saving.errors import LoadError
    from nncore.saving.file_editor import KerasFileEditor
    from nncore.saving.model_files import load_model, save_model
    from nncore.saving.weight_files import load_weights, save_weights
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

__getattr__ = lazy_names(
    __name__,
    {
        "CustomObjectScope": "nncore.serialization",
        "KerasFileEditor": "file_editor",
        "LoadError": "errors",
        "custom_object_scope": "nncore.serialization",
        "deserialize_keras_object": "nncore.serialization",
        "get_custom_objects": "nncore.serialization",
        "get_registered_name": "nncore.serialization",
        "get_registered_object": "nncore.serialization",
        "load_model": "model_files",
        "load_weights": "weight_files",
        "register_keras_serializable": "nncore.serialization",
        "save_model": "model_files",
        "save_weights": "weight_files",
        "serialize_keras_object": "nncore.serialization",
    },
)

__all__ = [
    "CustomObjectScope",
    "KerasFileEditor",
    "LoadError",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]


def __dir__() -> list[str]:
    return sorted(__all__)

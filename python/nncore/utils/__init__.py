"""Helpers around training: data sets, one-hot labels, padding, seeds, pictures of models, custom objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncore.lazy import lazy_names

if TYPE_CHECKING:
    from nncore.ops import standardize_dtype
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
    from nncore.switches import (
        disable_interactive_logging,
        enable_interactive_logging,
        is_interactive_logging_enabled,
    )
    from nncore.training.data_adapter.py_dataset import PyDataset
    from nncore.training.data_adapter.py_dataset import PyDataset as Sequence
    from nncore.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight
    from nncore.utils.dataset import Dataset
    from nncore.utils.download import get_file
    from nncore.utils.drawing import Diagram, model_to_dot, plot_model
    from nncore.utils.feature_space import FeatureSpace
    from nncore.utils.folders import image_dataset_from_directory, text_dataset_from_directory
    from nncore.utils.images import array_to_img, img_to_array, load_img, save_img
    from nncore.utils.numerical import normalize, to_categorical
    from nncore.utils.progbar import Progbar
    from nncore.utils.random_seed import set_random_seed
    from nncore.utils.sequences import pad_sequences
    from nncore.utils.session import clear_session
    from nncore.utils.settings import Config
    from nncore.utils.splitting import split_dataset
    from nncore.utils.tensors import get_source_inputs, is_keras_tensor
    from nncore.utils.timeseries import timeseries_dataset_from_array

# name -> module that defines it
_HOMES = {
    "plot_model": "drawing",
    "model_to_dot": "drawing",
    "Diagram": "drawing",
    "is_interactive_logging_enabled": "nncore.switches",
    "enable_interactive_logging": "nncore.switches",
    "disable_interactive_logging": "nncore.switches",
    "Config": "settings",
    "CustomObjectScope": "nncore.serialization",
    "Dataset": "dataset",
    "Progbar": "progbar",
    "FeatureSpace": "feature_space",
    "PyDataset": "nncore.training.data_adapter.py_dataset",
    "array_to_img": "images",
    "clear_session": "session",
    "custom_object_scope": "nncore.serialization",
    "deserialize_keras_object": "nncore.serialization",
    "get_custom_objects": "nncore.serialization",
    "get_file": "download",
    "get_registered_name": "nncore.serialization",
    "get_registered_object": "nncore.serialization",
    "get_source_inputs": "tensors",
    "image_dataset_from_directory": "folders",
    "img_to_array": "images",
    "is_keras_tensor": "tensors",
    "load_img": "images",
    "normalize": "numerical",
    "pack_x_y_sample_weight": "nncore.training.unpack",
    "pad_sequences": "sequences",
    "register_keras_serializable": "nncore.serialization",
    "save_img": "images",
    "serialize_keras_object": "nncore.serialization",
    "set_random_seed": "random_seed",
    "split_dataset": "splitting",
    "standardize_dtype": "nncore.ops",
    "text_dataset_from_directory": "folders",
    "timeseries_dataset_from_array": "timeseries",
    "to_categorical": "numerical",
    "unpack_x_y_sample_weight": "nncore.training.unpack",
}
# name -> another public name for the same
_ALIASES = {"Sequence": "PyDataset"}

__all__ = [
    "Config",
    "CustomObjectScope",
    "Dataset",
    "Diagram",
    "FeatureSpace",
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

_find = lazy_names(__name__, _HOMES)


def __getattr__(name: str) -> object:
    return _find(_ALIASES.get(name, name))


def __dir__() -> list[str]:
    return sorted(__all__)

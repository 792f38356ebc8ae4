"""The names under which Keras has the data sets of `utils` as well."""

from __future__ import annotations

from nncore.preprocessing import image, sequence
from nncore.utils.folders import image_dataset_from_directory, text_dataset_from_directory
from nncore.utils.timeseries import timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]

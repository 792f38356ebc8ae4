"""Models as JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nncore.saving.archive import parse_json
from nncore.serialization import SharedObjects, deserialize_keras_object

__all__ = ["model_from_json"]


def model_from_json(json_string: str | bytes, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Make a model from what ``to_json`` gave, with new weights.

    Args:
        json_string: The text, of nncore or of Keras.
        custom_objects: Your own classes and functions by name. Defaults to None.

    Returns:
        The model; compiled if the one that was described is.

    Raises:
        ValueError: If the text is no JSON, or names something unknown.

    Example:
        >>> from nncore import layers, models
        >>> model = models.Sequential([layers.Input((3,)), layers.Dense(5), layers.Softmax()])
        >>> models.model_from_json(model.to_json()).count_params()
        20
    """
    with SharedObjects():
        return deserialize_keras_object(parse_json(json_string, "`json_string`"), custom_objects)

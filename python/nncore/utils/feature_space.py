"""FeatureSpace: columns of a table, each in its own way, as one array of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from nncore import layers, ops
from nncore.serialization import deserialize_keras_object, register_keras_serializable, serialize_keras_object

__all__ = ["Cross", "Feature", "FeatureSpace"]

_KINDS = (
    "float",
    "float_normalized",
    "float_rescaled",
    "float_discretized",
    "integer_categorical",
    "string_categorical",
    "integer_hashed",
    "string_hashed",
)


def _check_mode(mode: Any, modes: tuple[str, ...]) -> str:
    if mode not in modes:
        raise ValueError(
            f"Invalid value for argument `output_mode`. Expected one of {modes}. Received: output_mode={mode!r}"
        )
    return str(mode)


@register_keras_serializable("nncore")
class Feature:
    """How one column becomes numbers; `FeatureSpace` has methods that make them.

    Args:
        dtype: ``"float32"``, ``"int32"`` or ``"string"``.
        preprocessor: Layer that is applied to the column.
        output_mode: ``"float"``, ``"int"`` or ``"one_hot"``.
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        self.output_mode = _check_mode(output_mode, ("int", "one_hot", "float"))
        self.dtype = dtype
        self.preprocessor = deserialize_keras_object(preprocessor) if isinstance(preprocessor, dict) else preprocessor

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal feature."""
        preprocessor = serialize_keras_object(self.preprocessor)
        return {"dtype": self.dtype, "preprocessor": preprocessor, "output_mode": self.output_mode}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Feature:
        """Make a feature from ``get_config``'s dictionary."""
        return cls(**config)


@register_keras_serializable("nncore")
class Cross:
    """Several columns taken together: their values, hashed into one number.

    Args:
        feature_names: Names of the columns.
        crossing_dim: How many numbers there are.
        output_mode: ``"one_hot"`` or ``"int"``. Defaults to ``"one_hot"``.
    """

    def __init__(self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> None:
        self.output_mode = _check_mode(output_mode, ("int", "one_hot"))
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim

    @property
    def name(self) -> str:
        """The columns' names, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal cross."""
        return {
            "feature_names": list(self.feature_names),
            "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Cross:
        """Make a cross from ``get_config``'s dictionary."""
        return cls(**config)


@register_keras_serializable("nncore")
class FeatureSpace(layers.Layer):
    """Turns columns of numbers and words into one array, after it has seen data.

    Args:
        features: For each column its kind: ``"float"``, ``"float_normalized"``, ``"float_rescaled"``,
            ``"float_discretized"``, ``"integer_categorical"``, ``"string_categorical"``, ``"integer_hashed"`` or
            ``"string_hashed"``, or what the methods of these names return.
        output_mode: ``"concat"`` joins all into one array, ``"dict"`` gives a dictionary. Defaults to ``"concat"``.
        crosses: Tuples of names of columns that are taken together as well. Defaults to none.
        crossing_dim: Numbers per cross. Defaults to 32.
        hashing_dim: Numbers of hashed columns. Defaults to 32.
        num_discretization_bins: Bins of discretized columns. Defaults to 32.
        name: Name of the layer.

    Raises:
        ValueError: For unknown kinds, or crosses of unknown columns.

    Example:
        >>> import numpy as np
        >>> from nncore.utils import FeatureSpace
        >>> space = FeatureSpace({"age": "float_rescaled", "city": "string_categorical"})
        >>> data = {"age": np.array([30.0, 40.0]), "city": np.array(["Rome", "Oslo"])}
        >>> space.adapt(data)
        >>> space(data).shape
        (2, 4)
    """

    def __init__(
        self,
        features: dict[str, Any],
        output_mode: str = "concat",
        crosses: Sequence[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not features:
            raise ValueError("The `features` argument cannot be None or empty.")
        self.output_mode = _check_mode(output_mode, ("dict", "concat"))
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {key: self._standardize(key, value) for key, value in features.items()}
        self.crosses = [self._standardize_cross(cross) for cross in crosses or ()]
        self.preprocessors = {key: feature.preprocessor for key, feature in self.features.items()}
        self.crossers = {c.name: layers.HashedCrossing(c.crossing_dim, name=c.name) for c in self.crosses}
        self.one_hot_encoders: dict[str, Any] = {}
        self._adapted = False
        self._inputs: dict[str, Any] | None = None
        self._encoded: Any = None

    # -- kinds of features --

    @classmethod
    def cross(cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Columns taken together; see `Cross`."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column with a layer of one's own; see `Feature`."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        return Feature("float32", layers.Identity(name=_named(name)), "float")

    @classmethod
    def float_rescaled(cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None) -> Feature:
        """Numbers times a scale plus an offset."""
        return Feature("float32", layers.Rescaling(scale, offset, name=_named(name)), "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers with the data's mean 0 and variance 1."""
        return Feature("float32", layers.Normalization(axis=-1, name=_named(name)), "float")

    @classmethod
    def float_discretized(
        cls, num_bins: int, bin_boundaries: Any = None, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Numbers as bins of equally many of the data, or of given boundaries."""
        if bin_boundaries is not None:
            layer = layers.Discretization(bin_boundaries, name=_named(name))
        else:
            layer = layers.Discretization(num_bins=num_bins, name=_named(name))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Integers, of which each that the data have is a class."""
        layer = layers.IntegerLookup(max_tokens, num_oov_indices, name=_named(name))
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Words, of which each that the data have is a class."""
        layer = layers.StringLookup(max_tokens, num_oov_indices, name=_named(name))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Integers, hashed into classes."""
        return Feature("int32", layers.Hashing(num_bins, name=_named(name)), output_mode)

    @classmethod
    def string_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Words, hashed into classes."""
        return Feature("string", layers.Hashing(num_bins, name=_named(name)), output_mode)

    def _standardize(self, name: str, feature: Any) -> Feature:
        if isinstance(feature, dict):
            feature = deserialize_keras_object(feature)
        if isinstance(feature, Feature):
            return feature
        if feature not in _KINDS:
            raise ValueError(f"Invalid feature type: {feature!r} of {name!r}. Expected one of {_KINDS}, or a Feature.")
        sizes = {
            "float_discretized": (self.num_discretization_bins,),
            "integer_hashed": (self.hashing_dim,),
            "string_hashed": (self.hashing_dim,),
        }
        made: Feature = getattr(self, feature)(*sizes.get(feature, ()), name=name)
        return made

    def _standardize_cross(self, cross: Any) -> Cross:
        if isinstance(cross, dict):
            cross = deserialize_keras_object(cross)
        if not isinstance(cross, Cross):
            cross = Cross(cross, self.crossing_dim)
        unknown = [name for name in cross.feature_names if name not in self.features]
        if unknown:
            raise ValueError(
                "All features referenced in the `crosses` argument should be present in the `features` dict. "
                f"Received unknown features: {unknown}"
            )
        made: Cross = cross
        return made

    # -- data --

    def _adaptable(self) -> list[str]:
        found = []
        for name, layer in self.preprocessors.items():
            given = isinstance(layer, layers.Normalization) and layer.input_mean is not None
            if isinstance(layer, layers.Discretization) and layer.bin_boundaries is not None:
                given = True
            if hasattr(layer, "adapt") and not given:
                found.append(name)
        return found

    def adapt(self, dataset: Any) -> None:
        """Learn from data what the columns' layers need: vocabularies, means, boundaries.

        Args:
            dataset: Dictionary of arrays by column, or an iterable of such dictionaries (samples or batches), for
                example a ``Dataset``.

        Raises:
            ValueError: If it is neither, or lacks a column.
        """
        columns = _columns(dataset)
        missing = [name for name in self.features if name not in columns]
        if missing:
            raise ValueError(f"The data lack the features {missing}. Received: {sorted(columns)}")
        for name in self._adaptable():
            self.preprocessors[name].adapt(self._column(name, columns[name]))
        self._adapted = True
        self.built = True

    def _column(self, name: str, values: Any) -> Any:
        """A column as an array of its dtype, with an axis for what a sample has."""
        array = np.asarray(values)
        dtype = self.features[name].dtype
        if dtype != "string":
            array = array.astype(dtype)
        return array[:, None] if array.ndim == 1 else array

    def __call__(self, data: Any) -> Any:
        """Turn columns into numbers.

        Args:
            data: Dictionary of arrays by column (or of single values, for one sample).

        Returns:
            Array ``(samples, width)``, or a dictionary of arrays.

        Raises:
            ValueError: If it is no dictionary, or `adapt` has not been called.
        """
        if not isinstance(data, dict):
            raise ValueError(f"A FeatureSpace can only be called with a dict. Received: {type(data).__name__}")
        self._check_adapted()
        missing = [name for name in self.features if name not in data]
        if missing:
            raise ValueError(f"The data lack the features {missing}. Received: {sorted(data)}")
        single = all(np.ndim(data[name]) == 0 for name in self.features)
        columns = {name: np.reshape(data[name], (1,)) if single else data[name] for name in self.features}
        found = self._encode({name: self._column(name, values) for name, values in columns.items()})
        if not single:
            return found
        return found[0] if self.output_mode == "concat" else {name: value[0] for name, value in found.items()}

    def _encode(self, columns: dict[str, Any]) -> Any:
        made = {name: self.preprocessors[name](columns[name]) for name in sorted(columns)}
        crossed = {c.name: self.crossers[c.name]([made[n] for n in c.feature_names]) for c in self.crosses}
        modes = {name: feature.output_mode for name, feature in self.features.items()}
        modes.update((cross.name, cross.output_mode) for cross in self.crosses)
        found = {}
        for name, value in [*made.items(), *sorted(crossed.items())]:
            found[name] = self._one_hot(name, value) if modes[name] == "one_hot" else value
            if self.output_mode == "concat" and not str(found[name].dtype).startswith("float"):
                raise ValueError(
                    f"Cannot concatenate features because feature '{name}' has not been encoded (it has dtype "
                    f"{found[name].dtype}). Consider using `output_mode='dict'`."
                )
        return ops.concatenate(list(found.values()), axis=-1) if self.output_mode == "concat" else found

    def _one_hot(self, name: str, value: Any) -> Any:
        if name not in self.one_hot_encoders:
            layer = self.preprocessors.get(name) or self.crossers[name]
            if isinstance(layer, (layers.IntegerLookup, layers.StringLookup)):
                size = layer.vocabulary_size()
            elif isinstance(layer, layers.Discretization):
                size = len(layer.bin_boundaries or ()) + 1
            elif isinstance(layer, (layers.Hashing, layers.HashedCrossing)):
                size = layer.num_bins
            elif isinstance(layer, layers.CategoryEncoding):
                size = layer.num_tokens
            else:
                raise ValueError(
                    f"Feature '{name}' has `output_mode='one_hot'`. However it isn't a standard feature and the "
                    "dimensionality of its output space is not known, thus it cannot be one-hot encoded. "
                    "Try using `output_mode='int'`."
                )
            self.one_hot_encoders[name] = layers.CategoryEncoding(num_tokens=size, output_mode="multi_hot")
        return self.one_hot_encoders[name](value)

    def _check_adapted(self) -> None:
        if not self._adapted and self._adaptable():
            raise ValueError(
                "You need to call `.adapt(dataset)` on the FeatureSpace before you can start using it. "
                f"Features that learn from data: {self._adaptable()}"
            )
        self._adapted = True

    # -- parts of models --

    def get_inputs(self) -> dict[str, Any]:
        """Placeholders of the columns, for a model that takes raw numbers.

        Returns:
            Dictionary of placeholders ``(None, 1)``.

        Raises:
            ValueError: If a column holds words, which models don't take: encode the data before.
        """
        self._check_adapted()
        words = [name for name, feature in self.features.items() if feature.dtype == "string"]
        if words:
            raise ValueError(
                f"Models take numbers, and the features {words} are words. Encode the data before: "
                "`model.predict(feature_space(data))`."
            )
        if self._inputs is None:
            self._inputs = {
                name: layers.Input((1,), dtype=feature.dtype, name=name) for name, feature in self.features.items()
            }
        return self._inputs

    def get_encoded_features(self) -> Any:
        """Placeholders of what the call returns, for a model that takes encoded data.

        Returns:
            A placeholder, or a dictionary of them; computed from `get_inputs` where no column holds words.
        """
        self._check_adapted()
        if self._encoded is None:
            if any(feature.dtype == "string" for feature in self.features.values()):
                samples = {
                    name: np.zeros((1, 1), np.str_ if feature.dtype == "string" else feature.dtype)
                    for name, feature in self.features.items()
                }
                found = self._encode(samples)
                if self.output_mode == "concat":
                    self._encoded = layers.Input(found.shape[1:], dtype=str(found.dtype))
                else:
                    self._encoded = {n: layers.Input(v.shape[1:], dtype=str(v.dtype), name=n) for n, v in found.items()}
            else:
                self._encoded = self._encode(dict(self.get_inputs()))
        return self._encoded

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal space, without what it has learned."""
        return {
            "features": {name: serialize_keras_object(feature) for name, feature in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [serialize_keras_object(cross) for cross in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FeatureSpace:
        """Make a space from ``get_config``'s dictionary."""
        return cls(**config)


def _named(name: str | None) -> str | None:
    return None if name is None else f"{name}_preprocessor"


def _columns(dataset: Any) -> dict[str, Any]:
    """Whole columns, of a dictionary of arrays or an iterable of dictionaries."""
    if isinstance(dataset, dict):
        return dataset
    if not isinstance(dataset, Iterable) or isinstance(dataset, (str, bytes, np.ndarray)):
        raise ValueError(
            "`adapt()` can only be called on a dict of arrays/lists, or on an iterable of such dicts. "
            f"Received: {type(dataset).__name__}"
        )
    parts: dict[str, list[Any]] = {}
    for element in dataset:
        if not isinstance(element, dict):
            raise ValueError(
                "The elements that a FeatureSpace is adapted to must be dicts. "
                f"Received: {type(element).__name__}. Leave labels out: `dataset.map(lambda x, y: x)`."
            )
        for name, value in element.items():
            parts.setdefault(name, []).append(np.atleast_1d(value))
    return {name: np.concatenate(values) for name, values in parts.items()}

"""Layers that hash categories into a fixed number of bins."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config, ops
from nncore.layers.layer import Layer
from nncore.layers.preprocessing.category_encoding import (
    check_mode,
    encode_categories,
    encoded_shape,
    no_trace,
    refuse_sparse,
)
from nncore.layers.preprocessing.hashes import bucket, farm_fingerprint

__all__ = ["HashedCrossing", "Hashing", "check_salt"]


def check_salt(name: str, salt: Any) -> list[int] | None:
    """The two keys of a salt: a number stands for itself twice."""
    if salt is None:
        return None
    if isinstance(salt, int) and not isinstance(salt, bool):
        return [salt, salt]
    if isinstance(salt, (tuple, list)) and len(salt) == 2:
        return [int(s) for s in salt]
    raise ValueError(f"{name}: `salt` should be an integer or two of them. Received: salt={salt!r}.")


def _check_bins(name: str, num_bins: Any) -> int:
    if not isinstance(num_bins, (int, np.integer)) or num_bins < 1:
        raise ValueError(f"{name}: `num_bins` should be a positive integer. Received: num_bins={num_bins!r}.")
    return int(num_bins)


def _check_whole(name: str, dtype: str) -> None:
    if dtype not in ("int32", "int64"):
        raise ValueError(
            f"{name}: when `output_mode='int'`, `dtype` should be an integer type, 'int32' or 'int64'. "
            f"Received: dtype={dtype!r}."
        )


class Hashing(Layer):
    """Puts texts or whole numbers into bins by a hash: a vocabulary of a fixed size without any table.

    Args:
        num_bins: Number of bins; with ``mask_value`` the first one is its own.
        mask_value: Value that gets bin 0. Defaults to None: none does.
        salt: Integer, or two: the key of SipHash. Defaults to None: FarmHash's fingerprint, without a key.
        output_mode: ``"int"``: the bin's number; ``"one_hot"``, ``"multi_hot"``, ``"count"``: as ``CategoryEncoding``.
            Defaults to ``"int"``.
        sparse: Only False: there are no sparse tensors.
        kwargs: Arguments of ``Layer``. ``dtype`` is int64 by default, ``floatx`` where bins are encoded.

    Shapes: input of any shape, output the same with ``"int"``. It works on NumPy arrays, before a model.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> from nncore import layers
        >>> layers.Hashing(num_bins=3)([["A"], ["B"], ["C"], ["D"], ["E"]]).ravel().tolist()
        [1, 0, 1, 1, 2]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        mode = check_mode("Hashing", output_mode, ("int", "one_hot", "multi_hot", "count"))
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if mode == "int" else config.floatx()
        super().__init__(**kwargs)
        refuse_sparse("Hashing", sparse)
        if mode == "int":
            _check_whole("Hashing", self.compute_dtype)
        self.num_bins = _check_bins("Hashing", num_bins)
        self.mask_value = mask_value
        self.salt = check_salt("Hashing", salt)
        self.output_mode = mode
        self.sparse = sparse
        self.autocast = False
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The bins of ``inputs``."""
        no_trace(type(self).__name__, inputs, "texts and numbers in NumPy arrays")
        values = np.asarray(inputs)
        if values.dtype.kind == "f":
            values = values.astype("int64")
        masked = self.mask_value is not None and self.num_bins > 1
        bins = bucket(values, self.num_bins - masked, self.salt)
        if masked:
            bins = np.where(values == self.mask_value, 0, bins + 1)
        return encode_categories(bins, self.output_mode, self.num_bins, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, with the bins where they are encoded."""
        return encoded_shape(input_shape, self.output_mode, self.num_bins)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "num_bins": self.num_bins,
            "salt": self.salt,
            "mask_value": self.mask_value,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }


_KEY, _MUL, _ALL = 0xDECAFCAFFE, 0xC6A4A7935BD1E995, 2**64 - 1


def _joined(a: int, b: int) -> int:
    """The fingerprint of two fingerprints."""

    def mix(x: int) -> int:
        return x ^ x >> 47

    result = ((a ^ _MUL) ^ mix(b * _MUL & _ALL) * _MUL & _ALL) * _MUL & _ALL
    return mix(mix(result) * _MUL & _ALL)


class HashedCrossing(Layer):
    """Puts the combination of several features into bins by a hash.

    Args:
        num_bins: Number of bins.
        output_mode: ``"int"``: the bin's number; ``"one_hot"``: a row of zeros with a one. Defaults to ``"int"``.
        sparse: Only False: there are no sparse tensors.
        name: Name of the layer.
        dtype: dtype of the result. Defaults to None: int64, ``floatx`` for ``"one_hot"``.
        kwargs: Arguments of ``Layer``.

    Shapes: inputs, two or more, of one of the shapes ``()``, ``(B,)`` or ``(B, 1)``, output the same with ``"int"``.
    It works on NumPy arrays, before a model.

    Raises:
        ValueError: If an argument is out of range, or the inputs don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.HashedCrossing(num_bins=5)((["A", "B", "A"], np.array([101, 101, 102]))).tolist()
        [1, 4, 3]
    """

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        mode = check_mode("HashedCrossing", output_mode, ("int", "one_hot"))
        if dtype is None:
            dtype = "int64" if mode == "int" else config.floatx()
        super().__init__(name=name, dtype=dtype, **kwargs)
        refuse_sparse("HashedCrossing", sparse)
        if mode == "int":
            _check_whole("HashedCrossing", self.compute_dtype)
        self.num_bins = _check_bins("HashedCrossing", num_bins)
        self.output_mode = mode
        self.sparse = sparse
        self.autocast = False
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The bins of the combinations of ``inputs``."""
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ValueError(
                f'Layer "{self.name}": at least two inputs, in a list, were expected. Received: {inputs!r}.'
            )
        for x in inputs:
            no_trace(type(self).__name__, x, "texts and numbers in NumPy arrays")
        features = [np.asarray(x) for x in inputs]
        shape = features[0].shape
        if any(x.shape != shape for x in features) or len(shape) > 2 or (len(shape) == 2 and shape[1] != 1):
            raise ValueError(
                f'Layer "{self.name}": inputs of one shape, (), (batch,) or (batch, 1), were expected. '
                f"Received: {[x.shape for x in features]}."
            )
        if any(x.dtype.kind not in "iuUSO" for x in features):
            raise ValueError(
                f'Layer "{self.name}": inputs of whole numbers or texts were expected. '
                f"Received: {[str(x.dtype) for x in features]}."
            )
        bins = np.empty(shape, np.int64)
        for at in np.ndindex(*shape):
            mixed = _KEY
            for x in features:
                mixed = _joined(mixed, _fingerprint(x[at]))
            bins[at] = mixed % self.num_bins
        return encode_categories(ops.convert_to_tensor(bins), self.output_mode, self.num_bins, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of one input, with the bins where they are encoded."""
        return encoded_shape(tuple(input_shape[0]), self.output_mode, self.num_bins)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "num_bins": self.num_bins,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }


def _fingerprint(value: Any) -> int:
    if isinstance(value, (int, np.integer)):
        return int(value) & _ALL
    return farm_fingerprint(value if isinstance(value, bytes) else str(value).encode())

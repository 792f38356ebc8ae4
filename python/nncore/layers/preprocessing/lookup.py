"""IntegerLookup and StringLookup layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from nncore.ir import SymbolicTensor, trace_error
from nncore.layers.preprocessing.category_encoding import no_trace
from nncore.layers.preprocessing.index_lookup import IndexLookup

__all__ = ["IntegerLookup", "StringLookup"]


class IntegerLookup(IndexLookup):
    """Gives each whole number of a vocabulary a number from 0 on.

    Args:
        max_tokens: Largest size of the vocabulary that ``adapt`` finds, special tokens included. Defaults to None: any.
        num_oov_indices: How many numbers there are for tokens out of the vocabulary; with 0 they are an error (with
            traced inputs they get -1). Defaults to 1.
        mask_token: Token of padding, which gets 0 in ``"int"`` mode. Defaults to None: there is none.
        oov_token: What numbers without a token stand for with ``invert``. Defaults to -1.
        vocabulary: The tokens, or the path of a text file with one on each line. Defaults to None: found by ``adapt``.
        vocabulary_dtype: Only ``"int64"``.
        idf_weights: Inverse document frequencies of the vocabulary, for ``"tf_idf"``.
        invert: Look up tokens of numbers instead. Defaults to False.
        output_mode: ``"int"``, ``"one_hot"``, ``"multi_hot"``, ``"count"`` (as ``CategoryEncoding``) or ``"tf_idf"``
            (counts times inverse document frequencies). Defaults to ``"int"``.
        sparse: Only False: there are no sparse tensors.
        pad_to_max_tokens: Make rows as long as ``max_tokens``, whatever the vocabulary's size. Defaults to False.
        oov_method: How several numbers are shared out among tokens out of the vocabulary: ``"floormod"`` (the
            remainder) or ``"farmhash"``. Defaults to ``"floormod"``.
        salt: Integer, or two, to hash with SipHash. Defaults to None.
        name: Name of the layer.
        kwargs: Arguments of ``Layer``.

    Shapes: input of any shape, output the same with ``"int"``, of int64.

    Raises:
        ValueError: If arguments don't fit together, or a token is out of a vocabulary that has no number for it.

    Example:
        >>> from nncore import layers
        >>> layers.IntegerLookup(vocabulary=[12, 36, 1138])([[12, 1138], [1000, 36]]).tolist()
        [[1, 3], [0, 2]]
    """

    token_dtype = "int64"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        hidden = {key: kwargs.pop(key) for key in ("vocabulary_size", "has_input_vocabulary") if key in kwargs}
        super().__init__(name=name, **kwargs)
        if vocabulary_dtype != "int64":
            raise ValueError(
                "IntegerLookup: only `vocabulary_dtype='int64'` is supported. "
                f"Received: vocabulary_dtype={vocabulary_dtype!r}."
            )
        if salt is not None and oov_method != "farmhash":
            raise ValueError(
                f"IntegerLookup: `salt` can only be used when `oov_method='farmhash'`. Received: {oov_method!r}."
            )
        self.vocabulary_dtype = vocabulary_dtype
        self._set(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, sparse,
            pad_to_max_tokens, oov_method, salt, **hidden,
        )  # fmt: skip

    def _as_tokens(self, data: Any) -> Any:
        tokens = np.asarray(data)
        if tokens.dtype.kind in "US":  # the lines of a file
            tokens = tokens.astype("int64")
        if tokens.dtype.kind not in "iub" and not (tokens.dtype.kind == "f" and not (tokens % 1).any()):
            raise TypeError(
                f'Layer "{self.name}": whole numbers were expected. Received: an array of {tokens.dtype}, '
                f"shape={tokens.shape}."
            )
        return tokens.astype("int64")

    def call(self, inputs: Any) -> Any:
        """Look ``inputs`` up."""
        self._ready()
        if isinstance(inputs, SymbolicTensor):
            return self._encoded(self._traced(ops.cast(inputs, "int64")))
        tokens = self._as_tokens(inputs)
        return self._inverted(tokens) if self.invert else self._encoded(self._numbers(tokens))

    def _traced(self, tokens: Any) -> Any:
        """Numbers of tokens, by binary search in the sorted vocabulary."""
        if self.oov_method == "farmhash" and self.num_oov_indices > 1:
            raise trace_error(
                f"Layer '{self.name}' hashes tokens as texts, which can't be recorded.",
                "Call it on the data before `fit` and `predict`, or use oov_method='floormod'.",
            )
        start = self._token_start()
        if self.invert:
            table = np.append(self._inverted(np.arange(start + len(self._tokens))), np.int64(self.oov_token))
            inside = ops.logical_and(tokens >= 0, tokens < len(table) - 1)
            return ops.take(table, ops.where(inside, tokens, len(table) - 1))
        order = np.argsort(self._tokens, kind="stable")
        ranked = self._tokens[order]
        place = ops.minimum(ops.searchsorted(ranked, tokens), len(ranked) - 1)
        known = ops.take(ranked, place) == tokens
        if self.num_oov_indices > 1:
            unknown = ops.mod(tokens, self.num_oov_indices) + self._oov_start()
        else:
            unknown = np.asarray(self._oov_start() if self.num_oov_indices else -1, "int64")
        found = ops.where(known, ops.take(order + start, place), unknown)
        return found if self.mask_token is None else ops.where(tokens == self.mask_token, 0, found)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "vocabulary_dtype": self.vocabulary_dtype}


class StringLookup(IndexLookup):
    """Gives each text of a vocabulary a number.

    Args:
        max_tokens: Largest size of the vocabulary that ``adapt`` finds, special tokens included. Defaults to None: any.
        num_oov_indices: How many numbers there are for tokens out of the vocabulary, shared out by a hash; with 0 they
            are an error. Defaults to 1.
        mask_token: Token of padding, which gets 0 in ``"int"`` mode. Defaults to None: there is none.
        oov_token: What numbers without a token stand for with ``invert``. Defaults to ``"[UNK]"``.
        vocabulary: The tokens, or the path of a text file with one on each line. Defaults to None: found by ``adapt``.
        idf_weights: Inverse document frequencies of the vocabulary, for ``"tf_idf"``.
        invert: Look up tokens of numbers instead. Defaults to False.
        output_mode: ``"int"``, ``"one_hot"``, ``"multi_hot"``, ``"count"`` (as ``CategoryEncoding``) or ``"tf_idf"``
            (counts times inverse document frequencies). Defaults to ``"int"``.
        pad_to_max_tokens: Make rows as long as ``max_tokens``, whatever the vocabulary's size. Defaults to False.
        sparse: Only False: there are no sparse tensors.
        encoding: Encoding of bytes. Defaults to ``"utf-8"``.
        name: Name of the layer.
        salt: Integer, or two, to hash with SipHash. Defaults to None.
        kwargs: Arguments of ``Layer``.

    Shapes: input of any shape, output the same with ``"int"``, of int64. It works on NumPy arrays, before a model.

    Raises:
        ValueError: If arguments don't fit together, or a token is out of a vocabulary that has no number for it.

    Example:
        >>> from nncore import layers
        >>> layers.StringLookup(vocabulary=["a", "b", "c", "d"])([["a", "c", "d"], ["d", "z", "b"]]).tolist()
        [[1, 3, 4], [4, 0, 2]]
    """

    token_dtype = "string"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        hidden = {
            key: kwargs.pop(key) for key in ("vocabulary_size", "has_input_vocabulary", "oov_method") if key in kwargs
        }
        super().__init__(name=name, **kwargs)
        self.encoding = encoding
        self._set(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, sparse,
            pad_to_max_tokens, salt=salt, **hidden,
        )  # fmt: skip

    def _as_tokens(self, data: Any) -> Any:
        return as_texts(self.name, data, self.encoding)

    def call(self, inputs: Any) -> Any:
        """Look ``inputs`` up."""
        no_trace(type(self).__name__, inputs, "texts in NumPy arrays")
        self._ready()
        if self.invert:
            return self._inverted(np.asarray(inputs).astype("int64"))
        return self._encoded(self._numbers(self._as_tokens(inputs)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "encoding": self.encoding}


def as_texts(owner: str, data: Any, encoding: str) -> Any:
    """An array of str of anything like an array of texts.

    Args:
        owner: Name of the layer, for messages.
        data: Array or nested list of str or bytes.
        encoding: Encoding of bytes.

    Returns:
        NumPy array of dtype str.

    Raises:
        TypeError: If there is anything else in it, or rows differ in length.
    """
    try:
        texts = np.asarray(data)
    except ValueError as error:
        raise TypeError(
            f'Layer "{owner}": rows of one length were expected. Pad them first, or use TextVectorization.'
        ) from error
    if texts.dtype.kind == "S":
        return np.char.decode(texts, encoding)
    if texts.dtype.kind == "T" or (not texts.size and texts.dtype.kind != "U"):
        return texts.astype(str)
    if texts.dtype.kind == "O":
        flat = [t.decode(encoding) if isinstance(t, bytes) else t for t in texts.reshape(-1).tolist()]
        if all(isinstance(t, str) for t in flat):
            return np.array(flat, dtype=str).reshape(texts.shape)
    elif texts.dtype.kind == "U":
        return texts
    raise TypeError(
        f'Layer "{owner}": texts were expected (an array of str or bytes, without missing values). '
        f"Received: an array of {texts.dtype}, shape={texts.shape}."
    )

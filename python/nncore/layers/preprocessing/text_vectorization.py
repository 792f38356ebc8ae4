"""TextVectorization layer."""

from __future__ import annotations

import re
import string
from typing import Any, Self

import numpy as np

from nncore import ops
from nncore.layers.layer import Layer
from nncore.layers.preprocessing.category_encoding import check_mode, no_trace, refuse_sparse
from nncore.layers.preprocessing.discretization import batches_of
from nncore.layers.preprocessing.index_lookup import MODES
from nncore.layers.preprocessing.lookup import StringLookup, as_texts

__all__ = ["TextVectorization"]

_STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLITS = ("whitespace", "character")
_PUNCTUATION = re.compile(r"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']""")
_WORD = re.compile(r"[^ \t\n\r\f\v]+")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> Any:
    if value is None or callable(value) or value in allowed:
        return value
    raise ValueError(
        f"TextVectorization: `{name}` should be one of {allowed}, None, or a function. Received: {name}={value!r}."
    )


class TextVectorization(Layer):
    """Turns texts into numbers: standardises them, splits them into tokens, and looks these up.

    Args:
        max_tokens: Largest size of the vocabulary that ``adapt`` finds, padding and unknown tokens included. Defaults
            to None: any.
        standardize: ``"lower_and_strip_punctuation"``, ``"lower"``, ``"strip_punctuation"`` (of ASCII letters and
            signs), None, or a function of an array of texts. Defaults to the first.
        split: ``"whitespace"``, ``"character"``, None, or a function of an array of texts that returns a list of tokens
            for each. Defaults to ``"whitespace"``.
        ngrams: Longest sequences of tokens to make tokens of, or a tuple of the lengths wanted. Defaults to None: only
            the tokens themselves.
        output_mode: ``"int"``: a row of numbers for each text; ``"multi_hot"``, ``"count"``, ``"tf_idf"``,
            ``"one_hot"``: as ``StringLookup``. Defaults to ``"int"``.
        output_sequence_length: Length of the rows, cut or padded with 0, in ``"int"`` mode. Defaults to None: that of
            the longest text.
        pad_to_max_tokens: Make encoded rows as long as ``max_tokens``. Defaults to False.
        vocabulary: The tokens, or the path of a text file with one on each line. Defaults to None: found by ``adapt``.
        idf_weights: Inverse document frequencies of the vocabulary, for ``"tf_idf"``.
        sparse: Only False: there are no sparse tensors.
        ragged: Only False: there are no ragged tensors.
        encoding: Encoding of bytes. Defaults to ``"utf-8"``.
        name: Name of the layer.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B,)`` or ``(B, 1)``, output ``(B, length)`` of int64 in ``"int"`` mode: 0 is padding and 1 an
    unknown token. It works on NumPy arrays, before a model.

    Raises:
        ValueError: If arguments don't fit together.

    Example:
        >>> from nncore import layers
        >>> layer = layers.TextVectorization(output_sequence_length=4, vocabulary=["earth", "wind", "and", "fire"])
        >>> layer(["Earth, wind!", "and water"]).tolist()
        [[2, 3, 0, 0], [4, 1, 0, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        hidden = {key: kwargs.pop(key) for key in ("vocabulary_size", "has_input_vocabulary") if key in kwargs}
        super().__init__(name=name, **kwargs)
        refuse_sparse("TextVectorization", ragged, "ragged")
        refuse_sparse("TextVectorization", sparse)
        mode = check_mode("TextVectorization", output_mode, MODES)
        whole = isinstance(ngrams, int) or (isinstance(ngrams, tuple) and all(isinstance(n, int) for n in ngrams))
        if ngrams is not None and not whole:
            raise ValueError(f"`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams={ngrams}")
        if output_sequence_length is not None and (mode != "int" or not isinstance(output_sequence_length, int)):
            raise ValueError(
                "TextVectorization: `output_sequence_length` should be None, or an integer with `output_mode='int'`. "
                f"Received: output_sequence_length={output_sequence_length!r}, output_mode={output_mode!r}."
            )
        self._standardize = _check_choice("standardize", standardize, _STANDARDS)
        self._split = _check_choice("split", split, _SPLITS)
        self._ngrams = ngrams
        self._output_mode = mode
        self._output_sequence_length = output_sequence_length
        self._encoding = encoding
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=mode,
            encoding=encoding,
            dtype=self.compute_dtype,
            **hidden,
        )
        self.autocast = False
        self.built = True

    # --- from texts to tokens ---

    def _tokens(self, inputs: Any) -> Any:
        """A list of tokens for each text (an array of them if texts are not split)."""
        texts = as_texts(self.name, inputs, self._encoding)
        if callable(self._standardize):
            texts = as_texts(self.name, self._standardize(texts), self._encoding)
        elif self._standardize is not None:
            texts = self._standardized(texts, self._standardize)
        if self._split is None:
            return texts if self._ngrams is None else [self._joined(row) for row in np.atleast_2d(texts).tolist()]
        if texts.ndim > 1:
            if texts.shape[-1] != 1:
                raise ValueError(
                    f'Layer "{self.name}": when using `TextVectorization` to tokenize strings, the input rank must be '
                    f"1 or the last shape dimension must be 1. Received: inputs.shape={texts.shape}."
                )
            texts = texts[..., 0]
        if callable(self._split):
            rows = [as_texts(self.name, row, self._encoding).reshape(-1).tolist() for row in self._split(texts)]
        else:
            words = _WORD.findall if self._split == "whitespace" else list
            rows = [words(text) for text in texts.reshape(-1).tolist()]
        return rows if self._ngrams is None else [self._joined(row) for row in rows]

    @staticmethod
    def _standardized(texts: Any, how: str) -> Any:
        flat = texts.reshape(-1).tolist()
        if how != "strip_punctuation":
            flat = [text.translate(_LOWER) for text in flat]
        if how != "lower":
            flat = [_PUNCTUATION.sub("", text) for text in flat]
        return np.array(flat, dtype=str).reshape(texts.shape)

    def _joined(self, tokens: list[str]) -> list[str]:
        """Sequences of tokens, the lengths one after the other."""
        lengths = range(1, self._ngrams + 1) if isinstance(self._ngrams, int) else self._ngrams
        return [" ".join(tokens[i : i + n]) for n in lengths for i in range(len(tokens) - n + 1)]

    # --- the vocabulary ---

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Find the vocabulary in texts, the most frequent tokens first; what was found before is forgotten.

        Args:
            data: Array or list of texts, or an iterable of batches of them.
            batch_size: Accepted as in Keras; texts are counted one by one.
            steps: Most batches to take of an iterable. Defaults to None: all.

        Raises:
            ValueError: If the vocabulary was given.
        """
        del batch_size
        self.reset_state()
        for batch in batches_of(data, steps, (np.ndarray, list, tuple)):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch of texts; ``finalize_state`` follows the last one."""
        tokens = self._tokens(data)
        if isinstance(tokens, np.ndarray):
            tokens = tokens.reshape(len(tokens), -1) if tokens.ndim else tokens.reshape(1, 1)
        self._lookup_layer.count_documents(tokens)

    def finalize_state(self) -> None:
        """Make the vocabulary of what was counted."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: Whether padding and the unknown token come first. Defaults to True.

        Returns:
            List of tokens.
        """
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """Number of tokens, the special ones included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Give the vocabulary instead of finding it in texts.

        Args:
            vocabulary: Tokens, each once, or the path of a text file with a token on each line.
            idf_weights: Inverse document frequency of each token, for ``"tf_idf"``.
        """
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    # --- calling ---

    def call(self, inputs: Any) -> Any:
        """Vectorise ``inputs``."""
        no_trace(type(self).__name__, inputs, "texts in NumPy arrays")
        lookup = self._lookup_layer
        lookup._ready()
        tokens = self._tokens(inputs)
        if isinstance(tokens, np.ndarray):
            numbers = lookup._numbers(tokens)
            length = self._output_sequence_length
            if length is not None:
                numbers = numbers[..., :length]
                room = [(0, 0)] * (numbers.ndim - 1) + [(0, length - numbers.shape[-1])]
                numbers = np.pad(numbers, room)
            return lookup._encoded(numbers)
        rows = [lookup._numbers(np.array(row, dtype=str)) for row in tokens]
        if self._output_mode in ("int", "one_hot"):
            y = self._padded(rows)
        else:
            y = np.stack([np.asarray(lookup._encoded(row)) for row in rows]) if rows else np.zeros((0, lookup._depth()))
        return y[0] if not np.shape(inputs) else y

    def _padded(self, rows: list[Any]) -> Any:
        length = self._output_sequence_length
        if length is None:
            length = max(map(len, rows), default=0)
        fill = 0 if self._output_mode == "int" else -1
        numbers = np.full((len(rows), length), fill, np.int64)
        for out, row in zip(numbers, rows, strict=True):
            out[: min(len(row), length)] = row[:length]
        if self._output_mode == "int":
            return numbers
        # -1 gives a row of zeros.
        return ops.one_hot(numbers, self._lookup_layer._depth() or 0, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output for texts of a shape."""
        if self._output_mode == "int":
            return (*tuple(input_shape)[:1], self._output_sequence_length)
        shape = tuple(input_shape)
        if self._split is not None:
            shape = (*(shape[:-1] if len(shape) > 1 else shape), None)
        elif len(shape) < 2:
            shape = (*shape, 1)
        return self._lookup_layer.compute_output_shape(shape)

    # --- files ---

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer. A vocabulary that was found in data is kept in the model's file."""
        from nncore import serialization

        inner = self._lookup_layer.get_config()
        return {
            **super().get_config(),
            "max_tokens": inner["max_tokens"],
            "standardize": serialization.serialize_keras_object(self._standardize),
            "split": serialization.serialize_keras_object(self._split),
            "ngrams": self._ngrams,
            "output_mode": self._output_mode,
            "output_sequence_length": self._output_sequence_length,
            "pad_to_max_tokens": inner["pad_to_max_tokens"],
            "sparse": False,
            "ragged": False,
            "vocabulary": inner["vocabulary"],
            "idf_weights": inner["idf_weights"],
            "encoding": self._encoding,
            "vocabulary_size": inner["vocabulary_size"],
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from ``get_config``'s dictionary, which may not name other files."""
        from nncore import serialization

        config = dict(config)
        if isinstance(config.get("vocabulary"), str):
            StringLookup.from_config({"vocabulary": config["vocabulary"]})
        for key in ("standardize", "split"):
            if not isinstance(config.get(key), str) and config.get(key) is not None:
                config[key] = serialization.deserialize_keras_object(config[key])
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return super().from_config(config)

    def save_own_variables(self, store: Any) -> None:
        """Store the document frequencies, where there are any."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Take the document frequencies from a store."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary, unless the configuration has it."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: str) -> None:
        """Read the vocabulary, unless the configuration has it."""
        self._lookup_layer.load_assets(dir_path)

"""Lookup of categories in a vocabulary: what IntegerLookup and StringLookup share."""

from __future__ import annotations

import collections
import math
import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from nncore import ops
from nncore.layers.layer import Layer
from nncore.layers.preprocessing.category_encoding import check_mode, encode_categories, encoded_shape, refuse_sparse
from nncore.layers.preprocessing.discretization import batches_of
from nncore.layers.preprocessing.hashes import bucket
from nncore.layers.preprocessing.hashing import check_salt

__all__ = ["IndexLookup"]

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


class IndexLookup(Layer):
    """Gives each token of a vocabulary its number; a subclass says what tokens are.

    Numbers begin with the mask token (in ``"int"`` mode, if there is one), then come the numbers of tokens that are not
    in the vocabulary, then the vocabulary.
    """

    token_dtype = ""

    def _set(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        oov_method: str = "floormod",
        salt: Any = None,
        vocabulary_size: int | None = None,
        has_input_vocabulary: bool | None = None,
    ) -> None:
        cls = type(self).__name__
        if max_tokens is not None and max_tokens <= 1:
            raise ValueError(f"{cls}: if `max_tokens` is set, it must be greater than 1. Received: {max_tokens}.")
        if not isinstance(num_oov_indices, int) or num_oov_indices < 0:
            raise ValueError(f"{cls}: `num_oov_indices` must be >= 0. Received: num_oov_indices={num_oov_indices!r}.")
        refuse_sparse(cls, sparse)
        self.output_mode = check_mode(cls, output_mode, MODES)
        if invert and self.output_mode != "int":
            raise ValueError(f"{cls}: `output_mode` must be 'int' when `invert` is true. Received: {output_mode!r}.")
        if idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError(
                f"{cls}: `idf_weights` should only be set if `output_mode` is 'tf_idf'. Received: {output_mode!r}."
            )
        if oov_method not in ("floormod", "farmhash"):
            raise ValueError(f"{cls}: `oov_method` should be 'floormod' or 'farmhash'. Received: {oov_method!r}.")
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"{cls}: `pad_to_max_tokens` needs `max_tokens`. Received: max_tokens=None.")
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.sparse, self.pad_to_max_tokens = invert, sparse, pad_to_max_tokens
        self.oov_method, self.salt = oov_method, check_salt(cls, salt)
        self.input_vocabulary = None if vocabulary is None or isinstance(vocabulary, str) else list(vocabulary)
        self.input_idf_weights = None if idf_weights is None else np.asarray(idf_weights).tolist()
        fixed = vocabulary is not None if has_input_vocabulary is None else has_input_vocabulary
        self._has_input_vocabulary = fixed
        self._frozen_size = vocabulary_size
        self._tokens: Any = None  # of the vocabulary, without special ones
        self._places: dict[Any, int] = {}
        self._idf: Any = None
        self._forget_counts()
        self.autocast = False
        self.built = True
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # --- what subclasses say ---

    def _as_tokens(self, data: Any) -> Any:
        """Data as an array of tokens."""
        raise AssertionError("written by the subclass")

    # --- the vocabulary ---

    def _oov_start(self) -> int:
        return int(self.mask_token is not None and self.output_mode == "int")

    def _token_start(self) -> int:
        return self._oov_start() + self.num_oov_indices

    def _special(self) -> list[Any]:
        return [self.mask_token] * self._oov_start() + [self.oov_token] * self.num_oov_indices

    def vocabulary_size(self) -> int:
        """Number of tokens, the special ones included."""
        return self._token_start() + (0 if self._tokens is None else len(self._tokens))

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: Whether mask token and out-of-vocabulary tokens come first. Defaults to True.

        Returns:
            List of tokens.
        """
        tokens = [] if self._tokens is None else self._tokens.tolist()
        return [*self._special(), *tokens] if include_special_tokens else tokens

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Give the vocabulary instead of finding it in data.

        Args:
            vocabulary: Tokens, each once, with the special ones in front or without any; or the path of a text file
                with a token on each line.
            idf_weights: Inverse document frequency of each token, for ``"tf_idf"``.

        Raises:
            ValueError: If tokens are repeated, there are too many, or the weights don't fit.
        """
        if (idf_weights is None) == (self.output_mode == "tf_idf"):
            raise ValueError(
                f"Layer \"{self.name}\": `idf_weights` should be set if, and only if, `output_mode` is 'tf_idf'. "
                f"Received: output_mode={self.output_mode!r}, idf_weights={idf_weights}."
            )
        if isinstance(vocabulary, (str, os.PathLike)):
            vocabulary = self._from_file(vocabulary)
        given = self._as_tokens(vocabulary).reshape(-1)
        special = self._special()
        with_special = bool(special) and given[: len(special)].tolist() == special
        tokens = given[len(special) :] if with_special else given
        self._check_tokens(tokens, special)
        weights = None
        if idf_weights is not None:
            weights = self._checked_weights(np.asarray(idf_weights, "float64"), len(given), with_special)
        self._take(tokens, weights)

    def _from_file(self, path: Any) -> list[Any]:
        if not os.path.isfile(path):
            raise ValueError(f'Layer "{self.name}": vocabulary file {os.fspath(path)} does not exist.')
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _check_tokens(self, tokens: Any, special: Sequence[Any]) -> None:
        where = f'Layer "{self.name}"'
        if not tokens.size:
            raise ValueError(f"{where}: cannot set an empty vocabulary. Received: {tokens.tolist()}.")
        repeated = [token for token, count in collections.Counter(tokens.tolist()).items() if count > 1]
        if repeated:
            raise ValueError(f"{where}: the passed vocabulary has at least one repeated term: {repeated}.")
        reserved = [self.mask_token] + ([self.oov_token] if self.invert else [])
        found = [token for token in reserved if token is not None and token in tokens.tolist()]
        if found:
            raise ValueError(
                f"{where}: found reserved tokens {found} at an unexpected location in `vocabulary`. Leave mask and "
                f"OOV tokens out, or put them at the start in precisely this order: {list(special)}."
            )
        if self.max_tokens is not None and self._token_start() + len(tokens) > self.max_tokens:
            raise ValueError(
                f"{where}: attempted to set a vocabulary larger than the maximum vocab size. Received: "
                f"{self._token_start() + len(tokens)} tokens, max_tokens={self.max_tokens}."
            )

    def _checked_weights(self, weights: Any, count: int, with_special: bool) -> Any:
        if weights.shape != (count,):
            raise ValueError(
                f'Layer "{self.name}": `idf_weights` must be the same length as vocabulary. '
                f"Received: {weights.shape} for {count} tokens."
            )
        # Tokens out of the vocabulary have no frequency of their own.
        return weights if with_special else np.pad(weights, (self._token_start(), 0), constant_values=weights.mean())

    def _take(self, tokens: Any, weights: Any) -> None:
        """Use a vocabulary from now on."""
        size = self._token_start() + len(tokens)
        counted = self.output_mode != "int" and not self.pad_to_max_tokens
        if counted and self._frozen_size is not None and size != self._frozen_size:
            raise RuntimeError(
                f'Layer "{self.name}": when using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, the '
                f"vocabulary size cannot be changed after the layer is called. Old vocab size is {self._frozen_size}, "
                f"new vocab size is {size}."
            )
        self._tokens, self._frozen_size = tokens, size
        self._places = {token: i for i, token in enumerate(tokens.tolist(), self._token_start())}
        if weights is not None:
            if self.pad_to_max_tokens and self.max_tokens is not None:
                weights = np.pad(weights, (0, self.max_tokens - len(weights)))
            self._idf = weights.astype(self.compute_dtype)

    # --- adapt ---

    def _forget_counts(self) -> None:
        self._counts: collections.Counter[Any] = collections.Counter()
        self._documents: collections.Counter[Any] = collections.Counter()
        self._document_count = 0

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Find the vocabulary in data, the most frequent tokens first; what was found before is forgotten.

        Args:
            data: Array or list of tokens (each element of one dimension, or each row, is a document), or an iterable of
                such batches.
            steps: Most batches to take of an iterable. Defaults to None: all.

        Raises:
            ValueError: If the vocabulary was given.
        """
        self.reset_state()
        for batch in batches_of(data, steps, (np.ndarray, list, tuple)):
            tokens = self._as_tokens(batch)
            whole = batch is data
            self.update_state(tokens.reshape(-1, 1) if whole and tokens.ndim == 1 else tokens)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch; ``finalize_state`` follows the last one."""
        tokens = self._as_tokens(data)
        self.count_documents(tokens.reshape(1, -1) if tokens.ndim < 2 else tokens.reshape(len(tokens), -1))

    def count_documents(self, documents: Any) -> None:
        """Count the tokens of documents.

        Args:
            documents: Iterable of arrays or lists of tokens.
        """
        if self._has_input_vocabulary:
            raise ValueError(
                f"Cannot adapt layer '{self.name}' after setting a static vocabulary via `vocabulary` argument or "
                "`set_vocabulary()` method."
            )
        for document in documents:
            tokens = document.tolist() if isinstance(document, np.ndarray) else document
            self._counts.update(tokens)
            if self.output_mode == "tf_idf":
                self._documents.update(set(tokens))
                self._document_count += 1

    def finalize_state(self) -> None:
        """Make the vocabulary of what was counted."""
        if self._has_input_vocabulary or not self._counts:
            return
        for special in (self.mask_token, self.oov_token):
            self._counts.pop(special, None)
        # Equally frequent tokens are in descending order.
        ranked = sorted(self._counts, key=lambda token: (self._counts[token], token), reverse=True)
        if self.max_tokens is not None:
            ranked = ranked[: self.max_tokens - self._token_start()]
        weights = None
        if self.output_mode == "tf_idf":
            own = [math.log(1 + self._document_count / (1 + self._documents[token])) for token in ranked]
            weights = np.array([float(np.mean(own))] * self._token_start() + own)
        self._take(self._as_tokens(ranked).reshape(-1), weights)
        self._forget_counts()

    def reset_state(self) -> None:
        """Forget what was counted."""
        if not self._has_input_vocabulary:
            self._forget_counts()

    # --- lookup ---

    def _depth(self) -> int | None:
        return self.max_tokens if self.pad_to_max_tokens else self._frozen_size

    def _numbers(self, tokens: Any) -> Any:
        """The number of each token of an array."""
        out = np.empty(tokens.shape, np.int64)
        places = self._places
        flat = tokens.reshape(-1)
        found = out.reshape(-1)
        missing = []
        for i, token in enumerate(flat.tolist()):
            place = places.get(token, -1)
            found[i] = place
            if place < 0:
                if self.mask_token is not None and token == self.mask_token:
                    found[i] = 0
                else:
                    missing.append(i)
        if missing:
            found[missing] = self._unknown(flat[missing])
        return out

    def _unknown(self, tokens: Any) -> Any:
        """The numbers of tokens that are not in the vocabulary."""
        if not self.num_oov_indices:
            raise ValueError(
                f'Layer "{self.name}": when `num_oov_indices=0` all inputs should be in vocabulary, found OOV values '
                f"{tokens[:10].tolist()}, consider setting `num_oov_indices=1`."
            )
        if self.num_oov_indices == 1:
            return np.full(tokens.shape, self._oov_start())
        if tokens.dtype.kind == "i" and self.oov_method != "farmhash":
            return np.mod(tokens, self.num_oov_indices) + self._oov_start()
        return bucket(tokens, self.num_oov_indices, self.salt) + self._oov_start()

    def _inverted(self, numbers: Any) -> Any:
        """The tokens of numbers."""
        table = self._as_tokens(
            [self.oov_token if token is None else token for token in (*self._special(), *(self._tokens.tolist()))]
            + [self.oov_token]
        )
        last = len(table) - 1
        return table[np.where((numbers >= 0) & (numbers < last), numbers, last)]

    def _ready(self) -> None:
        if self._tokens is None:
            raise RuntimeError(
                f'Layer "{self.name}": you must set the layer\'s vocabulary before calling it. Either pass a '
                "`vocabulary` argument to the layer, or call `adapt` with some sample data."
            )

    def _encoded(self, numbers: Any) -> Any:
        """Numbers as the output mode says."""
        if self.output_mode == "int":
            return ops.cast(numbers, "int64")
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        depth = self._depth()
        assert depth is not None
        y = encode_categories(numbers, mode, depth, self.compute_dtype)
        return y if self.output_mode != "tf_idf" else y * self._idf

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, with the vocabulary where tokens are encoded."""
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        return encoded_shape(input_shape, mode, self._depth())

    # --- files ---

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer. A vocabulary that was found in data is kept in the model's file."""
        return {
            **super().get_config(),
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "idf_weights": self.input_idf_weights,
            "vocabulary": None if self.input_vocabulary is None else self._as_tokens(self.input_vocabulary).tolist(),
            "vocabulary_size": self._frozen_size,
            "oov_method": self.oov_method,
            "salt": self.salt,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from ``get_config``'s dictionary, which may not name other files."""
        if isinstance(config.get("vocabulary"), str):
            raise ValueError(
                f"{cls.__name__}: a configuration can't name a vocabulary file, which would be read on loading. "
                f"Received: vocabulary={config['vocabulary']!r}. Load the model and call `set_vocabulary(path)`."
            )
        return super().from_config(config)

    def save_own_variables(self, store: Any) -> None:
        """Store the document frequencies, where there are any."""
        if self.output_mode == "tf_idf" and self._idf is not None:
            store["idf_weights"] = self._idf

    def load_own_variables(self, store: Any) -> None:
        """Take the document frequencies from a store."""
        if self.output_mode == "tf_idf":
            self._idf = np.asarray(store["idf_weights"]).astype(self.compute_dtype)

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary, unless the configuration has it."""
        if self.input_vocabulary is None and self._tokens is not None:
            with open(os.path.join(dir_path, "vocabulary.txt"), "w", encoding="utf-8", newline="\n") as file:
                file.write("\n".join(str(token) for token in self.get_vocabulary()))

    def load_assets(self, dir_path: str) -> None:
        """Read the vocabulary, unless the configuration has it."""
        path = os.path.join(dir_path, "vocabulary.txt")
        if self.input_vocabulary is None and os.path.isfile(path):
            lines = self._from_file(path)
            self._take(self._as_tokens(lines[self._token_start() :]).reshape(-1), None)

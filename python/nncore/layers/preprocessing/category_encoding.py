"""CategoryEncoding layer, and what all layers of categories share."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from nncore.ir import SymbolicTensor, trace_error
from nncore.layers.layer import Layer

__all__ = ["CategoryEncoding", "check_mode", "encode_categories", "encoded_shape", "no_trace", "refuse_sparse"]

_OLD_NAMES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def check_mode(name: str, output_mode: Any, allowed: tuple[str, ...]) -> str:
    """The output mode by its present name.

    Args:
        name: What the message should call the caller.
        output_mode: The argument.
        allowed: The modes there are.

    Returns:
        One of ``allowed``.

    Raises:
        ValueError: For anything else.
    """
    mode = _OLD_NAMES.get(output_mode, output_mode) if isinstance(output_mode, str) else output_mode
    if mode not in allowed:
        raise ValueError(f"{name}: `output_mode` should be one of {allowed}. Received: output_mode={output_mode!r}.")
    return str(mode)


def refuse_sparse(name: str, sparse: Any, what: str = "sparse") -> None:
    """Raise for ``sparse=True``: there are no such tensors."""
    if sparse:
        raise ValueError(f"{name}: only dense tensors exist in nncore. Received: {what}={sparse}.")


def no_trace(name: str, inputs: Any, what: str) -> None:
    """Raise for symbolic inputs: the work is done on NumPy arrays."""
    if isinstance(inputs, SymbolicTensor):
        raise trace_error(
            f"{name} works on {what}, outside of compiled functions and models.",
            "Call it on the data before `fit` and `predict`.",
        )


def encode_categories(indices: Any, output_mode: str, depth: int, dtype: str, weights: Any = None) -> Any:
    """Encode class numbers.

    Args:
        indices: Whole numbers in [0, depth).
        output_mode: ``"int"``: as they are; ``"one_hot"``: a row of zeros and a one for each (a last axis of one
            element is dropped); ``"multi_hot"`` and ``"count"``: one row for each sample, with ones or counts.
        depth: Number of classes.
        dtype: dtype of the result.
        weights: What each number counts, for ``"count"``. Defaults to None: 1.

    Returns:
        Array.
    """
    if output_mode == "int":
        return ops.cast(indices, dtype)
    if not indices.shape:
        indices = ops.reshape(indices, (1,))
    if output_mode == "one_hot":
        if len(indices.shape) > 1 and indices.shape[-1] == 1:
            indices = ops.reshape(indices, indices.shape[:-1])
        return ops.one_hot(indices, depth, dtype=dtype)
    if output_mode == "multi_hot":
        return ops.multi_hot(indices, depth, dtype=dtype)
    hot = ops.one_hot(indices, depth, dtype=dtype)
    if weights is not None:
        hot = hot * ops.expand_dims(ops.cast(weights, dtype), -1)
    return ops.sum(hot, axis=1 if len(indices.shape) > 1 else 0)


def encoded_shape(shape: Any, output_mode: str, depth: Any) -> Any:
    """Shape of what ``encode_categories`` returns for indices of a shape."""
    shape = tuple(shape)
    if output_mode == "int":
        return shape
    if output_mode == "one_hot":
        return (*shape[:-1], depth) if len(shape) > 1 and shape[-1] == 1 else (*(shape or (1,)), depth)
    return (shape[0], *shape[2:], depth) if len(shape) > 1 else (depth,)


class CategoryEncoding(Layer):
    """Encodes whole numbers as rows of ones, or counts them.

    Args:
        num_tokens: Number of categories: the numbers are from 0 to ``num_tokens - 1``.
        output_mode: ``"one_hot"``: a row for each number; ``"multi_hot"``: one row for all numbers of a sample;
            ``"count"``: how often each number occurs in a sample. Defaults to ``"multi_hot"``.
        sparse: Only False: there are no sparse tensors.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, n)``, output ``(B, num_tokens)``, with ``"one_hot"`` ``(B, n, num_tokens)``; ``(B, 1)`` gives
    ``(B, num_tokens)`` in each mode. ``count_weights`` in the call are what each number counts.

    Raises:
        ValueError: If an argument is out of range, or a number in an array is.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.CategoryEncoding(4, "count")(np.array([[0, 1], [3, 3]])).tolist()
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]]
    """

    def __init__(
        self, num_tokens: int | None = None, output_mode: str = "multi_hot", sparse: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.output_mode = check_mode("CategoryEncoding", output_mode, ("count", "one_hot", "multi_hot"))
        if num_tokens is None or num_tokens < 1:
            raise ValueError(
                "CategoryEncoding: `num_tokens` must be set to use this layer, and be at least 1 (if the number of "
                f"tokens is not known beforehand, use IntegerLookup). Received: num_tokens={num_tokens}."
            )
        refuse_sparse("CategoryEncoding", sparse)
        self.num_tokens = int(num_tokens)
        self.sparse = sparse
        self.autocast = False
        self.built = True

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """Encode ``inputs``."""
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                f"Layer \"{self.name}\": `count_weights` is not used when `output_mode` is not 'count'. "
                f"Received: output_mode={self.output_mode!r}."
            )
        inputs = ops.convert_to_tensor(inputs)
        if isinstance(inputs, np.ndarray) and inputs.size and not 0 <= inputs.min() <= inputs.max() < self.num_tokens:
            raise ValueError(
                f'Layer "{self.name}": numbers from 0 to {self.num_tokens - 1} were expected. '
                f"Received: from {inputs.min()} to {inputs.max()}."
            )
        return encode_categories(inputs, self.output_mode, self.num_tokens, self.compute_dtype, count_weights)

    def compute_output_shape(self, input_shape: Any, count_weights_shape: Any = None) -> Any:
        """The input's shape with the categories in place of the numbers."""
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "num_tokens": self.num_tokens, "output_mode": self.output_mode}

"""MultiHeadAttention and GroupQueryAttention."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.attention.fold import Fold
from nncore.layers.attention.heads import HeadsAttention

__all__ = ["GroupQueryAttention", "MultiHeadAttention"]


class MultiHeadAttention(HeadsAttention):
    """Attention of several heads (Vaswani et al., 2017), each on projections of its own.

    Args:
        num_heads: Number of heads.
        key_dim: Features of a head of query and key.
        value_dim: Features of a head of the value. Defaults to ``key_dim``.
        dropout: Share of the weights that is dropped while training. Defaults to 0.
        use_bias: Whether the projections have biases. Defaults to True.
        output_shape: Features of the output: an int, or a tuple of one. Defaults to the query's.
        attention_axes: Axis or axes over which attention goes; the others are like the batch. Defaults to None: all
            between batch and features.
        sliding_window: Positions further apart than this don't see each other. Defaults to None.
        flash_attention: Accepted for what is written for Keras: no matrix of scores is made unless it is asked for or
            dropout needs it. Defaults to None.
        kernel_initializer: For the kernels. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the biases. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the kernels. Defaults to None.
        bias_regularizer: Penalty of the biases. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        kernel_constraint: Applied to the kernels after each update. Defaults to None.
        bias_constraint: Applied to the biases after each update. Defaults to None.
        use_gate: Whether the heads' outputs are multiplied by a sigmoid gate of the query. Defaults to False.
        seed: Seed of dropout. Defaults to None: a new one.
        kwargs: Arguments of ``Layer``.

    Call arguments: ``query`` ``(B, T, F)``, ``value`` ``(B, S, F)``, ``key`` (defaults to ``value``), ``query_mask``,
    ``value_mask``, ``key_mask``, ``attention_mask`` ``(B, T, S)``, ``return_attention_scores``, ``training``,
    ``use_causal_mask``.

    Shapes: output ``(B, T, F)``; scores ``(B, heads, T, S)``.

    Raises:
        ValueError: If a size is no positive integer, or inputs or masks don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.MultiHeadAttention(num_heads=2, key_dim=3)
        >>> output, scores = layer(np.zeros((2, 5, 8)), np.zeros((2, 4, 8)), return_attention_scores=True)
        >>> output.shape, scores.shape
        ((2, 5, 8), (2, 2, 5, 4))
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        arguments = {
            "dropout": dropout,
            "use_bias": use_bias,
            "use_gate": use_gate,
            "sliding_window": sliding_window,
            "flash_attention": flash_attention,
            "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer,
            "activity_regularizer": activity_regularizer,
            "kernel_constraint": kernel_constraint,
            "bias_constraint": bias_constraint,
            "seed": seed,
        }
        super().__init__(arguments, **kwargs)
        self.num_heads = self._check_size("num_heads", num_heads)
        self.key_dim = self._check_size("key_dim", key_dim)
        self.value_dim = self._check_size("value_dim", key_dim if value_dim is None else value_dim)
        self._output_shape: tuple[int, ...] | None = None
        if output_shape is not None:
            shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
            self._output_shape = tuple(self._check_size("output_shape", size) for size in shape)
        axes = (attention_axes,) if isinstance(attention_axes, int) else attention_axes
        if axes is not None and not (
            isinstance(axes, (tuple, list)) and axes and all(type(axis) is int for axis in axes)
        ):
            raise ValueError(
                "MultiHeadAttention: `attention_axes` should be an axis, or a tuple of them. "
                f"Received: attention_axes={attention_axes!r}."
            )
        self._attention_axes = None if axes is None else tuple(axes)

    @property
    def dropout(self) -> float:
        """Share of the weights that is dropped while training."""
        return float(self._dropout)

    @property
    def use_bias(self) -> bool:
        """Whether the projections have biases."""
        return bool(self._use_bias)

    # Under these names Keras's files keep the projections.

    @property
    def query_dense(self) -> Any:
        """The projection of queries."""
        return self._query_dense

    @property
    def key_dense(self) -> Any:
        """The projection of keys."""
        return self._key_dense

    @property
    def value_dense(self) -> Any:
        """The projection of values."""
        return self._value_dense

    @property
    def output_dense(self) -> Any:
        """The projection of what the heads give."""
        return self._output_dense

    def build(self, query_shape: Any = None, value_shape: Any = None, key_shape: Any = None) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        rank = len(query_shape)
        for name, shape in (("query", query_shape), ("value", value_shape), ("key", key_shape)):
            if len(shape) != rank or rank < 3:
                raise ValueError(
                    f'Layer "{self.name}": `{name}` should have the shape (batch, time, features), or as many axes '
                    f"between batch and features as the query. Received: {name}_shape={tuple(shape)}, "
                    f"query_shape={tuple(query_shape)}."
                )
        if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
            raise ValueError(
                f'Layer "{self.name}": all dimensions of `value` and `key`, except the last one, must be equal. '
                f"Received: value_shape={tuple(value_shape)}, key_shape={tuple(key_shape)}."
            )
        self._fold = Fold(f'Layer "{self.name}"', rank, self._attention_axes)
        self._fold.check(query_shape, value_shape)
        free = "abcdefgh"[: rank - 1]
        project, names = f"{free}x,xyz->{free}yz", "yz"
        inner = (None,) * (rank - 2)
        keys, values = (*inner, self.num_heads, self.key_dim), (*inner, self.num_heads, self.value_dim)
        self._query_dense = self._dense("query", project, keys, names)
        self._key_dense = self._dense("key", project, keys, names)
        parts = [(self._query_dense, query_shape), (self._key_dense, key_shape)]
        if self._use_gate:
            self._gate_dense = self._dense("gate", project, values, names, "sigmoid")
            parts.append((self._gate_dense, query_shape))
        self._value_dense = self._dense("value", project, values, names)
        parts.append((self._value_dense, value_shape))
        outputs = self._output_shape or (query_shape[-1],)
        letters = "ijklmnop"[: len(outputs)]
        self._output_dense = self._dense(
            "attention_output", f"{free}yz,yz{letters}->{free}{letters}", (*inner, *outputs), letters
        )
        parts.append((self._output_dense, (*query_shape[:-1], self.num_heads, self.value_dim)))
        self._build_all(parts)

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """Attend from ``query`` to ``value``; see the class."""
        masks = {"query_mask": query_mask, "value_mask": value_mask, "key_mask": key_mask}
        key = value if key is None else key
        mask = self._merged_mask(query, value, masks, attention_mask)
        q, k, v = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        fold = getattr(self, "_fold", None)
        if fold is None or fold.plain:
            mask = ops.expand_dims(mask, axis=1) if mask is not None and len(mask.shape) == 3 else mask
            output, scores = self._attend(q, k, v, mask, use_causal_mask, return_attention_scores, training)
        else:
            fold.check_masks(masks, use_causal_mask or self._sliding_window is not None)
            mask = None if mask is None else fold.mask(mask, q.shape, k.shape)
            rows = fold.rows(q), fold.rows(k), fold.rows(v)
            output, scores = self._attend(*rows, mask, use_causal_mask, return_attention_scores, training)
            output = fold.unfolded(output, q.shape)
            scores = None if scores is None else ops.reshape(scores, fold.scores(q.shape, k.shape))
        if self._use_gate:
            output = output * self._gate_dense(query)
        output = self._output_dense(output)
        return (output, scores) if return_attention_scores else output

    def _time_axis(self) -> int:
        return self._fold.axes[0]

    def compute_output_shape(self, query_shape: Any, value_shape: Any = None, key_shape: Any = None) -> Any:
        """Shape of the output: the query's, or with ``output_shape`` features."""
        del value_shape, key_shape
        return (*query_shape[:-1], *(self._output_shape or (query_shape[-1],)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "output_shape": self._output_shape,
            "attention_axes": self._attention_axes,
            **self._shared_config(),
        }


class GroupQueryAttention(HeadsAttention):
    """Attention whose query heads share heads of key and value in groups (Ainslie et al., 2023).

    Args:
        head_dim: Features of a head.
        num_query_heads: Number of query heads.
        num_key_value_heads: Number of heads of key and value; a divisor of ``num_query_heads``.
        dropout: Share of the weights that is dropped while training. Defaults to 0.
        use_bias: Whether the projections have biases. Defaults to True.
        sliding_window: Positions further apart than this don't see each other. Defaults to None.
        flash_attention: Accepted for what is written for Keras. Defaults to None.
        kernel_initializer: For the kernels. Defaults to ``"glorot_uniform"``.
        bias_initializer: For the biases. Defaults to ``"zeros"``.
        kernel_regularizer: Penalty of the kernels. Defaults to None.
        bias_regularizer: Penalty of the biases. Defaults to None.
        activity_regularizer: Penalty of the output. Defaults to None.
        kernel_constraint: Applied to the kernels after each update. Defaults to None.
        bias_constraint: Applied to the biases after each update. Defaults to None.
        use_gate: Whether the heads' outputs are multiplied by a sigmoid gate of the query. Defaults to False.
        seed: Seed of dropout. Defaults to None: a new one.
        kwargs: Arguments of ``Layer``.

    Call arguments and shapes as of ``MultiHeadAttention``.

    Raises:
        ValueError: If a size is no positive integer or the heads don't divide, or inputs or masks don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.GroupQueryAttention(head_dim=3, num_query_heads=4, num_key_value_heads=2)
        >>> layer(np.zeros((2, 5, 8)), np.zeros((2, 4, 8))).shape
        (2, 5, 8)
    """

    name_stem = "GroupedQueryAttention"

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        arguments = {
            "dropout": dropout,
            "use_bias": use_bias,
            "use_gate": use_gate,
            "sliding_window": sliding_window,
            "flash_attention": flash_attention,
            "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer,
            "activity_regularizer": activity_regularizer,
            "kernel_constraint": kernel_constraint,
            "bias_constraint": bias_constraint,
            "seed": seed,
        }
        super().__init__(arguments, **kwargs)
        self.head_dim = self._check_size("head_dim", head_dim)
        self.num_query_heads = self._check_size("num_query_heads", num_query_heads)
        self.num_key_value_heads = self._check_size("num_key_value_heads", num_key_value_heads)
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                "GroupQueryAttention: `num_query_heads` must be divisible by `num_key_value_heads`. "
                f"Received: num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}."
            )
        self.num_repeats = self.num_query_heads // self.num_key_value_heads
        self.dropout = dropout
        self.use_bias = use_bias

    def build(self, query_shape: Any = None, value_shape: Any = None, key_shape: Any = None) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        queries = (None, self.num_query_heads, self.head_dim)
        shared = (None, self.num_key_value_heads, self.head_dim)
        self._query_dense = self._dense("query", "bqm,muh->bquh", queries, "uh")
        self._key_dense = self._dense("key", "bkm,mvh->bkvh", shared, "vh")
        parts = [(self._query_dense, query_shape), (self._key_dense, key_shape)]
        if self._use_gate:
            self._gate_dense = self._dense("gate", "bqm,muh->bquh", queries, "uh", "sigmoid")
            parts.append((self._gate_dense, query_shape))
        self._value_dense = self._dense("value", "bkm,mvh->bkvh", shared, "vh")
        parts.append((self._value_dense, value_shape))
        self._output_dense = self._dense("attention_output", "bquh,uhm->bqm", (None, query_shape[-1]), "m")
        parts.append((self._output_dense, (*query_shape[:2], self.num_query_heads, self.head_dim)))
        self._build_all(parts)

    call = MultiHeadAttention.call

    def compute_output_shape(self, query_shape: Any, value_shape: Any = None, key_shape: Any = None) -> Any:
        """Shape of the output: the query's."""
        del value_shape, key_shape
        return tuple(query_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "head_dim": self.head_dim,
            "num_query_heads": self.num_query_heads,
            "num_key_value_heads": self.num_key_value_heads,
            **self._shared_config(),
        }

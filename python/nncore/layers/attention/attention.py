"""Attention and AdditiveAttention: one head, on inputs as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops, random
from nncore.layers.calling import is_shape
from nncore.layers.layer import Layer

__all__ = ["AdditiveAttention", "Attention"]

# What is taken off the scores that a mask lets not count, as in Keras.
_MASKED = 1e9


class Attention(Layer):
    """Dot-product attention: ``softmax(query @ key.T) @ value``.

    Args:
        use_scale: Whether the scores have a trained factor. Defaults to False.
        score_mode: ``"dot"``, or ``"concat"`` for the sum of ``tanh(query + key)``. Defaults to ``"dot"``.
        dropout: Share of the weights that is dropped while training. Defaults to 0.
        seed: Seed of dropout. Defaults to None: a new one.
        kwargs: Arguments of ``Layer``.

    Call arguments: a list ``[query, value]`` or ``[query, value, key]`` of shapes ``(B, Tq, dim)``, ``(B, Tv, dim)``;
    ``mask``, a list ``[query_mask, value_mask]``; ``return_attention_scores``; ``use_causal_mask``.

    Shapes: output ``(B, Tq, dim)``; scores ``(B, Tq, Tv)``.

    Raises:
        ValueError: If the inputs or masks are no lists of two or three.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Attention()([np.ones((2, 3, 4)), np.ones((2, 5, 4))]).shape
        (2, 3, 4)
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                f"{type(self).__name__}: invalid value for argument score_mode. Expected one of 'dot', 'concat'. "
                f"Received: score_mode={score_mode!r}."
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        if dropout > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Make the factors that are asked for."""
        self._check_inputs(input_shape)
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones") if self.use_scale else None
        self.concat_score_weight = None
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(name="concat_score_weight", shape=(), initializer="ones")

    def _check_inputs(self, inputs: Any, mask: Any = None) -> None:
        cls = type(self).__name__
        if not isinstance(inputs, (list, tuple)) or is_shape(inputs) or not 2 <= len(inputs) <= 3:
            raise ValueError(
                f'Layer "{self.name}": {cls} must be called on a list of inputs, namely [query, value] or '
                f"[query, value, key]. Received: {len(inputs) if isinstance(inputs, list) else 'no list'}."
            )
        if mask is not None and (not isinstance(mask, (list, tuple)) or not 2 <= len(mask) <= 3):
            raise ValueError(
                f'Layer "{self.name}": the mask of {cls} must be a list, namely [query_mask, value_mask]. '
                f"Received: mask={mask!r}."
            )

    def _scores(self, query: Any, key: Any) -> Any:
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        total = ops.expand_dims(query, axis=-2) + ops.expand_dims(key, axis=-3)
        if self.scale is not None:
            total = total * self.scale
        return self.concat_score_weight * ops.sum(ops.tanh(total), axis=-1)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Attend from the query to the value; see the class."""
        self._check_inputs(inputs, mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (mask[0], mask[1]) if mask else (None, None)
        scores = self._scores(query, key)
        live = self._live(scores, value_mask, use_causal_mask)
        if live is not None:
            scores = ops.where(live, scores, scores - _MASKED)
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        outputs = ops.matmul(weights, value)
        if query_mask is not None:
            zero = ops.zeros((), dtype=outputs.dtype)
            outputs = ops.where(ops.expand_dims(ops.cast(query_mask, "bool"), axis=-1), outputs, zero)
        return (outputs, weights) if return_attention_scores else outputs

    def _live(self, scores: Any, value_mask: Any, causal: bool) -> Any:
        """Which scores count: booleans that broadcast to them, or None for all."""
        live = None
        if value_mask is not None:
            if tuple(value_mask.shape) != (scores.shape[0], scores.shape[-1]):
                raise ValueError(
                    f'Layer "{self.name}": the value\'s mask should have the shape '
                    f"{(scores.shape[0], scores.shape[-1])}. Received: mask.shape={tuple(value_mask.shape)}."
                )
            live = ops.expand_dims(ops.cast(value_mask, "bool"), axis=-2)
        if causal:
            seen = np.tri(*scores.shape[-2:])[None] > 0
            live = seen if live is None else ops.logical_and(live, seen)
        return live

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The query's mask."""
        self._check_inputs(inputs, mask)
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Shape of the output: the query's with the value's features."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "use_scale": self.use_scale,
            "score_mode": self.score_mode,
            "dropout": self.dropout,
            "seed": self.seed,
        }


class AdditiveAttention(Attention):
    """Additive attention (Bahdanau): scores are ``sum(scale * tanh(query + key))``.

    Args:
        use_scale: Whether each feature has a trained factor. Defaults to True.
        dropout: Share of the weights that is dropped while training. Defaults to 0.
        kwargs: ``seed``, and arguments of ``Layer``.

    Call arguments and shapes as of ``Attention``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AdditiveAttention()([np.ones((2, 3, 4)), np.ones((2, 5, 4))]).shape
        (2, 3, 4)
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any = None) -> None:
        """Make the factors of the features."""
        self._check_inputs(input_shape)
        shape = (input_shape[0][-1],)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=shape, initializer="glorot_uniform")

    def _scores(self, query: Any, key: Any) -> Any:
        total = ops.tanh(ops.expand_dims(query, axis=-2) + ops.expand_dims(key, axis=-3))
        return ops.sum(total if self.scale is None else total * self.scale, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["score_mode"]
        return config

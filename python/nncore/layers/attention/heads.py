"""HeadsAttention: what MultiHeadAttention and GroupQueryAttention share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore import constraints, initializers, ops, regularizers
from nncore.layers.core.einsum_dense import EinsumDense
from nncore.layers.layer import Layer
from nncore.layers.regularization.dropout import Dropout
from nncore.naming import path_scope

__all__ = ["HeadsAttention"]


class HeadsAttention(Layer):
    """Base of attention layers with projections to several heads.

    Args:
        arguments: Arguments of the layer by name.
        kwargs: Arguments of ``Layer``.
    """

    def __init__(self, arguments: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(activity_regularizer=arguments["activity_regularizer"], **kwargs)
        cls = type(self).__name__
        window = arguments["sliding_window"]
        if window is not None and (isinstance(window, bool) or not isinstance(window, int) or window <= 0):
            raise ValueError(
                f"{cls}: `sliding_window` must be None or a positive integer. Received: sliding_window={window!r}."
            )
        if arguments["flash_attention"] and arguments["dropout"] > 0:
            raise ValueError(
                f"{cls}: dropout is not supported when flash attention is enabled. Please set dropout to 0.0. "
                f"Received: dropout={arguments['dropout']}."
            )
        self._flash_attention = bool(arguments["flash_attention"])
        self._dropout = arguments["dropout"]
        self._use_bias = arguments["use_bias"]
        self._use_gate = arguments["use_gate"]
        self._sliding_window = window
        self._kernel_initializer = initializers.get(arguments["kernel_initializer"])
        self._bias_initializer = initializers.get(arguments["bias_initializer"])
        self._kernel_regularizer = regularizers.get(arguments["kernel_regularizer"])
        self._bias_regularizer = regularizers.get(arguments["bias_regularizer"])
        self._kernel_constraint = constraints.get(arguments["kernel_constraint"])
        self._bias_constraint = constraints.get(arguments["bias_constraint"])
        self.seed = arguments["seed"]
        self.supports_masking = True

    def _check_size(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value <= 0:
            raise ValueError(
                f"{type(self).__name__}: received an invalid value for argument `{name}`, expected a positive integer. "
                f"Received: {name}={value!r}."
            )
        return int(value)

    def _dense(self, name: str, equation: str, output: tuple[Any, ...], bias: str, activation: Any = None) -> Any:
        layer = EinsumDense(
            equation,
            output_shape=output,
            bias_axes=bias if self._use_bias else None,
            activation=activation,
            name=name,
            dtype=self.dtype,
            kernel_initializer=_again(self._kernel_initializer),
            bias_initializer=_again(self._bias_initializer),
            kernel_regularizer=self._kernel_regularizer,
            bias_regularizer=self._bias_regularizer,
            kernel_constraint=self._kernel_constraint,
            bias_constraint=self._bias_constraint,
        )
        layer._masks_inside = True  # this layer deals with masks
        return layer

    def _build_all(self, parts: list[tuple[Any, Any]]) -> None:
        with path_scope(self.path):
            for layer, shape in parts:
                layer.build(shape)
        self._dropout_layer = Dropout(self._dropout, dtype=self.dtype, seed=self.seed)

    def _attend(
        self, q: Any, k: Any, v: Any, mask: Any, causal: bool, with_scores: bool, training: Any
    ) -> tuple[Any, Any]:
        """Attention of ``(B, T, N, H)``, and the scores ``(B, N, T, S)`` or None."""
        scale = 1 / math.sqrt(q.shape[-1])
        if with_scores and self._flash_attention:
            raise ValueError(
                f'Layer "{self.name}": returning attention scores is not supported when flash attention is enabled.'
            )
        if not with_scores and not (self._dropout and training):
            return ops.dot_product_attention(q, k, v, mask=mask, scale=scale, is_causal=causal), None
        share = q.shape[2] // k.shape[2]
        k, v = (ops.repeat(x, share, axis=2) if share > 1 else x for x in (k, v))
        q, k, v = (ops.transpose(x, (0, 2, 1, 3)) for x in (q * scale, k, v))
        scores = ops.matmul(q, ops.swapaxes(k, -2, -1))
        live = None if mask is None else ops.broadcast_to(ops.cast(mask, "bool"), scores.shape)
        if causal:
            seen = np.tri(*scores.shape[-2:])[None, None] > 0
            live = seen if live is None else ops.logical_and(live, seen)
        if live is not None:
            low = ops.full((), -np.finfo(str(scores.dtype)).max / 2, dtype=scores.dtype)
            scores = ops.softmax(ops.where(live, scores, low), axis=-1)
            scores = ops.where(live, scores, ops.zeros((), dtype=scores.dtype))  # a row that sees nothing
        else:
            scores = ops.softmax(scores, axis=-1)
        weights = self._dropout_layer(scores, training=training) if self._dropout else scores
        return ops.transpose(ops.matmul(weights, v), (0, 2, 1, 3)), scores

    def _merged_mask(self, query: Any, value: Any, masks: dict[str, Any], attention_mask: Any) -> Any:
        """All masks in one, ``(B, T, S)`` or with the heads before T; None without any."""
        merged = None
        for name, axis, tensor in (("query_mask", -1, query), ("value_mask", -2, value), ("key_mask", -2, value)):
            mask = masks.get(name)
            if mask is None:
                continue
            if tuple(mask.shape) != tuple(tensor.shape[:2]):
                raise ValueError(
                    f'Layer "{self.name}": `{name}` should have the shape {tuple(tensor.shape[:2])}. '
                    f"Received: {name}.shape={tuple(mask.shape)}."
                )
            mask = ops.expand_dims(ops.cast(mask, "bool"), axis=axis)
            merged = mask if merged is None else ops.logical_and(merged, mask)
        if self._sliding_window is not None:
            axis = self._time_axis()
            apart = np.abs(np.arange(query.shape[axis])[:, None] - np.arange(value.shape[axis]))
            near = (apart < self._sliding_window)[None]
            merged = near if merged is None else ops.logical_and(merged, near)
        if attention_mask is not None:
            given = ops.cast(attention_mask, "bool")
            merged = given if merged is None else ops.logical_and(given, merged)
        return merged

    def _time_axis(self) -> int:
        """The axis along which positions are counted."""
        return 1

    def _shared_config(self) -> dict[str, Any]:
        return {
            "dropout": self._dropout,
            "use_bias": self._use_bias,
            "use_gate": self._use_gate,
            "sliding_window": self._sliding_window,
            "kernel_initializer": initializers.serialize(self._kernel_initializer),
            "bias_initializer": initializers.serialize(self._bias_initializer),
            "kernel_regularizer": regularizers.serialize(self._kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self._bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self._kernel_constraint),
            "bias_constraint": constraints.serialize(self._bias_constraint),
            "seed": self.seed,
        }


def _again(initializer: Any) -> Any:
    """An initializer of its own for each weight, so that they don't start alike."""
    return (
        type(initializer).from_config(initializer.get_config()) if hasattr(initializer, "get_config") else initializer
    )

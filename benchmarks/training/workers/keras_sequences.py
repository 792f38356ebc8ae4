"""Listed layers of sequences (`sequence_cases.py`) in Keras, or in what has its API."""

from __future__ import annotations

from typing import Any


class SequenceBuilder:
    """Part of the builder of listed layers."""

    layers: Any

    def add(self, layer: Any, x: Any) -> Any:
        """Call a layer and keep it."""
        raise NotImplementedError

    def embedding(self, x: Any, ids: int, width: int) -> Any:
        return self.add(self.layers.Embedding(ids, width), x)

    def lstm(self, x: Any, units: int) -> Any:
        return self.add(self.layers.LSTM(units), x)

    def gru(self, x: Any, units: int) -> Any:
        return self.add(self.layers.GRU(units), x)

    def encoder(self, x: Any, heads: int, depth: int, hidden: int) -> Any:
        width = x.shape[-1]
        attention = self.layers.MultiHeadAttention(heads, depth)
        attended = attention(x, x)
        self.add(attention, None)
        x = self.add(self.layers.LayerNormalization(), self.layers.Add()([x, attended]))
        inner = self.add(self.layers.Dense(hidden, activation="relu"), x)
        inner = self.add(self.layers.Dense(width), inner)
        return self.add(self.layers.LayerNormalization(), self.layers.Add()([x, inner]))

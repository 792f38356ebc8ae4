"""Networks over sequences that must train: sentiments, text by characters, a Transformer, masks in fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, masking, models, ops, serialization

VOCABULARY, MOST = 60, 20


def sentences(count: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Sentences of 4 to 20 words. Some words praise, some blame, and a negation turns the word behind it around.

    The sentiment is the sign of the sum. 0 is padding, 1 the negation, 2 to 11 praise, 12 to 21 blame.
    """
    x, y = np.zeros((count, MOST), "int32"), np.zeros(count, "float32")
    for row in range(count):
        n = rng.integers(4, MOST + 1)
        total = 0
        while total == 0:
            words = rng.integers(2, VOCABULARY, n)
            charged = rng.random(n) < 0.5
            words[charged] = rng.integers(2, 22, charged.sum())
            words[rng.random(n) < 0.2] = 1
            value = np.where(words < 2, 0, np.where(words < 12, 1, np.where(words < 22, -1, 0)))
            value[1:] *= np.where(words[:-1] == 1, -1, 1)
            total = value.sum()
        x[row, :n], y[row] = words, total > 0
    return x, y


LAYERS = {
    "lstm": lambda: layers.LSTM(32),
    "bidirectional_gru": lambda: layers.Bidirectional(layers.GRU(24)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_sentiments(name: str) -> None:
    nncore.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    (x, y), (test, truth) = sentences(4000, rng), sentences(500, rng)
    model = models.Sequential(
        [
            layers.Input((None,)),
            layers.Embedding(VOCABULARY, 16, mask_zero=True),
            LAYERS[name](),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(nncore.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=64, epochs=10, verbose=0)
    _, accuracy = model.evaluate(test, truth, verbose=0)
    # A bag of words, which can't see what is negated, gets 0.85.
    assert accuracy > 0.93
    # Padding behind a sentence changes nothing.
    longer = np.pad(test, ((0, 0), (0, 7)))
    np.testing.assert_allclose(model.predict(longer, verbose=0), model.predict(test, verbose=0), rtol=1e-4, atol=1e-5)


def test_characters_of_real_text() -> None:
    """Python's documentation of itself, which every installation has, better than by pairs of characters."""
    from pydoc_data.topics import topics

    nncore.utils.set_random_seed(1)
    text = "".join(topics[key] for key in sorted(topics))[:60_000].lower()
    letters = sorted(set(text))
    codes = np.array([letters.index(c) for c in text])
    learned, unseen = codes[:54_000], codes[54_000:]
    pairs = np.ones((len(letters), len(letters)))
    np.add.at(pairs, (learned[:-1], learned[1:]), 1)
    by_pairs = -np.log(pairs / pairs.sum(axis=1, keepdims=True))[unseen[:-1], unseen[1:]].mean()

    def windows(x: Any) -> tuple[Any, Any]:
        rows = x[: (len(x) - 1) // 50 * 50 + 1]
        return rows[:-1].reshape(-1, 50), rows[1:].reshape(-1, 50)

    model = models.Sequential(
        [
            layers.Embedding(len(letters), 32),
            layers.GRU(96, return_sequences=True),
            layers.Dense(len(letters), activation="softmax"),
        ]
    )
    model.compile(nncore.optimizers.Adam(0.005), "sparse_categorical_crossentropy")
    model.fit(*windows(learned), batch_size=32, epochs=8, verbose=0)
    loss = model.evaluate(*windows(unseen), verbose=0)
    assert loss < by_pairs - 0.2


@serialization.register_keras_serializable("tests")
class PositionalEmbedding(layers.Layer):
    """Tokens and their places, as books write it: two tables whose rows are added."""

    def __init__(self, sequence_length: int, input_dim: int, output_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.token_embeddings = layers.Embedding(input_dim, output_dim)
        self.position_embeddings = layers.Embedding(sequence_length, output_dim)
        self.sequence_length, self.input_dim, self.output_dim = sequence_length, input_dim, output_dim

    def call(self, inputs: Any) -> Any:
        length = ops.shape(inputs)[-1]
        positions = ops.arange(0, length, 1)
        return self.token_embeddings(inputs) + self.position_embeddings(positions)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0)

    def get_config(self) -> dict[str, Any]:
        own = ("sequence_length", "input_dim", "output_dim")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


@serialization.register_keras_serializable("tests")
class TransformerEncoder(layers.Layer):
    """A block of an encoder, as books write it."""

    def __init__(self, embed_dim: int, dense_dim: int, num_heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.embed_dim, self.dense_dim, self.num_heads = embed_dim, dense_dim, num_heads
        self.attention = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.dense_proj = models.Sequential([layers.Dense(dense_dim, activation="relu"), layers.Dense(embed_dim)])
        self.layernorm_1 = layers.LayerNormalization()
        self.layernorm_2 = layers.LayerNormalization()
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is not None:
            mask = mask[:, None, :]
        attention_output = self.attention(inputs, inputs, attention_mask=mask)
        proj_input = self.layernorm_1(inputs + attention_output)
        return self.layernorm_2(proj_input + self.dense_proj(proj_input))

    def get_config(self) -> dict[str, Any]:
        own = ("embed_dim", "dense_dim", "num_heads")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def test_a_transformer_reads_the_order_of_words(tmp_path: Any) -> None:
    """Whether the first of two marked words stands before the second: a bag of words can't know."""
    nncore.utils.set_random_seed(1)
    rng = np.random.default_rng(2)
    x = rng.integers(4, 30, (3000, 12))
    x[np.arange(12) >= rng.integers(6, 13, (3000, 1))] = 0
    places = np.array([rng.permutation(6)[:2] for _ in range(3000)])
    x[np.arange(3000), places[:, 0]], x[np.arange(3000), places[:, 1]] = 2, 3
    y = (places[:, 0] < places[:, 1]).astype("float32")

    inputs = layers.Input((None,), dtype="int64")
    h = PositionalEmbedding(12, 30, 16)(inputs)
    h = TransformerEncoder(16, 32, 2)(h)
    h = layers.GlobalAveragePooling1D()(h)
    outputs = layers.Dense(1, activation="sigmoid")(layers.Dropout(0.1)(h))
    model = models.Model(inputs, outputs)
    model.compile(nncore.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x[:2500], y[:2500], batch_size=50, epochs=12, verbose=0)
    assert model.evaluate(x[2500:], y[2500:], verbose=0)[1] > 0.95
    model.save(tmp_path / "order.keras")
    again = nncore.saving.load_model(tmp_path / "order.keras")
    np.testing.assert_array_equal(again.predict(x[:50], verbose=0), model.predict(x[:50], verbose=0))


def sine_cosine(length: int, depth: int) -> Any:
    """The fixed encoding of places of the first Transformer."""
    angles = np.arange(length)[:, None] / 10000 ** (np.arange(0, depth, 2) / depth)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, depth).astype("float32")


def test_fixed_places_are_a_constant_of_the_model() -> None:
    places = sine_cosine(10, 8)
    inputs = layers.Input((10,), dtype="int32")
    h = layers.Embedding(20, 8, mask_zero=True)(inputs) * np.float32(8**0.5) + places
    model = models.Model(inputs, layers.Attention()([h, h]))
    x = np.random.default_rng(0).integers(0, 20, (4, 10))
    table = model.layers[1].get_weights()[0]
    h = table[x] * 8**0.5 + places
    scores = h @ h.transpose(0, 2, 1)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    np.testing.assert_allclose(
        model.predict(x, verbose=0), weights / weights.sum(axis=-1, keepdims=True) @ h, rtol=2e-4, atol=2e-5
    )


def test_losses_and_metrics_count_what_the_mask_lets_count() -> None:
    """A sequence of labels: loss, accuracy and gradients are those of the real steps alone."""
    rng = np.random.default_rng(0)
    x, lengths = rng.integers(1, 9, (6, 8)), np.array([8, 5, 1, 3, 8, 2])
    x[np.arange(8) >= lengths[:, None]] = 0
    y = rng.integers(0, 4, (6, 8))
    model = models.Sequential(
        [
            layers.Embedding(9, 6, mask_zero=True),
            layers.LSTM(5, return_sequences=True),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(x, y, batch_size=6, verbose=0)
    p = model.predict(x, verbose=0)
    real = np.arange(8) < lengths[:, None]
    np.testing.assert_allclose(loss, -np.log(np.take_along_axis(p, y[..., None], 2)[..., 0])[real].mean(), rtol=1e-5)
    np.testing.assert_allclose(accuracy, (p.argmax(axis=-1) == y)[real].mean(), rtol=1e-6)
    before = model.get_weights()
    changed = np.where(real, y, (y + 1) % 4)
    model.train_on_batch(x, y)
    after = model.get_weights()
    model.set_weights(before)
    model.train_on_batch(x, changed)
    for a, b in zip(after, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert masking.get_mask(model.layers[0](x)).tolist() == real.tolist()

"""Networks over sequences: rows that list their layers, and the layers' first weights.

    ("embedding", ids, width)    ("lstm", units)    ("gru", units)    ("encoder", heads, depth, hidden)
    ("average",)    ("dense", units, activation)

An LSTM or GRU gives its last state. An encoder is a Transformer's block: attention, then two dense layers, each added
to what came in and normalized.
"""

from __future__ import annotations

import numpy as np
from image_cases import MAKERS, Shape, Weights, glorot, listed, zeros

LSTM = listed("LSTM(128) 100x64", (100, 64), (("lstm", 128), ("dense", 10, None)), batch=32, steps=30, check_steps=6)
GRU = listed("GRU(128) 100x64", (100, 64), (("gru", 128), ("dense", 10, None)), batch=32, steps=30, check_steps=6)
WORDS = listed(
    "Embedding(10000, 32), LSTM(32) 100",
    (100,),
    (("embedding", 10000, 32), ("lstm", 32), ("dense", 10, None)),
    batch=64,
    steps=40,
    check_steps=6,
)
ENCODER = listed(
    "2 encoder blocks 64x64",
    (64, 64),
    (("encoder", 4, 16, 256), ("encoder", 4, 16, 256), ("average",), ("dense", 10, None)),
    batch=32,
    steps=30,
    check_steps=6,
)
SEQUENCE_CASES = [LSTM, GRU, WORDS, ENCODER]


def embedding(rng: np.random.Generator, shape: Shape, ids: int, width: int) -> tuple[Weights, Shape]:
    return [(rng.uniform(-0.05, 0.05, (ids, width)).astype(np.float32),)], (*shape, width)


def _recurrent(rng: np.random.Generator, features: int, units: int, gates: int, bias: Shape) -> Weights:
    kernel = glorot(rng, (features, gates * units))
    turned, _ = np.linalg.qr(rng.standard_normal((gates * units, units)))
    return [(kernel, np.ascontiguousarray(turned.T, np.float32), np.zeros(bias, np.float32))]


def lstm(rng: np.random.Generator, shape: Shape, units: int) -> tuple[Weights, Shape]:
    weights = _recurrent(rng, shape[-1], units, 4, (4 * units,))
    weights[0][2][units : 2 * units] = 1  # the forget gate starts open
    return weights, (units,)


def gru(rng: np.random.Generator, shape: Shape, units: int) -> tuple[Weights, Shape]:
    return _recurrent(rng, shape[-1], units, 3, (2, 3 * units)), (units,)


def encoder(rng: np.random.Generator, shape: Shape, heads: int, depth: int, hidden: int) -> tuple[Weights, Shape]:
    width, inner = shape[-1], heads * depth
    projections: list[np.ndarray] = []
    for _ in range(3):
        projections.append(glorot(rng, (width, inner)).reshape(width, heads, depth))
        projections.append(np.zeros((heads, depth), np.float32))
    projections += [glorot(rng, (inner, width)).reshape(heads, depth, width), zeros(width)]
    normal = (zeros(width) + 1, zeros(width))
    dense = [(glorot(rng, (a, b)), zeros(b)) for a, b in ((width, hidden), (hidden, width))]
    return [tuple(projections), normal, *dense, (normal[0].copy(), normal[1].copy())], shape


MAKERS |= {maker.__name__: maker for maker in (embedding, lstm, gru, encoder)}


def make_ids(rng: np.random.Generator, labels: np.ndarray, steps: int, ids: int) -> np.ndarray:
    """Sentences (rows, steps) of which a fifth of the words belong to the label."""
    x = rng.integers(0, ids, (len(labels), steps), dtype=np.int32)
    own = rng.integers(0, 50, x.shape, dtype=np.int32) + 50 * labels[:, None]
    return np.where(rng.random(x.shape, np.float32) < 0.2, own, x)

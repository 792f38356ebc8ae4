"""Every layer goes through all checks; one row each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from layer_checks import check_layer
from layer_rows_images import IMAGES
from layer_rows_normalization import NORMALIZATION
from layer_rows_spatial import SPATIAL
from nncore import layers, ops, regularizers, serialization


@serialization.register_keras_serializable("tests")
class SimpleDense(layers.Layer):
    """A user's layer: weights in build, ops in call."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.W = self.add_weight(shape=(input_shape[-1], self.units), initializer="he_normal", name="W")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, x: Any) -> Any:
        return ops.relu(ops.matmul(x, self.W) + self.b)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@serialization.register_keras_serializable("tests")
class NumpyDense(layers.Layer):
    """A user's layer in plain NumPy, without a configuration of its own."""

    def __init__(self, units: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.W = self.add_weight((input_shape[-1], self.units))
        self.b = self.add_weight((self.units,), initializer="zeros")

    def call(self, x: Any) -> Any:
        return np.maximum(x @ self.W + self.b, 0)


@serialization.register_keras_serializable("tests")
def double(x: Any) -> Any:
    """A named function for Lambda."""
    return x * 2


EMBED = {"input_dtype": "int32"}

ROWS: list[tuple[str, Any, dict[str, Any], Any, tuple[int, ...], dict[str, Any]]] = [
    ("dense", layers.Dense, {"units": 3}, (4, 5), (4, 3), {"weights": 2}),
    ("dense_relu", layers.Dense, {"units": 3, "activation": "relu"}, (4, 5), (4, 3), {"weights": 2}),
    ("dense_3d", layers.Dense, {"units": 2, "use_bias": False}, (4, 3, 5), (4, 3, 2), {"weights": 1}),
    ("dense_ints", layers.Dense, {"units": 3}, (4, 5), (4, 3), {"weights": 2, "input_dtype": "int32"}),
    ("dense_bytes", layers.Dense, {"units": 3}, (4, 5), (4, 3), {"weights": 2, "input_dtype": "uint8"}),
    (
        "dense_penalties",
        layers.Dense,
        {
            "units": 3,
            "kernel_regularizer": "l2",
            "bias_regularizer": regularizers.L1(0.1),
            "activity_regularizer": "l1",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
        },
        (4, 5),
        (4, 3),
        {"weights": 2, "losses": 3},
    ),
    ("activation", layers.Activation, {"activation": "gelu"}, (4, 5), (4, 5), {}),
    ("relu", layers.ReLU, {}, (4, 5), (4, 5), {}),
    (
        "relu_options",
        layers.ReLU,
        {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2},
        (4, 5),
        (4, 5),
        {},
    ),
    ("leaky_relu", layers.LeakyReLU, {"negative_slope": 0.1}, (4, 5), (4, 5), {}),
    ("elu", layers.ELU, {"alpha": 0.5}, (4, 5), (4, 5), {}),
    ("prelu", layers.PReLU, {"alpha_initializer": "ones"}, (4, 3, 5), (4, 3, 5), {"weights": 1}),
    ("prelu_shared", layers.PReLU, {"shared_axes": [1]}, (4, 3, 5), (4, 3, 5), {"weights": 1}),
    ("softmax", layers.Softmax, {}, (4, 5), (4, 5), {}),
    ("softmax_axes", layers.Softmax, {"axis": (1, 2)}, (4, 3, 5), (4, 3, 5), {}),
    ("masking", layers.Masking, {"mask_value": 0.5}, (4, 3, 5), (4, 3, 5), {}),
    ("embedding", layers.Embedding, {"input_dim": 5, "output_dim": 3}, (4, 6), (4, 6, 3), {**EMBED, "weights": 1}),
    (
        "embedding_masked",
        layers.Embedding,
        {"input_dim": 5, "output_dim": 3, "mask_zero": True},
        (4, 6),
        (4, 6, 3),
        {**EMBED, "weights": 1},
    ),
    ("identity", layers.Identity, {}, (4, 5), (4, 5), {}),
    ("lambda", layers.Lambda, {"function": double}, (4, 5), (4, 5), {}),
    ("flatten", layers.Flatten, {}, (4, 3, 5), (4, 15), {}),
    ("flatten_vector", layers.Flatten, {}, (4,), (4, 1), {}),
    ("flatten_first", layers.Flatten, {"data_format": "channels_first"}, (4, 3, 2, 5), (4, 30), {}),
    ("reshape", layers.Reshape, {"target_shape": (5, -1)}, (4, 15), (4, 5, 3), {}),
    ("dropout", layers.Dropout, {"rate": 0.4, "seed": 3}, (4, 5), (4, 5), {"seeds": 1}),
    (
        "dropout_noise",
        layers.Dropout,
        {"rate": 0.4, "noise_shape": (None, 1, 5)},
        (4, 3, 5),
        (4, 3, 5),
        {"seeds": 1},
    ),
    ("dropout_none", layers.Dropout, {"rate": 0.0}, (4, 5), (4, 5), {}),
    ("add", layers.Add, {}, [(4, 5), (4, 5), (4, 5)], (4, 5), {}),
    ("add_broadcast", layers.Add, {}, [(4, 3, 5), (4, 5)], (4, 3, 5), {}),
    ("subtract", layers.Subtract, {}, [(4, 5), (4, 5)], (4, 5), {}),
    ("multiply", layers.Multiply, {}, [(4, 5), (4, 1)], (4, 5), {}),
    ("average", layers.Average, {}, [(4, 5), (4, 5)], (4, 5), {}),
    ("maximum", layers.Maximum, {}, [(4, 5), (4, 5)], (4, 5), {}),
    ("minimum", layers.Minimum, {}, [(4, 5), (4, 5)], (4, 5), {}),
    ("concatenate", layers.Concatenate, {}, [(4, 5), (4, 2)], (4, 7), {}),
    ("concatenate_1", layers.Concatenate, {"axis": 1}, [(4, 5, 2), (4, 3, 2)], (4, 8, 2), {}),
    ("dot", layers.Dot, {"axes": 1}, [(4, 5), (4, 5)], (4, 1), {}),
    ("dot_cosine", layers.Dot, {"axes": -1, "normalize": True}, [(4, 3, 5), (4, 2, 5)], (4, 3, 2), {}),
    ("users_layer", SimpleDense, {"units": 3}, (4, 5), (4, 3), {"weights": 2}),
    ("users_numpy_layer", NumpyDense, {"units": 3}, (4, 5), (4, 3), {"weights": 2}),
    *SPATIAL,
    *NORMALIZATION,
    *IMAGES,
]


@pytest.mark.parametrize(
    ("cls", "init", "input_shape", "output_shape", "more"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_layer(
    cls: Any, init: dict[str, Any], input_shape: Any, output_shape: tuple[int, ...], more: dict[str, Any]
) -> None:
    check_layer(cls, init, input_shape, output_shape, **more)


# Layers that have their rows elsewhere: those that take a layer of their own (test_wrappers.py), and those of sequences
# (test_recurrent.py, test_attention.py) and of categories and texts (test_categories.py).
ELSEWHERE = {
    layers.AdditiveAttention,
    layers.Attention,
    layers.EinsumDense,
    layers.GroupQueryAttention,
    layers.MultiHeadAttention,
    layers.Bidirectional,
    layers.ConvLSTM1D,
    layers.ConvLSTM2D,
    layers.ConvLSTM3D,
    layers.GRU,
    layers.GRUCell,
    layers.HashedCrossing,
    layers.Hashing,
    layers.IntegerLookup,
    layers.LSTM,
    layers.LSTMCell,
    layers.Pipeline,
    layers.RNN,
    layers.ReversibleEmbedding,
    layers.SimpleRNN,
    layers.SimpleRNNCell,
    layers.SpectralNormalization,
    layers.StackedRNNCells,
    layers.StringLookup,
    layers.TextVectorization,
    layers.TimeDistributed,
    layers.Wrapper,
}


def test_table_has_every_layer() -> None:
    tested = {row[1] for row in ROWS}
    public = [getattr(layers, name) for name in layers.__all__]
    classes = {value for value in public if isinstance(value, type) and issubclass(value, layers.Layer)}
    assert classes - tested == {layers.Layer, layers.InputLayer, *ELSEWHERE}

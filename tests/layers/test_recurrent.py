"""Recurrent layers: checks of all layers, masks, states, dropout, users' cells, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from layer_checks import check_layer
from nncore import layers, masking, models, ops, serialization, tree
from nncore.graph.step import compile_step
from nncore.ir import Spec

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6, 3)).astype("float32")
LENGTHS = [6, 2, 4, 1]
MASK = np.arange(6) < np.array(LENGTHS)[:, None]

KINDS = {
    "simple_rnn": (layers.SimpleRNN, layers.SimpleRNNCell),
    "lstm": (layers.LSTM, layers.LSTMCell),
    "gru": (layers.GRU, layers.GRUCell),
}


@serialization.register_keras_serializable("tests")
class Leaky(layers.Layer):
    """A user's cell, in ops: a leaky sum of projected inputs, with an output of another size than its state."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = 2

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight(shape=(input_shape[-1], self.units))
        self.out = self.add_weight(shape=(self.units, 2))

    def call(self, inputs: Any, states: Any) -> Any:
        h = 0.5 * states[0] + ops.tanh(ops.matmul(inputs, self.w))
        return ops.matmul(h, self.out), [h]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


ROWS: list[tuple[str, Any, dict[str, Any], tuple[int, ...], int]] = [
    ("simple_rnn", layers.SimpleRNN, {"units": 5}, (4, 5), 3),
    ("simple_rnn_relu", layers.SimpleRNN, {"units": 5, "activation": "relu", "return_sequences": True}, (4, 6, 5), 3),
    ("lstm", layers.LSTM, {"units": 5}, (4, 5), 3),
    ("lstm_sequences", layers.LSTM, {"units": 5, "return_sequences": True}, (4, 6, 5), 3),
    ("lstm_backwards", layers.LSTM, {"units": 5, "go_backwards": True, "return_sequences": True}, (4, 6, 5), 3),
    ("lstm_no_bias", layers.LSTM, {"units": 5, "use_bias": False}, (4, 5), 2),
    ("lstm_stepwise", layers.LSTM, {"units": 5, "activation": "softsign"}, (4, 5), 3),
    ("gru", layers.GRU, {"units": 5}, (4, 5), 3),
    ("gru_sequences", layers.GRU, {"units": 5, "return_sequences": True, "unroll": True}, (4, 6, 5), 3),
    ("gru_reset_before", layers.GRU, {"units": 5, "reset_after": False}, (4, 5), 3),
    ("gru_no_bias", layers.GRU, {"units": 5, "use_bias": False}, (4, 5), 2),
]


@pytest.mark.parametrize(("name", "cls", "init", "output", "weights"), ROWS, ids=[row[0] for row in ROWS])
def test_layer(name: str, cls: Any, init: dict[str, Any], output: tuple[int, ...], weights: int) -> None:
    check_layer(cls, init, (4, 6, 3), output, weights=weights, seeds=1)


CONVOLVING: list[tuple[str, Any, dict[str, Any], tuple[int, ...], tuple[int, ...]]] = [
    ("1d", layers.ConvLSTM1D, {"kernel_size": 3}, (4, 3, 6, 2), (4, 4, 5)),
    ("2d", layers.ConvLSTM2D, {"kernel_size": (2, 3), "strides": 2, "padding": "same"}, (4, 3, 4, 5, 2), (4, 2, 3, 5)),
    (
        "2d_first",
        layers.ConvLSTM2D,
        {"kernel_size": 2, "data_format": "channels_first", "return_sequences": True, "use_bias": False},
        (4, 3, 2, 4, 4),
        (4, 3, 5, 3, 3),
    ),
    ("3d", layers.ConvLSTM3D, {"kernel_size": 2, "go_backwards": True}, (4, 2, 3, 3, 2, 2), (4, 2, 2, 1, 5)),
]


@pytest.mark.parametrize(("name", "cls", "init", "shape", "output"), CONVOLVING, ids=[row[0] for row in CONVOLVING])
def test_convolving(name: str, cls: Any, init: dict[str, Any], shape: tuple[int, ...], output: tuple[int, ...]) -> None:
    check_layer(cls, {"filters": 5, **init}, shape, output, weights=2 if "use_bias" in init else 3, seeds=1)


def test_convolving_drops_the_same_at_all_steps_for_each_gate() -> None:
    layer = layers.ConvLSTM1D(4, 3, padding="same", dropout=0.5, recurrent_dropout=0.5, return_sequences=True, seed=1)
    x = np.ones((2, 3, 8, 5), "float32")
    nncore.utils.set_random_seed(3)
    a, b = layer(x, training=True), layer(x, training=True)
    assert not np.array_equal(a, b)
    assert not np.array_equal(a, layer(x))
    np.testing.assert_array_equal(layer(x), layer(x, training=False))


def test_convolving_checks_its_arguments() -> None:
    for arguments, message in (
        ({"filters": 0, "kernel_size": 3}, "filters=0"),
        ({"filters": 2, "kernel_size": (3, 3)}, "kernel_size"),
        ({"filters": 2, "kernel_size": 3, "padding": "causal"}, "padding='causal'"),
        ({"filters": 2, "kernel_size": 3, "strides": 2, "dilation_rate": 2}, "can't both be larger than 1"),
    ):
        with pytest.raises(ValueError, match=message):
            layers.ConvLSTM1D(**arguments)
    layer = layers.ConvLSTM1D(2, 3, name="memory")
    with pytest.raises(ValueError, match="the kernel must fit"):
        layer(np.zeros((2, 3, 2, 1)))
    layer = layers.ConvLSTM1D(2, 3, name="memory")
    with pytest.raises(ValueError, match=r'"memory".*\(2, 4, 2\). Received: initial_state of shape \(2, 2\)'):
        layer(np.zeros((2, 3, 6, 1)), initial_state=[np.zeros((2, 2))] * 2)


WRAPPED: list[tuple[str, Any, tuple[int, ...], int, int]] = [
    ("rnn", lambda **k: layers.RNN(layers.GRUCell(5, dtype=k.get("dtype")), **k), (4, 5), 3, 1),
    ("rnn_user", lambda **k: layers.RNN(Leaky(5, dtype=k.get("dtype")), return_sequences=True, **k), (4, 6, 2), 2, 0),
    (
        "rnn_stacked",
        lambda **k: layers.RNN([layers.LSTMCell(5, dtype=k.get("dtype")), Leaky(4, dtype=k.get("dtype"))], **k),
        (4, 2),
        5,
        1,
    ),
    ("bidirectional", lambda **k: layers.Bidirectional(layers.LSTM(5, dtype=k.get("dtype")), **k), (4, 10), 6, 2),
    (
        "bidirectional_sequences",
        lambda **k: layers.Bidirectional(
            layers.GRU(5, return_sequences=True, dtype=k.get("dtype")), merge_mode="sum", **k
        ),
        (4, 6, 5),
        6,
        2,
    ),
    (
        "time_distributed",
        lambda **k: layers.TimeDistributed(layers.Dense(2, dtype=k.get("dtype")), **k),
        (4, 6, 2),
        2,
        0,
    ),
]


@pytest.mark.parametrize(("name", "make", "output", "weights", "seeds"), WRAPPED, ids=[row[0] for row in WRAPPED])
def test_wrapper(name: str, make: Any, output: tuple[int, ...], weights: int, seeds: int) -> None:
    check_layer(make, {}, (4, 6, 3), output, weights=weights, seeds=seeds)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_masked_is_truncated(kind: str, fused: bool) -> None:
    """Padding behind a sequence changes nothing: output and states are those of the sequence alone."""
    cls, cell = KINDS[kind]
    layer = cls(5, return_state=True)
    layer(X)
    if not fused:
        stepwise = layers.RNN(cell(5), return_state=True)
        stepwise(X)
        stepwise.set_weights(layer.get_weights())
        layer = stepwise
    padded = np.where(MASK[..., None], X, 9.0).astype("float32")
    for row, length in enumerate(LENGTHS):
        alone = layer(X[row : row + 1, :length])
        for got, want in zip(layer(padded, mask=MASK), alone, strict=True):
            np.testing.assert_allclose(got[row : row + 1], want, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_masked_gradient_is_truncated(kind: str) -> None:
    layer = KINDS[kind][0](5)
    layer(X)
    got = nncore.grad(lambda x: ops.sum(ops.square(layer(x, mask=MASK))))(X)
    for row, length in enumerate(LENGTHS):
        want = nncore.grad(lambda x: ops.sum(ops.square(layer(x))))(X[row : row + 1, :length])
        np.testing.assert_allclose(got[row, :length], want[0], rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(got[row, length:], 0)


OTHERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "user": (lambda: layers.RNN(Leaky(5), return_state=True), (3,)),
    "stacked": (lambda: layers.RNN([layers.GRUCell(5), Leaky(4)], return_state=True), (3,)),
    "bidirectional": (lambda: layers.Bidirectional(layers.LSTM(5, return_state=True)), (3,)),
    "bidirectional_cells": (lambda: layers.Bidirectional(layers.RNN(layers.GRUCell(5))), (3,)),
    "reset_before": (lambda: layers.GRU(5, reset_after=False), (3,)),
    "conv1": (lambda: layers.ConvLSTM1D(4, 2, return_state=True), (4, 2)),
    "conv2": (lambda: layers.ConvLSTM2D(3, 2, data_format="channels_first"), (2, 3, 3)),
    "conv3": (lambda: layers.ConvLSTM3D(2, 1, padding="same"), (2, 2, 1, 2)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_masked_is_truncated_in_values_and_gradients(name: str) -> None:
    make, step = OTHERS[name]
    layer = make()
    x = RNG.normal(size=(4, 6, *step)).astype("float32")
    layer(x)

    def total(x: Any, mask: Any) -> Any:
        return sum((ops.sum(ops.square(y)) for y in tree.flatten(layer(x, mask=mask))), 0.0)

    whole, slope = tree.flatten(layer(x, mask=MASK)), nncore.grad(lambda x: total(x, MASK))(x)
    for row, length in enumerate(LENGTHS):
        short = x[row : row + 1, :length]
        for got, want in zip(whole, tree.flatten(layer(short)), strict=True):
            np.testing.assert_allclose(got[row : row + 1], want, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(
            slope[row, :length], nncore.grad(lambda x: total(x, None))(short)[0], rtol=1e-5, atol=1e-6
        )
        np.testing.assert_array_equal(slope[row, length:], 0)


@pytest.mark.parametrize("kind", KINDS)
def test_fused_is_the_cell_step_by_step(kind: str) -> None:
    cls, cell = KINDS[kind]
    for options in ({}, {"go_backwards": True}, {"zero_output_for_mask": True}):
        for mask in (None, MASK, RNG.random((4, 6)) < 0.5):
            layer = cls(5, return_sequences=True, return_state=True, **options)
            stepwise = layers.RNN(cell(5), return_sequences=True, return_state=True, **options)
            layer(X)
            stepwise(X)
            stepwise.set_weights(layer.get_weights())
            for got, want in zip(layer(X, mask=mask), stepwise(X, mask=mask), strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_masks_come_from_the_layers_below() -> None:
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [1, 2, 3, 4]])
    model = models.Sequential(
        [layers.Input((None,)), layers.Embedding(5, 3, mask_zero=True), layers.LSTM(4), layers.Dense(1)]
    )
    full = model(ids)
    np.testing.assert_allclose(model(ids[:1, :2]), full[:1], rtol=1e-6)
    np.testing.assert_allclose(model.predict(ids, verbose=0), full, rtol=1e-6)
    both = layers.Bidirectional(layers.GRU(4, return_sequences=True))
    out = both(layers.Masking()(np.where(MASK[..., None], X, 0)))
    np.testing.assert_array_equal(masking.get_mask(out), MASK)
    assert not out[~MASK].any()


@pytest.mark.parametrize("kind", [*KINDS, "user", "bidirectional"])
def test_stateful_goes_on_where_the_batch_before_ended(kind: str) -> None:
    def make(**options: Any) -> Any:
        if kind == "user":
            return layers.RNN(Leaky(5), **options)
        if kind == "bidirectional":
            return layers.Bidirectional(layers.LSTM(5, **options))
        return KINDS[kind][0](5, **options)

    layer = make(stateful=True)
    model = models.Sequential([layers.Input(batch_shape=(4, 3, 3)), layer])
    whole = make()
    whole(X)
    whole.set_weights(layer.get_weights())
    assert len(layer.weights) == len(whole.weights)
    if kind != "bidirectional":
        model.predict(X[:, :3], batch_size=4, verbose=0)
        np.testing.assert_allclose(model.predict(X[:, 3:], batch_size=4, verbose=0), whole(X), rtol=1e-5, atol=1e-6)
    first = model(X[:, :3])
    layer.reset_state()
    assert all(not state.numpy().any() for state in tree.flatten(layer.states))
    again = model(X[:, :3])
    if kind == "bidirectional":
        np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(again, whole(X[:, :3]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}, {"dropout": 0.5, "recurrent_dropout": 0.3}]
)
def test_dropout(kind: str, options: dict[str, float]) -> None:
    layer = KINDS[kind][0](5, seed=1, **options)
    plain = layer(X)
    np.testing.assert_array_equal(layer(X), plain)
    dropped = layer(X, training=True)
    assert (dropped != plain).any()
    assert (layer(X, training=True) != dropped).any()
    twin = KINDS[kind][0](5, seed=1, **options)
    twin(X)
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(twin(X, training=True), dropped, rtol=1e-6)
    model = models.Sequential([layers.Input((6, 3)), layer])
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((4, 5)), verbose=0)


def test_dropped_inputs_are_the_same_at_all_steps() -> None:
    """A recurrence that adds its inputs up shows the mask: each feature counts twice at every step, or at none."""
    layer = layers.SimpleRNN(
        3, activation="linear", kernel_initializer="identity", recurrent_initializer="identity", dropout=0.5, seed=3
    )
    out = layer(np.ones((4, 6, 3), "float32"), training=True)
    assert set(np.unique(out)) == {0.0, 12.0}


def test_seq2seq_states_travel() -> None:
    encoder_inputs, decoder_inputs = layers.Input((None, 3)), layers.Input((None, 2))
    _, h, c = layers.LSTM(5, return_state=True)(encoder_inputs)
    decoded = layers.LSTM(5, return_sequences=True)(decoder_inputs, initial_state=[h, c])
    model = models.Model([encoder_inputs, decoder_inputs], layers.Dense(2)(decoded))
    model.compile("adam", "mse")
    history = model.fit([X, X[..., :2]], X[..., :2], epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert model.predict([X[:, :2], X[:, :5, :2]], verbose=0).shape == (4, 5, 2)


def test_time_distributed_shares_statistics_step_by_step() -> None:
    class Counter(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, x: Any) -> Any:
            self.calls.assign_add(1.0)
            return x

    inner = Counter()
    layers.TimeDistributed(inner)(X)
    assert float(inner.calls.numpy()) == 6


BAD: dict[str, tuple[Any, str]] = {
    "units": (lambda: layers.LSTM(0), "argument `units`, expected a positive integer, got 0"),
    "activation": (lambda: layers.GRU(3, activation="tanj"), "tanj"),
    "cudnn": (lambda: layers.GRU(3, use_cudnn=True), "cuDNN is not supported"),
    "cell": (lambda: layers.RNN(layers.Dense(3)), "should have a `state_size`"),
    "no cell": (lambda: layers.RNN([]), "list of cells"),
    "rank": (lambda: layers.LSTM(3, name="mine")(np.zeros((2, 3), "float32")), "mine.*expected ndim=3"),
    "states": (
        lambda: layers.LSTM(5, name="mine")(X, initial_state=[np.zeros((4, 5), "float32")]),
        r'"mine" expects 2 state\(s\)',
    ),
    "state shape": (
        lambda: layers.GRU(5, name="mine")(X, initial_state=[np.zeros((4, 4), "float32")]),
        r'"mine".*\(4, 5\). Received: initial_state of shape \(4, 4\)',
    ),
    "mask": (
        lambda: layers.GRU(5, name="mine")(X, mask=np.ones((4, 5), bool)),
        r'"mine": `mask` should have the shape.*\(4, 6\). Received: mask.shape=\(4, 5\)',
    ),
    "stateful": (
        lambda: models.Sequential([layers.Input((6, 3)), layers.GRU(5, stateful=True, name="mine")]),
        '"mine".*batch size must be static',
    ),
    "stateful batch": (
        lambda: models.Sequential([layers.Input(batch_shape=(2, 6, 3)), layers.GRU(5, stateful=True)]).layers[0](X),
        "Expected batch size: 2. Received batch size: 4",
    ),
    "merge mode": (lambda: layers.Bidirectional(layers.LSTM(3), merge_mode="max"), "merge_mode='max'"),
    "directions": (
        lambda: layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3)),
        "different `go_backwards` values",
    ),
    "sequences": (
        lambda: layers.Bidirectional(
            layers.LSTM(3), backward_layer=layers.LSTM(3, go_backwards=True, return_sequences=True)
        ),
        'attribute "return_sequences"',
    ),
    "wrapped": (lambda: layers.TimeDistributed(3), "`layer` should be a layer"),
    "wrapped rank": (lambda: layers.TimeDistributed(layers.Dense(2))(X[0]), "at least 3 dimensions"),
    "wrapped mask": (
        lambda: layers.TimeDistributed(layers.Dense(2))(X, mask=np.ones((4, 2), bool)),
        r"must match those of the input, \(4, 6\)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    call, message = BAD[name]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        call()


def test_layers_show_what_their_cells_keep() -> None:
    layer = layers.GRU(3, recurrent_activation="tanh", dropout=0.2, implementation=1)
    assert (layer.units, layer.dropout, layer.reset_after, layer.cell.implementation) == (3, 0.2, True, 1)
    assert layer.recurrent_activation.__name__ == "tanh"
    convolving = layers.ConvLSTM2D(2, (3, 1), strides=2, use_bias=False)
    assert (convolving.filters, convolving.kernel_size, convolving.strides) == (2, (3, 1), (2, 2))
    assert (convolving.use_bias, convolving.unit_forget_bias) == (False, True)
    with pytest.raises(AttributeError, match="'LSTM' object has no attribute 'filters'"):
        _ = layers.LSTM(2).filters


class OwnLSTMCell(layers.Layer):
    """The arithmetic of LSTMCell, written in ops."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]

    def build(self, input_shape: Any) -> None:
        columns = 4 * self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], columns), initializer="glorot_uniform", name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, columns), initializer="orthogonal", name="recurrent")
        self.bias = self.add_weight(shape=(columns,), initializer="zeros", name="bias")

    def call(self, inputs: Any, states: Any) -> Any:
        h, c = states
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent) + self.bias
        i, f, g, o = ops.split(z, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, [h, c]


@pytest.mark.parametrize("options", [{}, {"go_backwards": True}, {"unroll": True}, {"return_sequences": True}])
def test_an_own_cell_trains_like_the_built_in_one(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 9, 5)).astype("float32"), rng.normal(size=(32, 1)).astype("float32")
    models = []
    for layer in (layers.LSTM(6, **options), layers.RNN(OwnLSTMCell(6), **options)):
        models.append(nncore.Sequential([layers.Input((9, 5)), layer, layers.Flatten(), layers.Dense(1)]))
        models[-1].compile(nncore.optimizers.SGD(0.1), "mse")
    models[1].set_weights(models[0].get_weights())
    losses = [m.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"] for m in models]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    for a, b in zip(models[1].get_weights(), models[0].get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_an_own_cell_is_a_loop_of_any_length() -> None:
    layer = layers.RNN(OwnLSTMCell(3))
    counts = []
    for steps in (4, 5000):
        compiled = compile_step(lambda x: layer(x), (Spec((2, steps, 4), "float32"),))
        counts.append(compiled.program.instruction_count)
        assert compiled.run((np.ones((2, steps, 4), "float32"),)).shape == (2, 3)
    assert counts[0] == counts[1]


def test_a_cell_that_changes_its_states_is_refused() -> None:
    class Growing(layers.Layer):
        state_size = 3

        def call(self, inputs: Any, states: Any) -> Any:
            return inputs, [ops.concatenate([states[0], states[0]], axis=1)]

    grow = nncore.function(lambda x: layers.RNN(Growing(), name="grow")(x))
    with pytest.raises(ValueError, match=r"float32\(2, 3\) before the turn at '0', float32\(2, 6\) after it") as error:
        grow(np.ones((2, 4, 3), "float32"))
    assert any('Layer "grow"' in note for note in error.value.__notes__)

"""Make ``sequences.npz``: what Keras's layers of sequences give, forwards and in their gradients.

Run by hand, in an environment with Keras: ``KERAS_BACKEND=jax python tests/golden/make_sequences.py``.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
from keras import layers

B, T, F, U = 3, 5, 4, 3
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0]], bool)
FEATURES = (B, T, F)


def recurrent() -> dict[str, tuple]:
    """name: layer, whether it gets the mask, number of initial states [, shape of a step [, of a state]]."""
    rows: dict[str, tuple] = {}
    for name, cls, states in (("simple", layers.SimpleRNN, 1), ("lstm", layers.LSTM, 2), ("gru", layers.GRU, 1)):
        rows[name] = (cls(U, bias_initializer="random_normal"), False, 0)
        rows[f"{name}_sequences"] = (cls(U, return_sequences=True, return_state=True), True, 0)
        rows[f"{name}_backwards"] = (cls(U, return_sequences=True, go_backwards=True), True, 0)
        rows[f"{name}_states"] = (cls(U, return_state=True, use_bias=False), False, states)
        rows[f"{name}_zeros"] = (cls(U, return_sequences=True, zero_output_for_mask=True), True, 0)
        rows[f"{name}_relu"] = (cls(U, activation="relu", return_sequences=True), False, 0)
    rows["lstm_hard"] = (layers.LSTM(U, recurrent_activation="hard_sigmoid", unit_forget_bias=False), True, 0)
    rows["lstm_softsign"] = (layers.LSTM(U, activation="softsign", return_sequences=True), True, 0)
    rows["gru_before"] = (layers.GRU(U, reset_after=False, return_sequences=True), True, 0)
    rows["gru_before_states"] = (layers.GRU(U, reset_after=False, return_state=True), False, 1)
    cells = [layers.LSTMCell(U), layers.GRUCell(2), layers.SimpleRNNCell(4)]
    rows["stacked"] = (layers.RNN(cells, return_sequences=True, return_state=True), True, 0)
    for mode in ("concat", "sum", "mul", "ave"):
        rows[f"bidirectional_{mode}"] = (
            layers.Bidirectional(layers.LSTM(U, return_sequences=mode != "ave"), merge_mode=mode),
            True,
            0,
        )
    rows["bidirectional_pair"] = (
        layers.Bidirectional(layers.GRU(U, return_sequences=True, return_state=True), merge_mode=None),
        False,
        0,
    )
    # Without masks: Keras 3.15 can't broadcast them to images.
    convolving = {"return_sequences": True, "return_state": True, "bias_initializer": "random_normal"}
    rows["conv1"] = (layers.ConvLSTM1D(U, 3, **convolving), False, 0, (6, 2))
    rows["conv1_states"] = (layers.ConvLSTM1D(U, 2, dilation_rate=2, return_state=True), False, 2, (6, 2), (4, U))
    rows["conv2"] = (layers.ConvLSTM2D(U, (3, 2), strides=(2, 1), padding="same", **convolving), False, 0, (5, 4, 2))
    rows["conv2_backwards"] = (
        layers.ConvLSTM2D(U, 3, go_backwards=True, use_bias=False, recurrent_activation="hard_sigmoid"),
        False,
        0,
        (5, 4, 2),
    )
    rows["conv2_first"] = (
        layers.ConvLSTM2D(U, 2, data_format="channels_first", unit_forget_bias=False, **convolving),
        False,
        0,
        (2, 4, 4),
    )
    rows["conv3"] = (layers.ConvLSTM3D(2, 2, padding="same", return_sequences=True), False, 0, (3, 3, 2, 2))
    rows["time_distributed"] = (layers.TimeDistributed(layers.Dense(2, activation="tanh")), False, 0)
    return rows


def main() -> None:
    """Write ``sequences.npz`` beside this file."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {"mask": MASK}
    meta: dict[str, dict] = {}

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype("float32")

    for name, (layer, masked, states, *shapes) in recurrent().items():
        x = draw(*(FEATURES if not shapes else (B, T, *shapes[0])))
        initial = [draw(B, *(shapes[1] if len(shapes) > 1 else (U,))) for _ in range(states)]
        options = {"mask": keras.ops.convert_to_tensor(MASK)} if masked else {}
        if initial:
            options["initial_state"] = [keras.ops.convert_to_tensor(s) for s in initial]
        layer(x, **options)
        values = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]

        def total(values, x, layer=layer, fixed=fixed, options=options):
            outputs, _ = layer.stateless_call(values, fixed, x, **options)
            leaves = keras.tree.flatten(outputs)
            loss = sum((leaf * np.cos(np.arange(leaf.size)).reshape(leaf.shape)).sum() for leaf in leaves)
            return loss, leaves

        (_, leaves), gradients = jax.value_and_grad(total, argnums=(0, 1), has_aux=True)(values, x)
        config = layers.serialize(layer)
        meta[name] = {"config": config, "masked": masked, "states": states, "outputs": len(leaves)}
        arrays[f"{name}.x"] = x
        for kind, items in (("state", initial), ("w", layer.get_weights()), ("out", leaves), ("dw", gradients[0])):
            for i, item in enumerate(items):
                arrays[f"{name}.{kind}{i}"] = np.asarray(item)
        arrays[f"{name}.dx"] = np.asarray(gradients[1])
        meta[name]["weights"] = len(values)
    arrays["meta"] = np.array(json.dumps({"keras": keras.__version__, "layers": meta}))
    np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sequences.npz"), **arrays)


if __name__ == "__main__":
    main()

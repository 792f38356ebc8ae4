"""Make ``layers.npz``: what Keras's layers, activations, regularizers and constraints give, and its models as data.

Run by hand, in an environment with Keras: ``KERAS_BACKEND=jax python tests/golden/make_layers.py``.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

# name: layer, shapes of its inputs (one: called on the tensor, several: on the list)
LAYERS = {
    "dense": (layers.Dense(3, activation="tanh"), [(4, 5)]),
    "dense_3d": (layers.Dense(3, use_bias=False, kernel_initializer="he_normal"), [(2, 4, 5)]),
    "activation_gelu": (layers.Activation("gelu"), [(4, 5)]),
    "relu": (layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2), [(4, 5)]),
    "leaky_relu": (layers.LeakyReLU(), [(4, 5)]),
    "elu": (layers.ELU(0.7), [(4, 5)]),
    "prelu": (layers.PReLU("random_uniform", shared_axes=[1]), [(4, 3, 5)]),
    "softmax": (layers.Softmax(axis=1), [(4, 3, 5)]),
    "softmax_axes": (layers.Softmax(axis=[1, 2]), [(4, 3, 5)]),
    "flatten": (layers.Flatten(), [(2, 3, 4, 5)]),
    "flatten_first": (layers.Flatten("channels_first"), [(2, 3, 4, 5)]),
    "reshape": (layers.Reshape((2, -1)), [(3, 4, 5)]),
    "add": (layers.Add(), [(4, 5), (4, 5), (4, 5)]),
    "add_broadcast": (layers.Add(), [(4, 3, 5), (4, 1, 5)]),
    "add_ranks": (layers.Add(), [(4, 3, 5), (4, 5)]),
    "subtract": (layers.Subtract(), [(4, 5), (4, 5)]),
    "multiply": (layers.Multiply(), [(4, 5), (4, 5), (4, 1)]),
    "average": (layers.Average(), [(4, 5), (4, 5), (4, 5)]),
    "maximum": (layers.Maximum(), [(4, 5), (4, 5)]),
    "minimum": (layers.Minimum(), [(4, 5), (4, 5)]),
    "concatenate": (layers.Concatenate(), [(4, 5), (4, 2)]),
    "concatenate_axis": (layers.Concatenate(axis=1), [(4, 5, 2), (4, 3, 2)]),
    "dot": (layers.Dot(1), [(4, 5), (4, 5)]),
    "dot_normalized": (layers.Dot(1, normalize=True), [(4, 5), (4, 5)]),
    "dot_3d": (layers.Dot(axes=(2, 1)), [(4, 3, 5), (4, 5, 2)]),
    "dot_last": (layers.Dot(axes=-1), [(4, 3, 5), (4, 2, 5)]),
    "dot_mixed": (layers.Dot(axes=(1, 2)), [(4, 5), (4, 2, 5)]),
    "dot_middle": (layers.Dot(axes=1, normalize=True), [(4, 5, 3), (4, 5, 2)]),
    "identity": (layers.Identity(), [(4, 5)]),
    "dropout_off": (layers.Dropout(0.5), [(4, 5)]),
}

# Without sparsemax: Keras 3.15 gives rows that do not sum to 1.
ACTIVATIONS = [
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus",
    "tanh", "tanh_shrink",
]  # fmt: skip

REGULARIZERS = {
    "l1": keras.regularizers.L1(0.3),
    "l2": keras.regularizers.L2(0.2),
    "l1_l2": keras.regularizers.L1L2(0.3, 0.2),
    "orthogonal_rows": keras.regularizers.OrthogonalRegularizer(0.5),
    "orthogonal_columns": keras.regularizers.OrthogonalRegularizer(0.5, mode="columns"),
}

CONSTRAINTS = {
    "max_norm": keras.constraints.MaxNorm(1.0),
    "max_norm_axis": keras.constraints.MaxNorm(0.7, axis=1),
    "non_neg": keras.constraints.NonNeg(),
    "unit_norm": keras.constraints.UnitNorm(),
    "min_max_norm": keras.constraints.MinMaxNorm(0.5, 0.9, rate=0.6),
}


def models() -> dict[str, tuple[keras.Model, list[tuple[int, ...]]]]:
    """Models whose graphs have every kind of connection; with the shapes of their inputs."""
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(4, activation="relu", name="shared")
    merged = layers.Concatenate(name="merged")([shared(a), shared(b)])
    two = keras.Model([a, b], [layers.Dense(2, name="o1")(merged), layers.Dense(1, name="o2")(merged)], name="two")

    x = layers.Input((4,), name="x")
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(6, activation="tanh"), layers.Dense(4)], name="inner")
    skip = layers.Add(name="skip")([x, inner(x)])
    nested = keras.Model(x, layers.Dense(3, name="last")(inner(skip)), name="nested")

    y = layers.Input((5,), name="y")
    long = layers.Dense(3, name="l2")(layers.Dense(4, name="l1")(y))
    short = layers.Dense(3, name="s1")(y)
    branches = keras.Model({"y": y}, {"out": layers.Subtract(name="sub")([short, long])}, name="branches")

    z = layers.Input((4,), name="z")
    mixed = keras.ops.sum(keras.ops.relu(z * 2 - 1)[:, 1:], axis=-1, keepdims=True)
    ops = keras.Model(z, layers.Dense(2, name="after")(mixed), name="ops")

    plain = keras.Sequential([layers.Dense(3, input_shape=(4,), name="p1"), layers.ReLU(), layers.Dense(2, name="p2")])
    return {
        "two": (two, [(3, 4), (3, 4)]),
        "nested": (nested, [(3, 4)]),
        "branches": (branches, [(3, 5)]),
        "ops": (ops, [(3, 4)]),
        "plain": (plain, [(3, 4)]),
    }


def main() -> None:
    """Write ``layers.npz`` beside this file."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    meta: dict[str, dict] = {"layers": {}, "models": {}, "regularizers": {}, "constraints": {}}

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        return rng.standard_normal(shape).astype("float32")

    for name, (layer, shapes) in LAYERS.items():
        inputs = [draw(shape) for shape in shapes]
        output = layer(inputs if len(inputs) > 1 else inputs[0])
        meta["layers"][name] = {
            "config": layers.serialize(layer),
            "inputs": len(inputs),
            "weights": len(layer.weights),
            "symbolic": list(
                keras.tree.map_structure(
                    lambda t: t,
                    layer(
                        [layers.Input(s[1:]) for s in shapes] if len(shapes) > 1 else layers.Input(shapes[0][1:])
                    ).shape,
                )
            ),
        }
        for i, x in enumerate(inputs):
            arrays[f"layers.{name}.in{i}"] = x
        for i, w in enumerate(layer.get_weights()):
            arrays[f"layers.{name}.w{i}"] = w
        arrays[f"layers.{name}.out"] = np.asarray(output)

    grid = np.concatenate([np.linspace(-4, 4, 33), [-1.0, -0.5, 0.5, 1.0, 6.5, -9.0, 9.0]]).astype("float32")
    arrays["activations.x"] = grid.reshape(4, 10)
    for name in ACTIVATIONS:
        arrays[f"activations.{name}"] = np.asarray(keras.activations.get(name)(arrays["activations.x"]))

    arrays["matrix"] = draw((4, 3))
    for name, regularizer in REGULARIZERS.items():
        meta["regularizers"][name] = keras.regularizers.serialize(regularizer)
        arrays[f"regularizers.{name}"] = np.asarray(regularizer(keras.ops.convert_to_tensor(arrays["matrix"])))
    for name, constraint in CONSTRAINTS.items():
        meta["constraints"][name] = keras.constraints.serialize(constraint)
        arrays[f"constraints.{name}"] = np.asarray(constraint(keras.ops.convert_to_tensor(arrays["matrix"])))

    for name, (model, shapes) in models().items():
        inputs = [draw(shape) for shape in shapes]
        given = {"y": inputs[0]} if name == "branches" else inputs if len(inputs) > 1 else inputs[0]
        outputs = keras.tree.flatten(model(given))
        meta["models"][name] = {
            "json": model.to_json(),
            "inputs": len(inputs),
            "outputs": len(outputs),
            "weights": [list(w.shape) for w in model.weights],
            "layers": [layer.name for layer in model.layers],
        }
        for i, x in enumerate(inputs):
            arrays[f"models.{name}.in{i}"] = x
        for i, w in enumerate(model.get_weights()):
            arrays[f"models.{name}.w{i}"] = w
        for i, y in enumerate(outputs):
            arrays[f"models.{name}.out{i}"] = np.asarray(y)

    meta["keras"] = keras.__version__
    arrays["meta"] = np.array(json.dumps(meta))
    np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.npz"), **arrays)


if __name__ == "__main__":
    main()

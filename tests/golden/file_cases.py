"""Models that are saved by one library and loaded by the other; both run this module, each with its own name.

``CASES`` maps a name to a function of the library (``keras`` or ``nncore``) that returns a compiled model, its inputs
and its targets.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_rng = np.random.default_rng(7)
X = _rng.normal(size=(24, 6)).astype("float32")
Z = _rng.normal(size=(24, 4)).astype("float32")
Y = (X[:, :2] * X[:, 2:4] + 0.3).astype("float32")
LABELS = (X[:, 0] > 0).astype("int32") + (X[:, 1] > 0.5).astype("int32")


def custom(k: Any) -> dict[str, Any]:
    """The registered class and function of the subclassed model."""

    @k.saving.register_keras_serializable("golden")
    class Block(k.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.inner = k.layers.Dense(units, activation="tanh")

        def build(self, input_shape: Any) -> None:
            self.inner.build(input_shape)
            self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
            self.shift = self.add_weight(shape=(self.units,), initializer="zeros", trainable=False, name="shift")

        def call(self, x: Any) -> Any:
            return self.inner(x) * self.scale + self.shift

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    @k.saving.register_keras_serializable("golden")
    class Net(k.Model):
        def __init__(self, width: int = 5, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.width = width
            self.zeroth = Block(width)
            self.blocks = [Block(4), [Block(3), Block(3)]]
            self.by_name = {"b": k.layers.Dense(3), "a": k.layers.Dense(3)}
            self.after_layers = k.layers.Dense(2)

        def build(self, input_shape: Any) -> None:
            self.zeroth.build((None, 6))
            self.blocks[0].build((None, self.width))
            self.blocks[1][0].build((None, 4))
            self.blocks[1][1].build((None, 3))
            self.by_name["a"].build((None, 3))
            self.by_name["b"].build((None, 3))
            self.after_layers.build((None, 3))
            self.built = True

        def call(self, x: Any) -> Any:
            x = self.blocks[0](self.zeroth(x))
            x = self.blocks[1][1](self.blocks[1][0](x))
            return self.after_layers(self.by_name["a"](x) + self.by_name["b"](x))

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "width": self.width}

    @k.saving.register_keras_serializable("golden")
    def cubic(y_true: Any, y_pred: Any) -> Any:
        return k.ops.mean(k.ops.abs(y_true - y_pred) ** 3, axis=-1)

    return {"Net": Net, "cubic": cubic}


def _stack(k: Any) -> Any:
    return k.Sequential(
        [
            k.layers.Input((6,)),
            k.layers.Dense(5, activation="relu", kernel_regularizer=k.regularizers.L2(0.01)),
            k.layers.Dense(5, activation="gelu", kernel_constraint="max_norm", use_bias=False),
            k.layers.Dense(2),
        ]
    )


def sequential(k: Any) -> Any:
    """Regularizer, constraint, metrics of both kinds."""
    model = _stack(k)
    model.compile("adam", "mse", metrics=["mae", k.metrics.MeanSquaredError(name="again")])
    return model, X, Y


def classifier(k: Any) -> Any:
    """Labels, accuracy found by shape, an activation layer, a schedule."""
    model = k.Sequential([k.layers.Input((6,)), k.layers.Dense(8), k.layers.LeakyReLU(0.1), k.layers.Dense(3)])
    model.compile(
        k.optimizers.SGD(k.optimizers.schedules.CosineDecay(0.1, 20), momentum=0.9, nesterov=True),
        k.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model, X, LABELS


def functional(k: Any) -> Any:
    """Two inputs, a shared layer, a nested model, ops with options, two outputs by name."""
    a, b = k.layers.Input((6,), name="a"), k.layers.Input((4,), name="b")
    shared = k.layers.Dense(4, activation="tanh", name="shared")
    u = shared(a)
    v = shared(k.ops.concatenate([b, b[:, 1:3]], axis=-1))
    inner = k.Sequential([k.layers.Input((4,)), k.layers.Dense(4), k.layers.Dense(3)], name="inner")
    w = inner(k.layers.Add()([u, v]) * 2.0 - 0.5)
    total = k.ops.sum(w, axis=1, keepdims=True) / 3.0
    one = k.layers.Dense(2, name="one")(k.layers.Concatenate()([w, total]))
    two = k.layers.Dense(3, activation="softmax", name="two")(inner(1.0 - u))
    model = k.Model([a, b], {"one": one, "two": two})
    model.compile(
        k.optimizers.RMSprop(0.002, rho=0.8, momentum=0.5, centered=True),
        loss={"one": k.losses.Huber(), "two": "sparse_categorical_crossentropy"},
        loss_weights={"one": 1.0, "two": 0.5},
        metrics={"one": ["mae"], "two": ["accuracy"]},
    )
    return model, [X, Z], {"one": Y, "two": LABELS}


def branches(k: Any) -> Any:
    """Branches of different depth, whose layers look alike: their order settles which weights go where."""
    x = k.layers.Input((6,))
    trunk = k.layers.Dense(4, activation="tanh")(x)
    short = k.layers.Dense(4)(x)
    long = k.layers.Dense(4)(k.layers.Dense(4, activation="relu")(k.layers.Dense(4)(trunk)))
    inner_in = k.layers.Input((4,))
    inner_out = k.layers.Add()([k.layers.Dense(4)(inner_in), k.layers.Dense(4)(k.layers.Dense(4)(inner_in))])
    inner = k.Model(inner_in, inner_out)
    mixed = k.layers.Average()([short, long, inner(trunk)])
    out = k.layers.Dense(2)(k.layers.Maximum()([mixed, k.layers.Dense(4)(k.layers.Multiply()([short, trunk]))]))
    model = k.Model(x, out)
    model.compile(k.optimizers.AdamW(0.003, weight_decay=0.01), "mae")
    return model, X, Y


def shaping(k: Any) -> Any:
    """Ops with axes, shapes and indices."""
    x = k.layers.Input((6,))
    h = k.layers.Reshape((3, 2))(k.layers.Dense(6)(x))
    h = k.ops.transpose(h, (0, 2, 1))
    h = k.ops.maximum(k.ops.mean(h, axis=1), k.ops.max(h, axis=1))
    h = k.ops.stack([h, k.ops.square(h)], axis=1)[:, 0]
    h = k.ops.where(h > 0.0, h, 0.1 * h)
    h = k.ops.clip(k.ops.exp(-h), 0.0, 2.0) ** 2.0
    h = k.ops.expand_dims(h, 1)
    h = k.layers.Flatten()(k.ops.repeat(h, 2, axis=1)[..., 0:2])
    model = k.Model(x, k.layers.Dense(2)(k.ops.softmax(h, axis=-1)))
    model.compile("adam", "mse")
    return model, X, Y


def pictures(k: Any) -> Any:
    """Convolutions and pooling."""
    model = k.Sequential(
        [
            k.layers.Input((6,)),
            k.layers.Reshape((6, 1)),
            k.layers.Conv1D(3, 3, padding="same", activation="relu"),
            k.layers.MaxPooling1D(2),
            k.layers.Conv1D(4, 2),
            k.layers.Flatten(),
            k.layers.Dense(2),
        ]
    )
    model.compile(k.optimizers.Adam(0.003), "mse")
    return model, X, Y


def subclassed(k: Any) -> Any:
    """Registered classes, layers in containers, a registered loss."""
    made = custom(k)
    model = made["Net"](width=5)
    model.build((None, 6))
    model.compile(k.optimizers.SGD(0.01, momentum=0.9), made["cubic"])
    return model, X, Y


def _with(name: str, **arguments: Any) -> Any:
    def make(k: Any) -> Any:
        model = _stack(k)
        model.compile(getattr(k.optimizers, name)(**arguments), "mse")
        return model, X, Y

    return make


def attention(k: Any) -> tuple[Any, Any, Any]:
    """Attention, whose projections Keras's files keep under other names than those of their attributes."""
    inputs = k.Input((3, 2))
    x = k.layers.MultiHeadAttention(2, 3, name="heads")(inputs, inputs)
    model = k.Model(inputs, k.layers.Dense(2)(k.layers.Flatten()(x)))
    model.compile(k.optimizers.SGD(0.05), "mse")
    return model, X.reshape(24, 3, 2), Y


def grouped_attention(k: Any) -> tuple[Any, Any, Any]:
    """A layer whose class Keras calls by another name than the public one."""
    inputs = k.Input((3, 2))
    x = k.layers.GroupQueryAttention(3, 4, 2, use_gate=True)(inputs, inputs)
    x = k.layers.GroupQueryAttention(2, 2, 1, use_bias=False)(x, inputs)
    model = k.Model(inputs, k.layers.Dense(2)(k.layers.Flatten()(x)))
    model.compile(k.optimizers.SGD(0.05), "mse")
    return model, X.reshape(24, 3, 2), Y


CASES = {
    "sequential": sequential,
    "classifier": classifier,
    "functional": functional,
    "branches": branches,
    "shaping": shaping,
    "pictures": pictures,
    "subclassed": subclassed,
    "attention": attention,
    "grouped_attention": grouped_attention,
    "adam_amsgrad": _with("Adam", amsgrad=True, use_ema=True, ema_overwrite_frequency=4, clipnorm=1.0),
    "adam_accumulate": _with("Adam", learning_rate=0.01, gradient_accumulation_steps=2, global_clipnorm=1.0),
    "nadam": _with("Nadam", learning_rate=0.003),
    "adamax": _with("Adamax", learning_rate=0.003),
    "adagrad": _with("Adagrad", learning_rate=0.05),
    "adadelta": _with("Adadelta", learning_rate=1.0),
    "lion": _with("Lion", learning_rate=0.003, weight_decay=0.01),
    "ftrl": _with("Ftrl", learning_rate=0.05),
    "lamb": _with("Lamb", learning_rate=0.003),
    "adafactor": _with("Adafactor", learning_rate=0.01),
    "sgd": _with("SGD", learning_rate=0.01),
}


def outputs(predicted: Any) -> dict[str, Any]:
    """Predictions as arrays by name."""
    return predicted if isinstance(predicted, dict) else {"output": predicted}


def train(model: Any, x: Any, y: Any) -> list[float]:
    """Losses of three epochs, in the order of the data."""
    return [float(v) for v in model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]]

"""Small training runs that nncore and Keras must agree on.

Each case is written once, in the API they share; `keras` is either of the two modules. Data and
first weights come from seeded NumPy generators, and nothing is shuffled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Case:
    """A model, its data, and the arguments of `compile`, `fit` and `evaluate`."""

    def __init__(
        self,
        name: str,
        model: Callable[[Any], Any],
        data: Callable[[], tuple[Any, Any]],
        compile_args: Callable[[Any], dict[str, Any]],
        fit_args: Callable[[], dict[str, Any]] | None = None,
        evaluate_args: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.data = data
        self.compile_args = compile_args
        self.fit_args = fit_args or dict
        self.evaluate_args = evaluate_args or dict

    def run(self, keras: Any, **compile_extra: Any) -> dict[str, Any]:
        """Train, evaluate and predict with `keras`; return plain numbers."""
        model = self.model(keras)
        set_first_weights(model)
        model.compile(**{**self.compile_args(keras), **compile_extra})
        x, y = self.data()
        options: dict[str, Any] = {"epochs": 4, "batch_size": 16, "shuffle": False, "verbose": 0}
        history = model.fit(x, y, **{**options, **self.fit_args()})
        results = model.evaluate(x, y, batch_size=16, verbose=0, **self.evaluate_args())
        outputs = model.predict(x, batch_size=16, verbose=0)
        leaves = list(outputs.values()) if isinstance(outputs, dict) else outputs
        leaves = leaves if isinstance(leaves, list) else [leaves]
        return {
            "epoch": list(history.epoch),
            "history": {k: [float(v) for v in values] for k, values in history.history.items()},
            "evaluate": [float(v) for v in np.atleast_1d(results)],
            "predict": [np.asarray(leaf)[:3].tolist() for leaf in leaves],
        }


def set_first_weights(model: Any) -> None:
    """Give the model weights that depend on their shapes only."""
    rng = np.random.RandomState(7)
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


def numbers(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.RandomState(seed).standard_normal(shape).astype("float32")


def classes(count: int, samples: int, seed: int = 1) -> np.ndarray[Any, Any]:
    return np.random.RandomState(seed).randint(0, count, samples)


def one_hot(labels: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    return np.eye(count, dtype="float32")[labels]


# ---- models ---------------------------------------------------------------------------------


def regression(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((5,)), layers.Dense(8, activation="tanh"), layers.Dense(1)])


def classifier(keras: Any, activation: str = "softmax", units: int = 4) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(8, activation="relu"),
            layers.Dense(units, activation=activation),
        ]
    )


def binary(keras: Any) -> Any:
    return classifier(keras, "sigmoid", 1)


def logits(keras: Any) -> Any:
    return classifier(keras, "linear")


def regularized(keras: Any) -> Any:
    layers, reg = keras.layers, keras.regularizers
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(8, activation="tanh", kernel_regularizer=reg.L2(0.01)),
            layers.Dense(1, bias_regularizer=reg.L1(0.1)),
        ]
    )


def two_outputs(keras: Any) -> Any:
    layers = keras.layers
    inputs = keras.Input((5,), name="features")
    hidden = layers.Dense(8, activation="relu", name="hidden")(inputs)
    a = layers.Dense(1, name="a")(hidden)
    b = layers.Dense(4, activation="softmax", name="b")(hidden)
    return keras.Model(inputs, [a, b])


def two_inputs(keras: Any) -> Any:
    layers = keras.layers
    left, right = keras.Input((5,), name="left"), keras.Input((3,), name="right")
    both = layers.Concatenate()([layers.Dense(4, activation="tanh")(left), right])
    return keras.Model([left, right], layers.Dense(1, name="out")(both))


def dict_outputs(keras: Any) -> Any:
    layers = keras.layers
    inputs = keras.Input((5,), name="features")
    hidden = layers.Dense(6, activation="tanh")(inputs)
    return keras.Model(inputs, {"a": layers.Dense(1)(hidden), "b": layers.Dense(2)(hidden)})


# ---- data -----------------------------------------------------------------------------------

N = 50  # three whole batches of 16 and a partial one


def regression_data() -> tuple[Any, Any]:
    x = numbers(N, 5)
    return x, (x @ numbers(5, 1, seed=3) + 0.1 * numbers(N, 1, seed=4))


def flat_target_data() -> tuple[Any, Any]:
    x, y = regression_data()
    return x.astype("float64"), y[:, 0].astype("float64")


def one_hot_data() -> tuple[Any, Any]:
    return numbers(N, 5), one_hot(classes(4, N), 4)


def sparse_data() -> tuple[Any, Any]:
    return numbers(N, 5), classes(4, N)


def binary_data() -> tuple[Any, Any]:
    x = numbers(N, 5)
    return x, (x.sum(1) + numbers(N, seed=5) > 0).astype("int32")


def two_output_data() -> tuple[Any, Any]:
    x, y = regression_data()
    return x, [y, classes(4, N)]


def two_input_data() -> tuple[Any, Any]:
    return [numbers(N, 5), numbers(N, 3, seed=6)], numbers(N, 1, seed=8)


def dict_input_data() -> tuple[Any, Any]:
    (left, right), y = two_input_data()
    return {"right": right, "left": left}, y


def dict_output_data() -> tuple[Any, Any]:
    return numbers(N, 5), {"a": numbers(N, 1, seed=8), "b": numbers(N, 2, seed=9)}


def weights() -> np.ndarray[Any, Any]:
    return np.linspace(0.0, 2.0, N).astype("float32")


# ---- the table ------------------------------------------------------------------------------


def optimizer_case(name: str, make: Callable[[Any], Any]) -> Case:
    return Case(
        f"optimizer_{name}",
        regression,
        regression_data,
        lambda keras: {"optimizer": make(keras.optimizers), "loss": "mse", "metrics": ["mae"]},
    )


def loss_case(name: str, model: Any, data: Any, make: Callable[[Any], Any]) -> Case:
    rate = 0.001 if name == "sum" else 0.05
    return Case(
        f"loss_{name}",
        model,
        data,
        lambda keras: {"optimizer": keras.optimizers.SGD(rate), "loss": make(keras.losses)},
    )


def sgd(keras: Any, **compile_args: Any) -> dict[str, Any]:
    return {"optimizer": keras.optimizers.SGD(0.05), **compile_args}


CASES = [
    optimizer_case("sgd", lambda o: o.SGD(0.05)),
    optimizer_case("momentum", lambda o: o.SGD(0.02, momentum=0.9)),
    optimizer_case("nesterov", lambda o: o.SGD(0.02, momentum=0.9, nesterov=True)),
    optimizer_case("rmsprop", lambda o: o.RMSprop(0.01)),
    optimizer_case("rmsprop_centered", lambda o: o.RMSprop(0.01, momentum=0.5, centered=True)),
    optimizer_case("adam", lambda o: o.Adam(0.01)),
    optimizer_case("amsgrad", lambda o: o.Adam(0.01, amsgrad=True)),
    optimizer_case("adamw", lambda o: o.AdamW(0.01, weight_decay=0.1)),
    optimizer_case("adagrad", lambda o: o.Adagrad(0.1)),
    optimizer_case("clipnorm", lambda o: o.SGD(0.05, clipnorm=0.5)),
    optimizer_case("schedule", lambda o: o.SGD(o.schedules.ExponentialDecay(0.1, 4, 0.5, staircase=True))),
    loss_case("mae", regression, regression_data, lambda _: "mean_absolute_error"),
    loss_case("huber", regression, regression_data, lambda loss: loss.Huber(0.5)),
    loss_case("cosine", logits, one_hot_data, lambda loss: loss.CosineSimilarity()),
    loss_case("kld", classifier, one_hot_data, lambda loss: loss.KLDivergence()),
    loss_case("sum", regression, regression_data, lambda loss: loss.MeanSquaredError("sum")),
    loss_case(
        "smoothed",
        classifier,
        one_hot_data,
        lambda loss: loss.CategoricalCrossentropy(label_smoothing=0.1),
    ),
    loss_case(
        "logits",
        logits,
        sparse_data,
        lambda loss: loss.SparseCategoricalCrossentropy(from_logits=True),
    ),
    Case(
        "categorical_accuracy",
        classifier,
        one_hot_data,
        lambda keras: {"loss": "categorical_crossentropy", "metrics": ["accuracy"]},
    ),
    Case(
        "sparse_accuracy",
        classifier,
        sparse_data,
        lambda keras: {
            "optimizer": "adam",
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["acc"],
        },
        lambda: {"validation_data": sparse_data()},
    ),
    Case(
        "binary_metrics",
        binary,
        binary_data,
        lambda keras: sgd(
            keras,
            loss="binary_crossentropy",
            metrics=[
                "accuracy",
                keras.metrics.AUC(name="auc"),
                keras.metrics.Precision(name="precision"),
                keras.metrics.Recall(name="recall"),
            ],
        ),
    ),
    Case(
        "flat_targets",
        regression,
        flat_target_data,
        lambda keras: sgd(keras, loss="mse", metrics=["mse", "mae"]),
    ),
    Case(
        "sample_weight",
        regression,
        regression_data,
        lambda keras: sgd(keras, loss="mse", metrics=["mae"], weighted_metrics=["mse"]),
        lambda: {"sample_weight": weights()},
        lambda: {"sample_weight": weights()},
    ),
    Case(
        "same_metric_weighted",
        regression,
        regression_data,
        lambda keras: sgd(keras, loss="mse", metrics=["mae"], weighted_metrics=["mse"]),
        lambda: {
            "sample_weight": weights(),
            "validation_data": (*regression_data(), weights()),
        },
    ),
    Case(
        "class_weight",
        classifier,
        sparse_data,
        lambda keras: sgd(keras, loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"]),
        lambda: {"class_weight": {0: 1.0, 1: 3.0, 3: 0.5}},
    ),
    Case(
        "class_weight_one_hot",
        classifier,
        one_hot_data,
        lambda keras: sgd(keras, loss="categorical_crossentropy", metrics=["accuracy"]),
        lambda: {"class_weight": {0: 1.0, 1: 3.0, 3: 0.5}},
    ),
    Case(
        "validation_split",
        regression,
        regression_data,
        lambda keras: sgd(keras, loss="mse", metrics=["mae"]),
        lambda: {"validation_split": 0.3, "validation_freq": 2},
    ),
    Case(
        "validation_epochs",
        regression,
        regression_data,
        lambda keras: sgd(keras, loss="mse"),
        lambda: {
            "validation_data": regression_data(),
            "validation_freq": [1, 4],
            "validation_steps": 2,
            "validation_batch_size": 10,
        },
    ),
    Case(
        "initial_epoch",
        regression,
        regression_data,
        lambda keras: sgd(keras, loss="mse"),
        lambda: {"initial_epoch": 2},
    ),
    Case(
        "steps_per_epoch",
        regression,
        regression_data,
        lambda keras: sgd(keras, loss="mse"),
        lambda: {"steps_per_epoch": 2},
    ),
    Case(
        "regularization",
        regularized,
        regression_data,
        lambda keras: sgd(keras, loss="mse", metrics=["mse"]),
    ),
    Case(
        "two_outputs_lists",
        two_outputs,
        two_output_data,
        lambda keras: sgd(
            keras,
            loss=["mse", "sparse_categorical_crossentropy"],
            loss_weights=[0.3, 2.0],
            metrics=[["mae"], ["accuracy"]],
        ),
    ),
    Case(
        "two_outputs_dicts",
        two_outputs,
        two_output_data,
        lambda keras: sgd(
            keras,
            loss={"a": "mse", "b": "sparse_categorical_crossentropy"},
            loss_weights={"a": 0.3, "b": 2.0},
            metrics={"a": ["mae", "mse"], "b": "accuracy"},
        ),
        lambda: {"validation_data": two_output_data()},
    ),
    Case(
        "two_outputs_weighted",
        two_outputs,
        two_output_data,
        lambda keras: sgd(
            keras,
            loss=["mse", "sparse_categorical_crossentropy"],
            weighted_metrics=[["mae"], ["accuracy"]],
        ),
        lambda: {"sample_weight": [weights(), weights()[::-1]]},
    ),
    Case(
        "two_inputs",
        two_inputs,
        two_input_data,
        lambda keras: sgd(keras, loss="mse", metrics=["mae"]),
    ),
    Case(
        "dict_inputs",
        two_inputs,
        dict_input_data,
        lambda keras: sgd(keras, loss="mse"),
    ),
    Case(
        "dict_outputs",
        dict_outputs,
        dict_output_data,
        lambda keras: sgd(keras, loss={"a": "mse", "b": "mae"}, metrics={"b": ["mse"]}),
    ),
]

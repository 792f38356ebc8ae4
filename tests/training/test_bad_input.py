"""What wrong input gets: a clear error, and a model that is as it was."""

from __future__ import annotations

import numpy as np
import pytest

import nncore
from nncore import layers, ops
from training.models import data, linear, softmax

X, Y = data()
LABELS = np.arange(40) % 3


def two_outputs(**compile_args):
    inputs = layers.Input((3,))
    a, b = layers.Dense(1, name="a")(inputs), layers.Dense(1, name="b")(inputs)
    model = nncore.Model(inputs, [a, b])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compile_args})
    return model


def loses_samples(y_true, y_pred):
    return ops.ones((7,)) * ops.mean(y_pred)


class BadLoss(nncore.Model):
    """A model whose own loss is no scalar."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.square(y - y_pred)


def with_nan(a, rows=slice(None)):
    a = a.copy()
    a[rows] = np.nan
    return a


FIT = [
    ("samples differ", linear, lambda m: m.fit(X, Y[:-1]), "x: 40, y: 39"),
    ("weights differ", linear, lambda m: m.fit(X, Y, sample_weight=np.ones(3)), "sample_weight: 3"),
    ("no samples", linear, lambda m: m.fit(X[:0], Y[:0]), r"empty.*x.shape=\(0, 3\)"),
    ("empty list", linear, lambda m: m.fit([], []), "`x` is empty"),
    ("no x", linear, lambda m: m.fit(None, Y), "`x` is missing"),
    ("no y", linear, lambda m: m.fit(X), "Target data is missing.*loss='mse'.*y=None"),
    ("wrong width", linear, lambda m: m.fit(X[:, :2], Y), r"expected shape=\(None, 3\).*\(32, 2\)"),
    ("wrong rank", linear, lambda m: m.fit(np.ones((40, 3, 3)), Y), r"expected.*\(None, 3\)"),
    ("scalar", linear, lambda m: m.fit(3.0, Y), "sample axis"),
    ("ragged", linear, lambda m: m.fit([[1, 2, 3], [1]], [1, 2]), "ragged.*Pad"),
    ("labels high", softmax, lambda m: m.fit(X, LABELS + 1), r"3 classes.*\[0, 2\].*largest label 3"),
    ("labels low", softmax, lambda m: m.fit(X, LABELS - 1), "smallest label -1"),
    ("labels 2d", softmax, lambda m: m.fit(X, LABELS[:, None] + 5), "largest label 7"),
    ("all NaN x", linear, lambda m: m.fit(with_nan(X), Y), "`x` holds nothing but NaN"),
    ("all NaN y", linear, lambda m: m.fit(X, with_nan(Y)), "`y` holds nothing but NaN"),
    (
        "NaN batch",
        linear,
        lambda m: m.fit(with_nan(X, slice(16, 24)), Y, batch_size=8, shuffle=False),
        "samples 16 to 23",
    ),
    ("batch size", linear, lambda m: m.fit(X, Y, batch_size=0), "batch_size=0"),
    ("batch size float", linear, lambda m: m.fit(X, Y, batch_size=2.5), "batch_size=2.5"),
    ("epochs", linear, lambda m: m.fit(X, Y, epochs=-1), "epochs=-1"),
    ("verbose", linear, lambda m: m.fit(X, Y, verbose=7), "verbose=7"),
    ("shuffle", linear, lambda m: m.fit(X, Y, shuffle="all"), "shuffle='all'"),
    ("split", linear, lambda m: m.fit(X, Y, validation_split=1.0), "validation_split=1.0"),
    ("small split", linear, lambda m: m.fit(X[:1], Y[:1], validation_split=0.5), "not sufficient"),
    ("freq", linear, lambda m: m.fit(X, Y, validation_freq=0), "validation_freq=0"),
    ("validation", linear, lambda m: m.fit(X, Y, validation_data=(X,)), "`validation_data` must be"),
    (
        "validation samples",
        linear,
        lambda m: m.fit(X, Y, validation_data=(X, Y[:5])),
        "x: 40, y: 5",
    ),
    (
        "validation shape",
        linear,
        lambda m: m.fit(X, Y, validation_data=(X[:, :1], Y)),
        r"expected shape=\(None, 3\)",
    ),
    (
        "validation labels",
        softmax,
        lambda m: m.fit(X, LABELS, validation_data=(X, LABELS + 9)),
        "largest label 11",
    ),
    ("class weight", linear, lambda m: m.fit(X, Y, class_weight=[1, 2]), "class_weight=\\[1, 2\\]"),
    (
        "both weights",
        softmax,
        lambda m: m.fit(X, LABELS, class_weight={0: 1.0}, sample_weight=np.ones(40)),
        "class_weight.*sample_weight",
    ),
    ("iterable and y", linear, lambda m: m.fit(iter([(X, Y)]), Y), "iterable of batches.*`y`"),
    (
        "iterable and size",
        linear,
        lambda m: m.fit(iter([(X, Y)]), batch_size=8),
        "batch_size=8",
    ),
    ("no batches", linear, lambda m: m.fit(iter([])), "gave no batch"),
    ("long batch", linear, lambda m: m.fit(iter([(X, Y, Y, Y)])), "length 4"),
    ("iterable split", linear, lambda m: m.fit(iter([(X, Y)]), validation_split=0.1), "for arrays"),
    ("too many inputs", two_outputs, lambda m: m.fit([X, X], [Y, Y]), "expects 1 input"),
    ("too few targets", two_outputs, lambda m: m.fit(X, [Y]), "one entry per output"),
    ("one target", two_outputs, lambda m: m.fit(X, Y), r"Expected 2 \(outputs"),
    ("target names", two_outputs, lambda m: m.fit(X, {"a": Y, "c": Y}), r"\['a', 'b'\].*'c'"),
    (
        "weight names",
        two_outputs,
        lambda m: m.fit(X, [Y, Y], sample_weight=[np.ones(40)]),
        "one array per output",
    ),
    (
        "class weight outputs",
        two_outputs,
        lambda m: m.fit(X, [Y, Y], class_weight={0: 1.0}),
        "single output",
    ),
    (
        "loss shape",
        lambda: linear(loss=loses_samples),
        lambda m: m.fit(X, Y),
        r"'loses_samples' returned shape \(7,\)",
    ),
    (
        "loss not reduced",
        lambda: linear(loss=nncore.losses.MeanSquaredError(reduction="none")),
        lambda m: m.fit(X, Y),
        "must reduce to one number",
    ),
    ("target width", linear, lambda m: m.fit(X, np.ones((40, 3))), None),
]


@pytest.mark.parametrize(("make", "act", "message"), [c[1:] for c in FIT], ids=[c[0] for c in FIT])
def test_fit_refuses_and_changes_nothing(make, act, message, capsys):
    model = make()
    before = model.get_weights()
    if message is None:
        # Keras broadcasts targets of another width; so does the loss here.
        act(model)
        return
    with pytest.raises((ValueError, TypeError), match=message):
        act(model)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert int(model.optimizer.iterations.numpy()) == 0
    assert capsys.readouterr().out == ""
    # ... and the model still trains.
    if make in (linear, softmax):
        target = Y if make is linear else LABELS
        assert np.isfinite(model.fit(X, target, verbose=0).history["loss"]).all()


WRONG_TYPES = [
    ("objects", np.array([["a", None, 1.0]] * 40, dtype=object), "dtype=object.*astype"),
    ("strings", np.array([["a", "b", "c"]] * 40), "dtype=<U1.*Map strings"),
    ("complex", np.ones((40, 3), complex), "dtype=complex128"),
    ("dates", np.full((40, 3), "2020-01-01", "datetime64[D]"), "dtype=datetime64"),
]


@pytest.mark.parametrize(("x", "message"), [c[1:] for c in WRONG_TYPES], ids=[c[0] for c in WRONG_TYPES])
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_no_numbers_no_training(method, x, message):
    with pytest.raises(TypeError, match=message):
        getattr(linear(), method)(x, Y)


COMPILE = [
    ({"loss": "mean_square_error"}, "mean_squared_error"),
    ({"metrics": ["acuracy"]}, "accuracy"),
    ({"optimizer": "adm"}, "adam"),
    ({"metrics": "accuracy"}, r"metrics=\[\.\.\.\]"),
    ({"loss_weights": ["a"]}, "loss_weights"),
    ({"loss": None, "loss_weights": [1.0]}, "needs `loss`"),
    ({"steps_per_execution": 0}, "steps_per_execution=0"),
    ({"run_eagerly": "yes"}, "run_eagerly='yes'"),
    ({"jit_compile": "maybe"}, "jit_compile='maybe'"),
    ({"loss": 3}, "loss"),
]


@pytest.mark.parametrize(("arguments", "message"), COMPILE)
def test_compile_refuses_and_changes_nothing(arguments, message):
    model = linear()
    kept = model.optimizer
    with pytest.raises(ValueError, match=message):
        model.compile(**{"loss": "mse", **arguments})
    assert model.optimizer is kept
    assert model.loss == "mse"


OUTPUTS = [
    ({"loss": ["mse"]}, "one entry per output"),
    ({"loss": {"a": "mse", "z": "mse"}}, r"\['a', 'b'\].*'z'"),
    ({"loss_weights": [1.0, 2.0, 3.0]}, "loss_weights"),
    ({"metrics": ["mse"]}, "one entry per output"),
    ({"metrics": {"z": "mse"}}, r"\['a', 'b'\].*'z'"),
]


@pytest.mark.parametrize(("arguments", "message"), OUTPUTS)
def test_losses_and_metrics_must_fit_the_outputs(arguments, message):
    with pytest.raises(ValueError, match=message):
        two_outputs(**arguments).fit(X, [Y, Y], verbose=0)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_compile_comes_first(method):
    model = nncore.Sequential([layers.Input((3,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"must call `compile\(\)` before using"):
        getattr(model, method)(X, Y)
    assert model.predict(X, verbose=0).shape == (40, 1)


def test_a_model_without_any_loss():
    model = linear(loss=None)
    with pytest.raises(ValueError, match="No loss to compute"):
        model.fit(X, Y, verbose=0)


def test_a_loss_of_ones_own_must_be_a_scalar():
    model = BadLoss()
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"must return a scalar.*\(32, 1\)"):
        model.fit(X, Y, verbose=0)


def test_a_python_if_on_a_tensor_names_the_line():
    class Branch(nncore.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            y = self.dense(x)
            if ops.mean(y) > 0:
                return y
            return -y

    model = Branch()
    model.compile("sgd", "mse")
    with pytest.raises(nncore.TraceError, match=r"test_bad_input"):
        model.fit(X, Y, verbose=0)


def test_a_step_must_return_a_dict():
    class Odd(nncore.Sequential):
        def train_step(self, data):
            return 1.0

    model = Odd([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="must return a dict"):
        model.fit(X, Y, verbose=0)


def test_a_later_bad_batch_of_a_generator_is_named():
    def batches():
        yield X, LABELS
        yield X, LABELS + 3

    with pytest.raises(ValueError, match="largest label 5"):
        softmax().fit(batches(), verbose=0)


def test_ignored_labels_are_no_mistake():
    loss = nncore.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    labels = LABELS.copy()
    labels[::4] = -1
    assert np.isfinite(softmax(loss=loss).fit(X, labels, verbose=0).history["loss"][0])


def test_a_few_nan_go_through_as_in_keras():
    found = linear().fit(with_nan(X, 3), Y, verbose=0).history["loss"]
    assert np.isnan(found).all()


def test_callbacks_must_be_callbacks():
    with pytest.raises(TypeError, match="callbacks"):
        linear().fit(X, Y, verbose=0, callbacks=[nncore.callbacks.EarlyStopping])

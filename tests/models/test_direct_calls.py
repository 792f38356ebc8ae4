"""``model(x)``: compiled when a kind of input comes back, with nothing of op-by-op calls lost."""

from __future__ import annotations

import copy
import itertools
import pickle
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nncore
from in_threads import in_threads
from nncore import layers, models, ops
from nncore.models import direct_calls

RNG = np.random.default_rng(3)
X = RNG.standard_normal((5, 4)).astype("float32")
ENOUGH = direct_calls.CALLS_BEFORE + 2


def mlp(**last: Any) -> Any:
    return models.Sequential(
        [layers.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, **{"activation": "softmax", **last})]
    )


def two_in_two_out(structure: type) -> Any:
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    joined = layers.Concatenate()([layers.Dense(3)(a), ops.tanh(b) * 2.0])
    outputs = [layers.Dense(2)(joined), ops.sum(joined, axis=-1)]
    if structure is dict:
        return models.Model({"a": a, "b": b}, {"y": outputs[0], "z": outputs[1]})
    return models.Model([a, b], structure(outputs))


class Watch:
    """Counts how often the `call` of a layer class runs in Python."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cls: Any = layers.Dense) -> None:
        self.count = 0
        original = cls.call

        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            self.count += 1
            return original(layer, *args, **kwargs)

        monkeypatch.setattr(cls, "call", call)

    def during(self, call: Callable[[], Any]) -> int:
        before = self.count
        call()
        return self.count - before


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def warm(model: Any, x: Any = X, **kwargs: Any) -> Any:
    """Call a model until it is compiled; all results must be the same bits."""
    first = model(x, **kwargs)
    for _ in range(ENOUGH):
        again = model(x, **kwargs)
        nncore.tree.map_structure(np.testing.assert_array_equal, again, first)
    return first


INPUTS: dict[str, tuple[Callable[[], Any], Any]] = {
    "float32": (mlp, X),
    "float64": (mlp, X.astype("float64")),
    "float16": (mlp, X.astype("float16")),
    "bytes": (mlp, RNG.integers(0, 255, (5, 4)).astype("uint8")),
    "strided": (mlp, RNG.standard_normal((4, 10)).astype("float32").T[::2]),
    "one row": (mlp, X[:1]),
    "no rows": (mlp, X[:0]),
    "float64 model": (lambda: models.Sequential([layers.Input((4,)), layers.Dense(2, dtype="float64")]), X),
    "missing last dimension": (lambda: models.Sequential([layers.Input((1,)), layers.Dense(2)]), X[:, 0]),
    "lists": (lambda: two_in_two_out(list), [X, X[::-1]]),
    "tuples": (lambda: two_in_two_out(tuple), (X, X + 1)),
    "dictionaries": (lambda: two_in_two_out(dict), {"b": X, "a": X * 2}),
    "a model inside": (lambda: models.Sequential([layers.Input((4,)), mlp(), layers.Dense(2)]), X),
    "dropout": (lambda: models.Sequential([layers.Input((4,)), layers.Dropout(0.5), layers.Dense(2)]), X),
    "nothing to do": (lambda: models.Sequential([layers.Input((4,)), layers.Dropout(0.5)]), X),
}


@pytest.mark.parametrize("name", INPUTS)
def test_the_same_bits_and_new_arrays(name: str, watch: Watch) -> None:
    make, x = INPUTS[name]
    model = make()
    kept = copy.deepcopy(x)
    warm(model, x)
    assert watch.during(lambda: model(x)) == 0
    one, two = (nncore.tree.flatten(model(x)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert type(a) is np.ndarray
        assert not np.shares_memory(a, b)
        assert not np.shares_memory(a, nncore.tree.flatten(x)[0])
    nncore.tree.map_structure(np.testing.assert_array_equal, x, kept)


def test_new_weights_are_seen_at_once() -> None:
    model = mlp()
    before = warm(model)
    model.set_weights([w * 2 for w in model.get_weights()])
    assert (model(X) != before).any()
    np.testing.assert_array_equal(model(X), copy.deepcopy(model)(X))
    model.compile("sgd", "mse")
    model.fit(X, np.ones((5, 3)), verbose=0)
    np.testing.assert_array_equal(model(X), copy.deepcopy(model)(X))


def set_activation(model: Any) -> None:
    model.layers[0].activation = nncore.activations.tanh


def set_own_activation(model: Any) -> None:
    model.layers[0].activation = lambda x: x - 1


def replace_kernel(model: Any) -> None:
    layer = model.layers[0]
    layer.kernel = nncore.Variable(layer.kernel.numpy() + 1)


CHANGES: dict[str, Callable[[Any], Any]] = {
    "activation": set_activation,
    "own activation": set_own_activation,
    "bias": lambda model: setattr(model.layers[0], "bias", None),
    "kernel": replace_kernel,
    "add": lambda model: model.add(layers.Dense(2)),
    "pop": lambda model: model.pop(),
    "call of the model": lambda model: setattr(model, "call", lambda x: ops.zeros((5, 3))),
    "call": lambda model: setattr(model.layers[0], "call", lambda x: ops.zeros((5, 8))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_layer_changes_the_result(name: str) -> None:
    model = mlp()
    model.layers[0].bias.assign(np.ones(8))
    before = warm(model)
    CHANGES[name](model)
    after = model(X)
    assert after.shape != before.shape or (after != before).any()
    np.testing.assert_array_equal(warm(model), after)


def test_a_changed_layer_of_an_inner_model() -> None:
    inner = mlp()
    outer = models.Sequential([layers.Input((4,)), inner])
    before = warm(outer)
    inner.layers[-1].activation = nncore.activations.relu
    assert (outer(X) != before).any()


def test_another_model_and_training_leave_it_compiled(watch: Watch) -> None:
    model = mlp()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((5, 3)), verbose=0)
    warm(model)
    mlp()
    model.fit(X, np.ones((5, 3)), verbose=0)
    assert watch.during(lambda: model(X)) == 0


def test_floatx_is_part_of_it() -> None:
    model = models.Sequential([layers.Input((4,), dtype="int32"), layers.Lambda(ops.sqrt)])
    ints = RNG.integers(0, 9, (5, 4)).astype("int32")
    assert warm(model, ints).dtype == "float32"
    nncore.config.set_floatx("float64")
    try:
        assert model(ints).dtype == copy.deepcopy(model)(ints).dtype == "float64"
    finally:
        nncore.config.set_floatx("float32")


def test_dropout_in_training_goes_on_drawing() -> None:
    model = models.Sequential([layers.Input((100,)), layers.Dropout(0.5, seed=1), layers.Dense(4)])
    x = np.ones((2, 100), "float32")
    results = [model(x, training=True) for _ in range(2 * ENOUGH)]
    assert all((a != b).any() for a, b in itertools.pairwise(results))
    again = models.Sequential([layers.Input((100,)), layers.Dropout(0.5, seed=1), layers.Dense(4)])
    again.set_weights(model.get_weights())
    for expected in results:
        np.testing.assert_array_equal(again(x, training=True), expected)


def test_training_flags_are_told_apart(watch: Watch) -> None:
    model = mlp()
    for training in (None, False, True):
        warm(model, training=training)
        assert watch.during(lambda training=training: model(X, training=training)) == 0


class Bend(layers.Layer):
    """Looks at an attribute and at a value."""

    factor = 1.0

    def call(self, x: Any) -> Any:
        return x * self.factor if float(ops.sum(x)) >= 0 else x


class Reads(models.Model):
    """A model whose own `call` reads an attribute."""

    flag = False

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x: Any) -> Any:
        return self.dense(x) * (2.0 if self.flag else 1.0)


def test_code_of_the_user_runs_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watch(monkeypatch, Bend)
    model = models.Sequential([Bend(), layers.Dense(2)])
    warm(model, np.abs(X))
    assert watched.during(lambda: model(np.abs(X))) == 1
    before = model(np.abs(X))
    Bend.factor = 3.0
    try:
        assert (model(np.abs(X)) != before).any()
    finally:
        Bend.factor = 1.0
    reads = Reads()
    plain = warm(reads)
    Reads.flag = True
    try:
        np.testing.assert_array_equal(reads(X), plain * 2)
    finally:
        Reads.flag = False


OUTSIDE = {"scale": 1.0}


@pytest.mark.parametrize(
    "make",
    [
        lambda f: mlp(activation=f),
        lambda f: models.Sequential([layers.Input((4,)), layers.Lambda(f)]),
        lambda f: models.Sequential([layers.Input((4,)), layers.Activation(f)]),
    ],
    ids=["activation", "lambda", "activation layer"],
)
def test_functions_of_the_user_run_each_time(make: Callable[[Any], Any]) -> None:
    model = make(lambda x: x * OUTSIDE["scale"])
    before = warm(model)
    OUTSIDE["scale"] = 2.0
    try:
        np.testing.assert_array_equal(model(X), before * 2)
    finally:
        OUTSIDE["scale"] = 1.0


def test_an_array_in_the_graph_may_be_written() -> None:
    factor = np.ones(4, "float32")
    inputs = layers.Input((4,))
    model = models.Model(inputs, inputs * factor)
    warm(model)
    factor[:] = 2
    np.testing.assert_array_equal(model(X), X * 2)


def test_losses_of_a_call() -> None:
    model = mlp(activity_regularizer="l2")
    model(X)
    expected = float(model.losses[0])
    for _ in range(ENOUGH):
        model(X)
    assert [float(loss) for loss in model.losses] == [expected]
    plain = mlp()
    warm(plain)
    plain.layers[0].add_loss(np.float32(1))
    assert len(plain.losses) == 1
    plain(X)
    assert plain.losses == []


def test_run_eagerly_runs_from_python(watch: Watch) -> None:
    model = mlp()
    warm(model)
    model.compile("sgd", "mse", run_eagerly=True)
    assert watch.during(lambda: model(X)) == 2
    model.run_eagerly = False
    warm(model)
    assert watch.during(lambda: model(X)) == 0


def test_errors_are_those_of_the_layers() -> None:
    model = mlp()
    warm(model)
    with pytest.raises(ValueError, match=r"expected shape=\(None, 4\)"):
        model(X[:, :3])
    with pytest.raises(TypeError, match="complex"):
        model(X.astype(complex))
    with pytest.raises(TypeError, match="nonsense"):
        model(X, nonsense=1)


def test_inside_a_trace_it_is_recorded() -> None:
    model = mlp()
    warm(model)
    value, (gradient,) = nncore.value_and_grad(lambda: ops.sum(model(X)[:, 0]), variables=[model.weights[0]])()
    assert np.isfinite(value)
    assert gradient.any()

    class Outer(models.Model):
        def call(self, x: Any) -> Any:
            return model(x) + 1

    np.testing.assert_array_equal(Outer()(X), model(X) + 1)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_copies_have_their_own(again: Callable[[Any], Any]) -> None:
    model = mlp()
    expected = warm(model)
    made = again(model)
    np.testing.assert_array_equal(warm(made), expected)
    made.set_weights([w * 0 for w in made.get_weights()])
    assert (made(X) != expected).any()
    np.testing.assert_array_equal(model(X), expected)


def test_many_threads_call_one_model() -> None:
    model = mlp()
    inputs = [RNG.standard_normal((1 + i % 3, 4)).astype("float32") for i in range(8)]
    expected = [copy.deepcopy(model)(x) for x in inputs]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(200):
            if (model(inputs[i]) != expected[i]).any():
                wrong.append(i)

    in_threads(8, work)
    assert wrong == []


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "call": lambda model, x: model(x),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "predict_on_batch": lambda model, x: model.predict_on_batch(x),
}


@pytest.mark.parametrize("name", CALLS)
def test_many_calls_leave_nothing_behind(name: str) -> None:
    model, call = mlp(), CALLS[name]
    for _ in range(2 * ENOUGH):
        call(model, X)
    tracemalloc.start()
    try:
        for _ in range(100):
            call(model, X)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20_000):
            call(model, X)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2_000


def test_many_shapes_leave_a_bounded_number_of_programs() -> None:
    model = models.Sequential([layers.Input((None,)), layers.Activation("relu")])
    for n in range(1, 3 * direct_calls.MOST):
        model(np.ones((1, n), "float32"))
    known = model._direct_calls._current[2]
    assert len(known) <= direct_calls.MOST

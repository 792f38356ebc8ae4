"""`predict` on arrays of a known kind goes straight to its program, and never to a stale one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nncore
from in_threads import in_threads
from nncore import layers
from nncore.training import batch, evaluate
from training.models import linear

X = np.random.default_rng(1).standard_normal((4, 3)).astype("float32")


def noting(seen: list[str], prepare: Callable[..., Any]) -> Callable[..., Any]:
    def noted(model: Any, mode: str, *args: Any) -> Any:
        seen.append(mode)
        return prepare(model, mode, *args)

    return noted


@pytest.fixture
def long_ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each call that is checked and prepared from the start."""
    seen: list[str] = []
    for module in (evaluate, batch):
        monkeypatch.setattr(module, "prepare", noting(seen, module.prepare))
    return seen


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "predict": lambda model, x: model.predict(x, verbose=0),
    "predict, batch_size": lambda model, x: model.predict(x, batch_size=4, verbose=0),
    "predict_on_batch": lambda model, x: model.predict_on_batch(x),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint8"])
def test_the_second_call_is_prepared(name: str, dtype: str, long_ways: list[str]) -> None:
    model, x = linear(), np.abs(X * 9).astype(dtype)
    results = [CALLS[name](model, x) for _ in range(3)]
    assert long_ways == ["predict"]
    for result in results:
        np.testing.assert_array_equal(result, results[0])
    assert not np.shares_memory(results[1], results[2])
    CALLS[name](model, x[:2])
    assert long_ways == ["predict"] * 2


@pytest.mark.parametrize(
    "kwargs",
    [{"verbose": 2}, {"steps": 1}, {"callbacks": [nncore.callbacks.Callback()]}, {"batch_size": 3}],
    ids=lambda kwargs: next(iter(kwargs)),
)
def test_calls_with_more_to_do_go_the_long_way(kwargs: dict[str, Any], long_ways: list[str]) -> None:
    model = linear()
    for _ in range(3):
        model.predict(X, **{"verbose": 0, **kwargs})
    assert len(long_ways) == 3


def another_layer(model: Any) -> None:
    model.add(layers.Dense(1, kernel_initializer="ones"))
    model.weights[-1].assign([5.0])


CHANGES: dict[str, Callable[[Any], Any]] = {
    "weights": lambda model: model.set_weights([np.ones((3, 1)), np.ones(1)]),
    "add": another_layer,
    "fit": lambda model: model.fit(X, np.ones(4), verbose=0),
    "compile after a new activation": lambda model: (
        setattr(model.layers[0], "activation", nncore.activations.exponential),
        model.compile("sgd", "mse"),
    ),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen(name: str, call: str) -> None:
    model = linear()
    before = [CALLS[call](model, X) for _ in range(3)][-1]
    CHANGES[name](model)
    after = CALLS[call](model, X)
    assert (after != before).any()
    np.testing.assert_array_equal(CALLS[call](model, X), after)


def test_run_eagerly_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    def show(x: Any) -> Any:
        print("seen")
        return x * 1

    model = nncore.Sequential([layers.Input((3,)), layers.Lambda(show)])
    model.compile()
    for _ in range(3):
        model.predict(X, verbose=0)
    capsys.readouterr()
    model.run_eagerly = True
    model.predict(X, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr().out == "seen\nseen\n"


@pytest.mark.parametrize("x", [[X, X * 2], (X, X * 2), {"a": X, "b": X * 2}], ids=["list", "tuple", "dict"])
def test_several_inputs_and_outputs(x: Any, long_ways: list[str]) -> None:
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    model = nncore.Model([a, b], {"sum": a + b, "pair": [layers.Subtract()([a, b])]})
    for _ in range(3):
        result = model.predict(x, verbose=0)
        np.testing.assert_array_equal(result["sum"], X * 3)
        np.testing.assert_array_equal(result["pair"][0], -X)
    assert long_ways == ["predict"]


def test_bad_arguments_are_found_after_good_ones() -> None:
    model = linear()
    for _ in range(2):
        model.predict(X[:1], batch_size=1, verbose=0)
    for kwargs in ({"batch_size": True}, {"batch_size": 0}, {"verbose": 7}, {"steps": 0}):
        with pytest.raises(ValueError, match=next(iter(kwargs))):
            model.predict(X[:1], **{"verbose": 0, **kwargs})


def test_many_threads_predict_with_one_model() -> None:
    model = linear()
    rows = [X[i : i + 1] for i in range(4)]
    expected = [model.predict(row, verbose=0) for row in rows]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(300):
            if (model.predict(rows[i], verbose=0) != expected[i]).any():
                wrong.append(i)

    in_threads(4, work)
    assert wrong == []

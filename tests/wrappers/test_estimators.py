"""Models as estimators: alone, and in scikit-learn's own tools."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

import nncore
from nncore import layers
from nncore.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4))
CLASSES = np.array(["ant", "bee", "cat"])[np.argmax(X[:, :3], axis=1)]
FIT = {"epochs": 60, "verbose": 0}


def make_classifier(X, y, units=16, loss="categorical_crossentropy"):
    model = nncore.Sequential(
        [layers.Input((X.shape[1],)), layers.Dense(units, "relu"), layers.Dense(y.shape[1], "softmax")]
    )
    model.compile(nncore.optimizers.Adam(0.02), loss)
    return model


def regressor():
    model = nncore.Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile(nncore.optimizers.Adam(0.1), "mse")
    return model


def test_a_classifier():
    found = SKLearnClassifier(make_classifier, model_kwargs={"units": 8}, fit_kwargs=FIT).fit(X, CLASSES)
    assert found.classes_.tolist() == ["ant", "bee", "cat"]
    assert found.model_.layers[0].units == 8
    assert found.epoch_ == list(range(60))
    assert found.predict(X).dtype == CLASSES.dtype
    assert found.score(X, CLASSES) > 0.9
    decided = found.decision_function(X)
    np.testing.assert_array_equal(found.classes_[decided.argmax(1)], found.predict(X))
    np.testing.assert_allclose(decided.sum(1), 1, rtol=1e-6)


def test_a_regressor():
    model = regressor()
    before = model.get_weights()
    y = X @ [1.0, 2, 3, 4]
    found = SKLearnRegressor(model, fit_kwargs=FIT).fit(X, y)
    assert found.predict(X).shape == y.shape
    assert found.score(X, y) > 0.9
    assert all((a == b).all() for a, b in zip(model.get_weights(), before, strict=True)), "it trained no clone"
    two = SKLearnRegressor(regressor(), fit_kwargs=FIT).fit(X, y[:, None])
    assert two.predict(X).shape == (60, 1)


def test_a_transformer_in_a_pipeline():
    features = nncore.Sequential([layers.Input((4,)), layers.Dense(3, "tanh")])
    features.compile("adam", "mse")
    steps = make_pipeline(SKLearnTransformer(features, fit_kwargs={"verbose": 0}), LogisticRegression())
    assert steps.fit(X, (CLASSES == "ant").astype(float)).predict(X).shape == (60,)


def test_searches_and_cross_validation():
    steps = make_pipeline(StandardScaler(), SKLearnClassifier(make_classifier, fit_kwargs=FIT))
    assert cross_val_score(steps, X, CLASSES, cv=2).mean() > 0.6
    search = GridSearchCV(
        SKLearnClassifier(make_classifier, fit_kwargs={"epochs": 2, "verbose": 0}),
        {"model_kwargs": [{"units": 2}, {"units": 4}]},
        cv=2,
    )
    assert search.fit(X, CLASSES).best_params_["model_kwargs"]["units"] in (2, 4)


def test_warm_starts_go_on():
    y = X @ [1.0, 2, 3, 4]
    one = {"epochs": 1, "verbose": 0, "shuffle": False}
    model = regressor()
    twin = nncore.models.clone_model(model)
    twin.set_weights(model.get_weights())
    found = SKLearnRegressor(model, warm_start=True).fit(X, y, **one).fit(X, y, **one)
    twin.compile(nncore.optimizers.Adam(0.1), "mse")
    twin.fit(X, y, **{**one, "epochs": 2})
    assert found.model_ is model
    assert all((a == b).all() for a, b in zip(model.get_weights(), twin.get_weights(), strict=True))


def test_clones_and_tags():
    estimator = SKLearnClassifier(make_classifier, True, {"units": 3}, {"epochs": 1})
    assert clone(estimator).get_params() == estimator.get_params()
    assert clone(SKLearnRegressor(regressor())).model.count_params() == 5
    assert [get_tags(e(regressor())).estimator_type for e in (SKLearnClassifier, SKLearnRegressor)] == [
        "classifier",
        "regressor",
    ]
    assert get_tags(estimator).non_deterministic
    with sklearn.config_context(enable_metadata_routing=True):
        assert estimator.set_fit_request(sample_weight=True) is estimator
        assert estimator.set_score_request(sample_weight="w") is estimator
        assert estimator._metadata_request.fit.requests == {"sample_weight": True}
    with pytest.raises(RuntimeError, match="metadata routing"):
        estimator.set_fit_request(sample_weight=True)


def test_bad_input():
    bare = nncore.Sequential([layers.Input((4,)), layers.Dense(1)])
    with pytest.raises(RuntimeError, match="needs to be compiled"):
        SKLearnRegressor(bare).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="binary and multiclass"):
        SKLearnClassifier(make_classifier).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="only one class"):
        SKLearnClassifier(make_classifier).fit(X, np.ones(60, int))
    with pytest.raises(sklearn.exceptions.NotFittedError):
        SKLearnRegressor(regressor()).predict(X)


def test_without_scikit_learn_the_name_says_what_to_install():
    program = """
import sys
sys.modules["sklearn"] = None
import nncore
try:
    nncore.wrappers.SKLearnClassifier
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install scikit-learn" in done.stdout

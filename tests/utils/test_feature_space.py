"""FeatureSpace: each kind of column by hand, crosses, and models of them."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import nncore
from nncore import layers
from nncore.utils import Dataset, FeatureSpace

AGES = np.array([10.0, 20.0, 30.0, 60.0])
CITIES = np.array(["Rome", "Oslo", "Rome", "Bonn"])
RANKS = np.array([3, 3, 7, 9])

COLUMNS = [  # kind, data, what it becomes
    ("float", AGES, AGES[:, None]),
    (FeatureSpace.float_rescaled(0.1, 1.0), AGES, [[2], [3], [4], [7]]),
    ("float_normalized", AGES, ((AGES - AGES.mean()) / AGES.std())[:, None]),
    (FeatureSpace.float_discretized(3, [15.0, 30.0]), AGES, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]),
    # the commonest first, after one place for what is not known; then in the order of the layer's vocabulary
    (FeatureSpace.string_categorical(max_tokens=2), CITIES, [[0, 1], [1, 0], [0, 1], [1, 0]]),
    (FeatureSpace.integer_categorical(max_tokens=2), RANKS, [[0, 1], [0, 1], [1, 0], [1, 0]]),
]


@pytest.mark.parametrize(("kind", "column", "wanted"), COLUMNS)
@pytest.mark.parametrize("form", ["dict", "samples", "batches"])
def test_kinds(kind, column, wanted, form):
    kind = pickle.loads(pickle.dumps(kind))  # the same layers are not adapted twice
    space = FeatureSpace({"column": kind})
    data = {"column": column}
    source = Dataset.from_tensor_slices(data)
    space.adapt({"dict": data, "samples": source, "batches": source.batch(3)}[form])
    np.testing.assert_allclose(space(data), np.array(wanted, "float32"), rtol=1e-5)
    np.testing.assert_allclose(space({"column": column[0]}), np.array(wanted[0], "float32"), rtol=1e-5)


@pytest.mark.parametrize("kind", ["string_hashed", "integer_hashed", "float_discretized", "string_categorical"])
def test_kinds_by_name_have_the_sizes_asked_for(kind):
    column = CITIES if kind.startswith("string") else RANKS
    space = FeatureSpace({"column": kind}, hashing_dim=5, num_discretization_bins=2)
    space.adapt({"column": column})
    found = space({"column": column})
    assert found.shape == (4, {"float_discretized": 2, "string_categorical": 4}.get(kind, 5))
    assert found.sum(axis=1).tolist() == [1] * 4
    same = [[bool((a == b).all()) for b in found] for a in found]
    if kind != "float_discretized":
        assert all(same[i][j] for i in range(4) for j in range(4) if column[i] == column[j])


def test_columns_join_in_the_order_of_their_names():
    space = FeatureSpace({"z": "float", "a": "float"}, crosses=[("a", "z")][:0])
    assert space({"z": [1.0, 2.0], "a": [3.0, 4.0], "more": [0, 0]}).tolist() == [[3, 1], [4, 2]]


def test_crosses_and_dictionaries():
    space = FeatureSpace(
        {"city": "string_categorical", "rank": FeatureSpace.integer_categorical(output_mode="int")},
        crosses=[("city", "rank"), FeatureSpace.cross(("rank", "city"), 7, output_mode="int")],
        crossing_dim=6,
        output_mode="dict",
    )
    data = {"city": CITIES, "rank": RANKS}
    space.adapt(data)
    found = space(data)
    assert {name: value.shape for name, value in found.items()} == {
        "city": (4, 4),
        "rank": (4, 1),
        "city_X_rank": (4, 6),
        "rank_X_city": (4, 1),
    }
    assert found["city_X_rank"].sum(axis=1).tolist() == [1] * 4
    assert set(space({"city": "Rome", "rank": 3})) == set(found)


@pytest.mark.parametrize("words", [False, True])
def test_models_of_a_space(words):
    kinds = {"age": "float_normalized", "rank": "integer_categorical"} | ({"city": "string_hashed"} if words else {})
    data = {"age": AGES, "rank": RANKS, "city": CITIES}
    data = {name: data[name] for name in kinds}
    space = FeatureSpace(kinds)
    space.adapt(data)
    encoded = space.get_encoded_features()
    assert encoded.shape == (None, space(data).shape[1])
    outputs = layers.Dense(1)(layers.Dense(4, "relu")(encoded))
    training = nncore.Model(encoded, outputs)
    training.compile("adam", "mse")
    labelled = Dataset.from_tensor_slices((data, np.arange(4.0))).batch(2)
    training.fit(labelled.map(lambda x, y: (space(x), y)), epochs=2, verbose=0)
    predicted = training.predict(space(data), verbose=0)
    if words:
        with pytest.raises(ValueError, match=r"\['city'\] are words"):
            space.get_inputs()
    else:
        raw = nncore.Model(space.get_inputs(), outputs)
        found = raw.predict({name: value[:, None] for name, value in data.items()}, verbose=0)
        np.testing.assert_allclose(found, predicted, rtol=1e-5)


def test_copies():
    data = {"age": AGES, "city": CITIES, "rank": RANKS}
    space = FeatureSpace(
        {"age": "float_normalized", "city": "string_categorical", "rank": "integer_hashed"}, crosses=[("city", "rank")]
    )
    space.adapt(data)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(space))(data), space(data))
    again = FeatureSpace.from_config(space.get_config())
    again.adapt(data)
    np.testing.assert_array_equal(again(data), space(data))


def test_bad_input():
    space = FeatureSpace({"a": "float_normalized"})
    cases = [
        (lambda: FeatureSpace({}), "cannot be None or empty"),
        (lambda: FeatureSpace({"a": "number"}), "Invalid feature type: 'number'"),
        (lambda: FeatureSpace({"a": "float"}, output_mode="list"), "output_mode='list'"),
        (lambda: FeatureSpace({"a": "float"}, crosses=[("a", "b")]), r"\['b'\]"),
        (lambda: FeatureSpace.cross(("a", "b"), 3, "float"), "output_mode='float'"),
        (lambda: FeatureSpace.integer_hashed(3, "hot"), "output_mode='hot'"),
        (lambda: space({"a": AGES}), r"need to call `.adapt\(dataset\)`"),
        (lambda: space(AGES), "with a dict"),
        (lambda: space.adapt(AGES), "dict of arrays"),
        (lambda: space.adapt([AGES]), "must be dicts"),
        (lambda: space.adapt({"b": AGES}), r"lack the features \['a'\]"),
        (lambda: FeatureSpace({"a": "float"})({"b": AGES}), r"lack the features \['a'\]"),
        (lambda: FeatureSpace({"a": FeatureSpace.integer_hashed(3, "int")})({"a": RANKS}), "Cannot concatenate"),
        (
            lambda: FeatureSpace({"a": FeatureSpace.feature("int32", layers.Identity(), "one_hot")})({"a": RANKS}),
            "isn't a standard feature",
        ),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()

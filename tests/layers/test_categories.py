"""Layers of categories and texts. Expected values are those that Keras documents for these calls."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, masking, models, ops
from nncore.ir import TraceError
from nncore.layers.preprocessing.hashes import farm_fingerprint, sip_hash

LETTERS = [["A"], ["B"], ["C"], ["D"], ["E"]]
WORDS = np.array([["omar"], ["stringer"], ["marlo"], ["wire"], ["skywalker"]])
ABC = ["a", "b", "c"]
FEATURES = (["A", "B", "A", "B", "A"], np.array([101, 101, 101, 102, 102]))


def one_hot(numbers: Any, depth: int) -> Any:
    return np.eye(depth)[np.asarray(numbers)]


def _at_bars(texts: Any) -> Any:
    return [text.split("|") for text in texts]


# name: layer, input, expected values
CALLS: dict[str, tuple[Any, Any, Any]] = {
    "encoding": (layers.CategoryEncoding(4), [[0, 1], [0, 0], [1, 2], [3, 1]],
                 [[1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [0, 1, 0, 1]]),
    "encoding one_hot": (layers.CategoryEncoding(4, "one_hot"), [[3], [2], [0], [1]], one_hot([3, 2, 0, 1], 4)),
    "encoding one_hot rows": (layers.CategoryEncoding(3, "one_hot"), [[0, 2]], one_hot([[0, 2]], 3)),
    "encoding count": (layers.CategoryEncoding(4, "count"), [[0, 0, 3]], [[2, 0, 0, 1]]),
    "encoding one sample": (layers.CategoryEncoding(4), [3, 1], [0, 1, 0, 1]),
    "bins": (layers.Discretization([0.0, 1.0, 2.0]), [[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]],
             [[0, 2, 3, 1], [1, 3, 2, 1]]),
    "bins one_hot": (layers.Discretization([0.0, 1.0], output_mode="one_hot"), [[-1.0], [5.0]], one_hot([0, 2], 3)),
    "bins count": (layers.Discretization([0.0, 1.0], output_mode="count"), [[-1.0, 5.0, 7.0]], [[1, 0, 2]]),
    "hash": (layers.Hashing(3), LETTERS, [[1], [0], [1], [1], [2]]),
    "hash mask": (layers.Hashing(3, mask_value=""), [["A"], ["B"], [""], ["C"], ["D"]], [[1], [1], [0], [2], [2]]),
    "hash salts": (layers.Hashing(3, salt=[133, 137]), LETTERS, [[1], [2], [1], [0], [2]]),
    "hash salt": (layers.Hashing(3, salt=133), LETTERS, [[0], [0], [2], [1], [0]]),
    "hash words": (layers.Hashing(2), WORDS, [[0], [0], [1], [0], [0]]),
    "hash words mask": (layers.Hashing(3, mask_value="omar"), WORDS, [[0], [1], [2], [1], [1]]),
    "hash words salt": (layers.Hashing(2, salt=[133, 137]), WORDS, [[0], [1], [0], [1], [0]]),
    "hash numbers": (layers.Hashing(3), np.arange(5)[:, None], [[1], [0], [1], [0], [2]]),
    "hash numbers salt": (layers.Hashing(3, salt=[133, 137]), np.arange(5)[:, None], [[1], [1], [2], [0], [1]]),
    "hash bytes": (layers.Hashing(3), np.array([b"A", b"B"]), [1, 0]),
    "hash one_hot": (layers.Hashing(3, output_mode="one_hot"), [["A"], ["E"]], one_hot([1, 2], 3)),
    "crossing": (layers.HashedCrossing(5), FEATURES, [1, 4, 1, 1, 3]),
    "crossing one_hot": (layers.HashedCrossing(5, "one_hot"), FEATURES, one_hot([1, 4, 1, 1, 3], 5)),
    "crossing scalars": (layers.HashedCrossing(10), (np.array("A"), np.array(101)), 1),
    "integers": (layers.IntegerLookup(vocabulary=[12, 36, 1138, 42]), [[12, 1138, 42], [42, 1000, 36]],
                 [[1, 3, 4], [4, 0, 2]]),
    "integers oov": (layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], num_oov_indices=2),
                     [[12, 1138, 42], [37, 1000, 36]], [[2, 4, 5], [1, 0, 3]]),
    "integers mask": (layers.IntegerLookup(vocabulary=[12, 36], mask_token=0), [[0, 12, 7]], [[0, 2, 1]]),
    "integers invert": (layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], invert=True), [[1, 3, 4], [4, 0, 2]],
                        [[12, 1138, 42], [42, -1, 36]]),
    "integers one_hot": (layers.IntegerLookup(vocabulary=[12, 36], output_mode="one_hot"), [12, 36, 7],
                         one_hot([1, 2, 0], 3)),
    "integers multi_hot": (layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], num_oov_indices=2,
                                                output_mode="multi_hot"),
                           [[12, 1138, 42, 42], [42, 7, 36, 7]], [[0, 0, 1, 0, 1, 1], [0, 1, 0, 1, 0, 1]]),
    "integers tf_idf": (layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], output_mode="tf_idf",
                                             idf_weights=[0.25, 0.75, 0.6, 0.4]),
                        [[12, 1138, 42, 42], [42, 7, 36, 7]], [[0, 0.25, 0, 0.6, 0.8], [1, 0, 0.75, 0, 0.4]]),
    "integers padded": (layers.IntegerLookup(vocabulary=[12], max_tokens=4, pad_to_max_tokens=True,
                                             output_mode="count"), [[12, 12, 5]], [[1, 2, 0, 0]]),
    "strings": (layers.StringLookup(vocabulary=[*ABC, "d"]), [["a", "c", "d"], ["d", "z", "b"]],
                [[1, 3, 4], [4, 0, 2]]),
    "strings oov": (layers.StringLookup(vocabulary=[*ABC, "d"], num_oov_indices=2), [["a", "c", "d"], ["m", "z", "b"]],
                    [[2, 4, 5], [0, 1, 3]]),
    "strings invert": (layers.StringLookup(vocabulary=[*ABC, "d"], invert=True), [[1, 3, 4], [4, 0, 2]],
                       [["a", "c", "d"], ["d", "[UNK]", "b"]]),
    "strings mask": (layers.StringLookup(vocabulary=ABC, mask_token=""), [["a", ""], ["?", "c"]], [[2, 0], [1, 4]]),
    "strings special": (layers.StringLookup(vocabulary=["[UNK]", *ABC]), ["c", "x"], [3, 0]),
    "strings bytes": (layers.StringLookup(vocabulary=ABC), np.array([b"b", b"x"], object), [2, 0]),
    "strings tf_idf": (layers.StringLookup(vocabulary=[*ABC, "d"], output_mode="tf_idf",
                                           idf_weights=[0.25, 0.75, 0.6, 0.4]),
                       [["a", "c", "d", "d"], ["d", "z", "b", "z"]], [[0, 0.25, 0, 0.6, 0.8], [1, 0, 0.75, 0, 0.4]]),
    "texts": (layers.TextVectorization(output_sequence_length=4, vocabulary=["earth", "wind", "and", "fire"]),
              ["Earth, wind!", "and water"], [[2, 3, 0, 0], [4, 1, 0, 0]]),
    "texts standard": (layers.TextVectorization(vocabulary=["hello", "world", "this", "is", "nice", "test"]),
                       ["Hello, World!. This is just a nice test!"], [[2, 3, 4, 5, 1, 1, 6, 7]]),
    "texts lower": (layers.TextVectorization(standardize="lower", vocabulary=["hello,", "world"]),
                    [["Hello, World! wOrld"]], [[2, 1, 3]]),
    "texts case": (layers.TextVectorization(standardize="strip_punctuation", vocabulary=["Hello", "World"]),
                   ["Hello, World! hello."], [[2, 3, 1]]),
    "texts plain": (layers.TextVectorization(standardize=None, vocabulary=["Hello"]), ["Hello hello"], [[2, 1]]),
    "texts letters": (layers.TextVectorization(split="character", vocabulary=list("abcde")), ["abcf"], [[2, 3, 4, 1]]),
    "texts whole": (layers.TextVectorization(split=None, vocabulary=["foo", "bar"]), [["foo"], ["qux"]], [[2], [1]]),
    "texts hot": (layers.TextVectorization(output_mode="multi_hot", vocabulary=["foo", "bar", "baz"]),
                  ["foo bar", "baz foo foo?"], [[0, 1, 1, 0], [0, 1, 0, 1]]),
    "texts count": (layers.TextVectorization(output_mode="count", vocabulary=["foo", "bar", "baz"]),
                    ["foo bar", "baz foo foo", ""], [[0, 1, 1, 0], [0, 2, 0, 1], [0, 0, 0, 0]]),
    "texts tf_idf": (layers.TextVectorization(output_mode="tf_idf", vocabulary=["foo", "bar", "baz"],
                                              idf_weights=[0.3, 0.5, 0.2]),
                     ["foo bar", "baz foo foo"], [[0, 0.3, 0.5, 0], [0, 0.6, 0, 0.2]]),
    "texts one": (layers.TextVectorization(vocabulary=["foo"]), np.array("bar foo"), [1, 2]),
    "texts ngrams": (layers.TextVectorization(ngrams=2, vocabulary=["foo", "foo bar"]), ["foo bar"], [[2, 1, 3]]),
    "texts function": (layers.TextVectorization(None, None, _at_bars, vocabulary=["foo bar"]),
                       ["foo bar|x", "x"], [[2, 1], [1, 0]]),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_values(name: str) -> None:
    layer, x, expected = CALLS[name]
    got = layer(x)
    assert isinstance(got, np.ndarray)
    if got.dtype.kind == "U":
        assert got.tolist() == expected
        return
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    mode = getattr(layer, "output_mode", getattr(layer, "_output_mode", None))
    whole = {"Discretization": "int32"}.get(type(layer).__name__, "int64")
    assert got.dtype == (whole if mode == "int" else "float32")
    if not name.startswith("crossing"):
        expected_shape = layer.compute_output_shape(np.shape(x))
        assert len(expected_shape) == got.ndim or name == "texts one"
        assert all(a in (None, b) for a, b in zip(expected_shape, got.shape, strict=False)) or name == "texts one"


@pytest.mark.parametrize("name", [name for name in CALLS if name != "texts function"])
def test_copies_and_configurations_give_the_same(name: str) -> None:
    layer, x, _ = CALLS[name]
    expected = layer(x)
    data = json.loads(json.dumps(layers.serialize(layer)))
    for made in (layers.deserialize(data), copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(made(x), expected)
    assert json.loads(json.dumps(layers.serialize(layers.deserialize(data)))) == data


NUMBERS = [name for name in CALLS if name.startswith(("encoding", "bins", "integers"))]


@pytest.mark.parametrize("name", NUMBERS)
def test_layers_of_numbers_may_be_part_of_compiled_functions(name: str) -> None:
    layer, x, _ = CALLS[name]
    x = np.asarray(x, "float32" if name.startswith("bins") else "int64")
    compiled = nncore.function(lambda a: layer(a))(x)
    eager = layer(x)
    assert compiled.dtype == eager.dtype
    np.testing.assert_array_equal(compiled, eager)
    if x.ndim == 2:
        model = models.Sequential([layers.Input(x.shape[1:], dtype=x.dtype.name), layers.deserialize(
            layers.serialize(layer))])  # fmt: skip
        np.testing.assert_array_equal(model.predict(x, verbose=0), eager)


def test_count_weights() -> None:
    layer = layers.CategoryEncoding(4, "count")
    got = layer(np.array([[0, 1], [0, 0], [3, 1]]), count_weights=np.array([[0.1, 0.2], [0.1, 0.1], [0.4, 0.2]]))
    np.testing.assert_allclose(got, [[0.1, 0.2, 0, 0], [0.2, 0, 0, 0], [0, 0.2, 0, 0.4]], rtol=1e-6)


# --- adapt -----------------------------------------------------------------------------------------------------------


def test_vocabularies_are_sorted_by_frequency_and_cut() -> None:
    layer = layers.StringLookup()
    layer.adapt([["a", "c", "d"], ["d", "z", "b"]])
    assert layer.get_vocabulary() == ["[UNK]", "d", "z", "c", "b", "a"]
    layer.adapt(iter([["x", "y"], ["y"], ["never"]]), steps=2)
    assert layer.get_vocabulary() == ["[UNK]", "y", "x"]
    assert layer.get_vocabulary(include_special_tokens=False) == ["y", "x"]
    layer = layers.IntegerLookup(max_tokens=4, mask_token=0, num_oov_indices=2)
    layer.adapt(np.array([7, 7, 0, -1, 5, 5, 3]))
    assert layer.get_vocabulary() == [0, -1, -1, 7]
    assert layer.vocabulary_size() == 4
    texts = layers.TextVectorization(ngrams=(1, 3), max_tokens=5)
    texts.adapt(np.array(["foo bar baz", "Foo!"]))
    assert texts.get_vocabulary() == ["", "[UNK]", "foo", "foo bar baz", "baz"]


def test_inverse_document_frequencies() -> None:
    layer = layers.StringLookup(output_mode="tf_idf")
    layer.adapt([["a", "b", "a"], ["a", "c", "c"]])
    idf = {"a": np.log(1 + 2 / 3), "b": np.log(1 + 2 / 2), "c": np.log(1 + 2 / 2)}
    tokens = layer.get_vocabulary()[1:]
    own = [idf[token] for token in tokens]
    got = layer([["a", "a", "b", "?"]])[0]
    counts = {"a": 2, "b": 1, "c": 0}
    np.testing.assert_allclose(got, [np.mean(own), *(counts[t] * idf[t] for t in tokens)], rtol=1e-6)


def test_edges_have_equal_frequency() -> None:
    x = np.random.default_rng(0).normal(size=(4000, 2)).astype("float32")
    whole, batches = (layers.Discretization(num_bins=4, epsilon=0.01) for _ in range(2))
    whole.adapt(x)
    batches.adapt(x[i : i + 500] for i in range(0, 4000, 500))
    for layer in (whole, batches):
        np.testing.assert_allclose(layer.bin_boundaries, np.quantile(x, [0.25, 0.5, 0.75]), atol=0.06)
        assert np.bincount(layer(x).ravel()).min() > 1700
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(whole))))
    np.testing.assert_array_equal(again(x), whole(x))
    again.adapt(x * 2)  # the number of bins is known still
    assert again.bin_boundaries != whole.bin_boundaries


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_vocabularies_that_were_found_are_in_the_models_file(tmp_path: Any, mode: str) -> None:
    texts = ["one two two", "three two"]
    layer = layers.TextVectorization(output_mode=mode, name="texts")
    layer.adapt(texts)
    lookup = layers.StringLookup(name="words")
    lookup.adapt(["ä", "ö", "ö"])

    class Reader(models.Model):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.texts, self.words = layer, lookup
            self.dense = layers.Dense(1)

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def get_config(self) -> dict[str, Any]:
            return {}

    model = Reader()
    model(np.ones((1, 2)))
    model.save(tmp_path / "m.keras")
    layer = layers.TextVectorization(output_mode=mode, name="texts")
    lookup = layers.StringLookup(name="words")
    with nncore.utils.custom_object_scope({"Reader": Reader}):
        loaded = nncore.saving.load_model(tmp_path / "m.keras")
    assert loaded.texts.get_vocabulary() == model.texts.get_vocabulary()
    np.testing.assert_allclose(loaded.texts(texts), model.texts(texts))
    assert loaded.words.get_vocabulary() == ["[UNK]", "ö", "ä"]


def test_vocabulary_files(tmp_path: Any) -> None:
    path = tmp_path / "words.txt"
    path.write_text("a\nb\nc\n")
    layer = layers.StringLookup(vocabulary=str(path), mask_token="[MASK]", oov_token="[OOV]")
    assert layer.get_vocabulary() == ["[MASK]", "[OOV]", "a", "b", "c"]
    config = layer.get_config()
    assert config["vocabulary"] is None
    with pytest.raises(ValueError, match="can't name a vocabulary file"):
        layers.StringLookup.from_config({**config, "vocabulary": str(path)})
    with pytest.raises(ValueError, match="can't name a vocabulary file"):
        layers.TextVectorization.from_config({"vocabulary": str(path)})
    (tmp_path / "numbers.txt").write_text("12\n36")
    assert layers.IntegerLookup(vocabulary=str(tmp_path / "numbers.txt"))([36, 5]).tolist() == [2, 0]


# --- hashes ----------------------------------------------------------------------------------------------------------


def test_hashes_are_the_published_ones() -> None:
    # The reference implementation of SipHash-2-4: 15 bytes, and none.
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert sip_hash(bytes(range(15)), key) == 0xA129CA6149BE45E5
    assert sip_hash(b"", key) == 0x726FDB47DD0E0E31
    # BigQuery's documentation of FARM_FINGERPRINT, and FarmHash itself for each length class.
    signed = {b"1footrue": -1541654101129638711, b"2applefalse": 2794438866806483259, b"3true": -4880158226897771312}
    for text, number in signed.items():
        assert farm_fingerprint(text) == number % 2**64
    text = b"nncore " * 40
    for n, number in {17: 0x44EBC56A559E91FD, 32: 0xBEBE2FAD060E9F0B, 33: 0x7FDA220231383CBF,
                      64: 0x3EBE75FE579416BB, 65: 0xE917DEFB02354A5F, 128: 0xAB080D4A558E9AD,
                      129: 0x6658A302D8A4B7CC, 200: 0xFB7848DA291F4C1C}.items():  # fmt: skip
        assert farm_fingerprint(text[:n]) == number


# --- pipelines and reversible embeddings -----------------------------------------------------------------------------


def test_a_pipeline_hands_on_training_and_masks() -> None:
    pipeline = layers.Pipeline([layers.Rescaling(2.0), layers.Dropout(0.5, seed=1), layers.Rescaling(1.0, 1.0)])
    x = np.ones((4, 5), "float32")
    np.testing.assert_array_equal(pipeline(x, training=False), x * 3)
    assert set(np.unique(pipeline(x))) == {1.0, 5.0}
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(pipeline))))
    np.testing.assert_array_equal(again(x, training=False), x * 3)
    assert [type(layer).__name__ for layer in again.layers] == ["Rescaling", "Dropout", "Rescaling"]
    assert pipeline.compute_output_shape((None, 5)) == (None, 5)
    masked = layers.Pipeline([layers.Masking(), layers.LSTM(3)])
    y = np.concatenate([x[..., None], np.zeros((4, 2, 1), "float32")], axis=1)
    np.testing.assert_allclose(masked(y), masked.layers[1](x[..., None]), rtol=1e-6)
    with pytest.raises(TypeError, match="layers were expected"):
        layers.Pipeline([np.tanh])


@pytest.mark.parametrize("tied", [True, False])
def test_a_reversible_embedding_scores_with_its_table(tied: bool) -> None:
    layer = layers.ReversibleEmbedding(7, 4, tie_weights=tied, logit_soft_cap=0.01, mask_zero=True)
    vectors = layer(np.array([[1, 0, 6]]))
    assert masking.get_mask(vectors).tolist() == [[True, False, True]]
    scores = layer(vectors, reverse=True)
    table = layer.embeddings.numpy().T if tied else layer.reverse_embeddings.numpy()
    np.testing.assert_allclose(scores, np.tanh(vectors @ table / 0.01) * 0.01, rtol=1e-5)
    assert len(layer.trainable_weights) == (1 if tied else 2)
    ids = layers.Input((3,), dtype="int32")
    shared = layers.ReversibleEmbedding(7, 4, tie_weights=tied)
    model = models.Model(ids, shared(layers.Dense(4)(shared(ids)), reverse=True))
    assert model.output_shape == (None, 3, 7)
    model.compile("adam", nncore.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.arange(12).reshape(4, 3) % 7
    before = model.get_weights()
    model.fit(x, x, epochs=1, verbose=0)
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


# --- bad input -------------------------------------------------------------------------------------------------------

BAD: list[tuple[Any, type[Exception], str]] = [
    (lambda: layers.CategoryEncoding(), ValueError, "num_tokens must be set|`num_tokens` must be set"),
    (lambda: layers.CategoryEncoding(3, "int"), ValueError, "output_mode='int'"),
    (lambda: layers.CategoryEncoding(3)(np.array([[3]])), ValueError, "from 0 to 2 were expected"),
    (lambda: layers.CategoryEncoding(3)(np.array([[1]]), count_weights=np.ones((1, 1))), ValueError, "count_weights"),
    (lambda: layers.CategoryEncoding(3, sparse=True), ValueError, "sparse=True"),
    (lambda: layers.Discretization(), ValueError, "either `num_bins` or `bin_boundaries`"),
    (lambda: layers.Discretization([1.0], num_bins=2), ValueError, "either `num_bins` or `bin_boundaries`"),
    (lambda: layers.Discretization([2.0, 1.0]), ValueError, "should ascend"),
    (lambda: layers.Discretization(num_bins=2)(np.ones(3)), ValueError, "call `adapt"),
    (lambda: layers.Discretization([1.0]).adapt(np.ones(3)), ValueError, "Cannot adapt"),
    (lambda: layers.Discretization(num_bins=2).adapt(iter([])), ValueError, "no data"),
    (lambda: layers.Hashing(0), ValueError, "num_bins=0"),
    (lambda: layers.Hashing(3, salt="a"), ValueError, "salt='a'"),
    (lambda: layers.Hashing(3, dtype="float32"), ValueError, "integer type"),
    (lambda: layers.HashedCrossing(3)([np.ones(2, int)]), ValueError, "at least two inputs"),
    (lambda: layers.HashedCrossing(3)([np.ones(2, int), np.ones(3, int)]), ValueError, "of one shape"),
    (lambda: layers.HashedCrossing(3)([np.ones(2), np.ones(2)]), ValueError, "whole numbers or texts"),
    (lambda: layers.IntegerLookup(max_tokens=1), ValueError, "greater than 1"),
    (lambda: layers.IntegerLookup(num_oov_indices=-1), ValueError, ">= 0"),
    (lambda: layers.IntegerLookup(salt=3), ValueError, "farmhash"),
    (lambda: layers.IntegerLookup(vocabulary=[1, 1]), ValueError, r"repeated term: \[1\]"),
    (lambda: layers.IntegerLookup(vocabulary=[]), ValueError, "empty vocabulary"),
    (lambda: layers.IntegerLookup(vocabulary=[1, 2, 3], max_tokens=3), ValueError, "larger than the maximum"),
    (lambda: layers.IntegerLookup(vocabulary=[1])([1.5]), TypeError, "whole numbers"),
    (lambda: layers.IntegerLookup()([1]), RuntimeError, "must set the layer's vocabulary"),
    (lambda: layers.IntegerLookup(vocabulary=[1], num_oov_indices=0)([2]), ValueError, r"OOV values \[2\]"),
    (lambda: layers.IntegerLookup(vocabulary=[1]).adapt([1]), ValueError, "static vocabulary"),
    (lambda: layers.StringLookup(vocabulary=["a", ""], mask_token=""), ValueError, "unexpected location"),
    (lambda: layers.StringLookup(vocabulary=["a"], output_mode="count", invert=True), ValueError, "`invert`"),
    (lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), ValueError, "idf_weights"),
    (lambda: layers.StringLookup(vocabulary=["a"])([["a"], ["a", "b"]]), TypeError, "rows of one length"),
    (lambda: layers.StringLookup(vocabulary=["a"])(np.array(["a", None], object)), TypeError, "missing values"),
    (lambda: layers.StringLookup(vocabulary="/no/such/file"), ValueError, "does not exist"),
    (lambda: layers.StringLookup(pad_to_max_tokens=True), ValueError, "needs `max_tokens`"),
    (lambda: layers.TextVectorization(standardize="upper"), ValueError, "standardize='upper'"),
    (lambda: layers.TextVectorization(ngrams="2"), ValueError, "`ngrams` must be None"),
    (lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3), ValueError, "output_sequence"),
    (lambda: layers.TextVectorization(ragged=True), ValueError, "ragged=True"),
    (lambda: layers.TextVectorization(vocabulary=["a"])([["a", "b"]]), ValueError, "last shape dimension must be 1"),
]  # fmt: skip


@pytest.mark.parametrize("position", range(len(BAD)))
def test_bad_input(position: int) -> None:
    call, error, message = BAD[position]
    with pytest.raises(error, match=message):
        call()


def test_a_vocabulary_that_encodes_keeps_its_size() -> None:
    layer = layers.StringLookup(output_mode="count", vocabulary=["a"])
    with pytest.raises(RuntimeError, match="vocabulary size cannot be changed"):
        layer.set_vocabulary(["a", "b"])


@pytest.mark.parametrize("layer", [layers.Hashing(3), layers.StringLookup(vocabulary=["a"])])
def test_texts_cannot_be_traced(layer: Any) -> None:
    with pytest.raises(TraceError, match="outside of compiled functions"):
        nncore.function(lambda x: ops.cast(layer(x), "float32"))(np.ones(2, "int32"))

"""Every form in which data may come gives the same training."""

from __future__ import annotations

import numpy as np
import pytest

import nncore
from nncore import layers
from training.models import data, linear

FIT = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}


def losses(x, y, **extra):
    return linear().fit(x, y, **{**FIT, **extra}).history["loss"]


@pytest.fixture
def wanted():
    return losses(*data())


@pytest.mark.parametrize("dtype", ["float64", "float16", "float32"])
def test_float_dtypes(dtype, wanted):
    x, y = data()
    np.testing.assert_allclose(losses(x.astype(dtype), y.astype(dtype)), wanted, rtol=1e-2)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"])
def test_integer_dtypes(dtype):
    x = np.random.default_rng(0).integers(0, 2, (40, 3))
    y = x.sum(1)
    wanted = losses(x.astype("float32"), y.astype("float32"))
    y_dtype = "int32" if dtype == "bool" else dtype
    np.testing.assert_allclose(losses(x.astype(dtype), y.astype(y_dtype)), wanted, rtol=1e-6)


def strided(a):
    wide = np.zeros((a.shape[0] * 2, a.shape[1] * 3), a.dtype)
    wide[::2, ::3] = a
    return wide[::2, ::3]


LAYOUTS = {
    "strided": strided,
    "reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1],
    "fortran": np.asfortranarray,
    "big_endian": lambda a: a.astype(">f4"),
    "read_only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "list_of_lists": lambda a: a.tolist(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, wanted):
    x, y = data()
    change = LAYOUTS[layout]
    np.testing.assert_allclose(losses(change(x), change(y)), wanted, rtol=1e-6)


def test_memory_maps(tmp_path, wanted):
    x, y = data()
    np.save(tmp_path / "x.npy", x.astype("float64"))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_allclose(losses(mapped, y), wanted, rtol=1e-6)


class Frame:
    """Something array-like of another library."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


def test_array_likes(wanted):
    x, y = data()
    np.testing.assert_allclose(losses(Frame(x), Frame(y)), wanted, rtol=1e-6)


def batches(x, y, size=8):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


class Reader:
    """An iterable that starts afresh for each epoch."""

    def __init__(self, weights=False):
        self.weights = weights
        self.starts = 0

    def __iter__(self):
        self.starts += 1
        x, y = data()
        for bx, by in batches(x, y):
            yield (bx, by, np.ones(len(bx))) if self.weights else (bx, by)


class Indexed:
    """A data set of batches by number."""

    def __init__(self):
        self.ended = 0
        self.asked = []

    def __len__(self):
        return 5

    def __getitem__(self, i):
        self.asked.append(i)
        return list(batches(*data()))[i]

    def on_epoch_end(self):
        self.ended += 1


@pytest.mark.parametrize("weights", [False, True])
def test_iterables_of_batches(weights, wanted):
    reader = Reader(weights)
    np.testing.assert_allclose(losses(reader, None, batch_size=None), wanted, rtol=1e-6)
    assert reader.starts == 2


def test_indexed_data_sets(wanted):
    source = Indexed()
    np.testing.assert_allclose(losses(source, None, batch_size=None), wanted, rtol=1e-6)
    assert source.ended == 2
    shuffled = Indexed()
    losses(shuffled, None, batch_size=None, shuffle=True)
    assert sorted(shuffled.asked[-5:]) == [0, 1, 2, 3, 4]
    assert shuffled.asked[-5:] != [0, 1, 2, 3, 4]


def test_a_generator_goes_on_across_epochs(wanted):
    def endless():
        while True:
            yield from batches(*data())

    found = losses(endless(), None, batch_size=None, steps_per_epoch=5)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_generator_that_ends_stops_training_with_a_warning(wanted):
    x, y = data()
    with pytest.warns(UserWarning, match="ran out of data"):
        found = losses(batches(x, y), None, batch_size=None, steps_per_epoch=4)
    assert len(found) == 2


def test_generators_of_inputs_only_predict():
    x, _ = data()
    model = linear()
    wanted = model.predict(x, verbose=0)
    np.testing.assert_array_equal(model.predict((x[i : i + 7] for i in range(0, 40, 7)), verbose=0), wanted)
    pairs = ((x[i : i + 7],) for i in range(0, 40, 7))
    np.testing.assert_array_equal(model.predict(pairs, verbose=0), wanted)
    assert model.predict(x, batch_size=8, steps=2, verbose=0).shape == (16, 1)


def test_generators_evaluate_and_validate(wanted):
    x, y = data()
    model = linear()
    whole = model.evaluate(x, y, batch_size=8, verbose=0)
    assert model.evaluate(batches(x, y), verbose=0) == pytest.approx(whole)
    history = model.fit(x, y, **FIT, validation_data=Reader()).history
    assert history["val_loss"][1] == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-5)


def test_batch_sizes_beyond_and_beside_the_data():
    x, y = data(10)
    assert len(losses(x, y, batch_size=1000)) == 2
    model = linear()
    assert model.predict(x, batch_size=3, verbose=0).shape == (10, 1)
    assert model.predict(x[:1], verbose=0).shape == (1, 1)


def test_several_inputs_in_every_form():
    a, b = layers.Input((2,), name="a"), layers.Input((3,), name="b")
    out = layers.Dense(1)(layers.Concatenate()([a, b]))
    model = nncore.Model([a, b], out)
    rng = np.random.default_rng(0)
    xa, xb = rng.random((20, 2)), rng.random((20, 3))
    wanted = model.predict([xa, xb], verbose=0)
    np.testing.assert_array_equal(model.predict((xa, xb), verbose=0), wanted)
    np.testing.assert_array_equal(model.predict({"b": xb, "a": xa}, verbose=0), wanted)
    model.compile(loss="mse")
    weights = model.get_weights()
    y = np.ones((20, 1))
    found = []
    for x in ([xa, xb], (xa, xb), {"b": xb, "a": xa}):
        model.set_weights(weights)
        model.compile(optimizer="sgd", loss="mse")
        found.append(model.fit(x, y, epochs=2, shuffle=False, verbose=0).history["loss"])
    assert found[0] == found[1] == found[2]


def test_an_order_is_a_permutation_and_batches_can_stay_together():
    from nncore.training.data_adapter import ArrayData

    x = np.arange(23, dtype="float32")[:, None]
    for shuffle in (True, "batch"):
        adapter = ArrayData(x, batch_size=5, shuffle=shuffle)
        index = adapter._new_order(np.random.default_rng(0).permutation)
        assert sorted(index) == list(range(23))
        assert list(index) != list(range(23))
        if shuffle == "batch":
            assert all((np.diff(block) == 1).all() for block in index[:20].reshape(4, 5))


def test_integers_reach_a_subclassed_model_as_they_are():
    seen = []

    class Look(nncore.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            seen.append(str(x.dtype))
            return self.dense(nncore.ops.cast(x, "float32"))

    model = Look()
    model.predict(np.ones((4, 2), "uint8"), verbose=0)
    assert set(seen) == {"uint8"}


def test_the_data_are_never_copied_whole(tmp_path):
    import tracemalloc

    samples = 40_000
    x = np.memmap(tmp_path / "x", "float64", "w+", shape=(samples, 100))
    y = np.zeros(samples)
    model = linear(100)
    model.fit(x[:64], y[:64], verbose=0)
    tracemalloc.start()
    model.fit(x, y, batch_size=64, verbose=0, validation_split=0.5)
    model.predict(x, batch_size=64, verbose=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes / 20


def test_used_up_generators_end_training_and_validation_with_a_warning():
    x, y = data()
    with pytest.warns(UserWarning, match="ran out of data"):
        assert len(losses(batches(x, y), None, batch_size=None)) == 1
    with pytest.warns(UserWarning, match="ran out of data"):
        history = linear().fit(x, y, **FIT, validation_data=batches(x, y)).history
    assert len(history["val_loss"]) == 1

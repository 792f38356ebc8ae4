"""Data sets by number and their workers, sparse matrices, and other libraries' frames, tables and loaders."""

from __future__ import annotations

import os
import threading
import time
from collections import namedtuple

import numpy as np
import pytest

import nncore
from nncore.utils import PyDataset
from training.models import data, linear

FIT = {"epochs": 2, "shuffle": False, "verbose": 0}


def losses(source, y=None, **extra):
    return linear().fit(source, y, **{**FIT, **extra}).history["loss"]


@pytest.fixture
def wanted():
    return losses(*data(), batch_size=8)


class Batches(PyDataset):
    """Five batches of eight; notes what is asked of it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.x, self.y = data()
        self.events = []
        self.threads = set()
        self.processes = set()

    def __len__(self):
        return 5

    def __getitem__(self, index):
        self.events.append(index)
        self.threads.add(threading.get_ident())
        rows = slice(8 * index, 8 * index + 8)
        return self.x[rows], self.y[rows]

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


WORKERS = {
    "alone": {"workers": 1},
    "none": {"workers": 0},
    "threads": {"workers": 3},
    "one process": {"workers": 1, "use_multiprocessing": True},
    "processes": {"workers": 2, "use_multiprocessing": True},
    "short queue": {"workers": 2, "max_queue_size": 1},
}


@pytest.mark.parametrize("workers", WORKERS)
def test_workers_give_the_same_training(workers, wanted):
    source = Batches(**WORKERS[workers])
    assert losses(source) == wanted
    assert [e for e in source.events if isinstance(e, str)] == ["begin", "end"] * 2
    model = linear()
    y = model.predict(source.x, batch_size=8, verbose=0)
    np.testing.assert_array_equal(model.predict(source, verbose=0), y)
    assert model.evaluate(source, verbose=0) == model.evaluate(source.x, source.y, batch_size=8, verbose=0)


def test_threads_are_several_and_gone_afterwards():
    source = Batches(workers=4)
    before = threading.active_count()

    def slow(index):
        time.sleep(0.01)
        return Batches.__getitem__(source, index)

    source.__class__ = type("Slow", (Batches,), {"__getitem__": lambda self, index: slow(index)})
    losses(source)
    assert len(source.threads - {threading.get_ident()}) > 1
    assert threading.active_count() == before


class Processes(Batches):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        noise = np.random.random(len(x))  # noqa: NPY002 - as users write it
        return x, np.column_stack([y, np.full(len(x), os.getpid()), noise])


def test_processes_are_others_and_draw_their_own_numbers():
    from nncore.training.data_adapter.workers import in_order

    found = {}
    for workers in (1, 3):
        np.random.seed(3)  # noqa: NPY002
        source = Processes(workers=workers, use_multiprocessing=True)
        found[workers] = list(in_order(source.__getitem__, range(5), workers, True))
        assert os.getpid() not in {int(y[0, 1]) for _, y in found[workers]}
    noise = {workers: [y[:, 2].tolist() for _, y in batches] for workers, batches in found.items()}
    assert noise[1] == noise[3], "random numbers depend on which process draws them"
    assert len({tuple(row) for row in noise[1]}) == 5


@pytest.mark.parametrize("options", [{}, {"workers": 2}, {"workers": 2, "use_multiprocessing": True}])
def test_an_error_in_a_batch_is_raised_and_ends_the_workers(options):
    class Broken(Batches):
        def __getitem__(self, index):
            if index == 3:
                raise OSError("file 3 is gone")
            return super().__getitem__(index)

    before = threading.active_count()
    with pytest.raises(OSError, match="file 3 is gone"):
        losses(Broken(**options))
    assert threading.active_count() == before


def test_no_more_than_the_queue_is_asked_for_ahead():
    source = Batches(workers=2, max_queue_size=2)
    ahead = []
    watch = nncore.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ahead.append(sum(isinstance(e, int) for e in source.events) - batch - 1)
    )
    losses(source, epochs=1, callbacks=[watch])
    assert max(ahead) <= 3


class Endless(Batches):
    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return super().__getitem__(index % 5)


@pytest.mark.parametrize("options", [{}, {"workers": 2}])
def test_a_data_set_without_end_goes_on(options, wanted):
    source = Endless(**options)
    assert losses(source, steps_per_epoch=5) == wanted
    with pytest.raises(ValueError, match=r"without end.*steps_per_epoch"):
        losses(Endless())


def test_steps_go_on_where_the_last_epoch_stopped():
    source = Batches()
    source.__class__ = type("Quiet", (Batches,), {"on_epoch_begin": PyDataset.on_epoch_begin})
    losses(source, steps_per_epoch=2)
    assert [e for e in source.events if isinstance(e, int)] == [0, 1, 2, 3]


def test_on_epoch_begin_may_change_the_batches():
    class Growing(Batches):
        def on_epoch_begin(self):
            self.y = self.y * 0 + 5

    source = Growing()
    x, y = data()
    assert losses(source) == losses(x, y * 0 + 5, batch_size=8)


def test_shuffling_draws_an_order_of_batches():
    source = Batches()
    losses(source, epochs=1, shuffle=True)
    asked = [e for e in source.events if isinstance(e, int)]
    assert sorted(asked[-5:]) == [0, 1, 2, 3, 4] != asked[-5:]


def test_iterating_by_hand_and_super_not_called():
    class Bare(PyDataset):
        def __init__(self):
            pass

        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.full((1, 3), index)

    assert [int(batch[0, 0]) for batch in Bare()] == [0, 1]
    assert linear().predict(Bare(), verbose=0).shape == (2, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": -1}, "`workers`.*workers=-1"),
        ({"workers": 1.5}, "`workers`"),
        ({"max_queue_size": 0}, "`max_queue_size`.*max_queue_size=0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        Batches(**options)


# ---- sparse matrices ------------------------------------------------------------------------


class Sparse:
    """What of SciPy's sparse matrices is used; never made dense by more than `most` rows."""

    def __init__(self, values, most=8):
        self.values = values
        self.most = most
        self.shape, self.dtype, self.ndim = values.shape, values.dtype, 2

    def tocoo(self):
        raise AssertionError("not needed")

    def tocsr(self):
        return self

    def __getitem__(self, rows):
        return Sparse(self.values[rows], self.most)

    def toarray(self):
        assert len(self.values) <= self.most, "the whole matrix was made dense"
        return self.values.copy()


def test_sparse_matrices_are_made_dense_per_batch(wanted):
    x, y = data()
    assert losses(Sparse(x), y, batch_size=8) == wanted
    assert losses(Sparse(x), Sparse(y), batch_size=8) == wanted
    assert losses([Sparse(x)], y, batch_size=8) == wanted
    model = linear()
    np.testing.assert_array_equal(model.predict(Sparse(x), batch_size=8, verbose=0), model.predict(x, verbose=0))
    assert model.evaluate(Sparse(x), y, batch_size=8, verbose=0) == model.evaluate(x, y, batch_size=8, verbose=0)


@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_sparse_matrices_shuffle_and_split_as_arrays_do(shuffle):
    x, y = data()
    options = {"batch_size": 8, "validation_split": 0.25, "shuffle": shuffle, "epochs": 3, "verbose": 0}
    found = []
    for inputs in (x, Sparse(x)):
        nncore.utils.set_random_seed(1)
        found.append(linear().fit(inputs, y, **options).history)
    assert found[0] == found[1]


def test_batches_may_be_sparse(wanted):
    x, y = data()
    source = [(Sparse(x[i : i + 8]), y[i : i + 8]) for i in range(0, 40, 8)]
    assert losses(iter(source * 2), steps_per_epoch=5) == wanted
    assert linear().train_on_batch(Sparse(x[:8]), y[:8]) == linear().train_on_batch(x[:8], y[:8])


def test_sparse_targets_and_class_weight():
    x, y = data()
    with pytest.raises(ValueError, match="dense targets"):
        losses(x, Sparse(y), class_weight={0: 1.0})


# ---- frames, tables, loaders: stand-ins with the protocols of the real ones -------------------


class Column:
    """A column of pandas: nullable numbers have a dtype with `na_value`, and give objects otherwise."""

    def __init__(self, values, nullable=False):
        self.values = values
        self.ndim = 1
        self.shape = (len(values),)
        self.dtype = namedtuple("Nullable", "kind na_value")("f", None) if nullable else values.dtype

    def __array__(self, dtype=None, copy=None):
        if hasattr(self.dtype, "na_value"):
            return np.asarray([None if v != v else v for v in self.values], dtype=object)
        return self.values

    def to_numpy(self, dtype=None, na_value=None):
        return np.asarray([na_value if v != v else v for v in self.values], dtype)


class Frame:
    """A data frame whose columns have no dtype in common, as pandas, polars and Arrow give them."""

    def __init__(self, columns, method):
        self.columns = list(columns)
        self.shape = (len(next(iter(columns.values())).values), len(columns))
        self.ndim = 2
        give = {"items": lambda: list(columns.items())}.get(method, lambda: list(columns.values()))
        setattr(self, method, give)

    def __array__(self, dtype=None, copy=None):
        return np.empty(self.shape, object)

    def __getitem__(self, name):
        raise AssertionError("not needed")

    def __len__(self):
        return self.shape[0]


@pytest.mark.parametrize("method", ["items", "get_columns", "itercolumns"])
@pytest.mark.parametrize("nullable", [False, True])
def test_frames_of_mixed_columns(method, nullable, wanted):
    x, y = data()
    columns = {f"c{i}": Column(x[:, i], nullable) for i in range(3)}
    assert losses(Frame(columns, method), y, batch_size=8) == wanted


def test_missing_numbers_are_nan_and_words_an_error():
    x, _ = data(4)
    x[1, 2] = np.nan
    columns = {f"c{i}": Column(x[:, i], i == 2) for i in range(3)}
    found = linear().predict(Frame(columns, "items"), verbose=0)
    assert np.isnan(found[:, 0]).tolist() == [False, True, False, False]
    columns["c2"] = Column(np.array([True, None, False, True], object))  # Arrow's booleans
    found = linear().predict(Frame(columns, "itercolumns"), verbose=0)
    assert np.isnan(found[:, 0]).tolist() == [False, True, False, False]
    columns["c0"] = Column(np.array(["a", "b", "c", "d"]))
    with pytest.raises(TypeError, match="must hold real numbers"):
        linear().predict(Frame(columns, "items"), verbose=0)


class Tensor:
    """A tensor of PyTorch: gives an array only when it records no gradient."""

    def __init__(self, values, records=True):
        self.values, self.records = values, records

    def detach(self):
        return Tensor(self.values, False)

    def __array__(self, dtype=None, copy=None):
        if self.records:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.values


class Loader:
    """A `DataLoader` (a length, batches as lists of tensors), or a `tf.data.Dataset` without a known length."""

    def __init__(self, length):
        self.length = length
        self.starts = 0

    def __len__(self):
        if self.length is None:
            raise TypeError("the dataset length is unknown")
        return self.length

    def __iter__(self):
        self.starts += 1
        x, y = data()
        return iter([[Tensor(x[i : i + 8]), Tensor(y[i : i + 8])] for i in range(0, 40, 8)])


@pytest.mark.parametrize("length", [5, None])
def test_loaders(length, wanted):
    loader = Loader(length)
    assert losses(loader) == wanted
    assert loader.starts == 2, "an iterable is started once per epoch"
    x, y = data()
    assert losses(Tensor(x), Tensor(y), batch_size=8) == wanted


@pytest.mark.parametrize("x", [[[1, 2, 3], [4, 5]], [[[1.0], [2.0, 3.0]]]])
def test_ragged_lists_get_advice(x):
    with pytest.raises(ValueError, match=r"ragged.*Pad them"):
        linear().predict(x, verbose=0)

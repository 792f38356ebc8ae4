"""A saved model comes back with its weights, its optimizer and its training."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, optimizers, saving

rng = np.random.default_rng(0)
X = rng.normal(size=(32, 5)).astype("float32")
Y = X[:, :2] * 2 + 1


@saving.register_keras_serializable("tests.saving")
class Net(nncore.Model):
    """Layers as attributes, in lists, nested lists and dictionaries."""

    def __init__(self, units: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.a = layers.Dense(units)
        self.blocks = [layers.Dense(3), layers.Dense(3), [layers.Dense(3)]]
        self.named = {"x": layers.Dense(2)}
        self.out = layers.Dense(2)
        self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")

    def call(self, x: Any) -> Any:
        x = self.a(x)
        for block in self.blocks[:2]:
            x = block(x)
        return self.out(self.named["x"](self.blocks[2][0](x))) * self.scale

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@saving.register_keras_serializable("tests.saving")
def cubic(y_true: Any, y_pred: Any) -> Any:
    return nncore.ops.mean(nncore.ops.abs(y_true - y_pred) ** 3, axis=-1)


def sequential() -> Any:
    return nncore.Sequential(
        [
            layers.Input((5,)),
            layers.Dense(4, activation="relu", kernel_regularizer="l2", kernel_constraint="max_norm"),
            layers.Dropout(0.3, seed=3),
            layers.Dense(2),
        ]
    )


def functional() -> Any:
    a = layers.Input((5,), name="a")
    shared = layers.Dense(3, name="shared")
    inner = nncore.Sequential([layers.Input((3,)), layers.Dense(2)], name="inner")
    x = inner(layers.Add()([shared(a), shared(a * 2.0)]) + 1.0)
    return nncore.Model(a, x)


def used_twice() -> Any:
    """One layer inside two models inside a model: it must be one layer again."""
    dense = layers.Dense(5, name="twice")
    first = nncore.Sequential([layers.Input((5,)), dense])
    second = nncore.Sequential([layers.Input((5,)), dense, layers.Dense(2)])
    x = layers.Input((5,))
    return nncore.Model(x, second(first(x)))


MODELS = {"sequential": sequential, "functional": functional, "subclassed": Net, "used twice": used_twice}


def trained(make: Any, optimizer: Any = "adam", loss: Any = "mse") -> Any:
    nncore.utils.set_random_seed(1)
    model = make()
    model.compile(optimizer, loss, metrics=["mae"])
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    return model


def assert_same_state(a: Any, b: Any) -> None:
    for u, v in zip([*a.weights, *a.optimizer.variables], [*b.weights, *b.optimizer.variables], strict=True):
        np.testing.assert_array_equal(u.numpy(), v.numpy())


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_whole_model(make: Any, tmp_path: Path) -> None:
    model = trained(make)
    model.save(tmp_path / "m.keras")
    again = nncore.models.load_model(tmp_path / "m.keras")
    assert type(again) is type(model)
    np.testing.assert_array_equal(model.predict(X, verbose=0), again.predict(X, verbose=0))
    assert_same_state(model, again)
    # Both go on in the same way.
    one = model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    if make is sequential:
        return  # its dropout starts from its seed again, as in Keras
    assert again.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history == one
    assert_same_state(model, again)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.01, momentum=0.9, nesterov=True),
        optimizers.RMSprop(centered=True, momentum=0.5),
        optimizers.AdamW(weight_decay=0.01),
        optimizers.Adam(amsgrad=True, use_ema=True, gradient_accumulation_steps=2),
        optimizers.SGD(optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)),
        optimizers.Nadam(clipnorm=1.0),
        optimizers.Lion(),
    ],
    ids=lambda o: type(o).__name__,
)
@pytest.mark.parametrize("form", ["m.keras", "m.weights.h5", "m.safetensors"])
def test_optimizers_go_on(optimizer: Any, form: str, tmp_path: Path) -> None:
    model = trained(functional, type(optimizer).from_config(optimizer.get_config()))
    path = tmp_path / form
    if form == "m.keras":
        model.save(path)
        again = saving.load_model(path)
    else:
        model.save_weights(path)
        again = functional()
        again.compile(type(optimizer).from_config(optimizer.get_config()), "mse", metrics=["mae"])
        again.load_weights(path)
    assert_same_state(model, again)
    expected = model.fit(X, Y, epochs=3, shuffle=False, verbose=0).history
    assert again.fit(X, Y, epochs=3, shuffle=False, verbose=0).history == expected


def test_registered_loss_and_weights_of_loss(tmp_path: Path) -> None:
    model = trained(sequential, loss=cubic)
    model.save(tmp_path / "m.keras")
    assert saving.load_model(tmp_path / "m.keras").loss is cubic


def test_without_compiling(tmp_path: Path) -> None:
    trained(sequential).save(tmp_path / "m.keras")
    assert not saving.load_model(tmp_path / "m.keras", compile=False).compiled


def test_include_optimizer(tmp_path: Path) -> None:
    model = trained(sequential)
    model.save(tmp_path / "m.keras", include_optimizer=False)
    again = saving.load_model(tmp_path / "m.keras")
    assert int(again.optimizer.iterations.numpy()) == 0
    np.testing.assert_array_equal(model.predict(X, verbose=0), again.predict(X, verbose=0))


@pytest.mark.parametrize("form", ["m.keras", "m.weights.h5", "m.safetensors"])
def test_weights_into_a_model_that_is_not_compiled(form: str, tmp_path: Path) -> None:
    model = trained(Net)
    (model.save if form == "m.keras" else model.save_weights)(tmp_path / form)
    again = Net()
    again(X)
    again.load_weights(tmp_path / form)
    np.testing.assert_array_equal(model.predict(X, verbose=0), again.predict(X, verbose=0))


def test_other_optimizer_starts_afresh(tmp_path: Path) -> None:
    trained(functional).save_weights(tmp_path / "m.weights.h5")
    again = functional()
    again.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="starts afresh"):
        again.load_weights(tmp_path / "m.weights.h5")
    assert int(again.optimizer.iterations.numpy()) == 0


def test_objects_to_skip(tmp_path: Path) -> None:
    model, again = trained(sequential), sequential()
    saving.save_weights(model, tmp_path / "m.weights.h5", objects_to_skip=[model.layers[0]])
    before = again.get_weights()
    again.load_weights(tmp_path / "m.weights.h5", objects_to_skip=[again.layers[0]])
    np.testing.assert_array_equal(again.get_weights()[0], before[0])
    np.testing.assert_array_equal(again.get_weights()[2], model.get_weights()[2])


def test_dtypes_are_kept(tmp_path: Path) -> None:
    model = nncore.Sequential([layers.Dense(2, dtype="float64", input_shape=(3,))])
    model.save(tmp_path / "m.keras")
    again = saving.load_model(tmp_path / "m.keras")
    assert again.weights[0].dtype == "float64"
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_unbuilt_model_warns(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="not yet been built"):
        nncore.Sequential([layers.Dense(2)]).save(tmp_path / "m.keras")
    assert not saving.load_model(tmp_path / "m.keras").built


def test_file_modes_and_links(tmp_path: Path) -> None:
    """A file that is replaced keeps its permissions; a link goes on pointing to its file."""
    model = sequential()
    real, link = tmp_path / "real.keras", tmp_path / "link.keras"
    model.save(real)
    os.chmod(real, 0o600)
    link.symlink_to(real)
    model.save(link)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["link.keras", "real.keras"]


@nncore.saving.register_keras_serializable("assets")
class Vocabulary(layers.Layer):
    """Keeps words in a file beside the weights."""

    def __init__(self, words: Any = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = list(words)

    def get_config(self) -> dict[str, Any]:
        return super().get_config()  # the words come from the file

    def call(self, x: Any) -> Any:
        return x

    def save_assets(self, folder: str) -> None:
        inner = Path(folder) / "inner"
        inner.mkdir()
        (inner / "words.txt").write_text("\n".join(self.words))
        (Path(folder) / "count.txt").write_text(str(len(self.words)))

    def load_assets(self, folder: str) -> None:
        self.words = (Path(folder) / "inner" / "words.txt").read_text().split("\n")
        assert (Path(folder) / "count.txt").read_text() == str(len(self.words))


def test_assets_go_along(tmp_path: Path) -> None:
    model = nncore.Sequential([layers.Input((3,)), Vocabulary(["a", "ü"]), layers.Dense(1), Vocabulary(["c"])])
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert sorted(name for name in archive.namelist() if name.startswith("assets/")) == [
            "assets/layers/vocabulary/count.txt",
            "assets/layers/vocabulary/inner/words.txt",
            "assets/layers/vocabulary_1/count.txt",
            "assets/layers/vocabulary_1/inner/words.txt",
        ]
    loaded = nncore.saving.load_model(tmp_path / "m.keras")
    assert [loaded.layers[0].words, loaded.layers[2].words] == [["a", "ü"], ["c"]]
    # Weights alone have no assets: a model's own stay.
    loaded.layers[0].words = ["kept"]
    model.save_weights(tmp_path / "m.weights.h5")
    loaded.load_weights(tmp_path / "m.weights.h5")
    assert loaded.layers[0].words == ["kept"]


def test_missing_assets_are_an_error(tmp_path: Path) -> None:
    model = nncore.Sequential([layers.Input((3,)), Vocabulary(["a"]), layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    with (
        zipfile.ZipFile(tmp_path / "m.keras") as archive,
        zipfile.ZipFile(tmp_path / "bare.keras", "w") as bare,
    ):
        for name in archive.namelist():
            if not name.endswith("words.txt"):
                bare.writestr(name, archive.read(name))
    with pytest.raises(nncore.saving.LoadError, match=r"words\.txt"):
        nncore.saving.load_model(tmp_path / "bare.keras")

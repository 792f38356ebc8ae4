"""What must not be loaded: one LoadError that says why, before memory is taken, and the model as it was."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import nncore
from nncore import layers, saving

GOLDEN = Path(__file__).parents[1] / "golden" / "files"


def small() -> Any:
    return nncore.Sequential([layers.Input((3,)), layers.Dense(2, name="a"), layers.Dense(2, name="b")])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    model = small()
    model.compile("adam", "mse")
    model.save(tmp_path / "m.keras")
    return tmp_path / "m.keras"


def repack(path: Path, change: Callable[[dict[str, bytes]], Any], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    target = path.with_name("changed.keras")
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target


def edit(path: Path, change: Callable[[Any], Any]) -> Path:
    def apply(members: dict[str, bytes]) -> None:
        config = json.loads(members["config.json"])
        change(config)
        members["config.json"] = json.dumps(config).encode()

    return repack(path, apply)


def layer(config: Any, index: int = 1) -> Any:
    return config["config"]["layers"][index]


EDITS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "module of Python": (lambda c: layer(c).update(module="os", class_name="system"), "Could not locate 'system'"),
    "submodule": (lambda c: layer(c).update(module="keras.layers.dense", class_name="x"), "Could not locate 'x'"),
    "private name": (lambda c: layer(c).update(class_name="__class__"), "__class__"),
    "unknown class": (lambda c: layer(c).update(class_name="Dence"), "Did you mean 'Dense'"),
    "own class": (
        lambda c: layer(c).update(module="mine", class_name="Mine", registered_name="mine>Mine"),
        "register_keras_serializable",
    ),
    "Lambda code": (
        lambda c: layer(c).update(
            class_name="Lambda",
            config={"name": "a", "function": {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}},
        ),
        "Stored Python code is never run",
    ),
    "no model": (lambda c: c.update(layer(c)), "holds no model"),
    "no class": (lambda c: c.pop("class_name"), "holds no model"),
    "huge layer": (lambda c: layer(c)["config"].update(units=10**12), "larger model than it holds weights for"),
    "other units": (lambda c: layer(c, 2)["config"].update(units=5), r"expected shape \(2, 5\), the file has \(2, 2\)"),
    "more layers": (
        lambda c: c["config"]["layers"].append({**layer(c, 2), "config": {**layer(c, 2)["config"], "name": "c"}}),
        "layers/dense_2",
    ),
    "unknown loss": (lambda c: c["compile_config"].update(loss="mze"), "compile=False"),
    "unknown argument": (lambda c: layer(c)["config"].update(colour="red"), "colour"),
    "wrong kind": (lambda c: layer(c).update(config=[1, 2]), "class name and its arguments"),
}


@pytest.mark.parametrize("name", EDITS)
def test_edited_configuration(name: str, saved: Path) -> None:
    change, message = EDITS[name]
    with pytest.raises(saving.LoadError, match=message):
        saving.load_model(edit(saved, change))


def test_missing_layer_warns(saved: Path) -> None:
    with pytest.warns(UserWarning, match="holds weights for which the model has no layer"):
        saving.load_model(edit(saved, lambda c: c["config"]["layers"].pop()))


def test_nested_json(saved: Path) -> None:
    def deep(members: dict[str, bytes]) -> None:
        members["config.json"] = b"[" * 100_000 + b"]" * 100_000

    with pytest.raises(saving.LoadError, match="not valid JSON"):
        saving.load_model(repack(saved, deep))


def test_safe_mode_is_explained(saved: Path) -> None:
    path = edit(saved, EDITS["Lambda code"][0])
    with pytest.raises(saving.LoadError, match="safe_mode=False"):
        saving.load_model(path, safe_mode=False)


# -- the archive --


def test_missing_members(saved: Path) -> None:
    for name in ("config.json", "model.weights.h5"):
        with pytest.raises(saving.LoadError, match=f"no member '{name}'"):
            saving.load_model(repack(saved, lambda members, name=name: members.pop(name)))


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "assets/../../evil", "a\\..\\b"])
def test_paths_out_of_the_archive(name: str, saved: Path) -> None:
    with pytest.raises(saving.LoadError, match="not allowed"):
        saving.load_model(repack(saved, lambda members: members.update({name: b"x"})))


def test_zip_bomb(saved: Path) -> None:
    def fill(members: dict[str, bytes]) -> None:
        members["model.weights.h5"] = bytes(200 << 20)

    path = repack(saved, fill, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(saving.LoadError, match="declares 209715200 bytes"):
        saving.load_model(path)


def test_recompressed_archive_loads(saved: Path) -> None:
    saving.load_model(repack(saved, lambda members: None, zipfile.ZIP_DEFLATED))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(saving.LoadError, match="does not exist"):
        saving.load_model(tmp_path / "none.keras")
    with pytest.raises(saving.LoadError, match="File format not supported"):
        saving.load_model(tmp_path / "none.onnx")
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(saving.LoadError, match="is a folder"):
        saving.load_model(tmp_path / "folder.keras")


# -- HDF5 --


def write(change: Callable[[h5py.Group], Any], **options: Any) -> bytes:
    data = io.BytesIO()
    with h5py.File(data, "w", **options) as file:
        for i, name in enumerate(("dense", "dense_1")):
            group = file.create_group(f"layers/{name}/vars")
            group["0"] = np.ones((3 - i, 2), "float32")
            if i == 0:
                group["1"] = np.ones(2, "float32")
        change(file["layers/dense_1/vars"])
    return data.getvalue()


def external_storage(group: h5py.Group) -> None:
    group.create_dataset("1", (2,), "float32", external=[("/etc/passwd", 0, 8)])


def virtual(group: h5py.Group) -> None:
    layout = h5py.VirtualLayout((2,), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (2,))
    group.create_virtual_dataset("1", layout)


def never_stored(group: h5py.Group) -> None:
    group.create_dataset("1", (1 << 40,), "float32")


HDF5: dict[str, tuple[Callable[[h5py.Group], Any], str]] = {
    "soft link": (lambda g: g.__setitem__("1", h5py.SoftLink("/layers/dense/vars/1")), "soft link"),
    "external link": (lambda g: g.__setitem__("1", h5py.ExternalLink("/etc/passwd", "/x")), "external link"),
    "hard link": (lambda g: g.__setitem__("1", g.file["layers/dense/vars/1"]), "refer to the same"),
    "loop": (lambda g: g.__setitem__("1", g.file["layers"]), "refer to the same"),
    "external storage": (external_storage, "external files"),
    "virtual": (virtual, "virtual array"),
    "compressed": (lambda g: g.create_dataset("1", data=np.ones(2, "f4"), chunks=(2,), compression="gzip"), "filtered"),
    "chunked": (lambda g: g.create_dataset("1", data=np.ones(2, "f4"), chunks=(1,)), "chunked"),
    "never stored": (never_stored, "nothing is stored"),
    "texts": (lambda g: g.create_dataset("1", data=[b"a", b"b"]), "no numbers"),
    "references": (lambda g: g.create_dataset("1", data=g.ref, dtype=h5py.ref_dtype), "no numbers"),
    "records": (lambda g: g.create_dataset("1", data=np.zeros(2, "f4,i4")), "no numbers"),
    "missing": (lambda g: None, "expected 2 variables, but received 1"),
    "shape": (lambda g: g.__setitem__("1", np.ones(3, "f4")), r"bias: expected shape \(2,\), the file has \(3,\)"),
    "name": (lambda g: g.__setitem__("one", np.ones(2, "f4")), "no array '1'"),
}


@pytest.mark.parametrize("name", HDF5)
def test_hdf5(name: str, tmp_path: Path) -> None:
    change, message = HDF5[name]
    path = tmp_path / "m.weights.h5"
    path.write_bytes(write(change))
    model = small()
    before = model.get_weights()
    with pytest.raises(saving.LoadError, match=message):
        model.load_weights(path)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_newer_layout(tmp_path: Path) -> None:
    path = tmp_path / "m.weights.h5"
    path.write_bytes(write(lambda g: g.__setitem__("1", np.ones(2)), libver="latest"))
    with pytest.raises(saving.LoadError, match="libver='latest'"):
        small().load_weights(path)


@pytest.mark.parametrize("dtype", ["float16", "float64", ">f4", "bfloat16"])
def test_other_floats_are_converted(dtype: str, tmp_path: Path) -> None:
    def add(group: h5py.Group) -> None:
        if dtype == "bfloat16":
            group["1"] = np.array([0x3FC0, 0xC000], "u2").view("V2")
            group["1"].attrs["dtype"] = "bfloat16"
        else:
            group["1"] = np.array([1.5, -2.0], dtype)

    path = tmp_path / "m.weights.h5"
    path.write_bytes(write(add))
    model = small()
    model.load_weights(path)
    assert model.layers[1].bias.numpy().tolist() == [1.5, -2.0]


def test_bool_and_integers(tmp_path: Path) -> None:
    class Flags(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.flag = self.add_weight(shape=(2,), dtype="bool", initializer="zeros", trainable=False)
            self.count = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False)

        def call(self, x: Any) -> Any:
            return x

    model, again = (nncore.Sequential([layers.Input((3,)), Flags()]) for _ in range(2))
    model.layers[0].flag.assign([True, False])
    model.layers[0].count.assign(2**40)
    for name in ("m.weights.h5", "m.safetensors"):
        model.save_weights(tmp_path / name)
        again.load_weights(tmp_path / name)
        assert again.layers[0].flag.numpy().tolist() == [True, False]
        assert int(again.layers[0].count.numpy()) == 2**40


# -- mismatches --


def test_every_mismatch_is_listed(tmp_path: Path) -> None:
    small().save_weights(tmp_path / "m.weights.h5")
    other = nncore.Sequential([layers.Input((4,)), layers.Dense(3, name="p"), layers.Dense(1, name="q")])
    before = other.get_weights()
    with pytest.raises(saving.LoadError, match="4 objects could not be loaded") as caught:
        other.load_weights(tmp_path / "m.weights.h5")
    assert caught.value.problems == [
        "layers/dense (Dense 'p'): kernel: expected shape (4, 3), the file has (3, 2)",
        "layers/dense (Dense 'p'): bias: expected shape (3,), the file has (2,)",
        "layers/dense_1 (Dense 'q'): kernel: expected shape (3, 1), the file has (2, 2)",
        "layers/dense_1 (Dense 'q'): bias: expected shape (1,), the file has (2,)",
    ]
    assert all(line in str(caught.value) for line in caught.value.problems)
    for a, b in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_skip_mismatch(tmp_path: Path) -> None:
    model = small()
    model.save_weights(tmp_path / "m.weights.h5")
    other = nncore.Sequential([layers.Input((3,)), layers.Dense(2), layers.Dense(5)])
    with pytest.warns(UserWarning, match="dense_1"):
        other.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


def test_weights_without_a_layer_warn(tmp_path: Path) -> None:
    small().save_weights(tmp_path / "m.weights.h5")
    with pytest.warns(UserWarning, match="no layer.*\n.*layers/dense_1: 2 arrays"):
        nncore.Sequential([layers.Input((3,)), layers.Dense(2)]).load_weights(tmp_path / "m.weights.h5")


def test_failed_load_leaves_the_optimizer(tmp_path: Path) -> None:
    model = small()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.save_weights(tmp_path / "m.weights.h5")
    other = nncore.Sequential([layers.Input((3,)), layers.Dense(9)])
    other.compile("adam", "mse")
    with pytest.raises(saving.LoadError):
        other.load_weights(tmp_path / "m.weights.h5")
    assert not other.optimizer.built
    assert len(other.optimizer.variables) == 2


def test_a_layers_own_way_is_undone(tmp_path: Path) -> None:
    class Picky(layers.Dense):
        def load_own_variables(self, store: Any) -> None:
            self.kernel.assign(store["0"])
            raise KeyError("half way")

    model = nncore.Sequential([layers.Input((3,)), Picky(2)])
    model.save_weights(tmp_path / "m.weights.h5")
    before = [w + 1 for w in model.get_weights()]
    model.set_weights(before)
    with pytest.raises(saving.LoadError, match="half way"):
        model.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


# -- saving --


def test_bad_arguments(tmp_path: Path) -> None:
    model = small()
    cases: list[tuple[Callable[[], Any], type[Exception], str]] = [
        (lambda: model.save(tmp_path / "m.onnx"), ValueError, "expected `.keras`"),
        (lambda: model.save(tmp_path / "m.keras", zipped=False), ValueError, "zipped"),
        (lambda: model.save(tmp_path / "m.keras", save_format="tf"), ValueError, "save_format"),
        (lambda: model.save(tmp_path / "m.keras", signatures=1), ValueError, "signatures"),
        (lambda: model.save(tmp_path / "no" / "m.keras"), FileNotFoundError, "Make it first"),
        (lambda: model.save_weights(tmp_path / "m.h5"), ValueError, "must end in `.weights.h5`"),
        (lambda: model.save_weights(tmp_path / "m.weights.h5", max_shard_size=1), ValueError, "max_shard_size"),
        (lambda: model.load_weights(tmp_path / "m.weights.h5", objects_to_skip=3), ValueError, "objects_to_skip"),
        (lambda: model.load_weights(tmp_path / "m.txt"), saving.LoadError, "not supported"),
        (lambda: nncore.Sequential([layers.Dense(2)]).save_weights(tmp_path / "m.weights.h5"), ValueError, "built"),
        (lambda: saving.save_model(3, tmp_path / "m.keras"), TypeError, "expected a model"),
    ]
    for call, kind, message in cases:
        with pytest.raises(kind, match=message):
            call()
    assert os.listdir(tmp_path) == []


def test_overwrite(tmp_path: Path) -> None:
    model = small()
    model.save(tmp_path / "m.keras")
    model.save(tmp_path / "m.keras")
    with pytest.raises(FileExistsError, match="overwrite=False"):
        model.save(tmp_path / "m.keras", overwrite=False)
    (tmp_path / "folder.weights.h5").mkdir()
    with pytest.raises(IsADirectoryError, match="folder"):
        model.save_weights(tmp_path / "folder.weights.h5")


def test_what_cannot_be_saved_leaves_the_old_file(tmp_path: Path) -> None:
    model = small()
    model.save(tmp_path / "m.keras")
    old = (tmp_path / "m.keras").read_bytes()
    model.compile("sgd", lambda a, b: a - b)
    with pytest.raises(ValueError, match="lambda"):
        model.save(tmp_path / "m.keras")
    assert (tmp_path / "m.keras").read_bytes() == old
    assert os.listdir(tmp_path) == ["m.keras"]

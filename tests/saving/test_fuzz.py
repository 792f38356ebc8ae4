"""Damaged and forged files end in a LoadError, or load: never in a crash, a hang, or memory taken for nothing."""

from __future__ import annotations

import io
import json
import os
import random
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from golden.file_cases import CASES, custom
from nncore import saving

# More of them by hand: NNCORE_FUZZ_COUNT=5000 python -m pytest tests/saving/test_fuzz.py
COUNT = int(os.environ.get("NNCORE_FUZZ_COUNT", "60"))
GOLDEN = Path(__file__).parents[1] / "golden" / "files"
ODD = (None, True, -1, 0, 3, 10**9, 10**30, 0.5, -1e308, "", "x", "relu", "../x", [], {}, [None], [[1, 2]], {"a": 1})


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, or a piece lost, doubled or moved."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        changed[rng.randrange(len(changed))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
    begin, end = sorted(rng.randrange(len(changed)) for _ in range(2))
    kind = rng.random()
    if kind < 0.1:
        del changed[end:]
    elif kind < 0.15:
        del changed[begin:end]
    elif kind < 0.2:
        changed[begin:begin] = changed[begin:end]
    return bytes(changed)


def pointing(data: bytes, rng: random.Random) -> bytes:
    """Numbers of 8 bytes, as addresses and sizes are, replaced by each other and by great ones."""
    changed = bytearray(data)
    places = range(0, len(data) - 8, 8)
    for _ in range(rng.choice((1, 2, 4))):
        other = rng.choice(places)
        value = rng.choice((changed[other : other + 8], b"\xff" * 8, (2**40).to_bytes(8, "little"), bytes(8)))
        where = rng.choice(places)
        changed[where : where + 8] = value
    return bytes(changed)


def edited(config: Any, rng: random.Random) -> Any:
    """Some values of JSON replaced, doubled or taken away."""
    config = json.loads(json.dumps(config))
    for _ in range(rng.choice((1, 1, 2, 5))):
        places = list(places_of(config))
        container, key = rng.choice(places)
        kind = rng.random()
        if kind < 0.7:
            container[key] = rng.choice(ODD)
        elif kind < 0.85:
            del container[key]
        else:
            other, name = rng.choice(places)
            container[key] = json.loads(json.dumps(other[name]))
    return config


def places_of(data: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(value, (dict, list)):
            yield from places_of(value)


def attempt(load: Any) -> bool:
    """Whether it loads; everything but a LoadError is a failure of the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            load()
        except saving.LoadError:
            return False
    return True


def repacked(path: Path, name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            new.writestr(member, data if member == name else old.read(member))
    return target.getvalue()


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    custom(nncore)
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def run(path: Path, name: str, make: Any) -> None:
    """Load changed files and see that some were refused; a model that they did not fit is as it was."""
    refused = 0
    model = CASES[name](nncore)[0]
    for seed in range(COUNT):
        path.write_bytes(make(random.Random(seed)))
        if path.suffix == ".keras":
            refused += not attempt(lambda: saving.load_model(path))
            continue
        before = [w.copy() for w in model.get_weights()]
        if not attempt(lambda: model.load_weights(path)):
            refused += 1
            for a, b in zip(before, model.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)
    assert refused > COUNT / 20


@pytest.mark.parametrize("change", [flipped, pointing])
@pytest.mark.parametrize("name", ["functional", "subclassed"])
def test_hdf5(change: Any, name: str, tmp_path: Path) -> None:
    data = (GOLDEN / f"{name}.weights.h5").read_bytes()
    run(tmp_path / "m.weights.h5", name, lambda rng: change(data, rng))


@pytest.mark.parametrize("change", [flipped, pointing])
def test_hdf5_within_an_archive(change: Any, tmp_path: Path) -> None:
    path, member = GOLDEN / "sequential.keras", "model.weights.h5"
    data = zipfile.ZipFile(path).read(member)
    run(tmp_path / "m.keras", "sequential", lambda rng: repacked(path, member, change(data, rng)))


def test_archive(tmp_path: Path) -> None:
    data = (GOLDEN / "classifier.keras").read_bytes()
    run(tmp_path / "m.keras", "sequential", lambda rng: flipped(data, rng))


def test_safetensors(tmp_path: Path) -> None:
    CASES["sequential"](nncore)[0].save_weights(tmp_path / "m.safetensors")
    data = (tmp_path / "m.safetensors").read_bytes()
    run(tmp_path / "m.safetensors", "sequential", lambda rng: flipped(data, rng))


@pytest.mark.parametrize("name", ["functional", "sequential", "subclassed", "shaping", "adam_amsgrad"])
def test_configuration(name: str, tmp_path: Path) -> None:
    path = GOLDEN / f"{name}.keras"
    config = json.loads(zipfile.ZipFile(path).read("config.json"))

    def change(rng: random.Random) -> bytes:
        return repacked(path, "config.json", json.dumps(edited(config, rng)).encode())

    run(tmp_path / "m.keras", "sequential", change)

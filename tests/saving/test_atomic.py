"""Whenever saving ends, by an error or by kill -9, there is the old file or the new one, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, saving

# Saves again and again; all weights of a file have the same value, the number of the save.
CHILD = """
import sys
import numpy as np
import nncore
from nncore import layers
path = sys.argv[1]
model = nncore.Sequential([layers.Input((200,)), layers.Dense(300), layers.Dense(100)])
number = 0
while True:
    number += 1
    model.set_weights([np.full_like(w, number) for w in model.get_weights()])
    (model.save if path.endswith(".keras") else model.save_weights)(path)
    if number == 1:
        print("saved", flush=True)
"""


def model() -> Any:
    return nncore.Sequential([layers.Input((200,)), layers.Dense(300), layers.Dense(100)])


def values(path: Path) -> set[float]:
    if path.suffix == ".keras":
        loaded = saving.load_model(path)
    else:
        loaded = model()
        loaded.load_weights(path)
    return {float(v) for w in loaded.get_weights() for v in np.unique(w)}


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.safetensors"])
def test_kill(name: str, tmp_path: Path) -> None:
    rng = random.Random(name)
    path = tmp_path / name
    last = 0.0
    for _ in range(4):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"saved\n"
        for _ in range(3):  # it is stopped a few times, so that it is looked at in the middle as well
            time.sleep(rng.uniform(0, 0.03))
            child.send_signal(signal.SIGSTOP)
            (last,) = values(path)
            child.send_signal(signal.SIGCONT)
        time.sleep(rng.uniform(0, 0.05))
        child.kill()
        child.wait()
        child.stdout.close()
        (after,) = values(path)
        assert after >= last


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.safetensors"])
def test_full_disk(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / name
    made = model()
    save = made.save if name == "m.keras" else made.save_weights
    save(path)
    old = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [name]

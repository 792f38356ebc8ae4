"""Config, Progbar and questions about placeholders."""

from __future__ import annotations

import copy
import io
import json
import pickle
import sys

import pytest

import nncore
from nncore.utils import Config, Progbar, get_source_inputs, is_keras_tensor, standardize_dtype


def test_config():
    config = Config(rate=0.1)
    config.seed = 3
    config["name"] = "x"
    config.update({"rate": 0.2}, more=1)
    assert (config.rate, config["seed"], config.get("none", 5), len(config)) == (0.2, 3, 5, 4)
    assert list(config) == list(config.keys()) == ["rate", "seed", "name", "more"]
    assert config.pop("more") == 1
    del config.name
    assert "name" not in config
    assert json.loads(config.to_json()) == config.as_dict() == {"rate": 0.2, "seed": 3}
    for twin in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert twin.as_dict() == config.as_dict()
    assert list(config.items()) == [("rate", 0.2), ("seed", 3)]
    assert list(config.values()) == [0.2, 3]


def test_a_frozen_config_stays():
    config = Config(rate=0.1)
    config.freeze()
    assert config.frozen
    changes = [
        lambda: setattr(config, "rate", 1),
        lambda: config.update(rate=1),
        lambda: config.pop("rate"),
        lambda: delattr(config, "rate"),
    ]
    for change in changes:
        with pytest.raises(ValueError, match="frozen"):
            change()
    assert config.rate == 0.1
    config.unfreeze()
    config.rate = 1
    with pytest.raises(ValueError, match="choose another name"):
        config.items = 3
    with pytest.raises(AttributeError, match="no value 'missing'"):
        config.missing  # noqa: B018


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progbar_averages_and_shows(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    bar = Progbar(4, width=4, interval=0, stateful_metrics=["rate"], unit_name="file")
    bar.add(1, [("loss", 4.0), ("rate", 1.0)])
    bar.add(3, [("loss", 0.0), ("rate", 3.0)])
    first, last = screen.getvalue().split("\r")[1:]
    assert "1/4 ━╌╌╌" in first
    assert "loss: 4.0000 - rate: 1.0000" in first
    assert "4/4 ━━━━" in last
    assert "loss: 1.0000 - rate: 3.0000" in last
    assert "/file" in last
    assert last.endswith("\n")


def test_progbar_elsewhere_and_silent(capsys):
    for verbose, lines in ((0, 0), (1, 1), (2, 1)):
        bar = Progbar(None, verbose=verbose, stateless_metrics=["loss"])
        for i in range(3):
            bar.update(i + 1, [("loss", i), ("best", i)], finalize=i == 2)
        out = capsys.readouterr().out
        assert out.count("\n") == lines
        if lines:
            assert out.startswith("3/Unknown - 0s - ")
            assert out.endswith("loss: 1.0000 - best: 2.0000\n")
    with pytest.raises(ValueError, match="Only one"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_placeholders():
    a, b = nncore.Input((2,)), nncore.Input((2,))
    out = nncore.layers.Dense(1)(nncore.layers.Add()([b, a]) + a)
    assert is_keras_tensor(out)
    assert not is_keras_tensor([out])
    assert [x is y for x, y in zip(get_source_inputs(out), [b, a], strict=True)] == [True, True]
    assert get_source_inputs(a)[0] is a
    with pytest.raises(TypeError, match="placeholder"):
        get_source_inputs(3)
    assert standardize_dtype("float") == "float32"

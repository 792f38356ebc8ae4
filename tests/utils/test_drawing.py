"""Diagrams of models: boxes and arrows in Graphviz's and Mermaid's languages."""

from __future__ import annotations

import os
import re
import sys
import types

import pytest

import nncore
from nncore import layers
from nncore.utils import model_to_dot, plot_model


def branches():
    a, b = layers.Input((2,), name="a"), layers.Input((3,), name="b")
    joined = layers.Concatenate(name="join")([layers.Dense(4, "relu", name="left")(a), b])
    return nncore.Model([a, b], layers.Dense(1, name="out")(joined) * 2.0, name="net")


def nested():
    inner = nncore.Sequential(
        [layers.Input((2,)), layers.Dense(2, name="i1"), layers.Dense(2, name="i2")], name="inner"
    )
    x = layers.Input((2,), name="x")
    return nncore.Model(x, layers.Dense(1, name="last")(inner(x)), name="outer")


def arrows(diagram):
    """The arrows of a Mermaid text between the boxes' names, after a look at Graphviz's."""
    text, dot = diagram.to_mermaid(), diagram.to_string()
    names = dict(re.findall(r'(n\d+)\["([\w]+)', text))
    found = [(names[a], names[b]) for a, b in re.findall(r"(n\d+) --> (n\d+)", text)]
    assert found == [(names[a], names[b]) for a, b in re.findall(r"(n\d+) -> (n\d+);", dot)]
    assert dot.count("{") == dot.count("}")
    return found


def test_graphs():
    wanted = [("a", "left"), ("left", "join"), ("b", "join"), ("join", "out"), ("out", "multiply")]
    assert sorted(arrows(model_to_dot(branches()))) == sorted(wanted)


def test_chains():
    model = nncore.Sequential([layers.Input((2,)), *(layers.Dense(1, name=n) for n in "pqr")])
    assert arrows(model_to_dot(model)) == [("p", "q"), ("q", "r")]


def test_models_inside():
    assert arrows(model_to_dot(nested())) == [("x", "inner"), ("inner", "last")]
    expanded = model_to_dot(nested(), expand_nested=True)
    assert sorted(arrows(expanded)) == [("i1", "i2"), ("i2", "last"), ("x", "i1")]
    assert 'subgraph "cluster_inner" {' in expanded.to_string()
    assert '["inner"]\n' in expanded.to_mermaid()
    assert model_to_dot(nested(), subgraph=True).to_string().count("subgraph") == 1


def test_a_subclass_is_one_box():
    class Net(nncore.Model):
        def __init__(self):
            super().__init__(name="own")
            self.inner = layers.Dense(1)

        def call(self, x):
            return self.inner(x)

    assert model_to_dot(Net()).to_mermaid() == 'flowchart TB\n  n0["own (Net)"]'


DETAILS = [  # option, a line of the box of `left`
    ("show_shapes", "Input shape: (None, 2)<br/>Output shape: (None, 4)"),
    ("show_dtype", "Dtype: float32"),
    ("show_layer_activations", "Activation: relu"),
    ("show_trainable", "Trainable"),
]


@pytest.mark.parametrize(("option", "line"), DETAILS)
def test_details(option, line):
    assert f'["left (Dense)<br/>{line}"]' in model_to_dot(branches(), **{option: True}).to_mermaid()
    assert "left" not in model_to_dot(branches(), show_layer_names=False).to_mermaid()


def test_graphviz_text():
    text = model_to_dot(branches(), rankdir="LR", dpi=72, splines="curved", show_shapes=True).to_string()
    assert text.startswith('digraph "net" {\n  rankdir=LR; dpi=72; splines="curved"; concentrate=true;\n')
    assert r'[label="{left\ (Dense)|Input\ shape:\ (None,\ 2)|Output\ shape:\ (None,\ 4)}"];' in text


def test_files(tmp_path, monkeypatch):
    model = branches()
    for name, begin in (("m.mmd", "flowchart"), ("m.dot", "digraph"), ("m.gv", "digraph")):
        assert plot_model(model, tmp_path / name) is None
        assert (tmp_path / name).read_text().startswith(begin)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportError, match=r"install graphviz.*model\.mmd"):
        plot_model(model, tmp_path / "m.png")
    assert not (tmp_path / "m.png").exists()


def stand_in(folder, body):
    """A program `dot` in a folder."""
    program = folder / "dot"
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    program.chmod(0o755)


def test_pictures_are_drawn_by_graphviz(tmp_path, monkeypatch):
    stand_in(tmp_path, "print(sys.argv[1], sys.stdin.read())")
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    plot_model(branches(), tmp_path / "m.svg")
    assert (tmp_path / "m.svg").read_text().startswith('-Tsvg digraph "net"')
    display = types.SimpleNamespace(Image=lambda filename: f"shows {filename}")
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(display=display))
    assert plot_model(branches(), str(tmp_path / "m.png")) == f"shows {tmp_path}/m.png"
    stand_in(tmp_path, "sys.exit('no such format')")
    with pytest.raises(ValueError, match="no such format"):
        plot_model(branches(), tmp_path / "m.xyz")


def test_bad_arguments():
    with pytest.raises(ValueError, match="not yet been built"):
        model_to_dot(nncore.Sequential())
    with pytest.raises(ValueError, match="rankdir='up'"):
        model_to_dot(branches(), rankdir="up")
    with pytest.raises(ValueError, match="layer_range"):
        model_to_dot(branches(), layer_range=["a", "b"])

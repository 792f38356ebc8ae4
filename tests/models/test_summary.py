"""summary(): contents, columns, options, plain text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nncore import layers, models, ops


def text(model: Any, **options: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def stack() -> Any:
    return models.Sequential(
        [layers.Dense(32, input_shape=(784,), name="first"), layers.Dense(10, name="second")], name="net"
    )


def graph() -> Any:
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(4, name="shared")
    inner = models.Sequential([layers.Input((4,)), layers.Dense(2, name="deep")], name="inner")
    return models.Model([a, b], inner(layers.Add(name="sum")([shared(a), shared(b)]) * 2), name="graph")


def test_stack() -> None:
    shown = text(stack())
    assert 'Model: "net"' in shown
    for part in ("first (Dense)", "(None, 32)", "25,120", "second (Dense)", "(None, 10)", "330"):
        assert part in shown
    assert "Total params: 25,450 (99.41 KB)" in shown
    assert "Trainable params: 25,450" in shown
    assert "Non-trainable params: 0 (0.00 B)" in shown
    assert "Connected to" not in shown
    assert "\x1b" not in shown


def test_printed_without_control_codes(capsys: Any) -> None:
    stack().summary()
    shown = capsys.readouterr().out
    assert "first (Dense)" in shown
    assert "\x1b" not in shown


def test_graph_shows_connections_and_ops() -> None:
    shown = text(graph(), line_length=140)
    assert "Connected to" in shown
    assert "shared[0][0], shared[1][0]" in shown
    assert "multiply (multiply)" in shown
    assert "deep" not in shown


def test_nested_and_trainable() -> None:
    model = graph()
    model.get_layer("shared").trainable = False
    shown = text(model, line_length=140, expand_nested=True, show_trainable=True)
    assert "└ deep (Dense)" in shown
    rows = {line.split("│")[1].split()[0]: line for line in shown.splitlines() if line.startswith("│")}
    assert rows["shared"].rstrip(" │")[-1] == "N"
    assert rows["inner"].rstrip(" │")[-1] == "Y"
    assert rows["sum"].rstrip(" │")[-1] == "-"


def test_unbuilt() -> None:
    shown = text(models.Sequential([layers.Dense(3)]))
    assert "0 (unbuilt)" in shown
    assert "?" in shown


def test_subclassed() -> None:
    class Net(models.Model):
        def __init__(self) -> None:
            super().__init__()
            self.d = layers.Dense(3, name="d")

        def call(self, x: Any) -> Any:
            return ops.relu(self.d(x))

    model = Net()
    model(np.ones((2, 4)))
    assert "(None, 3)" in text(model)


def test_optimizer_is_counted() -> None:
    model = stack()
    model.compile("adam", "mse")
    model.fit(np.zeros((4, 784)), np.zeros((4, 10)), verbose=0)
    assert "Optimizer params: 50,90" in text(model)


def test_line_length_and_positions() -> None:
    lines = text(stack(), line_length=60).splitlines()
    assert max(map(len, lines)) == 60
    edges = text(stack(), line_length=60, positions=[0.5, 0.75, 1.0]).splitlines()[1]
    assert [i for i, c in enumerate(edges) if c in "┏┳┓"] == [0, 30, 45, 59] or edges.count("┳") == 2


def test_layer_range() -> None:
    shown = text(stack(), layer_range=["second", "second"])
    assert "first" not in shown
    assert "second" in shown
    assert "first" in text(stack(), layer_range=("fir.*", "sec.*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer_range": ["first"]}, "two strings"),
        ({"layer_range": ["third", "fourth"]}, "do not match"),
        ({"positions": [0.5, 1.0]}, "3 entries"),
        ({"line_length": 10}, "insufficient width"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        text(stack(), **options)

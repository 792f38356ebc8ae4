"""What `fit`, `evaluate` and `predict` print, on a terminal and elsewhere."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys

import pytest

from nncore.callbacks.progbar_logger import format_seconds, format_step_time, format_value
from training.models import data, linear

X, Y = data()
LINE = r"3/3 - \d+s - \d+[mu]?s/step - loss: \d\.\d{4}"


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_one_plain_line_per_epoch_where_there_is_no_terminal(verbose, capsys):
    linear().fit(X, Y, batch_size=16, epochs=2, verbose=verbose, validation_data=(X[:16], Y[:16]))
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\r" not in out
    lines = out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert lines[2] == "Epoch 2/2"
    assert re.fullmatch(LINE + r" - val_loss: \d\.\d{4}", lines[1])
    assert len(lines) == 4


def test_silence(capsys):
    model = linear()
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr().out == ""


def test_evaluate_and_predict_print_one_line(capsys):
    model = linear()
    model.evaluate(X, Y, batch_size=16)
    model.predict(X, batch_size=16)
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(LINE, first)
    assert re.fullmatch(r"3/3 - \d+s - \d+[mu]?s/step", second)


def test_a_generator_of_unknown_length_counts_its_steps(capsys):
    linear().fit(iter([(X, Y), (X, Y)]), epochs=1)
    assert capsys.readouterr().out.startswith("2/2 - ")


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from training.models import data, linear
x, y = data(400)
linear().fit(x, y, batch_size=4, epochs=2)
linear().predict(x)
"""


def run_on_a_terminal():
    """Run the script with a pseudo terminal as its output and return what arrived there."""
    master, slave = pty.openpty()
    tests = os.path.dirname(os.path.dirname(__file__))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(tests=tests)],
        stdout=slave,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(slave)
    received = io.BytesIO()
    while True:
        try:
            chunk = os.read(master, 4096)
        except OSError:
            break
        if not chunk:
            break
        received.write(chunk)
    os.close(master)
    assert process.wait() == 0, process.stderr.read().decode()
    process.stderr.close()
    return received.getvalue().decode()


def test_a_terminal_gets_a_live_bar():
    out = run_on_a_terminal()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out)
    assert "Epoch 1/2" in plain
    assert "100/100 ━━━━━━━━━━━━━━━━━━━━" in plain
    assert "loss:" in plain
    assert "13/13 ━" in plain
    # The cursor that was hidden is shown again.
    assert out.count("\x1b[?25l") == out.count("\x1b[?25h") > 0


def test_numbers_are_short():
    assert format_seconds(3.9) == "3s"
    assert format_seconds(3661) == "1:01:01"
    assert format_step_time(0.002) == "2ms/step"
    assert format_step_time(2.0) == "2s/step"
    assert format_value(0.0) == "0.0000"
    assert format_value(float("nan")) == "nan"
    assert format_value("text") == "text"

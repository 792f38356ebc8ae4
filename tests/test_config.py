"""Settings of the process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nncore import _native, config


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    config.set_floatx("float32")
    config.set_epsilon(1e-7)
    config.set_image_data_format("channels_last")
    config.set_num_threads(None)


def test_defaults() -> None:
    assert config.floatx() == "float32"
    assert config.epsilon() == 1e-7
    assert config.image_data_format() == "channels_last"


def test_set_and_get() -> None:
    config.set_floatx("float64")
    config.set_epsilon(1e-5)
    config.set_image_data_format("channels_first")
    config.set_num_threads(3)
    assert config.floatx() == "float64"
    assert config.epsilon() == 1e-5
    assert config.image_data_format() == "channels_first"
    assert config.get_num_threads() == 3
    config.set_num_threads(None)
    assert config.get_num_threads() == _native.get_num_threads()
    assert not config._native.thread_reason().startswith("set_num_threads")


@pytest.mark.parametrize(
    ("setter", "value", "error", "message"),
    [
        (config.set_floatx, "float16", ValueError, "no half-precision.*value='float16'"),
        (config.set_floatx, "bfloat16", ValueError, "no half-precision.*value='bfloat16'"),
        (config.set_floatx, "int32", ValueError, "'float32' or 'float64'. Received: value='int32'"),
        (config.set_floatx, None, ValueError, "Received: value=None"),
        (config.set_epsilon, 0.0, ValueError, "positive, finite number. Received: value=0.0"),
        (config.set_epsilon, float("nan"), ValueError, "value=nan"),
        (config.set_epsilon, float("inf"), ValueError, "value=inf"),
        (config.set_epsilon, "small", TypeError, "expects a number. Received: value='small'"),
        (config.set_epsilon, True, TypeError, "value=True"),
        (config.set_image_data_format, "NHWC", ValueError, "data_format='NHWC'"),
        (config.set_num_threads, 0, ValueError, "from 1 to 256. Received: n=0"),
        (config.set_num_threads, 257, ValueError, "Received: n=257"),
        (config.set_num_threads, 2.0, TypeError, "integer or None. Received: n=2.0"),
        (config.set_num_threads, True, TypeError, "n=True"),
    ],
)
def test_bad_values_change_nothing(setter: Any, value: Any, error: type[Exception], message: str) -> None:
    before = config.floatx(), config.epsilon(), config.image_data_format(), config.get_num_threads()
    with pytest.raises(error, match=message):
        setter(value)
    after = config.floatx(), config.epsilon(), config.image_data_format(), config.get_num_threads()
    assert after == before


def test_show_config(capsys: pytest.CaptureFixture[str]) -> None:
    config.set_num_threads(3)
    config.show_config()
    text = capsys.readouterr().out
    assert text.startswith(f"nncore {_native.__version__}\n")
    assert _native.compiler in text
    assert f"{_native.isa()} ({_native.isa_reason()})" in text
    assert "3 (set_num_threads(3))" in text
    for level in _native.isa_levels():
        assert level in text

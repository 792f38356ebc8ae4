"""Settings of the process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nncore
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


def small_fit(**options: Any) -> Any:
    model = nncore.Sequential([nncore.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(np.ones((40, 2)), np.ones(40), epochs=5, batch_size=8, **{"verbose": 0, **options})


@pytest.fixture
def unlimited() -> Iterator[None]:
    yield
    config.set_max_epochs(None)
    config.set_max_steps_per_epoch(None)


@pytest.mark.usefixtures("unlimited")
def test_limits_for_trials() -> None:
    seen: list[int] = []
    count = nncore.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    config.set_max_epochs(2)
    config.set_max_steps_per_epoch(2)
    with pytest.warns(UserWarning, match="Limiting") as warned:
        history = small_fit(callbacks=[count])
    assert len(warned) == 2 + 1  # epochs, steps, validation steps
    assert len(history.history["loss"]) == 2
    assert len(seen) == 4
    model = history.model
    with pytest.warns(UserWarning, match="Limiting steps to 2"):
        assert model.predict(np.ones((40, 2)), batch_size=8, verbose=0).shape == (16, 1)
    for name in ("max_epochs", "max_steps_per_epoch"):
        with pytest.raises(ValueError, match=f"`{name}`.*{name}=0"):
            getattr(config, f"set_{name}")(0)


def test_limits_come_from_the_environment() -> None:
    program = "import nncore; print(nncore.config.max_epochs(), nncore.config.max_steps_per_epoch())"
    environment = {**os.environ, "KERAS_MAX_EPOCHS": "4", "KERAS_MAX_STEPS_PER_EPOCH": "7"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["4", "7"]


def test_progress_goes_to_the_log_when_logging_is_not_interactive(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "nncore")
    config.disable_interactive_logging()
    try:
        small_fit(verbose=1)
    finally:
        config.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert caplog.messages[0] == "Epoch 1/5"
    assert "loss:" in caplog.messages[1]


def test_what_cannot_be_switched_says_so() -> None:
    config.disable_traceback_filtering()
    config.enable_flash_attention()
    states = (
        config.is_traceback_filtering_enabled(),
        config.is_flash_attention_enabled(),
        config.is_nnx_enabled(),
        config.is_interactive_logging_enabled(),
    )
    assert states == (False, True, False, True)
    for refuse in (
        config.enable_traceback_filtering,
        config.disable_flash_attention,
        config.enable_unsafe_deserialization,
    ):
        with pytest.raises(ValueError, match=r"Remove the call|never run"):
            refuse()

"""The choice of the instruction-set level, and that every level computes."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from native.programs import Regression
from nncore import _native

LEVELS = _native.isa_levels()
SUPPORTED = [name for name, supported in LEVELS.items() if supported]


def run_python(code: str, level: str | None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "NNCORE_ISA"}
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    if level is not None:
        environment["NNCORE_ISA"] = level
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


REPORT = "from nncore import _native as n; print(n.isa(), '|', n.isa_reason())"


def test_the_highest_supported_is_the_default() -> None:
    done = run_python(REPORT, None)
    assert done.stdout.strip() == f"{SUPPORTED[-1]} | the highest that this processor supports"
    assert run_python(REPORT, "").stdout == done.stdout


@pytest.mark.parametrize("level", SUPPORTED)
def test_forced(level: str) -> None:
    assert run_python(REPORT, level).stdout.strip() == f"{level} | NNCORE_ISA={level}"
    short = level.rsplit("-", 1)[-1]
    assert run_python(REPORT, short).stdout.strip() == f"{level} | NNCORE_ISA={short}"


@pytest.mark.parametrize("level", ["x86-64-v9", "avx2", "v", "4"])
def test_unknown_level(level: str) -> None:
    done = run_python(REPORT, level)
    assert done.returncode != 0
    assert "ImportError: NNCORE_ISA must name an instruction-set level of this build" in done.stderr
    assert f"Received: NNCORE_ISA={level}" in done.stderr
    assert ", ".join(LEVELS) in done.stderr


STEP = """
import sys
import numpy as np
from native.programs import Regression
model = Regression(32, 67, 35)
rng = np.random.default_rng(0)
x, t = rng.standard_normal((32, 67)), rng.standard_normal((32, 35))
model.program.run([x, t], [np.empty((32, 35), np.float32), np.empty((), np.float32)])
sys.stdout.write(model.weights.tobytes().hex())
"""


@pytest.mark.parametrize("level", SUPPORTED)
def test_every_level_computes_the_same_step(level: str) -> None:
    done = run_python(STEP, level)
    assert done.returncode == 0, done.stderr
    weights = np.frombuffer(bytes.fromhex(done.stdout), np.float32).reshape(67, 35)
    model = Regression(32, 67, 35)
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((32, 67)), rng.standard_normal((32, 35))
    expected, _, _ = model.reference_step(model.weights.astype(np.float64), x, t)
    np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-5)


def test_every_level_has_the_same_kernels() -> None:
    code = "from nncore import _native as n; print(sorted(n.kernels().items()))"
    assert len({run_python(code, level).stdout for level in SUPPORTED}) == 1
    assert {"matmul", "elementwise", "copy", "reduce"} <= set(_native.kernels())


def test_opcodes_are_numbered_without_gaps() -> None:
    opcodes = _native.elementwise_opcodes()
    assert sorted(code for code, _ in opcodes.values()) == list(range(len(opcodes)))
    assert {arity for _, arity in opcodes.values()} == {1, 2, 3}


def test_version_and_compiler() -> None:
    assert _native.__version__.count(".") == 2
    assert _native.compiler.split()[0] in ("GNU", "Clang")

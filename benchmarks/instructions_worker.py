"""What `instructions.py` runs under callgrind: every case in a short and a long run, with marks between them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from step_budget import compile_training

import nncore
from nncore import _native, layers

STEPS = (2, 6)
FOREVER = 1e9  # seconds: a run must not end early because counting is slow
CODES = {"float32": 0, "int32": 2, "int64": 3, "uint8": 4}
RNG = np.random.default_rng(0)

Run = Callable[[int], object]
marks = 0


def mark() -> None:
    """Where callgrind ends one count and begins the next."""
    global marks
    os.getpriority(os.PRIO_PROCESS, 0)
    marks += 1


def uniform(*shape: int) -> np.ndarray:
    return RNG.random(shape, np.float32)


def instruction(kernel: str, inputs: list[Any], outputs: list[Any], ints: Any = (), floats: Any = ()) -> Run:
    """A program of one instruction on arrays; an array that is given twice is updated in place."""
    arrays: list[np.ndarray] = []
    operands = []
    for array in [*inputs, *outputs]:
        # The transpose of a C-contiguous array is passed as strides over it.
        base = array if array.flags.c_contiguous else array.T
        position = next((k for k, known in enumerate(arrays) if known is base), len(arrays))
        if position == len(arrays):
            arrays.append(base)
        strides = tuple(step // array.itemsize for step in array.strides)
        operands.append((position, 0, CODES[array.dtype.name], array.shape, strides))
    buffers = [(4, k, array.nbytes) for k, array in enumerate(arrays)]
    code = [(kernel, operands, len(inputs), tuple(ints), tuple(floats))]
    program = _native.Program(buffers, [], code, 0, [], [], arrays)
    return lambda steps: program.run_steps([], None, 0, steps, 1, [], FOREVER)


def matmul(a: np.ndarray, b: np.ndarray) -> Run:
    return instruction("matmul", [a, b], [uniform(a.shape[0], b.shape[1])], (0, 0, 0), (0.0,))


def elementwise_chain() -> Run:
    """(a * b + c) * sigmoid(d)."""
    codes = {name: code for name, (code, _) in _native.elementwise_opcodes().items()}
    program = [codes["mul"], 4, 0, 1, 0, codes["add"], 5, 4, 2, 0]
    program += [codes["sigmoid"], 6, 3, 0, 0, codes["mul"], 7, 5, 6, 0]
    return instruction("elementwise", [uniform(1 << 14) for _ in range(4)], [uniform(1 << 14)], (0, 4, *program, 7))


def adam() -> Run:
    """Adam's update of the tensors of 784-32-10."""
    inputs = [np.array(1e-9, np.float32), np.array(1e-9, np.float32)]
    outputs = []
    for shape in [(784, 32), (32,), (32, 10), (10,)]:
        parameter, gradient, mean, square = (uniform(*shape) for _ in range(4))
        inputs += [parameter, gradient, mean, square]
        outputs += [parameter, mean, square]
    return instruction("adam_step", inputs, outputs, (4, 0, *[0] * 4), (0.9, 0.999, 1e-7, 0.0))


def gather(source: np.ndarray) -> Run:
    """A batch of 128 shuffled rows, converted to float32, which a program reads."""
    batch, width = 128, source.shape[1]
    total = np.zeros(width, np.float32)
    strides = (width, 1)
    operands = [(0, 0, 0, (batch, width), strides), (1, 0, 0, (width,), (1,))]
    program = _native.Program(
        [(2, 0, 4 * batch * width), (4, 0, total.nbytes)],
        [],
        [("reduce", operands, 1, (0, 0), ())],
        0,
        [(0, (batch, width))],
        [],
        [total],
    )
    index = RNG.permutation(batch * max(STEPS)).astype(np.int64)
    return lambda steps: program.run_steps([source], index, 0, steps, batch, [], FOREVER)


def training_step() -> Run:
    """784-32-10 with relu, cross-entropy and Adam on batches of 32, as `fit` runs it."""
    batch = 32
    x, y = uniform(batch * max(STEPS), 784), RNG.integers(0, 10, batch * max(STEPS)).astype(np.int32)
    model = nncore.Sequential([layers.Input(shape=(784,)), layers.Dense(32, activation="relu"), layers.Dense(10)])
    loss = nncore.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    step = compile_training(model, x[:batch], y[:batch], batch)
    order = RNG.permutation(len(x)).astype(np.int64)
    return lambda steps: step.run_steps([x, y], order, 0, steps, batch, step.new_results(), FOREVER)


def make_cases() -> dict[str, Run]:
    """The layers' shapes are those of 784-512-512-10 and 784-32-10."""
    batch, inputs, outputs = 64, 784, 512
    x, w, dy = uniform(batch, inputs), uniform(inputs, outputs), uniform(batch, outputs)
    logits, labels, losses = uniform(128, 10), RNG.integers(0, 10, 128).astype(np.int32), uniform(128)
    wide = uniform(128, 512)
    return {
        "matmul forward 64 x 784 x 512": matmul(x, w),
        "matmul dX 64 x 512 x 784": matmul(dy, w.T),
        "matmul dW 784 x 64 x 512": matmul(x.T, dy),
        "elementwise chain of 4, 16384": elementwise_chain(),
        "reduce rows 128 x 512": instruction("reduce", [wide], [uniform(128)], (0, 1)),
        "reduce columns 128 x 512": instruction("reduce", [wide], [uniform(512)], (0, 0)),
        "sparse cross-entropy 128 x 10": instruction("sparse_softmax_crossentropy", [logits, labels], [losses]),
        "its gradient": instruction("sparse_softmax_crossentropy_grad", [logits, labels, losses], [uniform(128, 10)]),
        "adam 784-32-10": adam(),
        "gather float32 128 x 784, sum": gather(uniform(128 * max(STEPS), 784)),
        "gather uint8 128 x 784, sum": gather(RNG.integers(0, 256, (128 * max(STEPS), 784)).astype(np.uint8)),
        "training step 784-32-10 batch 32": training_step(),
    }


def main() -> None:
    nncore.config.set_num_threads(1)
    cases = make_cases()
    for run in cases.values():
        # Memory is reserved and Python's code specialised in the first runs.
        for _ in range(3):
            run(1)
        mark()
        for steps in STEPS:
            assert run(steps) == steps
            mark()
    report = {"cases": list(cases), "steps": STEPS, "marks": marks, "compiler": _native.compiler}
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()

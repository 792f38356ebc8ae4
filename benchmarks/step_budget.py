"""What a training step consists of: floating-point operations, bytes, instructions, and the time of each kind.

    python benchmarks/step_budget.py [--rounds N] [--cases PART_OF_NAME] [--timeline [--threads N]]

The steps are those that `fit` compiles. Operations and bytes are counted from the shapes in the compiled program.
Times are of one thread: the fastest of many runs of each instruction alone on memory of its own, then of the whole
step with the gathering of its shuffled batch. Alone, an instruction finds its operands in the cache; where the
whole takes longer than the sum, the step as a whole does not fit there. `--timeline` shows instead when each member
of a team begins and ends each instruction.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import nncore
from nncore import _native, graph, layers

CODES = {"float32": 0, "float64": 1, "int32": 2, "int64": 3, "uint8": 4, "bool": 5}
OPERAND = re.compile(r"\S+?:(\w+)\(([\d, ]*)\)(?: strides \(([-\d, ]*)\))?")
PRODUCTS = ("matmul", "matmul_grad", "matmul_picked")
# A gradient's source in an update's attributes: nncore/ops/update_rules.py.
PRODUCT = 1
KINDS = ("matmul", "optimizer", "rest")


class Operand(NamedTuple):
    """A kernel's operand; strides are in elements."""

    dtype: np.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of distinct elements: repeated ones count once."""
        lengths = [n for n, stride in zip(self.shape, self.strides, strict=True) if stride != 0]
        return int(np.prod(lengths, dtype=np.int64)) * self.dtype.itemsize

    @property
    def extent(self) -> int:
        """Elements from the first to the last, those between its rows included."""
        return 1 + sum((n - 1) * stride for n, stride in zip(self.shape, self.strides, strict=True))


class Instruction(NamedTuple):
    """One line of a program's dump."""

    kernel: str
    inputs: list[Operand]
    outputs: list[Operand]
    ints: tuple[int, ...]
    floats: tuple[float, ...]

    @property
    def kind(self) -> str:
        if self.kernel.endswith("_step"):
            return "optimizer"
        return "matmul" if self.kernel in PRODUCTS else "rest"

    @property
    def shapes(self) -> str:
        *inputs, result = (
            "x".join(map(str, operand.shape)) or "scalar" for operand in [*self.inputs[:2], self.outputs[0]]
        )
        return f"{', '.join(inputs)} -> {result}"

    @property
    def flops_of_update(self) -> int:
        """Of the products that are gradients: their factors follow the parameter."""
        tensors = self.ints[0]
        sources = self.ints[len(self.ints) - tensors :]
        group = len(self.outputs) // tensors + 1
        at = len(self.inputs) - tensors * group - sources.count(PRODUCT)
        flops = 0
        for source in sources:
            if source == PRODUCT:
                a, b = self.inputs[at + 1 : at + 3]
                flops += 2 * int(np.prod(a.shape)) * b.shape[1]
            at += group + (source == PRODUCT)
        return flops

    @property
    def flops(self) -> int:
        if self.kind == "optimizer" and not self.kernel.endswith("_rows_step"):
            return self.flops_of_update
        if self.kernel not in PRODUCTS:
            return 0
        return 2 * int(np.prod(self.outputs[0].shape)) * self.inputs[0].shape[-1]

    @property
    def nbytes(self) -> int:
        return sum(operand.nbytes for operand in [*self.inputs, *self.outputs])


def read_operands(text: str) -> list[Operand]:
    found = []
    for dtype, dims, steps in OPERAND.findall(text):
        shape = tuple(int(n) for n in dims.replace(",", " ").split())
        strides = tuple(int(n) for n in steps.replace(",", " ").split())
        if not strides:
            strides = tuple(int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))
        found.append(Operand(np.dtype(dtype), shape, strides))
    return found


def read_program(dump: str) -> list[Instruction]:
    """The instructions of a dump."""
    instructions = []
    for line in dump.splitlines():
        match = re.match(r"\d+ (\w+) (.*) -> (.*?)(?:  ints=(\S*))?(?:  floats=(\S*))?$", line)
        if match:
            kernel, inputs, outputs, ints, floats = match.groups()
            instructions.append(
                Instruction(
                    kernel,
                    read_operands(inputs),
                    read_operands(outputs),
                    tuple(int(n) for n in ints.split(",")) if ints else (),
                    tuple(float(x) for x in floats.split(",")) if floats else (),
                )
            )
    return instructions


def fastest(run: Callable[[int], object], rounds: int) -> float:
    """Microseconds of one step: the best of `rounds` runs, each of as many steps as take a while."""
    begin = time.perf_counter()
    run(2)
    steps = max(1, int(2e-4 / max(1e-7, (time.perf_counter() - begin) / 2)))
    best = np.inf
    for _ in range(rounds):
        begin = time.perf_counter()
        run(steps)
        best = min(best, (time.perf_counter() - begin) / steps)
    return 1e6 * best


def time_alone(instruction: Instruction, rounds: int) -> float:
    """Microseconds of one instruction, in a program of its own."""
    operands, arrays = [], []
    for operand in [*instruction.inputs, *instruction.outputs]:
        # Ones are labels, numbers, counts and divisors alike.
        arrays.append(np.ones(operand.extent, operand.dtype))
        operands.append((len(arrays) - 1, 0, CODES[operand.dtype.name], operand.shape, operand.strides))
    buffers = [(4, k, array.nbytes) for k, array in enumerate(arrays)]
    code = [(instruction.kernel, operands, len(instruction.inputs), instruction.ints, instruction.floats)]
    program = _native.Program(buffers, [], code, 0, [], [], arrays)
    return fastest(lambda steps: program.run_steps([], None, 0, steps, 1, [], 1e9), rounds)


# ---- the networks ------------------------------------------------------------------------------------------


def perceptron(sizes: tuple[int, ...], optimizer: str) -> nncore.Model:
    *hidden, last = sizes[1:]
    dense = [layers.Dense(units, activation="relu") for units in hidden]
    model = nncore.Sequential([layers.Input(shape=sizes[:1]), *dense, layers.Dense(last)])
    loss = nncore.losses.SparseCategoricalCrossentropy(from_logits=True) if last > 1 else "mse"
    model.compile(optimizer=optimizer, loss=loss)
    return model


def two_branches() -> nncore.Model:
    left, right = layers.Input(shape=(64,)), layers.Input(shape=(64,))
    joined = layers.Concatenate()([layers.Dense(64, activation="relu")(branch) for branch in (left, right)])
    model = nncore.Model([left, right], layers.Dense(10)(layers.Dense(64, activation="relu")(joined)))
    loss = nncore.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    return model


CASES: dict[str, tuple[Callable[[], nncore.Model], list[int], int]] = {
    "2-1 batch 16 rmsprop": (lambda: perceptron((2, 1), "rmsprop"), [2], 16),
    "784-32-10 batch 32 rmsprop": (lambda: perceptron((784, 32, 10), "rmsprop"), [784], 32),
    "784-32-10 batch 128 rmsprop": (lambda: perceptron((784, 32, 10), "rmsprop"), [784], 128),
    "784-512-512-10 batch 32 adam": (lambda: perceptron((784, 512, 512, 10), "adam"), [784], 32),
    "784-512-512-10 batch 128 adam": (lambda: perceptron((784, 512, 512, 10), "adam"), [784], 128),
    "2048-2048-2048-1000 batch 256 adam": (lambda: perceptron((2048, 2048, 2048, 1000), "adam"), [2048], 256),
    "two branches of 64 batch 64 adam": (two_branches, [64, 64], 64),
}


def compile_training(model: nncore.Model, x: Any, y: np.ndarray, batch: int) -> graph.Step:
    """The step that `fit` runs."""
    compiled = []
    compile_step = graph.compile_step

    def keep(*args: Any, **kwargs: Any) -> graph.Step:
        compiled.append(compile_step(*args, **kwargs))
        return compiled[-1]

    graph.compile_step = keep
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0, shuffle=False)
    graph.compile_step = compile_step
    return compiled[0]


def prepare(name: str) -> tuple[graph.Step, list[np.ndarray], np.ndarray]:
    """A case's step, its data and the order of its 40 batches."""
    build, widths, batch = CASES[name]
    rng = np.random.default_rng(0)
    samples = 40 * batch
    inputs = [rng.random((samples, width), np.float32) for width in widths]
    labels = rng.integers(0, 10, samples).astype(np.int32)
    y = rng.random((samples, 1), np.float32) if widths == [2] else labels
    first = [x[:batch] for x in inputs]
    step = compile_training(build(), first if len(first) > 1 else first[0], y[:batch], batch)
    return step, [*inputs, y], rng.permutation(samples).astype(np.int64)


def show_timeline(name: str, rounds: int) -> None:
    """Print when each member of the team did what in a step: medians of the fastest round of 40 steps."""
    step, arrays, order = prepare(name)
    batch, results, program = CASES[name][2], step.new_results(), step.program
    instructions = read_program(step.dump("program"))
    best, best_time = np.zeros(0), np.inf
    for _ in range(rounds):
        marks = np.zeros((40, program.threads, 2 * len(instructions) + 2), np.int64)
        program.run_steps(arrays, order, 0, 40, batch, results, 1e9, marks)
        time = float(np.median(np.diff(marks[:, 0, 0])))
        if time < best_time:
            best, best_time = marks, time
    microseconds = np.where(best == 0, np.nan, best - best[:, :, :1].min(axis=1, keepdims=True)) / 1e3
    median = np.median(microseconds, axis=0)
    print(f"{name}: {best_time / 1e3:.1f} us on {program.threads} thread(s); begin and end of each member's part")
    labels = ["gather", *(f"{k} {entry.kernel} {entry.shapes}" for k, entry in enumerate(instructions))]
    for k, label in enumerate(labels):
        spans = (median[:, 2 * k : 2 * k + 2] if k else median[:, :2]).tolist()
        columns = ("" if np.isnan(begin) else f"{begin:8.1f}{end:8.1f}" for begin, end in spans)
        print(f"{label:60}" + "  |".join(f"{column:16}" for column in columns))


def measure(name: str, rounds: int) -> None:
    """Print one row."""
    step, arrays, order = prepare(name)
    batch = CASES[name][2]
    instructions = read_program(step.dump("program"))
    times = dict.fromkeys(KINDS, 0.0)
    kilobytes = dict.fromkeys(KINDS, 0.0)
    for instruction in instructions:
        times[instruction.kind] += time_alone(instruction, rounds)
        kilobytes[instruction.kind] += instruction.nbytes / 1e3
    results = step.new_results()

    def run(steps: int) -> None:
        for begin in range(0, steps, 40):
            step.run_steps(arrays, order, 0, min(40, steps - begin), batch, results, 1e9)

    flops = sum(instruction.flops for instruction in instructions) / 1e6
    print(
        f"{name:36} {len(instructions):5} {flops:9.3f} {kilobytes['matmul']:9.0f} {kilobytes['optimizer']:9.0f}"
        f" {kilobytes['rest']:8.0f} {times['matmul']:9.1f} {times['optimizer']:9.1f} {times['rest']:8.1f}"
        f" {fastest(run, rounds):9.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50, help="runs of which the fastest counts")
    parser.add_argument("--cases", default="", help="part of the name")
    parser.add_argument("--timeline", action="store_true", help="show who of the team did what when instead")
    parser.add_argument("--threads", type=int, default=0, help="of the timeline; default: all processors")
    options = parser.parse_args()
    if options.timeline:
        nncore.config.set_num_threads(options.threads or nncore.config.get_num_threads())
        for name in CASES:
            if options.cases in name:
                show_timeline(name, options.rounds)
        return
    nncore.config.set_num_threads(1)
    print(f"{'':36} {'':5} {'':9} {'kilobytes':>28} {'microseconds':>38}")
    columns = f"{'matmul':>9} {'optimizer':>9} {'rest':>8}"
    print(f"{'step':36} {'instr':5} {'MFLOP':>9} {columns} {columns} {'whole':>9}")
    for name in CASES:
        if options.cases in name:
            measure(name, options.rounds)


if __name__ == "__main__":
    main()

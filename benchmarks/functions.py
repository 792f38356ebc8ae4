"""Element-wise functions of float32 arrays, one by one, beside PyTorch's.

    python benchmarks/functions.py [--functions exp tanh ...] [--threads N] [--rounds N]
                                   [--peer-python PATH] [--json FILE]

Each library runs in processes of its own, which take turns. Every function is called eagerly on an array
within the second-level cache and on one far beyond all caches; a call on 16 elements shows what a
call costs by itself. Nanoseconds per element: the best call of all rounds, and the median call.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

CACHED, STREAMED, TINY = 98_304, 16_777_216, 16

# name: (expression in nncore, expression in PyTorch, lowest and highest argument)
FUNCTIONS = {
    "copy": ("np.copy(x)", "x.clone()", -5, 5),
    "negative": ("ops.negative(x)", "torch.neg(x)", -5, 5),
    "sqrt": ("ops.sqrt(x)", "torch.sqrt(x)", 0.1, 5),
    "rsqrt": ("ops.rsqrt(x)", "torch.rsqrt(x)", 0.1, 5),
    "exp": ("ops.exp(x)", "torch.exp(x)", -5, 5),
    "expm1": ("ops.expm1(x)", "torch.expm1(x)", -5, 5),
    "log": ("ops.log(x)", "torch.log(x)", 0.1, 5),
    "log1p": ("ops.log1p(x)", "torch.log1p(x)", 0.1, 5),
    "log2": ("ops.log2(x)", "torch.log2(x)", 0.1, 5),
    "log10": ("ops.log10(x)", "torch.log10(x)", 0.1, 5),
    "tanh": ("ops.tanh(x)", "torch.tanh(x)", -5, 5),
    "sigmoid": ("ops.sigmoid(x)", "torch.sigmoid(x)", -5, 5),
    "erf": ("ops.erf(x)", "torch.erf(x)", -5, 5),
    "erfinv": ("ops.erfinv(x)", "torch.erfinv(x)", -0.95, 0.95),
    "relu": ("ops.relu(x)", "torch.relu(x)", -5, 5),
    "silu": ("ops.silu(x)", "F.silu(x)", -5, 5),
    "gelu": ("ops.gelu(x, approximate=False)", "F.gelu(x)", -5, 5),
    "gelu, tanh": ("ops.gelu(x, approximate=True)", "F.gelu(x, approximate='tanh')", -5, 5),
    "elu": ("ops.elu(x)", "F.elu(x)", -5, 5),
    "softplus": ("ops.softplus(x)", "F.softplus(x)", -5, 5),
    "mish": ("ops.mish(x)", "F.mish(x)", -5, 5),
    "sin": ("ops.sin(x)", "torch.sin(x)", -5, 5),
    "cos": ("ops.cos(x)", "torch.cos(x)", -5, 5),
    "tan": ("ops.tan(x)", "torch.tan(x)", -5, 5),
    "arcsin": ("ops.arcsin(x)", "torch.asin(x)", -0.95, 0.95),
    "arccos": ("ops.arccos(x)", "torch.acos(x)", -0.95, 0.95),
    "arctan": ("ops.arctan(x)", "torch.atan(x)", -5, 5),
    "arctan2": ("ops.arctan2(x, x[::-1].copy())", "torch.atan2(x, x.flip(0))", -5, 5),
    "sinh": ("ops.sinh(x)", "torch.sinh(x)", -5, 5),
    "cosh": ("ops.cosh(x)", "torch.cosh(x)", -5, 5),
    "arcsinh": ("ops.arcsinh(x)", "torch.asinh(x)", -5, 5),
    "arccosh": ("ops.arccosh(x)", "torch.acosh(x)", 1.1, 5),
    "arctanh": ("ops.arctanh(x)", "torch.atanh(x)", -0.95, 0.95),
    "power": ("ops.power(x, y)", "torch.pow(x, y)", 0.1, 5),
}

WORKER = """
import json, sys, time
import numpy as np
library, threads, sizes, functions = json.loads(sys.argv[1])
if library == "nncore":
    import nncore
    from nncore import ops
    nncore.config.set_num_threads(threads)
else:
    import torch
    from torch.nn import functional as F
    torch.set_num_threads(threads)
result = {}
for name, (expression, low, high) in functions.items():
    for size in sizes:
        x = np.random.default_rng(0).uniform(low, high, size).astype(np.float32)
        y = x[::-1].copy()
        if library != "nncore":
            x, y = torch.from_numpy(x), torch.from_numpy(y)
        call = eval("lambda x=x, y=y: " + expression)
        begin = time.perf_counter()
        call()
        once = max(time.perf_counter() - begin, 1e-6)
        times = []
        for _ in range(max(4, min(400, int(0.02 / once)))):
            begin = time.perf_counter()
            call()
            times.append(time.perf_counter() - begin)
        result.setdefault(name, []).append([t / size * 1e9 for t in times])
print(json.dumps(result))
"""


def measure(python: str, library: str, threads: int, sizes: list[int], names: list[str]) -> dict[str, Any]:
    """Nanoseconds per element of every call: {name: [calls with sizes[0], ...]}, from a fresh process."""
    column = 0 if library == "nncore" else 1
    functions = {name: (FUNCTIONS[name][column], *FUNCTIONS[name][2:]) for name in names}
    task = json.dumps([library, threads, sizes, functions])
    done = subprocess.run([python, "-c", WORKER, task], capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def compare(options: argparse.Namespace, sizes: list[int]) -> dict[str, dict[str, list[list[float]]]]:
    """{library: {name: [[best, median] for each size]}} over all rounds."""
    pythons = {"nncore": sys.executable, "PyTorch": options.peer_python}
    calls: dict[str, dict[str, list[list[float]]]] = {library: {} for library in pythons}
    for _ in range(options.rounds):
        for library, python in pythons.items():
            for name, by_size in measure(python, library, options.threads, sizes, options.functions).items():
                kept = calls[library].setdefault(name, [[] for _ in sizes])
                for place, times in zip(kept, by_size, strict=True):
                    place += times
    return {
        library: {name: [[min(times), median(times)] for times in by_size] for name, by_size in by_name.items()}
        for library, by_name in calls.items()
    }


def show(figures: dict[str, dict[str, list[list[float]]]], sizes: list[int]) -> None:
    """Print one row per function: ours, PyTorch's and their ratio, for each size."""
    for place, size in enumerate(sizes):
        print(f"\n{size} elements: ns per element, best (median)")
        print(f"{'':12}{'nncore':>20}{'PyTorch':>20}{'times as fast':>18}")
        for name, own in figures["nncore"].items():
            (a, b), (c, d) = own[place], figures["PyTorch"][name][place]
            print(f"{name:12}{a:11.3f} ({b:6.3f}){c:11.3f} ({d:6.3f}){c / a:10.2f} ({d / b:5.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--functions", nargs="+", choices=FUNCTIONS, default=list(FUNCTIONS), metavar="NAME")
    parser.add_argument("--sizes", nargs="+", type=int, default=[TINY, CACHED, STREAMED], help="elements")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="processes per library")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has PyTorch")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    figures = compare(options, options.sizes)
    show(figures, options.sizes)
    if options.json:
        options.json.write_text(json.dumps({"sizes": options.sizes, **figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Keep one CPU busy: matrix products within its cache, and sums over more memory than any cache holds.

    python benchmarks/training/neighbour.py CPU

Prints a line when it has begun, and goes on until it is killed or its parent is gone.
"""

from __future__ import annotations

import os
import sys

import numpy as np


def main() -> None:
    os.sched_setaffinity(0, {int(sys.argv[1])})
    parent = os.getppid()
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 192, 192), np.float32)
    stream, addend = np.ones((2, 16 << 20), np.float32)
    product = np.empty_like(a)
    print("begun", flush=True)
    while os.getppid() == parent:
        for _ in range(40):
            np.matmul(a, b, out=product)
        np.add(stream, addend, out=stream)


if __name__ == "__main__":
    main()

"""copy between any strides."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kernel_outputs import DTYPES, output_of, views
from kernel_running import run_kernel
from nncore import _native

SHAPES = [(), (1,), (9,), (0, 3), (40, 37), (64, 64), (100, 3), (3, 100), (3, 1, 70, 9), (5, 33, 4), (2, 3, 4, 5)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_from_any_strides_to_contiguous(shape: tuple[int, ...], dtype: str) -> None:
    base = np.asarray(np.random.default_rng(0).integers(0, 100, shape)).astype(dtype)
    for x in views(base):
        for order in itertools.permutations(range(x.ndim)):
            y = x.transpose(order)
            np.testing.assert_array_equal(output_of("copy", [y], y.shape, dtype), y)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("threads", [1, 2])
def test_to_any_strides(dtype: str, threads: int) -> None:
    for shape in SHAPES[1:]:
        x = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
        for target in views(np.zeros(shape, dtype)):
            around = target.base.copy() if target.base is not None else None
            run_kernel("copy", [x, target], 1, threads=threads)
            np.testing.assert_array_equal(target, x)
            if around is not None and target.size:  # what lies between the elements stays
                np.testing.assert_array_equal(np.count_nonzero(target.base), np.count_nonzero(x))


@pytest.mark.parametrize("shape", [(33, 70), (5, 6, 7)])
def test_broadcast_input(shape: tuple[int, ...]) -> None:
    for kept in range(2 ** len(shape)):
        small = np.random.default_rng(1).normal(size=[n if kept >> d & 1 else 1 for d, n in enumerate(shape)])
        y = np.broadcast_to(small, shape)
        np.testing.assert_array_equal(output_of("copy", [y], shape, "float64"), y)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
def test_large_transposes(dtype: str) -> None:
    x = np.random.default_rng(2).integers(0, 100, (1031, 2050)).astype(dtype)
    np.testing.assert_array_equal(output_of("copy", [x.T], x.T.shape, dtype), x.T)


def test_wrong_calls_are_refused() -> None:
    x = np.ones((3, 4), np.float32)
    for out in [np.empty((4, 3), np.float32), np.empty((3, 4)), np.empty(12, np.float32)]:
        with pytest.raises(ValueError, match="copy"):
            _native.execute("copy", [x, out], 1, (), ())

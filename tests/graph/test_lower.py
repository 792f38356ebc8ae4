"""Lowering: where values are kept. Each case is checked by running the program and comparing with NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import nncore
from nncore import ops
from nncore.graph import compile_step
from nncore.graph.lower import contiguous_strides
from nncore.ir import Spec
from nncore.ops.definition import OPS


def _var(values: object) -> nncore.Variable:
    return nncore.Variable(np.asarray(values, dtype="float32"))


def test_variables_swap() -> None:
    a, b = _var([1, 2]), _var([3, 4])

    def swap() -> None:
        first, second = a.value, b.value
        a.assign(second)
        b.assign(first)

    compile_step(swap, ()).run(())
    assert a.numpy().tolist() == [3, 4]
    assert b.numpy().tolist() == [1, 2]


def test_variables_rotate_through_views() -> None:
    a, b, c = _var([[1, 2], [3, 4]]), _var([[5, 6], [7, 8]]), _var([[9, 10], [11, 12]])

    def rotate() -> None:
        x, y, z = a.value, b.value, c.value
        a.assign(ops.transpose(y))
        b.assign(ops.flip(z))
        c.assign(x)

    compile_step(rotate, ()).run(())
    assert a.numpy().tolist() == [[5, 7], [6, 8]]
    assert b.numpy().tolist() == [[12, 11], [10, 9]]
    assert c.numpy().tolist() == [[1, 2], [3, 4]]


def test_the_old_value_is_returned_while_the_new_one_is_written() -> None:
    v = _var([1, 2, 3])

    def step() -> object:
        old = v.value
        v.assign(old * 2)
        return old

    compiled = compile_step(step, ())
    assert compiled.run(()).tolist() == [1, 2, 3]
    assert compiled.run(()).tolist() == [2, 4, 6]
    assert v.numpy().tolist() == [4, 8, 12]


def test_an_old_value_that_is_read_later_is_kept() -> None:
    v = _var([[1, 2], [3, 4]])

    def step(x: object) -> object:
        old = v.value
        v.assign(old + x)
        # The product reads the old value after the new one was computed.
        return ops.matmul(v.value, old)

    x = np.ones((2, 2), "float32")
    old = np.array([[1, 2], [3, 4]], "float32")
    got = compile_step(step, (Spec((2, 2), "float32"),)).run((x,))
    np.testing.assert_array_equal(got, (old + 1) @ old)
    np.testing.assert_array_equal(v.numpy(), old + 1)


def test_an_update_that_reads_its_variable_transposed_is_not_made_in_place() -> None:
    v = _var([[1, 2], [3, 4]])

    def step() -> None:
        v.assign(v.value + ops.transpose(v.value))

    compile_step(step, ()).run(())
    assert v.numpy().tolist() == [[2, 5], [5, 8]]


def test_a_simple_update_is_made_in_place() -> None:
    v = _var(np.zeros(1000))

    def step() -> None:
        v.assign(v.value + 1)

    compiled = compile_step(step, ())
    assert compiled.program.arena_bytes == 0
    assert compiled.program.instruction_count == 1
    compiled.run(())
    compiled.run(())
    assert (v.numpy() == 2).all()


def test_a_later_write_replaces_an_earlier_one() -> None:
    v = _var([1.0])

    def step() -> object:
        v.assign(v.value + 1)
        v.assign(v.value * 10)
        return v.value

    assert compile_step(step, ()).run(()).tolist() == [20]
    assert v.numpy().tolist() == [20]


def test_results_may_be_inputs_constants_variables_views_and_twice_the_same() -> None:
    v = _var([7.0, 8.0])

    def step(x: object) -> object:
        y = x * 2
        return {
            "x": x,
            "constant": ops.ones((2,)),
            "v": v.value,
            "view": ops.flip(y),
            "a": y,
            "b": y,
        }

    got = compile_step(step, (Spec((2,), "float32"),)).run((np.array([1, 2], "float32"),))
    expected = {
        "x": [1, 2],
        "constant": [1, 1],
        "v": [7, 8],
        "view": [4, 2],
        "a": [2, 4],
        "b": [2, 4],
    }
    assert {k: r.tolist() for k, r in got.items()} == expected


def test_optimizer_steps_work_in_the_variables_memory() -> None:
    w, m = _var(np.ones(64)), _var(np.zeros(64))

    def step(g: object) -> None:
        p, momentum = ops.momentum_step(w.value, g, m.value, np.float32(0.5), momentum=0.9)
        w.assign(p)
        m.assign(momentum)

    compiled = compile_step(step, (Spec((64,), "float32"),))
    assert compiled.program.arena_bytes == 0
    compiled.run((np.full(64, 2, "float32"),))
    np.testing.assert_allclose(m.numpy(), -1.0)
    np.testing.assert_allclose(w.numpy(), 0.0, atol=1e-7)


def test_an_optimizer_step_keeps_an_old_value_that_is_still_needed() -> None:
    w = _var(np.ones(8))

    def step(g: object) -> object:
        old = w.value
        w.assign(ops.sgd_step(old, g, np.float32(1.0)))
        return old * 3

    got = compile_step(step, (Spec((8,), "float32"),)).run((np.ones(8, "float32"),))
    assert got.tolist() == [3.0] * 8
    assert w.numpy().tolist() == [0.0] * 8


@pytest.mark.parametrize("seed", range(200))
def test_reshape_views_agree_with_numpy(seed: int) -> None:
    draw = np.random.default_rng(seed)
    shape = tuple(int(d) for d in draw.choice([1, 2, 3, 4], size=draw.integers(1, 5)))
    array = np.arange(np.prod(shape), dtype="float32").reshape(shape).transpose(draw.permutation(len(shape)))
    size = array.size
    target: list[int] = []
    while size > 1 and len(target) < 4:
        divisors = [d for d in range(1, size + 1) if size % d == 0]
        target.append(int(draw.choice(divisors)))
        size //= target[-1]
    target.append(size)
    strides = tuple(s // 4 for s in array.strides)
    found = OPS["reshape"].view(array.shape, strides, {"shape": tuple(target)})
    if found is None:
        # NumPy must agree that there is no such view.
        view = array.view()
        with pytest.raises((AttributeError, ValueError)):
            view.shape = tuple(target)
        return
    new_shape, new_strides, offset = found
    view = np.lib.stride_tricks.as_strided(array[offset:], new_shape, [s * 4 for s in new_strides])
    np.testing.assert_array_equal(view, array.reshape(target))


def test_contiguous_strides() -> None:
    assert contiguous_strides((2, 3, 4)) == (12, 4, 1)
    assert contiguous_strides(()) == ()

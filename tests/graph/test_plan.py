"""The memory plan: no two buffers that live at the same time overlap, and memory is reused."""

from __future__ import annotations

import itertools
import random

import pytest

from nncore.graph.plan import ALIGNMENT, ARENA, SMALL, Buffer, plan


def _buffer(nbytes: int, first: int, last: int) -> Buffer:
    buffer = Buffer(ARENA, 0, nbytes)
    buffer.touch(first)
    buffer.touch(last)
    return buffer


@pytest.mark.parametrize("seed", range(20))
def test_living_buffers_never_overlap(seed: int) -> None:
    draw = random.Random(seed)
    buffers = []
    for _ in range(60):
        first = draw.randrange(40)
        buffers.append(_buffer(draw.choice([0, 1, 63, 64, 65, 4096, 50000]), first, first + draw.randrange(10)))
    size = plan(buffers)
    for i, a in enumerate(buffers):
        assert a.index % ALIGNMENT == 0
        assert a.index + a.nbytes <= size
        for b in buffers[:i]:
            together = a.first <= b.last and b.first <= a.last
            apart = a.index + a.nbytes <= b.index or b.index + b.nbytes <= a.index
            assert apart or not together or not (a.nbytes and b.nbytes)


def test_a_chain_reuses_two_buffers() -> None:
    # Each value lives for one step and the next: two places are enough however long the chain.
    buffers = [_buffer(SMALL // 8, i, i + 1) for i in range(50)]
    assert plan(buffers) == 2 * (SMALL // 8)


def test_small_programs_use_no_memory_twice() -> None:
    # A member of a team may then go ahead while another still reads.
    buffers = [_buffer(SMALL // 50, i, i + 1) for i in range(50)]
    plan(buffers)
    places = sorted((b.index, b.index + b.nbytes) for b in buffers)
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(places))

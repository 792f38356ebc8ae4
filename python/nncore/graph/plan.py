"""Memory planning: buffers with known lifetimes are packed into one arena."""

from __future__ import annotations

from typing import Any

ALIGNMENT = 64
# Memory that is used again makes a team meet: one member must not write where another still reads. Where all buffers
# together are so small, each has its own.
SMALL = 256 * 1024

ARENA, CONSTANT, FEED, FETCH, VARIABLE = range(5)


class Buffer:
    """A piece of memory that instructions read and write.

    Args:
        kind: ARENA, CONSTANT, FEED, FETCH or VARIABLE.
        index: Which constant, feed, fetch or variable it is; the byte offset of an arena buffer once planned.
        nbytes: Its size in bytes.
    """

    __slots__ = ("first", "index", "kind", "last", "nbytes", "number")

    def __init__(self, kind: int, index: int, nbytes: int) -> None:
        self.kind = kind
        self.index = index
        self.nbytes = nbytes
        # Positions of the first and last instruction that touch it.
        self.first = -1
        self.last = -1
        self.number = -1

    def touch(self, position: int) -> None:
        """Extend the lifetime to an instruction."""
        if self.first < 0:
            self.first = position
        self.last = max(self.last, position)

    def as_tuple(self) -> tuple[int, int, int]:
        """The buffer as the native program takes it."""
        return self.kind, self.index, self.nbytes


def plan(buffers: list[Buffer]) -> int:
    """Give each arena buffer an offset, largest first, where no living buffer lies.

    Args:
        buffers: All buffers; those of kind ARENA get their ``index``.

    Returns:
        The size of the arena in bytes.
    """
    arena = [b for b in buffers if b.kind == ARENA]
    placed: list[Buffer] = []
    size = 0
    reuse = sum(buffer.nbytes for buffer in arena) > SMALL
    for buffer in sorted(arena, key=_by_size):
        nbytes = -(-max(buffer.nbytes, 1) // ALIGNMENT) * ALIGNMENT
        start = 0
        for other in placed:  # sorted by offset
            if reuse and (other.first > buffer.last or other.last < buffer.first):
                continue
            if start + nbytes <= other.index:
                break
            start = max(start, other.index + -(-max(other.nbytes, 1) // ALIGNMENT) * ALIGNMENT)
        buffer.index = start
        _insert(placed, buffer)
        size = max(size, start + nbytes)
    return size


def _by_size(buffer: Buffer) -> Any:
    return -buffer.nbytes, buffer.first


def _insert(placed: list[Buffer], buffer: Buffer) -> None:
    low, high = 0, len(placed)
    while low < high:
        middle = (low + high) // 2
        if placed[middle].index <= buffer.index:
            low = middle + 1
        else:
            high = middle
    placed.insert(low, buffer)

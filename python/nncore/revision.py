"""Revision: a number that becomes another one whenever something changes that a recorded function may depend on.

A compiled function has read attributes of layers and settings while it was traced, and would not see them change.
Whoever keeps one compares the present revision, one integer, with that of the time before the trace, and looks closer
only when they differ. Weights are not part of it: programs read them in place.
"""

from __future__ import annotations

import itertools

__all__ = ["advance"]

# A number is never given twice, so that changes made by two threads at once can't hide each other.
_numbers = itertools.count(1)

current = 0


def advance() -> int:
    """Note that something has changed, after it has.

    Returns:
        The new revision.

    Example:
        >>> from nncore import revision
        >>> before = revision.current
        >>> revision.advance() == revision.current != before
        True
    """
    global current
    current = number = next(_numbers)
    return number

"""Ready steps: compiled steps that a call with arrays of a known kind runs at once, without any set-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from nncore import revision, tree
from nncore.ir.limits import check_limits

__all__ = ["ReadyStep", "ReadySteps", "array_key"]

# Signatures that are kept per model: more than any program needs that has a reason to repeat them.
MOST = 64


def array_key(x: Any) -> Any:
    """Describe an array, or a list, tuple or dictionary of arrays, by what a compiled step depends on.

    Args:
        x: Anything.

    Returns:
        Hashable description of structure, shapes and dtypes; None if there is something else than plain arrays.

    Example:
        >>> import numpy as np
        >>> from nncore.training.ready import array_key
        >>> array_key(np.zeros((1, 2)))
        ((1, 2), dtype('float64'))
        >>> array_key([1, 2]) is None
        True
    """
    kind = x.__class__
    if kind is np.ndarray:
        return x.shape, x.dtype
    if kind is list or kind is tuple:
        parts = _keys(x)
        return None if parts is None else (kind, parts)
    if kind is dict:
        parts = _keys(x.values())
        return None if parts is None else (kind, tuple(x), parts)
    return None


def _keys(items: Iterable[Any]) -> tuple[Any, ...] | None:
    found = []
    for item in items:
        key = array_key(item)
        if key is None:
            return None  # perhaps the first of a million numbers
        found.append(key)
    return tuple(found)


class ReadyStep:
    """Runs a compiled step on arrays of exactly its shapes.

    Nothing is shared between calls, so that any number of threads may make them at once.

    Args:
        step: A ``graph.Step``.
    """

    __slots__ = ("_limits", "_pack", "_results", "_run", "_single")

    def __init__(self, step: Any) -> None:
        self._run: Callable[[list[Any], list[Any]], None] = step.program.run
        self._results: list[tuple[tuple[int, ...], Any]] = [
            (spec.shape, np.dtype(spec.dtype)) for spec in tree.flatten(step.outputs) if spec is not None
        ]
        self._limits = step.graph.limits
        self._single = not tree.is_nested(step.outputs)
        self._pack: Callable[[list[Any]], Any] = step.pack

    def __call__(self, x: Any) -> Any:
        """Compute the results for ``x``, new arrays in the structure that the function returned."""
        feeds = [x] if x.__class__ is np.ndarray else tree.flatten(x)
        if self._limits:
            check_limits(self._limits, feeds)
        results: list[Any] = [np.empty(shape, dtype) for shape, dtype in self._results]
        self._run(feeds, results)
        return results[0] if self._single else self._pack(results)


class ReadySteps:
    """Steps that were found the long way before, valid until the revision changes.

    Copies and pickles of a model start without any: programs belong to this process.
    """

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        # Replaced as a whole, so that a step is never seen with another revision than its own.
        self._entries: tuple[int, dict[Any, ReadyStep]] = (-1, {})

    def find(self, key: Any) -> ReadyStep | None:
        """The step for a key; None if it has to be found the long way."""
        number, steps = self._entries
        return steps.get(key) if number == revision.current else None

    def keep(self, key: Any, step: Any, number: int) -> None:
        """Remember a step.

        Args:
            key: What a later call will ask for.
            step: A ``graph.Step``.
            number: The revision before the step was looked for.
        """
        known, steps = self._entries
        if known != number or len(steps) >= MOST:
            steps = {}
        steps[key] = ReadyStep(step)
        self._entries = (number, steps)

    def __reduce__(self) -> Any:
        return (ReadySteps, ())

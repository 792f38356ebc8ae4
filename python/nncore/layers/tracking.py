"""Finding the variables, layers, metrics and seeds that a user assigns to attributes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex

from nncore import revision
from nncore.random import SeedGenerator
from nncore.variable import Variable

__all__ = ["TrackedDict", "TrackedList", "Tracker"]


def _is_metric(value: Any) -> bool:
    cls = type(value)
    return hasattr(cls, "update_state") and hasattr(cls, "reset_state")


class Tracker:
    """Mixin that keeps lists of what was assigned: ``_layers``, variables, metrics and seed generators.

    A list or dictionary that is assigned is replaced by one that also tracks what is put into it later.
    """

    _trainable_variables: list[Variable]
    _non_trainable_variables: list[Variable]
    _seed_generators: list[SeedGenerator]
    _layers: list[Any]
    _metrics: list[Any]
    # Attributes that tell how training goes: no recorded call depends on them.
    _not_recorded: frozenset[str] = frozenset()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the lists before any ``__init__`` runs, so that attributes can be set at once."""
        obj = super().__new__(cls)
        for name in (
            "_trainable_variables",
            "_non_trainable_variables",
            "_seed_generators",
            "_layers",
            "_metrics",
        ):
            obj.__dict__[name] = []
        return obj

    def _lists(self) -> tuple[list[Any], ...]:
        return (
            self._trainable_variables,
            self._non_trainable_variables,
            self._seed_generators,
            self._layers,
            self._metrics,
        )

    def _track(self, value: Any) -> Any:
        """Track one value and return what should be stored for it."""
        if isinstance(value, Variable):
            # A variable keeps its place when trainable is changed later: the order of weights is stable.
            owned = self._trainable_variables + self._non_trainable_variables
            if not any(v is value for v in owned):
                target = self._trainable_variables if value.trainable else self._non_trainable_variables
                target.append(value)
        elif isinstance(value, Tracker):
            _add(self._layers, value)
        elif isinstance(value, SeedGenerator):
            _add(self._seed_generators, value)
        elif _is_metric(value):
            _add(self._metrics, value)
        elif type(value) is list:
            return TrackedList(value, self)
        elif type(value) is dict:
            return TrackedDict(value, self)
        elif type(value) is tuple:
            for item in value:
                self._track(item)
        return value

    def _note_change(self) -> None:
        """Note that an attribute, or what one of them holds, has changed."""
        self.__dict__["_revision"] = revision.advance()

    def _untrack(self, value: Any) -> None:
        for tracked in self._lists():
            tracked[:] = [item for item in tracked if item is not value]

    def __setattr__(self, name: str, value: Any) -> None:
        old = self.__dict__.get(name)
        super().__setattr__(name, self._track(value))
        if old is not value and name not in self._not_recorded:
            self._note_change()
        if old is not None and old is not value and isinstance(old, (Variable, Tracker)):
            self._forget(old)

    def __delattr__(self, name: str) -> None:
        old = self.__dict__.get(name)
        super().__delattr__(name)
        self._note_change()
        if isinstance(old, (Variable, Tracker, SeedGenerator)) or _is_metric(old):
            self._forget(old)

    def _forget(self, old: Any) -> None:
        # Another attribute may hold the same object; containers are rare enough to be searched.
        for value in self.__dict__.values():
            if value is old:
                return
            if isinstance(value, (TrackedList, TrackedDict, tuple)):
                items: Iterable[Any] = value.values() if isinstance(value, dict) else value
                if any(item is old for item in items):
                    return
        self._untrack(old)


def _add(tracked: list[Any], value: Any) -> None:
    if not any(item is value for item in tracked):
        tracked.append(value)


class TrackedList(list):  # type: ignore[type-arg]
    """A list attribute of a layer: what is put into it is tracked.

    Args:
        values: First items.
        owner: The layer.
    """

    def __init__(self, values: Iterable[Any] = (), owner: Tracker | None = None) -> None:
        self.owner = owner
        super().__init__(self._wrap(value) for value in values)

    def _wrap(self, value: Any) -> Any:
        if self.owner is None:
            return value
        self.owner._note_change()
        return self.owner._track(value)

    def _drop(self, values: Iterable[Any]) -> None:
        if self.owner is not None:
            self.owner._note_change()
            for value in values:
                if isinstance(value, (Variable, Tracker)):
                    self.owner._forget(value)

    def append(self, value: Any) -> None:
        """Add one item."""
        super().append(self._wrap(value))

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Put one item at a position."""
        super().insert(index, self._wrap(value))

    def extend(self, values: Iterable[Any]) -> None:
        """Add several items."""
        super().extend([self._wrap(value) for value in values])

    def __iadd__(self, values: Iterable[Any]) -> TrackedList:  # type: ignore[misc]
        self.extend(values)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        old = self[index] if isinstance(index, slice) else [self[index]]
        new = [self._wrap(v) for v in value] if isinstance(index, slice) else self._wrap(value)
        super().__setitem__(index, new)
        self._drop(old)

    def __delitem__(self, index: Any) -> None:
        old = self[index] if isinstance(index, slice) else [self[index]]
        super().__delitem__(index)
        self._drop(old)

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Remove and return one item."""
        value = super().pop(index)
        self._drop([value])
        return value

    def remove(self, value: Any) -> None:
        """Remove the first item equal to ``value``."""
        super().remove(value)
        self._drop([value])

    def clear(self) -> None:
        """Remove all items."""
        old = list(self)
        super().clear()
        self._drop(old)

    def __reduce__(self) -> Any:
        return (TrackedList, (), {"owner": self.owner}, iter(list(self)))


class TrackedDict(dict):  # type: ignore[type-arg]
    """A dictionary attribute of a layer: what is put into it is tracked.

    Args:
        values: First items.
        owner: The layer.
    """

    def __init__(self, values: Any = (), owner: Tracker | None = None) -> None:
        self.owner = owner
        super().__init__({key: self._wrap(value) for key, value in dict(values).items()})

    def _wrap(self, value: Any) -> Any:
        if self.owner is None:
            return value
        self.owner._note_change()
        return self.owner._track(value)

    def _drop(self, values: Iterable[Any]) -> None:
        if self.owner is not None:
            self.owner._note_change()
            for value in values:
                if isinstance(value, (Variable, Tracker)):
                    self.owner._forget(value)

    def __setitem__(self, key: Any, value: Any) -> None:
        old = self.get(key)
        super().__setitem__(key, self._wrap(value))
        if old is not value:
            self._drop([old])

    def __delitem__(self, key: Any) -> None:
        old = self[key]
        super().__delitem__(key)
        self._drop([old])

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several items."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Return the item, setting it first if it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Any, *default: Any) -> Any:
        """Remove and return one item."""
        value = super().pop(key, *default)
        self._drop([value])
        return value

    def clear(self) -> None:
        """Remove all items."""
        old = list(self.values())
        super().clear()
        self._drop(old)

    def __reduce__(self) -> Any:
        return (TrackedDict, (), {"owner": self.owner}, None, iter(list(self.items())))

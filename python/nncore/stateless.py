"""Calls without side effects: variables take given values for a while, and have their own again afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from nncore.variable import Variable, watch_assignments

__all__ = ["StatelessScope", "run_stateless"]


class _Open(threading.local):
    def __init__(self) -> None:
        self.scopes: list[StatelessScope] = []


_OPEN = _Open()


class StatelessScope:
    """Context in which variables take given values, and assignments last no longer than the context.

    Args:
        state_mapping: Pairs of a variable and the value it has inside. Defaults to none.
        collect_losses: False; `Layer.stateless_call` with ``return_losses=True`` gives losses.
        initialize_variables: True; variables always have values.

    Raises:
        ValueError: If a shape differs, or for another setting.

    Example:
        >>> import nncore
        >>> v = nncore.Variable([1.0, 2.0])
        >>> with nncore.StatelessScope([(v, [3.0, 4.0])]) as scope:
        ...     _ = v.assign_add([1.0, 1.0])
        >>> scope.get_current_value(v).tolist(), v.numpy().tolist()
        ([4.0, 5.0], [1.0, 2.0])
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ) -> None:
        if collect_losses:
            raise ValueError(
                "StatelessScope: `collect_losses` must be False. `layer.stateless_call(..., return_losses=True)` gives "
                "the losses of a call. Received: collect_losses=True"
            )
        if not initialize_variables:
            raise ValueError(
                "StatelessScope: `initialize_variables` must be True: variables always have values. "
                f"Received: initialize_variables={initialize_variables!r}"
            )
        self.state_mapping = []
        for variable, value in state_mapping or ():
            if not isinstance(variable, Variable):
                raise ValueError(f"StatelessScope: keys must be variables. Received: {variable!r}")
            shape = tuple(np.shape(value)) if not hasattr(value, "shape") else tuple(value.shape)
            variable._check_shape(shape)
            self.state_mapping.append((variable, value))
        self._before: dict[int, tuple[Variable, Any]] = {}
        self._after: dict[int, Any] = {}

    def __enter__(self) -> StatelessScope:
        _OPEN.scopes.append(self)
        watch_assignments(_note)
        for variable, value in self.state_mapping:
            variable.assign(value)
        return self

    def __exit__(self, *_: object) -> None:
        _OPEN.scopes.remove(self)
        for variable, before in self._before.values():
            self._after[id(variable)] = _kept(variable.value)
            variable.assign(before)

    def _remember(self, variable: Variable) -> None:
        if id(variable) not in self._before:
            self._before[id(variable)] = (variable, _kept(variable.value))

    def get_current_value(self, variable: Variable) -> Any:
        """The value that a variable has, or had, inside.

        Args:
            variable: The variable.

        Returns:
            Array or tensor; None if the variable was neither given a value nor assigned to.
        """
        if id(variable) in self._after:
            return self._after[id(variable)]
        return _kept(variable.value) if id(variable) in self._before else None

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Give a variable a value.

        Args:
            update: Pair of variable and value.
        """
        variable, value = update
        variable.assign(value)


def _note(variable: Variable) -> None:
    """What every assignment tells: the scopes that have to undo it."""
    for scope in _OPEN.scopes:
        scope._remember(variable)


def _kept(value: Any) -> Any:
    """A value that later assignments leave alone."""
    return value.copy() if isinstance(value, np.ndarray) else value


def run_stateless(
    variables: Sequence[Variable], values: Sequence[Any], function: Callable[[], Any]
) -> tuple[Any, list[Any]]:
    """Call a function while variables have given values.

    Args:
        variables: The variables.
        values: A value for each.
        function: Function without arguments.

    Returns:
        What the function returned, and the values that the variables had at its end.

    Raises:
        ValueError: If the numbers of variables and values differ, or a shape does.

    Example:
        >>> import nncore
        >>> from nncore.stateless import run_stateless
        >>> v = nncore.Variable(1.0)
        >>> result, (after,) = run_stateless([v], [5.0], lambda: v.assign_add(1.0) * 2)
        >>> float(result), float(after), float(v.numpy())
        (12.0, 6.0, 1.0)
    """
    if len(values) != len(variables):
        raise ValueError(
            f"Expected one value for each of the {len(variables)} variables "
            f"{[variable.path for variable in variables]}. Received: {len(values)} values."
        )
    scope = StatelessScope(zip(variables, values, strict=True))
    with scope:
        result = function()
        if isinstance(result, np.ndarray):
            result = result.copy()  # it may be a variable's live array
    return result, [scope.get_current_value(variable) for variable in variables]

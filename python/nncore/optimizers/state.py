"""What an optimizer keeps: its variables, how they are made, stored and set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore import config as settings


class OptimizerState:
    """The variables of an optimizer, in the order in which they were made."""

    _variables: list[Any]
    name: str
    built: bool

    def __setattr__(self, name: str, value: Any) -> None:
        # Variables that a subclass keeps as attributes belong to its state.
        if hasattr(value, "__nncore_variable__"):
            self._check_initialised()
            if not any(value is v for v in self._variables):
                self._variables.append(value)
        object.__setattr__(self, name, value)

    def _check_initialised(self) -> None:
        if "_variables" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}: call `super().__init__()` first in `__init__()`.")

    @property
    def inner_optimizers(self) -> list[Any]:
        """The optimizers inside, where it has some."""
        return []

    @property
    def variables(self) -> list[Any]:
        """The optimizer's variables: step counter, learning rate, slots, then those of the optimizers inside."""
        inner = [variable for optimizer in self.inner_optimizers for variable in optimizer.variables]
        return [*self._variables, *inner]

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: str | None = None,
        aggregation: str = "none",
        name: str | None = None,
    ) -> Any:
        """Make a variable that is part of the optimizer's state.

        Args:
            shape: Shape of the variable.
            initializer: An initializer or its name.
            dtype: dtype of the variable; `nncore.config.floatx()` by default.
            aggregation: How copies of the variable on several devices would be combined.
            name: Name of the variable.

        Returns:
            The variable.
        """
        from nncore import initializers
        from nncore.naming import path_scope
        from nncore.variable import Variable

        self._check_initialised()
        with path_scope(self.name):
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape),
                dtype=dtype or settings.floatx(),
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Any, name: str | None = None, initializer: Any = "zeros"
    ) -> Any:
        """Make a variable of another one's shape and dtype, named after it.

        Args:
            reference_variable: The variable to resemble.
            name: What the new variable is for, for example `"momentum"`.
            initializer: An initializer or its name.

        Returns:
            The variable.
        """
        stem = getattr(reference_variable, "path", None) or reference_variable.name
        return self.add_variable(
            reference_variable.shape,
            initializer,
            dtype=reference_variable.dtype,
            name=f"{stem.replace('/', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(self, trainable_variables: Sequence[Any], name: Any, initializer: Any = "zeros") -> Any:
        """Make one variable, or one of each name, for each variable to be trained.

        Args:
            trainable_variables: The variables to be trained.
            name: What the new variables are for; a string or a list of them.
            initializer: An initializer or its name, or a list of one per name.

        Returns:
            A list of variables; for a list of names a tuple of such lists.
        """
        names = [name] if isinstance(name, str) else list(name)
        given = isinstance(initializer, (list, tuple))
        kinds = list(initializer) if given else [initializer] * len(names)
        if len(kinds) != len(names):
            raise ValueError(
                "The number of names must match the number of initializers. "
                f"Received: name={name!r}, initializer={initializer!r}."
            )
        made: tuple[list[Any], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for slots, slot_name, kind in zip(made, names, kinds, strict=True):
                slots.append(self.add_variable_from_reference(variable, slot_name, kind))
        return made[0] if isinstance(name, str) else made

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all variables of the optimizer.

        Args:
            weights: Arrays in the order of `variables`.

        Raises:
            ValueError: The optimizer is not built, or numbers or shapes differ; nothing has
                been changed then.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. "
                "Call `optimizer.build(trainable_variables)` first."
            )
        variables = self.variables
        if len(weights) != len(variables):
            raise ValueError(
                f"Expected {len(variables)} arrays, one for each of `optimizer.variables`. Received: {len(weights)}."
            )
        for variable, weight in zip(variables, weights, strict=True):
            if tuple(variable.shape) != tuple(np.shape(weight)):
                raise ValueError(
                    f"Optimizer variable {variable.name} has shape {tuple(variable.shape)}. "
                    f"Received: weight.shape={tuple(np.shape(weight))}."
                )
        for variable, weight in zip(variables, weights, strict=True):
            variable.assign(weight)

    def _own_variables(self) -> list[Any]:
        return self.variables

    def save_own_variables(self, store: Any) -> None:
        """Put all variables into a mapping, under their position.

        Args:
            store: A dictionary or an HDF5 group.
        """
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Set all variables from what `save_own_variables` stored.

        Args:
            store: A dictionary or an HDF5 group.

        Raises:
            ValueError: Numbers or shapes differ; nothing has been changed then.
        """
        self.set_weights([np.asarray(store[str(i)]) for i in range(len(store.keys()))])

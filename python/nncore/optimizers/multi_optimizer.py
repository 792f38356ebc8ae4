"""Several optimizers for one model, each for variables of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from nncore.optimizers.loss_scale_optimizer import LossScaleOptimizer
from nncore.optimizers.optimizer import Optimizer


class OptimizerMap(MutableMapping[str, Optimizer]):
    """Optimizers by the paths of variables, and one for all others.

    A key is a path, or a regular expression that matches whole paths.

    Args:
        default_optimizer: The optimizer of variables that no key matches.
        optimizer_map: Optimizers by key; `None` for none yet.

    Raises:
        TypeError: `default_optimizer` is no optimizer, or `optimizer_map` no dictionary.

    Example:
    >>> from nncore import optimizers
    >>> by_path = optimizers.OptimizerMap(optimizers.SGD(name="others"))
    >>> by_path["encoder/.*"] = optimizers.Adam(name="inner")
    >>> by_path["encoder/dense/kernel"].name, by_path["decoder/kernel"].name
    ('inner', 'others')
    """

    def __init__(self, default_optimizer: Optimizer, optimizer_map: dict[str, Optimizer] | None = None) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                "default_optimizer must be a Keras Optimizer instance. "
                f"Received: default_optimizer={default_optimizer!r}."
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"optimizer_map must be a dictionary. Received: optimizer_map={optimizer_map!r}.")
        self._default_optimizer = default_optimizer
        self._optimizer_map: dict[str, Optimizer] = {}
        for key, optimizer in (optimizer_map or {}).items():
            self[key] = optimizer

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of variables that no key matches."""
        return self._default_optimizer

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        matching = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(f"Multiple optimizers assigned to variable {key}. The keys {matching} match it.")
        return self._optimizer_map[matching[0]] if matching else self._default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str):
            raise ValueError(f"key must be a string. Received: key={key!r}.")
        if key in self._optimizer_map:
            raise ValueError(
                f"'{key}' already exists in the OptimizerMap with value {self._optimizer_map[key]}. Make sure not to "
                "use duplicated keys; delete the old one first to replace it."
            )
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"optimizer must be a Keras Optimizer instance. Received: optimizer={optimizer!r}.")
        if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
            raise ValueError(f"optimizer cannot be {type(optimizer).__name__}.")
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._optimizer_map[key]

    def __len__(self) -> int:
        return len(self._optimizer_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizer_map)

    def __call__(self, variable: Any) -> Optimizer:
        """Return the optimizer of a variable.

        Args:
            variable: The variable.
        """
        return self[getattr(variable, "path", None) or variable.name]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this map again."""
        from nncore.serialization import serialize_keras_object

        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> OptimizerMap:
        """Make a map from what `get_config` returned.

        Args:
            config: The arguments.
            custom_objects: Your own classes and functions by name.
        """
        from nncore.serialization import deserialize_keras_object

        default = deserialize_keras_object(config["default_optimizer"], custom_objects)
        return cls(default, deserialize_keras_object(config["optimizer_map"], custom_objects))


class MultiOptimizer(Optimizer):
    """Hands each variable to an optimizer of its own.

    It has no learning rate; its `optimizers` have.

    Args:
        optimizer_map: An `OptimizerMap`, or a function from a variable to its optimizer.
        loss_scale_factor: See `Optimizer`; it takes the place of the inner optimizers' own.
        name: Name of the optimizer.

    Raises:
        TypeError: `optimizer_map` can't be called.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> kernel, bias = nncore.Variable([1.0], name="kernel"), nncore.Variable([1.0], name="bias")
    >>> by_path = optimizers.OptimizerMap(optimizers.SGD(0.5), {"bias": optimizers.SGD(0.25)})
    >>> optimizers.MultiOptimizer(by_path).apply([[1.0], [1.0]], [kernel, bias])
    >>> kernel.numpy().tolist(), bias.numpy().tolist()
    ([0.5], [0.75])
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Any], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        if not callable(optimizer_map):
            raise TypeError(
                "`optimizer_map` must be an OptimizerMap or a function from a variable to its optimizer. "
                f"Received: optimizer_map={optimizer_map!r}."
            )
        self._inner: list[Optimizer] = []
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        self._positions: list[int] = []  # of each variable's optimizer in the list
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in [*optimizer_map.values(), optimizer_map.default_optimizer]:
                self._include(optimizer)

    def _include(self, optimizer: Optimizer) -> int:
        """The position of an optimizer in the list, which takes it up."""
        for position, known in enumerate(self._inner):
            if known is optimizer:
                return position
        optimizer.loss_scale_factor = self.loss_scale_factor
        self._inner.append(optimizer)
        return len(self._inner) - 1

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers inside."""
        return self._inner

    @property
    def inner_optimizers(self) -> list[Optimizer]:
        """The optimizers inside."""
        return self._inner

    @property
    def loss_scale_factor(self) -> float | None:
        """Factor on the loss; set, it is that of all optimizers inside."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value: float | None) -> None:
        self._loss_scale_factor = value
        for optimizer in self._inner:
            optimizer.loss_scale_factor = value

    @property
    def learning_rate(self) -> Any:
        """None at all: each of `optimizers` has its own."""
        raise AttributeError(
            "Learning rate cannot be accessed on a MultiOptimizer. Access it on the individual `optimizers` instead."
        )

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        raise AttributeError(
            "Learning rate cannot be set on a MultiOptimizer. Set it on the individual `optimizers` instead. "
            f"Received: learning_rate={learning_rate!r}."
        )

    def build(self, variables: Sequence[Any]) -> None:
        """Find the optimizer of each variable, and make their state.

        Args:
            variables: The variables that `apply` will change.

        Raises:
            ValueError: A variable's optimizer is none, or one that can't be inside another.
        """
        if self.built:
            return
        chosen = [self._optimizer_map(variable) for variable in variables]
        for optimizer, variable in zip(chosen, variables, strict=True):
            if not isinstance(optimizer, Optimizer):
                raise ValueError(
                    f"Optimizer for variable {variable.name} is not an Optimizer instance. Received: {optimizer!r}."
                )
            if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
                raise ValueError(
                    f"{type(optimizer).__name__} cannot be used inside a MultiOptimizer. It was chosen for variable "
                    f"{variable.name}."
                )
        self._positions = [self._include(optimizer) for optimizer in chosen]
        for optimizer, own in zip(self._inner, self._split(variables, variables), strict=True):
            if own:
                optimizer.build(own)
        super().build(variables)

    def _split(self, variables: Sequence[Any], values: Sequence[Any]) -> list[list[Any]]:
        """Values that belong to variables, by optimizer."""
        indices = self._indices or {id(v): i for i, v in enumerate(variables)}
        parts: list[list[Any]] = [[] for _ in self._inner]
        for variable, value in zip(variables, values, strict=True):
            parts[self._positions[indices[id(variable)]]].append(value)
        return parts

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """Let each optimizer change its variables by their gradients.

        Args:
            grads: Gradients, one per variable; `None` leaves its variable as it is.
            trainable_variables: The variables; by default those that `build` was given.

        Raises:
            ValueError: Gradients and variables do not fit each other.
        """
        grads = list(grads)
        if not grads:
            return
        grads, updated = self._pair(grads, trainable_variables)
        parts = zip(self._inner, self._split(updated, grads), self._split(updated, updated), strict=True)
        for optimizer, own_grads, own in parts:
            if own:
                optimizer.apply(own_grads, own)
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Do what each optimizer does with its variables at the end of training.

        Args:
            var_list: The variables that the optimizer was built with.
        """
        for optimizer, own in zip(self._inner, self._split(var_list, var_list), strict=True):
            if own:
                optimizer.finalize_variable_values(own)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        from nncore.serialization import serialize_keras_object

        return {
            "optimizer_map": serialize_keras_object(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> MultiOptimizer:
        """Make an optimizer from what `get_config` returned.

        Args:
            config: The arguments.
            custom_objects: Your own classes and functions by name.
        """
        from nncore.serialization import deserialize_keras_object

        return cls(**{**config, "optimizer_map": deserialize_keras_object(config["optimizer_map"], custom_objects)})

"""The base of all metrics: variables that batches add to, and a result made from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nncore import config, ops
from nncore.registry import auto_name


class Metric:
    """The base of metrics: `update_state` adds a batch, `result` reads, `reset_state` forgets.

    A subclass makes its variables with `add_variable` in `__init__`, and writes
    `update_state` and `result` in ops, so that both run inside the compiled training step as
    well as on arrays.

    Args:
        dtype: The dtype of results and variables; `nncore.config.floatx()` by default.
        name: Name of the metric; by default made from the class name.

    Example:
    >>> from nncore import metrics, ops
    >>> class Largest(metrics.Metric):
    ...     def __init__(self, name="largest"):
    ...         super().__init__(name=name)
    ...         self.largest = self.add_variable(shape=(), initializer="zeros")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest.assign(ops.maximum(self.largest, ops.max(y_pred)))
    ...     def result(self):
    ...         return self.largest.value
    >>> metric = Largest()
    >>> metric.update_state([0.0, 0.0], [1.0, 5.0])
    >>> float(metric.result())
    5.0
    """

    def __init__(self, dtype: str | None = None, name: str | None = None) -> None:
        self._variables: list[Any] = []
        self._metrics: list[Metric] = []
        self.name = name or auto_name(type(self).__name__)
        self._dtype = ops.standardize_dtype(dtype) if dtype else config.floatx()

    def __setattr__(self, name: str, value: Any) -> None:
        # Variables and metrics given as attributes belong to this metric's state.
        if hasattr(value, "__nncore_variable__") or isinstance(value, Metric):
            self._check_initialised()
            kept: list[Any] = self._metrics if isinstance(value, Metric) else self._variables
            if not any(value is other for other in kept):
                kept.append(value)
        object.__setattr__(self, name, value)

    @property
    def dtype(self) -> str:
        """The dtype of results and variables."""
        return self._dtype

    @property
    def variables(self) -> list[Any]:
        """The variables that hold the state, those of metrics inside included."""
        return [*self._variables, *(v for m in self._metrics for v in m.variables)]

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: str | None = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Any:
        """Make a variable that is part of the state.

        Args:
            shape: Shape of the variable.
            initializer: An initializer or its name.
            dtype: dtype of the variable; by default the metric's.
            aggregation: How copies of the variable on several devices would be combined.
            name: Name of the variable.

        Returns:
            The variable.
        """
        from nncore import initializers
        from nncore.naming import path_scope
        from nncore.variable import Variable

        self._check_initialised()
        with path_scope(self.name.replace("/", ">")):
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape),
                dtype=dtype or self._dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: str | None = None,
        name: str | None = None,
    ) -> Any:
        """Make a variable that is part of the state, zeros by default; another name for `add_variable`."""
        return self.add_variable(shape, "zeros" if initializer is None else initializer, dtype=dtype, name=name)

    def build(self, true_shape: Any, pred_shape: Any) -> None:
        """Make variables whose shapes depend on the data; called before the first batch.

        Args:
            true_shape: Shape of the targets.
            pred_shape: Shape of the predictions.
        """

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch to the state; every subclass writes this."""
        raise TypeError(
            f"{type(self).__name__} has no `update_state`. A metric defines "
            "`update_state(self, y_true, y_pred, sample_weight=None)`, which assigns its variables."
        )

    def result(self) -> Any:
        """Compute the value, or a dictionary of values, from the state; every subclass does."""
        raise TypeError(
            f"{type(self).__name__} has no `result`. A metric defines `result(self)`, which "
            "returns a scalar made from its variables."
        )

    def reset_state(self) -> None:
        """Set all variables to zero."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Add a batch to given values of the state, and change nothing.

        Args:
            metric_variables: Values, one for each of ``variables``.
            *args: Arguments of ``update_state``.
            **kwargs: Keyword arguments of ``update_state``.

        Returns:
            The values afterwards.

        Raises:
            ValueError: If numbers or shapes of values differ.
        """
        from nncore.stateless import run_stateless

        return run_stateless(self.variables, metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables: Any) -> Any:
        """The result of given values of the state; nothing changes.

        Args:
            metric_variables: Values, one for each of ``variables``.

        Returns:
            What ``result`` returns for them.

        Raises:
            ValueError: If numbers or shapes of values differ.
        """
        from nncore.stateless import run_stateless

        return run_stateless(self.variables, metric_variables, self.result)[0]

    def stateless_reset_state(self) -> list[Any]:
        """The values that the state starts from; nothing changes."""
        from nncore.stateless import run_stateless

        values = [variable.value for variable in self.variables]
        return run_stateless(self.variables, values, self.reset_state)[1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch and return the result so far."""
        self._check_initialised()
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Metric:
        """Make a metric from what `get_config` returned."""
        return cls(**config)

    def _check_initialised(self) -> None:
        if "_variables" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}: call `super().__init__()` first in `__init__()`.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

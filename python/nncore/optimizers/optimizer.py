"""The base of all optimizers: everything but the update rule itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nncore import config as settings
from nncore import ops
from nncore.optimizers.arguments import check_arguments, check_gradients
from nncore.optimizers.clipping import clip_gradients
from nncore.optimizers.schedules.schedule import LearningRateSchedule
from nncore.optimizers.state import OptimizerState
from nncore.registry import auto_name


def decays_weights(update_step: Any) -> Any:
    """Mark an `update_step` that applies `_step_weight_decay` itself, within its kernel."""
    update_step.decays_weights = True
    return update_step


class Optimizer(OptimizerState):
    """The base of optimizers: a subclass writes `update_step`, and `build` if it has state.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments that
            returns the rate, made of ops when it is to change between steps. `lr` is another
            name for it.
        weight_decay: Share of each variable, times the learning rate, that is taken away per
            step.
        clipnorm: Largest Euclidean norm of each gradient.
        clipvalue: Largest size of each gradient's values.
        global_clipnorm: Largest Euclidean norm of all gradients together.
        use_ema: Whether to keep an exponential moving average of each variable.
        ema_momentum: How much of the old average is kept per step, in [0, 1].
        ema_overwrite_frequency: Number of steps after which the averages replace the
            variables; `None` leaves that to `finalize_variable_values`.
        loss_scale_factor: Factor on the loss before gradients are taken; gradients are divided
            by it.
        gradient_accumulation_steps: Number of steps whose mean gradient makes one update.
        name: Name of the optimizer; by default made from the class name.
        **kwargs: `lr` (the learning rate) and `decay` (the rate is divided by
            `1 + decay * step`), as older scripts spell them.

    Raises:
        ValueError: An argument is out of range, or not known.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> class Descent(optimizers.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         variable.assign(variable - learning_rate * gradient)
    >>> w = nncore.Variable([1.0, 2.0])
    >>> Descent(learning_rate=0.5).apply([[1.0, 1.0]], [w])
    >>> w.numpy().tolist()
    [0.5, 1.5]
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._variables: list[Any] = []
        if kwargs.get("lr") is not None:
            learning_rate = kwargs["lr"]
        check_arguments(
            type(self).__name__,
            clips={
                "clipnorm": clipnorm,
                "clipvalue": clipvalue,
                "global_clipnorm": global_clipnorm,
            },
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            gradient_accumulation_steps=gradient_accumulation_steps,
            loss_scale_factor=loss_scale_factor,
            weight_decay=weight_decay,
            unknown={k: v for k, v in kwargs.items() if k not in ("lr", "decay")},
        )
        self.name = name or auto_name(type(self).__name__)
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._trainable_variables: list[Any] = []
        self._indices: dict[int, int] = {}
        self._not_decayed: list[Any] = []
        self._not_decayed_names: re.Pattern[str] | None = None
        # Scalars computed once per `apply`, so that all variables share one instruction.
        self._shared: dict[Any, Any] | None = None
        self._iterations = self.add_variable((), dtype="int64", name="iteration")
        self._learning_rate: Any = self._make_rate(learning_rate, kwargs.get("decay"))

    # The learning rate

    def _make_rate(self, rate: Any, decay: Any) -> Any:
        if decay:
            if callable(rate):
                raise ValueError(
                    f"`decay` needs a number as `learning_rate`. Received: decay={decay}, learning_rate={rate!r}."
                )
            from nncore.optimizers.schedules.decay import InverseTimeDecay

            return InverseTimeDecay(float(rate), decay_steps=1, decay_rate=decay)
        if callable(rate):
            return rate
        return self.add_variable(
            (),
            initializer=_constant(_check_rate(rate)),
            dtype=settings.floatx(),
            name="learning_rate",
        )

    @property
    def learning_rate(self) -> Any:
        """The rate of the next step: a variable, or the value of the schedule or function.

        Assigning a number changes the variable; no program is compiled anew.
        """
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        if hasattr(self._learning_rate, "__nncore_variable__"):
            return self._learning_rate
        return self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        variable = self._learning_rate if self._rate_is_variable() else None
        if callable(learning_rate):
            self._learning_rate = learning_rate
            if variable is not None:
                self._variables = [v for v in self._variables if v is not variable]
        elif variable is not None:
            variable.assign(np.asarray(_check_rate(learning_rate)))
        else:
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object (or a function) "
                "as its `learning_rate`, hence its learning rate is not settable. Create the "
                f"optimizer with a number. Received: learning_rate={learning_rate!r}."
            )

    @property
    def lr(self) -> Any:
        """Another name for `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, learning_rate: Any) -> None:
        self.learning_rate = learning_rate

    def _rate_is_variable(self) -> bool:
        return hasattr(self._learning_rate, "__nncore_variable__")

    # Variables

    @property
    def iterations(self) -> Any:
        """Number of updates made so far."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    def build(self, variables: Sequence[Any]) -> None:
        """Make the state for the variables to be trained.

        Args:
            variables: The variables that `apply` will change.
        """
        variables = list(variables)
        self._indices = {id(v): i for i, v in enumerate(variables)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(variables, "gradient_accumulator")
        self._trainable_variables = variables
        self.built = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A copy has other variables, with other identities.
        self.__dict__.update(state)
        self._indices = {id(v): i for i, v in enumerate(self._trainable_variables)}

    def _get_variable_index(self, variable: Any) -> int:
        """The position of a variable in the list that the optimizer was built with."""
        return self._indices[id(variable)]

    # Updates

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient; every subclass writes this.

        Args:
            gradient: The gradient, of the variable's shape.
            variable: The variable; change it with `assign`.
            learning_rate: The learning rate, a scalar tensor.
        """
        raise TypeError(
            f"{type(self).__name__} has no `update_step`. An optimizer defines "
            "`update_step(self, gradient, variable, learning_rate)`, which assigns the variable."
        )

    def before_update_steps(self) -> None:
        """Change state that all variables share; called once before their `update_step`s."""

    def assign(self, variable: Any, value: Any) -> None:
        """Set a variable."""
        variable.assign(value)

    def assign_add(self, variable: Any, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Any, value: Any) -> None:
        """Subtract from a variable."""
        variable.assign_sub(value)

    @staticmethod
    def _assign_all(variables: Sequence[Any], values: Sequence[Any]) -> None:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> Any:
        """Change variables by their gradients.

        Args:
            grads_and_vars: Pairs of gradient and variable.

        Returns:
            The step counter.
        """
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """Change variables by their gradients.

        Args:
            grads: Gradients, one per variable; `None` leaves its variable as it is.
            trainable_variables: The variables; by default those that `build` was given.

        Raises:
            ValueError: Gradients and variables do not fit each other, or a variable is not
                among those that the optimizer was built with.

        Example:
        >>> import nncore
        >>> from nncore import optimizers
        >>> w = nncore.Variable([1.0, 2.0])
        >>> optimizers.SGD(learning_rate=0.5).apply([[1.0, 1.0]], [w])
        >>> w.numpy().tolist()
        [0.5, 1.5]
        """
        grads = list(grads)
        if not grads:
            return
        grads, updated = self._pair(grads, trainable_variables)
        if self.loss_scale_factor is not None:
            grads = [g / self.loss_scale_factor for g in grads]
        self._shared = {}
        try:
            if self.gradient_accumulation_steps:
                self._accumulate(grads, updated)
            else:
                self._update(grads, updated)
            if self.use_ema:
                self._update_averages()
        finally:
            self._shared = None
        for variable in updated:
            constraint = getattr(variable, "constraint", None)
            if constraint is not None:
                variable.assign(constraint(variable.value))
        self._iterations.assign_add(1)

    def stateless_apply(
        self, optimizer_variables: Any, grads: Sequence[Any], trainable_variables: Any
    ) -> tuple[list[Any], list[Any]]:
        """Compute an update for given values of all variables, and change nothing.

        Args:
            optimizer_variables: Values, one for each of ``variables``.
            grads: Gradients, one for each variable that the optimizer was built with.
            trainable_variables: The values of these variables.

        Returns:
            The variables' values and the optimizer's after the update.

        Raises:
            ValueError: If the optimizer isn't built, or numbers or shapes of values differ.
        """
        from nncore.stateless import run_stateless

        if not self.built:
            raise ValueError(
                "To call stateless_apply, the optimizer must be built (i.e. its variables must have been created). "
                "Call `optimizer.build(trainable_variables)` first."
            )
        own, trained = list(self.variables), list(self._trainable_variables)
        values = [*optimizer_variables, *trainable_variables]
        _, after = run_stateless([*own, *trained], values, lambda: self.apply(grads, trained))
        return after[len(own) :], after[: len(own)]

    def _pair(self, grads: Sequence[Any], given: Any) -> tuple[list[Any], list[Any]]:
        """The gradients that there are and their variables, checked; builds the optimizer if need be."""
        if given is None and not self.built:
            raise ValueError(
                "When passing `grads` without `trainable_variables`, the optimizer must "
                "already be built. Call `optimizer.build(trainable_variables)` first."
            )
        variables = self._trainable_variables if given is None else list(given)
        known = self._indices if self.built else {id(v) for v in variables}
        paired = check_gradients(grads, variables, known)
        if not self.built:
            self.build(variables)
        return paired

    def _update(self, grads: Sequence[Any], variables: Sequence[Any]) -> None:
        grads = clip_gradients(grads, self.clipnorm, self.clipvalue, self.global_clipnorm)
        rate = ops.convert_to_tensor(self.learning_rate)
        if not self._decays_in_step():
            for variable in variables:
                decay = self._weight_decay_of(variable)
                if decay:
                    share = ops.cast(rate, variable.dtype) * decay
                    variable.assign(variable - variable * share)
        self.before_update_steps()
        for gradient, variable in zip(grads, variables, strict=True):
            self.update_step(gradient, variable, rate)

    def _accumulate(self, grads: Sequence[Any], variables: Sequence[Any]) -> None:
        """Add gradients up; make the update, and forget the sums, in every n-th call only."""
        steps = self.gradient_accumulation_steps
        due = ops.equal(ops.mod(self._iterations + 1, steps), 0)
        sums = [self._accumulated[self._get_variable_index(v)] for v in variables]
        totals = [total + g for total, g in zip(sums, grads, strict=True)]
        own = {id(v) for v in [*self._accumulated, *getattr(self, "_averages", ()), self._iterations]}
        state = [*variables, *(v for v in self._changing_variables() if id(v) not in own)]
        self._change_if(due, state, lambda: self._update([total / steps for total in totals], variables))
        for variable, total in zip(sums, totals, strict=True):
            variable.assign(ops.where(due, ops.zeros_like(total), total))

    def _changing_variables(self) -> list[Any]:
        """The optimizer's variables that steps change: all but the learning rate."""
        rates = {id(self._learning_rate), *(id(inner._learning_rate) for inner in self.inner_optimizers)}
        return [v for v in self.variables if id(v) not in rates]

    @staticmethod
    def _change_if(condition: Any, variables: Sequence[Any], change: Callable[[], None]) -> None:
        """Make a change to variables only under a condition.

        The change is computed in any case and kept or dropped by `where`, so that one program serves both.
        """
        before = [ops.copy(v.value) for v in variables]
        change()
        for variable, old in zip(variables, before, strict=True):
            variable.assign(ops.where(condition, variable.value, old))

    def _once(self, key: Any, compute: Callable[[], Any]) -> Any:
        """Compute a scalar that all variables of one `apply` share."""
        if self._shared is None:
            return compute()
        if key not in self._shared:
            self._shared[key] = compute()
        return self._shared[key]

    def _scalar(self, learning_rate: Any, dtype: str) -> Any:
        """The learning rate in a variable's dtype, one tensor for all variables."""
        return self._once(("learning_rate", dtype), lambda: ops.cast(learning_rate, dtype))

    def _local_step(self, dtype: str) -> Any:
        """The number of this update, counted from 1, one tensor for all variables."""
        return self._once(("step", dtype), lambda: ops.cast(self.iterations + 1, dtype))

    # Weight decay

    def exclude_from_weight_decay(
        self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Spare variables from weight decay; only before the optimizer is built.

        Args:
            var_list: Variables.
            var_names: Regular expressions; a variable whose name contains a match is spared.

        Raises:
            ValueError: The optimizer is built already.
        """
        if self.built:
            raise ValueError(
                "`exclude_from_weight_decay()` can only be configured before the optimizer is "
                "built. Call it before training."
            )
        self._not_decayed = list(var_list or ())
        names = list(var_names or ())
        self._not_decayed_names = re.compile("|".join(names)) if names else None

    def _weight_decay_of(self, variable: Any) -> float:
        """The weight decay of one variable, 0 where there is none."""
        names, decay = self._not_decayed_names, self._decay_for(variable)
        if not decay or any(variable is v for v in self._not_decayed):
            return 0.0
        if names is not None and names.search(variable.name):
            return 0.0
        return float(decay)

    def _decay_for(self, variable: Any) -> float | None:
        """The weight decay of one variable, unless it is spared."""
        del variable
        return self.weight_decay

    def _decays_in_step(self) -> bool:
        return bool(getattr(type(self).update_step, "decays_weights", False))

    def _step_weight_decay(self, variable: Any) -> float:
        """The weight decay that an `update_step` marked with `decays_weights` applies itself.

        It is 0 when a subclass overrides such an `update_step` and calls it: then the decay has
        been applied before.
        """
        return self._weight_decay_of(variable) if self._decays_in_step() else 0.0

    # Moving averages

    def _update_averages(self) -> None:
        started = ops.not_equal(self.iterations, 0)
        for variable, average in zip(self._trainable_variables, self._averages, strict=True):
            momentum = ops.cast(started, variable.dtype) * self.ema_momentum
            average.assign(momentum * average + (1.0 - momentum) * variable)
        if self.ema_overwrite_frequency:
            due = ops.equal(ops.mod(self.iterations + 1, self.ema_overwrite_frequency), 0)
            for variable, average in zip(self._trainable_variables, self._averages, strict=True):
                variable.assign(ops.where(due, average.value, variable.value))

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Replace variables by their moving averages, if there are any; for the end of training.

        Args:
            var_list: The variables that the optimizer was built with.

        Raises:
            ValueError: The lists differ in length.
        """
        if not self.use_ema or not self.built:
            return
        if len(var_list) != len(self._averages):
            raise ValueError(
                f"The optimizer keeps averages of {len(self._averages)} variables. Received: {len(var_list)} variables."
            )
        for variable, average in zip(var_list, self._averages, strict=True):
            variable.assign(average.value)

    # Configuration

    def scale_loss(self, loss: Any) -> Any:
        """Return a loss times `loss_scale_factor`; gradients are to be taken of this."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            from nncore.optimizers import schedules

            rate = schedules.serialize(rate)
        elif self._rate_is_variable():
            rate = float(rate.numpy())
        else:
            from nncore.registry import serialize_function

            rate = serialize_function(rate)
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Optimizer:
        """Make an optimizer from what `get_config` returned.

        Args:
            config: The arguments.
            custom_objects: Your own schedules and functions by name.
        """
        arguments = dict(config)
        if isinstance(arguments.get("learning_rate"), Mapping):
            from nncore.optimizers import schedules

            arguments["learning_rate"] = schedules.deserialize(arguments["learning_rate"], custom_objects)
        return cls(**arguments)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _check_rate(rate: Any) -> float:
    """The learning rate as a number."""
    if isinstance(rate, (bool, str, bytes, type(None))) or np.ndim(rate) != 0:
        raise ValueError(
            "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, "
            "or a function without arguments that returns the rate. "
            f"Received: learning_rate={rate!r}."
        )
    return float(rate)


def _constant(value: float) -> Any:
    from nncore.initializers import Constant

    return Constant(value)

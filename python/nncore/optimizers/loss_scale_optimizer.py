"""Dynamic loss scaling around another optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.optimizer import Optimizer

# What belongs on the inner optimizer; older configurations have the defaults.
_NOT_HERE = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class LossScaleOptimizer(Optimizer):
    """Multiplies the loss by a factor that it finds itself, so that small gradients don't vanish.

    The gradients are divided by the factor. Where one of them is not finite, the step is left out and
    the factor is halved; after so many steps without that it is doubled.

    Args:
        inner_optimizer: The optimizer that makes the steps.
        initial_scale: The first factor.
        dynamic_growth_steps: Number of finite steps after which the factor is doubled.
        name: Name of the optimizer.
        **kwargs: Older configurations have arguments of `Optimizer` here; only their defaults are
            accepted.

    Raises:
        ValueError: An argument belongs on the inner optimizer, or is not known.
        TypeError: `inner_optimizer` is no optimizer.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([1.0, 2.0])
    >>> optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(0.5), initial_scale=4.0)
    >>> optimizer.apply([[4.0, float("inf")]], [w])
    >>> optimizer.apply([[4.0, 4.0]], [w])
    >>> w.numpy().tolist(), float(optimizer.dynamic_scale.numpy())
    ([0.0, 1.0], 2.0)
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer no longer supports `dynamic=False`. Set `loss_scale_factor` on the "
                "`inner_optimizer` instead."
            )
        for argument, default in _NOT_HERE.items():
            if kwargs.pop(argument, default) != default:
                raise ValueError(
                    f"LossScaleOptimizer does not support `{argument}`. Instead, set `{argument}` on the "
                    "`inner_optimizer`."
                )
        if kwargs:
            raise ValueError(f"LossScaleOptimizer does not support arguments: `{'`, `'.join(kwargs)}`.")
        if not isinstance(inner_optimizer, Optimizer):
            raise TypeError(f"`inner_optimizer` must be an Optimizer. Received: inner_optimizer={inner_optimizer!r}.")
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        # Otherwise gradients would be divided twice.
        inner_optimizer.loss_scale_factor = None

    def build(self, variables: Sequence[Any]) -> None:
        """Make the factor, and the inner optimizer's state."""
        if self.built:
            return
        from nncore.initializers import Constant

        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable((), Constant(self.initial_scale), dtype="float32", name="dynamic_scale")
        self.inner_optimizer.build(variables)
        super().build(variables)

    @property
    def inner_optimizers(self) -> list[Optimizer]:
        """The optimizer inside, in a list."""
        return [self.inner_optimizer]

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's learning rate; it may be set."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def iterations(self) -> Any:
        """Number of updates that the inner optimizer has made."""
        return self.inner_optimizer.iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """Divide gradients by the factor and change variables by them, if all are finite.

        Args:
            grads: Gradients of the scaled loss, one per variable; `None` leaves its variable as it is.
            trainable_variables: The variables; by default those that `build` was given.

        Raises:
            ValueError: Gradients and variables do not fit each other.
        """
        grads = list(grads)
        if not grads:
            return
        grads, updated = self._pair(grads, trainable_variables)
        finite = ops.all(ops.isfinite(grads[0]))
        for gradient in grads[1:]:
            finite = ops.logical_and(finite, ops.all(ops.isfinite(gradient)))
        scale = self.dynamic_scale.value
        unscaled = [g / ops.cast(scale, g.dtype) for g in grads]
        inner = self.inner_optimizer
        state = [*updated, *inner._changing_variables()]
        self._change_if(finite, state, lambda: inner.apply(unscaled, updated))
        grown = ops.equal(self.step_counter, self.dynamic_growth_steps - 1)
        counted = ops.where(grown, 0, self.step_counter + 1)
        self.step_counter.assign(ops.where(finite, counted, 0))
        doubled = ops.multiply(scale, 2.0)
        # An infinite factor could never shrink again.
        risen = ops.where(ops.logical_and(grown, ops.isfinite(doubled)), doubled, scale)
        self.dynamic_scale.assign(ops.where(finite, risen, ops.multiply(scale, 0.5)))

    def scale_loss(self, loss: Any) -> Any:
        """Return a loss times the factor; gradients are to be taken of this."""
        if not self.built:
            return loss * self.initial_scale
        return loss * ops.cast(self.dynamic_scale, ops.convert_to_tensor(loss).dtype)

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Do what the inner optimizer does at the end of training.

        Args:
            var_list: The variables that the optimizer was built with.
        """
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        from nncore.serialization import serialize_keras_object

        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> LossScaleOptimizer:
        """Make an optimizer from what `get_config` returned.

        Args:
            config: The arguments.
            custom_objects: Your own classes and functions by name.
        """
        from nncore.serialization import deserialize_keras_object

        inner = deserialize_keras_object(config["inner_optimizer"], custom_objects)
        return cls(inner, **{key: value for key, value in config.items() if key != "inner_optimizer"})

"""Nadam: Adam that looks ahead along its mean of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer, decays_weights


class Nadam(Optimizer):
    """Adam with Nesterov's look ahead.

    The share of the mean of gradients in step t is `beta_1 * (1 - 0.5 * 0.96 ** t)`; the
    product of these shares corrects for a mean that began at zero.

    Args:
        learning_rate: See `Optimizer`.
        beta_1: Share of the mean of gradients kept per step.
        beta_2: Share of the mean of squared gradients kept per step.
        epsilon: Added to the divisor.
        weight_decay: See `Optimizer`.
        clipnorm: See `Optimizer`.
        clipvalue: See `Optimizer`.
        global_clipnorm: See `Optimizer`.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        loss_scale_factor: See `Optimizer`.
        gradient_accumulation_steps: See `Optimizer`.
        name: See `Optimizer`.
        **kwargs: `lr` and `decay`, see `Optimizer`.

    Raises:
        ValueError: `beta_1` or `beta_2` is out of range.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([1.0, 2.0])
    >>> optimizers.Nadam(learning_rate=0.1).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.894 2.106]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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
        beta_1 = check_share("beta_1", beta_1)
        beta_2 = check_share("beta_2", beta_2)
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables: Sequence[Any]) -> None:
        """Make both running means of each variable, and the product of shares."""
        if self.built:
            return
        from nncore import config

        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        dtype = variables[0].dtype if len(variables) else config.floatx()
        self._u_product = self.add_variable((), "ones", dtype=dtype, name="u_product")

    def before_update_steps(self) -> None:
        """Multiply this step's share into the product."""
        share = self._share(self._local_step(self._u_product.dtype))
        self._u_product.assign(self._u_product * share)

    def _share(self, step: Any) -> Any:
        return self.beta_1 * (1.0 - 0.5 * ops.power(ops.cast(0.96, step.dtype), step))

    def _factors(self, learning_rate: Any, dtype: str) -> tuple[Any, Any, Any]:
        """Factors of the mean, the gradient and the mean of squares; for all variables."""
        step = self._local_step(dtype)
        rate = self._scalar(learning_rate, dtype)
        now, ahead = self._share(step), self._share(step + 1.0)
        product = ops.cast(self._u_product, dtype)
        power = ops.power(ops.cast(self.beta_2, dtype), step)
        return (
            rate * ahead / (1.0 - product * ahead),
            rate * (1.0 - now) / (1.0 - product),
            1.0 / (1.0 - power),
        )

    @decays_weights
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        rate = self._scalar(learning_rate, dtype)
        slots = self._momentums[index], self._velocities[index]
        updated = ops.nadam_step(
            variable,
            gradient,
            *slots,
            rate,
            *self._once(("factors", dtype), lambda: self._factors(learning_rate, dtype)),
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            weight_decay=self._step_weight_decay(variable),
        )
        self._assign_all([variable, *slots], updated)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }

"""Adamax: Adam with the largest gradient in place of the mean square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer, decays_weights


class Adamax(Optimizer):
    """Steps along a running mean of gradients, divided by a fading maximum of their size.

    `m += (g - m) * (1 - beta_1)`, `u = max(beta_2 * u, |g|)` and
    `w -= learning_rate * m / ((1 - beta_1 ** t) * (u + epsilon))` in step t.

    Args:
        learning_rate: See `Optimizer`.
        beta_1: Share of the mean of gradients kept per step.
        beta_2: Share of the maximum kept per step.
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
    >>> optimizers.Adamax(learning_rate=0.1).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.9 2.1]
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
        """Make the running mean and the maximum of each variable."""
        if self.built:
            return
        super().build(variables)
        self._m, self._u = self.add_optimizer_variables(variables, ["momentum", "norm"])

    @decays_weights
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        rate = self._scalar(learning_rate, dtype)
        slots = self._m[index], self._u[index]
        updated = ops.adamax_step(
            variable,
            gradient,
            *slots,
            rate,
            self._once(("alpha", dtype), lambda: self._alpha(learning_rate, dtype)),
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            weight_decay=self._step_weight_decay(variable),
        )
        self._assign_all([variable, *slots], updated)

    def _alpha(self, learning_rate: Any, dtype: str) -> Any:
        """The learning rate with the correction for a running mean that began at zero."""
        power = ops.power(ops.cast(self.beta_1, dtype), self._local_step(dtype))
        return self._scalar(learning_rate, dtype) / (1.0 - power)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }

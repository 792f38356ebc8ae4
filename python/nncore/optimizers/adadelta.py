"""Adadelta: steps as large as recent steps were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer, decays_weights


class Adadelta(Optimizer):
    """Divide by the size of recent gradients and multiply by the size of recent steps.

    `a = rho * a + (1 - rho) * g ** 2`, `d = -g * sqrt(s + epsilon) / sqrt(a + epsilon)`,
    `s = rho * s + (1 - rho) * d ** 2` and `w += learning_rate * d`.

    Args:
        learning_rate: See `Optimizer`.
        rho: Share of both running means kept per step.
        epsilon: Added to both means.
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
        ValueError: `rho` is out of range.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([1.0, 2.0])
    >>> optimizers.Adadelta(learning_rate=100.0).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.859 2.141]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
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
        rho = check_share("rho", rho)
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
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables: Sequence[Any]) -> None:
        """Make both running means of each variable."""
        if self.built:
            return
        super().build(variables)
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(
            variables, ["accumulated_grad", "accumulated_delta_var"]
        )

    @decays_weights
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index = self._get_variable_index(variable)
        rate = self._scalar(learning_rate, variable.dtype)
        slots = self._accumulated_grads[index], self._accumulated_delta_vars[index]
        updated = ops.adadelta_step(
            variable,
            gradient,
            *slots,
            rate,
            rho=self.rho,
            epsilon=self.epsilon,
            weight_decay=self._step_weight_decay(variable),
        )
        self._assign_all([variable, *slots], updated)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}

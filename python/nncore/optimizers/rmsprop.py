"""RMSprop: steps divided by a running mean of the gradient's size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer, decays_weights


class RMSprop(Optimizer):
    """Divide each step by the root of a running mean of squared gradients.

    `v = rho * v + (1 - rho) * g ** 2` and `w -= learning_rate * g / sqrt(v + epsilon)`.

    Args:
        learning_rate: See `Optimizer`.
        rho: Share of the running mean kept per step.
        momentum: Share of the last step added to the next.
        epsilon: Added to the mean of squares.
        centered: Whether to subtract the squared running mean of the gradients, which makes
            the divisor their standard deviation.
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
        ValueError: `rho` or `momentum` is out of range.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([1.0, 2.0])
    >>> optimizers.RMSprop(learning_rate=0.1).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.684 2.316]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        momentum = check_share("momentum", momentum)
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
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, variables: Sequence[Any]) -> None:
        """Make the running means, and with momentum the last step, of each variable."""
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        self._momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum > 0 else []
        self._average_gradients = self.add_optimizer_variables(variables, "average_gradient") if self.centered else []

    @decays_weights
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index = self._get_variable_index(variable)
        velocity = self._velocities[index]
        average = self._average_gradients[index] if self.centered else None
        momentum = self._momentums[index] if self.momentum > 0 else None
        updated = ops.rmsprop_step(
            variable,
            gradient,
            velocity,
            self._scalar(learning_rate, variable.dtype),
            average=average,
            momentum_slot=momentum,
            rho=self.rho,
            momentum=self.momentum,
            epsilon=self.epsilon,
            weight_decay=self._step_weight_decay(variable),
        )
        kept = [slot for slot in (velocity, average, momentum) if slot is not None]
        self._assign_all([variable, *kept], updated)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }

"""Stochastic gradient descent, with momentum if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer, decays_weights


class SGD(Optimizer):
    """Gradient descent, optionally with momentum.

    Without momentum `w -= learning_rate * g`. With it a velocity is kept:
    `v = momentum * v - learning_rate * g` and `w += v`, or for Nesterov's
    `w += momentum * v - learning_rate * g`.

    Args:
        learning_rate: See `Optimizer`.
        momentum: Share of the velocity kept per step, in [0, 1].
        nesterov: Whether to look ahead along the velocity.
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
        ValueError: `momentum` is out of range.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([1.0, 2.0])
    >>> optimizers.SGD(learning_rate=0.1).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.9 2.1]
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables: Sequence[Any]) -> None:
        """Make a velocity for each variable, if there is momentum."""
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    @decays_weights
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        rate = self._scalar(learning_rate, variable.dtype)
        decay = self._step_weight_decay(variable)
        if not self.momentum:
            variable.assign(ops.sgd_step(variable, gradient, rate, weight_decay=decay))
            return
        velocity = self.momentums[self._get_variable_index(variable)]
        updated = ops.momentum_step(
            variable,
            gradient,
            velocity,
            rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=decay,
        )
        self._assign_all([variable, velocity], updated)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}

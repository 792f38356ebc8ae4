"""Adam and AdamW: running means of gradients and of their squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer, decays_weights


class Adam(Optimizer):
    """Steps along a running mean of gradients, divided by the root of one of their squares.

    Both means are corrected for having started at zero.

    Args:
        learning_rate: See `Optimizer`.
        beta_1: Share of the mean of gradients kept per step.
        beta_2: Share of the mean of squared gradients kept per step.
        epsilon: Added to the divisor.
        amsgrad: Whether to divide by the largest mean of squares so far.
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
    >>> optimizers.Adam(learning_rate=0.1).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.9 2.1]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.amsgrad = amsgrad

    def build(self, variables: Sequence[Any]) -> None:
        """Make both running means of each variable."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat") if self.amsgrad else []

    @decays_weights
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index = self._get_variable_index(variable)
        mean, velocity = self._momentums[index], self._velocities[index]
        largest = self._velocity_hats[index] if self.amsgrad else None
        rate = self._scalar(learning_rate, variable.dtype)
        updated = ops.adam_step(
            variable,
            gradient,
            mean,
            velocity,
            rate,
            self._once(("alpha", variable.dtype), lambda: self._alpha(rate, variable.dtype)),
            vhat=largest,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            weight_decay=self._step_weight_decay(variable),
        )
        kept = [slot for slot in (mean, velocity, largest) if slot is not None]
        self._assign_all([variable, *kept], updated)

    def _alpha(self, rate: Any, dtype: str) -> Any:
        """The learning rate with the correction for running means that began at zero."""
        step = self._local_step(dtype)
        beta_1_power = ops.power(ops.cast(self.beta_1, dtype), step)
        beta_2_power = ops.power(ops.cast(self.beta_2, dtype), step)
        return rate * ops.sqrt(1.0 - beta_2_power) / (1.0 - beta_1_power)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }


class AdamW(Adam):
    """Adam with weight decay apart from the gradients.

    Args:
        learning_rate: See `Optimizer`.
        weight_decay: Share of each variable, times the learning rate, that is taken away per
            step.
        beta_1: Share of the mean of gradients kept per step.
        beta_2: Share of the mean of squared gradients kept per step.
        epsilon: Added to the divisor.
        amsgrad: Whether to divide by the largest mean of squares so far.
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
        ValueError: `weight_decay` is `None`, or another argument is out of range.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([1.0, 2.0])
    >>> optimizers.AdamW(learning_rate=0.1, weight_decay=0.5).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.85 2.  ]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None.")
        super().__init__(
            learning_rate=learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
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

"""Schedule-free AdamW: an average of all steps in place of a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no schedule for its learning rate, nor a time at which training is to end.

    Two sequences are kept: one that takes Adam's steps, and the average of it. In training the
    variables lie between the two, `beta_1` of the way to the average.

    Args:
        learning_rate: See `Optimizer`.
        beta_1: Where the variables lie between the steps (0) and their average (1); above 0.
        beta_2: Share of the mean of squared gradients kept per step.
        epsilon: Added to the divisor.
        warmup_steps: Number of steps over which the learning rate rises from 0.
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
        ValueError: `beta_1`, `beta_2` or `warmup_steps` is out of range.

    Reference:
        Defazio et al., "The Road Less Scheduled", 2024, arXiv:2405.15682.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([1.0, 2.0])
    >>> optimizers.ScheduleFreeAdamW(learning_rate=0.1).apply([[1.0, -1.0]], [w])
    >>> print(w.numpy().round(3))
    [0.9 2.1]
    """

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
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
        beta_1, beta_2 = check_share("beta_1", beta_1), check_share("beta_2", beta_2)
        if beta_1 == 0:
            raise ValueError(
                "`beta_1` must be above 0: the average is found from where the variables lie. Received: 0."
            )
        if isinstance(warmup_steps, bool) or not isinstance(warmup_steps, int) or warmup_steps < 0:
            raise ValueError(f"`warmup_steps` must be an integer >= 0. Received: warmup_steps={warmup_steps!r}.")
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
        self.warmup_steps = warmup_steps

    def build(self, variables: Sequence[Any]) -> None:
        """Make each variable's sequence of steps, which begins where it is, and mean of squares."""
        if self.built:
            return
        super().build(variables)
        self._momentums: list[Any] = []
        self._velocities: list[Any] = []
        for variable in variables:
            start = _Copy(variable)
            self._momentums.append(self.add_variable_from_reference(variable, "momentum", start))
            self._velocities.append(self.add_variable_from_reference(variable, "velocity"))

    def _factors(self, learning_rate: Any, dtype: str) -> tuple[Any, Any, Any]:
        """Length of a step, what the young mean of squares must be divided by, and the share of this step."""
        step = self._local_step(dtype)
        rate = self._scalar(learning_rate, dtype)
        if self.warmup_steps:
            rate = rate * ops.minimum(step / self.warmup_steps, 1.0)
        return rate, 1.0 - ops.power(ops.cast(self.beta_2, dtype), step), 1.0 / step

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        steps, squares = self._momentums[index], self._velocities[index]
        rate, of_squares, share = self._once(("factors", dtype), lambda: self._factors(learning_rate, dtype))
        average = (variable.value - (1.0 - self.beta_1) * steps.value) / self.beta_1
        squares.assign_add((ops.square(gradient) - squares) * (1.0 - self.beta_2))
        steps.assign_sub(rate * gradient / (ops.sqrt(squares / of_squares) + self.epsilon))
        average = (1.0 - share) * average + share * steps.value
        variable.assign((1.0 - self.beta_1) * steps.value + self.beta_1 * average)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "warmup_steps": self.warmup_steps,
        }


class _Copy:
    """An initializer that gives a variable's values."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return np.array(self._variable.array, dtype=dtype)

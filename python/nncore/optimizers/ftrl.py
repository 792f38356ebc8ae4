"""Ftrl: follow the regularized leader, for sparse linear models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.optimizer import Optimizer, decays_weights


class Ftrl(Optimizer):
    """Follow the regularized leader: the weights that would have been best so far, drawn to zero.

    With `n' = n + g ** 2` and `s = (n' ** -p - n ** -p) / learning_rate`, where `p` is
    `learning_rate_power`: `z += g + 2 l2_shrinkage w - s w`, then
    `w = (clip(z, -l1, l1) - z) / (n' ** -p / learning_rate + 2 (l2 + beta / (2 learning_rate)))`.

    Args:
        learning_rate: See `Optimizer`.
        learning_rate_power: How the rate falls with the sum of squares, 0 or less; 0 keeps it.
        initial_accumulator_value: What the sum of squares begins with, 0 or more.
        l1_regularization_strength: Draws weights to exactly 0; 0 or more.
        l2_regularization_strength: Draws weights towards 0; 0 or more.
        l2_shrinkage_regularization_strength: A weight decay added to the gradient; 0 or more.
        beta: A number added to the root of the sum of squares.
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
        ValueError: An argument is out of range.

    Reference:
        McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([0.0, 0.0])
    >>> optimizers.Ftrl(learning_rate=1.0, initial_accumulator_value=0.0).apply([[1.0, -4.0]], [w])
    >>> print(w.numpy())
    [-1.  1.]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        if learning_rate_power > 0.0:
            raise ValueError(
                f"`learning_rate_power` must not be positive. Received: learning_rate_power={learning_rate_power}."
            )
        for argument, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"`{argument}` must not be negative. Received: {argument}={value}.")
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
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, variables: Sequence[Any]) -> None:
        """Make the sum of squares and the linear term of each variable."""
        if self.built:
            return
        from nncore.initializers import Constant

        super().build(variables)
        self._accumulators, self._linears = self.add_optimizer_variables(
            variables, ["accumulator", "linear"], initializer=[Constant(self.initial_accumulator_value), "zeros"]
        )

    @decays_weights
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index = self._get_variable_index(variable)
        rate = self._scalar(learning_rate, variable.dtype)
        slots = self._accumulators[index], self._linears[index]
        decay = self._step_weight_decay(variable)
        if self.learning_rate_power == -0.5:
            updated = ops.ftrl_step(
                variable,
                gradient,
                *slots,
                rate,
                l1=self.l1_regularization_strength,
                l2=self.l2_regularization_strength,
                l2_shrinkage=self.l2_shrinkage_regularization_strength,
                beta=self.beta,
                weight_decay=decay,
            )
        else:
            start = variable - variable * decay * rate if decay else variable.value
            updated = self._other_power(gradient, start, *slots, rate)
        self._assign_all([variable, *slots], updated)

    def _other_power(self, gradient: Any, value: Any, squares: Any, linear: Any, rate: Any) -> list[Any]:
        """The update with a power that is no square root, op by op."""
        power, strength = -self.learning_rate_power, self.l1_regularization_strength
        total = squares + ops.square(gradient)
        rise = ops.power(total, power)
        shrunk = gradient + (2.0 * self.l2_shrinkage_regularization_strength) * value
        linear = linear + (shrunk - (rise - ops.power(squares, power)) / rate * value)
        quadratic = rise / rate + (2.0 * self.l2_regularization_strength + self.beta / rate)
        return [(ops.clip(linear, -strength, strength) - linear) / quadratic, total, linear]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }

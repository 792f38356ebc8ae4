"""Adafactor: a mean of squares kept as a row and a column, for large matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.optimizer import Optimizer


class Adafactor(Optimizer):
    """Adaptive steps from a factored mean of squares, relative to the size of the weights.

    A matrix keeps means of its squared gradients per row and per column, whose product stands for
    the mean of each element. Steps are `max(epsilon_2, rms(w)) * min(learning_rate, 1 / sqrt(t))`
    long.

    Args:
        learning_rate: See `Optimizer`.
        beta_2_decay: Power of the step number by which the share of a new square falls.
        epsilon_1: Added to squared gradients.
        epsilon_2: Least size of the weights that steps are relative to.
        clip_threshold: Greatest root mean square of an update.
        relative_step: Kept for Keras's sake: the rate is bounded by `1 / sqrt(t)` either way.
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

    Reference:
        Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018,
        arXiv:1804.04235.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([[3.0, 4.0]])
    >>> optimizers.Adafactor(learning_rate=0.1).apply([[[1.0, -1.0]]], [w])
    >>> print(w.numpy().round(3))
    [[2.646 4.354]]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, variables: Sequence[Any]) -> None:
        """Make the means of rows and columns of each matrix, and the mean of squares of all."""
        if self.built:
            return
        super().build(variables)
        self._rows: list[Any] = []
        self._columns: list[Any] = []
        self._velocities: list[Any] = []
        for variable in variables:
            shape = tuple(variable.shape)
            matrix = len(shape) >= 2
            for means, part in ((self._rows, shape[:-1]), (self._columns, (*shape[:-2], *shape[-1:]))):
                # A vector has neither; a scalar takes the place, as in the files that Keras writes.
                means.append(self.add_variable(part if matrix else (), dtype=variable.dtype, name=variable.name))
            self._velocities.append(self.add_variable_from_reference(variable, name="velocity"))

    def _rms(self, values: Any) -> Any:
        return ops.sqrt(ops.mean(ops.square(values)))

    def _factors(self, learning_rate: Any, dtype: str) -> tuple[Any, Any]:
        """Length of a step and share of the squares kept; for all variables."""
        step = self._local_step(dtype)
        rate = ops.minimum(self._scalar(learning_rate, dtype), 1.0 / ops.sqrt(step))
        return rate, 1.0 - ops.power(step, self.beta_2_decay)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        row, column, squares = self._rows[index], self._columns[index], self._velocities[index]
        rate, kept = self._once(("factors", dtype), lambda: self._factors(learning_rate, dtype))
        new = ops.square(gradient) + self.epsilon_1
        if len(variable.shape) < 2:
            squares.assign(kept * squares + (1.0 - kept) * new)
        else:
            row.assign(kept * row + (1.0 - kept) * ops.mean(new, axis=-1))
            column.assign(kept * column + (1.0 - kept) * ops.mean(new, axis=-2))
            share = row / ops.mean(row.value, axis=-1, keepdims=True)
            squares.assign(ops.expand_dims(share, -1) * ops.expand_dims(column.value, -2))
        update = gradient / ops.sqrt(squares.value)
        update = update / ops.maximum(1.0, self._rms(update) / self.clip_threshold)
        length = ops.maximum(self.epsilon_2, self._rms(variable.value)) * rate
        variable.assign_sub(length * update)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }

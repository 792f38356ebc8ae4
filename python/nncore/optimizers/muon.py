"""Muon: steps along orthogonal matrices."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from nncore import ops
from nncore.optimizers.arguments import check_share
from nncore.optimizers.optimizer import Optimizer


class Muon(Optimizer):
    """Momentum whose steps are made orthogonal matrices, for the matrices of hidden layers; AdamW for the rest.

    AdamW serves all variables that are no matrices, embeddings, and what `exclude_layers` names;
    the output layer should be among these.

    Args:
        learning_rate: See `Optimizer`.
        adam_beta_1: AdamW's share of the mean of gradients kept per step.
        adam_beta_2: AdamW's share of the mean of squared gradients kept per step.
        adam_weight_decay: The weight decay of variables that AdamW serves; `None` for none.
        epsilon: Added to AdamW's divisor.
        weight_decay: The weight decay of the other variables; `None` for none.
        clipnorm: See `Optimizer`.
        clipvalue: See `Optimizer`.
        global_clipnorm: See `Optimizer`.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        loss_scale_factor: See `Optimizer`.
        gradient_accumulation_steps: See `Optimizer`.
        name: See `Optimizer`.
        exclude_layers: Regular expressions; AdamW serves variables whose path contains a match.
        exclude_embeddings: Whether AdamW serves variables with "embedding" in their path.
        muon_a: Factor of the matrix in each round of the iteration.
        muon_b: Factor of its third power.
        muon_c: Factor of its fifth power.
        adam_lr_ratio: AdamW's learning rate, as a multiple of `learning_rate`.
        momentum: Share of the momentum kept per step.
        ns_steps: Rounds of the iteration that makes a matrix nearly orthogonal.
        nesterov: Whether to look ahead along the momentum.
        rms_rate: With it, a matrix's step is multiplied by `rms_rate * sqrt(max(rows, columns))`,
            so that AdamW's rates and decays fit Muon; `None` for no factor.
        **kwargs: `lr` and `decay`, see `Optimizer`.

    Raises:
        ValueError: A share or `ns_steps` is out of range.

    Reference:
        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024;
        Liu et al., "Muon is Scalable for LLM Training", 2025, arXiv:2502.16982.

    Example:
    >>> import nncore
    >>> from nncore import optimizers
    >>> w = nncore.Variable([[1.0, 0.0], [0.0, 1.0]])
    >>> optimizers.Muon(learning_rate=0.1, rms_rate=None).apply([[[1.0, 0.0], [0.0, 0.1]]], [w])
    >>> bool(abs(w.numpy()[1, 1] - 1) > 0.05)
    True
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **kwargs: Any,
    ) -> None:
        adam_beta_1, adam_beta_2 = check_share("adam_beta_1", adam_beta_1), check_share("adam_beta_2", adam_beta_2)
        momentum = check_share("momentum", momentum)
        if isinstance(ns_steps, bool) or not isinstance(ns_steps, int) or ns_steps < 0:
            raise ValueError(f"`ns_steps` must be an integer >= 0. Received: ns_steps={ns_steps!r}.")
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
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or [])
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _takes_adam(self, variable: Any) -> bool:
        path = getattr(variable, "path", None) or variable.name
        if len(variable.shape) != 2 or (self.exclude_embeddings and "embedding" in path.lower()):
            return True
        return any(re.search(pattern, path) for pattern in self.exclude_layers)

    def build(self, variables: Sequence[Any]) -> None:
        """Make the momentum of each variable, and the mean of squares of those that AdamW serves."""
        if self.built:
            return
        super().build(variables)
        self._momentums: list[Any] = []
        self._velocities: list[Any] = []
        for variable in variables:
            self._momentums.append(self.add_variable_from_reference(variable, "momentum"))
            adam = self._takes_adam(variable)
            self._velocities.append(self.add_variable_from_reference(variable, "velocity") if adam else None)

    def _decay_for(self, variable: Any) -> float | None:
        return self.adam_weight_decay if self._takes_adam(variable) else self.weight_decay

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        mean, squares = self._momentums[index], self._velocities[index]
        rate = self._scalar(learning_rate, dtype)
        if squares is None:
            mean.assign(gradient + mean * self.momentum)
            ahead = gradient + self.momentum * mean.value if self.nesterov else mean.value
            length = 1.0 if self.rms_rate is None else math.sqrt(max(variable.shape)) * self.rms_rate
            variable.assign_sub(rate * length * self._orthogonal(ahead))
            return
        alpha = self._once(("alpha", dtype), lambda: self._alpha(rate, dtype))
        updated = ops.adam_step(
            variable,
            gradient,
            mean,
            squares,
            rate,
            alpha,
            beta_1=self.adam_beta_1,
            beta_2=self.adam_beta_2,
            epsilon=self.epsilon,
        )
        self._assign_all([variable, mean, squares], updated)

    def _alpha(self, rate: Any, dtype: str) -> Any:
        """AdamW's learning rate with the correction for running means that began at zero."""
        step = self._local_step(dtype)
        powers = (ops.power(ops.cast(beta, dtype), step) for beta in (self.adam_beta_1, self.adam_beta_2))
        first, second = (1.0 - power for power in powers)
        return rate * self.adam_lr_ratio * ops.sqrt(second) / first

    def _orthogonal(self, x: Any) -> Any:
        """A matrix with the same singular vectors and singular values near 1, by the iteration of Newton and Schulz."""
        tall = x.shape[0] > x.shape[1]
        x = ops.transpose(x) if tall else x
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            square = ops.matmul(x, ops.transpose(x))
            x = self.muon_a * x + ops.matmul(self.muon_b * square + self.muon_c * ops.matmul(square, square), x)
        return ops.transpose(x) if tall else x

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        own = (
            "adam_beta_1 adam_beta_2 adam_weight_decay epsilon exclude_layers exclude_embeddings muon_a muon_b muon_c "
            "adam_lr_ratio momentum ns_steps nesterov rms_rate"
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in own.split()}}

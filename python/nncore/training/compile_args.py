"""CompileState: everything that one call of `compile` decided."""

from __future__ import annotations

import warnings
from typing import Any

from nncore.training.compile_loss import CompileLoss
from nncore.training.compile_metrics import CompileMetrics
from nncore.training.steps import StepCache


class CompileState:
    """Optimizer, losses and metrics of a compiled model, and the steps compiled for them.

    Args:
        arguments: The arguments of `compile` by name.

    Raises:
        ValueError: For unknown names and impossible values; nothing has changed then.
    """

    def __init__(self, arguments: dict[str, Any]) -> None:
        # What the first `fit` needs is loaded here, so that its first step comes sooner.
        from nncore import graph, optimizers  # noqa: F401
        from nncore.metrics import Mean
        from nncore.training import fit  # noqa: F401

        self.arguments = arguments
        self.run_eagerly = _check_flag(arguments, "run_eagerly")
        self.jit_compile = _check_jit(arguments["jit_compile"], self.run_eagerly)
        _check_flag(arguments, "auto_scale_loss")
        self.steps_per_execution = _check_steps(arguments["steps_per_execution"])
        self.loss = arguments["loss"]
        self.compile_loss: CompileLoss | None = None
        if self.loss is not None:
            self.compile_loss = CompileLoss(self.loss, arguments["loss_weights"])
        elif arguments["loss_weights"] is not None:
            raise ValueError(
                f"`loss_weights` needs `loss`. Received: loss=None, loss_weights={arguments['loss_weights']!r}"
            )
        self.compile_metrics: CompileMetrics | None = None
        plain, weighted = arguments["metrics"], arguments["weighted_metrics"]
        if plain is not None or weighted is not None:
            self.compile_metrics = CompileMetrics(plain, weighted)
        self.optimizer = optimizers.get(arguments["optimizer"])
        self.loss_tracker = Mean(name="loss")
        self.steps = StepCache()

    def get_config(self) -> dict[str, Any]:
        """The arguments of `compile` as plain data."""
        from nncore.serialization import serialize_keras_object

        arguments = {**self.arguments, "optimizer": self.optimizer}
        del arguments["auto_scale_loss"]  # as in Keras: it changes nothing
        return {name: serialize_keras_object(value) for name, value in arguments.items()}

    def name_outputs(self, model: Any) -> None:
        """Tell losses and metrics the outputs' names, which a built model knows."""
        for part in (self.compile_loss, self.compile_metrics):
            if part is not None and not part.built:
                part.output_names = getattr(model, "output_names", None)

    def built_parts(self) -> tuple[bool, bool]:
        """Whether losses and metrics have met their first shapes."""
        loss, metrics = self.compile_loss, self.compile_metrics
        return (loss is None or loss.built, metrics is None or metrics.built)

    def unbuild(self, built: tuple[bool, bool]) -> None:
        """Go back to an earlier `built_parts`, after a first step could not be traced."""
        if self.compile_loss is not None and not built[0]:
            self.compile_loss.built = False
        if self.compile_metrics is not None and not built[1]:
            self.compile_metrics.built = False


def _check_flag(arguments: dict[str, Any], name: str) -> bool:
    value = arguments[name]
    if value not in (True, False, None):
        raise ValueError(f"`{name}` must be True or False. Received: {name}={value!r}")
    return bool(value)


def _check_jit(jit_compile: Any, run_eagerly: bool) -> bool:
    if jit_compile not in ("auto", True, False, None):
        raise ValueError(f"`jit_compile` must be 'auto', True or False. Received: jit_compile={jit_compile!r}")
    if run_eagerly and jit_compile is True:
        warnings.warn(
            "If `run_eagerly` is True, then `jit_compile` cannot also be True. Disabling `jit_compile`.",
            stacklevel=4,
        )
    return not run_eagerly and bool(jit_compile)


def _check_steps(steps: Any) -> int:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"`steps_per_execution` must be a positive integer. Received: steps_per_execution={steps!r}")
    return steps

"""Steps: one batch of training, testing or predicting, traced once per signature."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import tree

_STEP_METHODS = {
    "train": ("train_step", "compute_metrics", "get_metrics_result"),
    "test": ("test_step", "compute_metrics", "get_metrics_result"),
}


class StepCache:
    """The compiled steps of one model, by mode, signature, batch size and what is trainable."""

    def __init__(self) -> None:
        self._steps: dict[Any, ModelStep] = {}
        self._lock = threading.RLock()

    def get(self, model: Any, mode: str, signature: Any, batch: int, eager: bool) -> ModelStep:
        """Find the step, or trace and compile it.

        Args:
            model: The model.
            mode: `"train"`, `"test"` or `"predict"`.
            signature: `BatchSignature` of the data.
            batch: Samples per batch.
            eager: Run op by op instead of compiling.
        """
        key = (mode, signature.key, batch, eager, trainable_state(model))
        step = self._steps.get(key)
        if step is None:
            with self._lock:
                step = self._steps.get(key)
                if step is None:
                    step = ModelStep(model, mode, signature, batch, eager)
                    self._steps[key] = step
        return step

    def dump(self, kind: str = "program") -> str:
        """A readable listing of all steps compiled so far: `"program"` or `"graph"`."""
        return "\n\n".join(f"{step.mode}, batches of {step.batch}\n{step.dump(kind)}" for step in self._steps.values())

    def clear(self) -> None:
        """Forget all steps."""
        self._steps.clear()

    def __getstate__(self) -> dict[str, Any]:
        # Programs belong to this process; a copy or a pickled model compiles its own.
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._steps = {}
        self._lock = threading.RLock()


def trainable_state(model: Any) -> tuple[Any, ...]:
    """What a trace of the model depends on besides shapes: layers, weights, `trainable` flags."""
    flags = tuple((id(layer), layer.trainable) for layer in model._flatten_layers())
    return flags, tuple(map(id, model.trainable_variables))


def returns_logs(model: Any, mode: str) -> bool:
    """Tell whether the user's own step decides what the logs are.

    The library's own steps return nothing: their logs are read from the metrics' variables, so
    that no result is computed for a batch that nobody looks at.
    """
    from nncore.training.step_methods import StepMethods

    for name in _STEP_METHODS.get(mode, ()):
        own = getattr(StepMethods, name)
        if name in vars(model) or getattr(type(model), name, own) is not own:
            return True
    return False


def step_function(model: Any, mode: str) -> Callable[[Any], Any]:
    """The Python function of a batch that is traced."""
    if mode == "predict":
        return lambda data: model.predict_step(data)
    if returns_logs(model, mode):
        return lambda data: _checked_logs(getattr(model, f"{mode}_step")(data), mode)
    forward = model._train_pass if mode == "train" else model._test_pass

    def run(data: Any) -> tuple[()]:
        model._update_metrics(*forward(data))
        return ()

    return run


def _checked_logs(logs: Any, mode: str) -> dict[str, Any]:
    if not isinstance(logs, dict):
        raise ValueError(
            f"`{mode}_step` must return a dict of results by name. Received: {logs!r} of type "
            f"{type(logs).__name__}. End it with `return self.get_metrics_result()`."
        )
    flat: dict[str, Any] = {}
    for name, value in logs.items():
        flat.update(value if isinstance(value, dict) else {name: value})
    return {name: value for name, value in flat.items() if value is not None}


class ModelStep:
    """A step that runs many batches per call.

    Attributes:
        outputs: Structure of `ir.Spec` that one batch returns.
        batch: Samples per batch.
        limits: What fed values have to satisfy.
    """

    __slots__ = ("batch", "limits", "mode", "outputs", "run_steps", "runner")

    def __init__(self, model: Any, mode: str, signature: Any, batch: int, eager: bool) -> None:
        from nncore import graph

        function = step_function(model, mode)
        specs = signature.specs(batch)
        self.mode = mode
        self.batch = batch
        if eager:
            self.runner: Any = EagerRunner(function, specs, signature.dtypes)
            self.outputs: Any = None
            self.limits: Any = ()
        else:
            self.runner = graph.compile_step(function, (specs,), name=f"{model.name}/{mode}", per_row=mode == "predict")
            self.outputs = self.runner.outputs
            self.limits = self.runner.graph.limits
        self.run_steps = self.runner.run_steps

    def run(
        self,
        sources: list[Any],
        index: Any,
        first: int,
        count: int,
        dests: list[Any],
        budget: float,
    ) -> int:
        """Run up to `count` batches; return how many were done within the budget (seconds)."""
        done: int = self.run_steps(sources, index, first, count, self.batch, dests, budget)
        return done

    def dump(self, kind: str = "program") -> str:
        """A readable listing of what one batch executes: `"program"` or `"graph"`."""
        return str(self.runner.dump(kind))


class EagerRunner:
    """Runs the step's Python function op by op, so that prints and breakpoints see numbers.

    Args:
        function: The step's function of a batch.
        specs: Structure of specifications of the batch.
        dtypes: The dtype of each array of a batch.
    """

    def __init__(self, function: Callable[[Any], Any], specs: Any, dtypes: list[str]) -> None:
        self._function = function
        self._specs = specs
        self._dtypes = dtypes
        self.last: Any = None

    def run_steps(
        self,
        sources: list[Any],
        index: Any,
        first: int,
        n_steps: int,
        batch: int,
        dests: list[Any],
        budget: float,
    ) -> int:
        """As `graph.Step.run_steps`; the results of the last batch are left in `last`."""
        from nncore import graph

        end = time.perf_counter() + budget
        done = 0
        while done < n_steps:
            start = first + done * batch
            rows: Any = slice(start, start + batch)
            if index is not None:
                rows = index[rows]
            taken = [
                np.ascontiguousarray(source[rows]).astype(dtype, copy=False)
                for source, dtype in zip(sources, self._dtypes, strict=True)
            ]
            self.last = graph.run_eagerly(self._function, (self._pack(taken),))
            done += 1
            if time.perf_counter() >= end:
                break
        return done

    def _pack(self, arrays: list[Any]) -> Any:
        given = iter(arrays)
        leaves = [None if spec is None else next(given) for spec in tree.flatten(self._specs)]
        return tree.pack_sequence_as(self._specs, leaves)

    def dump(self, kind: str = "program") -> str:
        """There is no program to show."""
        return "run_eagerly=True: every operation runs from Python, nothing is compiled."

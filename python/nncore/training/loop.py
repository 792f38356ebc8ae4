"""Loops: one pass over the data, and the epochs of `fit`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from nncore.callbacks.callback_list import CallbackList
from nncore.ir.limits import check_limits
from nncore.random import permutation
from nncore.training.checks import check_labels, should_validate
from nncore.training.collect import Logs, Predictions
from nncore.training.data_adapter import ArrayData, Data
from nncore.training.data_adapter.arrays import Segment, warn_ran_out
from nncore.training.data_adapter.signature import BatchSignature
from nncore.training.logs import LazyLogs
from nncore.training.prepare import batch_signature, find_step
from nncore.training.steps import ModelStep
from nncore.training.unpack import unpack_x_y_sample_weight

# How long a program may run before it returns to Python for Ctrl-C and progress, in seconds.
BUDGET = 0.05
_STOP_FLAGS = {"train": "stop_training", "test": "stop_evaluating", "predict": "stop_predicting"}


class Pass:
    """One pass over data: an epoch of training, an evaluation or a prediction.

    Args:
        model: The model.
        mode: `"train"`, `"test"` or `"predict"`.
        data: The data.
        steps: Batches per epoch when limited.
        signature: What `prepare` returned for the data.
        callbacks: Who is told.
        results: Where the step's results go.
    """

    def __init__(
        self,
        model: Any,
        mode: str,
        data: Data,
        steps: int | None,
        signature: BatchSignature,
        callbacks: CallbackList,
        results: Logs | Predictions,
    ) -> None:
        self.model = model
        self.mode = mode
        self.data = data
        self.steps = steps
        self.signature = signature
        self.callbacks = callbacks
        self.results = results
        self._flag = _STOP_FLAGS[mode]
        self._begin = callbacks.batch_hooks(mode, "begin")
        self._end = callbacks.batch_hooks(mode, "end")
        self._steps: dict[Any, ModelStep] = {}

    def run(self, resume: Resume | None = None) -> tuple[int, int]:
        """Run the pass.

        Args:
            resume: Where in the pass to go on. Defaults to its beginning.

        Returns:
            The number of batches and of samples that were run.
        """
        watched = self._begin or self._end
        run_segment = self._run_watched if watched else self._run_alone
        seen = rows = 0
        # Closed also after an error: workers that read ahead stop.
        with closing(self._segments()) as segments:
            for segment in segments:
                if resume is not None:
                    if seen == 0:
                        resume.go_on()  # the order of the samples has been drawn by now
                    passed = min(resume.batches - seen, segment.count)
                    segment.first += passed * segment.batch
                    segment.count -= passed
                    seen += passed
                    rows += passed * segment.batch
                    resume = resume if seen < resume.batches else None
                    if segment.count == 0:
                        continue
                done = self._run_segment(run_segment, segment, seen)
                seen += done
                rows += done * segment.batch
                if getattr(self.model, self._flag):
                    break
        self.callbacks.count_steps(self.mode, seen)
        return seen, rows

    def _run_segment(self, run: Callable[..., int], segment: Segment, seen: int) -> int:
        """Run a stretch; returns how many of its batches were run."""
        step = self._find(segment)
        if step.limits and not isinstance(self.data, ArrayData):
            check_limits(step.limits, segment.sources)
        return run(step, segment, self.results.destinations(step, segment), seen)

    def _find(self, segment: Segment) -> ModelStep:
        """The step of a stretch, looked up once per pass: nothing is frozen in mid-epoch."""
        key = (segment.signature.key, segment.batch)
        step = self._steps.get(key)
        if step is None:
            step = find_step(self.model, self.mode, segment.signature, segment.batch)
            self._steps[key] = step
        return step

    def only_step(self) -> ModelStep | None:
        """The step of the pass, if it took only one."""
        return next(iter(self._steps.values())) if len(self._steps) == 1 else None

    def _segments(self) -> Generator[Segment, None, None]:
        if isinstance(self.data, ArrayData):
            yield from self.data.segments(self.signature, self.steps, permutation)
            return
        with closing(self.data.batches(self.steps, permutation)) as batches:
            for batch in batches:
                signature = batch_signature(self.model, batch)
                if self.mode != "predict":
                    state = self.model._compile_state
                    check_labels(state.compile_loss, unpack_x_y_sample_weight(batch)[1])
                yield self.data.segment(signature, batch)

    def _run_alone(self, step: ModelStep, segment: Segment, dests: list[Any], seen: int) -> int:
        """Run a stretch with no return to Python except for Ctrl-C and progress."""
        bar = self.callbacks.progress(self.mode)
        most = segment.count
        # An eager step keeps only its last results, so predictions are fetched one by one. And
        # a callback that stopped the run before its first batch gets no more than that batch.
        if getattr(self.model, self._flag) or (step.outputs is None and self.mode == "predict"):
            most = 1
        done = 0
        while done < segment.count:
            first = segment.first + done * segment.batch
            count = min(most, segment.count - done)
            ran = step.run(segment.sources, segment.index, first, count, dests, BUDGET)
            done += ran
            self.results.done(first, ran * segment.batch)
            if bar is not None:
                bar.tick(seen + done, self._progress_logs)
            if getattr(self.model, self._flag):
                break
        return done

    def _run_watched(self, step: ModelStep, segment: Segment, dests: list[Any], seen: int) -> int:
        """Run a stretch batch by batch, because a callback wants to know."""
        model, flag, results = self.model, self._flag, self.results
        begin, end = self._begin, self._end
        bar = self.callbacks.progress(self.mode)
        sources, index, batch = segment.sources, segment.index, segment.batch
        state = model._compile_state
        per_call = state.steps_per_execution if state is not None else 1
        done = 0
        while done < segment.count:
            count = min(per_call, segment.count - done)
            first = segment.first + done * batch
            for hook in begin:
                hook(seen + done, {})
            ran = step.run(sources, index, first, count, dests, BUDGET)
            while ran < count:
                ran += step.run(sources, index, first + ran * batch, count - ran, dests, BUDGET)
            done += count
            results.done(first, count * batch)
            if end:
                logs = LazyLogs(results.read)
                for hook in end:
                    hook(seen + done - 1, logs)
                logs.fill_if_kept()
            if bar is not None:
                bar.tick(seen + done, self._progress_logs)
            if getattr(model, flag):
                break
        return done

    def _progress_logs(self) -> dict[str, Any]:
        return {} if self.mode == "predict" else self.results.read()


class Resume:
    """Where an interrupted `fit` goes on, in the middle of an epoch or at its beginning.

    Args:
        epoch: The epoch.
        batches: Batches of it that have been run.
        go_on: Function that puts the state after these batches back; called when the epoch's order has been drawn.
    """

    __slots__ = ("batches", "epoch", "go_on")

    def __init__(self, epoch: int, batches: int, go_on: Callable[[], None]) -> None:
        self.epoch = epoch
        self.batches = batches
        self.go_on = go_on


class FitPlan:
    """What `fit` was asked to do, checked and prepared."""

    __slots__ = (
        "epochs",
        "initial_epoch",
        "signature",
        "steps",
        "train",
        "validation",
        "validation_freq",
        "validation_signature",
        "validation_steps",
    )

    train: Data
    signature: BatchSignature
    steps: int | None
    validation: Data | None
    validation_signature: BatchSignature | None
    validation_steps: int | None
    validation_freq: Any
    epochs: int
    initial_epoch: int


def run_epochs(model: Any, plan: FitPlan, callbacks: CallbackList) -> None:
    """Train for the planned epochs, telling the callbacks."""
    logs: dict[str, Any] = {}
    results = Logs(model)
    model.stop_training = False
    callbacks.on_train_begin()
    # A callback that restores an interrupted run says where to go on; once.
    resume: Resume | None = model.__dict__.pop("_resume", None)
    first = plan.initial_epoch if resume is None else resume.epoch
    for epoch in range(first, plan.epochs):
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        train = Pass(model, "train", plan.train, plan.steps, plan.signature, callbacks, results)
        seen, _ = train.run(resume if resume is not None and resume.batches else None)
        resume = None
        if seen == 0:  # a generator that is used up
            if plan.steps is None:
                warn_ran_out(1, 0)
            break
        logs = results.read_epoch()
        if plan.validation is not None and should_validate(epoch, plan.validation_freq):
            assert plan.validation_signature is not None
            found = run_test(
                model,
                plan.validation,
                plan.validation_steps,
                plan.validation_signature,
                callbacks,
            )
            logs.update((f"val_{name}", value) for name, value in found.items())
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    finalize = getattr(model.optimizer, "finalize_variable_values", None)
    if finalize is not None and plan.epochs > first:
        finalize(model.trainable_variables)
    callbacks.on_train_end(logs)


def run_test(
    model: Any,
    data: Data,
    steps: int | None,
    signature: BatchSignature,
    callbacks: CallbackList,
) -> dict[str, Any]:
    """Evaluate once, telling the callbacks; returns the results by name."""
    data.rewind()
    model.stop_evaluating = False
    callbacks.on_test_begin()
    model.reset_metrics()
    results = Logs(model)
    seen, _ = Pass(model, "test", data, steps, signature, callbacks, results).run()
    if seen == 0 and steps is None:
        warn_ran_out(1, 0)
    logs = results.read_epoch() if seen else {}
    callbacks.on_test_end(logs)
    return logs

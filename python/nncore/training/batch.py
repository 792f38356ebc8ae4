"""Single batches: `train_on_batch`, `test_on_batch`, `predict_on_batch`."""

from __future__ import annotations

from typing import Any

from nncore import revision
from nncore.training.collect import Logs, Predictions
from nncore.training.data_adapter import ArrayData
from nncore.training.evaluate import flatten_results, keep_ready
from nncore.training.prepare import find_step, prepare


def _whole(x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None) -> ArrayData:
    """The arrays as one batch."""
    return ArrayData(x, y, sample_weight, steps=1, class_weight=class_weight)


def _run(model: Any, mode: str, data: ArrayData, results: Any) -> Any:
    """Run one batch; returns its step."""
    signature = prepare(model, mode, data, 1)
    for segment in data.segments(signature, None):
        step = find_step(model, mode, signature, segment.batch)
        dests = results.destinations(step, segment)
        if mode != "predict":
            model.reset_metrics()  # as late as this, so that a batch that does not fit leaves them alone
        step.run(segment.sources, None, 0, 1, dests, 0.0)
        results.done(0, segment.batch)
    return step


def run_batch(
    model: Any,
    mode: str,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Any,
    return_dict: bool,
) -> Any:
    """Train or test on one batch; see `Trainer.train_on_batch`."""
    results = Logs(model)
    _run(model, mode, _whole(x, y, sample_weight, class_weight), results)
    logs = results.read_epoch()
    return logs if return_dict else flatten_results(model, logs)


def predict_batch(model: Any, x: Any) -> Any:
    """Compute the outputs of one batch; see `Trainer.predict_on_batch`."""
    number = revision.current
    data = _whole(x)
    results = Predictions(data.samples)
    step = _run(model, "predict", data, results)
    keep_ready(model, x, "batch", data, step, number)
    return results.result(data.samples)

"""`evaluate` and `predict`: one pass over the data without updates."""

from __future__ import annotations

from typing import Any

from nncore.callbacks.callback_list import CallbackList
from nncore.training.checks import check_count, check_verbose
from nncore.training.collect import Predictions
from nncore.training.data_adapter import ArrayData, make_data
from nncore.training.loop import Pass, run_test
from nncore.training.prepare import prepare


def evaluate(
    model: Any,
    x: Any,
    y: Any,
    batch_size: int | None,
    verbose: int | str,
    sample_weight: Any,
    steps: int | None,
    callbacks: Any,
) -> dict[str, Any]:
    """Compute loss and metrics by name; see `Trainer.evaluate`."""
    model._require_compiled("evaluate")
    check_count("batch_size", batch_size)
    check_count("steps", steps)
    check_verbose(verbose)
    data = make_data(x, y, sample_weight, batch_size=batch_size, steps=steps)
    signature = prepare(model, "test", data, steps)
    listeners = _listeners(model, callbacks, verbose, steps or data.num_batches)
    try:
        return run_test(model, data, steps, signature, listeners)
    finally:
        listeners.close()


def predict(
    model: Any,
    x: Any,
    batch_size: int | None,
    verbose: int | str,
    steps: int | None,
    callbacks: Any,
) -> Any:
    """Compute outputs; see `Trainer.predict`."""
    check_count("batch_size", batch_size)
    check_count("steps", steps)
    check_verbose(verbose)
    data = make_data(x, batch_size=batch_size, steps=steps)
    signature = prepare(model, "predict", data, steps)
    listeners = _listeners(model, callbacks, verbose, steps or data.num_batches)
    samples = None
    if isinstance(data, ArrayData):
        samples = min(data.samples, (steps or data.num_batches) * data.batch_size)
    results = Predictions(samples)
    try:
        listeners.on_predict_begin()
        run = Pass(model, "predict", data, steps, signature, listeners, results)
        _, rows = run.run()
        outputs = results.result(rows)
        listeners.on_predict_end({"outputs": outputs})
    finally:
        listeners.close()
    return outputs


def _listeners(model: Any, callbacks: Any, verbose: int | str, steps: int | None) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(
        callbacks, add_progbar=verbose != 0, model=model, verbose=verbose, epochs=1, steps=steps
    )


def flatten_results(model: Any, logs: dict[str, Any]) -> Any:
    """Results as a list in the order of `metrics_names`; a single one by itself.

    What a user's step returned under other names follows in alphabetical order.
    """
    names = [name for name in model.metrics_names if name in logs]
    names += sorted(set(logs) - set(names))
    values = [logs[name] for name in names]
    return values[0] if len(values) == 1 else values

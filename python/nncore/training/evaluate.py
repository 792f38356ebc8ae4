"""`evaluate` and `predict`: one pass over the data without updates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nncore import revision, tree
from nncore.callbacks.callback_list import as_callback_list
from nncore.training.checks import check_count, check_verbose, limited_steps
from nncore.training.collect import Predictions
from nncore.training.data_adapter import ArrayData, Data, make_data
from nncore.training.loop import Pass, run_test
from nncore.training.prepare import prepare
from nncore.training.ready import array_key


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
    steps = limited_steps(steps)
    signature = prepare(model, "test", data, steps)
    count = steps or data.num_batches
    listeners = as_callback_list(callbacks, model, verbose=verbose, epochs=1, steps=count)
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
    number = revision.current
    data = make_data(x, batch_size=batch_size, steps=steps)
    steps = limited_steps(steps)
    signature = prepare(model, "predict", data, steps)
    count = steps or data.num_batches
    listeners = as_callback_list(callbacks, model, verbose=verbose, epochs=1, steps=count)
    samples = None
    if isinstance(data, ArrayData):
        samples = min(data.samples, (steps or data.num_batches) * data.batch_size)
    results = Predictions(samples)
    try:
        model.stop_predicting = False
        listeners.on_predict_begin()
        run = Pass(model, "predict", data, steps, signature, listeners, results)
        _, rows = run.run()
        outputs = results.result(rows)
        listeners.on_predict_end({"outputs": outputs})
    finally:
        listeners.close()
    if samples is not None and samples == data.batch_size and steps is None:
        keep_ready(model, x, batch_size, data, run.only_step(), number)
    return outputs


def keep_ready(model: Any, x: Any, how: Any, data: Data, step: Any, number: int) -> None:
    """Remember a step that has predicted the user's own arrays as one batch, for the next call with such arrays."""
    arrays = tree.flatten(x)
    sources = [leaf for leaf in tree.flatten(data.peek()) if leaf is not None]
    same = len(arrays) == len(sources) and all(a is b for a, b in zip(arrays, sources, strict=True))
    if same and step is not None and step.outputs is not None and array_key(x) is not None:
        model._keep_ready(x, how, step, number)


def flatten_results(model: Any, logs: dict[str, Any]) -> Any:
    """Results as a list in the order of `metrics_names`; a single one by itself."""
    values = [logs[name] for name in order_names(model, logs)]
    return values[0] if len(values) == 1 else values


def order_names(model: Any, names: Iterable[str]) -> list[str]:
    """The order in which `evaluate` lists its results.

    The loss, the metrics of a single output, the losses of several outputs, then everything
    else (metrics of several outputs, results of a user's step) in alphabetical order.
    """
    first: list[str] = []
    for metric in model.metrics:
        inner = getattr(metric, "named", None)
        plain = [m.name for _, m in inner()] if inner is not None else [metric.name]
        first.extend(name for name in plain if name not in first)
    names = set(names)
    known = [name for name in first if name in names]
    return known + sorted(names.difference(known))

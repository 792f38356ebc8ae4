"""Where a step's results go: nowhere, into logs, or into the arrays that `predict` returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import tree
from nncore.training.logs import flatten_logs


class Logs:
    """Reads the results of training and testing.

    The library's own steps leave them in the metrics' variables; a user's step returns them.

    Args:
        model: The model.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._structure: Any = None
        self._last: list[Any] = []
        self._dests: dict[int, list[Any]] = {}

    def destinations(self, step: Any, segment: Any) -> list[Any]:
        """Arrays for what the step returns for its last batch."""
        del segment
        self._step = step
        if step.outputs is None:
            return []
        found = self._dests.get(id(step))
        if found is None:
            specs = tree.flatten(step.outputs)
            found = self._dests[id(step)] = [np.zeros(s.shape, s.dtype) for s in specs]
        self._last, self._structure = found, step.outputs
        return found

    def done(self, first: int, rows: int) -> None:
        """A stretch has been run."""

    def read(self) -> dict[str, Any]:
        """The current results as plain values."""
        returned = self._returned()
        if not returned:
            return flatten_logs(self._model.get_metrics_result())
        return flatten_logs(returned)

    def read_epoch(self) -> dict[str, Any]:
        """The results of a whole epoch: the metrics', if they have the names the step returned."""
        returned = self._returned()
        results = self._model.get_metrics_result()
        if returned and set(results) != set(returned):
            return flatten_logs(returned)
        if returned and self._loss_is_untracked():
            # A user's step that keeps no running mean: the last batch's loss is what there is.
            results = {**results, "loss": returned["loss"]}
        return flatten_logs(results)

    def _loss_is_untracked(self) -> bool:
        tracker = self._model._compile_state.loss_tracker
        used = any(metric is tracker for metric in self._model.metrics)
        return used and not any(variable.array.any() for variable in tracker.variables)

    def _returned(self) -> dict[str, Any]:
        step = getattr(self, "_step", None)
        if step is not None and step.outputs is None:
            last = step.runner.last
            return last if isinstance(last, dict) else {}
        if not self._last:
            return {}
        packed: dict[str, Any] = tree.pack_sequence_as(self._structure, self._last)
        return packed


class Predictions:
    """Gathers a model's outputs.

    Outputs with the batch as first axis go straight into arrays for all samples; the program
    writes the rows. Outputs of other shapes are concatenated at the end.

    Args:
        samples: How many samples there will be, when known.
    """

    def __init__(self, samples: int | None) -> None:
        self._samples = samples
        self._whole: list[Any] | None = None
        self._pieces: list[list[Any]] = []
        self._structure: Any = None
        self._current: list[Any] = []
        self._step: Any = None

    def destinations(self, step: Any, segment: Any) -> list[Any]:
        """Arrays into which the step writes the outputs of a stretch."""
        self._step = step
        if step.outputs is None:
            self._current = []
            return []
        self._structure = step.outputs
        specs = tree.flatten(step.outputs)
        for spec in specs:
            if not spec.shape or spec.shape[0] != segment.batch:
                raise ValueError(
                    "`predict` needs outputs with the batch as first axis. Expected shape "
                    f"({segment.batch}, ...). Received: shape={tuple(spec.shape)}. "
                    "Call the model itself for other outputs."
                )
        if self._samples is None:
            rows = segment.batch * segment.count
            self._current = [np.empty((rows, *s.shape[1:]), s.dtype) for s in specs]
            self._pieces.append(self._current)
        elif self._whole is None:
            rows = self._samples
            self._whole = [np.empty((rows, *s.shape[1:]), s.dtype) for s in specs]
            self._current = self._whole
        return self._current

    def done(self, first: int, rows: int) -> None:
        """A stretch has been run; keep what an eager step left."""
        if self._step.outputs is None:
            last = self._step.runner.last
            self._structure = last
            self._current = [np.asarray(leaf) for leaf in tree.flatten(last)]
            self._pieces.append(self._current)
            return
        self._span = (first, first + rows)

    def read(self) -> dict[str, Any]:
        """The outputs of the last stretch, for `on_predict_batch_end`."""
        leaves = self._current
        if self._whole is not None:
            leaves = [array[slice(*self._span)] for array in self._whole]
        return {"outputs": tree.pack_sequence_as(self._structure, leaves)}

    def result(self, rows: int) -> Any:
        """All outputs, nested as the model's."""
        if self._whole is not None:
            leaves = [array[:rows] for array in self._whole]
        elif len(self._pieces) == 1:
            leaves = self._pieces[0]
        else:
            leaves = [np.concatenate(column) for column in zip(*self._pieces, strict=True)]
        return tree.pack_sequence_as(self._structure, leaves)

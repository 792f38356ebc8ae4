"""CompileMetrics: the metrics given to `compile`, updated and read together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nncore import tree
from nncore.training.outputs import OutputLayout
from nncore.training.resolve import check_metric


class CompileMetrics:
    """All metrics of all outputs of a model.

    Args:
        metrics: Metrics that ignore sample weights: list, or list or dict per output.
        weighted_metrics: The same, for metrics that use sample weights.
        output_names: Names of the model's outputs, or None.

    Raises:
        ValueError: For unknown names, or an argument that is no list or dict.
    """

    name = "compile_metrics"

    def __init__(
        self,
        metrics: Any = None,
        weighted_metrics: Any = None,
        output_names: list[str] | None = None,
    ) -> None:
        given = {"metrics": metrics, "weighted_metrics": weighted_metrics}
        for argument, value in given.items():
            if value is not None and not isinstance(value, (list, tuple, dict)):
                raise ValueError(
                    f"Expected `{argument}` argument to be a list, tuple, or dict. "
                    f"Received instead: {argument}={value!r} of type {type(value).__name__}. "
                    f"Write {argument}=[...]."
                )
            for leaf in tree.flatten(value):
                check_metric(leaf)
        self._plain_given = metrics
        self._weighted_given = weighted_metrics
        self.output_names = output_names
        self._plain: list[list[Any]] = []
        self._weighted: list[list[Any]] = []
        self._prefixes: list[str | None] = []
        # Which outputs have targets; None means all of them. A model may have outputs without.
        self.used_outputs: list[int] | None = None
        self.built = False

    @property
    def metrics(self) -> list[Any]:
        """Every metric, in order; empty before the first batch."""
        return [m for group in self._plain + self._weighted for m in group]

    @property
    def variables(self) -> list[Any]:
        """The state of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Make the metric objects: `"accuracy"` depends on the shapes.

        Args:
            y_true: Structure of targets.
            y_pred: Structure of outputs.

        Raises:
            ValueError: If the metrics do not fit the outputs.
        """
        layout = OutputLayout(y_pred, self.output_names)
        targets = _targets(layout, y_true, self.used_outputs)
        plain = _make(self._plain_given, layout, targets, "metrics")
        weighted = _make(self._weighted_given, layout, targets, "weighted_metrics")
        self._plain, self._weighted = plain, weighted
        self._prefixes = list(layout.names) if layout.count > 1 else [None]
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take one batch into account.

        Args:
            y_true: Structure of targets.
            y_pred: Structure of outputs.
            sample_weight: Weights for the weighted metrics, or None.
        """
        if not self.built:
            self.build(y_true, y_pred)
        layout = OutputLayout(y_pred, self.output_names)
        targets = _targets(layout, y_true, self.used_outputs)
        weights = layout.align_weights(sample_weight)
        for index, output in enumerate(layout.leaves):
            for metric in self._plain[index]:
                metric.update_state(targets[index], output)
            for metric in self._weighted[index]:
                metric.update_state(targets[index], output, weights[index])

    def reset_state(self) -> None:
        """Start all metrics afresh."""
        for metric in self.metrics:
            metric.reset_state()

    def named(self) -> Iterator[tuple[str, Any]]:
        """Each metric with the name it has in logs: `accuracy`, or `output_accuracy`."""
        taken: dict[str, int] = {}
        for weighted, groups in ((False, self._plain), (True, self._weighted)):
            for prefix, group in zip(self._prefixes, groups, strict=True):
                for metric in group:
                    name = _join(prefix, metric.name)
                    if name in taken and weighted:
                        name = _join(prefix, f"weighted_{metric.name}")
                    if name in taken:
                        taken[name] += 1
                        name = f"{name}_{taken[name] - 1}"
                    taken[name] = taken.get(name, 0) + 1
                    yield name, metric

    def result(self) -> dict[str, Any]:
        """The metrics' current values by name."""
        return {name: metric.result() for name, metric in self.named()}


def _join(prefix: str | None, name: str) -> str:
    return f"{prefix}_{name}" if prefix else name


def _targets(layout: OutputLayout, y_true: Any, used: list[int] | None) -> list[Any]:
    """Targets per output; those without a target have None."""
    if y_true is None:
        return [None] * layout.count
    return layout.align_targets(y_true, list(range(layout.count)) if used is None else used)


def _make(given: Any, layout: OutputLayout, targets: list[Any], argument: str) -> list[list[Any]]:
    """For each output the list of its metric objects."""
    if not given:
        return [[] for _ in range(layout.count)]
    if layout.count == 1:
        if isinstance(given, dict) and not set(given) <= set(layout.names):
            layout.align(given, argument)
        per_output = [given]
    else:
        per_output = layout.align(given, argument)
    from nncore.metrics import resolve

    made: list[list[Any]] = []
    for entry, name, target, output in zip(per_output, layout.names, targets, layout.leaves, strict=True):
        wanted = [one for one in tree.flatten(entry) if one is not None]
        if wanted and target is None:
            raise ValueError(f"Output {name!r} has {argument} but no target. Pass its target in `y`.")
        made.append([resolve(one, target, output) for one in wanted])
    return made

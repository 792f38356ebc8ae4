"""CompileLoss: the losses given to `compile`, as one function of all targets and outputs."""

from __future__ import annotations

from typing import Any

from nncore import config, ops, tree
from nncore.training.outputs import OutputLayout
from nncore.training.resolve import check_loss, object_name


class LossEntry:
    """One loss: which output it judges, its weight, and the running mean of its values."""

    __slots__ = ("classes", "loss", "name", "output", "tracker", "weight")

    def __init__(self, output: int, loss: Any, weight: float | None, name: str) -> None:
        self.output = output
        self.loss = loss
        self.weight = weight
        self.name = name
        self.tracker: Any = None
        self.classes: int | None = None


class CompileLoss:
    """The weighted sum of all losses of a model.

    Args:
        loss: What `compile` got: name, function, `Loss`, or a list or dict of them.
        loss_weights: Number, list or dict of numbers, or None.
        output_names: Names of the model's outputs, or None.

    Raises:
        ValueError: For unknown names, or weights that are no numbers.
    """

    name = "compile_loss"

    def __init__(self, loss: Any, loss_weights: Any = None, output_names: list[str] | None = None) -> None:
        for leaf in tree.flatten(loss):
            check_loss(leaf)
        for weight in tree.flatten(loss_weights):
            if weight is not None and not _is_number(weight):
                raise ValueError(
                    "`loss_weights` must be a number, or a list or dict of numbers. "
                    f"Received: loss_weights={loss_weights!r}"
                )
        self._loss = loss
        self._weights = loss_weights
        self.output_names = output_names
        self.entries: list[LossEntry] = []
        self.used_outputs: list[int] = []
        self.layout: OutputLayout | None = None
        self.built = False

    @property
    def metrics(self) -> list[Any]:
        """The running means of the single losses, when there are several."""
        return [entry.tracker for entry in self.entries if entry.tracker is not None]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Decide from the structure of the outputs which loss judges which of them.

        Args:
            y_true: Structure of targets.
            y_pred: Structure of outputs.

        Raises:
            ValueError: If losses, weights or targets do not fit the outputs.
        """
        from nncore import losses as known

        layout = OutputLayout(y_pred, self.output_names)
        per_output = self._losses_per_output(layout)
        weights = self._weights_per_output(layout, per_output)
        used = [i for i, losses in enumerate(per_output) if losses]
        targets = layout.align_targets(y_true, used)
        entries: list[LossEntry] = []
        for index, losses in enumerate(per_output):
            for identifier, weight in zip(losses, weights[index], strict=True):
                target, output = targets[index], layout.leaves[index]
                if target is None:
                    raise ValueError(
                        f"Output {layout.names[index]!r} has a loss but no target. Pass its "
                        "target in `y`, or give it no loss (None)."
                    )
                loss = known.resolve(identifier, target, output)
                assert loss is not None
                name = layout.names[index] if len(losses) == 1 else loss.name
                if layout.count > 1 and len(losses) > 1:
                    name = f"{layout.names[index]}_{loss.name}"
                entry = LossEntry(index, loss, weight, name)
                entry.classes = _class_count(loss, output)
                _check_sample_losses(loss, target, output)
                entries.append(entry)
        if len(entries) > 1:
            from nncore.metrics import Mean

            for entry in entries:
                entry.tracker = Mean(name=f"{entry.name}_loss")
        self.used_outputs = used
        layout.leaves = []  # they belong to a trace that ends now
        self.layout = layout
        self.entries = entries
        self.built = True

    def _losses_per_output(self, layout: OutputLayout) -> list[list[Any]]:
        """For each output the list of its losses."""
        loss = self._loss
        if not tree.is_nested(loss):
            return [[loss] for _ in range(layout.count)]
        if layout.count == 1 and isinstance(loss, (list, tuple)):
            return [[one for one in tree.flatten(loss) if one is not None]]
        if isinstance(loss, (list, tuple)) and len(loss) != layout.count:
            raise ValueError(
                f"`loss` must have one entry per output of the model. Expected {layout.count} "
                f"(outputs {layout.names}). Received: loss={loss!r}"
            )
        if isinstance(loss, dict) and not isinstance(layout.structure, dict) and set(loss) < set(layout.names):
            raise ValueError(
                f"`loss` must name every output of a model whose outputs are a list; None is for one without a loss. "
                f"Expected keys {layout.names}. Received: loss.keys()={list(loss)}"
            )
        aligned = layout.align(loss, "loss")
        return [[one for one in tree.flatten(entry) if one is not None] for entry in aligned]

    def _weights_per_output(self, layout: OutputLayout, losses: list[list[Any]]) -> list[list[float | None]]:
        """For each output the weights of its losses."""
        weights = self._weights
        if weights is None:
            return [[None] * len(one) for one in losses]
        if not tree.is_nested(weights) and layout.count == 1:
            weights = [weights] * len(losses[0])
        total = sum(map(len, losses))
        if isinstance(weights, (list, tuple)) and len(tree.flatten(weights)) == total:
            flat = iter(tree.flatten(weights))
            return [[next(flat) for _ in one] for one in losses]
        if isinstance(weights, (list, tuple)) and len(weights) != layout.count:
            raise ValueError(
                f"`loss_weights` must match the number of losses. Expected {total}. "
                f"Received: loss_weights={self._weights!r}"
            )
        aligned = layout.align(weights, "loss_weights")
        named = [name for name, one in zip(layout.names, losses, strict=True) if one]
        if isinstance(weights, dict) and set(weights) < set(named):
            raise ValueError(
                f"`loss_weights` must match the losses. Expected one for each of {named}. "
                f"Received: loss_weights={self._weights!r}"
            )
        return [[w] * len(one) for w, one in zip(aligned, losses, strict=True)]

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the weighted sum of all losses, and keep the single ones' means.

        Args:
            y_true: Structure of targets.
            y_pred: Structure of outputs.
            sample_weight: Weights per sample: one array, or a structure like the targets'.

        Returns:
            A scalar, or None when no output has a loss.

        Raises:
            ValueError: If a loss returns no scalar.
        """
        if not self.built:
            self.build(y_true, y_pred)
        layout = OutputLayout(y_pred, self.output_names)
        targets = layout.align_targets(y_true, self.used_outputs)
        weights = layout.align_weights(sample_weight)
        total = None
        for entry in self.entries:
            output = layout.leaves[entry.output]
            value = entry.loss(targets[entry.output], output, weights[entry.output])
            value = ops.cast(value, config.floatx())
            if len(value.shape) != 0:
                raise ValueError(
                    f"Loss {entry.loss.name!r} must reduce to one number per batch. Expected shape "
                    f"(). Received: shape={tuple(value.shape)}. Use "
                    "reduction='sum_over_batch_size' or 'sum'."
                )
            if entry.tracker is not None:
                entry.tracker.update_state(value, sample_weight=output.shape[0])
            if entry.weight is not None:
                value = ops.multiply(value, entry.weight)
            total = value if total is None else ops.add(total, value)
        return total


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or getattr(value, "ndim", None) == 0


def _class_count(loss: Any, output: Any) -> int | None:
    """How many classes the labels may name, when `loss` takes class numbers."""
    if not getattr(getattr(loss, "fn", None), "_takes_class_numbers", False):
        return None
    axis = getattr(loss, "_fn_kwargs", {}).get("axis", -1)
    return int(output.shape[axis])


def _check_sample_losses(loss: Any, y_true: Any, y_pred: Any) -> None:
    """Check, for a user's own loss, that it gives a value per sample or a scalar.

    The reduction would turn any other shape into a number that looks right.
    """
    function = getattr(loss, "fn", None)
    home = getattr(function, "__module__", None) or type(loss).__module__
    if home.split(".")[0] == "nncore" or not hasattr(loss, "call"):
        return
    values = loss.call(y_true, ops.cast(y_pred, config.floatx()))
    shape = tuple(getattr(values, "shape", ()))
    if shape and shape[0] not in (y_pred.shape[0], 1):
        raise ValueError(
            f"Loss {object_name(function or loss)!r} returned shape {shape}. Expected one value "
            f"per sample, ({y_pred.shape[0]}, ...), or a scalar. "
            f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}"
        )

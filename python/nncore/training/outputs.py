"""OutputLayout: which loss, metric, target and weight belongs to which output of a model."""

from __future__ import annotations

from typing import Any

from nncore import tree


class OutputLayout:
    """The outputs of a model as a flat list with names.

    Args:
        y_pred: Structure of outputs (arrays, tensors or anything with a shape).
        output_names: The model's own names of its outputs, or None.
    """

    def __init__(self, y_pred: Any, output_names: list[str] | None) -> None:
        found = tree.flatten_with_path(y_pred)
        self.structure = tree.map_structure(lambda _: None, y_pred)
        self.leaves = [leaf for _, leaf in found]
        self.count = len(found)
        if isinstance(y_pred, dict) or (output_names is None and self.count > 1):
            self.names = [_path_name(path) for path, _ in found]
        elif output_names is not None and len(output_names) == self.count:
            self.names = list(output_names)
        else:
            self.names = [_path_name(path) for path, _ in found]

    def align(self, value: Any, argument: str) -> list[Any]:
        """Spread a dict, list or single thing over the outputs.

        Args:
            value: Dict by output name, list with one entry per output, structure like the
                outputs', or a single entry for a single output.
            argument: Name of the argument, for the message.

        Returns:
            One entry per output; None where there is none.

        Raises:
            ValueError: If it does not fit the outputs.
        """
        if isinstance(value, dict):
            if set(value) <= set(self.names):
                return [value.get(name) for name in self.names]
            matched = self._match(value)
            if matched is not None:
                return matched
            raise ValueError(
                f"`{argument}` has keys that are no outputs of the model. Expected some of "
                f"{self.names}. Received: {argument}.keys()={list(value)}"
            )
        if isinstance(value, (list, tuple)):
            if len(value) == self.count:
                return list(value)
            matched = self._match(value)
            if matched is not None:
                return matched
            raise ValueError(
                f"`{argument}` must have one entry per output of the model. Expected "
                f"{self.count} (outputs {self.names}). Received: {len(value)} entries."
            )
        if self.count == 1:
            return [value]
        raise ValueError(
            f"The model has {self.count} outputs ({self.names}), so `{argument}` must be a list "
            f"or dict with one entry per output. Received: {argument} of type "
            f"{type(value).__name__}."
        )

    def _match(self, value: Any) -> list[Any] | None:
        """The leaves of `value` if it is nested just as the outputs are."""
        try:
            tree.assert_same_structure(self.structure, value)
        except ValueError:
            return None
        return tree.flatten(value)

    def align_targets(self, y: Any, used: list[int]) -> list[Any]:
        """Spread targets over the outputs; a list may leave out outputs without a loss.

        Args:
            y: Structure of targets.
            used: Indices of the outputs that have a loss.
        """
        if not tree.is_nested(y):
            y = [y]
        if isinstance(y, dict) and self.count == 1 and len(y) == 1:
            return tree.flatten(y)
        if isinstance(y, (list, tuple)) and len(y) == len(used) < self.count:
            targets: list[Any] = [None] * self.count
            for index, target in zip(used, y, strict=True):
                targets[index] = target
            return targets
        if isinstance(y, (list, tuple)) and len(y) == 1 and self.count == 1:
            return tree.flatten(y)
        return self.align(y, "y")

    def align_weights(self, sample_weight: Any) -> list[Any]:
        """Spread sample weights over the outputs; a single array serves all of them."""
        if sample_weight is None:
            return [None] * self.count
        if not tree.is_nested(sample_weight):
            return [sample_weight] * self.count
        return self.align(sample_weight, "sample_weight")


def _path_name(path: tuple[Any, ...]) -> str:
    """`("a", "b")` is `a/b`; a position counts from 1: `output_2`."""
    if not path:
        return "output"
    return "/".join(f"output_{part + 1}" if isinstance(part, int) else str(part) for part in path)

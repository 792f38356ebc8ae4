"""The calls of a layer on placeholders: what makes it part of functional models."""

from __future__ import annotations

from typing import Any

from nncore import tree
from nncore.layers.calling import placeholders_of

__all__ = ["LayerHistory"]


class LayerHistory:
    """Mixin of Layer: ``input`` and ``output`` of its first call on placeholders."""

    name: str
    _inbound_calls: list[Any]

    def _remember(self, outputs: Any) -> None:
        made = placeholders_of(outputs)
        if made:
            self._inbound_calls.append(made[0].call)

    def _first_call(self, what: str) -> Any:
        if not self._inbound_calls:
            raise AttributeError(
                f"The layer {self.name} has never been called and thus has no defined {what}. "
                "Call it on an Input() first."
            )
        return self._inbound_calls[0]

    @property
    def input(self) -> Any:
        """The placeholder, or list of placeholders, that the layer was first called on."""
        call = self._first_call("input")
        found = placeholders_of(call.args, call.kwargs)
        return found[0] if len(found) == 1 else found

    @property
    def output(self) -> Any:
        """The placeholder, or structure of placeholders, that the first call gave."""
        call = self._first_call("output")
        return tree.map_structure(lambda index: call.outputs[index], call.structure)

    @property
    def input_shape(self) -> Any:
        """Shape of ``input``; a list of shapes for several."""
        found = self.input
        return [x.shape for x in found] if isinstance(found, list) else found.shape

    @property
    def output_shape(self) -> Any:
        """Shape of ``output``, nested as it is."""
        return tree.map_structure(lambda x: x.shape, self.output)

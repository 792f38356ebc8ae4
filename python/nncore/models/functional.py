"""Functional: a model made of placeholders, and its graph as plain data."""

from __future__ import annotations

from typing import Any, Self

from nncore import serialization, tree
from nncore.ir import KerasTensor
from nncore.layers import InputLayer, Layer
from nncore.models.keras_ops import describe_call, find_op, is_op
from nncore.models.model import Model
from nncore.models.network import Network, Operation

__all__ = ["Functional", "functional_config", "functional_from_config", "references_of"]


class Functional(Model):
    """What ``Model(inputs, outputs)`` makes: layers connected by calls on placeholders.

    Args:
        inputs: A placeholder, or a list or dictionary of them.
        outputs: Placeholders computed from them.
        name: Name of the model. Defaults to ``"functional"`` with a number.
        kwargs: ``trainable`` and ``dtype`` as for ``Layer``.

    Raises:
        ValueError: If an output depends on something else than the inputs, or two layers have the same name.

    Example:
        >>> from nncore import layers, models
        >>> a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
        >>> model = models.Model([a, b], layers.Add()([a, b]))
        >>> type(model).__name__, model.input_names
        ('Functional', ['a', 'b'])
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(inputs=inputs, outputs=outputs, name=name, **kwargs)

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """Shapes of the outputs for inputs of a shape; without arguments, those of the placeholders."""
        if not args and not kwargs:
            return self.output_shape
        return super().compute_output_shape(*args, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make a model from ``get_config``'s dictionary, with new weights.

        Args:
            config: The dictionary.
            custom_objects: The caller's own classes and functions by name. Defaults to None.

        Returns:
            A new model.
        """
        with serialization.custom_object_scope(custom_objects or {}):
            return functional_from_config(cls, config)  # type: ignore[no-any-return]


# -- to data --


def functional_config(model: Any, network: Network) -> dict[str, Any]:
    """Describe a functional model: its layers, and for each the calls with references to other calls.

    Args:
        model: The model.
        network: Its graph.

    Returns:
        Dictionary of plain data, in Keras's layout.
    """
    references = references_of(network)

    def encode(x: Any) -> Any:
        if x.__class__ is KerasTensor:
            data = {"shape": list(x.shape), "dtype": x.dtype, "keras_history": references[id(x)]}
            return {"class_name": "__keras_tensor__", "config": data}
        if isinstance(x, (list, tuple)):
            return [encode(item) for item in x]
        if isinstance(x, dict):
            return {key: encode(value) for key, value in x.items()}
        return serialization.serialize_keras_object(x)

    entries = []
    for operation in network.operations:
        calls = [step.call for step in network.steps if step.operation is operation]
        if isinstance(operation, Operation):
            entry, nodes = _describe_op(operation, calls[0])
        else:
            entry = serialization.serialize_keras_object(operation)
            nodes = [(call.args, call.kwargs) for call in calls]
        entry["name"] = operation.name
        entry["inbound_nodes"] = [{"args": encode(list(args)), "kwargs": encode(kwargs)} for args, kwargs in nodes]
        entries.append(entry)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": entries,
        "input_layers": _map(network.input_structure, references),
        "output_layers": _map(network.output_structure, references),
    }


def _map(structure: Any, references: dict[int, list[Any]]) -> Any:
    return tree.map_structure(lambda x: references[id(x)], structure)


def references_of(network: Network) -> dict[int, list[Any]]:
    """Name each placeholder: layer, number of the layer's call in this model, number of the output.

    Args:
        network: The graph.

    Returns:
        Dictionary from the placeholders' ids to ``[name, call, output]``.
    """
    references: dict[int, list[Any]] = {}
    for layer, tensor in zip(network.input_layers, network.inputs, strict=True):
        references[id(tensor)] = [layer.name, 0, 0]
    counts: dict[int, int] = {}
    for step in network.steps:
        number = counts.get(id(step.operation), 0)
        counts[id(step.operation)] = number + 1
        for index, tensor in enumerate(step.call.outputs):
            references.setdefault(id(tensor), [step.operation.name, number, index])
    return references


def _describe_op(operation: Operation, call: Any) -> tuple[dict[str, Any], list[Any]]:
    name = operation.function.__name__
    described = describe_call(name, call.args, call.kwargs)
    if described is None:
        data = {"module": "nncore.ops", "class_name": name, "config": {}, "registered_name": None}
        described = data, call.args, call.kwargs
    entry, args, kwargs = described
    config = serialization.serialize_keras_object(entry["config"])
    return {**entry, "config": {"name": operation.name, **config}}, [(args, kwargs)]


# -- from data --


def functional_from_config(cls: Any, config: dict[str, Any]) -> Any:
    """Rebuild a functional model from its description.

    Args:
        cls: ``Model``, ``Functional``, or a subclass that takes ``inputs`` and ``outputs``.
        config: What ``functional_config`` gave, or Keras's own.

    Returns:
        A new model.

    Raises:
        ValueError: If it names unknown things, or calls that need each other.
    """
    operations = {entry["name"]: _operation(entry) for entry in config["layers"]}
    made: dict[tuple[str, int, int], Any] = {}
    waiting: list[tuple[str, int, Any]] = []
    for entry in config["layers"]:
        name = entry["name"]
        if isinstance(operations[name], InputLayer):
            made[(name, 0, 0)] = operations[name].output
        else:
            waiting += [(name, i, node) for i, node in enumerate(entry["inbound_nodes"])]
    while waiting:
        later = []
        for name, number, node in waiting:
            # A layer's calls are numbered in order, so the second waits for the first.
            earlier = number == 0 or (name, number - 1, 0) in made
            if earlier and all(key in made for key in _needs(node)):
                _make_call(operations[name], name, number, node, made)
            else:
                later.append((name, number, node))
        if len(later) == len(waiting):
            missing = sorted({key[0] for _, _, node in later for key in _needs(node)} - set(operations))
            raise ValueError(
                f"Functional model {config.get('name')!r}: the calls of {sorted({n for n, _, _ in later})} can't be "
                f"made: they need each other, or layers that the configuration lacks: {missing}."
            )
        waiting = later
    inputs, outputs = _tensors(config["input_layers"], made), _tensors(config["output_layers"], made)
    model = cls(inputs=inputs, outputs=outputs, name=config.get("name"))
    if config.get("trainable") is False:
        model.trainable = False
    return model


def _operation(entry: dict[str, Any]) -> Any:
    if is_op(entry):
        return find_op(entry)
    layer = serialization.deserialize_keras_object(entry)
    if not isinstance(layer, Layer):
        raise ValueError(f"Functional model: {entry.get('name')!r} is no layer. Received: {layer!r}.")
    return layer


def _is_tensor_data(x: Any) -> bool:
    return isinstance(x, dict) and x.get("class_name") == "__keras_tensor__"


def _history(x: dict[str, Any]) -> tuple[str, int, int]:
    name, number, index = x["config"]["keras_history"]
    return (name, int(number), int(index))


def _needs(x: Any) -> list[tuple[str, int, int]]:
    if _is_tensor_data(x):
        return [_history(x)]
    if isinstance(x, dict):
        return [key for value in x.values() for key in _needs(value)]
    if isinstance(x, (list, tuple)):
        return [key for value in x for key in _needs(value)]
    return []


def _decode(x: Any, made: dict[tuple[str, int, int], Any]) -> Any:
    if _is_tensor_data(x):
        return made[_history(x)]
    if isinstance(x, dict) and "class_name" not in x:
        return {key: _decode(value, made) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(_decode(value, made) for value in x)
    return serialization.deserialize_keras_object(x)


def _make_call(operation: Any, name: str, number: int, node: Any, made: dict[Any, Any]) -> None:
    if not _needs(node):
        raise ValueError(f"Functional model: the call of {name!r} has no input. Received: {node!r:.500}.")
    args = [_decode(x, made) for x in node["args"]]
    kwargs = {key: _decode(value, made) for key, value in node["kwargs"].items()}
    for index, tensor in enumerate(tree.flatten(operation(*args, **kwargs))):
        made[(name, number, index)] = tensor


def _tensors(structure: Any, made: dict[tuple[str, int, int], Any]) -> Any:
    if (
        isinstance(structure, (list, tuple))
        and len(structure) == 3
        and isinstance(structure[0], str)
        and isinstance(structure[1], int)
    ):
        return made[(structure[0], structure[1], structure[2])]
    if isinstance(structure, dict):
        return {key: _tensors(value, made) for key, value in structure.items()}
    return [_tensors(value, made) for value in structure]

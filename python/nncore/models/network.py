"""Network: the remembered calls between a functional model's inputs and outputs, in order."""

from __future__ import annotations

from typing import Any

from nncore import masking, ops, tree
from nncore.ir import Call, KerasTensor
from nncore.layers import InputLayer, Layer
from nncore.layers.calling import describe, is_tensor, placeholders_of

__all__ = ["Network", "Operation", "fit_input"]


class Slot:
    """Stands in a recorded argument for the value number ``index``."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class Operation:
    """A function of ``nncore.ops`` as a step of a model, with a name for summary and files.

    Args:
        function: The op.
        name: Unique in the model.
    """

    built = True
    trainable = False
    weights: tuple[Any, ...] = ()

    def __init__(self, function: Any, name: str) -> None:
        self.function = function
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the op."""
        return self.function(*args, **kwargs)

    def __reduce__(self) -> Any:
        return (_named_operation, (self.function.__name__, self.name))


def _named_operation(function: str, name: str) -> Operation:
    return Operation(getattr(ops, function), name)


class Step:
    """One call to make again: target, arguments with slots, and where its outputs go."""

    __slots__ = ("args", "call", "kwargs", "operation", "outputs")

    def __init__(self, call: Call, operation: Any, args: Any, kwargs: Any, outputs: list[int]) -> None:
        self.call = call
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs


class Network:
    """A graph of layer calls from placeholders to placeholders.

    Args:
        inputs: Structure of placeholders.
        outputs: Structure of placeholders that were computed from them.
        owner: Name of the model, for messages.

    Raises:
        ValueError: If an output does not depend on the inputs alone, or two layers have the same name.
    """

    def __init__(self, inputs: Any, outputs: Any, owner: str) -> None:
        self.owner = owner
        self.input_structure = inputs
        self.output_structure = outputs
        self.inputs = _check_placeholders(owner, "inputs", inputs)
        self.outputs = _check_placeholders(owner, "outputs", outputs)
        if len({id(x) for x in self.inputs}) < len(self.inputs):
            raise ValueError(f'Model "{owner}": all `inputs` should be different. Received: inputs={inputs}.')
        self.input_layers = [_input_layer(x) for x in self.inputs]
        calls, visited = _sort_calls(owner, self.inputs, self.outputs)
        self._number(calls)
        self.operations = _order_operations(self.steps, self.input_layers, visited)
        _check_names(owner, self.operations)

    def _number(self, calls: list[Call]) -> None:
        """Give each value a number and each op a name; replace placeholders in arguments by slots."""
        slots = {id(x): i for i, x in enumerate(self.inputs)}
        self.size = len(self.inputs)
        names = {call.target.name for call in calls if isinstance(call.target, Layer)}
        self.steps: list[Step] = []

        def slot(x: Any) -> Any:
            return Slot(slots[id(x)]) if x.__class__ is KerasTensor else x

        for call in calls:
            args, kwargs = tree.map_structure(slot, (tuple(call.args), dict(call.kwargs)))
            outputs = []
            for tensor in call.outputs:
                # An input may be the output of an earlier call that is not part of this model.
                outputs.append(slots.setdefault(id(tensor), self.size))
                self.size += 1
            operation = call.target
            if not isinstance(operation, Layer):
                operation = Operation(call.target, _free_name(call.target.__name__, names))
            self.steps.append(Step(call, operation, args, kwargs, outputs))
        self.output_slots = [slots[id(x)] for x in self.outputs]

    def run(self, inputs: Any, mask: Any = None) -> Any:
        """Make all calls again on real values.

        Args:
            inputs: Values in the structure of the model's inputs, a list of them, or a dictionary by input name.
            mask: Masks of the inputs, nested as they are. Defaults to those that they carry.

        Returns:
            Values in the structure of the outputs.
        """
        values: list[Any] = [None] * self.size
        masks = [None] * len(self.inputs) if mask is None else tree.flatten(mask) if tree.is_nested(mask) else [mask]
        for i, value in enumerate(self.standardize(inputs)):
            values[i] = masking.with_mask(value, masks[i]) if i < len(masks) else value

        def fill(x: Any) -> Any:
            return values[x.index] if x.__class__ is Slot else x

        for step in self.steps:
            args, kwargs = tree.map_structure(fill, (step.args, step.kwargs))
            outputs = step.operation(*args, **kwargs)
            flat = [outputs] if is_tensor(outputs) else tree.flatten(outputs)
            for index, value in zip(step.outputs, flat, strict=True):
                values[index] = value
        return tree.pack_sequence_as(self.output_structure, [values[i] for i in self.output_slots])

    def standardize(self, inputs: Any) -> list[Any]:
        """Find the value of each input and fit it to the placeholder.

        Args:
            inputs: See ``run``.

        Returns:
            One value for each placeholder.

        Raises:
            ValueError: If inputs are missing, too many, or of a wrong shape.
        """
        if isinstance(inputs, dict):
            keys = self.input_structure if isinstance(self.input_structure, dict) else None
            wanted = sorted(keys) if keys is not None else [layer.name for layer in self.input_layers]
            missing = [name for name in wanted if name not in inputs]
            if missing:
                raise ValueError(
                    f'Model "{self.owner}" expects the inputs {wanted}. Missing: {missing}. '
                    f"Received: inputs with the keys {sorted(inputs)}."
                )
            flat = [leaf for name in wanted for leaf in tree.flatten(inputs[name])]
        else:
            flat = [inputs] if is_tensor(inputs) else tree.flatten(inputs)
        if len(flat) != len(self.inputs):
            raise ValueError(
                f'Layer "{self.owner}" expects {len(self.inputs)} input(s), but it received {len(flat)} input '
                f"tensors. Received: inputs={describe(inputs)}."
            )
        return [
            fit_input(value, layer, self.owner, i)
            for i, (value, layer) in enumerate(zip(flat, self.input_layers, strict=True))
        ]


def fit_input(value: Any, layer: Any, owner: str, index: int) -> Any:
    """Convert one value to the dtype and rank of an input, and check its shape.

    A last dimension of 1 may be missing or too much, as in Keras.

    Args:
        value: Array or symbolic tensor; None where the input is optional.
        layer: The ``InputLayer``.
        owner: Name of the model, for the message.
        index: Number of the input, for the message.

    Returns:
        The fitted value.

    Raises:
        ValueError: If the shape does not fit.
    """
    if value is None and layer.optional:
        return None
    mask = masking.get_mask(value)
    value = ops.convert_to_tensor(value)
    if str(value.dtype) != layer.dtype:
        value = ops.cast(value, layer.dtype)
    wanted, found = layer.batch_shape, tuple(value.shape)
    if len(found) == len(wanted) + 1 and found[-1] == 1:
        value = ops.squeeze(value, axis=-1)
    elif len(found) == len(wanted) - 1 and wanted and wanted[-1] in (1, None) and found:
        value = ops.expand_dims(value, axis=-1)
    shape = tuple(value.shape)
    if len(shape) != len(wanted) or any(w is not None and w != s for w, s in zip(wanted, shape, strict=True)):
        raise ValueError(
            f'Input {index} of layer "{owner}" is incompatible with the layer: expected shape={wanted} '
            f"(input '{layer.name}'), found shape={found}. Received: inputs of shape {found}, dtype {value.dtype}."
        )
    return masking.with_mask(value, mask)


def _check_placeholders(owner: str, what: str, structure: Any) -> list[Any]:
    leaves = tree.flatten(structure)
    wrong = [x for x in leaves if x.__class__ is not KerasTensor]
    if wrong or not leaves:
        shown = repr(wrong[0]) if wrong else "nothing"
        raise ValueError(
            f'Model "{owner}": all `{what}` values must be KerasTensors, made by Input() and layers called on it. '
            f"Received: {what}={structure!r}, including {shown}."
        )
    return leaves


def _input_layer(tensor: Any) -> InputLayer:
    if tensor.origin is not None:
        return tensor.origin  # type: ignore[no-any-return]
    return InputLayer(input_tensor=tensor, name=tensor.name)


def _sort_calls(owner: str, inputs: list[Any], outputs: list[Any]) -> tuple[list[Call], list[Any]]:
    """List the calls in an order in which each comes after those it needs, depth first from the outputs.

    Also lists calls and inputs in the order in which the walk first met them.
    """
    known = {id(x) for x in inputs}
    done: dict[int, Call] = {}
    opened: set[int] = set()
    visited: list[Any] = []
    stack: list[tuple[Any, bool]] = [(x, False) for x in reversed(outputs)]
    while stack:
        tensor, after = stack.pop()
        if id(tensor) in known:
            visited.append(tensor)
            continue
        call = tensor.call
        if call is None:
            raise ValueError(
                f'Model "{owner}": `inputs` not connected to `outputs`. Graph disconnected: '
                f"the outputs need the placeholder {tensor!r}, which is not among the inputs {inputs}."
            )
        if id(call) in done:
            continue
        if after:
            done[id(call)] = call
            continue
        if id(call) in opened:
            continue
        opened.add(id(call))
        visited.append(call)
        stack.append((tensor, True))
        stack.extend((x, False) for x in reversed(placeholders_of(call.args, call.kwargs)))
    return list(done.values()), visited


def _order_operations(steps: list[Step], input_layers: list[Any], visited: list[Any]) -> list[Any]:
    """List layers and ops by decreasing distance from the outputs, as Keras does: the order of weights.

    Among equals the one that a walk from the outputs meets first comes first.
    """
    by_call = {id(step.call): step.operation for step in steps}
    by_input = {id(layer.output): layer for layer in input_layers}
    order: dict[int, int] = {}
    objects: dict[int, Any] = {}
    for thing in visited:
        operation = by_call.get(id(thing)) or by_input[id(thing)]
        objects.setdefault(id(operation), operation)
        order.setdefault(id(operation), len(order))
    for layer in input_layers:
        objects.setdefault(id(layer), layer)
        order.setdefault(id(layer), -1)  # an input that no output needs
    depths: dict[int, int] = {}
    call_depths: dict[int, int] = {}
    for step in reversed(steps):
        key = id(step.operation)
        depth = max(call_depths.get(id(step.call), 0), depths.get(key, 0))
        depths[key] = call_depths[id(step.call)] = depth
        for tensor in placeholders_of(step.call.args, step.call.kwargs):
            if id(tensor) in by_input:
                source = id(by_input[id(tensor)])
                depths[source] = max(depths.get(source, 0), depth + 1)
            else:
                call_depths[id(tensor.call)] = max(call_depths.get(id(tensor.call), 0), depth + 1)
    return sorted(objects.values(), key=lambda o: (-depths.get(id(o), 0), order[id(o)]))


def _free_name(stem: str, names: set[str]) -> str:
    name, count = stem, 0
    while name in names:
        count += 1
        name = f"{stem}_{count}"
    names.add(name)
    return name


def _check_names(owner: str, operations: list[Any]) -> None:
    seen: set[str] = set()
    for operation in operations:
        if operation.name in seen:
            raise ValueError(
                f'Model "{owner}": the name "{operation.name}" is used more than once in the model. All layer names '
                "should be unique: pass `name=` to one of them."
            )
        seen.add(operation.name)

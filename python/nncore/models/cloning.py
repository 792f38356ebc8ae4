"""clone_model: the same model again with new layers and new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nncore import serialization, tree
from nncore.ir import KerasTensor
from nncore.layers import Input, InputLayer, Layer
from nncore.models.functional import Functional
from nncore.models.model import Model
from nncore.models.network import Slot
from nncore.models.sequential import Sequential
from nncore.training.trainer import Trainer

__all__ = ["clone_model"]


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """Make the same model again, with new layers and new weights; compiled if the model is.

    Args:
        model: The model.
        input_tensors: Placeholders to build it on, in the structure of the model's inputs. Defaults to new ones.
        clone_function: Function from a layer to the one that takes its place; input layers are always new. Defaults to
            a new layer with the same arguments.
        call_function: Function ``(layer, *args, **kwargs)`` that calls the new layer, for functional models: it may put
            layers before or after. Defaults to ``layer(*args, **kwargs)``.
        recursive: Whether models inside are cloned layer by layer, with the same functions. Defaults to False.
        kwargs: ``cache``: dictionary from the ids of layers to those that take their places, to share layers between
            clones.

    Returns:
        The new model.

    Raises:
        ValueError: For functions with a model that is neither ``Sequential`` nor functional, or placeholders that do
            not fit.

    Example:
        >>> from nncore import layers, models
        >>> model = models.Sequential([layers.Input((4,)), layers.Dense(3), layers.Dense(2)])
        >>> def halve(layer):
        ...     return type(layer).from_config({**layer.get_config(), "units": (layer.units + 1) // 2})
        >>> models.clone_model(model, clone_function=halve).output_shape
        (None, 1)
    """
    cache = kwargs.pop("cache", None)
    if kwargs:
        raise ValueError(f"Unexpected keyword argument(s): {tuple(kwargs)}. Received: kwargs={kwargs}.")
    if not isinstance(model, Model):
        raise TypeError(f"clone_model: expected a model. Received: model={model!r}.")
    for name, function in (("clone_function", clone_function), ("call_function", call_function)):
        if function is not None and not callable(function):
            raise ValueError(f"Expected `{name}` to be a callable. Received: {name}={function!r}.")
    cloner = _Cloner(clone_function, call_function, recursive, {} if cache is None else cache)
    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError(
                "`call_function` argument is not supported with Sequential models, whose layers are only listed. "
                f"Received: model={model!r}, call_function={call_function!r}."
            )
        return _compile_as(model, cloner.sequential(model, input_tensors))
    plain = getattr(type(model).get_config, "automatic", False)
    if isinstance(model, Functional) and (plain or clone_function is not None or input_tensors is not None):
        return _compile_as(model, cloner.functional(model, input_tensors))
    if clone_function is not None or call_function is not None or input_tensors is not None:
        raise ValueError(
            "Arguments `clone_function`, `call_function` and `input_tensors` are only supported for Sequential models "
            f"or Functional models. Received: model={model!r}, clone_function={clone_function!r}, "
            f"call_function={call_function!r}, input_tensors={input_tensors!r}."
        )
    data = serialization.serialize_keras_object(model)
    data.pop("compile_config", None)
    return _compile_as(model, serialization.deserialize_keras_object(data, {type(model).__name__: type(model)}))


class _Cloner:
    """Clones layers, each once."""

    def __init__(self, clone: Any, call: Any, recursive: bool, cache: dict[int, Any]) -> None:
        self.clone = clone or (lambda layer: type(layer).from_config(layer.get_config()))
        self.call = call
        self.recursive = recursive
        self.cache = cache

    def layer(self, layer: Any) -> Any:
        """The layer that takes the place of one."""
        if id(layer) not in self.cache:
            if self.recursive and isinstance(layer, (Sequential, Functional)):
                call = None if isinstance(layer, Sequential) else self.call
                made = clone_model(layer, None, self.clone, call, True, cache=self.cache)
            else:
                made = self.clone(layer)
            if not isinstance(made, Layer):
                raise ValueError(f"`clone_function` should return a layer. Received: {made!r} for {layer!r}.")
            self.cache[id(layer)] = made
        return self.cache[id(layer)]

    def sequential(self, model: Any, tensors: Any) -> Any:
        """Clone a ``Sequential``."""
        first = model._layers[0] if model._layers else None
        layers = [self.layer(layer) for layer in model.layers]
        if tensors is not None:
            leaves = tree.flatten(tensors)
            if len(leaves) != 1 or leaves[0].__class__ is not KerasTensor:
                raise ValueError(
                    "Argument `input_tensors` must be a KerasTensor, or a list of one, for a Sequential model. "
                    f"Received: input_tensors={tensors!r}."
                )
            layers.insert(0, leaves[0] if leaves[0].origin is not None else InputLayer(input_tensor=leaves[0]))
        elif isinstance(first, InputLayer):
            layers.insert(0, _new_input(first))
        return Sequential(layers, name=model.name, trainable=model.trainable)

    def functional(self, model: Any, tensors: Any) -> Any:
        """Clone a functional model: make its calls again."""
        network = model._need_network("inputs")
        if tensors is None:
            flat = [_new_input(layer) for layer in network.input_layers]
            tensors = tree.pack_sequence_as(network.input_structure, flat)
        flat = tree.flatten(tensors)
        if len(flat) != len(network.inputs) or any(x.__class__ is not KerasTensor for x in flat):
            raise ValueError(
                f"`input_tensors` must be placeholders in the structure of the model's {len(network.inputs)} inputs. "
                f"Received: input_tensors={tensors!r}."
            )
        values: list[Any] = [None] * network.size
        values[: len(flat)] = flat

        def fill(x: Any) -> Any:
            return values[x.index] if x.__class__ is Slot else x

        for step in network.steps:
            args, kwargs = tree.map_structure(fill, (step.args, step.kwargs))
            target = self.layer(step.operation) if isinstance(step.operation, Layer) else step.operation
            outputs = target(*args, **kwargs) if self.call is None else self.call(target, *args, **kwargs)
            for index, value in zip(step.outputs, tree.flatten(outputs), strict=True):
                values[index] = value
        results = tree.pack_sequence_as(network.output_structure, [values[i] for i in network.output_slots])
        plain = getattr(type(model).get_config, "automatic", False)
        cls = type(model) if plain and _takes_tensors(type(model)) else Functional
        made = cls(inputs=tensors, outputs=results, name=model.name)
        if not model.trainable:
            made.trainable = False
        return made


def _takes_tensors(cls: type) -> bool:
    from nncore.layers.calling import signature_of

    signature = signature_of(cls.__init__)  # type: ignore[misc]
    return {"inputs", "outputs"} <= {*signature.names} or (signature.has_kwargs and not signature.names)


def _new_input(layer: Any) -> Any:
    return Input(batch_shape=layer.batch_shape, dtype=layer.dtype, name=layer.name, optional=layer.optional)


def _compile_as(model: Any, made: Any) -> Any:
    """Compile a clone as its model is, with an optimizer and metrics of its own."""
    state = model._compile_state
    if state is None:
        return made
    if type(made).compile is not Trainer.compile:
        made.compile_from_config(model.get_compile_config())
        return made
    made.compile(**{name: _own(value) for name, value in {**state.arguments, "optimizer": state.optimizer}.items()})
    return made


def _own(value: Any) -> Any:
    """A new object like one that keeps something; names and functions are themselves."""
    if isinstance(value, dict):
        return {key: _own(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_own(item) for item in value)
    if hasattr(value, "get_config") and not isinstance(value, type):
        return type(value).from_config(value.get_config())
    return value

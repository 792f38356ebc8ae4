"""Sequential: a plain stack of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from nncore import masking, serialization, tree
from nncore.ir import KerasTensor, TraceError, current
from nncore.layers import InputLayer, Layer
from nncore.layers.calling import is_shape
from nncore.layers.configuring import as_shapes
from nncore.models.model import Model
from nncore.models.network import Network, fit_input
from nncore.naming import auto_name, current_path, path_scope

__all__ = ["Sequential"]


class Sequential(Model):
    """A stack of layers, each with one input and one output.

    With an ``Input`` in front, or ``input_shape=`` in the first layer, the weights exist at once; otherwise they are
    made when the model first sees data.

    Args:
        layers: Layers to add. Defaults to none.
        trainable: Whether training changes the weights. Defaults to True.
        name: Name of the model. Defaults to ``"sequential"`` with a number.
        kwargs: ``dtype`` as for ``Layer``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers, models
        >>> model = models.Sequential()
        >>> model.add(layers.Dense(32, input_shape=(784,)))
        >>> model.add(layers.Dense(10))
        >>> model.count_params()
        25450
        >>> model(np.zeros((2, 784))).shape
        (2, 10)
    """

    def __init__(
        self,
        layers: Sequence[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        # The placeholder after each layer, while shapes are known; _chain[0] is the input.
        self.__dict__["_chain"] = []
        if layers is not None:
            if isinstance(layers, Layer):
                layers = [layers]
            for layer in layers:
                self._append(layer)
            self._connect()

    # -- the stack --

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer on top.

        Args:
            layer: A layer, a model, or the placeholder of ``Input`` as the first.
            rebuild: Whether its weights are made at once when the input's shape is known. Defaults to True.

        Raises:
            ValueError: If it is no layer, its name is taken, or it does not fit the layers below. The model is as it
                was then.
        """
        before = list(self._layers), list(self.__dict__["_chain"]), self._network, self.built
        try:
            self._append(layer)
            if rebuild:
                self._connect()
        except BaseException:
            self._layers[:], chain, self.__dict__["_network"], self.built = before
            self.__dict__["_chain"] = chain
            raise
        self._structure_changed()

    def pop(self, rebuild: bool = True) -> Any:
        """Take the layer on top away.

        Args:
            rebuild: Whether the model is connected anew at once. Defaults to True.

        Returns:
            The layer.

        Raises:
            ValueError: If there is none.
        """
        if not self.layers:
            raise ValueError(f"Model '{self.name}': there are no layers in the model to pop.")
        layer = self._layers.pop()
        del self.__dict__["_chain"][len(self._layers) :]
        self.__dict__["_network"] = None
        self.built = False
        if rebuild:
            self._connect()
        self._structure_changed()
        return layer

    def _structure_changed(self) -> None:
        self._note_change()
        state = self._compile_state
        if state is not None:
            state.steps.clear()

    def _append(self, layer: Any) -> None:
        if layer.__class__ is KerasTensor and layer.origin is not None:
            layer = layer.origin
        if not isinstance(layer, Layer):
            raise ValueError(
                "Only instances of `Layer` can be added to a Sequential model. "
                f"Received: {layer!r} (of type {type(layer).__name__})."
            )
        if any(other.name == layer.name for other in self._layers):
            raise ValueError(
                f'All layers added to a Sequential model should have unique names. Name "{layer.name}" is already the '
                "name of a layer in this model. Update the `name` argument to pass a unique name."
            )
        if isinstance(layer, InputLayer):
            if self._layers:
                raise ValueError(
                    f"Sequential model '{self.name}' has already been configured to use input shape or layers: "
                    f"an Input must be the first. Received: {layer!r}."
                )
        elif not self._layers and layer._batch_input_shape is not None:
            self._layers.append(InputLayer(batch_shape=layer._batch_input_shape, dtype=layer.compute_dtype))
        elif not self._layers and isinstance(layer, Model) and layer.inputs and len(layer.inputs) == 1:
            first = layer.inputs[0]
            self._layers.append(InputLayer(batch_shape=first.shape, dtype=first.dtype))
        self._layers.append(layer)

    def _connect(self) -> None:
        """Call the layers that are not called yet, if the input's shape is known, and note the network."""
        chain = self.__dict__["_chain"]
        if not chain:
            if not self._layers or not isinstance(self._layers[0], InputLayer):
                return
            chain.append(self._layers[0].output)
        stack = self._stack()
        try:
            with path_scope(self.path):
                for layer in stack[len(chain) - 1 :]:
                    chain.append(layer(chain[-1]))
        except TraceError:
            # A layer that looks at values runs op by op only; the model is built by its first data.
            return
        if stack:
            self._finish()

    def _stack(self) -> list[Any]:
        return [layer for layer in self._layers if not isinstance(layer, InputLayer)]

    def _finish(self) -> None:
        chain = self.__dict__["_chain"]
        layers = list(self._layers)
        self._set_network(Network(chain[0], chain[-1], owner=self.name))
        self._layers[:] = layers
        self._build_shapes = {"input_shape": tree.map_structure(lambda x: x.shape, chain[0])}

    def _list_layers(self) -> list[Any]:
        return self._stack()

    # -- building and running --

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of a shape.

        Args:
            input_shape: Shape of the input with the batch dimension.

        Raises:
            ValueError: If there is no layer, no shape is known, or a layer does not fit.
        """
        if self.built:
            return
        if not self._stack():
            raise ValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call `model.add(layer)`."
            )
        if input_shape is None and not self.__dict__["_chain"]:
            raise ValueError(
                f"Sequential model {self.name}: `build` needs the shape of the input. Received: input_shape=None."
            )
        self._start(self._placeholders(as_shapes(input_shape)) if input_shape is not None else None)

    def _start(self, entry: Any) -> None:
        """Connect the stack from a placeholder, or a structure of them."""
        chain = self.__dict__["_chain"]
        if not chain and entry is not None:
            if entry.__class__ is KerasTensor:
                layer = InputLayer(batch_shape=entry.shape, dtype=entry.dtype)
                self._layers.insert(0, layer)
                entry = layer.output
            else:
                entry = tree.map_structure(_as_input, entry)
            chain.append(entry)
        self._connect()

    def _build_from(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inputs = args[0] if args else next(iter(kwargs.values()), None)

        def entry(x: Any) -> Any:
            # While the shapes of a functional model are inferred, a size may stand for an unknown one.
            trace = current()
            unknown = None if trace is None else trace.unknown
            inner = (None if d == unknown else d for d in x.shape[1:-1])
            return KerasTensor((None, *inner, *x.shape[1:][-1:]), str(x.dtype))

        before = list(self._layers)
        self.__dict__["_building"] = True  # `build` itself is not called: it would lose the dtype
        try:
            if not self._stack():
                self.__dict__.pop("_building")
                self.build()
            self._start(tree.map_structure(entry, inputs))
        except BaseException:
            self._layers[:] = before
            self.__dict__["_chain"] = []
            raise
        finally:
            self.__dict__.pop("_building", None)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the layers one after the other.

        Args:
            inputs: Tensor, or what the first layer takes.
            training: Whether this is training, passed on to the layers. Defaults to None.
            mask: Mask of the inputs. Defaults to None.

        Returns:
            The last layer's output.
        """
        del training  # the layers find it in the call around them
        first = self._layers[0] if self._layers else None
        x = inputs
        if isinstance(first, InputLayer):
            # The one input in a list, as of a model that may have several.
            if (
                isinstance(x, (list, tuple))
                and len(x) == 1
                and len(getattr(x[0], "shape", ())) == len(first.batch_shape)
            ):
                x = x[0]
            x = fit_input(x, first, self.name, 0)
        if not tree.is_nested(x):
            x = masking.with_mask(x, mask)
        for layer in self._stack():
            x = layer(x)
        if not self.built and self.__dict__.get("_chain"):
            self.built = True
        return x

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the last layer's output for an input of a shape."""
        for layer in self._stack():
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    # -- data --

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal model, without its weights."""
        config = {"name": self.name, "trainable": self._trainable, "dtype": self._policy}
        config["layers"] = [serialization.serialize_keras_object(layer) for layer in self._layers]
        if self.built and self._build_shapes:
            shape = self._build_shapes.get("input_shape")
            config["build_input_shape"] = shape if is_shape(shape) else None
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make a model from ``get_config``'s dictionary, with new weights.

        Args:
            config: The dictionary.
            custom_objects: The caller's own classes and functions by name. Defaults to None.

        Returns:
            A new model.
        """
        # Layers that are built while they are read get the paths that they have in the model.
        name = config.get("name") or auto_name(cls.__name__)
        path = f"{current_path()}/{name}" if current_path() else name
        with serialization.custom_object_scope(custom_objects or {}), path_scope(path):
            layers = [serialization.deserialize_keras_object(layer) for layer in config["layers"]]
        model = cls(
            layers,
            name=name,
            trainable=config.get("trainable", True),
            dtype=config.get("dtype"),
        )
        shape = config.get("build_input_shape")
        if shape is not None and not model.built:
            model.build(as_shapes(shape))
        return model

    def get_build_config(self) -> dict[str, Any] | None:
        """None: the configuration holds the input's shape already."""
        return None


def _as_input(x: Any) -> Any:
    return InputLayer(batch_shape=x.shape, dtype=x.dtype).output

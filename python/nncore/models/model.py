"""Model: a layer that can be trained, saved and summarised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from nncore.layers import Layer
from nncore.layers.calling import signature_of
from nncore.layers.configuring import as_shapes
from nncore.models.direct_calls import DirectCalls
from nncore.models.files import ModelFiles
from nncore.models.network import Network
from nncore.ops.apply import eval_shape
from nncore.training.trainer import Trainer

__all__ = ["Model"]


def _is_functional(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return len(args) >= 2 or (len(args) == 1 and "outputs" in kwargs) or ("inputs" in kwargs and "outputs" in kwargs)


class Model(ModelFiles, Trainer, Layer):
    """A group of layers with methods to train it, evaluate it and predict with it.

    Three ways to make one: ``Model(inputs, outputs)`` from placeholders (the functional way), a subclass that makes
    layers in ``__init__`` and uses them in ``call``, and ``Sequential``.

    Args:
        args: ``inputs`` and ``outputs``: a placeholder, or lists or dictionaries of them; nothing for a subclass.
        kwargs: The same by name; ``name``, ``trainable`` and ``dtype`` as for ``Layer``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers, models
        >>> inputs = layers.Input((4,))
        >>> x = layers.Dense(8, activation="relu")(inputs)
        >>> model = models.Model(inputs, layers.Dense(2)(x))
        >>> model(np.zeros((3, 4))).shape
        (3, 2)
        >>> class Net(models.Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden = layers.Dense(8, activation="relu")
        ...         self.out = layers.Dense(2)
        ...     def call(self, x):
        ...         return self.out(self.hidden(x))
        >>> Net()(np.zeros((3, 4))).shape
        (3, 2)
    """

    _network: Network | None
    _masks_inside = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a ``Functional`` of ``Model(inputs, outputs)``."""
        if cls is Model and _is_functional(args, kwargs):
            from nncore.models.functional import Functional

            return super().__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        network: tuple[Any, Any] | None = None
        if _is_functional(args, kwargs):
            given = dict(zip(("inputs", "outputs", "name"), args, strict=False))
            if len(args) > 3 or set(given) & set(kwargs):
                raise ValueError(
                    f"Model: expected `inputs`, `outputs` and `name`. Received: args={args}, kwargs={kwargs}."
                )
            kwargs = {**kwargs, **given}
            network = (kwargs.pop("inputs"), kwargs.pop("outputs"))
        elif args:
            raise ValueError(
                "Model: pass both `inputs` and `outputs`, or nothing in a subclass that writes `call()`. "
                f"Received: args={args}."
            )
        Layer.__init__(self, **kwargs)
        self.__dict__["_network"] = None
        # A subclass may do anything in its `call`, so it is run each time.
        self.__dict__["_direct_calls"] = DirectCalls() if type(self).__module__.startswith("nncore.") else None
        if network is not None:
            self._set_network(Network(*network, owner=self.name))

    def _set_network(self, network: Network) -> None:
        self.__dict__["_network"] = network
        self._layers[:] = [o for o in network.operations if isinstance(o, Layer)]
        self.built = True

    # -- running --

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model on arrays, or connect it to placeholders; see ``Layer``.

        On arrays of a kind that has come before, a model of the library's own layers runs as a compiled program.

        Args:
            args: Arguments of ``call``.
            kwargs: The same; ``training`` may be given to any model.

        Returns:
            What ``call`` returns; placeholders for placeholders.

        Raises:
            ValueError: If an input's shape does not fit, naming the layer.
        """
        direct = self.__dict__.get("_direct_calls")
        if direct is not None and len(args) == 1:
            training = kwargs.get("training")
            if (training is None or training.__class__ is bool) and len(kwargs) == ("training" in kwargs):
                step = direct.find(self, args[0], training)
                if step is not None:
                    return step(args[0])
        return super().__call__(*args, **kwargs)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the model: a functional one its remembered calls; a subclass writes its own.

        Args:
            inputs: Tensors in the structure of the model's inputs, or a dictionary by input name.
            training: Whether this is training, passed on to the layers. Defaults to None.
            mask: Mask of the inputs. Defaults to None.

        Returns:
            Tensors in the structure of the outputs.
        """
        del training  # the layers find it in the call around them
        if self._network is None:
            raise TypeError(
                f"Model {type(self).__name__} does not have a `call()` method implemented. Define "
                "`call(self, inputs)`, or pass `inputs` and `outputs`."
            )
        return self._network.run(inputs, mask)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights of a subclassed model for inputs of a shape, without data.

        Args:
            input_shape: Shape of the input with the batch dimension, nested as the input is.

        Raises:
            ValueError: If no shape is given, or ``call`` does not run on such inputs.
        """
        if self._network is not None:
            return
        if input_shape is None:
            raise ValueError(
                f"Model {self.name}: `build` needs the shape of the input. Received: input_shape=None. "
                "Or call the model on data."
            )
        if "_placeholders_given" not in self.__dict__:
            eval_shape(self.call, self._placeholders(as_shapes(input_shape)))

    def _build_from(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if type(self).build is not Model.build:
            super()._build_from(args, kwargs)
            return
        # The layers inside are built as `call` reaches them; only the shapes are noted here.
        self.__dict__["_placeholders_given"] = True
        try:
            super()._build_from(args, kwargs)
        finally:
            del self.__dict__["_placeholders_given"]

    # -- layers --

    @property
    def layers(self) -> list[Any]:
        """The layers directly inside, in the order of their weights."""
        return self._list_layers()

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError("`Model.layers` attribute is reserved and should not be used. Use another attribute name.")

    def _list_layers(self) -> list[Any]:
        return list(self._flatten_layers(include_self=False, recursive=False))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """Find a layer by name or by position.

        Args:
            name: Name of the layer.
            index: Position in ``layers``.

        Returns:
            The layer.

        Raises:
            ValueError: If both or neither is given, or there is no such layer.

        Example:
            >>> from nncore import layers, models
            >>> model = models.Sequential([layers.Dense(3, name="first")])
            >>> model.get_layer("first").units
            3
        """
        if (name is None) == (index is None):
            raise ValueError(
                f"Provide either a layer name or layer index at `get_layer`. Received: name={name!r}, index={index}."
            )
        found = self.layers
        if index is not None:
            if not -len(found) <= index < len(found):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(found)} layers."
                )
            return found[index]
        for layer in found:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in found]}.")

    def count_params(self) -> int:
        """Number of values in all weights.

        Returns:
            The sum of the weights' sizes.

        Raises:
            ValueError: If the model isn't built.
        """
        return super().count_params()

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Copies of all weights' values, in the order of ``weights``.

        Returns:
            List of arrays.

        Raises:
            ValueError: If the model isn't built, so that its weights don't exist.
        """
        self._require_built("get_weights")
        return super().get_weights()

    def _require_built(self, what: str) -> None:
        if not self.built:
            raise ValueError(
                f"Model '{self.name}' has not been built yet: `{what}` needs its weights. Build the model first, by "
                "calling it on data, `build(input_shape)`, or an Input() as its first layer."
            )

    # -- shapes and names of inputs and outputs --

    def _need_network(self, what: str) -> Network:
        if self._network is None:
            raise AttributeError(
                f"Model '{self.name}' has no `{what}`: it is not built from placeholders. "
                "Functional and built Sequential models have it."
            )
        return self._network

    @property
    def inputs(self) -> list[Any]:
        """Placeholders of the inputs; None for a model that is not made of placeholders."""
        network = self._network
        return None if network is None else list(network.inputs)  # type: ignore[return-value]

    @property
    def outputs(self) -> list[Any]:
        """Placeholders of the outputs; None for a model that is not made of placeholders."""
        network = self._network
        return None if network is None else list(network.outputs)  # type: ignore[return-value]

    @property
    def input(self) -> Any:
        """The input's placeholder, or the structure of them."""
        return self._need_network("input").input_structure

    @property
    def output(self) -> Any:
        """The output's placeholder, or the structure of them."""
        return self._need_network("output").output_structure

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [layer.name for layer in self._need_network("input_names").input_layers]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that give the outputs."""
        network = self._need_network("output_names")
        names = {id(step.call): step.operation.name for step in network.steps}
        inputs = {id(layer.output): layer.name for layer in network.input_layers}
        return [inputs.get(id(x)) or names[id(x.call)] for x in network.outputs]

    # -- reports and data --

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[..., Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: list[str] | tuple[str, str] | None = None,
    ) -> None:
        """Print a table of the layers: names, output shapes, numbers of parameters.

        Args:
            line_length: Width of the table in characters. Defaults to the terminal's, at most what the table needs.
            positions: Relative or absolute right edges of the columns. Defaults to what the contents need.
            print_fn: Called once with the whole text instead of printing. Defaults to None.
            expand_nested: Whether models inside are shown layer by layer. Defaults to False.
            show_trainable: Whether a column tells which layers are trained. Defaults to False.
            layer_range: First and last layer name (or regular expression) to show. Defaults to all.

        Raises:
            ValueError: If ``layer_range`` or ``positions`` make no sense.
        """
        from nncore.models.summary import print_summary

        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """The values of all variables, nested by the parts of their paths.

        Args:
            value_format: ``"backend_tensor"`` or ``"numpy_array"``, which are the same here. Defaults to
                ``"backend_tensor"``.

        Returns:
            Dictionary with ``trainable_variables``, ``non_trainable_variables``, ``optimizer_variables`` (of a compiled
            model) and ``metrics_variables``; copies, so that training leaves them alone.

        Raises:
            ValueError: If two variables have one path.

        Example:
            >>> import nncore
            >>> layer = nncore.layers.Dense(1, name="out")
            >>> model = nncore.Sequential([nncore.layers.Input((2,)), layer], name="net")
            >>> model.get_state_tree()["trainable_variables"]["net"]["out"]["bias"].tolist()
            [0.0]
        """
        from nncore.models.state_tree import read_state_tree

        return read_state_tree(self, value_format)

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Set variables from nested dictionaries of values.

        Args:
            state_tree: What `get_state_tree` returned, or parts of it.

        Raises:
            ValueError: If something in it fits no variable; it lists all of that, and nothing is set.
        """
        from nncore.models.state_tree import write_state_tree

        write_state_tree(self, state_tree)

    def to_json(self, **kwargs: Any) -> str:
        """The model's architecture as JSON text.

        Args:
            kwargs: Arguments of ``json.dumps``.

        Returns:
            The text.
        """
        import json

        from nncore import serialization

        with serialization.SharedObjects() as shared:
            data = shared.finish(serialization.serialize_keras_object(self))
        return json.dumps(data, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make a model from ``get_config``'s dictionary, with new weights.

        Args:
            config: The dictionary.
            custom_objects: The caller's own classes and functions by name. Defaults to None.

        Returns:
            A new model.
        """
        from nncore import serialization

        with serialization.custom_object_scope(custom_objects or {}):
            if cls is Model or {"layers", "input_layers", "output_layers"} <= set(config):
                from nncore.models.functional import functional_from_config

                return functional_from_config(cls, config)  # type: ignore[no-any-return]
            return super().from_config(config)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal model, without its weights.

        Returns:
            Dictionary of plain data: for a functional model its graph of layers, for a subclass the arguments of its
            ``__init__``.
        """
        network = self._network
        takes = signature_of(type(self).__init__)
        if network is not None and {"inputs", "outputs"} <= {*takes.names} | _free(takes):
            from nncore.models.functional import functional_config

            return functional_config(self, network)
        config = {"name": self.name, "trainable": self._trainable, "dtype": self._policy}
        return self._automatic_config(config) if _is_automatic(type(self)) else config

    get_config.automatic = True  # type: ignore[attr-defined]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        network = self.__dict__.get("_network")
        if network is not None:
            for step in network.steps:
                if isinstance(step.operation, Layer):
                    step.operation._inbound_calls.append(step.call)


def _is_automatic(cls: Any) -> bool:
    return bool(getattr(cls.get_config, "automatic", False))


def _free(signature: Any) -> set[str]:
    return {"inputs", "outputs"} if signature.has_kwargs and not signature.names else set()

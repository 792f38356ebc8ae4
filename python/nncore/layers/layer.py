"""Layer: the base class of all layers and models."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import config, dtype_policies, masking, ops, tree
from nncore.ir import KerasTensor, TraceError
from nncore.ir import trace as tracing
from nncore.layers.calling import (
    Frame,
    call_shapes,
    current_frame,
    describe,
    has_placeholder,
    is_shape,
    is_tensor,
    signature_of,
)
from nncore.layers.configuring import LayerConfig, policy_name
from nncore.layers.history import LayerHistory
from nncore.layers.input_spec import check_inputs
from nncore.layers.state import LayerState
from nncore.naming import auto_name, check_name, current_path, path_scope, stem_of
from nncore.ops.apply import eval_shape, record_call
from nncore.variable import Variable

__all__ = ["Layer"]


def _wrap_build(build: Callable[..., Any]) -> Callable[..., Any]:
    """Make of a class's ``build`` one that opens the name scope, undoes a failure and notes what it was given."""

    @functools.wraps(build)
    def wrapped(self: Layer, *args: Any, **kwargs: Any) -> Any:
        if self.__dict__.get("_building"):  # super().build() from within a build
            return build(self, *args, **kwargs)
        before = [list(tracked) for tracked in self._lists()]
        self.__dict__["_building"] = True
        try:
            with path_scope(self.path), tracing.suspended():
                result = build(self, *args, **kwargs)
        except BaseException:
            for tracked, kept in zip(self._lists(), before, strict=True):
                tracked[:] = kept
            raise
        finally:
            del self.__dict__["_building"]
        self.built = True
        given = signature_of(build).bind(args, kwargs)
        self._build_shapes = {k: v for k, v in given.items() if v is not None}
        return result

    return wrapped


class Layer(LayerState, LayerHistory, LayerConfig):
    """Base of layers: weights, and a function of tensors that uses them.

    A subclass writes ``call``; it makes weights with ``add_weight`` in ``build`` (when they depend on the input's
    shape) or in ``__init__``. Layers, lists and dictionaries of layers, variables and metrics that are assigned to
    attributes are found by themselves.

    Args:
        activity_regularizer: Function of the output whose result, divided by the batch size, is added to the loss.
            Defaults to None.
        trainable: Whether training changes the weights. Defaults to True.
        dtype: ``"float32"`` or ``"float64"``: what the layer computes in and its weights are; or a policy. Defaults to
            ``config.dtype_policy()``.
        autocast: Whether float inputs are converted to that dtype. Integers never are. Defaults to True.
        name: String without ``/``. Defaults to the class's name in snake case, with a number.
        input_shape: Shape of one input sample, for the first layer of a ``Sequential``. Defaults to None.
        input_dim: The same as ``input_shape=(input_dim,)``. Defaults to None.
        batch_input_shape: Shape of one input batch, the same with the batch dimension. Defaults to None.

    Raises:
        ValueError: For an unknown argument, a bad name or dtype.

    Example:
        >>> import numpy as np
        >>> from nncore import layers, ops
        >>> class SimpleDense(layers.Layer):
        ...     def __init__(self, units):
        ...         super().__init__()
        ...         self.units = units
        ...     def build(self, input_shape):
        ...         self.W = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones")
        ...         self.b = self.add_weight(shape=(self.units,), initializer="zeros")
        ...     def call(self, x):
        ...         return ops.relu(ops.matmul(x, self.W) + self.b)
        >>> SimpleDense(2)(np.ones((1, 3), "float32")).tolist()
        [[3.0, 3.0]]
    """

    # A model of layers: they look after masks themselves.
    _masks_inside = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Remember the arguments, for the automatic ``get_config``."""
        obj = super().__new__(cls, *args, **kwargs)
        obj.__dict__["_init_arguments"] = (args, kwargs)
        return obj

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Wrap the ``build`` that the class defines."""
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _wrap_build(cls.__dict__["build"])  # type: ignore[method-assign]

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        cls = type(self).__name__
        self._batch_input_shape = _input_shape_argument(cls, kwargs)
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {cls}: {kwargs}. Expected the arguments of "
                f"{cls} and of Layer: activity_regularizer, trainable, dtype, autocast, name, input_shape."
            )
        self.name = auto_name(stem_of(type(self))) if name is None else check_name(f"Layer {cls}", name)
        self._policy = policy_name(self.name, dtype)
        self._dtype = dtype_policies.DTypePolicy(self._policy).variable_dtype
        self._trainable = bool(trainable)
        self.autocast = bool(autocast)
        if activity_regularizer is not None:
            from nncore import regularizers

            activity_regularizer = regularizers.get(activity_regularizer)
        self.activity_regularizer = activity_regularizer
        self.input_spec: Any = None
        # Whoever says how masks change can be trusted with them; other layers state it.
        self.supports_masking = not getattr(self.compute_mask, "passes_on", False)
        self.built = False
        self._build_shapes: dict[str, Any] = {}
        self.__dict__["_losses"] = []
        self.__dict__["_inbound_calls"] = []

    # -- dtype and names --

    @property
    def dtype(self) -> str:
        """The dtype of the weights."""
        return self._dtype

    @property
    def dtype_policy(self) -> dtype_policies.DTypePolicy:
        """What the weights are stored in and the layer computes in; may be set until there are weights."""
        return dtype_policies.DTypePolicy(self._policy)

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        policy = dtype_policies.get(value)
        if self.weights and policy.variable_dtype != self._dtype:
            raise ValueError(
                f"Layer '{self.name}' has weights of dtype {self._dtype}, which a policy can't change. "
                f"Received: dtype_policy={value!r}. Set it before the layer is built."
            )
        self._policy, self._dtype = policy.name, policy.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return self._dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype the layer computes in."""
        return self._dtype

    @property
    def input_dtype(self) -> str:
        """The dtype that float inputs are converted to."""
        return self._dtype

    @property
    def path(self) -> str:
        """Names of the layers around this one and its own, joined by ``/``."""
        found = self.__dict__.get("_path")
        if found is None:
            parent = current_path()
            found = f"{parent}/{self.name}" if parent else self.name
            # The scope in which the first weight is made settles it.
            self.__dict__["_path"] = found
        return str(found)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    # -- weights --

    def add_weight(
        self,
        *args: Any,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        name: str | None = None,
    ) -> Variable:
        """Make a weight.

        Args:
            args: A shape, or a name (a string), given without keyword.
            shape: Tuple of ints. Defaults to ``()``.
            initializer: Name, initializer, callable or array. Defaults to ``"glorot_uniform"`` for floats, ``"zeros"``
                for others.
            dtype: Defaults to the layer's.
            trainable: Whether training changes it. Defaults to True.
            autocast: Whether it may be read in the compute dtype. Defaults to True.
            regularizer: Name, regularizer or callable; its penalty is added to the loss. Defaults to None.
            constraint: Name, constraint or callable, applied after each update. Defaults to None.
            aggregation: See ``Variable``. Defaults to ``"none"``.
            name: String without ``/``. Defaults to ``"variable"`` with a number.

        Returns:
            The Variable.

        Raises:
            ValueError: If it is called from ``call()``, where a weight would be made again at each call.

        Example:
            >>> from nncore import layers
            >>> layer = layers.Layer()
            >>> layer.add_weight(shape=(2,), initializer="ones", name="scale").numpy().tolist()
            [1.0, 1.0]
        """
        from nncore import constraints, initializers, regularizers

        for value in args:
            if isinstance(value, str) and name is None:
                name = value
            elif shape is None:
                shape = value
            else:
                raise ValueError(
                    f"Layer '{self.name}': `add_weight` takes a shape and a name without keyword. "
                    f"Received: args={args}."
                )
        frame = current_frame()
        if frame is not None and frame.layer is self and "_building" not in self.__dict__:
            raise ValueError(
                f"Layer '{self.name}': you cannot add new weights from `call()`: it runs at every step. "
                "Make them in `build()` or `__init__()`."
            )
        shape = () if shape is None else shape
        dtype = self.variable_dtype if dtype is None else dtype
        if initializer is None:
            is_float = ops.standardize_dtype(dtype).startswith("float")
            initializer = "glorot_uniform" if is_float else "zeros"
        regularizer, constraint = regularizers.get(regularizer), constraints.get(constraint)
        with path_scope(self.path):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizer
        variable.constraint = constraint
        self._track(variable)
        if not self._trainable and trainable:
            variable.trainable = False
        return variable

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of a shape; a subclass with weights writes it.

        Args:
            input_shape: Shape of the first argument of ``call``, batch dimension included; nested as the argument is. A
                layer of several arguments ``a, b`` may take ``a_shape, b_shape`` instead.
        """

    build = _wrap_build(build)

    def _build_from(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        shapes = call_shapes(signature_of(type(self).call), args, kwargs)
        for name in ("mask", "training"):
            shapes.pop(name, None)
        signature = signature_of(type(self).build)
        first = next(iter(shapes.values()), None)
        if len(signature.names) <= 1 and not signature.has_kwargs:
            self.build(*([first] if signature.names else []))
            return
        named = {f"{name}_shape": shape for name, shape in shapes.items()}
        chosen = {k: v for k, v in named.items() if k in signature.names or signature.has_kwargs}
        missing = [name for name in signature.required if name not in chosen]
        if missing == [signature.names[0]] and not chosen:
            self.build(first)
        elif missing:
            raise TypeError(
                f"Layer '{self.name}': the arguments of `build()` should be named after the tensors that `call()` "
                f"takes, with '_shape' appended: {sorted(named)}. Received: build with {list(signature.names)}."
            )
        else:
            self.build(**chosen)

    # -- calling --

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The layer's function of its inputs, written in ``nncore.ops`` or NumPy functions; a subclass writes it.

        Args:
            args: Tensors, or nested ones. An argument ``training`` gets True while training, ``mask`` the input's mask.
            kwargs: Other arguments.

        Returns:
            Tensors, or nested ones.
        """
        raise TypeError(
            f"Layer {type(self).__name__} does not have a `call()` method implemented. Define `call(self, inputs)`."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Build the layer if needed, and apply it.

        Args:
            args: Arguments of ``call``: arrays, or placeholders while a functional model is put together.
            kwargs: The same; ``training`` may be given to any layer.

        Returns:
            What ``call`` returns; placeholders for placeholders.

        Raises:
            ValueError: If an input's shape does not fit, naming the layer.
        """
        if "_inbound_calls" not in self.__dict__:
            raise RuntimeError(
                f"Layer {type(self).__name__}: `super().__init__()` was not called in `__init__()`. "
                "Add it as the first line."
            )
        if has_placeholder(args, kwargs):
            return self._call_on_placeholders(args, kwargs)
        args, kwargs = self._cast_inputs(args, kwargs)
        signature = signature_of(type(self).call)
        check_inputs(self.input_spec, self._first_argument(signature, args, kwargs), self.name)
        frame = current_frame()
        if frame is None:
            self._clear_losses()
        if not self.built:
            self._build_from(args, kwargs)
        training, kwargs = self._resolve_training(signature, frame, args, kwargs)
        first = self._first_argument(signature, args, kwargs)
        mask = masking.masks_of(first)
        if signature.masks:
            mask, kwargs = self._fill_masks(signature, mask, args, kwargs)
        try:
            with Frame(self, training), path_scope(self.path):
                outputs = self.call(*args, **kwargs)
                outputs = self._mask_outputs(first, outputs, mask)
        except (ValueError, TypeError) as error:
            _name_layer(error, self, args, kwargs)
            raise
        if self.activity_regularizer is not None:
            for output in tree.flatten(outputs):
                if is_tensor(output):
                    self.add_loss(self._activity_penalty(output))
        return outputs

    def _activity_penalty(self, output: Any) -> Any:
        """The penalty of one output: per sample, so that its weight is that of the loss for any batch size."""
        penalty = self.activity_regularizer(output)
        size = np.shape(output)[0] if np.ndim(output) else 1
        return penalty / size if size else penalty

    def _call_on_placeholders(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        signature = signature_of(type(self).call)
        check_inputs(self.input_spec, self._first_argument(signature, args, kwargs), self.name)
        if not self.built:
            self._build_from(args, kwargs)
        outputs = record_call(self, args, kwargs)
        self._remember(outputs)
        return outputs

    def _first_argument(self, signature: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if args:
            return args[0]
        return kwargs.get(signature.names[0]) if signature.names else None

    def _resolve_training(
        self, signature: Any, frame: Frame | None, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """Find the training flag: what the caller said, then the call around this one, then the default."""
        takes = "training" in signature.names
        position = signature.names.index("training") if takes else len(args)
        if takes and position < len(args):
            return args[position], kwargs
        training = kwargs.get("training")
        if training is None and frame is not None:
            training = frame.training
        if training is None and takes:
            training = signature.defaults.get("training")
        kwargs = {key: value for key, value in kwargs.items() if key != "training"}
        if takes and training is not None:
            kwargs["training"] = training
        return training, kwargs

    def _fill_masks(
        self, signature: Any, mask: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """Give ``call`` the masks that its inputs carry where the caller passed none; also say the first input's."""
        bound = signature.bind(args, kwargs)
        if bound.get("mask") is not None:
            mask = bound["mask"]
        elif "mask" in signature.names and masking.any_mask(mask):
            bound["mask"] = kwargs["mask"] = mask
        for name in signature.masks:
            tensor = bound.get(name.removesuffix("_mask"))
            if name != "mask" and bound.get(name) is None and masking.any_mask(masking.masks_of(tensor)):
                kwargs[name] = masking.masks_of(tensor)
        return mask, kwargs

    def _mask_outputs(self, first: Any, outputs: Any, mask: Any) -> Any:
        """Attach to the outputs the masks that ``compute_mask`` gives, unless ``call`` has attached its own."""
        passes_on = getattr(self.compute_mask, "passes_on", False)
        if not self.supports_masking:
            if masking.any_mask(mask) and not self._masks_inside:
                warnings.warn(
                    f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask attached to "
                    "it. However, this layer does not support masking and will therefore destroy the mask "
                    "information. Downstream layers will not see the mask. If it may pass the mask on, set "
                    "`self.supports_masking = True` in its `__init__`.",
                    stacklevel=3,
                )
            return outputs
        if passes_on and not masking.any_mask(mask):
            return outputs
        leaves = [outputs] if is_tensor(outputs) else tree.flatten(outputs)
        if all(masking.get_mask(leaf) is not None for leaf in leaves):
            return outputs
        found = self.compute_mask(first, mask)
        masks = tree.flatten(found) if tree.is_nested(found) else [found]
        given = [first] if is_tensor(first) else tree.flatten(first)
        for i, (leaf, of) in enumerate(zip(leaves, masks, strict=False)):
            if of is not None and masking.get_mask(leaf) is None:
                # An input that comes out as it is belongs to the caller: a mask on it would show elsewhere.
                if any(leaf is x for x in given):
                    leaves[i] = masking.with_mask(leaf, of)
                else:
                    masking.set_mask(leaf, of)
        return leaves[0] if is_tensor(outputs) else tree.pack_sequence_as(outputs, leaves)

    def _cast_inputs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if args and isinstance(args[0], (list, tuple)) and _is_numbers(args[0]):
            args = (np.asarray(args[0], dtype=config.floatx()), *args[1:])
        if not self.autocast or not self.compute_dtype.startswith("float"):
            return args, kwargs
        wanted = self.compute_dtype

        def cast(x: Any) -> Any:
            if is_tensor(x) and x.dtype != wanted and str(x.dtype).startswith("float"):
                return masking.keep_mask(x, ops.cast(x, wanted))
            return x

        return (
            tuple(cast(x) if is_tensor(x) else tree.map_structure(cast, x) for x in args),
            {k: cast(x) if is_tensor(x) else tree.map_structure(cast, x) for k, x in kwargs.items()},
        )

    # -- shapes and masks --

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """Shape of the output for inputs of a shape.

        Args:
            args: Shapes of ``call``'s arguments, nested as they are.
            kwargs: The same by name, with or without ``_shape`` appended.

        Returns:
            Shape, or shapes nested as the output is.

        Example:
            >>> from nncore import layers
            >>> layers.Dense(3).compute_output_shape((None, 4))
            (None, 3)
        """
        inputs = [self._placeholders(shape) for shape in args]
        named = {k.removesuffix("_shape"): self._placeholders(v) for k, v in kwargs.items()}
        if set(named) == {"input"} and not inputs:
            inputs, named = list(named.values()), {}
        return tree.map_structure(lambda x: x.shape, self.compute_output_spec(*inputs, **named))

    def _placeholders(self, shapes: Any) -> Any:
        if is_shape(shapes):
            return KerasTensor(tuple(shapes), self.compute_dtype)
        if isinstance(shapes, dict):
            return {key: self._placeholders(value) for key, value in shapes.items()}
        return [self._placeholders(value) for value in shapes]

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Placeholders like the outputs, for placeholders as inputs; nothing is computed or remembered.

        Args:
            args: Arguments of ``call``.
            kwargs: The same by name.

        Returns:
            ``KerasTensor`` objects nested as the output is.
        """
        if not self.built:
            self._build_from(args, kwargs)
        return eval_shape(self, *args, **kwargs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Mask of the output: the input's, unless a subclass says otherwise.

        Args:
            inputs: The layer's inputs.
            previous_mask: Their mask. Defaults to None.

        Returns:
            The mask, or None.
        """
        del inputs
        return previous_mask

    compute_mask.passes_on = True  # type: ignore[attr-defined]


def _input_shape_argument(cls: str, kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    found: tuple[Any, ...] | None = None
    if "input_dim" in kwargs:
        found = (None, kwargs.pop("input_dim"))
    if "input_shape" in kwargs:
        shape = kwargs.pop("input_shape")
        if shape is not None:
            found = (None, *((shape,) if isinstance(shape, (int, np.integer)) else shape))
    for key in ("batch_input_shape", "batch_shape"):
        if kwargs.get(key) is not None:
            found = tuple(kwargs.pop(key))
    if found is not None and not all(dim is None or (isinstance(dim, (int, np.integer)) and dim >= 0) for dim in found):
        raise ValueError(
            f"Layer {cls}: `input_shape` should be a tuple of non-negative ints and None. Received: {found[1:]}."
        )
    return found


def _is_numbers(value: Any) -> bool:
    leaves = tree.flatten(value)
    return bool(leaves) and all(type(leaf) in (int, float, bool) for leaf in leaves)


def _name_layer(error: Exception, layer: Layer, args: Any, kwargs: Any) -> None:
    """Add to an error in which layer, with which inputs, it came up; the innermost one only."""
    if getattr(error, "_layer_named", False) or isinstance(error, TraceError):
        return
    error._layer_named = True  # type: ignore[attr-defined]
    given = [describe(x) for x in args] + [f"{k}={describe(v)}" for k, v in kwargs.items()]
    error.add_note(
        f'Exception encountered when calling layer "{layer.name}" ({type(layer).__name__}). '
        f"Received: {', '.join(given)}."
    )

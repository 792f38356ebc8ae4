"""Layers as data: configuration, rebuilding from it, and copies by pickle."""

from __future__ import annotations

from typing import Any, Self

from nncore.layers.calling import is_shape
from nncore.layers.input_spec import InputSpec

__all__ = ["LayerConfig", "policy_name"]

_DTYPES = ("float32", "float64", "int32", "int64", "uint8", "bool")


def policy_name(owner: str, dtype: Any) -> str:
    """The policy of a layer, from any way of saying it.

    Args:
        owner: The layer's name, for the message.
        dtype: None (the global policy), a name, a NumPy dtype, a policy, or a policy's configuration dictionary.

    Returns:
        The name.

    Raises:
        ValueError: If there is no such policy.
    """
    if dtype.__class__ is str and dtype in _DTYPES:
        return str(dtype)
    from nncore import dtype_policies

    try:
        return dtype_policies.get(dtype).name
    except ValueError as error:
        raise ValueError(
            f"Layer '{owner}': `dtype` should be one of {_DTYPES}, or a policy. Received: dtype={dtype!r}. {error}"
        ) from None


class LayerConfig:
    """Mixin of Layer: ``get_config``, ``from_config`` and what goes with them."""

    name: str
    built: bool
    _trainable: bool
    _policy: str
    _build_shapes: dict[str, Any]
    _init_arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, without its weights.

        A layer whose ``__init__`` takes plain values needs no ``get_config`` of its own: the arguments it was made with
        are remembered. One that overrides it adds its own to ``super().get_config()``.

        Returns:
            Dictionary of plain data.

        Raises:
            TypeError: If an argument is no plain data, so that the layer has to write its own ``get_config``.

        Example:
            >>> from nncore import layers
            >>> layers.Dropout(0.5, name="drop").get_config()["rate"]
            0.5
        """
        config = {"name": self.name, "trainable": self._trainable, "dtype": self._policy}
        if _overrides_config(type(self)):
            return config
        return self._automatic_config(config)

    get_config.automatic = True  # type: ignore[attr-defined]

    def _automatic_config(self, config: dict[str, Any]) -> dict[str, Any]:
        import inspect

        from nncore import serialization

        args, kwargs = self._init_arguments
        parameters = inspect.signature(type(self).__init__).parameters
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        names = [n for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD][1:]
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        own = {}
        for key, value in given.items():
            try:
                own[key] = serialization.serialize_keras_object(value)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    f"Layer {type(self).__name__} was created with a value that is no plain data: "
                    f"{key}={value!r}. Write `get_config()` for it: return {{**super().get_config(), {key!r}: ...}}."
                ) from error
        kept = {k: v for k, v in config.items() if takes_any or k in names or k in parameters}
        return {**kept, **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from ``get_config``'s dictionary.

        Args:
            config: Arguments of ``__init__``; objects in them may be given as data.

        Returns:
            A new layer, without weights.

        Raises:
            TypeError: If ``__init__`` does not take these arguments.
        """
        if not _overrides_config(cls):
            from nncore import serialization

            config = {k: serialization.deserialize_keras_object(v) for k, v in config.items() if k != "dtype"} | {
                k: v for k, v in config.items() if k == "dtype"
            }
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                f"Error when deserializing class '{cls.__name__}' using config={config}. "
                f"Its `__init__` should take what its `get_config` returns. Exception encountered: {error}"
            ) from error

    def get_build_config(self) -> dict[str, Any] | None:
        """What ``build`` was called with, so that the weights can be made again; None if it was not."""
        shapes = self._build_shapes
        if not shapes:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": dict(shapes)}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Make the weights from what ``get_build_config`` returned.

        Args:
            config: The dictionary.
        """
        if "input_shape" in config:
            self.build(as_shapes(config["input_shape"]))  # type: ignore[attr-defined]
        elif "shapes_dict" in config:
            shapes = {key: as_shapes(value) for key, value in config["shapes_dict"].items()}
            self.build(**shapes)  # type: ignore[attr-defined]

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        # The history belongs to models, which put it back; with it a layer's copy would copy whole models.
        state["_inbound_calls"] = []
        state["_losses"] = []
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _overrides_config(cls: type) -> bool:
    return not getattr(cls.get_config, "automatic", False)  # type: ignore[attr-defined]


def as_shapes(value: Any) -> Any:
    """Turn lists read from a file into shape tuples, nested as they are.

    Args:
        value: A shape, or a list or dictionary of shapes.

    Returns:
        The same with tuples for shapes.
    """
    if value is None or isinstance(value, InputSpec):
        return value
    if isinstance(value, dict):
        return {key: as_shapes(item) for key, item in value.items()}
    if is_shape(value):
        return tuple(value)
    return [as_shapes(item) for item in value]

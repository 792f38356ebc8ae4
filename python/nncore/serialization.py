"""Objects as plain data, in Keras's layout: dictionaries that name a class and its arguments.

Reading never imports by name and never runs code from the data: a class is found among the public names of this
package's own modules, or among those the user registered.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import numpy as np

from nncore.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    find_custom,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from nncore.registry import serialize_function, unknown_name

__all__ = [
    "CustomObjectScope",
    "SharedObjects",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
    "serialize_keras_object",
]

# The modules whose public names data may mention, without the package's name.
_CONCEPTS = (
    "layers",
    "models",
    "initializers",
    "regularizers",
    "constraints",
    "activations",
    "losses",
    "metrics",
    "optimizers",
    "optimizers.schedules",
    "callbacks",
    "random",
)
# Classes that Keras's files name by where they are defined.
_ELSEWHERE = {
    ("keras", "Sequential"): ("models", "Sequential"),
    ("keras", "Model"): ("models", "Model"),
    ("keras", "Functional"): ("models", "Functional"),
    ("keras.src.models.functional", "Functional"): ("models", "Functional"),
    ("keras.src.models.sequential", "Sequential"): ("models", "Sequential"),
    ("keras.src.random.seed_generator", "SeedGenerator"): ("random", "SeedGenerator"),
}
_PLAIN = (str, int, float, bool, type(None))
# Where data may find a function that it names without its module.
_WITH_FUNCTIONS = ("activations", "losses", "metrics", "initializers", "regularizers", "constraints")
_DTYPES = ("float16", "float32", "float64", "bool", *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)))


class _Shared(threading.local):
    def __init__(self) -> None:
        self.scope: SharedObjects | None = None


_SHARED = _Shared()
_NUMBER = "shared_object_id"


class SharedObjects:
    """Context in which an object that occurs in two places of the data is one object again when it is rebuilt."""

    def __init__(self) -> None:
        # Objects are held, so that no other one gets the id of one that is gone.
        self.numbers: dict[int, tuple[int, Any]] = {}
        self.rebuilt: dict[Any, Any] = {}

    def __enter__(self) -> SharedObjects:
        self._outer = _SHARED.scope
        _SHARED.scope = self
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _SHARED.scope = self._outer

    def number(self, obj: Any) -> int:
        """The number of an object, always the same."""
        return self.numbers.setdefault(id(obj), (len(self.numbers), obj))[0]

    def finish(self, data: Any) -> Any:
        """Take away the numbers of objects that occur once.

        Args:
            data: What ``serialize_keras_object`` returned in this context.

        Returns:
            The data without them.
        """
        counts: dict[Any, int] = {}
        _count(data, counts)
        return _without(data, {number for number, count in counts.items() if count == 1})


def _count(data: Any, counts: dict[Any, int]) -> None:
    if isinstance(data, dict):
        if _NUMBER in data:
            counts[data[_NUMBER]] = counts.get(data[_NUMBER], 0) + 1
        for value in data.values():
            _count(value, counts)
    elif isinstance(data, (list, tuple)):
        for value in data:
            _count(value, counts)


def _without(data: Any, single: set[Any]) -> Any:
    if isinstance(data, dict):
        kept = {key: _without(value, single) for key, value in data.items()}
        if kept.get(_NUMBER) in single:
            del kept[_NUMBER]
        return kept
    return [_without(value, single) for value in data] if isinstance(data, (list, tuple)) else data


def serialize_keras_object(obj: Any) -> Any:
    """Turn an object into plain data: numbers, strings, lists and dictionaries.

    Args:
        obj: A layer, model, optimizer or any object with ``get_config``; a named function; arrays, numbers, strings,
            slices; lists, tuples and dictionaries of these.

    Returns:
        What ``deserialize_keras_object`` turns back into an equal object.

    Raises:
        ValueError: For a Python lambda.
        TypeError: For an object without ``get_config``.

    Example:
        >>> from nncore import regularizers, serialization
        >>> serialization.serialize_keras_object(regularizers.L2(0.1))["config"]
        {'l2': 0.1}
    """
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, (list, tuple)):
        return (
            type(obj)(serialize_keras_object(x) for x in obj)
            if type(obj) in (list, tuple)
            else [serialize_keras_object(x) for x in obj]
        )
    if isinstance(obj, Mapping) and not hasattr(obj, "get_config"):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    special = _serialize_value(obj)
    if special is not None:
        return special
    if hasattr(obj, "get_config") and not isinstance(obj, type):
        return _serialize_instance(obj)
    if hasattr(obj, "__name__"):
        return _serialize_named(obj)
    raise TypeError(
        f"Cannot serialize object {obj!r} of type {type(obj).__name__}: it should have a `get_config()` method, or be "
        "a named function."
    )


def _serialize_value(obj: Any) -> Any:
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("latin-1")}}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, slice):
        parts = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": serialize_keras_object(parts)}
    if isinstance(obj, np.dtype):
        return obj.name
    return None


def _serialize_named(obj: Any) -> dict[str, Any]:
    if obj.__name__ == "<lambda>":
        raise ValueError(
            "A Python lambda can't be stored as data. Define a named function and decorate it with "
            "`@register_keras_serializable()`."
        )
    return serialize_function(obj)


def _serialize_instance(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    module, registered = _public_module(cls)
    data: dict[str, Any] = {
        "module": module,
        "class_name": cls.__name__,
        "config": serialize_keras_object(obj.get_config()),
        "registered_name": registered,
    }
    for key in ("build_config", "compile_config"):
        extra = getattr(obj, f"get_{key}", lambda: None)()
        if extra:
            data[key] = serialize_keras_object(extra)
    if _SHARED.scope is not None:
        data[_NUMBER] = _SHARED.scope.number(obj)
    return data


def _public_module(cls: type) -> tuple[str, str | None]:
    parts = cls.__module__.split(".")
    own = parts[0] == __name__.split(".")[0] and len(parts) > 1
    if get_registered_name(cls) != cls.__name__ or not own or parts[1] not in _CONCEPTS:
        return cls.__module__, get_registered_name(cls)
    if parts[1] == "models":
        if cls.__name__ == "Functional":
            return "keras.src.models.functional", "Functional"
        return "keras", None
    if parts[1] == "random":
        return "keras.src.random.seed_generator", None
    if parts[1:3] == ["optimizers", "schedules"]:
        return "keras.optimizers.schedules", None
    return f"keras.{parts[1]}", None


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Rebuild the object that plain data describes.

    Args:
        config: What ``serialize_keras_object`` returned (Keras's own dictionaries are understood as well).
        custom_objects: The caller's own classes and functions by name. Defaults to None.
        safe_mode: Whether stored Python code is refused. It is never run: with False it is refused as well, where
            there is some. Defaults to True.

    Returns:
        The object.

    Raises:
        ValueError: For an unknown class or function, or stored Python code.
        TypeError: If ``config`` is no plain data.

    Example:
        >>> from nncore import regularizers, serialization
        >>> data = serialization.serialize_keras_object(regularizers.L2(0.1))
        >>> serialization.deserialize_keras_object(data).get_config()
        {'l2': 0.1}
    """
    if isinstance(config, str) and custom_objects and config in custom_objects:
        return custom_objects[config]
    if isinstance(config, _PLAIN):
        return config
    if isinstance(config, (list, tuple)):
        return type(config)(deserialize_keras_object(x, custom_objects, safe_mode) for x in config)
    if not isinstance(config, Mapping):
        raise TypeError(
            f"Could not parse config: expected plain data. Received: config={config!r} of type {type(config).__name__}."
        )
    if "class_name" not in config or "config" not in config:
        return {key: deserialize_keras_object(value, custom_objects, safe_mode) for key, value in config.items()}
    name = config["class_name"]
    if name in _VALUES:
        return _VALUES[name](config["config"])
    if name == "__lambda__":
        raise ValueError(
            "Requested the deserialization of a Python lambda. Stored Python code is never run: it could do anything. "
            "Define the function under a name, register it with `@register_keras_serializable()`, and save the model "
            "again. This holds for `safe_mode=False` as well, which Keras takes as leave to run it."
        )
    if name == "function":
        return _find(config, str(config["config"]), custom_objects)
    if not isinstance(name, str) or not isinstance(config["config"], Mapping | None):
        raise TypeError(f"Could not parse config: expected a class name and its arguments. Received: {config!r:.500}.")
    shared = config.get(_NUMBER) if _SHARED.scope is not None else None
    if shared is not None and _SHARED.scope is not None and shared in _SHARED.scope.rebuilt:
        return _SHARED.scope.rebuilt[shared]
    obj = _rebuild(_find(config, name, custom_objects), config, custom_objects)
    if shared is not None and _SHARED.scope is not None:
        _SHARED.scope.rebuilt[shared] = obj
    return obj


def _array(config: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    if config["dtype"] not in _DTYPES:
        raise ValueError(f"An array's dtype should be one of {_DTYPES}. Received: dtype={config['dtype']!r}.")
    return np.array(config["value"], dtype=config["dtype"])


_VALUES: dict[str, Any] = {
    "__numpy__": _array,
    "__tensor__": _array,
    "__bytes__": lambda c: c["value"].encode("latin-1"),
    "__ellipsis__": lambda c: Ellipsis,
    "__slice__": lambda c: slice(c["start"], c["stop"], c["step"]),
    "__tuple__": lambda c: tuple(deserialize_keras_object(x) for x in c["value"]),
    "DTypePolicy": lambda c: c["name"],
}


def _find(config: Mapping[str, Any], name: str, custom_objects: Mapping[str, Any] | None) -> Any:
    for candidate in (config.get("registered_name"), name):
        found = find_custom(candidate, custom_objects) if candidate else None
        if found is not None:
            return found
    module = config.get("module") or ""
    concept, name = _ELSEWHERE.get((module, name), (module.partition(".")[2], name))
    if module.partition(".")[0] in ("keras", __name__.split(".")[0]) and concept in _CONCEPTS:
        # The concept is one of a fixed list; the name must be one that the module declares public.
        public = importlib.import_module(f"{__package__}.{concept}")
        if name in public.__all__:
            return getattr(public, name)
        raise unknown_name(f"{concept} object", name, public.__all__)
    if module == "builtins" and config["class_name"] == "function":
        for concept in _WITH_FUNCTIONS:
            public = importlib.import_module(f"{__package__}.{concept}")
            if name in public.__all__ and not isinstance(getattr(public, name), type):
                return getattr(public, name)
    raise ValueError(
        f"Could not locate {name!r} (module={module!r}, registered_name={config.get('registered_name')!r}). Make sure "
        "custom classes and functions are decorated with `@register_keras_serializable()`, or pass them in "
        "`custom_objects`."
    )


def _rebuild(cls: Any, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None) -> Any:
    arguments = dict(config["config"] or {})
    if not hasattr(cls, "from_config"):
        raise ValueError(
            f"Could not deserialize {config['class_name']!r}: it is no class with `from_config()`. Received: {cls!r}."
        )
    with CustomObjectScope(custom_objects or {}):
        obj = cls.from_config(arguments)
        build = config.get("build_config")
        if build and hasattr(obj, "build_from_config") and not getattr(obj, "built", False):
            obj.build_from_config(deserialize_keras_object(build))
        compiled = config.get("compile_config")
        if compiled and hasattr(obj, "compile_from_config"):
            obj.compile_from_config(compiled)
    return obj

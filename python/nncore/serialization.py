"""Objects as plain data, in Keras's layout: dictionaries that name a class and its arguments.

Reading never imports by name and never runs code from the data: a class is found among the public names of this
package's own modules, or among those the user registered.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    if isinstance(obj, Mapping):
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
        safe_mode: Must be True: stored Python code is never run.

    Returns:
        The object.

    Raises:
        ValueError: For an unknown class or function, stored Python code, or ``safe_mode=False``.
        TypeError: If ``config`` is no plain data.

    Example:
        >>> from nncore import regularizers, serialization
        >>> data = serialization.serialize_keras_object(regularizers.L2(0.1))
        >>> serialization.deserialize_keras_object(data).get_config()
        {'l2': 0.1}
    """
    if not safe_mode:
        raise ValueError(
            "deserialize_keras_object: stored Python code is never run. Received: safe_mode=False. "
            "Register the function with `@register_keras_serializable()` and store its name."
        )
    if isinstance(config, str) and custom_objects and config in custom_objects:
        return custom_objects[config]
    if isinstance(config, _PLAIN):
        return config
    if isinstance(config, (list, tuple)):
        return type(config)(deserialize_keras_object(x, custom_objects) for x in config)
    if not isinstance(config, Mapping):
        raise TypeError(
            f"Could not parse config: expected plain data. Received: config={config!r} of type {type(config).__name__}."
        )
    if "class_name" not in config or "config" not in config:
        return {key: deserialize_keras_object(value, custom_objects) for key, value in config.items()}
    name = config["class_name"]
    if name in _VALUES:
        return _VALUES[name](config["config"])
    if name == "__lambda__":
        raise ValueError(
            "Requested the deserialization of a Python lambda. Stored Python code is never run: "
            "register a named function with `@register_keras_serializable()` instead."
        )
    if name == "function":
        return _find(config, str(config["config"]), custom_objects)
    return _rebuild(_find(config, name, custom_objects), config, custom_objects)


_VALUES: dict[str, Any] = {
    "__numpy__": lambda c: np.array(c["value"], dtype=np.dtype(c["dtype"])),
    "__tensor__": lambda c: np.array(c["value"], dtype=np.dtype(c["dtype"])),
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
        import importlib

        # The concept is one of a fixed list; the name must be one that the module declares public.
        public = importlib.import_module(f"{__package__}.{concept}")
        if name in public.__all__:
            return getattr(public, name)
        raise unknown_name(f"{concept} object", name, public.__all__)
    raise ValueError(
        f"Could not locate {name!r} (module={module!r}, registered_name={config.get('registered_name')!r}). Make sure "
        "custom classes and functions are decorated with `@register_keras_serializable()`, or pass them in "
        "`custom_objects`."
    )


def _rebuild(cls: Any, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None) -> Any:
    arguments = config["config"]
    if not hasattr(cls, "from_config"):
        raise ValueError(
            f"Could not deserialize {config['class_name']!r}: it is no class with `from_config()`. Received: {cls!r}."
        )
    if custom_objects:
        with CustomObjectScope(custom_objects):
            obj = cls.from_config(dict(arguments))
    else:
        obj = cls.from_config(dict(arguments))
    build = config.get("build_config")
    if build and hasattr(obj, "build_from_config") and not getattr(obj, "built", False):
        obj.build_from_config(deserialize_keras_object(build))
    compiled = config.get("compile_config")
    if compiled and hasattr(obj, "compile_from_config"):
        obj.compile_from_config(compiled)
    return obj

"""Find objects by name, name new ones, and turn them into plain data and back.

Losses, metrics, optimizers and the like are asked for by strings, instances, functions or
configuration dictionaries. One `Registry` per kind answers all four, with one wording for what
it cannot find. The dictionaries have Keras's layout, so that files can be exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nncore.custom_objects import find_custom, get_registered_name
from nncore.lazy import Later

# Before a capital that ends a lower-case run, and before a capitalised word.
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])")
_names_given: dict[str, int] = {}


def to_snake_case(name: str) -> str:
    """Return a class name in snake case.

    Args:
        name: A name such as `"MeanSquaredError"`.

    Returns:
        The name in lower case, words joined by underscores.

    Example:
    >>> from nncore.registry import to_snake_case
    >>> to_snake_case("KLDivergence"), to_snake_case("MeanSquaredError"), to_snake_case("AUC")
    ('kl_divergence', 'mean_squared_error', 'auc')
    """
    return _WORD_START.sub("_", name).lower()


def auto_name(prefix: str) -> str:
    """Return a name not given before in this process: `prefix`, then `prefix_1`, ...

    Args:
        prefix: A class name or any other stem; class names become snake case.

    Returns:
        The unique name.
    """
    stem = to_snake_case(prefix)
    count = _names_given.get(stem, 0)
    _names_given[stem] = count + 1
    return stem if count == 0 else f"{stem}_{count}"


def stem_of(cls: type) -> str:
    """The name of which automatic names and paths in files are made: the class's, or its attribute ``name_stem``.

    Keras exports a class or two under another name than its own, but names layers and paths by its own.
    """
    return str(vars(cls).get("name_stem", cls.__name__))


def forget_names() -> None:
    """Start counting automatic names afresh."""
    _names_given.clear()


def nearest(name: str, valid: Iterable[str]) -> list[str]:
    """Return the valid names most like `name`, the likeliest first.

    Args:
        name: What was asked for.
        valid: The names that exist.

    Returns:
        At most three names; empty when none is alike.
    """
    import difflib

    # Of names that differ in case only, the one that begins as `name` does.
    folded: dict[str, str] = {}
    for candidate in valid:
        if candidate.lower() not in folded or candidate[:1].isupper() == name[:1].isupper():
            folded[candidate.lower()] = candidate
    return [folded[k] for k in difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.5)]


def unknown_name(noun: str, name: str, valid: Iterable[str]) -> ValueError:
    """Build the error for a name that does not exist.

    Args:
        noun: The kind of object, for example `"loss"`.
        name: What was asked for.
        valid: The names that exist.

    Returns:
        A `ValueError` that names the nearest valid names, ready to be raised.
    """
    names = sorted(set(valid), key=str.lower)
    close = nearest(name, names)
    if close:
        advice = "Did you mean " + " or ".join(repr(c) for c in close) + "?"
    else:
        advice = "Expected one of " + ", ".join(repr(n) for n in names) + "."
    return ValueError(f"Could not interpret {noun} identifier: {name!r}. {advice}")


class Registry:
    """The objects of one kind that can be asked for by name.

    Args:
        noun: The kind of object, as error messages call it.
        module: The public module that configurations name, for example `"keras.losses"`.
        objects: Classes and functions by name; a `Later` is imported when it is asked for.
        base: The class that instances have; `None` when any callable will do.
        fold_case: Whether upper and lower case are the same.
    """

    def __init__(
        self,
        noun: str,
        module: str,
        objects: Mapping[str, Any],
        *,
        base: type | None = None,
        fold_case: bool = False,
    ) -> None:
        self.noun = noun
        self.module = module
        self.objects = dict(objects)
        self.base = base
        self.fold_case = fold_case
        self._folded = {k.lower(): k for k in self.objects} if fold_case else {}

    def _object(self, name: str) -> Any:
        """The object of an exact name, or None."""
        found = self.objects.get(name)
        if found.__class__ is Later:
            found = self.objects[name] = found.load()
        return found

    def find(self, name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return the class or function of a name.

        Args:
            name: The name.
            custom_objects: The caller's own classes and functions by name; they come first.

        Returns:
            The class or function.

        Raises:
            ValueError: Nothing has this name.
        """
        custom = find_custom(name, custom_objects)
        if custom is not None:
            return custom
        if name not in self.objects:
            name = self._folded.get(name.lower(), name)
        if name in self.objects:
            return self._object(name)
        raise unknown_name(self.noun, name, [*self.objects, *(custom_objects or {})])

    def get(self, identifier: Any) -> Any:
        """Return what an identifier stands for.

        Args:
            identifier: A name, a configuration dictionary, a class, an instance, a function
                or `None`.

        Returns:
            An instance or a function; classes are instantiated without arguments.

        Raises:
            ValueError: The identifier is none of these, or an unknown name.
        """
        if identifier is None:
            return None
        if isinstance(identifier, Mapping):
            found = self.deserialize(identifier)
        elif isinstance(identifier, str):
            found = self.find(identifier)
        else:
            found = identifier
        if isinstance(found, type):
            found = found()
        fits = callable(found) if self.base is None else isinstance(found, self.base)
        if not fits:
            raise ValueError(
                f"Could not interpret {self.noun} identifier: expected a name, a configuration "
                f"dictionary, an instance or a class. Received: {identifier!r} "
                f"of type {type(identifier).__name__}."
            )
        return found

    def serialize(self, obj: Any) -> Any:
        """Return the configuration of an object as plain data.

        Args:
            obj: An instance with `get_config`, or a function.

        Returns:
            A dictionary that `deserialize` understands.

        Raises:
            ValueError: The object offers no configuration.
        """
        if hasattr(obj, "get_config"):
            name = type(obj).__name__
            known = self._object(name) is type(obj)
            return {
                "module": self.module if known else type(obj).__module__,
                "class_name": name,
                "config": obj.get_config(),
                "registered_name": None if known else get_registered_name(type(obj)),
            }
        if hasattr(obj, "__name__"):
            return serialize_function(obj)
        raise ValueError(
            f"Expected a {self.noun} with `get_config()` or a named function. "
            f"Received: {obj!r} of type {type(obj).__name__}."
        )

    def deserialize(self, config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return the object that a configuration describes.

        Args:
            config: What `serialize` returned, or a name.
            custom_objects: The caller's own classes and functions by name.

        Returns:
            An instance or a function.

        Raises:
            ValueError: The configuration has another layout or names something unknown.
        """
        if isinstance(config, str):
            return self.find(config, custom_objects)
        if not isinstance(config, Mapping) or "class_name" not in config:
            raise ValueError(
                f"Could not interpret {self.noun} configuration: expected a dictionary with "
                f"`class_name` and `config`. Received: config={config!r}."
            )
        if config["class_name"] == "function":
            found = find_custom(config.get("registered_name") or "", custom_objects)
            return self.find(config["config"], custom_objects) if found is None else found
        found = find_custom(config.get("registered_name") or "", custom_objects)
        if found is None:
            found = self.find(config["class_name"], custom_objects)
        arguments = dict(config.get("config") or {})
        if hasattr(found, "from_config"):
            return found.from_config(arguments)
        return found(**arguments)


def serialize_function(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the configuration of a function: its name, never its code.

    Args:
        function: A named function.

    Returns:
        A dictionary that `Registry.deserialize` understands.
    """
    return {
        "module": "builtins",
        "class_name": "function",
        "config": get_registered_name(function),
        "registered_name": "function",
    }

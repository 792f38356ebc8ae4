"""Every public name of an installed Keras, with signatures: `KERAS_BACKEND=torch python tests/golden/make_surface.py`.

Writes tests/golden/surface.json, by hand.
"""

from __future__ import annotations

import inspect
import json
import types
from pathlib import Path
from typing import Any

import keras


def parameters(thing: Any) -> list[list[Any]] | None:
    """Names and defaults of what it is called with; None if that is not known."""
    try:
        signature = inspect.signature(thing.__init__ if inspect.isclass(thing) else thing)
    except (TypeError, ValueError):
        return None
    found = []
    for parameter in signature.parameters.values():
        if parameter.name == "self" or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        found.append([parameter.name, None if parameter.default is parameter.empty else repr(parameter.default)])
    return found


def walk(module: types.ModuleType, name: str, found: dict[str, Any]) -> None:
    """List a module's public names, modules inside included."""
    for key in sorted(vars(module)):
        thing = getattr(module, key)
        if key.startswith("_") or key == "src":
            continue
        if isinstance(thing, types.ModuleType):
            if not thing.__name__.startswith("keras.src"):
                walk(thing, f"{name}.{key}", found)
            continue
        kind = "class" if inspect.isclass(thing) else "function" if callable(thing) else "value"
        found[f"{name}.{key}"] = [kind, parameters(thing) if callable(thing) else None]


def main() -> None:
    found: dict[str, Any] = {}
    walk(keras, "keras", found)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found))
    text = f'{{"version": "{keras.__version__}", "names": {{\n{lines}\n}}}}\n'
    Path(__file__).with_name("surface.json").write_text(text)


if __name__ == "__main__":
    main()

"""Prints the table of `python/nncore/models/keras_ops.py`: the classes that Keras writes ops of functional models as.

Run by hand where Keras is installed: python tools/keras_ops.py
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import keras
import keras.src.ops as package
from keras.src.ops.operation import Operation

# Functions whose name doesn't follow from the class's.
_OTHERS = {
    "BatchNorm": "batch_normalization",
    "LayerNorm": "layer_normalization",
    "RMSNorm": "rms_normalization",
    "SegmentReduction": "",
    "Function": "",
}


def function_of(name: str) -> str:
    """The public function that a class stands for, or an empty string."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()
    candidates = [_OTHERS[name]] if name in _OTHERS else [snake, snake.replace("_", ""), name.lower()]
    return next((c for c in candidates if hasattr(keras.ops, c)), "get_item" if name == "GetItem" else "")


def main() -> None:
    """Print a line for each class: function, module, class, arguments of its constructor."""
    lines = []
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.endswith("_test"):
            continue
        module = importlib.import_module(f"keras.src.ops.{info.name}")
        for name, cls in vars(module).items():
            if not (isinstance(cls, type) and issubclass(cls, Operation) and cls.__module__ == module.__name__):
                continue
            function = function_of(name)
            own = cls.__init__ is not Operation.__init__
            parameters = inspect.signature(cls.__init__).parameters if own else []
            made = [p for p in parameters if p not in ("self", "name", "kwargs")]
            if function:
                lines.append(" ".join([function, info.name, name, *made]))
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main()

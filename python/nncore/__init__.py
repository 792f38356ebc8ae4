"""Train and run neural networks on the CPU: Keras's API over C++ kernels.

``import nncore as keras`` runs a Keras script on NumPy arrays. Submodules are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nncore import (
        activations,
        callbacks,
        config,
        constraints,
        datasets,
        initializers,
        layers,
        losses,
        metrics,
        models,
        ops,
        optimizers,
        random,
        regularizers,
        saving,
        tree,
        utils,
    )
    from nncore.config import show_config
    from nncore.graph import Function, function, grad, gradients, value_and_grad
    from nncore.initializers import Initializer
    from nncore.ir import KerasTensor, TraceError
    from nncore.layers import Input, InputSpec, Layer
    from nncore.losses import Loss
    from nncore.metrics import Metric
    from nncore.models import Model, Sequential
    from nncore.ops import custom_gradient
    from nncore.optimizers import Optimizer
    from nncore.variable import Variable

_MODULES = (
    "activations",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
)

# name -> module that defines it
_NAMES = {
    "Function": "nncore.graph",
    "Initializer": "nncore.initializers",
    "Input": "nncore.layers",
    "InputSpec": "nncore.layers",
    "KerasTensor": "nncore.ir",
    "Layer": "nncore.layers",
    "Loss": "nncore.losses",
    "Metric": "nncore.metrics",
    "Model": "nncore.models",
    "Optimizer": "nncore.optimizers",
    "Sequential": "nncore.models",
    "TraceError": "nncore.ir",
    "Variable": "nncore.variable",
    "custom_gradient": "nncore.ops",
    "function": "nncore.graph",
    "grad": "nncore.graph",
    "gradients": "nncore.graph",
    "show_config": "nncore.config",
    "value_and_grad": "nncore.graph",
}

__all__ = [
    "Function",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Sequential",
    "TraceError",
    "Variable",
    "__version__",
    "activations",
    "callbacks",
    "config",
    "constraints",
    "custom_gradient",
    "datasets",
    "function",
    "grad",
    "gradients",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "show_config",
    "tree",
    "utils",
    "value_and_grad",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"nncore.{name}")
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    if name == "__version__":
        from nncore import _native

        return _native.__version__
    raise AttributeError(f"module 'nncore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

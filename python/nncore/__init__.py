"""Train and run neural networks on the CPU: Keras's API over C++ kernels.

``import nncore as keras`` runs a Keras script on NumPy arrays. Submodules are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nncore import (
        activations,
        backend,
        callbacks,
        config,
        constraints,
        datasets,
        dtype_policies,
        initializers,
        keras,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        ops,
        optimizers,
        preprocessing,
        random,
        regularizers,
        saving,
        tree,
        utils,
        wrappers,
    )
    from nncore.config import show_config
    from nncore.dtype_policies import DTypePolicy, FloatDTypePolicy
    from nncore.graph import Function, function, grad, gradients, value_and_grad
    from nncore.initializers import Initializer
    from nncore.ir import KerasTensor, TraceError
    from nncore.layers import Input, InputSpec, Layer
    from nncore.losses import Loss
    from nncore.metrics import Metric
    from nncore.models import Model, Sequential
    from nncore.naming import name_scope
    from nncore.ops import custom_gradient
    from nncore.optimizers import Optimizer
    from nncore.regularizers import Regularizer
    from nncore.stateless import StatelessScope
    from nncore.switches import device
    from nncore.variable import Variable

_MODULES = (
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "dtype_policies",
    "initializers",
    "keras",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "wrappers",
)

# name -> module that defines it
_NAMES = {
    "StatelessScope": "nncore.stateless",
    "DTypePolicy": "nncore.dtype_policies",
    "FloatDTypePolicy": "nncore.dtype_policies",
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
    "Regularizer": "nncore.regularizers",
    "Sequential": "nncore.models",
    "TraceError": "nncore.ir",
    "Variable": "nncore.variable",
    "custom_gradient": "nncore.ops",
    "device": "nncore.switches",
    "function": "nncore.graph",
    "grad": "nncore.graph",
    "gradients": "nncore.graph",
    "name_scope": "nncore.naming",
    "show_config": "nncore.config",
    "value_and_grad": "nncore.graph",
}

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
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
    "Regularizer",
    "Sequential",
    "StatelessScope",
    "TraceError",
    "Variable",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "custom_gradient",
    "datasets",
    "device",
    "dtype_policies",
    "function",
    "grad",
    "gradients",
    "initializers",
    "keras",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "name_scope",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "show_config",
    "tree",
    "utils",
    "value_and_grad",
    "version",
    "wrappers",
]


def version() -> str:
    """Return the version of this library.

    Returns:
        The same as ``nncore.__version__``.

    Example:
        >>> import nncore
        >>> nncore.version() == nncore.__version__
        True
    """
    from nncore import _native

    return _native.__version__


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

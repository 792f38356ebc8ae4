"""Optimizers: how variables are changed by gradients."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nncore.lazy import Later, lazy_names
from nncore.optimizers.optimizer import Optimizer
from nncore.registry import Registry

if TYPE_CHECKING:
    from nncore.optimizers import schedules
    from nncore.optimizers.adadelta import Adadelta
    from nncore.optimizers.adafactor import Adafactor
    from nncore.optimizers.adagrad import Adagrad
    from nncore.optimizers.adam import Adam, AdamW
    from nncore.optimizers.adamax import Adamax
    from nncore.optimizers.ftrl import Ftrl
    from nncore.optimizers.lamb import Lamb
    from nncore.optimizers.lion import Lion
    from nncore.optimizers.loss_scale_optimizer import LossScaleOptimizer
    from nncore.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
    from nncore.optimizers.muon import Muon
    from nncore.optimizers.nadam import Nadam
    from nncore.optimizers.rmsprop import RMSprop
    from nncore.optimizers.schedule_free_adamw import ScheduleFreeAdamW
    from nncore.optimizers.sgd import SGD

_HOMES = {
    "Adafactor": "adafactor",
    "Ftrl": "ftrl",
    "Lamb": "lamb",
    "Adadelta": "adadelta",
    "Adagrad": "adagrad",
    "Adam": "adam",
    "AdamW": "adam",
    "Adamax": "adamax",
    "Lion": "lion",
    "LossScaleOptimizer": "loss_scale_optimizer",
    "MultiOptimizer": "multi_optimizer",
    "Muon": "muon",
    "Nadam": "nadam",
    "RMSprop": "rmsprop",
    "SGD": "sgd",
    "ScheduleFreeAdamW": "schedule_free_adamw",
}

_registry = Registry(
    "optimizer",
    "keras.optimizers",
    {"Optimizer": Optimizer, **{name: Later(f"{__name__}.{home}", name) for name, home in _HOMES.items()}},
    base=Optimizer,
    fold_case=True,
)
_find = lazy_names(__name__, {**_HOMES, "OptimizerMap": "multi_optimizer"})


def __getattr__(name: str) -> Any:
    if name == "schedules":
        return import_module(f"{__name__}.schedules")
    return _find(name)


def __dir__() -> list[str]:
    return sorted(__all__)


def get(identifier: Any) -> Any:
    """Return the optimizer that an identifier stands for.

    Args:
        identifier: A name such as `"adam"` (in any case), a configuration dictionary, a class,
            an instance or `None`.

    Returns:
        An `Optimizer`; `None` for `None`.

    Raises:
        ValueError: The identifier is none of these, or an unknown name.

    Example:
    >>> from nncore import optimizers
    >>> optimizers.get("rmsprop").rho
    0.9
    """
    return _registry.get(identifier)


def serialize(optimizer: Optimizer) -> Any:
    """Return the configuration of an optimizer as plain data, without its variables.

    Args:
        optimizer: An `Optimizer`.

    Returns:
        A dictionary for `deserialize`.

    Example:
    >>> from nncore import optimizers
    >>> optimizers.serialize(optimizers.SGD(momentum=0.5))["config"]["momentum"]
    0.5
    """
    return _registry.serialize(optimizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the optimizer that a configuration describes.

    Args:
        config: What `serialize` returned.
        custom_objects: Your own classes by name.

    Returns:
        An `Optimizer`.

    Raises:
        ValueError: The configuration names something unknown.

    Example:
    >>> from nncore import optimizers
    >>> optimizers.deserialize(optimizers.serialize(optimizers.SGD(name="mine")))
    <SGD name=mine>
    """
    return _registry.deserialize(config, custom_objects)


__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

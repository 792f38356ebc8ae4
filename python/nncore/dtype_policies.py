"""Policies: what a layer's weights are stored in, and what it computes in."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]

_DTYPES = ("float32", "float64", "int32", "int64", "uint8", "bool")
# Half-precision arithmetic is asked for its speed. Kernels are fastest in float32 here, which is at least as exact.
_MIXED = ("mixed_bfloat16", "mixed_float16")


class DTypePolicy:
    """What a layer's weights are stored in, and what it computes in.

    Args:
        name: ``"float32"`` or ``"float64"``; or ``"mixed_bfloat16"`` or ``"mixed_float16"``, which keep weights in
            float32 and let computations be rounded to half precision. There is no half-precision arithmetic here: under
            them, computations are float32 as well, and so at least as exact. Defaults to the present global policy.

    Raises:
        TypeError: If the name is no string.
        ValueError: If there is no such policy.

    Example:
        >>> from nncore.dtype_policies import DTypePolicy
        >>> policy = DTypePolicy("mixed_bfloat16")
        >>> policy.variable_dtype, policy.compute_dtype
        ('float32', 'float32')
    """

    __slots__ = ("_name",)

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = config.dtype_policy().name
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, such as 'float32'. Received: name={name!r}")
        if name not in _DTYPES + _MIXED:
            half = name in ("float16", "bfloat16")
            advice = f" Weights in half precision can't be kept; use 'mixed_{name}'." if half else ""
            raise ValueError(
                f"Cannot convert {name!r} to a DTypePolicy. Valid policies are 'float32', 'float64', 'mixed_bfloat16' "
                f"and 'mixed_float16', and for layers of integers the name of their dtype.{advice} "
                f"Received: name={name!r}"
            )
        self._name = name

    @property
    def name(self) -> str:
        """The policy's name."""
        return self._name

    @property
    def variable_dtype(self) -> str:
        """The dtype of weights."""
        return "float32" if self._name in _MIXED else self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype of computations."""
        return self.variable_dtype

    @property
    def quantization_mode(self) -> None:
        """None: weights are never quantized."""
        return None

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """Convert a layer's input.

        Args:
            x: Array, tensor or number.
            autocast: Whether floats of another dtype are converted.
            dtype: The dtype to convert to.

        Returns:
            The input, converted if it holds floats and ``autocast`` is true.
        """
        if not hasattr(x, "dtype"):
            x = np.asarray(x, dtype=config.floatx() if isinstance(x, float) else None)
        if autocast and str(x.dtype).startswith("float") and str(x.dtype) != dtype:
            return x.astype(dtype)
        return x

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal policy."""
        return {"name": self._name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """Make a policy from ``get_config``'s dictionary."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other._name == self._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


class FloatDTypePolicy(DTypePolicy):
    """A policy of floats; the same as `DTypePolicy`.

    Args:
        name: As for `DTypePolicy`.

    Example:
        >>> from nncore.dtype_policies import FloatDTypePolicy
        >>> FloatDTypePolicy("float64").compute_dtype
        'float64'
    """

    __slots__ = ()


def get(identifier: Any) -> DTypePolicy:
    """Find a policy by any way of naming it.

    Args:
        identifier: None (the global policy), a policy, the name of one or of a dtype, a NumPy dtype, or a policy's
            configuration.

    Returns:
        The policy.

    Raises:
        ValueError: If there is no such policy.

    Example:
        >>> from nncore import dtype_policies
        >>> dtype_policies.get("float64")
        <DTypePolicy "float64">
    """
    if identifier is None:
        return config.dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    name = getattr(identifier, "name", None) or getattr(identifier, "__name__", None) or identifier
    if not isinstance(name, str):
        raise ValueError(
            "Cannot interpret `dtype` argument. Expected a string or an instance of DTypePolicy. "
            f"Received: dtype={identifier!r}"
        )
    return DTypePolicy(name)


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """Describe a policy as plain data.

    Args:
        dtype_policy: The policy.

    Returns:
        A dictionary that `deserialize` takes, as Keras writes it.

    Example:
        >>> from nncore import dtype_policies
        >>> dtype_policies.serialize(dtype_policies.get("float32"))["config"]
        {'name': 'float32'}
    """
    return {
        "module": "keras",
        "class_name": type(dtype_policy).__name__,
        "config": dtype_policy.get_config(),
        "registered_name": None,
    }


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> DTypePolicy:
    """Make a policy from plain data.

    Args:
        config: What `serialize` returns.
        custom_objects: Classes of policies of your own, by name.

    Returns:
        The policy.

    Raises:
        ValueError: If the data name no policy; those of quantized layers are unknown.

    Example:
        >>> from nncore import dtype_policies
        >>> dtype_policies.deserialize({"class_name": "DTypePolicy", "config": {"name": "float64"}})
        <DTypePolicy "float64">
    """
    known: dict[str, Any] = {"DTypePolicy": DTypePolicy, "FloatDTypePolicy": FloatDTypePolicy, **(custom_objects or {})}
    # Files of early versions have the configuration alone.
    name = config.get("class_name", "DTypePolicy")
    if name not in known:
        raise ValueError(f"Unknown policy {name!r}. Expected one of {sorted(known)}. Received: config={config!r}")
    found: DTypePolicy = known[name].from_config(config.get("config", config if "name" in config else {}))
    return found

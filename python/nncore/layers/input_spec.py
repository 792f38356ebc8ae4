"""InputSpec: what a layer asks of its inputs, and the check that writes the message."""

from __future__ import annotations

from typing import Any

from nncore import tree
from nncore.layers.calling import describe, is_tensor

__all__ = ["InputSpec", "check_inputs"]


class InputSpec:
    """Rank, dimensions and dtype that a layer accepts; set it as ``self.input_spec``.

    Args:
        dtype: dtype name the input must have. Defaults to any.
        shape: Expected shape, None where any dimension will do. Defaults to any.
        ndim: Exact number of dimensions. Defaults to any.
        max_ndim: Largest number of dimensions. Defaults to any.
        min_ndim: Smallest number of dimensions. Defaults to any.
        axes: Dictionary from axis to the dimension it must have. Defaults to any.
        allow_last_axis_squeeze: Whether a last dimension of 1 may be missing or too much. Defaults to False.
        name: Key of the input when the layer takes a dictionary. Defaults to None.
        optional: Whether the input may be None. Defaults to False.

    Example:
        >>> from nncore import layers
        >>> spec = layers.InputSpec(ndim=2, axes={-1: 4})
        >>> spec
        InputSpec(ndim=2, axes={-1: 4})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: tuple[int | None, ...] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        if shape is not None:
            shape = tuple(shape)
            ndim = len(shape)
        rank = ndim if ndim is not None else max_ndim
        for axis in axes or {}:
            if rank is not None and not -rank <= axis < rank:
                raise ValueError(f"InputSpec: axis {axis} is outside the range of rank {rank}. Received: axes={axes}.")
        self.dtype = getattr(dtype, "name", dtype)
        self.shape = shape
        self.ndim = ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def __repr__(self) -> str:
        return f"InputSpec({', '.join(f'{k}={v}' for k, v in self.get_config().items() if v)})"

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal spec."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim if self.shape is None else None,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Make a spec from ``get_config``'s dictionary."""
        return cls(**config)

    def problem(self, shape: tuple[Any, ...], dtype: str) -> str | None:
        """What is wrong with an input of this shape and dtype.

        Args:
            shape: Shape; None where unknown.
            dtype: dtype name.

        Returns:
            A phrase starting with ``expected``, or None if it fits.
        """
        rank = len(shape)
        if self.shape is not None and self.allow_last_axis_squeeze:
            if rank == len(self.shape) + 1 and shape[-1] == 1:
                shape = shape[:-1]
            elif rank == len(self.shape) - 1 and self.shape[-1] == 1:
                shape = (*shape, 1)
            rank = len(shape)
        if self.ndim is not None and rank != self.ndim:
            return f"expected ndim={self.ndim}, found ndim={rank}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}, found ndim={rank}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}, found ndim={rank}"
        if self.dtype is not None and dtype != self.dtype:
            return f"expected dtype={self.dtype}, found dtype={dtype}"
        for axis, wanted in self.axes.items():
            found = shape[axis] if -rank <= axis < rank else None
            if wanted is not None and found not in (wanted, None):
                return f"expected axis {axis} of input shape to have value {wanted}, found {found}"
        if self.shape is not None and any(
            want is not None and have is not None and want != have for want, have in zip(self.shape, shape, strict=True)
        ):
            return f"expected shape={self.shape}, found shape={shape}"
        return None


def check_inputs(spec: Any, inputs: Any, layer_name: str) -> None:
    """Check a layer's inputs against its spec.

    Args:
        spec: An ``InputSpec``, a list or dictionary of them, or None.
        inputs: The layer's first argument.
        layer_name: For the message.

    Raises:
        ValueError: If the number, rank, shape or dtype of the inputs is wrong.
        TypeError: If an input is no tensor.
    """
    if not spec:
        return
    if isinstance(spec, dict) and isinstance(inputs, dict):
        missing = [key for key in spec if key not in inputs]
        if missing:
            raise ValueError(
                f'Layer "{layer_name}" expects the inputs {sorted(spec)}. '
                f"Received: inputs={describe(inputs)}, without {missing}."
            )
        pairs = [(spec[key], inputs[key]) for key in spec]
    else:
        specs = tree.flatten(spec)
        values = tree.flatten(inputs)
        if len(specs) != len(values):
            raise ValueError(
                f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(values)} '
                f"input tensors. Received: inputs={describe(inputs)}."
            )
        pairs = list(zip(specs, values, strict=True))
    for index, (one, value) in enumerate(pairs):
        if one is None or (value is None and one.optional):
            continue
        if not is_tensor(value):
            raise TypeError(
                f"Inputs to a layer should be tensors. Received: {value!r} (of type {type(value).__name__}) "
                f'as input {index} for layer "{layer_name}".'
            )
        problem = one.problem(tuple(value.shape), str(value.dtype) if one.dtype is not None else "")
        if problem is not None:
            raise ValueError(
                f'Input {index} of layer "{layer_name}" is incompatible with the layer: {problem}. '
                f"Received: shape={tuple(value.shape)}, dtype={value.dtype}."
            )

"""Input and InputLayer: where a functional model starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ir import KerasTensor
from nncore.layers.layer import Layer

__all__ = ["Input", "InputLayer"]


class InputLayer(Layer):
    """Entry of a model: states the shape and dtype of one input.

    Args:
        shape: Shape of one sample, without the batch; None for unknown dimensions.
        batch_size: Fixed batch size. Defaults to any.
        dtype: dtype of the input; data of other dtypes are converted. Defaults to ``config.floatx()``.
        sparse: Only False or None: inputs are dense arrays.
        ragged: Only False or None, the same.
        batch_shape: Shape with the batch dimension, in place of ``shape`` and ``batch_size``.
        input_tensor: A placeholder to use rather than a new one. Defaults to None.
        optional: Whether the input may be None. Defaults to False.
        name: String without ``/``. Defaults to ``"input_layer"`` with a number.
        kwargs: ``input_shape`` and ``batch_input_shape``, older names of ``shape`` and ``batch_shape``.

    Raises:
        ValueError: If no shape, two shapes, or a shape with something else than ints and None is given; for sparse or
            ragged inputs.

    Example:
        >>> from nncore import layers
        >>> layers.InputLayer((784,)).output.shape
        (None, 784)
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        if sparse or ragged:
            raise ValueError(f"InputLayer: inputs are dense arrays. Received: sparse={sparse}, ragged={ragged}.")
        if input_tensor is not None:
            if input_tensor.__class__ is not KerasTensor:
                raise ValueError(
                    "InputLayer: `input_tensor` should be a placeholder made by Input(). "
                    f"Received: input_tensor={input_tensor!r}."
                )
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.batch_shape = _batch_shape(self.name, shape, batch_size, batch_shape)
        self.optional = bool(optional)
        self.built = True
        tensor = input_tensor
        if tensor is None:
            tensor = KerasTensor(self.batch_shape, self.dtype, name=self.name)
            tensor.origin = self
        self.__dict__["_tensor"] = tensor

    @property
    def input(self) -> Any:
        """The placeholder."""
        return self.__dict__["_tensor"]

    @property
    def output(self) -> Any:
        """The placeholder."""
        return self.__dict__["_tensor"]

    def call(self) -> Any:
        """Return the placeholder: an input layer computes nothing."""
        return self.output

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": self.optional,
        }


def _batch_shape(name: str, shape: Any, batch_size: Any, batch_shape: Any) -> tuple[int | None, ...]:
    if (shape is None) == (batch_shape is None):
        raise ValueError(
            f"Input '{name}': pass either `shape` (without the batch) or `batch_shape`. "
            f"Received: shape={shape}, batch_shape={batch_shape}."
        )
    if batch_shape is not None and batch_size is not None:
        raise ValueError(
            f"Input '{name}': `batch_shape` has the batch size already. Received: batch_size={batch_size}."
        )
    given = shape if batch_shape is None else batch_shape
    dims: tuple[Any, ...]
    dims = (given,) if isinstance(given, (int, np.integer)) else tuple(given)
    if batch_shape is None:
        dims = (batch_size, *dims)
    for dim in dims:
        if dim is not None and (isinstance(dim, bool) or not isinstance(dim, (int, np.integer)) or dim < 0):
            raise ValueError(
                f"Input '{name}': cannot convert {given!r} to a shape. Every dimension should be a non-negative "
                f"integer or None. Received: {dim!r}."
            )
    return tuple(None if dim is None else int(dim) for dim in dims)


def Input(  # noqa: N802 - as in Keras
    shape: Sequence[int | None] | int | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> Any:
    """Make the placeholder that a functional model starts from.

    Args:
        shape: Shape of one sample, without the batch; None for unknown dimensions.
        batch_size: Fixed batch size. Defaults to any.
        dtype: dtype of the input; data of other dtypes are converted. Defaults to ``config.floatx()``.
        sparse: Only False or None: inputs are dense arrays.
        ragged: Only False or None, the same.
        batch_shape: Shape with the batch dimension, in place of ``shape`` and ``batch_size``.
        name: Name of the input, the key of its data in dictionaries. Defaults to ``"input_layer"`` with a number.
        tensor: An existing placeholder to wrap. Defaults to None.
        optional: Whether the input may be None. Defaults to False.

    Returns:
        A ``KerasTensor``; layers and ops may be applied to it.

    Raises:
        ValueError: If no shape or two shapes are given, or the shape is none.

    Example:
        >>> from nncore import layers, models
        >>> x = layers.Input((784,))
        >>> model = models.Model(x, layers.Dense(10)(x))
        >>> model.output_shape
        (None, 10)
    """
    return InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        input_tensor=tensor,
        optional=optional,
        name=name,
    ).output
